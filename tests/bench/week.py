"""A whole simulated week: its processor time, that of reading it again, and of its report.

The week's makespan is that of six platforms side by side at a pause of ``DELAY`` and an answer's
time of ``LATENCY`` seconds, held against what politeness alone asks for: the requests of the
platform with most of them, robots.txt included, each with its answer and the pause after it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import time as clock
from pathlib import Path
from typing import Any

from lxml import html
from msgspec.structs import replace

from monitor.config import Config, Crawl, load_config
from monitor.crawl.process import crawl
from monitor.crawl.saved_responses import from_evidence
from monitor.demo import DemoServer
from monitor.evidence import EvidenceStore
from monitor.model import Origin, RunOutcome
from monitor.operate.collection import plan_week, planned_units
from monitor.registry import load_registry
from monitor.store import Store
from tests.operate.fleet import Recorder
from tests.repetitions import bar_row, ratio_row, usage_of

REPETITIONS = int(os.environ.get("PANTAU_BENCH_REPETITIONS", "5"))
DEMO_GOAL, REPROCESS_GOAL, REPORT_GOAL = 45.0, 9.0, 6.0  # CPU s
MEMORY_GOAL = 250.0  # MB
DELAY, LATENCY = 1.0, 0.2  # s
PAGES = 100  # of a platform at most

Row = dict[str, Any]


def run() -> Iterator[Row]:
    """The rows of the demo's week, then the makespan."""
    with tempfile.TemporaryDirectory() as folder:
        demos = []
        for number in range(REPETITIONS):
            out = Path(folder) / str(number)
            command = [sys.executable, "-m", "monitor", "demo", "--out", str(out)]
            demos.append(usage_of(command).cpu)
        yield bar_row("demo week", "CPU s", demos, DEMO_GOAL)
        home = Path(folder) / "0" / "home"
        yield from of_home(home)
    yield makespan()


def of_home(home: Path) -> Iterator[Row]:
    """Reading the newest week of a home again, and its report."""
    environment = {"PANTAU_HOME": str(home)}
    config = load_config(environment)
    with Store.of_home(config, create=False) as store:
        week = store.plans.weeks()[-1]
        pointers = [
            page.received.evidence
            for page in store.pages.of_week(week)
            if page.received and page.received.evidence
        ]
    reprocess = [sys.executable, "-m", "monitor", "reprocess", "--week", week]
    pairs = [
        (usage_of(reprocess, environment).cpu, parse_cpu(config, pointers))
        for _ in range(REPETITIONS)
    ]
    name = f"reprocess {len(pointers)} pages"
    yield ratio_row(f"{name}, by one parse of each", "CPU s", pairs, 0.0) | {"goal": None}
    yield bar_row(name, "CPU s", [value for value, _ in pairs], REPROCESS_GOAL)
    with tempfile.TemporaryDirectory() as out:
        report = [sys.executable, "-m", "monitor", "report", "--week", week, "--out", out]
        usages = [usage_of(report, environment) for _ in range(REPETITIONS)]
    yield bar_row("report of the demo's week", "CPU s", [u.cpu for u in usages], REPORT_GOAL)
    yield bar_row("report of the demo's week", "MB", [u.memory for u in usages], MEMORY_GOAL)


def parse_cpu(config: Config, pointers: list[str]) -> float:
    """Seconds of processor of one parse of each body, as JSON where it is, else as HTML."""
    evidence = EvidenceStore(config.evidence)
    bodies = [from_evidence(evidence.read(pointer)).body for pointer in pointers]
    started = time.process_time()
    for body in bodies:
        if body.lstrip()[:1] in (b"{", b"["):
            json.loads(body)
        elif body.strip():
            html.document_fromstring(body)
    return time.process_time() - started


def makespan() -> Row:
    """Seconds of a plan of all platforms that have pages, by the polite minimum."""
    pairs = []
    for _ in range(REPETITIONS):
        with (
            tempfile.TemporaryDirectory() as folder,
            DemoServer(seed=1) as demo,
            Recorder(demo, LATENCY) as recorder,
        ):
            home = Path(folder)
            config = Config(
                home=home,
                database_url=f"sqlite:///{home / 'pantau.db'}",
                contact="monitor@ministry.example",
                stand_in=recorder.url,
                crawl=Crawl(
                    delay=DELAY,
                    jitter=0.0,
                    night_from=clock(),
                    night_until=clock(),
                    weekly_requests=PAGES,
                    browser=False,
                ),
            )
            with Store.of_home(config, origin=Origin.live) as store:
                plan_week(config, load_registry(), store, demo.week, origin=Origin.live)
                platforms = list(planned_units(store, demo.week))
            # Fetching robots.txt anew counts as a request, too.
            roomy = replace(config, crawl=replace(config.crawl, weekly_requests=2 * PAGES))
            started = time.monotonic()
            results = crawl(roomy, platforms, demo.week)
            seconds = time.monotonic() - started
            requests = max(map(len, recorder.paths.values()))
        assert all(result.outcome is RunOutcome.done for result in results), str(results)
        pairs.append((seconds, requests * (DELAY + LATENCY) - DELAY))
    return ratio_row(f"makespan of {len(platforms)} platforms", "s", pairs, 1.03)
