"""The only place that opens a connection: engines, transactions, one writer at a time in SQLite."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Row,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, StatementError

from monitor.store.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
BUSY_SECONDS = 60
BATCH = 1000
SAMPLED_ROWS = 400
"""Rows of each index that are looked at for the query planner, where it is done in passing."""
UNANSWERED = 20_000
"""Milliseconds after which what was sent to PostgreSQL and not acknowledged ends the connection."""
KEEPALIVE = {"idle": 10, "interval": 5, "count": 3}
"""Seconds and probes by which either end of a connection to PostgreSQL learns that the other is
gone."""
_BACKENDS = {"sqlite", "postgresql"}
_DRIVERS = {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}
_UNDECODABLE = re.compile(r"Could not decode to UTF-8 column '(\w+)'.*", re.DOTALL)
_ADDRESSES = "sqlite:///PATH or postgresql+psycopg://…"


class Database:
    """An engine and its two kinds of transactions."""

    def __init__(self, url: str) -> None:
        self.url = _parse(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.path = Path(str(self.url.database)) if self.sqlite else None
        self.name = str(self.path) if self.sqlite else self.url.render_as_string()
        engine = create_engine(
            self.url,
            json_serializer=lambda value: msgspec.json.encode(value).decode(),
            json_deserializer=msgspec.json.decode,
            connect_args={} if self.sqlite else connection_limits(self.url),
        )
        if self.sqlite:
            event.listen(engine, "connect", _on_sqlite_connect)
            event.listen(engine, "begin", _on_sqlite_begin)
            self._reader: Engine = engine
            self._writer: Engine = engine.execution_options(pantau_write=True)
        else:
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ")
            self._writer = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with self.translated(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is stored whole or not at all."""
        with self.translated(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """A writing transaction in which tables may be dropped and made anew.

        SQLite checks foreign keys at its end instead of while it runs.
        """
        if not self.sqlite:
            with self.write() as connection:
                yield connection
            return
        with self.translated(), self._writer.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA foreign_keys = OFF").close()
            try:
                with connection.begin():
                    yield connection
                    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                        raise StoreError(f"{self.name}: {broken[0]} would refer to missing rows")
            finally:
                driver.execute("PRAGMA foreign_keys = ON").close()

    def size(self) -> int:
        """How many bytes the database takes."""
        query = "SELECT pg_database_size(current_database())"
        if self.sqlite:
            query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        with self.read() as connection:
            return int(connection.exec_driver_sql(query).scalar_one())

    def optimize(self, rows: int = 0) -> None:
        """Counts anew what the query planner goes by, in all tables.

        In SQLite it looks at so many ``rows`` of each index, 0 for all: a few hundred are enough
        to choose an index by, and take no time in a store of years.
        """
        with self.write() as connection:
            if self.sqlite:
                connection.exec_driver_sql(f"PRAGMA analysis_limit = {int(rows)}")
            connection.exec_driver_sql("ANALYZE")

    def vacuum(self) -> None:
        """Write all of the database anew, so that nothing stays in it of rows that were changed.

        Needs as much room again; in SQLite also the write-ahead log is emptied. Raises
        ``StoreError`` where somebody else uses the database.
        """
        if not self.sqlite:
            autocommit = self._writer.execution_options(isolation_level="AUTOCOMMIT")
            with self.translated(), autocommit.connect() as connection:
                connection.exec_driver_sql("VACUUM FULL")
            return
        with self.translated(), self._reader.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            try:
                driver.execute("VACUUM").close()
                ((is_busy, *_),) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                raise StoreError(f"{self.name}: {error}{mend_of(str(error))}") from error
            if is_busy:
                raise StoreError(f"{self.name}: somebody else reads it; end that and try again")

    def _keep_optimized(self) -> None:
        """The same of the tables that changed much, as far as SQLite wants it and nobody writes."""
        if self.path is None or not self.path.is_file():
            return
        with suppress(DBAPIError), self._reader.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            with suppress(sqlite3.Error):
                for pragma in ("busy_timeout = 0", f"analysis_limit = {SAMPLED_ROWS}", "optimize"):
                    driver.execute(f"PRAGMA {pragma}").close()

    def close(self) -> None:
        """Gives the connections back; SQLite folds its write-ahead log into the file."""
        self._keep_optimized()
        self._reader.dispose()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raises ``StoreError``, one line without a password, for an error of the database."""
        try:
            yield
        except StatementError as error:
            message = " ".join(str(error.orig).split())
            message = _UNDECODABLE.sub("a text of column \\1 is damaged", message)
            raise StoreError(f"{self.name}: {message}{mend_of(message)}") from error


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if backend in _BACKENDS and parsed.drivername not in _DRIVERS:
            raise StoreError(f"{parsed.drivername} is not supported; write {_ADDRESSES}")
        parsed.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(
            f"{url.partition(':')[0]!r} begins no database address; use {_ADDRESSES}"
        ) from error
    except ModuleNotFoundError as error:
        if backend in _BACKENDS:
            mend = "run: pip install 'psycopg[binary]'"
            raise StoreError(f"psycopg is not installed; {mend}") from error
    if backend not in _BACKENDS:
        raise StoreError(f"{backend} is not supported; use SQLite or PostgreSQL")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError("a store needs a file: sqlite:///PATH")
    return parsed


def connection_limits(url: URL) -> dict[str, int]:
    """Arguments by which a connection to PostgreSQL ends when the server is no longer there.

    Without them a machine that was cut off waits for minutes or for good. What ``url`` says itself
    stands.
    """
    limits = {
        "connect_timeout": UNANSWERED // 1000,
        "tcp_user_timeout": UNANSWERED,
        "keepalives": 1,
        **{f"keepalives_{name}": number for name, number in KEEPALIVE.items()},
    }
    return {name: limit for name, limit in limits.items() if name not in url.query}


def libpq_address(url: str) -> str:
    """The address of a PostgreSQL database as its own clients read it; it may hold a password."""
    return _parse(url).set(drivername="postgresql").render_as_string(hide_password=False)


def mend_of(message: str) -> str:
    """What to do about an error of the database, after a semicolon; empty if that is unknown."""
    if "is full" in message or "No space left" in message:
        return "; make room on that disk"
    if "locked" in message:
        return f" for {BUSY_SECONDS} seconds; another process is writing, try again"
    if "unable to open" in message or "readonly" in message:
        return "; let this user read and write that file and its folder"
    if "not a database" in message or "malformed" in message or "is damaged" in message:
        return "; choose another file or restore a backup: pantau db restore"
    return ""


def _on_sqlite_connect(connection: Any, _: object) -> None:
    # sqlite3's own transaction handling begins late and without a lock; we begin ourselves.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = FULL",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _on_sqlite_begin(connection: Connection) -> None:
    # A writer takes the lock at once: upgrading a read lock later fails instead of waiting.
    write = connection.get_execution_options().get("pantau_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


# Made once: the statement of a table is compiled and looked up by itself.
@cache
def _insert_missing(model: Table, is_sqlite: bool) -> Executable:
    if is_sqlite:
        return sqlite.insert(model).on_conflict_do_nothing()
    # psycopg counts nothing where several rows go in one round trip.
    return _postgresql_insert(model).on_conflict_do_nothing().returning(*model.primary_key)


def _postgresql_insert(model: Table) -> postgresql.Insert:
    # Not at the top: most homes have SQLite, and import PostgreSQL's dialect for nothing.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(model)


def insert_missing(connection: Connection, model: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Inserts what no unique constraint refuses, says how many rows that were."""
    rows = list(rows)
    if not rows:
        return 0
    inserted = connection.execute(_insert_missing(model, is_sqlite(connection)), rows)
    return inserted.rowcount if is_sqlite(connection) else len(inserted.all())


def upsert(
    connection: Connection,
    model: Table,
    rows: Iterable[Mapping[str, Any]],
    keys: Sequence[str],
) -> None:
    """Inserts rows of one shape; where one with the same keys is there, the rest is updated."""
    rows = list(rows)
    if not rows:
        return
    statement = _upsert(model, tuple(rows[0]), tuple(keys), is_sqlite(connection))
    connection.execute(statement, rows)


@cache
def _upsert(
    model: Table, names: tuple[str, ...], keys: tuple[str, ...], is_sqlite: bool
) -> Executable:
    insert = sqlite.insert(model) if is_sqlite else _postgresql_insert(model)
    changed = {name: insert.excluded[name] for name in names if name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=changed)


def streamed(connection: Connection, query: Executable) -> Iterator[Any]:
    """Rows of a query, a batch at a time; the cursor is closed also where a reader stops early."""
    with connection.execute(query, execution_options={"yield_per": BATCH}) as rows:
        yield from rows


def among(is_sqlite: bool, column: Any, name: str = "keys") -> ColumnElement[bool]:
    """Whether a column is one of the values of a parameter: one statement, however many they are.

    ``parameter`` makes the parameter.
    """
    if is_sqlite:
        each = func.json_each(bindparam(name, type_=Text)).table_valued("value")
        return cast(ColumnElement[bool], column.in_(select(each.c.value)))
    return cast(ColumnElement[bool], column == any_(bindparam(name, type_=ARRAY(column.type))))


def parameter(is_sqlite: bool, values: Collection[int] | Collection[str]) -> str | list[Any]:
    """Values as the parameter of ``among``."""
    return msgspec.json.encode(values).decode() if is_sqlite else list(values)


def is_sqlite(connection: Connection) -> bool:
    """Whether the database is SQLite, and not PostgreSQL."""
    return connection.dialect.name == "sqlite"


def chunks(rows: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    """Parts short enough for the number of parameters a statement may have."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def now() -> datetime:
    """The time, for columns that say when a row was saved."""
    return datetime.now(UTC)
