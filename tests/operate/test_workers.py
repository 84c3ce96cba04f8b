"""Workers: homes as machines of their own, which crawl for the home of one PostgreSQL database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.demo import DemoServer
from monitor.evidence import verify
from monitor.model import UnitState
from monitor.operate.evidence_check import store_problems
from monitor.store import Store
from tests.store.conftest import ADDRESS, new_postgresql

from .fleet import Fleet, Recorder, fleet_of

HOSTS = {"lazada": "www.lazada.co.id", "shopee": "shopee.co.id"}


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(seed=7) as server:
        yield server


@pytest.fixture
def recorder(demo: DemoServer) -> Iterator[Recorder]:
    with Recorder(demo, seconds=0.2) as recorder:
        yield recorder


@pytest.fixture
def fleet(tmp_path: Path, recorder: Recorder) -> Iterator[Fleet]:
    """A prepared fleet, whose evidence goes to a folder that all share."""
    if not os.environ.get(ADDRESS):
        pytest.skip(f"{ADDRESS} names no PostgreSQL server")
    with new_postgresql() as url, fleet_of(tmp_path, url, recorder.url) as fleet:
        fleet.prepare()
        yield fleet


def states(fleet: Fleet, week: str) -> dict[str, list[UnitState]]:
    """The states of a week's units by platform."""
    with Store.open(fleet.url) as store:
        return {
            platform: [unit.state for unit in store.units.of_week(week, platform)]
            for platform in HOSTS
        }


def is_crawled(fleet: Fleet, week: str) -> bool:
    """Whether every unit of the week has answered, and the daemon has judged it."""
    units = states(fleet, week)
    is_asked = all(
        units[platform] and UnitState.planned not in units[platform] for platform in HOSTS
    )
    log = fleet.log("ministry")
    return is_asked and all(f"crawl-{platform}: {week} done" in log for platform in HOSTS)


def require_polite(fleet: Fleet, recorder: Recorder, week: str, again: int = 0) -> None:
    """Nothing lost, nothing twice, no two at one platform; ``again`` pages may be asked twice."""
    for platform, host in HOSTS.items():
        units = states(fleet, week)[platform]
        assert set(units) == {UnitState.sampled}
        assert recorder.most[host] == 1, "one request at a time"
        pages = recorder.pages(host)
        assert len(set(pages)) == len(units), "every page was asked for"
        assert len(pages) <= len(units) + again
    config = fleet.config()
    assert not verify(config.evidence)
    with Store.of_home(config, create=False) as store:
        assert not list(store_problems(store, config.evidence))
        assert store.evidence_files()


@pytest.mark.postgresql
def test_two_homes_crawl_for_a_third(fleet: Fleet, recorder: Recorder, demo: DemoServer) -> None:
    daemon = fleet.daemon()
    fleet.wait(lambda: "jobs, home" in fleet.log("ministry"))
    first, second = fleet.worker("first", "lazada"), fleet.worker("second", "shopee")
    fleet.wait(lambda: is_crawled(fleet, demo.week))
    assert fleet.ended(first) == 0
    assert fleet.ended(second) == 0
    assert fleet.ended(daemon) == 0
    require_polite(fleet, recorder, demo.week)
    with Store.open(fleet.url) as store:
        workers = store.workers.all()
        runs = store.runs.newest("crawl")
    assert {Path(worker.path).name for worker in workers} == {"first", "second"}
    assert all(worker.ended_at for worker in workers)
    assert all(run.host and run.heartbeat_at for run in runs)
    for name in ("first", "second"):
        spool = fleet.folder / name / "evidence"
        assert not list(spool.rglob("*.gz")), "the spool is empty when all is brought"
        assert not list(spool.glob("manifest-*")), "the daemon seals"
