"""The numbers of offers' first pictures: asked for once, and nothing else follows from them."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections import Counter
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PIL import Image, ImageDraw

from monitor.classify.picture_hash import picture_hash
from monitor.config import Config
from monitor.crawl.chromium import find_chromium
from monitor.crawl.details import Target, visit
from monitor.crawl.process import CrawlResult
from monitor.demo import DemoServer
from monitor.demo.pictures import goods_name, picture
from monitor.demo.shops import SHOPS
from monitor.evidence import verify
from monitor.model import DetailVisit, Origin, RunOutcome, UnitState
from monitor.store import Store
from tests.crawl.site import WEEK, Answer, Planned, Request, Site, with_crawl

PAGE = "https://www.lazada.co.id/products/kain-i{}.html"
CDN = "img.example"
IMAGE = {"Content-Type": "image/jpeg"}


def drawn(seed: int, side: int = 300) -> bytes:
    """A JPEG of some shapes that follow from ``seed``."""
    picture = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(picture)
    for number in range(6):
        x, y = seed * 37 * (number + 3) % side, seed * 71 * (number + 5) % side
        draw.rectangle((x, y, x + 60, y + 90), fill=(seed * 40 % 256, number * 40, 90))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A PNG that says of itself that it has 30,000 × 30,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10 * (side + 1)))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def own_page(item_id: str, image: str | None) -> Answer:
    product = {
        "@context": "https://schema.org", "@type": "Product", "name": f"Kain {item_id}",
        "sku": item_id, "image": image,
        "offers": {"@type": "Offer", "price": "26350", "priceCurrency": "IDR"},
    }  # fmt: skip
    body = (
        "<!DOCTYPE html><html><body><h1>Kain</h1>"
        f'<script type="application/ld+json">{json.dumps(product)}</script></body></html>'
    )
    return 200, {"Content-Type": "text/html"}, body.encode()


Pictures = Callable[[Request], Answer | None]
Visited = Callable[..., tuple[CrawlResult, dict[str, DetailVisit]]]


@pytest.fixture
def visited(site: Site, config: Config, planned: Planned) -> Visited:
    """``visited(pictures, *item_ids)``: visits to offers whose picture is ``CDN/p/ID.jpg``."""

    def visit_offers(
        pictures: Pictures, *item_ids: str, again: bool = False, **crawl: object
    ) -> tuple[CrawlResult, dict[str, DetailVisit]]:
        def answer(request: Request) -> Answer | None:
            if request.host == CDN:
                return pictures(request)
            item_id = request.path.split("-i")[1].split(".")[0]
            return own_page(item_id, f"https://{CDN}/p/{item_id}.jpg")

        site.answer = answer
        planned(["batik"])
        targets = [
            Target(platform="lazada", item_id=item_id, url=PAGE.format(item_id), again=again)
            for item_id in item_ids
        ]
        on = with_crawl(config, **({"picture_hashes": True} | crawl))
        [ended] = visit(on, WEEK, targets)
        with Store.open(config.database_url, origin=Origin.simulated) as store:
            return ended, {visit.item_id: visit for visit in store.visits.of_week(WEEK)}

    return visit_offers


def of_cdn(site: Site) -> list[str]:
    """The paths of the pictures that were asked for."""
    return [path for host, path in site.asked if host == CDN and path != "/robots.txt"]


def test_numbers_are_stored_and_pictures_are_not(
    visited: Visited, site: Site, config: Config
) -> None:
    ended, visits = visited(lambda request: (200, IMAGE, drawn(int(request.path[3]))), "1", "2")
    assert ended.outcome is RunOutcome.done
    assert ended.counts["pictures"] == 2
    assert of_cdn(site) == ["/p/1.jpg", "/p/2.jpg"]
    assert [visit.picture_hash for visit in visits.values()] == [
        picture_hash(drawn(1)), picture_hash(drawn(2))
    ]  # fmt: skip
    # Each picture is a request like all others: robots.txt of both hosts, two pages, two pictures.
    assert ended.counts["requests"] == len(site.asked) == 6
    files = [path for path in config.evidence.rglob("*") if path.is_file()]
    assert files
    assert not any(drawn(1)[:200] in path.read_bytes() for path in files)
    assert verify(config.evidence) == []


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium")
def test_a_picture_is_asked_for_plainly_where_pages_are_shown_in_a_browser(
    visited: Visited, site: Site
) -> None:
    ended, visits = visited(lambda request: (200, IMAGE, drawn(1)), "1", browser=True)
    assert ended.outcome is RunOutcome.done
    assert visits["1"].screenshot
    assert visits["1"].picture_hash == picture_hash(drawn(1))
    [agent] = [
        headers["User-Agent"]
        for (host, path), headers in zip(site.asked, site.headers, strict=True)
        if (host, path) == (CDN, "/p/1.jpg")
    ]
    assert agent.startswith("PantauImpor/")


def test_a_picture_with_a_number_is_not_asked_for_again(visited: Visited, site: Site) -> None:
    visited(lambda request: (200, IMAGE, drawn(1)), "1")
    asked = len(of_cdn(site))
    ended, visits = visited(lambda request: (404, {}, b""), "1", "2", again=True)
    assert of_cdn(site)[asked:] == ["/p/2.jpg"]
    assert visits["1"].picture_hash == picture_hash(drawn(1))
    assert ended.counts["pages"] == 2
    assert ended.counts["pictures_known"] == 1
    assert ended.counts["no_picture: HTTP 404"] == 1


def test_without_the_option_no_picture_is_asked_for(visited: Visited, site: Site) -> None:
    ended, visits = visited(lambda request: (200, IMAGE, drawn(1)), "1", picture_hashes=False)
    assert ended.counts["pages"] == 1
    assert visits["1"].picture_hash is None
    assert not [host for host, _ in site.asked if host == CDN]


def test_a_simulated_shop_shows_pictures_that_follow_from_the_goods(
    config: Config, planned: Planned
) -> None:
    with DemoServer(seed=1, week=WEEK) as demo:
        shown = demo.catalogue.results("lazada", "batik", WEEK, 1, 40).shown
        shop = SHOPS["lazada"]
        offers = {shop.item_id(position.offer): position.offer for position in shown[:2]}
        planned(["batik"])
        targets = [
            Target(platform="lazada", item_id=item_id, url=PAGE.format(item_id))
            for item_id in offers
        ]
        on = replace(with_crawl(config, picture_hashes=True), demo_url=demo.url)
        [ended] = visit(on, WEEK, targets)
        assert ended.counts["pictures"] == 2
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        numbers = {visit.item_id: visit.picture_hash for visit in store.visits.of_week(WEEK)}
    assert numbers == {
        item_id: picture_hash(picture(goods_name(offer.stock_number)))
        for item_id, offer in offers.items()
    }


def endless(request: Request) -> None:
    """More bytes than a picture may have, without an end."""
    request.send_response(200)
    request.send_header("Content-Type", "image/jpeg")
    request.end_headers()
    try:
        for _ in range(64):
            request.wfile.write(b"\xff" * 2**20)
    except OSError:
        return


def broken_off(request: Request) -> None:
    """Half of a picture, then the end of the connection."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(drawn(3))))
    request.end_headers()
    request.wfile.write(drawn(3)[:2000])


