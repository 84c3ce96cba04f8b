"""Backups, and the way back from one."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.model import Origin
from monitor.store import Store, StoreError, backups
from tests.store.values import MONDAY, WEEK, fill, page, unit


def address(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "pantau.db"
    with Store.open(address(found)) as store:
        fill(store)
    return found


def places(path: Path) -> int:
    with Store.open(address(path), create=False) as store:
        return len(list(store.observations.of_week(WEEK)))


# --- backup and restore ---


def test_a_backup_is_a_store(path: Path, tmp_path: Path) -> None:
    with Store.open(address(path)) as store:
        copy = store.backup(tmp_path / "copies" / "pantau-2026-W47.db")
        with pytest.raises(StoreError, match="exists already"):
            store.backup(copy)
    assert [x.name for x in copy.parent.iterdir()] == [copy.name]
    with sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
    assert places(copy) == 2


def test_a_backup_while_others_write_is_consistent(path: Path, tmp_path: Path) -> None:
    stop, failures = threading.Event(), []

    def write() -> None:
        with Store.open(address(path)) as store:
            run = store.runs.start("crawl", Origin.live, MONDAY)
            for number in range(10_000):
                if stop.is_set():
                    return
                store.pages.save(run, page(None, f"page {number}"))

    thread = threading.Thread(target=write)
    thread.start()
    with Store.open(address(path)) as store:
        for number in range(3):
            copy = store.backup(tmp_path / f"copy-{number}.db")
            with sqlite3.connect(copy) as connection:
                failures += connection.execute("PRAGMA foreign_key_check").fetchall()
                counted = connection.execute(
                    "SELECT count(*) FROM response r WHERE 2 <>"
                    " (SELECT count(*) FROM observation o WHERE o.response_id = r.id)"
                ).fetchone()
                failures += [counted] if counted != (0,) else []
            connection.close()
    stop.set()
    thread.join()
    assert failures == []


def test_restore_brings_the_copy_back(path: Path, tmp_path: Path) -> None:
    with Store.open(address(path)) as store:
        copy = store.backup(tmp_path / "copy.db")
        run = store.runs.start("crawl", Origin.live, MONDAY)
        store.pages.save(run, page(unit(1), "more"))
    assert places(path) == 4
    kept = Store.restore(address(path), copy)
    assert places(path) == 2
    assert kept is not None
    assert places(kept) == 4


def test_a_restore_can_be_undone(path: Path, tmp_path: Path) -> None:
    """What one restore kept is neither overwritten nor removed by the next."""
    with Store.open(address(path)) as store:
        copy = store.backup(tmp_path / "copy.db")
        run = store.runs.start("crawl", Origin.live, MONDAY)
        store.pages.save(run, page(unit(1), "more"))
    kept = Store.restore(address(path), copy)
    again = Store.restore(address(path), copy)
    assert kept is not None and again is not None and kept != again
    assert places(path) == 2
    Store.restore(address(path), kept)
    assert places(path) == 4
    assert places(kept) == 4


def test_a_copy_is_made_before_an_upgrade_and_only_then(path: Path, tmp_path: Path) -> None:
    assert Store.copy_before_upgrade(address(path)) is None, "nothing changes"
    assert Store.copy_before_upgrade(address(tmp_path / "none.db")) is None
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0010'")
    copies = [Store.copy_before_upgrade(address(path)) for _ in range(2)]
    assert [copy.name for copy in copies if copy] == [
        "pantau.db.before-upgrade-0010-1",
        "pantau.db.before-upgrade-0010-2",
    ]
    with pytest.raises(StoreError, match="needs"):
        Store.open(address(path))
    by_hand = Store.copy(address(path), tmp_path / "copy.db")
    with closing(sqlite3.connect(by_hand)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0010",)
    with pytest.raises(StoreError, match="no such store"):
        Store.copy(address(tmp_path / "none.db"), tmp_path / "second.db")


def test_a_restore_beside_an_open_writer_ends(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "BUSY_SECONDS", 0.2)
    copy = Store.copy(address(path), tmp_path / "copy.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            Store.restore(address(path), copy)
        writer.execute("ROLLBACK")
    assert Store.restore(address(path), copy)


def test_a_damaged_store_is_replaced_and_kept_as_it_is(path: Path, tmp_path: Path) -> None:
    """Which is what restoring is for."""
    harm = b"not a database, " * 512
    with Store.open(address(path)) as store:
        copy = store.backup(tmp_path / "copy.db")
    path.write_bytes(harm)
    kept = Store.restore(address(path), copy)
    assert places(path) == 2
    assert kept is not None and kept.read_bytes() == harm


def test_the_present_store_is_no_copy_to_restore(path: Path) -> None:
    with pytest.raises(StoreError, match="is the present store"):
        Store.restore(address(path), path)
    assert [x.name for x in path.parent.glob("*restore*")] == []
    assert places(path) == 2


def test_restore_into_nothing(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "pantau.db"
    assert Store.restore(address(target), path) is None
    assert places(target) == 2


def test_a_damaged_copy_replaces_nothing(path: Path, tmp_path: Path) -> None:
    with Store.open(address(path)) as store:
        copy = store.backup(tmp_path / "copy.db")
    body = bytearray(copy.read_bytes())
    middle = len(body) // 2
    body[middle : middle + 8192] = b"\xff" * 8192
    copy.write_bytes(body)
    with pytest.raises(StoreError, match=r"copy\.db: is (damaged|no copy)"):
        Store.restore(address(path), copy)
    assert places(path) == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is no copy of a store"),
        (b"not a database, " * 200, "is no copy of a store"),
        (None, "no such file"),
        ("foreign", "is no copy of a store"),
        ("newer", "has a schema this Pantau does not know"),
    ],
)
def test_what_is_no_copy_replaces_nothing(
    path: Path, tmp_path: Path, content: bytes | str | None, problem: str
) -> None:
    copy = tmp_path / "copy.db"
    if isinstance(content, bytes):
        copy.write_bytes(content)
    elif content:
        if content == "newer":
            shutil.copy(path, copy)
        with sqlite3.connect(copy) as connection:
            connection.execute("CREATE TABLE if not exists alembic_version (version_num TEXT)")
            connection.execute("DELETE FROM alembic_version")
            connection.execute("INSERT INTO alembic_version VALUES ('9999')")
        connection.close()
    with pytest.raises(StoreError, match=rf"copy\.db: {problem}"):
        Store.restore(address(path), copy)
    assert places(path) == 2


@pytest.mark.postgresql
def test_postgresql_is_copied_by_its_own_tools(url: str, tmp_path: Path) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("SQLite is copied by us")
    with Store.open(url) as store, pytest.raises(StoreError, match="pg_dump"):
        store.backup(tmp_path / "copy.db")
    with pytest.raises(StoreError, match="pg_restore"):
        Store.restore(url, tmp_path / "copy.db")


def test_damage_is_told_by_sqlites_own_check(tmp_path: Path) -> None:
    path = tmp_path / "pantau.db"
    with Store.open(f"sqlite:///{path}") as store:
        store.require_whole()
    body = bytearray(path.read_bytes())
    body[8192:12288] = b"\xff" * 4096
    path.write_bytes(bytes(body))
    with (
        pytest.raises(StoreError, match=r"damaged|malformed"),
        Store.open(f"sqlite:///{path}") as store,
    ):
        store.require_whole()


@pytest.mark.parametrize("lost", ["missing", "empty"])
def test_a_store_lost_beside_its_evidence_is_not_made_anew(tmp_path: Path, lost: str) -> None:
    config = Config(home=tmp_path, database_url=f"sqlite:///{tmp_path / 'pantau.db'}")
    with Store.of_home(config):
        pass
    (config.evidence / "2026-W47").mkdir(parents=True)
    (config.evidence / "2026-W47" / "lazada-1.warc.gz").write_bytes(b"")
    (tmp_path / "pantau.db").unlink()
    if lost == "empty":
        (tmp_path / "pantau.db").touch()
    with pytest.raises(StoreError, match=f"is {lost}, but .* pantau db restore"):
        Store.of_home(config)
    Store.upgrade(config.database_url, home=tmp_path)
    with Store.of_home(config) as store:
        assert store.plans.weeks() == ()


def test_an_empty_database_is_told_from_others(empty_url: str, url: str) -> None:
    assert Store.is_empty(empty_url)
    assert not Store.is_empty(url)


def test_a_full_disk_is_said_as_such(path: Path) -> None:
    with Store.open(address(path)) as store:
        with store._database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match=r"is full; make room on that disk$"):
            store.runs.start("plan", Origin.live, MONDAY, versions={"long": "x" * 1_000_000})
    with Store.open(address(path)) as store:
        store.require_whole()
