"""Workers: homes as machines of their own, which crawl for the home of one PostgreSQL database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import msgspec
import pytest

from monitor.config import PantauError
from monitor.demo import DemoServer
from monitor.evidence import verify
from monitor.evidence.targets import ObjectStore
from monitor.model import Origin, RunOutcome, UnitState
from monitor.operate.evidence_check import store_problems
from monitor.operate.queue import CrawlOrder, CrawlQueue
from monitor.operate.status import worker_lines
from monitor.operate.worker import CrawlWorker, worker_versions
from monitor.registry import load_registry
from monitor.store import Store, StoreError
from tests.store.conftest import ADDRESS, new_postgresql

from .conftest import Run, add_settings
from .fleet import DELAY, Fleet, Recorder, fleet_of

HOSTS = {"lazada": "www.lazada.co.id", "shopee": "shopee.co.id"}


def require_postgresql() -> None:
    if not os.environ.get(ADDRESS):
        pytest.skip(f"{ADDRESS} names no PostgreSQL server")


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(seed=7) as server:
        yield server


@pytest.fixture
def recorder(demo: DemoServer) -> Iterator[Recorder]:
    with Recorder(demo, seconds=0.1) as recorder:
        yield recorder


@pytest.fixture
def fleet(tmp_path: Path, recorder: Recorder) -> Iterator[Fleet]:
    """A prepared fleet, whose evidence goes to a folder that all share."""
    require_postgresql()
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
        assert min(recorder.gaps[host]) > 0.95 * DELAY, "the pause is kept, whoever asks"
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
    with Store.open(fleet.url) as store:
        lines = list(worker_lines(store, datetime.now(UTC)))
    assert len(lines) == 2
    assert all("stopped" in line and "; takes " in line for line in lines)
    for name in ("first", "second"):
        spool = fleet.folder / name / "evidence"
        assert not list(spool.rglob("*.gz")), "the spool is empty when all is brought"
        assert not list(spool.glob("manifest-*")), "the daemon seals"


def refusal(fleet: Fleet, **changes: Any) -> str:
    """Why a worker of a home with changed settings does not start."""
    config = msgspec.structs.replace(fleet.config("worker"), **changes)
    with pytest.raises(PantauError) as refused:
        CrawlWorker(config, ["lazada"], print).run()
    return str(refused.value)


@pytest.mark.postgresql
def test_a_worker_that_is_not_as_the_daemon_is_refused(fleet: Fleet) -> None:
    config = fleet.config()
    with Store.of_home(config) as store:
        assert "no daemon of this database has workers" in refusal(fleet)
        registry = load_registry(config.registry, config.confirmations)
        own = worker_versions(config, registry)
        for name in own:
            store.workers.require_versions(own | {name: "another"})
            line = refusal(fleet)
            assert line.startswith(f"this worker has {name} {own[name]}, the daemon of this")
            assert "another" in line
            assert "\n" not in line
        store.workers.require_versions(own)
        slower = msgspec.structs.replace(config.crawl, delay=2 * DELAY)
        assert refusal(fleet, crawl=slower).startswith("this worker has settings")
        assert refusal(fleet, contact=None).endswith('contact = "mail address"')
        (fleet.folder / "evidence").rmdir()
        assert refusal(fleet).endswith("is no folder that this user can write to; mount it")
        elsewhere = fleet.url.replace("127.0.0.1", "kunci:geheim@127.0.0.1").replace("pantau@", "")
        line = refusal(fleet, database_url=elsewhere.replace("55432", "1"))
        assert "connection failed" in line
        assert "geheim" not in line
        assert not store.workers.all()
    with pytest.raises(StoreError, match="belongs to the home"):
        Store.of_home(fleet.config("worker"))


@pytest.mark.postgresql
def test_a_worker_of_a_simulation_needs_its_address(tmp_path: Path, recorder: Recorder) -> None:
    require_postgresql()
    with new_postgresql() as url, fleet_of(tmp_path, url, recorder.url) as fleet:
        with Store.of_home(fleet.config(), origin=Origin.simulated) as store:
            run = store.runs.start("plan", Origin.simulated, datetime.now(UTC))
            assert store.simulated, run
        assert refusal(fleet).endswith("set PANTAU_DEMO_URL as the daemon has it")


def test_a_worker_needs_postgresql(home: Path, pantau: Run) -> None:
    refused = pantau("worker")
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        "Error: workers need a PostgreSQL database; name that of the daemon in PANTAU_DATABASE_URL"
    )
    add_settings(home, "[schedule]\nworkers = true\n")
    assert "schedule.workers: workers need a PostgreSQL database" in pantau("config").stderr


@pytest.mark.postgresql
def test_the_queue_takes_one_order_a_platform(fleet: Fleet) -> None:
    queue = CrawlQueue(fleet.url)
    order = CrawlOrder(platform="lazada", week="2026-W47", due_at=datetime.now(UTC))
    assert queue.put(order)
    assert not queue.put(order)
    assert queue.put(msgspec.structs.replace(order, platform="shopee"))
    assert [crawl.order.platform for crawl in queue.crawls()] == ["lazada", "shopee"]
    assert not any(crawl.is_taken for crawl in queue.crawls())
    assert not queue.take_over("lazada"), "nobody has it"
    assert queue.withdraw("lazada")
    assert not queue.withdraw("lazada")
    assert [crawl.order.platform for crawl in queue.crawls()] == ["shopee"]
    assert not queue.make_tables(), "they are there"
    queue.require_tables()


def is_under_way(fleet: Fleet, week: str) -> bool:
    """Whether some pages of each platform were sampled, and some were not."""
    return all(
        {UnitState.sampled, UnitState.planned} <= set(units)
        for units in states(fleet, week).values()
    )


@pytest.fixture
def begun(fleet: Fleet, demo: DemoServer) -> Fleet:
    """A fleet whose first worker is amid the crawls, with a second one that waits."""
    fleet.daemon()
    fleet.wait(lambda: "jobs, home" in fleet.log("ministry"))
    fleet.worker("first")
    fleet.wait(lambda: is_under_way(fleet, demo.week))
    fleet.worker("second")
    return fleet


@pytest.mark.long
@pytest.mark.postgresql
def test_a_killed_worker_is_taken_over(begun: Fleet, recorder: Recorder, demo: DemoServer) -> None:
    _, first, _ = begun.processes
    begun.ended(first, signal.SIGKILL)
    begun.wait(lambda: is_crawled(begun, demo.week))
    assert "its worker is dead" in begun.log("ministry")
    # What it had is brought when that machine is back.
    begun.worker("first")
    begun.wait(lambda: "files of evidence brought" in begun.log("first"))
    begun.wait(lambda: not list((begun.folder / "first" / "evidence").rglob("*.gz")))
    require_polite(begun, recorder, demo.week, again=1)
    with Store.open(begun.url) as store:
        outcomes = {run.outcome for run in store.runs.newest("crawl")}
    assert RunOutcome.running not in outcomes


@pytest.mark.long
@pytest.mark.postgresql
def test_a_machine_that_stood_still_goes_on(
    begun: Fleet, recorder: Recorder, demo: DemoServer
) -> None:
    _, first, _ = begun.processes
    crawls = begun.children(first)
    assert len(crawls) == len(HOSTS)
    stopped = [first.pid, *crawls]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    begun.wait(lambda: "tried again in 1 seconds" in begun.log("second"))
    asked = {host: len(recorder.pages(host)) for host in HOSTS.values()}
    time.sleep(3)
    assert asked == {host: len(recorder.pages(host)) for host in HOSTS.values()}
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    begun.wait(lambda: is_crawled(begun, demo.week))
    begun.wait(lambda: begun.log("first").count("evidence brought") == len(HOSTS))
    require_polite(begun, recorder, demo.week)


@pytest.mark.long
@pytest.mark.postgresql
def test_the_next_daemon_follows_what_the_killed_one_gave_away(
    begun: Fleet, recorder: Recorder, demo: DemoServer
) -> None:
    daemon, _, _ = begun.processes
    begun.ended(daemon, signal.SIGKILL)
    begun.daemon()
    begun.wait(lambda: "is followed" in begun.log("ministry"))
    begun.wait(lambda: is_crawled(begun, demo.week))
    assert "were killed" not in begun.log("ministry"), "they are alive"
    require_polite(begun, recorder, demo.week)


@pytest.mark.long
@pytest.mark.postgresql
def test_a_worker_that_is_stopped_puts_its_crawls_back(
    begun: Fleet, recorder: Recorder, demo: DemoServer
) -> None:
    _, first, _ = begun.processes
    assert begun.ended(first) == 0
    begun.wait(lambda: is_crawled(begun, demo.week))
    require_polite(begun, recorder, demo.week)


@pytest.mark.long
@pytest.mark.postgresql
def test_evidence_comes_through_an_object_store(
    tmp_path: Path, recorder: Recorder, demo: DemoServer, objects: ObjectStore
) -> None:
    if not os.environ.get(ADDRESS):
        pytest.skip(f"{ADDRESS} names no PostgreSQL server")
    with new_postgresql() as url, fleet_of(tmp_path, url, recorder.url, objects.url) as fleet:
        fleet.prepare()
        fleet.daemon()
        fleet.wait(lambda: "jobs, home" in fleet.log("ministry"))
        fleet.worker("first", "lazada")
        fleet.worker("second", "shopee")
        fleet.wait(lambda: is_crawled(fleet, demo.week))
        require_polite(fleet, recorder, demo.week)
        assert fleet.config().evidence == tmp_path / "ministry" / "evidence"
        files, root = fsspec.url_to_fs(objects.url, use_listings_cache=False)
        assert not files.find(root), "what has arrived is removed from the store"
        with Store.open(url) as store:
            assert not store.workers.on_the_way()


def observations(url: str, week: str) -> list[tuple[object, ...]]:
    """What a week's units and positions say, but for when and where; in the order of the plan."""
    with Store.open(url) as store:
        units = [
            (unit.unit.id, unit.state, unit.places, unit.total_results)
            for platform in HOSTS
            for unit in store.units.of_week(week, platform)
        ]
        positions = [
            (seen.unit_id, seen.rank, seen.listing, seen.received and seen.received.sha256)
            for seen in store.observations.of_week(week)
        ]
    return units + sorted(positions, key=lambda position: position[:2])


