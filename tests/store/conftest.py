"""Every test of the store runs on SQLite, and on PostgreSQL where a server is named."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from monitor.store import Store
from monitor.store.schema import METADATA

ADDRESS = "PANTAU_TEST_POSTGRESQL"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]

Make = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="session", params=BOTH)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes an empty database and drops it afterwards."""
    if request.param == "postgresql" and not os.environ.get(ADDRESS):
        pytest.skip(f"{ADDRESS} names no PostgreSQL server")

    @contextmanager
    def sqlite() -> Iterator[str]:
        yield f"sqlite:///{tmp_path_factory.mktemp('store') / 'pantau.db'}"

    return sqlite if request.param == "sqlite" else new_postgresql


@contextmanager
def new_postgresql() -> Iterator[str]:
    """The address of an empty PostgreSQL database, dropped afterwards."""
    server = make_url(os.environ[ADDRESS])
    name = f"pantau_test_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def end_connections(url: str, application: str) -> None:
    """Ends the connections to a PostgreSQL server whose application name is like a pattern."""
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        ended = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE :n"
        )
        connection.execute(ended, {"n": application})
    server.dispose()


@pytest.fixture(scope="session")
def template(make: Make) -> Iterator[str]:
    """A database with the schema and nothing in it."""
    with make() as url:
        Store.upgrade(url)
        yield url


@pytest.fixture
def empty_url(make: Make) -> Iterator[str]:
    """The address of an empty database."""
    with make() as url:
        yield url


@pytest.fixture
def url(make: Make, template: str) -> Iterator[str]:
    """The address of a database with the schema and nothing in it."""
    if template.startswith("postgresql"):
        yield template
        _clear(template)
        return
    with make() as made:
        shutil.copy(str(make_url(template).database), str(make_url(made).database))
        yield made


def _clear(url: str) -> None:
    """Empties all tables; a database a test would take half a second each time."""
    kept = {"data_dictionary", "view_version"}
    names = ", ".join(name for name in METADATA.tables if name not in kept)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    engine.dispose()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store."""
    with Store.open(url) as opened:
        yield opened


@pytest.fixture
def rows(url: str) -> Iterator[Callable[..., list[tuple[object, ...]]]]:
    """Runs SQL beside the store, as a researcher would."""
    engine = create_engine(url)

    def run(sql: str, **values: object) -> list[tuple[object, ...]]:
        with engine.begin() as connection:
            result = connection.execute(text(sql), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    yield run
    engine.dispose()


@pytest.fixture
def url_0_1_0(empty_url: str) -> str:
    """The address of a store that Pantau 0.1.0 wrote: ``fill`` and an edition."""
    folder = Path(__file__).parent
    if empty_url.startswith("sqlite"):
        script = (folder / "store-0.1.0-sqlite.sql").read_text(encoding="utf-8")
        with closing(sqlite3.connect(str(make_url(empty_url).database))) as connection:
            connection.executescript(script)
        return empty_url
    script = (folder / "store-0.1.0-postgresql.sql").read_text(encoding="utf-8")
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(script, execution_options={"no_parameters": True})
    engine.dispose()
    return empty_url
