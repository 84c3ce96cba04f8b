"""The people with a personal link, and what each link opens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from monitor.model import Role, Value
from monitor.store import schema as db
from monitor.store.database import Database, upsert


class Annotator(Value):
    """A person with a link, whose secret is kept as its SHA-256 (hex) only.

    ``roles`` are those that the person has, each with the number that the person has in it.
    """

    name: str
    token_sha256: str
    invited_at: datetime
    roles: Mapping[Role, int]


@dataclass(frozen=True)
class Annotators:
    """The people who were invited to the pages."""

    database: Database

    def invite(
        self,
        name: str,
        token_sha256: str,
        invited_at: datetime,
        roles: Collection[Role] = (Role.annotator,),
    ) -> None:
        """Invites a person, who gets ``roles`` beside those they have.

        A second invitation replaces the secret of their link.
        """
        person = {"name": name, "token_sha256": token_sha256, "invited_at": invited_at}
        granted = [
            {"person": name, "role": role, "granted_at": invited_at, "ended_at": None}
            for role in roles
        ]
        with self.database.write() as connection:
            upsert(connection, db.Annotator, [person], ["name"])
            upsert(connection, db.PersonRole, granted, ["person", "role"])

    def end(self, name: str, roles: Collection[Role], ended_at: datetime) -> None:
        """Ends roles of a person; the others, and what the person did, stay."""
        role = db.PersonRole
        end = update(role).where(
            role.c.person == name, role.c.role.in_(roles), role.c.ended_at.is_(None)
        )
        with self.database.write() as connection:
            connection.execute(end.values(ended_at=ended_at))

    def all(self) -> tuple[Annotator, ...]:
        """Who may label, by name."""
        return tuple(person for person in self.people() if Role.annotator in person.roles)

    def people(self) -> tuple[Annotator, ...]:
        """Everybody who was ever invited, by name, also those whose roles have ended."""
        role = db.PersonRole
        current = select(role.c.person, role.c.role, role.c.id).where(role.c.ended_at.is_(None))
        query = select(db.Annotator).order_by(db.Annotator.c.name)
        with self.database.read() as connection:
            roles: dict[str, dict[Role, int]] = {}
            for person, name, number in connection.execute(current):
                roles.setdefault(person, {})[Role(name)] = number
            return tuple(
                Annotator(**row, roles=roles.get(row["name"], {}))
                for row in connection.execute(query).mappings()
            )
