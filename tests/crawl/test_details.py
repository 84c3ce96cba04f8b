"""Visits to listings on their own pages, with and without a browser."""

import json
import zipfile

import msgspec
import pytest
from wacz.validate import Validation

from monitor.crawl.chromium import find_chromium
from monitor.crawl.details import Target, visit
from monitor.crawl.process import crawl
from monitor.crawl.reprocess import reprocess
from monitor.crawl.spider import load_spiders
from monitor.evidence import EvidenceStore, pack, verify
from monitor.model import Origin, UnitState
from monitor.store import Store

WEEK = "2026-W47"
PAGE = "https://www.lazada.co.id/products/kain-i{}.html"


def own_page(item_id, location="CN"):
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
def shop(site, config, planned):
    def answer(request):
        if request.path.startswith("/products"):
            item_id = request.path.split("-i")[1].split(".")[0]
            others = {"404": (404, {}, b"gone"), "8": (302, {"Location": PAGE.format(9999)}, b"")}
            return others.get(item_id) or own_page(item_id)
        if request.path.endswith(".png"):
            return 200, {"Content-Type": "image/png"}, b""
        return site.good(request.word)

    site.answer = answer
    site.robots = lambda host: (200, {}, b"User-agent: *\nDisallow: /products/*-i13.html\n")
    planned(["batik"])
    return site


def targets(*item_ids):
    return [Target(platform="lazada", item_id=one, url=PAGE.format(one)) for one in item_ids]


def visits(config):
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        return {one.item_id: one for one in store.visits.of_week(WEEK)}


def test_visits_are_stored_and_failures_recorded_as_such(shop, config):
    [result] = visit(config, WEEK, targets("77", "404", "13", "8"))
    assert not result.failed
    found = visits(config)
    assert found["77"].state is UnitState.sampled
    assert found["77"].listing.ship_from_country == "CN"
    assert found["77"].screenshot is None
    assert b"ld+json" in EvidenceStore(config.evidence).read(found["77"].received.evidence).body
    assert (found["404"].state, found["404"].reason) == (UnitState.empty, "gone")
    assert found["404"].received.status == 404
    assert (found["13"].state, found["13"].robots.allowed) == (UnitState.disallowed, False)
    assert (found["8"].state, found["8"].reason) == (UnitState.unparseable, "another listing")
    asked = len(shop.asked)
    [again] = visit(config, WEEK, targets("77", "404"))
    assert again.reason == "nothing was left to fetch"
    assert len(shop.asked) == asked


def answering(site, config, planned, answer):
    """What becomes of the visits where the shop answers with ``answer(item_id)``."""
    site.answer = lambda request: answer(request.path.split("-i")[1].split(".")[0])
    planned(["batik"])

    def visited(*item_ids):
        [result] = visit(config, WEEK, targets(*item_ids))
        found = visits(config)
        return result, [
            (str(found[one].state), found[one].reason) for one in item_ids if one in found
        ]

    return visited


MISSING = (404, {"Content-Type": "text/html"}, b"<html><body><p>Tidak ada</p></body></html>")


def test_who_answers_404_to_everything_says_of_no_listing_that_it_is_gone(site, config, planned):
    visited = answering(site, config, planned, lambda item_id: MISSING)
    result, found = visited("1", "2", "3", "4")
    assert found == [("blocked", "soft-block")] * 3
    assert result.reason == "refused: soft-block"


def test_who_begins_to_answer_404_midway_says_so_of_no_listing(site, config, planned):
    asked = []

    def answer(item_id):
        asked.append(item_id)
        return own_page(item_id) if len(asked) < 3 else MISSING

    visited = answering(site, config, planned, answer)
    _, found = visited("1", "2", "3", "4")
    assert found == [("sampled", None)] * 2 + [("blocked", "soft-block")] * 2
    assert asked[-1] == "2"


def test_gone_is_proven_by_a_listing_that_answers_after_it(site, config, planned):
    visited = answering(
        site, config, planned, lambda item_id: MISSING if item_id != "3" else own_page(item_id)
    )
    result, found = visited("1", "2", "3")
    assert found == [("empty", "gone")] * 2 + [("sampled", None)]
    assert result.counts.get("controls", 0) == 0
    # Another night begins with what answered this week.
    result, found = visited("4")
    assert found == [("empty", "gone")]
    assert result.counts["controls"] == 1


def test_gone_somewhere_else_says_nothing(site, config, planned):
    pages = {"1": own_page("1"), "2": (302, {"Location": PAGE.format(404)}, b"")}
    visited = answering(site, config, planned, lambda item_id: pages.get(item_id, MISSING))
    _, found = visited("1", "2")
    assert found == [("sampled", None), ("unparseable", "led elsewhere")]


