"""A simulated inspector, who opens pages, saves a sitting and hands it in at the real desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import uvicorn
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette

from monitor.config import Config
from monitor.crawl.chromium import find_chromium, launch_options
from monitor.demo import saved_sitting
from monitor.model import Role
from monitor.operate.collection import ingest_files
from monitor.operate.pages import site_of_home
from monitor.registry import Registry
from monitor.store import Store
from monitor.web import create_app, invite

NAME = "simulated-inspector"
HandIn = Callable[[Config, Registry, Store, Sequence[str]], int]
"""Opens pages at their real addresses as an inspector does, has them taken in and returns how many
were."""
_PATIENCE = 600_000
"""Milliseconds in which the desk judges the pages of a sitting, at most."""


def hand_in(config: Config, registry: Registry, store: Store, urls: Sequence[str]) -> int:
    """Hand in at the desk where there is a Chromium to click its pages with, else by ``ingest``."""
    way = at_the_desk if find_chromium() else save_and_ingest
    return way(config, registry, store, urls)


def at_the_desk(config: Config, registry: Registry, store: Store, urls: Sequence[str]) -> int:
    """Save a sitting, enter the desk by a personal link in Chromium, and hand its file in there."""
    path = find_chromium()
    assert path is not None
    log = _saved(config, urls)
    site = site_of_home(config, registry, store, [Role.inspector], language="id")
    before = config.now()
    with _served(create_app(site)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(path))
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(invite(store, NAME, address, Role.inspector))
        page.locator("a.button").click()
        page.locator("input[type=file]").set_input_files(log)
        page.locator("button.send").click(timeout=_PATIENCE, no_wait_after=True)
        page.locator(".receipts li").first.wait_for(timeout=_PATIENCE)
        browser.close()
    return len(store.desk.taken(before))


def save_and_ingest(config: Config, registry: Registry, store: Store, urls: Sequence[str]) -> int:
    """Save a sitting, and take its file in as ``pantau ingest`` does."""
    summary = ingest_files(
        config, registry, store, [_saved(config, urls)], platform=None, week=None,
        observed_at=None, say=lambda line, failed: None,
    )  # fmt: skip
    return sum(file.pages for file in summary.files)


def _saved(config: Config, urls: Sequence[str]) -> Path:
    """The pages of a sitting as one HAR file in the home."""
    assert config.demo_url is not None
    path = config.home / "sittings" / f"{config.now():%Y-%m-%d}.har"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(saved_sitting(config.demo_url, urls, config.now()))
    return path


@contextmanager
def _served(app: Starlette) -> Iterator[str]:
    """The address of pages on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