def html(request: Request) -> Answer:
    return 200, IMAGE, b"<html>log in</html>"


NO_PICTURES: dict[str, tuple[str, Pictures]] = {
    "1": ("HTTP 404", lambda request: (404, {}, b"gone")),
    "2": ("HTTP 302", lambda request: (302, {"Location": "/captcha"}, b"")),
    "3": ("no-picture", lambda request: (200, IMAGE, b"plain text")),
    "4": ("no-picture", html),
    "5": ("no-picture", lambda request: (200, IMAGE, b"")),
    "6": ("no-picture", lambda request: (200, IMAGE, drawn(3)[:900])),
    "7": ("too-many-pixels", lambda request: (200, IMAGE, bomb())),
    "8": ("truncated", broken_off),
    "9": ("too-large", lambda request: (200, IMAGE | {"Content-Length": str(2**40)}, b"")),
    "10": ("too-large", endless),
    "11": ("connection-lost", lambda request: None),
}


def test_whatever_comes_instead_of_a_picture_ends_without_a_number(
    visited: Visited, site: Site
) -> None:
    """Between any two of them stands a picture, since three failures in a row end the asking."""

    def pictures(request: Request) -> Answer | None:
        item_id = request.path.removeprefix("/p/").removesuffix(".jpg")
        if item_id in NO_PICTURES:
            return NO_PICTURES[item_id][1](request)
        return 200, IMAGE, drawn(int(item_id))

    item_ids = [item_id for number in NO_PICTURES for item_id in (number, f"10{number}")]
    ended, visits = visited(pictures, *item_ids)
    assert ended.outcome is RunOutcome.done
    assert {visit.state for visit in visits.values()} == {UnitState.sampled}
    assert [bool(visits[item_id].picture_hash) for item_id in item_ids] == [False, True] * 11
    reasons = Counter(f"no_picture: {reason}" for reason, _ in NO_PICTURES.values())
    assert {name: n for name, n in ended.counts.items() if name.startswith("no_")} == reasons
    assert of_cdn(site) == [f"/p/{item_id}.jpg" for item_id in item_ids]
    assert "retries" not in ended.counts


