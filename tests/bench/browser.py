"""Pages a second of a crawl in the browser, by Playwright alone loading the same pages.

Both show one page at a time in the same headless Chromium. Playwright keeps nothing, and waits for
the event ``load``; the crawl waits until the cards are shown, keeps all and stores them. Pictures
of other hosts, which a crawl does not ask for, do not hold Playwright up: their names are unknown
to its Chromium at once, where a machine without network looks five seconds for them.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from monitor.crawl.chromium import find_chromium
from monitor.crawl.process import crawl
from monitor.crawl.transport import simulated
from monitor.demo import DemoServer
from tests.bench.crawl import WEEK, planned, registry_with_browser, units
from tests.repetitions import ratio_row

PAGES = 60
REPETITIONS = int(os.environ.get("PANTAU_BENCH_REPETITIONS", "5"))
NO_OTHER_HOSTS = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
GOAL = 0.8
"""At least so many of Playwright's pages."""


def run() -> Iterator[dict[str, Any]]:
    """One row, or none without a Chromium."""
    if chromium := find_chromium():
        pairs = []
        for _ in range(REPETITIONS):
            with tempfile.TemporaryDirectory() as folder:
                pairs.append(rates(Path(folder), str(chromium)))
        yield ratio_row("browser crawl by bare Playwright", "pages/s", pairs, GOAL)


def rates(home: Path, chromium: str) -> tuple[float, float]:
    """Pages a second of the crawl and of Playwright alone."""
    with DemoServer(seed=1, week=WEEK) as server:
        config = planned(home, server.url, PAGES, registry=registry_with_browser(home))
        started = time.perf_counter()
        [result] = crawl(config, ["blibli"], WEEK)
        ours = PAGES / (time.perf_counter() - started)
        assert result.counts["sampled"] == PAGES, str(result)
        started = time.perf_counter()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=[NO_OTHER_HOSTS])
            page = browser.new_page()
            for unit in units(PAGES):
                page.goto(simulated(unit.url, server.url))
            browser.close()
        return ours, PAGES / (time.perf_counter() - started)