@pytest.mark.long
@pytest.mark.postgresql
def test_a_week_reads_the_same_wherever_it_was_crawled(
    fleet: Fleet, tmp_path: Path, demo: DemoServer
) -> None:
    fleet.daemon()
    fleet.wait(lambda: "jobs, home" in fleet.log("ministry"))
    fleet.worker("first", "lazada")
    fleet.worker("second", "shopee")
    fleet.wait(lambda: is_crawled(fleet, demo.week))
    weeks = {"workers": observations(fleet.url, demo.week)}
    with new_postgresql() as url:
        for name, address in {
            "sqlite": f"sqlite:///{tmp_path / 'alone.db'}", "postgresql": url,
        }.items():  # fmt: skip
            home = fleet.home(name)
            settings = (home / "pantau.toml").read_text(encoding="utf-8")
            alone = settings.replace("workers = true", "workers = false").partition("[evidence]")[0]
            (home / "pantau.toml").write_text(alone, encoding="utf-8")
            environment = fleet.environment(home) | {
                "PANTAU_DATABASE_URL": address, "PANTAU_DEMO_URL": demo.url,
            }  # fmt: skip
            for command in ("plan", "crawl"):
                subprocess.run(
                    [sys.executable, "-m", "monitor", command, "--week", demo.week],
                    env=environment, check=True, capture_output=True, timeout=120,
                )  # fmt: skip
            weeks[name] = observations(address, demo.week)
    assert weeks["workers"]
    assert weeks["workers"] == weeks["postgresql"] == weeks["sqlite"]
