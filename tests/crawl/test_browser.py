"""Pages that need JavaScript, in a real Chromium."""

import contextlib
import json
import os
import signal
from pathlib import Path

import msgspec
import pytest

from monitor.crawl.chromium import find_chromium
from monitor.crawl.process import crawl
from monitor.crawl.reprocess import reprocess
from monitor.crawl.spider import load_spiders
from monitor.evidence.warc import records
from monitor.model import Origin, RunOutcome
from monitor.store import Store

WEEK = "2026-W47"
HOST = "www.blibli.com"
PAGE = f"https://{HOST}/jual/{{}}?page=1"
ROBOTS = b"User-agent: *\nDisallow: /backend/search/*\n"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine"),
]


@pytest.fixture
def config(config):
    """Pages are shown in a browser."""
    crawl = msgspec.structs.replace(config.crawl, browser=True, timeout=60.0)
    return msgspec.structs.replace(config, crawl=crawl)


def html(body):
    page = f"<!DOCTYPE html><html><head><title>Jual</title></head><body>{body}</body></html>"
    return 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()


def card(word, number):
    return (
        f'<a class="elf-product-card" href="/p/kain/ps--ABC-{number}-{word}">'
        f'<img src="https://www.static-src.com/{number}.jpg">'
        f'<span class="els-product__title">Kain {word} {number}</span>'
        f'<span class="els-product__fixed-price">Rp26.350</span></a>'
    )


def drawn_by_script(word, count=24):
    cards = "".join(card(word.upper(), number) for number in range(count))
    return html(
        f'<div id="main"></div><script>setTimeout(() => document.getElementById("main").innerHTML ='
        f" {json.dumps(cards)}, 50)</script>"
    )


def word_of(request):
    return request.path.split("/")[2].split("?")[0]


def run(config):
    [result] = crawl(config, ["blibli"], WEEK)
    return result


def test_cards_that_a_script_draws_are_read(site, config, planned, states):
    site.answer = lambda request: drawn_by_script(word_of(request))
    planned(["batik"], platform="blibli", url=PAGE)
    result = run(config)
    assert states("blibli") == {"batik": ("sampled", None)}, result
    assert result.counts["listings"] == 24
    kept = [
        (one.url, b"elf-product-card" in one.body)
        for path in config.evidence.glob("*/*.gz")
        for _, one in records(path)
    ]
    assert kept == [
        (f"https://{HOST}/robots.txt", False),
        (PAGE.format("batik"), True),
        (PAGE.format("batik"), True),
    ]
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        received = next(iter(store.observations.of_week(WEEK))).received
    assert received.content_type == "text/html; charset=utf-8"


def test_pictures_are_not_asked_for_and_nobody_else_is(site, config, planned):
    def answer(request):
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


def titled(headers):
    return {name.title(): value for name, value in headers.items()}


BACKEND = (
    '<div id="main"></div><script>fetch("/backend/search/products?page=1").catch(() => 0)</script>'
)


def test_what_a_page_asks_for_itself_is_denied_where_robots_denies_it(
    site, config, planned, states
):
    def answer(request):
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
    assert robots.rule == "Disallow: /backend/search/*"


def test_an_answer_the_page_may_ask_for_is_read(site, config, planned, states):
    def answer(request):
        if request.path.startswith("/data"):
            products = [
                {"id": f"AB-{number}", "name": f"Kain {number}", "price": {"minPrice": 5000},
                 "merchantCode": "ABC", "merchantName": "Toko", "location": "China"}
                for number in range(24)
            ]  # fmt: skip
            page = {"data": {"products": products, "paging": {"total_item": 240}}}
            return 200, {"Content-Type": "application/json"}, json.dumps(page).encode()
        return html('<p id="main">Memuat…</p><script>fetch("/data/produk?q=batik")</script>')

    site.answer = answer
    site.robots = lambda host: (200, {}, ROBOTS)
    planned(["batik"], platform="blibli", url=PAGE)
    run(config)
    assert states("blibli") == {"batik": ("sampled", None)}
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        seen = list(store.observations.of_week(WEEK))
    assert {one.listing.ship_from for one in seen} == {"China"}
    assert seen[0].received.url == f"https://{HOST}/data/produk?q=batik"


def test_a_redirect_to_another_site_is_a_block(site, config, planned, states):
    def answer(request):
        if word_of(request) == "luar":
            return 302, {"Location": "https://login.example/masuk"}, b""
        if word_of(request) == "dalam":
            return 302, {"Location": "/jual/batik?page=1"}, b""
        return drawn_by_script("batik")

    site.answer = answer
    planned(["luar", "dalam"], platform="blibli", url=PAGE)
    run(config)
    assert states("blibli") == {"luar": ("blocked", "offsite"), "dalam": ("sampled", None)}


def test_a_killed_browser_is_started_again_and_its_page_retried(site, config, planned, states):
    killed = []

    def answer(request):
        if word_of(request) == "kain2" and not killed:
            killed.append(browsers_of(child()))
            for pid in killed[0]:
                os.kill(pid, signal.SIGKILL)
            return None
        return drawn_by_script(word_of(request))

    site.answer = answer
    words = [f"kain{number}" for number in range(4)]
    planned(words, platform="blibli", url=PAGE)
    result = run(config)
    assert killed[0]
    assert set(states("blibli").values()) == {("sampled", None)}, result
    assert result.outcome is RunOutcome.done


def child():
    [pid] = children(os.getpid())
    return pid


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(one) for one in (task / "children").read_text().split()]
    return found


def browsers_of(pid):
    """The main process of Chromium below a crawl, by its command line."""
    found = []
    for one in children(pid):
        line = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
        if b"--remote-debugging-pipe" in line and not any(a.startswith(b"--type=") for a in line):
            found.append(one)
        found += browsers_of(one)
    return found


def resident(pid):
    """Bytes of memory of a process and all below it."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(resident, children(pid)))


def test_memory_stays_bounded_over_many_pages(site, config, planned):
    memory = []

    def answer(request):
        with contextlib.suppress(OSError):
            memory.append(resident(child()))
        heavy = "<script>window.besar = new Array(1e6).fill(Math.random())</script>"
        cards = "".join(card("M", number) for number in range(24))
        return html(cards + heavy)

    site.answer = answer
    planned([f"kain{number}" for number in range(60)], platform="blibli", url=PAGE)
    assert run(config).counts["sampled"] == 60
    assert max(memory[40:]) < 1.5 * max(memory[:20])


def test_without_a_browser_it_says_that_one_is_needed(site, config, planned, states):
    without = msgspec.structs.replace(config.crawl, browser=False)
    site.answer = lambda request: html('<div id="main"></div><script src="/app.js"></script>')
    planned(["batik", "kain"], platform="blibli", url=PAGE)
    result = run(msgspec.structs.replace(config, crawl=without))
    assert result.reason == "needs-browser: pantau doctor names the mend"
    assert states("blibli") == {
        "batik": ("unparseable", "needs-browser"), "kain": ("planned", None)
    }  # fmt: skip


def test_pages_read_in_the_browser_come_out_of_the_evidence_too(site, config, planned):
    pages = {
        "gambar": lambda: drawn_by_script("gambar"),
        "jadi": lambda: html("".join(card("J", number) for number in range(24))),
    }
    site.answer = lambda request: pages[word_of(request)]()
    planned(list(pages), platform="blibli", url=PAGE)
    run(config)
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        result = reprocess(store, config.evidence, load_spiders(), WEEK)
    assert (result.pages, result.same, result.changed) == (2, 2, 0)
