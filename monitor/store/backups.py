"""Consistent copies of a SQLite store, and the way back from one."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from itertools import count
from pathlib import Path

from sqlalchemy import inspect

from monitor.store.database import BUSY_SECONDS, Database, mend_of
from monitor.store.errors import StoreError
from monitor.store.homes import Home, take_over
from monitor.store.migrations import REVISIONS
from monitor.store.schema import StoreHome
from monitor.store.versions import version

READERS_COPY = 0x50616E72
"""SQLite's ``application_id`` of a copy for readers (``pantau db snapshot``): it is no backup."""
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def require_file(database: Database, *, create: bool) -> None:
    """Makes the folder of a new SQLite store; without ``create`` the file has to be there."""
    if database.path is None:
        return
    if not create and not database.path.is_file():
        raise StoreError(f"{database.path}: no such store; run: pantau plan, crawl or ingest first")
    try:
        database.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{database.path.parent}: {error.strerror}") from error


def is_absent(url: str) -> bool:
    """Whether ``url`` names a SQLite file that is not there."""
    return url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file()


def refuse_lost_store(url: str, evidence: Path) -> None:
    """Raises ``StoreError`` where a SQLite file is missing or empty beside evidence of old runs.

    Made anew without a word, an empty store would take the place of the lost one in every backup.
    """
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or (path.is_file() and path.stat().st_size):
        return
    if any(evidence.rglob("*.warc*")):
        raise StoreError(
            f"{path}: {'is empty' if path.is_file() else 'is missing'}, but {evidence} holds pages"
            " of earlier runs; restore a backup: pantau db restore FILE, or begin anew: "
            "pantau db upgrade"
        )


def backup(database: Database, path: Path) -> Path:
    """Copies a SQLite store to ``path``, which must not exist; returns it."""
    if database.path is None:
        raise StoreError("a PostgreSQL store is copied with pg_dump, not with pantau db backup")
    if path.exists():
        raise StoreError(f"{path}: exists already; choose another name")
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        _copy(database.path, part)
        # Out of write-ahead mode the copy is one file, and can be read from a read-only disk.
        with closing(sqlite3.connect(part)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
        part.rename(path)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"{path}: cannot write the copy: {error}") from error
    return path


def copy_before_upgrade(url: str) -> Path | None:
    """Copies a SQLite store with an older schema beside itself and checks the copy; returns it.

    None where nothing would be lost: no store, the newest schema, or PostgreSQL, which has tools of
    its own. Raises ``StoreError`` where there is no room, and where the store is damaged.
    """
    database = Database(url)
    if database.path is None or not database.path.is_file():
        return None
    try:
        with database.read() as connection:
            schema = version(connection, database.name)
        if schema is None or schema == REVISIONS[-1]:
            return None
        copy = backup(database, _unused(database.path, f"before-upgrade-{schema}"))
    finally:
        database.close()
    check(copy)
    return copy


def restore(url: str, path: Path, home: Home | None = None) -> Path | None:
    """Checks a copy and puts it in the place of a SQLite store.

    The store that was there is kept beside it under a new name, ``….before-restore-N``, and
    returned: a store kept by an earlier restore is never overwritten. ``home`` becomes the owner.
    """
    database = Database(url)
    if database.path is None:
        raise StoreError("a PostgreSQL store is restored with pg_restore, not with pantau db")
    check(path)
    _refuse_readers_copy(path)
    replaced = None
    try:
        database.path.parent.mkdir(parents=True, exist_ok=True)
        if database.path.exists():
            if database.path.samefile(path):
                raise StoreError(f"{path}: is the present store; name a copy of it")
            replaced = _unused(database.path, "before-restore")
            _keep(database.path, replaced)
        _copy(path, database.path)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{database.path}: cannot restore {path}: {error}") from error
    if home is not None:
        _hand_to(home, database)
    return replaced


def _refuse_readers_copy(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        if copy.execute("PRAGMA application_id").fetchone() == (READERS_COPY,):
            raise StoreError(
                f"{path}: is a copy made for readers (db snapshot), not of a store;"
                " restore a backup"
            )


def _hand_to(home: Home, database: Database) -> None:
    try:
        with database.write() as connection:
            # A copy of Pantau 0.1.0 knows no homes; upgrading it makes the home its owner.
            if inspect(connection).has_table(StoreHome.name):
                take_over(connection, home)
    finally:
        database.close()


def _keep(path: Path, replaced: Path) -> None:
    try:
        _copy(path, replaced)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        # Too damaged to be read, which is why somebody restores: moved aside as it is.
        replaced.unlink(missing_ok=True)
        for suffix in ("", "-wal", "-shm"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(replaced.with_name(replaced.name + suffix))


def _unused(path: Path, occasion: str) -> Path:
    names = (path.with_name(f"{path.name}.{occasion}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def check(path: Path, *, thorough: bool = True) -> None:
    """Raises ``StoreError`` where a file is no sound store of a known schema.

    Without ``thorough`` the indexes are not held against their tables, nor references followed,
    which takes half of the time.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no such file")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            names = {name for (name,) in copy.execute("SELECT name FROM sqlite_master")}
            if not {"alembic_version", "store_origin"} <= names:
                raise StoreError(f"{path}: is no copy of a store: it has none of its tables")
            pragma = "integrity_check" if thorough else "quick_check"
            problem = copy.execute(f"PRAGMA {pragma}(1)").fetchone()[0]
            dangling = copy.execute("PRAGMA foreign_key_check").fetchone() if thorough else None
            schema = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        # No room or a lock says nothing about the file.
        raise StoreError(f"{path}: {error}{mend_of(str(error))}") from error
    except sqlite3.Error as error:
        raise StoreError(f"{path}: is no copy of a store: {error}") from error
    if problem != "ok":
        raise StoreError(f"{path}: is damaged: {problem}")
    if dangling is not None:
        raise StoreError(f"{path}: is damaged: table {dangling[0]} refers to missing rows")
    if schema is None or schema[0] not in REVISIONS:
        raise StoreError(f"{path}: has a schema this Pantau does not know; update the software")


def _copy(source: Path, target: Path) -> None:
    """Copies a database into another; raises ``OperationalError`` where one stays locked."""
    deadline = time.monotonic() + BUSY_SECONDS

    def give_up(status: int, *_: int) -> None:
        """Python's own loop would wait for ever."""
        if status in _LOCKED and time.monotonic() > deadline:
            raise sqlite3.OperationalError(
                f"locked for {BUSY_SECONDS} seconds; another process is using it, end that first"
            )

    with (
        closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as old,
        closing(sqlite3.connect(target, timeout=BUSY_SECONDS)) as new,
    ):
        old.backup(new, progress=give_up)
