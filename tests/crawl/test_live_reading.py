"""What the pages of a live check say: simulated answers, read as the crawl reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from scrapy.http import HtmlResponse, TextResponse

from monitor.crawl.claims import claims_of
from monitor.crawl.differences import differences_of
from monitor.crawl.live_crawl import NO_SUCH_GOODS, searches_of
from monitor.crawl.live_reading import ReadPage, read_page
from monitor.crawl.parsing import judge, judge_item, settled
from monitor.crawl.shapes import known_shapes
from monitor.crawl.spider import load_spiders
from monitor.demo import Catalogue
from monitor.demo.shops import HOSTS, ShopRequest, ShopResponse
from monitor.model import (
    Claim,
    ClaimState,
    Difference,
    DifferenceKind,
    LivePage,
    PageRole,
    UnitState,
)
from monitor.registry import load_registry, page_url
from tests.operate.live_shop import OTHER_WORDS, Plant, contradicting_shopee

REGISTRY = load_registry()
SPIDERS = load_spiders()
NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(7, REGISTRY)


def as_served(catalogue: Catalogue, url: str, plant: Plant) -> TextResponse:
    """The simulated answer to an address, as ``plant`` leaves it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    request = ShopRequest(parts.netloc, unquote(parts.path), query, "2026-W47", catalogue)
    answer = plant(request, HOSTS[parts.netloc].respond(request))
    kind = HtmlResponse if "html" in answer.content_type else TextResponse
    return kind(url, status=answer.status, body=answer.body)


def untouched(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
    return answer


def pages_of(catalogue: Catalogue, name: str, plant: Plant = untouched) -> list[ReadPage]:
    """The pages of a live check of a platform."""
    platform, spider = REGISTRY.platforms[name], SPIDERS[name]
    entries = [entry for entry in REGISTRY.frame.entries if entry.platform == name]
    [kind, *_] = [kind for kind, _ in searches_of(platform, entries, None)]
    first = dict(searches_of(platform, entries, None))[kind]
    result_page = as_served(catalogue, first, plant)
    own_url = judge(spider, result_page).listings[0].url
    assert own_url
    nothing = page_url(platform, kind, NO_SUCH_GOODS, 1)
    pages = []
    for role, url in (
        (PageRole.listings, first),
        (PageRole.own_page, own_url),
        (PageRole.nothing, nothing),
    ):
        response = as_served(catalogue, url, plant)
        judging = judge_item if role is PageRole.own_page else judge
        page = settled(judging(spider, response), True)
        live = LivePage(
            role=role, url=url, final_url=url, at=NOW, state=page.state, reason=page.reason
        )
        pages.append(read_page(spider, live, response, known_shapes()[name], control=True))
    return pages


def said_of(name: str, pages: Sequence[ReadPage]) -> tuple[tuple[Claim, ...], list[Difference]]:
    platform, spider = REGISTRY.platforms[name], SPIDERS[name]
    differences, _ = differences_of(platform, spider, pages, known_shapes()[name])
    return claims_of(platform, spider, pages, []), list(differences)


@pytest.mark.parametrize("name", ["shopee", "tokopedia", "blibli"])
def test_a_platform_as_we_know_it_is_contradicted_in_nothing(
    catalogue: Catalogue, name: str
) -> None:
    claims, differences = said_of(name, pages_of(catalogue, name))
    assert [claim for claim in claims if claim.state is ClaimState.contradicted] == []
    confirmed = {claim.subject for claim in claims if claim.state is ClaimState.confirmed}
    assert confirmed >= {"entrance", "page size", "where listings stand", "fields", "own page"}
    kinds = {difference.kind for difference in differences}
    assert kinds <= {DifferenceKind.missing_field, DifferenceKind.unknown_key}


def test_every_planted_contradiction_is_named(catalogue: Catalogue) -> None:
    claims, differences = said_of("shopee", pages_of(catalogue, "shopee", contradicting_shopee))
    contradicted = {claim.subject for claim in claims if claim.state is ClaimState.contradicted}
    assert contradicted == {
        "page size",
        "where listings stand",
        "fields",
        "floor of ship_from",
        "words for nothing found",
    }
    names = {(difference.kind, difference.name) for difference in differences}
    assert names >= {
        (DifferenceKind.page_size, "page_size"),
        (DifferenceKind.envelope, "grid.cells[]"),
        (DifferenceKind.missing_field, "ship_from"),
        (DifferenceKind.unknown_key, "place_v2"),
        (DifferenceKind.words, OTHER_WORDS),
    }


def test_a_refused_page_proves_nothing(catalogue: Catalogue) -> None:
    def refusing(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
        body = b"<html><title>403 Forbidden</title><body>403 Forbidden</body></html>"
        return ShopResponse(body, status=403)

    url = page_url(REGISTRY.platforms["tokopedia"], REGISTRY.frame.entries[0].kind, "hijab", 1)
    response = as_served(catalogue, url, refusing)
    live = LivePage(
        role=PageRole.listings, url=url, final_url=url, at=NOW, state=UnitState.blocked,
        reason="http-403",
    )  # fmt: skip
    read = read_page(SPIDERS["tokopedia"], live, response, (), control=False)
    claims, differences = said_of("tokopedia", [read])
    states = {claim.subject: claim.state for claim in claims}
    assert differences == []
    assert states.pop("hosts") is ClaimState.confirmed
    assert states.pop("refusal http-403") is ClaimState.confirmed
    assert set(states.values()) == {ClaimState.unproven}


def test_cards_of_another_class_are_named_by_their_links(catalogue: Catalogue) -> None:
    def redrawn(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
        return ShopResponse(answer.body.replace(b"elf-product-card", b"blu-tile"))

    platform, spider = REGISTRY.platforms["blibli"], SPIDERS["blibli"]
    url = "https://www.blibli.com/jual/hijab?page=1"
    response = as_served(catalogue, url, redrawn)
    page = judge(spider, response)
    live = LivePage(
        role=PageRole.listings, url=url, final_url=url, at=NOW, state=page.state,
        reason=page.reason,
    )  # fmt: skip
    shapes = known_shapes()["blibli"]
    read = read_page(spider, live, response, shapes, control=False)
    [difference], [proposal] = differences_of(platform, spider, [read], shapes)
    assert (difference.kind, difference.name) == (DifferenceKind.cards, "a.blu-tile")
    assert '"a.blu-tile"' in proposal.text
