"""Editions as they were published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Text, and_, cast, func, insert, select, update

from monitor.model import EditionKind, Findings, from_json, to_json
from monitor.store import schema as db
from monitor.store.database import Database, now
from monitor.store.errors import StoreError
from monitor.store.origins import OriginRule
from monitor.store.rows import row_of

_HAS_FINDINGS = db.Edition.c.findings != ""


@dataclass(frozen=True)
class Editions:
    """Editions, frozen as they were made."""

    database: Database
    origin_rule: OriginRule

    def save(self, findings: Findings) -> None:
        """Freezes an edition; the same again changes nothing.

        Raises ``StoreError`` where other findings have the same week, kind and time.
        """
        with self.origin_rule.write(findings.origin) as connection:
            document = to_json(findings)
            sha256 = hashlib.sha256(document).hexdigest()
            stored = connection.scalar(
                select(db.Edition.c.sha256).where(
                    db.Edition.c.week == findings.week,
                    db.Edition.c.kind == findings.edition,
                    db.Edition.c.as_of == findings.as_of,
                )
            )
            if stored == sha256:
                return
            if stored is not None:
                raise StoreError(
                    f"the {findings.edition} edition of {findings.week} as of"
                    f" {findings.as_of.isoformat()} is frozen; a change needs a new as_of"
                )
            row = row_of(
                db.Edition,
                findings,
                kind=findings.edition,
                sha256=sha256,
                findings=document.decode(),
                saved_at=now(),
            )
            added = connection.execute(insert(db.Edition).values(row).returning(db.Edition.c.id))
            number = added.scalar_one()
            cells = [
                row_of(
                    db.Cell,
                    cell,
                    edition_id=number,
                    is_primary=cell.primary,
                    by_crawler=cell.modes and cell.modes.crawler,
                    by_inspector=cell.modes and cell.modes.inspector,
                )
                for cell in findings.cells
            ]
            if cells:
                connection.execute(insert(db.Cell), cells)
            cases = [
                row_of(db.EditionCase, case, edition_id=number, case_id=case.id, item=case.item_id)
                for case in findings.cases
            ]
            if cases:
                connection.execute(insert(db.EditionCase), cases)

    def latest(
        self, week: str, kind: EditionKind | None = None, as_of: datetime | None = None
    ) -> Findings | None:
        """The latest edition of a week, of a kind or as of a time if one is asked for.

        One whose findings retention removed is passed over.
        """
        query = select(db.Edition.c.findings).where(db.Edition.c.week == week, _HAS_FINDINGS)
        if kind is not None:
            query = query.where(db.Edition.c.kind == kind)
        if as_of is not None:
            query = query.where(db.Edition.c.as_of == as_of)
        latest = query.order_by(db.Edition.c.as_of.desc(), db.Edition.c.id.desc()).limit(1)
        with self.database.read() as connection:
            document = connection.scalar(latest)
        try:
            return None if document is None else from_json(document, Findings)
        except msgspec.ValidationError as error:
            raise StoreError(
                f"the edition of {week} was frozen by another version of Pantau: {error};"
                " use that version to read it"
            ) from error

    def sha256(self, week: str, kind: EditionKind, as_of: datetime) -> str:
        """SHA-256, hex, of the findings of an edition that is stored."""
        query = select(db.Edition.c.sha256).where(
            db.Edition.c.week == week, db.Edition.c.kind == kind, db.Edition.c.as_of == as_of
        )
        with self.database.read() as connection:
            return str(connection.execute(query).scalar_one())

    def removed(self) -> frozenset[tuple[str, EditionKind, datetime]]:
        """(week, kind, as_of) of the editions whose findings retention removed."""
        query = select(db.Edition.c.week, db.Edition.c.kind, db.Edition.c.as_of).where(
            ~_HAS_FINDINGS
        )
        with self.database.read() as connection:
            return frozenset((row.week, row.kind, row.as_of) for row in connection.execute(query))

    def remove_findings(self, editions: Iterable[tuple[str, EditionKind, datetime]]) -> int:
        """Empties the findings of editions; returns the bytes they took.

        Their hash, cells and cases stay. Raises ``StoreError`` where the database still has the
        triggers of an earlier version, which ``pantau db upgrade`` makes anew.
        """
        freed = 0
        with self.database.write() as connection:
            for week, kind, as_of in editions:
                of_edition = and_(
                    db.Edition.c.week == week,
                    db.Edition.c.kind == kind,
                    db.Edition.c.as_of == as_of,
                )
                size = select(func.length(cast(db.Edition.c.findings, Text))).where(of_edition)
                freed += connection.execute(size).scalar_one()
                connection.execute(update(db.Edition).where(of_edition).values(findings=""))
        return freed

    def all(self, week: str | None = None) -> tuple[tuple[str, EditionKind, datetime], ...]:
        """(week, kind, as_of) of all editions, or those of a week, oldest first."""
        query = select(db.Edition.c.week, db.Edition.c.kind, db.Edition.c.as_of).order_by(
            db.Edition.c.week, db.Edition.c.as_of, db.Edition.c.id
        )
        if week is not None:
            query = query.where(db.Edition.c.week == week)
        with self.database.read() as connection:
            return tuple((row.week, row.kind, row.as_of) for row in connection.execute(query))
