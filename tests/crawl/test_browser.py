"""Pages that need JavaScript, in a real Chromium."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.crawl.chromium import find_chromium
from monitor.crawl.process import CrawlResult, crawl
from monitor.crawl.reprocess import reprocess
from monitor.crawl.spider import load_spiders
from monitor.evidence.warc import records
from monitor.model import Origin, RunOutcome
from monitor.store import Store
from tests.crawl.site import (
    JSON,
    WEEK,
    Answer,
    Planned,
    Request,
    Site,
    StatesOf,
    record_of,
    with_crawl,
)

HOST = "www.blibli.com"
PAGE = f"https://{HOST}/jual/{{}}?page=1"
ROBOTS = b"User-agent: *\nDisallow: /backend/search/*\n"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine"),
]


@pytest.fixture
def config(config: Config) -> Config:
    """Pages are shown in a browser."""
    return with_crawl(config, browser=True, timeout=60.0)


def html(body: str) -> Answer:
    page = f"<!DOCTYPE html><html><head><title>Jual</title></head><body>{body}</body></html>"
    return 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()


def card(word: str, number: int) -> str:
    return (
        f'<a class="elf-product-card" href="/p/kain/ps--ABC-{number}-{word}">'
        f'<img src="https://www.static-src.com/{number}.jpg">'
        f'<span class="els-product__title">Kain {word} {number}</span>'
        f'<span class="els-product__fixed-price">Rp26.350</span></a>'
    )


def drawn_by_script(word: str, count: int = 24) -> Answer:
    cards = "".join(card(word.upper(), number) for number in range(count))
    return html(
        f'<div id="main"></div><script>setTimeout(() => document.getElementById("main").innerHTML ='
        f" {json.dumps(cards)}, 50)</script>"
    )


def word_of(request: Request) -> str:
    return request.path.split("/")[2].split("?")[0]


def run(config: Config) -> CrawlResult:
    [ended] = crawl(config, ["blibli"], WEEK)
    return ended


def test_cards_that_a_script_draws_are_read(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    site.answer = lambda request: drawn_by_script(word_of(request))
    planned(["batik"], platform="blibli", url=PAGE)
    ended = run(config)
    assert states("blibli") == {"batik": ("sampled", None)}, ended
    assert ended.counts["listings"] == 24
    kept_records = [
        (record.url, b"elf-product-card" in record.body)
        for path in config.evidence.glob("*/*.gz")
        for _, record in records(path)
    ]
    assert kept_records == [
        (f"https://{HOST}/robots.txt", False),
        (PAGE.format("batik"), True),
        (PAGE.format("batik"), True),
    ]
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        received = next(iter(store.observations.of_week(WEEK))).received
    assert received
    assert received.content_type == "text/html; charset=utf-8"


def test_pictures_are_not_asked_for_and_nobody_else_is(
    site: Site, config: Config, planned: Planned
) -> None:
    def answer(request: Request) -> Answer | None:
        if request.path.startswith("/jual"):
            return html(
                card("A", 1) * 24 + '<img src="/gambar.png"><script src="/tampil.js"></script>'
                '<script src="https://iklan.example/a.js"></script><iframe src="https://b.example/">'
                '</iframe><script>fetch("https://pelacak.example/ping")</script>'
            )
        return 200, {"Content-Type": "text/javascript"}, b"var a = 1;"

    site.answer = answer
    site.robots = lambda host: (200, {}, b"User-agent: *\nDisallow: /a.js\n")
    planned(["batik"], platform="blibli", url=PAGE)
    run(config)
    assert set(site.asked) == {
        (HOST, "/robots.txt"),
        (HOST, "/jual/batik?page=1"),
        (HOST, "/tampil.js"),
        ("iklan.example", "/robots.txt"),
    }
    assert len({headers["User-Agent"] for headers in map(titled, site.headers)}) == 1
    assert all(titled(headers)["User-Agent"].startswith("PantauImpor/") for headers in site.headers)


def titled(headers: dict[str, str]) -> dict[str, str]:
    return {name.title(): value for name, value in headers.items()}


BACKEND = (
    '<div id="main"></div><script>fetch("/backend/search/products?page=1").catch(() => 0)</script>'
)


def test_what_a_page_asks_for_itself_is_denied_where_robots_denies_it(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    def answer(request: Request) -> Answer | None:
        cards = "".join(card("X", number) for number in range(24))
        served = {"kartu": cards, "langka": "<h1>Pencarian tidak ditemukan</h1>"}
        return html(served.get(word_of(request), "") + BACKEND)

    site.answer = answer
    site.robots = lambda host: (200, {}, ROBOTS)
    planned(["kartu", "kosong", "langka"], platform="blibli", url=PAGE)
    run(config)
    assert states("blibli") == {
        "kartu": ("sampled", None),
        "kosong": ("disallowed", "robots"),
        "langka": ("empty", None),
    }
    assert not [path for _, path in site.asked if path.startswith("/backend")]
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        robots = store.units.of_week(WEEK, "blibli")[1].robots
    assert robots
    assert robots.rule == "Disallow: /backend/search/*"


def test_an_answer_the_page_may_ask_for_is_read(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    def answer(request: Request) -> Answer | None:
        if request.path.startswith("/data"):
            products = [
                {"id": f"AB-{number}", "name": f"Kain {number}", "price": {"minPrice": 5000},
                 "merchantCode": "ABC", "merchantName": "Toko", "location": "China"}
                for number in range(24)
            ]  # fmt: skip
            page = {"data": {"products": products, "paging": {"total_item": 240}}}
            return 200, JSON, json.dumps(page).encode()
        return html('<p id="main">Memuat…</p><script>fetch("/data/produk?q=batik")</script>')

    site.answer = answer
    site.robots = lambda host: (200, {}, ROBOTS)
    planned(["batik"], platform="blibli", url=PAGE)
    run(config)
    assert states("blibli") == {"batik": ("sampled", None)}
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        seen = list(store.observations.of_week(WEEK))
    assert {observation.listing.ship_from for observation in seen} == {"China"}
    assert record_of(config, seen[0]).url == f"https://{HOST}/data/produk?q=batik"


def test_a_redirect_to_another_site_is_a_block(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    def answer(request: Request) -> Answer | None:
        if word_of(request) == "luar":
            return 302, {"Location": "https://login.example/masuk"}, b""
        if word_of(request) == "dalam":
            return 302, {"Location": "/jual/batik?page=1"}, b""
        return drawn_by_script("batik")

    site.answer = answer
    planned(["luar", "dalam"], platform="blibli", url=PAGE)
    run(config)
    assert states("blibli") == {"luar": ("blocked", "offsite"), "dalam": ("sampled", None)}


def test_a_killed_browser_is_started_again_and_its_page_retried(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    killed: list[list[int]] = []

    def answer(request: Request) -> Answer | None:
        if word_of(request) == "kain2" and not killed:
            killed.append(browsers_of(child()))
            for pid in killed[0]:
                os.kill(pid, signal.SIGKILL)
            return None
        return drawn_by_script(word_of(request))

    site.answer = answer
    words = [f"kain{number}" for number in range(4)]
    planned(words, platform="blibli", url=PAGE)
    ended = run(config)
    assert killed[0]
    assert set(states("blibli").values()) == {("sampled", None)}, ended
    assert ended.outcome is RunOutcome.done


def child() -> int:
    [pid] = children(os.getpid())
    return pid


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def browsers_of(pid: int) -> list[int]:
    """The main process of Chromium below a crawl, by its command line."""
    browsers = []
    for child in children(pid):
        line = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        if b"--remote-debugging-pipe" in line and not any(a.startswith(b"--type=") for a in line):
            browsers.append(child)
        browsers += browsers_of(child)
    return browsers


def resident(pid: int) -> int:
    """Bytes of memory of a process and all below it."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(resident, children(pid)))


