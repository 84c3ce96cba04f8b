"""A crawl's processor time beside Scrapy alone on the same pages, and the store's beside SQLite's.

All processes of a crawl count, from start to end: fetching, evidence, parsing, storing and sealing,
then classifying. The simulated marketplaces run in the process that measures, and do not.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.config import Config
from monitor.crawl.reprocess import reread
from monitor.crawl.spider import load_spiders
from monitor.crawl.transport import simulated
from monitor.demo import DemoServer
from monitor.evidence import EvidenceStore
from monitor.model import (
    Cluster,
    EntryKind,
    Origin,
    Plan,
    PlannedUnit,
    SampledPage,
    Stratum,
    UnitState,
)
from monitor.store import Store
from tests.repetitions import ratio_row, usage_of

WEEK = "2026-W46"
PAGES = 180
REPETITIONS = int(os.environ.get("PANTAU_BENCH_REPETITIONS", "5"))
WORDS = ("batik", "mukena", "keripik", "tenun", "sarung")
ADDRESSES = {
    "shopee": "https://shopee.co.id/api/v4/search/search_items?by=relevancy&keyword={word}"
    "&limit=60&newest={start}&order=desc&page_type=search&scenario=PAGE_GLOBAL_SEARCH&version=2"
    "&number={number}",
    "tokopedia": "https://www.tokopedia.com/find/{word}?page={page}&number={number}",
}
GOALS = {"shopee": (2.5, 1.5), "tokopedia": (4.0, 1.5)}
"""At most so many times fetching and discarding, and a hand-written spider."""
TABLES = ("seller", "listing", "listing_version", "response", "observation")
CLASSIFY = """
from monitor.config import load_config
from monitor.model import Origin
from monitor.operate.editions import classify_store
from monitor.registry import load_registry
from monitor.store import Store

config = load_config()
with Store.of_home(config) as store:
    classify_store(config, load_registry(), store, origin=Origin.simulated)
"""

Pair = tuple[float, float]


def run() -> Iterator[dict[str, Any]]:
    """Two ratios a platform, and those of the store and of the command line's start."""
    for platform, (most_discarding, most_written) in GOALS.items():
        discarding: list[Pair] = []
        written: list[Pair] = []
        storing: list[Pair] = []
        for _ in range(REPETITIONS):
            with tempfile.TemporaryDirectory() as folder, DemoServer(seed=1, week=WEEK) as server:
                home = Path(folder)
                ours = crawl_cpu(home, server.url, platform)
                bare, spider = reference_cpus(home, server.url, platform)
                discarding.append((ours, bare))
                written.append((ours, spider))
                if platform == "shopee":
                    storing.append(writer_rates(home, platform))
        name = f"crawl of {PAGES} pages, {platform}"
        yield ratio_row(f"{name}, by discarding", "CPU s", discarding, most_discarding)
        yield ratio_row(f"{name}, by a hand-written spider", "CPU s", written, most_written)
        if storing:
            yield ratio_row("store writer by raw executemany", "rows/CPU s", storing, 1 / 2.5)
    starts = [
        (
            usage_of([sys.executable, "-m", "monitor", "--help"]).cpu,
            usage_of([sys.executable, "-c", "pass"]).cpu,
        )
        for _ in range(REPETITIONS)
    ]
    yield ratio_row("pantau --help by python -c pass", "CPU s", starts, 5.0)


def crawl_cpu(home: Path, url: str, platform: str) -> float:
    """Seconds of processor of a crawl and of classifying what it stored, in a home of its own."""
    plan_pages(home, platform)
    environment = {"PANTAU_HOME": str(home), "PANTAU_DEMO_URL": url}
    crawl = [sys.executable, "-m", "monitor", "crawl", platform, "--week", WEEK]
    cpu = usage_of(crawl, environment).cpu
    cpu += usage_of([sys.executable, "-c", CLASSIFY], environment).cpu
    with Store.open(database(home), create=False) as store:
        states = [unit.state for unit in store.units.of_week(WEEK)]
    assert states == [UnitState.sampled] * PAGES, str(states)
    return cpu


def reference_cpus(home: Path, url: str, platform: str) -> Pair:
    """Seconds of processor of Scrapy that discards the pages, and of a hand-written spider."""
    addresses = home / "addresses.txt"
    addresses.write_text(
        "\n".join(simulated(unit.url, url) for unit in units(platform)), encoding="utf-8"
    )
    scrapy = [sys.executable, "-m", "tests.bare_scrapy", str(addresses)]
    items = home / "items.jsonl"
    bare = usage_of(scrapy).cpu
    spider = usage_of([*scrapy, "--fields", platform, "--out", str(items)]).cpu
    with Store.open(database(home), create=False) as store:
        stored = sum(1 for _ in store.observations.of_week(WEEK))
    assert len(items.read_bytes().splitlines()) == stored, "both read the same listings"
    return bare, spider


