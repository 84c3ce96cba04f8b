"""Visits to listings on their own pages, with and without a browser."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from scrapy.http import Response
from wacz.validate import Validation

from monitor.config import Config
from monitor.crawl.chromium import find_chromium
from monitor.crawl.details import Target, visit
from monitor.crawl.process import CrawlResult, crawl
from monitor.crawl.reprocess import reprocess
from monitor.crawl.spider import ShownPage, load_spiders
from monitor.evidence import pack, verify
from monitor.model import DetailVisit, Origin, UnitState
from monitor.store import Store
from tests.crawl.site import (
    WEEK,
    Answer,
    Planned,
    Request,
    Site,
    good,
    item_id,
    nothing,
    record_of,
    with_crawl,
)

PAGE = "https://www.lazada.co.id/products/kain-i{}.html"


def own_page(item_id: str, location: str = "CN") -> Answer:
    product = {
        "@context": "https://schema.org", "@type": "Product", "name": f"Kain {item_id}",
        "sku": str(item_id), "image": "/gambar.png",
        "offers": {"@type": "Offer", "price": "26350", "priceCurrency": "IDR",
                   "shippingDetails": {"shippingOrigin": {"addressCountry": location}}},
    }  # fmt: skip
    body = (
        '<!DOCTYPE html><html><body><img src="/gambar.png"><h1>Kain</h1>'
        f'<script type="application/ld+json">{json.dumps(product)}</script></body></html>'
    )
    return 200, {"Content-Type": "text/html"}, body.encode()


@pytest.fixture
def shop(site: Site, planned: Planned) -> Site:
    def answer(request: Request) -> Answer:
        if request.path.startswith("/products"):
            item_id = request.path.split("-i")[1].split(".")[0]
            others: dict[str, Answer] = {
                "404": (404, {}, b"gone"),
                "8": (302, {"Location": PAGE.format(9999)}, b""),
            }
            return others.get(item_id) or own_page(item_id)
        if request.path.endswith(".png"):
            return 200, {"Content-Type": "image/png"}, b""
        return good(request.word)

    site.answer = answer
    site.robots = lambda host: (200, {}, b"User-agent: *\nDisallow: /products/*-i13.html\n")
    planned(["batik"])
    return site


def targets(*item_ids: str) -> list[Target]:
    return [
        Target(platform="lazada", item_id=item_id, url=PAGE.format(item_id)) for item_id in item_ids
    ]


def visits_of(config: Config) -> dict[str, DetailVisit]:
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        return {visit.item_id: visit for visit in store.visits.of_week(WEEK)}


def test_visits_are_stored_and_failures_recorded_as_such(shop: Site, config: Config) -> None:
    [ended] = visit(config, WEEK, targets("77", "404", "13", "8"))
    assert not ended.failed
    visits = visits_of(config)
    assert visits["77"].state is UnitState.sampled
    assert visits["77"].listing
    assert visits["77"].listing.ship_from_country == "CN"
    assert visits["77"].screenshot is None
    assert b"ld+json" in record_of(config, visits["77"]).body
    assert (visits["404"].state, visits["404"].reason) == (UnitState.empty, "gone")
    assert record_of(config, visits["404"]).status == 404
    assert visits["13"].robots
    assert (visits["13"].state, visits["13"].robots.allowed) == (UnitState.disallowed, False)
    assert (visits["8"].state, visits["8"].reason) == (UnitState.unparseable, "another listing")
    asked = len(shop.asked)
    [again] = visit(config, WEEK, targets("77", "404"))
    assert again.reason == "nothing was left to fetch"
    assert len(shop.asked) == asked
    visit(config, WEEK, [replace(target, again=True) for target in targets("77")])
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        assert [v.item_id for v in store.visits.of_week(WEEK)].count("77") == 2


Visited = Callable[..., tuple[CrawlResult, list[tuple[str, str | None]]]]


def answering(
    site: Site, config: Config, planned: Planned, answer: Callable[[str], Answer]
) -> Visited:
    """``visited(*item_ids)``: the run, and the visits, where the shop gives ``answer(item_id)``."""
    site.answer = lambda request: answer(request.path.split("-i")[1].split(".")[0])
    planned(["batik"])

    def visited(*item_ids: str) -> tuple[CrawlResult, list[tuple[str, str | None]]]:
        [ended] = visit(config, WEEK, targets(*item_ids))
        visits = visits_of(config)
        outcomes = [visits[item_id] for item_id in item_ids if item_id in visits]
        return ended, [(str(outcome.state), outcome.reason) for outcome in outcomes]

    return visited


MISSING = (404, {"Content-Type": "text/html"}, b"<html><body><p>Tidak ada</p></body></html>")


def test_who_answers_404_to_everything_says_of_no_listing_that_it_is_gone(
    site: Site, config: Config, planned: Planned
) -> None:
    visited = answering(site, config, planned, lambda item_id: MISSING)
    ended, outcomes = visited("1", "2", "3", "4")
    assert outcomes == [("blocked", "soft-block")] * 3
    assert ended.reason == "refused: soft-block"


def test_who_begins_to_answer_404_midway_says_so_of_no_listing(
    site: Site, config: Config, planned: Planned
) -> None:
    asked: list[str] = []

    def answer(item_id: str) -> Answer:
        asked.append(item_id)
        return own_page(item_id) if len(asked) < 3 else MISSING

    visited = answering(site, config, planned, answer)
    _, outcomes = visited("1", "2", "3", "4")
    assert outcomes == [("sampled", None)] * 2 + [("blocked", "soft-block")] * 2
    assert asked[-1] == "2"


def test_gone_is_proven_by_a_listing_that_answers_after_it(
    site: Site, config: Config, planned: Planned
) -> None:
    visited = answering(
        site, config, planned, lambda item_id: MISSING if item_id != "3" else own_page(item_id)
    )
    ended, outcomes = visited("1", "2", "3")
    assert outcomes == [("empty", "gone")] * 2 + [("sampled", None)]
    assert ended.counts.get("controls", 0) == 0
    # Another night begins with what answered this week.
    ended, outcomes = visited("4")
    assert outcomes == [("empty", "gone")]
    assert ended.counts["controls"] == 1


def test_gone_somewhere_else_says_nothing(site: Site, config: Config, planned: Planned) -> None:
    pages = {"1": own_page("1"), "2": (302, {"Location": PAGE.format(404)}, b"")}
    visited = answering(site, config, planned, lambda item_id: pages.get(item_id, MISSING))
    _, outcomes = visited("1", "2")
    assert outcomes == [("sampled", None), ("unparseable", "led elsewhere")]


def test_with_nothing_to_visit_nobody_has_to_be_named(config: Config) -> None:
    assert visit(replace(config, demo_url=None, contact=None), WEEK, []) == []


@pytest.mark.browser
@pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine")
def test_gone_is_told_in_the_browser_too(shop: Site, config: Config) -> None:
    visit(with_crawl(config, browser=True, timeout=60.0), WEEK, targets("404", "77"))
    visits = visits_of(config)
    assert (visits["404"].state, visits["404"].reason) == (UnitState.empty, "gone"), visits["404"]
    assert visits["404"].screenshot
    assert visits["77"].state is UnitState.sampled


@pytest.mark.browser
@pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine")
def test_a_visit_in_the_browser_takes_a_picture_of_the_whole_page(
    shop: Site, config: Config
) -> None:
    visit(with_crawl(config, browser=True, timeout=60.0), WEEK, targets("77"))
    outcome = visits_of(config)["77"]
    assert outcome.state is UnitState.sampled, outcome.reason
    assert outcome.listing
    assert outcome.listing.ship_from_country == "CN"
    assert outcome.screenshot
    picture = (config.evidence / outcome.screenshot).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert ("www.lazada.co.id", "/gambar.png") in shop.asked
    assert verify(config.evidence) == []


@pytest.mark.filterwarnings("ignore")
def test_a_listing_is_handed_over_with_its_page_and_its_visit(
    shop: Site, config: Config, tmp_path: Path
) -> None:
    crawl(config, ["lazada"], WEEK)
    batik = item_id("batik", 3)
    visit(config, WEEK, targets(batik))
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        seen, visits = store.observations.of_listing("lazada", batik), store.visits.of_week(WEEK)
    out = pack(
        config.evidence,
        tmp_path / "x.wacz",
        listing=seen[-1].listing,
        pages=[observation.received for observation in seen if observation.received],
        visits=visits,
    )
    validation = Validation(str(out))
    assert validation.frictionless_validate()
    assert validation.check_file_hashes()
    validation.dir.cleanup()
    with zipfile.ZipFile(out) as archive:
        packed = json.loads(archive.read("logs/listing.json"))
        names = archive.namelist()
    assert [page["url"] for page in packed["pages"]] == [
        "https://www.lazada.co.id/catalog/?ajax=true&page=1&q=batik"
    ]
    assert packed["visits"][0]["listing"]["ship_from_country"] == "CN"
    assert f"logs/manifest-{WEEK}.json" in names


def test_the_listings_come_out_of_the_evidence_as_the_crawl_stored_them(
    site: Site, config: Config, planned: Planned, tmp_path: Path
) -> None:
    refusal: Answer = (403, {}, b"no")
    special = {"langka": nothing(), "blokir": refusal}
    site.answer = lambda request: special.get(request.word) or good(request.word)
    planned(["batik", "langka", "hijab", "blokir"])
    crawl(config, ["lazada"], WEEK)
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        before = list(store.observations.of_week(WEEK))
        reread = reprocess(store, config.evidence, load_spiders(), WEEK)
        assert (reread.pages, reread.same, reread.changed) == (4, 4, 0)
        assert reread.problems == ()
        assert list(store.observations.of_week(WEEK)) == before
        assert store.runs.newest(job="reprocess")[0].counts == {
            "pages": 4,
            "same": 4,
            "changed": 0,
            "removed": 0,
        }
    assert str(reread) == f"{WEEK}: 4 pages, 4 as stored, 0 otherwise"


def test_another_parser_version_adds_its_reading(
    site: Site, config: Config, planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(["batik"])
    crawl(config, ["lazada"], WEEK)
    monkeypatch.setattr("monitor.crawl.parsing.PARSER", "later")
    spiders = load_spiders()

    class Lazada(spiders["lazada"]):  # type: ignore[misc, name-defined, valid-type]
        @classmethod
        def shown_page(cls, response: Response) -> ShownPage:
            page = super().shown_page(response)
            branded = tuple(replace(listing, brand="Merek") for listing in page.listings)
            return replace(page, listings=branded)

    with Store.open(config.database_url, origin=Origin.simulated) as store:
        reread = reprocess(store, config.evidence, {"lazada": Lazada}, WEEK, dry_run=True)
        assert reread.changed == 1
        assert {seen.listing.brand for seen in store.observations.of_week(WEEK)} == {None}
        reread = reprocess(store, config.evidence, {"lazada": Lazada}, WEEK)
        assert reread.changed == 1
        assert {seen.listing.brand for seen in store.observations.of_week(WEEK)} == {"Merek"}
        [page] = store.pages.of_week(WEEK)
        assert page.parser == "later"


def test_damaged_evidence_is_named_and_the_rest_read(
    site: Site, config: Config, planned: Planned
) -> None:
    planned(["batik", "hijab"])
    crawl(config, ["lazada"], WEEK)
    [path] = config.evidence.glob("*/*.gz")
    data = bytearray(path.read_bytes())
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        received = store.pages.of_week(WEEK)[0].received
        assert received
        offset = int((received.evidence or "").split("#")[1])
        data[offset + 200] ^= 1
        path.write_bytes(data)
        reread = reprocess(store, config.evidence, load_spiders(), WEEK)
    assert (reread.pages, reread.same) == (2, 1)
    assert "lazada-1.warc.gz#" in reread.problems[0]
