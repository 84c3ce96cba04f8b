"""Saved pages on which policies can be read; only ever appended."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select

from monitor.model import PromisePage
from monitor.store import schema as db
from monitor.store.content import clean
from monitor.store.database import Database
from monitor.store.rows import row_of, value_of


@dataclass(frozen=True)
class PromisePages:
    """Pages of promises and seller terms, in the order in which they were kept."""

    database: Database

    def append(self, page: PromisePage) -> None:
        """Appends a page that was kept as evidence."""
        lines = [clean(line) for line in page.lines]
        row = row_of(db.PromisePage, page, url=clean(page.url), lines=lines)
        with self.database.write() as connection:
            connection.execute(insert(db.PromisePage), row)

    def all(self) -> tuple[PromisePage, ...]:
        """All pages, the first kept one first."""
        with self.database.read() as connection:
            rows = connection.execute(select(db.PromisePage).order_by(db.PromisePage.c.id))
            return tuple(value_of(PromisePage, row, lines=tuple(row.lines)) for row in rows)