def test_with_nothing_to_visit_nobody_has_to_be_named(config):
    assert visit(msgspec.structs.replace(config, demo_url=None, contact=None), WEEK, []) == []


@pytest.mark.browser
@pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine")
def test_gone_is_told_in_the_browser_too(shop, config):
    shown = msgspec.structs.replace(config.crawl, browser=True, timeout=60.0)
    visit(msgspec.structs.replace(config, crawl=shown), WEEK, targets("404", "77"))
    found = visits(config)
    assert (found["404"].state, found["404"].reason) == (UnitState.empty, "gone"), found["404"]
    assert found["404"].screenshot
    assert found["77"].state is UnitState.sampled


@pytest.mark.browser
@pytest.mark.skipif(not find_chromium(), reason="no Chromium on this machine")
def test_a_visit_in_the_browser_takes_a_picture_of_the_whole_page(shop, config):
    crawl_in = msgspec.structs.replace(config.crawl, browser=True, timeout=60.0)
    visit(msgspec.structs.replace(config, crawl=crawl_in), WEEK, targets("77"))
    found = visits(config)["77"]
    assert found.state is UnitState.sampled, found.reason
    assert found.listing.ship_from_country == "CN"
    picture = (config.evidence / found.screenshot).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert ("www.lazada.co.id", "/gambar.png") in shop.asked
    assert verify(config.evidence) == []


@pytest.mark.filterwarnings("ignore")
def test_a_listing_is_handed_over_with_its_page_and_its_visit(shop, config, tmp_path):
    crawl(config, ["lazada"], WEEK)
    item_id = shop.item_id("batik", 3)
    visit(config, WEEK, targets(item_id))
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        seen, visits = store.observations.of_listing("lazada", item_id), store.visits.of_week(WEEK)
    out = pack(
        config.evidence,
        tmp_path / "x.wacz",
        listing=seen[-1].listing,
        pages=[one.received for one in seen],
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
    site, config, planned, tmp_path
):
    words = {"langka": site.nothing, "blokir": lambda: (403, {}, b"no")}
    site.answer = lambda request: words.get(request.word, lambda: site.good(request.word))()
    planned(["batik", "langka", "hijab", "blokir"])
    crawl(config, ["lazada"], WEEK)
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        before = list(store.observations.of_week(WEEK))
        result = reprocess(store, config.evidence, load_spiders(), WEEK)
        assert (result.pages, result.same, result.changed) == (4, 4, 0)
        assert result.problems == ()
        assert list(store.observations.of_week(WEEK)) == before
        assert store.runs.newest(job="reprocess")[0].counts == {"pages": 4, "same": 4, "changed": 0}
    assert str(result) == f"{WEEK}: 4 pages, 4 as stored, 0 otherwise"


def test_another_parser_version_adds_its_reading(site, config, planned, monkeypatch):
    planned(["batik"])
    crawl(config, ["lazada"], WEEK)
    monkeypatch.setattr("monitor.crawl.reprocess.PARSER", "later")
    spiders = load_spiders()

    class Lazada(spiders["lazada"]):
        @classmethod
        def listings(cls, response):
            return tuple(
                msgspec.structs.replace(one, brand="Merek") for one in super().listings(response)
            )

    with Store.open(config.database_url, origin=Origin.simulated) as store:
        result = reprocess(store, config.evidence, {"lazada": Lazada}, WEEK, dry_run=True)
        assert result.changed == 1
        assert {one.listing.brand for one in store.observations.of_week(WEEK)} == {None}
        result = reprocess(store, config.evidence, {"lazada": Lazada}, WEEK)
        assert result.changed == 1
        assert {one.listing.brand for one in store.observations.of_week(WEEK)} == {"Merek"}
        [page] = store.pages.of_week(WEEK)
        assert page.parser == "later"


def test_damaged_evidence_is_named_and_the_rest_read(site, config, planned):
    planned(["batik", "hijab"])
    crawl(config, ["lazada"], WEEK)
    [path] = config.evidence.glob("*/*.gz")
    data = bytearray(path.read_bytes())
    with Store.open(config.database_url, origin=Origin.simulated) as store:
        offset = int(store.pages.of_week(WEEK)[0].received.evidence.split("#")[1])
        data[offset + 200] ^= 1
        path.write_bytes(data)
        result = reprocess(store, config.evidence, load_spiders(), WEEK)
    assert (result.pages, result.same) == (2, 1)
    assert "lazada-1.warc.gz#" in result.problems[0]
