"""Which home a database belongs to: one alone, for which others may work.

A home is known by the random id in its file ``home.id``, which moves along with the folder. The
database remembers that id, and the host and folder where the home was last seen.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from monitor.model import Value
from monitor.store import schema as db
from monitor.store.database import AnyRow, Database, insert_missing, now
from monitor.store.errors import StoreError

IDENTITY = "home.id"
_LENGTH = 32


class Home(Value):
    """A home folder on a host; ``id`` is None where the folder was never used."""

    id: str | None
    host: str
    path: str


def home_at(folder: Path, *, create: bool) -> Home:
    """The home in ``folder``; with ``create`` folder and id are made at the first use."""
    path = folder / IDENTITY
    try:
        if create and not path.is_file():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        identity = _make_identity(path) if create else _identity(path)
    except (OSError, UnicodeDecodeError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise StoreError(
            f"{folder}: this home (PANTAU_HOME) cannot be used: {path.name}: {why}; name a folder"
            " that exists or can be made, and be written to"
        ) from error
    return Home(id=identity, host=socket.gethostname(), path=str(folder))


def _identity(path: Path) -> str | None:
    return (path.read_text(encoding="ascii").strip() or None) if path.is_file() else None


def _make_identity(path: Path) -> str:
    if identity := _identity(path):
        return identity
    # Two commands may be the first to use a home; the lock lets one of them write.
    with path.open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        identity = file.read().strip()
        if not identity:
            identity = secrets.token_hex(_LENGTH // 2)
            file.write(identity + "\n")
            file.flush()
            os.fsync(file.fileno())
    return identity


def require_owner(database: Database, home: Home, *, claiming: bool) -> None:
    """Raises ``StoreError`` where the database belongs to another home.

    With ``claiming`` the home becomes the owner of a database that has none.
    """
    with database.read() as connection:
        refuse_other_home(connection, home, database)
        claimed = is_claimed(connection, home)
    if claiming and not claimed:
        with database.write() as connection:
            claim(connection, home, database)


def require_worker(database: Database) -> None:
    """Raises ``StoreError`` where a home cannot work for the owner of the database."""
    if database.sqlite:
        raise StoreError(
            f"{database.name}: workers need a PostgreSQL database; name it in PANTAU_DATABASE_URL"
        )
    with database.read() as connection:
        if _owner(connection) is None:
            raise StoreError(
                f"{database.name}: belongs to no home yet; start pantau schedule run in one first"
            )


def claim(connection: Connection, home: Home, database: Database) -> None:
    """Makes ``home`` the owner of a database that has none, or notes where its owner is now.

    Raises ``StoreError`` where the database belongs to another home.
    """
    row = {"id": 1, "home": home.id, "host": home.host, "path": home.path, "since": now()}
    insert_missing(connection, db.StoreHome, [row])
    refuse_other_home(connection, home, database)
    place = {"host": home.host, "path": home.path}
    connection.execute(update(db.StoreHome).values(place))


def is_claimed(connection: Connection, home: Home) -> bool:
    """Whether the database knows ``home`` as its owner, and where it is."""
    owner = _owner(connection)
    return owner is not None and (owner.home, owner.host, owner.path) == (
        home.id,
        home.host,
        home.path,
    )


def refuse_other_home(connection: Connection, home: Home, database: Database) -> None:
    """Raises ``StoreError`` where the database belongs to another home, or ``home`` is a copy."""
    owner = _owner(connection)
    if owner is None or (owner.home == home.id and not _is_copy(home, owner, database)):
        return
    copy = ", of which this home is a copy" if owner.home == home.id else ""
    raise StoreError(
        f"{database.name}: belongs to the home {owner.path} on {owner.host}"
        f" (since {owner.since:%Y-%m-%d}){copy}; use another PANTAU_DATABASE_URL,"
        " or if that home is gone run: pantau db rehome"
    )


def take_over(connection: Connection, home: Home) -> str | None:
    """Makes ``home`` the owner, whoever was; returns the folder and host of the one before."""
    owner = _owner(connection)
    connection.execute(delete(db.StoreHome))
    row = {"id": 1, "home": home.id, "host": home.host, "path": home.path, "since": now()}
    connection.execute(insert(db.StoreHome), row)
    return None if owner is None else f"{owner.path} on {owner.host}"


def _owner(connection: Connection) -> AnyRow | None:
    return connection.execute(select(db.StoreHome)).one_or_none()


def _is_copy(home: Home, owner: AnyRow, database: Database) -> bool:
    """Whether the owner is still there, on this host, in another folder than ``home``.

    A SQLite file within the home was copied along with it and is a database of its own.
    """
    folder = Path(home.path)
    if database.path is not None and database.path.resolve().is_relative_to(folder.resolve()):
        return False
    original = Path(owner.path)
    if owner.host != home.host:
        return False
    try:
        return _identity(original / IDENTITY) == home.id and not original.samefile(folder)
    except (OSError, UnicodeDecodeError):
        # The place where the home was is nobody's or somebody else's now.
        return False
