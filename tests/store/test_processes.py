"""Several processes at one store, and one that is killed in the middle of a page."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.model import Origin, UnitState
from monitor.store import Store
from tests.store.values import MONDAY, WEEK, page, plan, unit

ROOT = Path(__file__).resolve().parents[2]
Rows = Callable[..., list[tuple[object, ...]]]

WRITE = """
import sys
import threading
from monitor.model import Origin
from monitor.store import Store
from tests.store.values import MONDAY, listing, page

url, platform, pages = sys.argv[1], sys.argv[2], int(sys.argv[3])
address = f"https://{platform}.example/"
with Store.open(url) as store:
    run = store.runs.start("crawl", Origin.live, MONDAY, platform=platform)
    for number in range(pages):
        items = tuple(
            listing(str(number * 20 + place), platform=platform, seller_id=str(place), rank=place)
            for place in range(1, 41)
        )
        found = page(None, f"{platform} {number}", platform=platform, url=address, listings=items)
        store.pages.save(run, found)
"""

DIE = """
import os, signal, sys
from sqlalchemy import Engine, event
from monitor.store import Store
from tests.store.values import page, unit

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, *_):
    if statement.startswith(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

Store.open(sys.argv[1]).pages.save(int(sys.argv[2]), page(unit()))
"""


def start(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


@pytest.mark.parametrize("fresh", [True, False])
def test_processes_write_at_the_same_time(empty_url: str, fresh: bool) -> None:
    if not fresh:
        Store.upgrade(empty_url)
    platforms, pages = ("lazada", "shopee", "blibli"), 12
    children = [start(WRITE, empty_url, platform, pages) for platform in platforms]
    errors = [child.communicate(timeout=120)[1].decode() for child in children]
    assert errors == [""] * 3
    with Store.open(empty_url) as store:
        seen = [x.listing.platform for x in store.observations.of_week(WEEK, planned=False)]
        assert {name: seen.count(name) for name in platforms} == dict.fromkeys(
            platforms, pages * 40
        )
        assert len(store.runs.newest("crawl")) == 3


@pytest.mark.parametrize(
    "statement", ["UPDATE sample_unit", "INSERT INTO listing_version", "INSERT INTO observation"]
)
def test_a_killed_writer_leaves_nothing(url: str, store: Store, rows: Rows, statement: str) -> None:
    store.plans.save(plan())
    run = store.runs.start("crawl", Origin.live, MONDAY, week=WEEK, platform="lazada")
    child = start(DIE, url, run, statement)
    child.communicate(timeout=60)
    assert child.returncode == -9
    assert [record.state for record in store.units.of_week(WEEK)] == [UnitState.planned] * 3
    for name in ("response", "seller", "listing", "listing_version", "observation"):
        assert rows(f"SELECT count(*) FROM {name}") == [(0,)]
    store.pages.save(run, page(unit()))
    assert store.units.of_week(WEEK)[0].places == 2


def test_threads_share_a_store(store: Store) -> None:
    numbers: list[int] = []

    def work() -> None:
        for _ in range(5):
            numbers.append(store.runs.start("label", Origin.live, MONDAY))
            assert store.runs.newest()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == sorted(run.id for run in store.runs.newest())
    assert len(numbers) == 20