def test_three_failures_in_a_row_end_the_asking(visited: Visited, site: Site) -> None:
    ended, visits = visited(lambda request: (404, {}, b""), "1", "2", "3", "4", "5")
    assert len(of_cdn(site)) == 3
    assert ended.counts["no_picture: given up"] == 2
    assert len(visits) == 5


@pytest.mark.parametrize("status", [403, 503])
def test_a_refusal_ends_the_asking_and_is_none_of_the_platform(
    visited: Visited, site: Site, status: int
) -> None:
    ended, visits = visited(lambda request: (status, {}, b"captcha"), "1", "2", "3")
    assert ended.outcome is RunOutcome.done
    assert [visit.state for visit in visits.values()] == [UnitState.sampled] * 3
    assert of_cdn(site) == ["/p/1.jpg"]
    assert ended.counts["no_picture: given up"] == 2
    assert "blocked" not in ended.counts


def test_a_host_whose_robots_refuse_is_asked_for_no_picture(visited: Visited, site: Site) -> None:
    def robots(host: str) -> Answer:
        return 200, {}, b"User-agent: *\nDisallow: /" if host == CDN else b"User-agent: *\nAllow: /"

    site.robots = robots
    ended, visits = visited(lambda request: (200, IMAGE, drawn(1)), "1", "2")
    assert ended.outcome is RunOutcome.done
    assert of_cdn(site) == []
    assert ended.counts["no_picture: robots"] == 2
    assert [visit.state for visit in visits.values()] == [UnitState.sampled] * 2


def test_pages_come_before_pictures_where_requests_are_few(visited: Visited, site: Site) -> None:
    ended, visits = visited(
        lambda request: (200, IMAGE, drawn(1)), "1", "2", "3", weekly_requests=4
    )
    assert ended.outcome is RunOutcome.done
    assert len(visits) == 3
    assert of_cdn(site) == []
    assert ended.counts["no_picture: no room"] == 3


def test_the_budget_holds_with_pictures(visited: Visited, site: Site) -> None:
    ended, visits = visited(
        lambda request: (200, IMAGE, drawn(1)), "1", "2", "3", weekly_requests=7
    )
    assert len(visits) == 3
    assert of_cdn(site)
    assert len(site.asked) <= 7
    assert ended.outcome is RunOutcome.done
