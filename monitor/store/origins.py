"""Simulated data never mixes with other data: the first write decides what a store holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, select

from monitor.model import Origin
from monitor.store import schema as db
from monitor.store.database import Database, insert_missing, now
from monitor.store.errors import StoreError

_RECORDED = select(db.StoreOrigin.c.simulated)


@dataclass(frozen=True)
class OriginRule:
    """The kind of data a store holds, and the kind it was opened for, if one was named."""

    database: Database
    opened_for: Origin | None = None

    @property
    def simulated(self) -> bool | None:
        """Whether the store holds simulated data; None before its first write."""
        with self.database.read() as connection:
            return _recorded(connection)

    def require(self) -> None:
        """Raises ``StoreError`` where the store holds another kind than it was opened for."""
        simulated = self.simulated
        if self.opened_for is not None and simulated is not None:
            _refuse_mixing(simulated, self.opened_for)

    @contextmanager
    def write(self, origin: Origin) -> Iterator[Connection]:
        """A writing transaction for data of this origin; the first one decides the kind.

        Raises ``StoreError`` for any other kind afterwards.
        """
        with self.database.write() as connection:
            if self.opened_for is not None:
                _refuse_mixing(self.opened_for is Origin.simulated, origin)
            simulated = _recorded(connection)
            if simulated is None:
                row = {"id": 1, "simulated": origin is Origin.simulated, "since": now()}
                insert_missing(connection, db.StoreOrigin, [row])
                simulated = _recorded(connection)
            _refuse_mixing(bool(simulated), origin)
            yield connection


def _recorded(connection: Connection) -> bool | None:
    return connection.scalar(_RECORDED)


def _refuse_mixing(simulated: bool, origin: Origin) -> None:
    if simulated is not (origin is Origin.simulated):
        holds, word = ("simulated", "real") if simulated else ("real", "simulated")
        raise StoreError(
            f"this store holds {holds} data and takes no {word} data ({origin});"
            " use another PANTAU_HOME or PANTAU_DATABASE_URL"
        )
