"""The people who label."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from monitor.model import Value
from monitor.store import schema as db
from monitor.store.database import Database, table, upsert


class Annotator(Value):
    """A person who labels; the secret of their link is kept as its SHA-256 (hex) only."""

    name: str
    token_sha256: str
    invited_at: datetime


@dataclass(frozen=True)
class Annotators:
    """The people who were invited to label."""

    database: Database

    def invite(self, name: str, token_sha256: str, invited_at: datetime) -> None:
        """Invites a person; a second invitation replaces the secret of their link."""
        row = {"name": name, "token_sha256": token_sha256, "invited_at": invited_at}
        with self.database.write() as connection:
            upsert(connection, db.Annotator, [row], ["name"])

    def all(self) -> tuple[Annotator, ...]:
        """Who was invited, by name."""
        query = select(table(db.Annotator)).order_by(db.Annotator.name)
        with self.database.read() as connection:
            return tuple(Annotator(**row) for row in connection.execute(query).mappings())
