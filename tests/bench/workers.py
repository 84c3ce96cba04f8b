"""Pages a second that three workers store together, by those of one.

Each worker takes one platform, whose answers take ``LATENCY`` seconds and whose pause is that of
the fleet. Counted is while all of them are under way, since crawls start one after the other.
Needs a PostgreSQL server in ``PANTAU_TEST_POSTGRESQL`` and is left out where there is none.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from monitor.demo import DemoServer
from monitor.model import UnitState
from monitor.store import Store
from tests.operate.fleet import Fleet, Recorder, fleet_of
from tests.repetitions import ratio_row
from tests.store.conftest import ADDRESS, new_postgresql

REPETITIONS = int(os.environ.get("PANTAU_BENCH_REPETITIONS", "5"))
LATENCY = 1.0  # s
PLATFORMS = ("lazada", "shopee", "blibli")
QUERIES = (
    "hijab", "sarung", "batik", "mukena", "gamis", "kebaya", "kemeja", "daster", "jilbab", "koko",
    "blouse", "rok", "celana", "jaket", "kaos", "tunik", "cardigan", "rompi", "piyama", "kaftan",
    "songket", "tenun", "ulos", "peci",
)  # fmt: skip
FRAME = f"""\
cell_entries = {len(QUERIES)}

[[entries]]
cluster = "textile_fashion"
stratum = "head"
pages = 2
core = true
platforms = {list(PLATFORMS)}
queries = {list(QUERIES)}
""".replace("'", '"')


def run() -> Iterator[dict[str, Any]]:
    """One row: pages a second of three workers, and of one."""
    if os.environ.get(ADDRESS):
        pairs = [
            (pages_a_second(PLATFORMS), pages_a_second(PLATFORMS[:1])) for _ in range(REPETITIONS)
        ]
        yield ratio_row("pages of three workers by those of one", "pages/s", pairs, 2.5)


def pages_a_second(platforms: Sequence[str]) -> float:
    """Pages a second of a worker for each of ``platforms``, all of one week."""
    with (
        tempfile.TemporaryDirectory() as folder,
        DemoServer(seed=7) as demo,
        Recorder(demo, seconds=LATENCY) as recorder,
        new_postgresql() as url,
        fleet_of(Path(folder), url, recorder.url) as fleet,
    ):
        fleet.frame = FRAME
        fleet.prepare()
        fleet.daemon()
        fleet.wait(lambda: "jobs, home" in fleet.log("ministry"))
        for platform in platforms:
            fleet.worker(platform, platform)
        fleet.wait(lambda: _is_crawled(fleet, platforms, demo.week), seconds=600)
        with Store.open(url) as store:
            units = [store.units.of_week(demo.week, platform) for platform in platforms]
    times = [sorted(unit.observed_at for unit in of_one if unit.observed_at) for of_one in units]
    assert all(len(moments) == len(of_one) for moments, of_one in zip(times, units, strict=True))
    states = {unit.state for of_one in units for unit in of_one}
    assert states <= {UnitState.sampled, UnitState.empty}
    first, last = max(moments[0] for moments in times), min(moments[-1] for moments in times)
    pages = sum(first < moment <= last for moments in times for moment in moments)
    return pages / (last - first).total_seconds()


def _is_crawled(fleet: Fleet, platforms: Sequence[str], week: str) -> bool:
    return all(f"crawl-{platform}: {week} done" in fleet.log("ministry") for platform in platforms)
