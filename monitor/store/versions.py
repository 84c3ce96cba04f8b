"""Which schema version a database has, and the way to the newest one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, delete, insert, inspect, select, text
from sqlalchemy.schema import SetColumnComment, SetTableComment

from monitor.store import dictionary, homes, triggers
from monitor.store.database import Database, now
from monitor.store.errors import StoreError
from monitor.store.migrations import REVISIONS, TOO_OLD
from monitor.store.rows import row_of
from monitor.store.schema import METADATA, DataDictionary, ViewVersion
from monitor.store.views import VIEWS

MIGRATIONS = Path(__file__).parent / "migrations"


def version(connection: Connection, name: str) -> str | None:
    """The schema version; None of an empty database. Raises where it is somebody else's."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables and "store_origin" in tables:
        schema: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return schema
    if tables:
        raise StoreError(f"{name}: holds tables that are not Pantau's; choose another database")
    return None


def require_newest(schema: str, name: str) -> None:
    """Refuses a schema this software does not speak, with the mend."""
    if schema < REVISIONS[0]:
        raise StoreError(f"{name}: {TOO_OLD}")
    if schema not in REVISIONS:
        raise StoreError(
            f"{name}: was written by a newer Pantau (schema {schema}, this one knows"
            f" {REVISIONS[-1]}); update the software"
        )
    if schema != REVISIONS[-1]:
        raise StoreError(
            f"{name}: has schema {schema}, this Pantau needs {REVISIONS[-1]};"
            " run: pantau db upgrade"
        )


def migrate(database: Database, home: homes.Home | None = None) -> tuple[str | None, str]:
    """Brings a database to the newest schema in one transaction; returns (before, after).

    Views, triggers and descriptions are made anew in any case. ``home`` becomes the owner of a
    database that has none; nothing is changed where it belongs to another.
    """
    with database.rebuild() as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('pantau'))"))
        before = version(connection, database.name)
        if before is not None and before not in REVISIONS:
            require_newest(before, database.name)
        _drop_derived(connection)
        if before is None:
            METADATA.create_all(connection)
        if before != REVISIONS[-1]:
            _run_alembic(connection, "stamp" if before is None else "upgrade")
        _make_derived(connection)
        if home is not None:
            homes.claim(connection, home, database)
    return before, REVISIONS[-1]


def _run_alembic(connection: Connection, act: Literal["stamp", "upgrade"]) -> None:
    # Alembic takes 0.1 s to import and is needed once in a store's life.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    (command.stamp if act == "stamp" else command.upgrade)(config, "head")


def _drop_derived(connection: Connection) -> None:
    inspector = inspect(connection)
    ours = {view.name for view in VIEWS}
    if inspector.has_table(DataDictionary.name):
        described = select(DataDictionary.c.name).where(DataDictionary.c.kind == "view")
        ours |= set(connection.scalars(described))
    for name in sorted(ours & set(inspector.get_view_names())):
        connection.exec_driver_sql(f"DROP VIEW {name}")
    for statement in triggers.drops(connection.dialect.name):
        connection.exec_driver_sql(statement)


def _make_derived(connection: Connection) -> None:
    for view in VIEWS:
        connection.exec_driver_sql(f"CREATE VIEW {view.name} AS {view.query}")
    for statement in triggers.statements(connection.dialect.name):
        connection.exec_driver_sql(statement)
    if connection.dialect.supports_comments:
        _comment(connection)
    rows = [row_of(DataDictionary, entry) for entry in dictionary.meanings()]
    connection.execute(delete(DataDictionary))
    connection.execute(insert(DataDictionary), rows)
    connection.execute(delete(ViewVersion))
    connection.execute(insert(ViewVersion), {"sha256": views_sha256(), "made_at": now()})


def views_sha256() -> str:
    """SHA-256, hex, over the definitions of views, triggers and the data dictionary."""
    parts = [view.query for view in VIEWS]
    parts += [*triggers.statements("sqlite"), *triggers.statements("postgresql")]
    parts += [repr(meaning) for meaning in dictionary.meanings()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def has_current_views(connection: Connection) -> bool:
    """Whether the views are those of this Pantau; else ``pantau db upgrade`` makes them anew."""
    return connection.scalar(select(ViewVersion.c.sha256)) == views_sha256()


def _comment(connection: Connection) -> None:
    for described in METADATA.sorted_tables:
        connection.execute(SetTableComment(described))
        for column in described.columns:
            connection.execute(SetColumnComment(column))
    for view in VIEWS:
        names = [("VIEW", view.name, view.meaning)]
        names += [("COLUMN", f"{view.name}.{name}", text) for name, _, text in view.columns]
        for kind, name, meaning in names:
            quoted = meaning.replace("'", "''")
            connection.exec_driver_sql(
                f"COMMENT ON {kind} {name} IS '{quoted}'",
                execution_options={"no_parameters": True},
            )