def writer_rates(home: Path, platform: str) -> Pair:
    """Rows a second of processor, of the store and of SQLite alone with the same rows."""
    pages = read_pages(home, platform)
    ours, raw = home / "ours", home / "raw"
    for folder in (ours, raw):
        folder.mkdir()
        plan_pages(folder, platform)
    with Store.open(database(ours), create=False, origin=Origin.simulated) as store:
        run = store.runs.start("crawl", Origin.simulated, datetime.now(UTC), platform=platform)
        started = time.process_time()
        for page in pages:
            store.pages.save(run, page)
        store_cpu = time.process_time() - started
    batches = written_rows(ours / "pantau.db")
    with closing(sqlite3.connect(raw / "pantau.db", isolation_level=None)) as connection:
        # Parts of a page come in one transaction; what they refer to is checked as in the store.
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("ATTACH ? AS ours", (str(ours / "pantau.db"),))
        connection.execute("INSERT INTO run SELECT * FROM ours.run")
        connection.execute("DETACH ours")
        started = time.process_time()
        for batch in batches:
            connection.execute("BEGIN IMMEDIATE")
            for name, rows in batch.items():
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
            connection.execute("COMMIT")
        raw_cpu = time.process_time() - started
    rows = sum(len(rows) for batch in batches for rows in batch.values())
    return rows / store_cpu, rows / raw_cpu


def read_pages(home: Path, platform: str) -> list[SampledPage]:
    """The pages of the crawl with their listings, read from its evidence."""
    evidence, spider = EvidenceStore(home / "evidence"), load_spiders()[platform]
    with Store.open(database(home), create=False) as store:
        return [reread(evidence, spider, page).page for page in store.pages.of_week(WEEK)]


def written_rows(path: Path) -> list[dict[str, list[tuple[Any, ...]]]]:
    """The rows of each page, by table in the order of their references; each row once."""
    with closing(sqlite3.connect(path)) as connection:
        columns = {
            name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            for name in TABLES
        }
        rows = {
            name: list(connection.execute(f"SELECT * FROM {name} ORDER BY id")) for name in TABLES
        }
    by_id = {
        name: {row[columns[name].index("id")]: row for row in table_rows}
        for name, table_rows in rows.items()
    }
    by_response: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows["observation"]:
        by_response.setdefault(row[columns["observation"].index("response_id")], []).append(row)
    batches = []
    for response, row in by_id["response"].items():
        observations = by_response.get(response, [])
        batch: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
        batch["response"].append(row)
        batch["observation"] += observations
        for number in column(observations, columns["observation"], "listing_version_id"):
            if version := by_id["listing_version"].pop(number, None):
                batch["listing_version"].append(version)
        for name, key in (("listing", "listing_id"), ("seller", "seller_id")):
            for number in column(batch["listing_version"], columns["listing_version"], key):
                if referred := by_id[name].pop(number, None):
                    batch[name].append(referred)
        batches.append({name: table_rows for name, table_rows in batch.items() if table_rows})
    return batches


def column(rows: Sequence[tuple[Any, ...]], columns: Sequence[str], name: str) -> list[Any]:
    """The cells of one column."""
    position = columns.index(name)
    return [row[position] for row in rows]


def plan_pages(home: Path, platform: str) -> None:
    """Make the store of a home with a plan of all pages."""
    units_of_plan = units(platform)
    (home / "pantau.toml").write_text(
        f"[crawl]\nweekly_requests = {10 * PAGES}\n", encoding="utf-8"
    )
    config = Config(home=home, database_url=database(home))
    plan = Plan(
        week=WEEK, frame_version="bench", seed=1, drawn_at=datetime.now(UTC), units=units_of_plan
    )
    with Store.of_home(config, origin=Origin.simulated) as store:
        store.plans.save(plan)


def units(platform: str) -> tuple[PlannedUnit, ...]:
    """The pages of five words, three of each asked for again and again under other addresses."""
    return tuple(
        PlannedUnit(
            id=f"{WEEK}/{platform}/{word}/{number}", week=WEEK, platform=platform,
            cluster=Cluster.textile_fashion, stratum=Stratum.head, entry_id=word,
            kind=EntryKind.keyword, query=word, page=number // len(WORDS) + 1, position=number,
            probability=1.0,
            url=ADDRESSES[platform].format(
                word=word, page=number % 3 + 1, start=number % 3 * 60, number=number
            ),
        )
        for number in range(PAGES)
        for word in [WORDS[number % len(WORDS)]]
    )  # fmt: skip


def database(home: Path) -> str:
    """The address of a home's database."""
    return f"sqlite:///{home / 'pantau.db'}"
