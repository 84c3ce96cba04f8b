"""Opening, migrating, and what the database itself refuses."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, make_url, text

import monitor.store
from monitor.model import Origin
from monitor.store import Store, StoreError, dictionary, migrations, versions
from monitor.store.dictionary import datasette, markdown, meanings
from monitor.store.views import VIEWS, View
from tests.store.conftest import Make
from tests.store.values import MONDAY, WEEK, fill, page, plan, unit

ROOT = Path(__file__).resolve().parents[2]
NEWEST = migrations.REVISIONS[-1]
Rows = Callable[..., list[tuple[object, ...]]]


def test_upgrading_and_making_anew_give_the_same_store(make: Make, url_0_1_0: str) -> None:
    assert Store.upgrade(url_0_1_0) == ("0002", migrations.REVISIONS[-1])
    with make() as fresh:
        assert Store.upgrade(fresh) == (None, migrations.REVISIONS[-1])
        assert shape(url_0_1_0) == shape(fresh)


def test_a_store_of_0_1_0_keeps_its_rows(url_0_1_0: str, make: Make) -> None:
    with pytest.raises(StoreError, match=r"has schema 0002, .* run: pantau db upgrade"):
        Store.open(url_0_1_0)
    Store.upgrade(url_0_1_0)
    with make() as fresh, Store.open(fresh) as filled, Store.open(url_0_1_0) as upgraded:
        fill(filled)
        assert list(upgraded.screens.of_week(WEEK)) == list(filled.screens.of_week(WEEK))
        assert upgraded.labels.all() == filled.labels.all()
        assert upgraded.plans.of_week(WEEK) == filled.plans.of_week(WEEK)
        assert len(upgraded.editions.all()) == 1
        assert upgraded.runs.start("crawl", Origin.live, MONDAY) == 2


def test_a_store_older_than_0_1_0_is_refused(url_0_1_0: str) -> None:
    set_version(url_0_1_0, "0001")
    for attempt in (Store.open, Store.upgrade):
        with pytest.raises(
            StoreError, match=r"is older than Pantau 0\.1\.0 and cannot be upgraded"
        ):
            attempt(url_0_1_0)


def test_the_first_revision_upgrades_nothing(empty_url: str) -> None:
    engine = create_engine(empty_url)
    with engine.begin() as connection, pytest.raises(StoreError, match="older than Pantau"):
        versions._run_alembic(connection, "upgrade")
    engine.dispose()


def shape(url: str) -> dict[str, object]:
    """All that makes a schema, but for the order of columns, as the database itself tells it."""
    engine = create_engine(url)
    with engine.connect() as connection:
        inspector = inspect(connection)
        tables = {
            name: {
                "columns": by_name(
                    column | {"type": repr(column["type"])}
                    for column in inspector.get_columns(name)
                ),
                "key": inspector.get_pk_constraint(name),
                "foreign keys": by_name(inspector.get_foreign_keys(name)),
                "unique": by_name(inspector.get_unique_constraints(name)),
                "checks": by_name(
                    check | {"sqltext": CASTS.sub("", check["sqltext"])}
                    for check in inspector.get_check_constraints(name)
                ),
                "indexes": by_name(inspector.get_indexes(name)),
            }
            for name in inspector.get_table_names()
        }
        views = {name: inspector.get_view_definition(name) for name in inspector.get_view_names()}
        triggers = connection.exec_driver_sql(TRIGGERS[engine.dialect.name]).all()
        comments = connection.execute(text("SELECT * FROM data_dictionary ORDER BY 1, 2")).all()
    engine.dispose()
    return {"tables": tables, "views": views, "triggers": triggers, "comments": comments}


def by_name(parts: Iterable[Any]) -> list[Any]:
    return sorted(parts, key=lambda part: str(part["name"]))


# PostgreSQL puts the casts of an expression elsewhere when it reads its own dump again.
CASTS = re.compile(r"::[a-z ]+(\[\])?")
TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT pg_get_triggerdef(t.oid), p.prosrc FROM pg_trigger t"
    " JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal ORDER BY 1",
}


def test_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    folder = Path(migrations.__file__).parent
    config.set_main_option("script_location", str(folder))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(script.revision for script in scripts)[::-1] == migrations.REVISIONS


def test_a_new_store_is_made_once(empty_url: str) -> None:
    with Store.open(empty_url) as store:
        assert store.plans.weeks() == ()
        assert store.simulated is None
    assert Store.upgrade(empty_url) == (migrations.REVISIONS[-1], migrations.REVISIONS[-1])
    with Store.open(empty_url, create=False) as store:
        assert store.runs.newest() == ()


def test_an_empty_database_is_not_made_without_create(empty_url: str) -> None:
    with pytest.raises(StoreError, match=r"no such store|is empty"):
        Store.open(empty_url, create=False)


def set_version(url: str, version: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    engine.dispose()


def test_an_older_schema_is_refused_and_upgraded(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.upgrade(empty_url)
    monkeypatch.setattr(versions, "REVISIONS", (*migrations.REVISIONS, "9999"))
    with pytest.raises(StoreError, match=rf"has schema {NEWEST}, .* run: pantau db upgrade"):
        Store.open(empty_url)
    monkeypatch.setattr(versions, "_run_alembic", lambda *_: None)
    assert Store.upgrade(empty_url) == (NEWEST, "9999")


LATER = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{newest}"


def upgrade() -> None:
    with op.batch_alter_table("listing", recreate="auto") as batch:
        batch.alter_column("item", existing_type=sa.Text(), type_=sa.String(200))
    with op.batch_alter_table("label") as batch:
        batch.add_column(sa.Column("minutes", sa.Integer()))
    {more}
"""


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes this software one schema version newer."""

    def write(more: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(versions.MIGRATIONS, folder)
        (folder / "versions" / "v9999_later.py").write_text(LATER.format(more=more, newest=NEWEST))
        monkeypatch.setattr(versions, "MIGRATIONS", folder)
        monkeypatch.setattr(versions, "REVISIONS", (*migrations.REVISIONS, "9999"))

    return write


def test_an_upgrade_keeps_what_is_stored(empty_url: str, later: Callable[[str], None]) -> None:
    with Store.open(empty_url) as store:
        fill(store)
        before = list(store.screens.of_week(WEEK)), store.labels.all()
    later("pass")
    with pytest.raises(StoreError, match="run: pantau db upgrade"):
        Store.open(empty_url)
    assert Store.upgrade(empty_url) == (NEWEST, "9999")
    with Store.open(empty_url) as store:
        assert (list(store.screens.of_week(WEEK)), store.labels.all()) == before
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        assert set(inspect(connection).get_view_names()) == {view.name for view in VIEWS}
        with pytest.raises(Exception, match="only ever appended"):
            connection.execute(text("DELETE FROM label"))
    engine.dispose()


def test_a_failed_upgrade_leaves_everything(
    empty_url: str, later: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(empty_url) as store:
        fill(store)
        before = list(store.screens.of_week(WEEK))
    later('op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(StoreError, match="nowhere"):
        Store.upgrade(empty_url)
    monkeypatch.setattr(versions, "REVISIONS", migrations.REVISIONS)
    with Store.open(empty_url) as store:
        assert list(store.screens.of_week(WEEK)) == before


def test_an_upgrade_that_loses_rows_is_undone(empty_url: str, later: Callable[[str], None]) -> None:
    if empty_url.startswith("postgresql"):
        pytest.skip("PostgreSQL holds foreign keys while it runs")
    with Store.open(empty_url) as store:
        fill(store)
    later('op.execute("DELETE FROM seller")')
    with pytest.raises(StoreError, match="listing_version would refer to missing rows"):
        Store.upgrade(empty_url)


def test_a_newer_schema_is_refused(empty_url: str) -> None:
    Store.upgrade(empty_url)
    set_version(empty_url, "9999")
    for attempt in (Store.open, Store.upgrade):
        with pytest.raises(StoreError, match=r"newer Pantau .*update the software"):
            attempt(empty_url)


def test_another_programs_database_is_refused(empty_url: str) -> None:
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE customers (id INTEGER)"))
    engine.dispose()
    for attempt in (Store.open, Store.upgrade):
        with pytest.raises(StoreError, match="not Pantau's"):
            attempt(empty_url)


def test_other_views_are_told_and_made_anew_by_an_upgrade(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = View("yesterdays", "Of yesterday", (("one", "1", "one"),), "")
    with monkeypatch.context() as older:
        older.setattr(versions, "VIEWS", (*VIEWS, yesterday))
        older.setattr(dictionary, "VIEWS", (*VIEWS, yesterday))
        with Store.open(empty_url) as store:
            assert store.has_current_views
    with Store.open(empty_url) as store:
        assert not store.has_current_views
    Store.upgrade(empty_url)
    with Store.open(empty_url) as store:
        assert store.has_current_views
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        assert set(inspect(connection).get_view_names()) == {view.name for view in VIEWS}
        names = connection.execute(text("SELECT DISTINCT name FROM data_dictionary"))
        assert "yesterdays" not in set(names.scalars())
    engine.dispose()


# --- files and addresses ---


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"not a database at all, " * 100)
    with pytest.raises(StoreError, match=r"notes\.db: file is not a database; choose another"):
        Store.open(f"sqlite:///{path}")


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file; let this user read and"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="data: "):
        Store.open(f"sqlite:///{tmp_path / 'data' / 'pantau.db'}")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense", "begins no database address"),
        ("oracle9://x", "begins no database address"),
        ("sqlite://", "needs a file"),
        ("mysql+nothing://x", "begins no database address"),
        ("mysql+asyncmy://x", "mysql is not supported"),
        ("mysql://x", "mysql is not supported; use SQLite or PostgreSQL"),
        ("postgresql+pg8000://x", r"postgresql\+pg8000 is not supported; write sqlite:///PATH"),
        ("sqlite+aiosqlite:///x", r"sqlite\+aiosqlite is not supported; write sqlite:///PATH"),
        ("postgresql://pantau@127.0.0.1:1/x", "refused"),
        ("postgresql+psycopg://pantau@127.0.0.1:1/x", r"127\.0\.0\.1.*refused"),
        ("postgresql+psycopg://pantau:secret@127.0.0.1:1/x", r"pantau:\*\*\*@"),
    ],
)
def test_a_wrong_address(address: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        Store.open(address)


def test_opening_does_not_load_alembic(url: str) -> None:
    code = "import sys\nfrom monitor.store import Store\nStore.open(sys.argv[1]).close()\n"
    code += "assert not [name for name in sys.modules if name.startswith('alembic')]"
    subprocess.run([sys.executable, "-c", code, url], check=True, cwd=ROOT)


# --- what the database refuses ---


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO plan (week, frame_version, seed, drawn_at, shortfalls)"
        " VALUES ('47/2026', 'f1', 1, '2026-11-16', '[]')",
        "INSERT INTO plan (week, frame_version, seed, drawn_at, shortfalls)"
        " VALUES ('2026-W48', 'none', 1, '2026-11-16', '[]')",
        "UPDATE sample_unit SET state = 'gone'",
        "UPDATE sample_unit SET probability = 0",
        "UPDATE sample_unit SET page = 0",
        "UPDATE sample_unit SET week = '2026-W01'",
        "UPDATE listing_version SET currency = 'idr'",
        "UPDATE listing_version SET ship_from_country = 'C'",
        "UPDATE listing_version SET price_minor = -1",
        "UPDATE listing_version SET minor_per_unit = NULL",
        "UPDATE listing_version SET title = ''",
        "UPDATE response SET sha256 = 'abc'",
        "UPDATE response SET state = 'planned'",
        "UPDATE observation SET place = 1",
        "UPDATE observation SET listing_version_id = 999",
        "UPDATE run SET outcome = 'done'",
        "UPDATE run SET origin = 'dreamt'",
        "DELETE FROM listing",
        "DELETE FROM run",
        "INSERT INTO store_origin (id, simulated, since) VALUES (2, TRUE, '2026-11-16')",
    ],
)
def test_the_database_holds_its_rules(url: str, rows: Rows, sql: str) -> None:
    with Store.open(url) as store:
        store.plans.save(plan())
        run = store.runs.start("crawl", Origin.live, MONDAY, week=WEEK)
        store.pages.save(run, page(unit()))
    engine = create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA foreign_keys = ON"))
        with pytest.raises(Exception, match=r"(?i)constraint|violates"), connection.begin_nested():
            connection.execute(text(sql))
    engine.dispose()


# --- data dictionary ---


def test_everything_is_described(url: str, rows: Rows) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        inspector = inspect(connection)
        names = [*inspector.get_table_names(), *inspector.get_view_names()]
        names.remove("alembic_version")
        there = {(name, column["name"]) for name in names for column in inspector.get_columns(name)}
    engine.dispose()
    described = {(x.name, x.field) for x in meanings() if x.field}
    assert described == there
    assert all(x.meaning and "\n" not in x.meaning for x in meanings())
    stored = rows("SELECT name, field, kind, meaning FROM data_dictionary")
    assert sorted(stored) == sorted((x.name, x.field, x.kind, x.meaning) for x in meanings())


def test_the_page_in_the_documentation_is_current() -> None:
    path = ROOT / "docs" / "data-dictionary.md"
    assert path.read_text(encoding="utf-8") == markdown(), "run: make dictionary"


def test_datasette_is_told_the_same() -> None:
    tables = datasette("pantau")["databases"]["pantau"]["tables"]
    told = {(name, field) for name, table in tables.items() for field in table["columns"]}
    assert told == {(x.name, x.field) for x in meanings() if x.field}
    assert all(table["description"] for table in tables.values())


@pytest.mark.postgresql
def test_postgresql_carries_the_comments(url: str, rows: Rows) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("SQLite has no comments")
    found = rows("SELECT obj_description('observations'::regclass)")
    assert found == [(next(x.meaning for x in meanings() if x.name == "observations"),)]


def test_the_package_carries_its_migrations() -> None:
    folder = Path(monitor.store.__file__).parent / "migrations"
    assert (folder / "env.py").is_file()
    assert len(list((folder / "versions").glob("v*.py"))) == len(migrations.REVISIONS)


def test_sqlite_is_set_up(tmp_path: Path) -> None:
    path = tmp_path / "pantau.db"
    with Store.open(f"sqlite:///{path}") as store, store._database.write() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert found == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 60000,
        "synchronous": 2,
    }
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert make_url(f"sqlite:///{path}").database == str(path)
