"""A small real HTTP server that stands for every marketplace, and plans that name its pages."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from monitor.config import Config
from monitor.config import Crawl as CrawlConfig
from monitor.evidence import EvidenceStore, WarcRecord
from monitor.model import (
    Cluster,
    CollectedBy,
    DetailVisit,
    EntryKind,
    Observation,
    Origin,
    Plan,
    PlannedUnit,
    Run,
    Stratum,
)
from monitor.store import Store

WEEK = "2026-W47"
LAZADA = "www.lazada.co.id"
BLIBLI = "www.blibli.com"
LISTINGS = 40
SEARCH = f"https://{LAZADA}/catalog/?ajax=true&page=1&q={{}}"
JSON = {"Content-Type": "application/json"}

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""
States = dict[str, tuple[str, str | None]]
"""State and reason of each word's unit."""
Planned = Callable[..., None]
"""``plan_words`` with the test's configuration."""
StatesOf = Callable[..., States]
"""``states_of`` with the test's configuration."""
Runs = Callable[..., list[Run]]
"""The run log of a job (``crawl`` if none is named), the newest first."""


class Site:
    """What to answer, and what was asked. ``answer`` gives None where it wrote by itself."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.robots: Callable[[str], Answer] = lambda host: (200, {}, b"User-agent: *\nAllow: /\n")
        self.answer: Callable[[Request], Answer | None] = lambda request: good(request.word)
        self.url = ""
        self.closing = threading.Event()

    def words(self) -> list[str]:
        """The search words asked for, in order."""
        queries = [parse_qs(urlsplit(path).query).get("q") for _, path in self.asked]
        return [query[0] for query in queries if query]


SecureSite = Callable[[ssl.SSLContext], Site]
"""Starts a site that speaks HTTPS."""


class Request(BaseHTTPRequestHandler):
    """A request for ``path`` of ``host``; ``word`` is its search word, empty without one."""

    protocol_version = "HTTP/1.1"
    site: Site
    host: str
    word: str

    def do_GET(self) -> None:
        """Note the request and send what the site answers."""
        parts = urlsplit(self.path)
        # Asked for by its own name (a live run), the server has no host in the path of this file.
        path = f"/{LAZADA}/robots.txt" if parts.path == "/robots.txt" else parts.path
        _, self.host, path = path.split("/", 2)
        self.path = f"/{path}" + (f"?{parts.query}" if parts.query else "")
        self.word = parse_qs(parts.query).get("q", [""])[0]
        self.site.asked.append((self.host, self.path))
        self.site.times.append(time.monotonic())
        self.site.headers.append(dict(self.headers))
        robots = self.path == "/robots.txt"
        answer = self.site.robots(self.host) if robots else self.site.answer(self)
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, header in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, header)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no log."""


def item_id(word: str, number: int) -> str:
    """The id of a word's listing."""
    return f"{sum(map(ord, word))}{number:03}"


def good(word: str, count: int = LISTINGS) -> Answer:
    """A Lazada result page: ``count`` listings whose ids tell the word."""
    items = [
        {
            "itemId": item_id(word, number), "name": f"Kain {word} {number}",
            "itemUrl": f"//www.lazada.co.id/products/kain-i{item_id(word, number)}.html",
            "price": "26350.00", "priceShow": "Rp26.350", "sellerName": "Toko", "sellerId": "9",
            "location": "Kota Surakarta", "categories": [1, 2],
        }
        for number in range(count)
    ]  # fmt: skip
    page = {"mods": {"listItems": items}, "mainInfo": {"totalResults": str(count * 10)}}
    return 200, JSON, json.dumps(page).encode()


def nothing() -> Answer:
    """What Lazada says when a search finds nothing, and what a detected crawler is shown."""
    page = {"mods": {"listItems": []}, "mainInfo": {"totalResults": "0"}}
    return 200, JSON, json.dumps(page).encode()


def configured(home: Path, site: Site, timeout: float = 30.0) -> Config:
    """A configuration whose marketplaces are the site, without a browser."""
    return Config(
        home=home,
        database_url=f"sqlite:///{home / 'pantau.db'}",
        demo_url=site.url,
        crawl=CrawlConfig(timeout=timeout, browser=False),
    )


def plan_words(
    config: Config,
    words: list[str],
    platform: str = "lazada",
    url: str = SEARCH,
    origin: Origin = Origin.simulated,
    inspected: Collection[str] = (),
) -> None:
    """Save a plan with one page a word; the ``inspected`` ones are asked of inspectors alone."""
    units = tuple(
        PlannedUnit(
            id=f"{WEEK}/{platform}/{word}/1", week=WEEK, platform=platform,
            cluster=Cluster.textile_fashion, stratum=Stratum.head, entry_id=word,
            kind=EntryKind.keyword, query=word, page=1, url=url.format(word),
            position=position, probability=1.0,
            collection=CollectedBy.inspector if word in inspected else CollectedBy.crawler,
        )
        for position, word in enumerate(words)
    )  # fmt: skip
    plan = Plan(week=WEEK, frame_version="f" * 12, seed=1, drawn_at=datetime.now(UTC), units=units)
    with Store.open(config.database_url, origin=origin) as store:
        store.plans.save(plan)


def plan_live(site: Site, live: Config, words: list[str], platform: str = "lazada") -> None:
    """Save a live plan with one page a word, at the site's own address."""
    paths = {
        "lazada": f"{LAZADA}/catalog/?ajax=true&page=1&q={{}}",
        "blibli": f"{BLIBLI}/jual/{{}}",
    }
    url = f"{site.url}/{paths[platform]}"
    plan_words(live, words, platform=platform, url=url, origin=Origin.live)


def states_of(
    config: Config, platform: str = "lazada", origin: Origin = Origin.simulated
) -> States:
    """State and reason of each word's unit."""
    with Store.open(config.database_url, origin=origin) as store:
        return {
            unit.unit.query: (str(unit.state), unit.reason)
            for unit in store.units.of_week(WEEK, platform)
        }


def with_crawl(config: Config, **changes: Any) -> Config:
    """The configuration with other settings of the crawl."""
    return replace(config, crawl=replace(config.crawl, **changes))


def record_of(config: Config, seen: Observation | DetailVisit) -> WarcRecord:
    """The response in the evidence that a listing was read from."""
    assert seen.received
    assert seen.received.evidence
    return EvidenceStore(config.evidence).read(seen.received.evidence)
