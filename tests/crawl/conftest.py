"""A small real HTTP server that stands for every marketplace, and a store with a plan."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import monitor.registry
from monitor.config import Config
from monitor.config import Crawl as CrawlConfig
from monitor.model import Cluster, EntryKind, Origin, Plan, PlannedUnit, Stratum
from monitor.store import Store

WEEK = "2026-W47"
LAZADA = "www.lazada.co.id"
LISTINGS = 40
SEARCH = f"https://{LAZADA}/catalog/?ajax=true&page=1&q={{}}"


class Site:
    """What to answer: ``answer(host, path, query)`` gives status, headers and body, or writes."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.robots: Callable[[str], tuple] = lambda host: (200, {}, b"User-agent: *\nAllow: /\n")
        self.answer: Callable[[Request], tuple | None] = lambda request: good(request.word)
        self.url = ""

    @staticmethod
    def good(word, count=LISTINGS):
        return good(word, count)

    @staticmethod
    def item_id(word, number):
        return item_id(word, number)

    @staticmethod
    def plan(config, words, **more):
        plan_words(config, words, **more)

    @staticmethod
    def nothing():
        return nothing()

    def words(self) -> list[str]:
        """The search words asked for, in order."""
        found = [parse_qs(urlsplit(path).query).get("q") for _, path in self.asked]
        return [word[0] for word in found if word]


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site
    host: str
    word: str

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        # Asked for by its own name (a live run), the server has no host in the path of this file.
        whole = f"/{LAZADA}/robots.txt" if parts.path == "/robots.txt" else parts.path
        _, self.host, path = whole.split("/", 2)
        self.path = f"/{path}" + (f"?{parts.query}" if parts.query else "")
        self.word = parse_qs(parts.query).get("q", [""])[0]
        self.site.asked.append((self.host, self.path))
        self.site.times.append(time.monotonic())
        self.site.headers.append(dict(self.headers))
        robots = self.path == "/robots.txt"
        made = self.site.robots(self.host) if robots else self.site.answer(self)
        if made is None:
            self.close_connection = True
            return
        status, headers, body = made
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def item_id(word: str, number: int) -> str:
    return f"{sum(map(ord, word))}{number:03}"


def good(word: str, count: int = LISTINGS) -> tuple:
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
    return 200, {"Content-Type": "application/json"}, json.dumps(page).encode()


def nothing() -> tuple:
    """What Lazada says when a search finds nothing, and what a detected crawler is shown."""
    page = {"mods": {"listItems": []}, "mainInfo": {"totalResults": "0"}}
    return 200, {"Content-Type": "application/json"}, json.dumps(page).encode()


@contextmanager
def serving(tls=None):
    """A running site; with ``tls``, a server's ``ssl.SSLContext``, it speaks HTTPS."""
    made = Site()
    handler = type("Handler", (Request,), {"site": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def site():
    with serving() as made:
        yield made


@pytest.fixture
def secure_site():
    """``secure_site(tls)``: a site that speaks HTTPS until the test ends."""
    with ExitStack() as sites:
        yield lambda tls: sites.enter_context(serving(tls))


@pytest.fixture(scope="module")
def shared_site():
    """One site for tests that look at the same run from different sides."""
    with serving() as made:
        yield made


def configured(home, site, timeout=30.0):
    return Config(
        home=home,
        database_url=f"sqlite:///{home / 'pantau.db'}",
        demo_url=site.url,
        crawl=CrawlConfig(timeout=timeout, browser=False),
    )


@pytest.fixture
def config(site, tmp_path):
    return configured(tmp_path, site)


@pytest.fixture(scope="module")
def shared_config(shared_site, tmp_path_factory):
    return configured(tmp_path_factory.mktemp("home"), shared_site, timeout=4.0)


def plan_words(config, words, platform="lazada", url=SEARCH, origin=Origin.simulated):
    """Save a plan with one page a word."""
    units = tuple(
        PlannedUnit(
            id=f"{WEEK}/{platform}/{word}/1", week=WEEK, platform=platform,
            cluster=Cluster.textile_fashion, stratum=Stratum.head, entry_id=word,
            kind=EntryKind.keyword, query=word, page=1, url=url.format(word),
            position=position, probability=1.0,
        )
        for position, word in enumerate(words)
    )  # fmt: skip
    plan = Plan(week=WEEK, frame_version="f" * 12, seed=1, drawn_at=datetime.now(UTC), units=units)
    with Store.open(config.database_url, origin=config.origin) as store:
        store.plans.save(plan)


def states_of(config, platform="lazada"):
    """State and reason of each word's unit."""
    with Store.open(config.database_url, origin=config.origin) as store:
        return {
            unit.unit.query: (str(unit.state), unit.reason)
            for unit in store.units.of_week(WEEK, platform)
        }


@pytest.fixture
def planned(config):
    return partial(plan_words, config)


@pytest.fixture
def states(config):
    return partial(states_of, config)


@pytest.fixture(scope="module")
def shared_planned(shared_config):
    return partial(plan_words, shared_config)


@pytest.fixture
def shared_states(shared_config):
    return states_of(shared_config)


@pytest.fixture
def registry(tmp_path):
    """``registry(old, new)``: a copy of the packaged registry with its platforms changed."""

    def changed(old, new):
        source = Path(monitor.registry.__file__).parent / "data"
        folder = Path(shutil.copytree(source, tmp_path / "registry"))
        text = (folder / "platforms.toml").read_text(encoding="utf-8")
        assert old in text
        (folder / "platforms.toml").write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return changed


@pytest.fixture
def runs(config):
    def read(job="crawl"):
        with Store.open(config.database_url, origin=Origin.simulated) as store:
            return store.runs.newest(job=job)

    return read