@pytest.mark.long
def test_memory_stays_bounded_over_many_pages(site: Site, config: Config, planned: Planned) -> None:
    memory: list[int] = []

    def answer(request: Request) -> Answer | None:
        with contextlib.suppress(OSError):
            memory.append(resident(child()))
        heavy = "<script>window.besar = new Array(1e6).fill(Math.random())</script>"
        cards = "".join(card("M", number) for number in range(24))
        return html(cards + heavy)

    site.answer = answer
    planned([f"kain{number}" for number in range(24)], platform="blibli", url=PAGE)
    assert run(config).counts["sampled"] == 24
    assert max(memory[16:]) < 1.5 * max(memory[:8])


HOSTILE = {
    "isi": "const all = []; setInterval(() => all.push(new Uint8Array(5e7).fill(1)), 1)",
    "pohon": "setTimeout(() => document.body.title = 'x'.repeat(20 * 2 ** 20), 10)",
    "putar": "setTimeout(() => { for (;;) {} }, 10)",
}
"""Scripts that take all memory or all time there is."""


def test_a_page_that_takes_all_it_can_is_ended_and_the_next_is_read(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    loads = Counter[str]()

    def answer(request: Request) -> Answer:
        word = word_of(request)
        loads[word] += 1
        script = HOSTILE.get(word)
        return html(f"<script>{script}</script>") if script else drawn_by_script(word)

    site.answer = answer
    words = [word for name in HOSTILE for word in (name, f"{name}-kain")]
    planned(words, platform="blibli", url=PAGE)
    ended = run(with_crawl(config, browser=True, browser_memory=768, timeout=4.0))
    assert states("blibli") == {
        "isi": ("unreachable", "browser-memory"),
        "pohon": ("unreachable", "too-large"),
        "putar": ("unreachable", "timeout"),
    } | {f"{name}-kain": ("sampled", None) for name in HOSTILE}, ended
    assert (loads["isi"], loads["pohon"], loads["putar"]) == (2, 1, 1)


def test_without_a_browser_it_says_that_one_is_needed(
    site: Site, config: Config, planned: Planned, states: StatesOf
) -> None:
    site.answer = lambda request: html('<div id="main"></div><script src="/app.js"></script>')
    planned(["batik", "kain"], platform="blibli", url=PAGE)
    ended = run(with_crawl(config, browser=False))
    assert ended.reason == "needs-browser: pantau doctor names the mend"
    assert states("blibli") == {
        "batik": ("unparseable", "needs-browser"), "kain": ("planned", None)
    }  # fmt: skip


def test_pages_read_in_the_browser_come_out_of_the_evidence_too(
    site: Site, config: Config, planned: Planned
) -> None:
    pages = {
        "gambar": lambda: drawn_by_script("gambar"),
        "jadi": lambda: html("".join(card("J", number) for number in range(24))),
    }
    site.answer = lambda request: pages[word_of(request)]()
    planned(list(pages), platform="blibli", url=PAGE)
    run(config)
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        reread = reprocess(store, config.evidence, load_spiders(), WEEK)
    assert (reread.pages, reread.same, reread.changed) == (2, 2, 0)
