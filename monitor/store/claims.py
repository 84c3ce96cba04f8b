"""A platform is asked by one run at a time: a lock in the database, and the pace that run keeps.

The daemon holds its database by a lock of the same kind.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, create_engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from monitor.model import RememberedPace
from monitor.store import schema as db
from monitor.store.database import (
    KEEPALIVE,
    UNANSWERED,
    Database,
    connection_limits,
    upsert,
)
from monitor.store.errors import StoreError

_KEY = "hashtextextended('pantau ' || :work, 0)"
SCHEDULE = "schedule"


class ClaimedError(StoreError):
    """Another process holds a platform, or the schedule."""


@dataclass(frozen=True)
class PlatformClaim:
    """The hold of a run on a platform, or of a daemon: the connection that has the lock."""

    connection: Connection

    def is_held(self) -> bool:
        """Whether the connection that holds the lock stands; may wait for ``UNANSWERED``.

        The server ends the lock with the connection, so a run that lost it must ask nothing more.
        """
        try:
            self.connection.execute(text("SELECT 1")).close()
        except SQLAlchemyError:
            return False
        return True


@dataclass(frozen=True)
class Claims:
    """Who asks a platform, and what the pace was when it was last asked."""

    database: Database

    @contextmanager
    def hold(self, platform: str) -> Iterator[PlatformClaim | None]:
        """Hold a platform against the runs of all machines that use this database.

        The lock is PostgreSQL's own (``pg_advisory_lock``), held by a connection of its own, and
        ends with it, however the process ends. Raises ``ClaimedError`` where another run holds it,
        with its machine and process. Yields None in SQLite: there is one machine, and its lock
        file is enough.
        """
        with self._hold(f"crawl {platform}", f"the crawl of {platform}") as claim:
            yield claim

    @contextmanager
    def hold_schedule(self) -> Iterator[PlatformClaim | None]:
        """Hold the schedule against the daemons of all machines that use this database.

        As with a platform: raises ``ClaimedError`` where another daemon has it, yields None in
        SQLite.
        """
        with self._hold(SCHEDULE, "the daemon of this database") as claim:
            yield claim

    @contextmanager
    def _hold(self, work: str, words: str) -> Iterator[PlatformClaim | None]:
        if self.database.sqlite:
            yield None
            return
        engine = self._engine(work)
        try:
            with self.database.translated():
                connection = engine.connect()
            with connection:
                with self.database.translated():
                    _lock(connection, work, words)
                yield PlatformClaim(connection)
        finally:
            engine.dispose()

    def _engine(self, work: str) -> Engine:
        """Connections that tell who they are, and notice when the server is gone."""
        return create_engine(
            self.database.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "application_name": f"pantau {work} {os.getpid()} {socket.gethostname()}",
                **connection_limits(self.database.url),
            },
        )

    def pace(self, platform: str) -> RememberedPace | None:
        """The pace at which a platform was last asked; None where it never was."""
        query = select(*db.PlatformPace.columns)
        with self.database.read() as connection:
            row = connection.execute(query.where(db.PlatformPace.c.platform == platform)).first()
        return RememberedPace(**row._mapping) if row else None

    def remember(self, pace: RememberedPace) -> None:
        """Keep the pace of a platform in place of the one before."""
        row = {name: getattr(pace, name) for name in pace.__struct_fields__}
        with self.database.write() as connection:
            upsert(connection, db.PlatformPace, [row], ["platform"])


def _lock(connection: Connection, work: str, words: str) -> None:
    """Take the lock for as long as the connection stands; raises ``ClaimedError``."""
    for name, number in KEEPALIVE.items():
        connection.exec_driver_sql(f"SET tcp_keepalives_{name} = {number}")
    connection.exec_driver_sql(f"SET tcp_user_timeout = {UNANSWERED}")
    locked = text(f"SELECT pg_try_advisory_lock({_KEY})")
    if not connection.execute(locked, {"work": work}).scalar_one():
        holder = _holder(connection, work)
        raise ClaimedError(f"{words} is running already, {holder}; wait for its end")


def _holder(connection: Connection, work: str) -> str:
    """Which machine and process hold the lock, as far as the server knows."""
    words = connection.execute(
        text(
            "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND application_name LIKE :name"
        ),
        {"name": f"pantau {work} %"},
    ).scalar()
    if not words:
        return "elsewhere"
    _, process, host = words.rsplit(" ", 2)
    return f"on {host} as process {process}"
