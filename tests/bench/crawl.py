"""The crawl: pages a second with everything kept, memory of the browser, speed of verification."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import monitor.registry
from monitor.config import Config, Crawl
from monitor.crawl.chromium import find_chromium
from monitor.crawl.process import crawl
from monitor.crawl.transport import simulated
from monitor.demo import DemoServer
from monitor.evidence import verify
from monitor.model import Cluster, EntryKind, Origin, Plan, PlannedUnit, Stratum
from monitor.store import Store

WEEK = "2026-W46"
PAGES = 180
BROWSER_PAGES = 1_000
WORDS = ("batik", "mukena", "keripik", "tenun", "sarung")


def run() -> Iterator[dict[str, object]]:
    with tempfile.TemporaryDirectory() as name:
        yield from plain(Path(name))
    if find_chromium():
        with tempfile.TemporaryDirectory() as name:
            yield browser(Path(name))


def plain(home: Path) -> Iterator[dict[str, object]]:
    """A whole run of one platform against a client that throws the same pages away."""
    with DemoServer(seed=1, week=WEEK) as server:
        config = planned(home, server.url, PAGES)
        begun = time.perf_counter()
        [result] = crawl(config, ["blibli"], WEEK)
        ours = result.counts["sampled"] / (time.perf_counter() - begun)
        begun = time.perf_counter()
        for unit in units(PAGES):
            with urlopen(simulated(unit.url, server.url)) as page:
                page.read()
        bare = PAGES / (time.perf_counter() - begun)
    yield row("crawl, stored with evidence", ours, "pages/s", bare)
    yield verified(config.evidence)


def verified(folder: Path) -> dict[str, object]:
    """Verification against hashing the same files once."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 2**20
    begun = time.perf_counter()
    assert verify(folder) == []
    ours = size / (time.perf_counter() - begun)
    begun = time.perf_counter()
    for path in files:
        hashlib.sha256(path.read_bytes()).hexdigest()
    return row("evidence verify", ours, "MiB/s", size / (time.perf_counter() - begun))


def browser(home: Path) -> dict[str, object]:
    """The most memory over the last fifth of many pages, against that over the first fifth."""
    registry = registry_with_browser(home)
    memory: list[int] = []
    ended = threading.Event()
    with DemoServer(seed=1, week=WEEK) as server:
        config = planned(home, server.url, BROWSER_PAGES, registry=registry)
        watcher = threading.Thread(target=watch, args=(memory, ended))
        watcher.start()
        [result] = crawl(config, ["blibli"], WEEK)
        ended.set()
        watcher.join()
    assert result.counts["sampled"] == BROWSER_PAGES, str(result)
    fifth = len(memory) // 5
    first, last = max(memory[:fifth]) / 2**20, max(memory[-fifth:]) / 2**20
    return row(f"browser memory over {BROWSER_PAGES} pages", last, "MiB", first)


def registry_with_browser(home: Path) -> Path:
    """A registry in which Blibli alone is shown in the browser."""
    registry = Path(shutil.copytree(Path(monitor.registry.__file__).parent / "data", home / "data"))
    platforms = registry / "platforms.toml"
    text = platforms.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("browser = ")]
    changed = "\n".join(lines).replace('id = "blibli"\n', 'id = "blibli"\nbrowser = true\n')
    platforms.write_text(changed, encoding="utf-8")
    return registry


def watch(memory: list[int], ended: threading.Event) -> None:
    while not ended.wait(0.5):
        memory.append(sum(map(used, children(os.getpid()))))


def used(pid: int) -> int:
    """Bytes of memory of a process and all below it, shared pages by their share; 0 when gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        own = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
        return own + sum(map(used, children(pid)))
    except OSError:
        return 0


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(one) for one in (task / "children").read_text().split()]
    return found


def units(count: int) -> tuple[PlannedUnit, ...]:
    made = []
    for number in range(count):
        word, page = WORDS[number % len(WORDS)], number // len(WORDS) + 1
        made.append(
            PlannedUnit(
                id=f"{WEEK}/blibli/{word}/{page}", week=WEEK, platform="blibli",
                cluster=Cluster.textile_fashion, stratum=Stratum.head, entry_id=word,
                kind=EntryKind.keyword, query=word, page=page, position=number, probability=1.0,
                url=f"https://www.blibli.com/jual/{word}?page={page % 3 + 1}&ke={page}",
            )
        )  # fmt: skip
    return tuple(made)


def planned(home: Path, url: str, count: int, registry: Path | None = None) -> Config:
    config = Config(
        home=home,
        database_url=f"sqlite:///{home / 'pantau.db'}",
        demo_url=url,
        registry=registry,
        crawl=Crawl(weekly_requests=10 * count),
    )
    plan = Plan(
        week=WEEK, frame_version="bench", seed=1, drawn_at=datetime.now(UTC), units=units(count)
    )
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        store.plans.save(plan)
    return config


def row(name: str, value: float, unit: str, reference: float) -> dict[str, object]:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "reference": round(reference, 2),
        "ratio": round(value / reference, 3),
    }
