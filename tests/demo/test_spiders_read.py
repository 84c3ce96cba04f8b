"""The platforms' own readers on the simulated pages: what they read is what the catalogue holds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from scrapy.http import HtmlResponse

from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.spider import load_spiders
from monitor.demo import Catalogue, DemoServer, Fault, FaultKind, descriptions
from monitor.demo.offers import COUNTRIES
from monitor.demo.shops import SHOPS
from monitor.model import DisplayedItem, EntryKind, UnitState
from monitor.registry import Registry, page_url

from .conftest import Visit, Visitor

WEEK = "2026-W47"
SPIDERS = load_spiders()
WITHOUT_TOTAL = {"blibli", "tiktokshop"}
"""Platforms of whose rendered pages no capture tells how many results there are."""


def read(visitor: Visitor, url: str) -> HtmlResponse:
    status, headers, body = visitor.ask(url)
    return HtmlResponse(url, status=status, headers=headers, body=body)


def urls(registry: Registry, platform: str, few: int) -> list[tuple[str, str]]:
    return [
        (each.query, page_url(registry.platforms[platform], each.kind, each.query, 1))
        for each in registry.frame.entries
        if each.platform == platform
    ][::7][:few]


@pytest.mark.parametrize("platform", sorted(SHOPS))
def test_result_pages(
    platform: str, server: DemoServer, registry: Registry, visitor: Visitor
) -> None:
    shop, size = SHOPS[platform], registry.platforms[platform].page_size
    for query, url in urls(registry, platform, 6):
        page = judge(SPIDERS[platform], read(visitor, url))
        results = server.catalogue.results(platform, query, WEEK, 1, size)
        shown = results.shown
        assert (page.state, page.reason) == (UnitState.sampled, None)
        assert page.total_results == (None if platform in WITHOUT_TOTAL else results.total)
        assert [each.item_id for each in page.listings] == [
            shop.item_id(each.offer) for each in shown
        ]
        for listing, place in zip(page.listings, shown, strict=True):
            assert listing.title == place.offer.title.strip()
            assert listing.price == Decimal(shop.price(place.offer))
            assert listing.currency == shop.currency
            assert listing.rank == place.rank + 1
            if place.offer.place is None:
                assert listing.ship_from is None


@pytest.mark.parametrize("platform", sorted(SHOPS))
def test_own_pages(platform: str, server: DemoServer, registry: Registry, visitor: Visitor) -> None:
    size = registry.platforms[platform].page_size
    (query, url), *_ = urls(registry, platform, 1)
    shown = server.catalogue.results(platform, query, WEEK, 1, size).shown
    listed = judge(SPIDERS[platform], read(visitor, url)).listings
    for listing, place in list(zip(listed, shown, strict=True))[:20]:
        assert listing.url is not None
        own = SPIDERS[platform].detail(read(visitor, listing.url))
        assert own is not None
        assert own.item_id == listing.item_id
        # Shopee's own page shows no price to a visitor who is not signed in.
        assert own.price == (None if platform == "shopee" else listing.price)
        assert (own.ship_from is None) is (place.offer.own_place is None)


@pytest.mark.parametrize(("platform", "query"), [("shopee", "keripik"), ("tokopedia", "keripik")])
def test_own_pages_say_what_their_sellers_wrote(
    platform: str, query: str, server: DemoServer, registry: Registry, visitor: Visitor
) -> None:
    results = server.catalogue.results(platform, query, WEEK, 1, 60).shown
    url = page_url(registry.platforms[platform], EntryKind.keyword, query, 1)
    listed = judge(SPIDERS[platform], read(visitor, url)).listings
    numbers = 0
    for listing, place in list(zip(listed, results, strict=False))[:30]:
        assert listing.url is not None
        displayed = judge_item(SPIDERS[platform], read(visitor, listing.url)).displayed
        described = DisplayedItem.indonesian_description
        wrote = descriptions.language(place.offer)
        assert displayed is not None
        assert displayed.tells(described) is (wrote == "id")
        assert displayed.language == (wrote or None)
        written = descriptions.number(place.offer) if wrote else None
        assert len(displayed.numbers) == (written is not None)
        numbers += written is not None
    assert numbers > 5


@pytest.mark.parametrize("platform", ["lazada", "shopee", "blibli"])
def test_open_foreign_sellers_are_seen_on_result_pages(
    platform: str, registry: Registry, visit: Visit
) -> None:
    seed = next(
        seed
        for seed in range(100)
        if min(
            Catalogue(seed, registry).cluster_shares[platform, each] for each in ("crafts", "other")
        )
        > 0.1
    )
    with DemoServer(seed=seed, week=WEEK, registry=registry) as running:
        visitor, size = visit(running), registry.platforms[platform].page_size
        for query, url in urls(registry, platform, 12):
            listed = judge(SPIDERS[platform], read(visitor, url)).listings
            shown = running.catalogue.results(platform, query, WEEK, 1, size).shown
            for listing, place in zip(listed, shown, strict=True):
                words = listing.ship_from or ""
                domestic = words.lower().startswith(("kota ", "kab", "kabupaten "))
                if place.offer.openly_foreign:
                    assert words
                    assert not domestic
                    assert listing.cross_border_flag in (True, None)
                else:
                    assert domestic or not words
                    assert words not in COUNTRIES
                    assert not listing.cross_border_flag


REFUSED = {
    FaultKind.block: {UnitState.blocked},
    FaultKind.captcha: {UnitState.blocked, UnitState.unparseable},
    FaultKind.too_many: {UnitState.blocked},
    FaultKind.server_error: {UnitState.unreachable},
    FaultKind.new_layout: {UnitState.unparseable},
    FaultKind.empty_shell: {UnitState.blocked},
    FaultKind.login_wall: {UnitState.blocked, UnitState.unparseable},
}


@pytest.mark.parametrize("platform", sorted(SHOPS))
@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_no_fault_looks_like_an_answer(
    platform: str, kind: FaultKind, registry: Registry, visit: Visit
) -> None:
    faults = [Fault(platform=platform, kind=kind)]
    with DemoServer(seed=1, week=WEEK, faults=faults, registry=registry) as running:
        visitor = visit(running)
        (_, url), *_ = urls(registry, platform, 1)
        response = read(visitor, url)
        if response.status == 302:
            response = read(visitor, response.headers["Location"].decode())
        page = judge(SPIDERS[platform], response, control=True)
    assert page.listings == ()
    assert page.state in REFUSED[kind], (page.state, page.reason)


@pytest.mark.parametrize("platform", sorted(SHOPS))
def test_soft_blocks_need_a_control(platform: str, registry: Registry, visit: Visit) -> None:
    faults = [Fault(platform=platform, kind=FaultKind.soft_block)]
    with DemoServer(seed=1, week=WEEK, faults=faults, registry=registry) as running:
        visitor = visit(running)
        (_, url), *_ = urls(registry, platform, 1)
        page = judge(SPIDERS[platform], read(visitor, url))
        assert page.needs_control
        assert judge(SPIDERS[platform], read(visitor, url), control=False).state is (
            UnitState.blocked
        )
