"""What the pages of a live check say: simulated answers, read as the crawl reads them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from monitor.crawl.claims import claims_of
from monitor.crawl.differences import differences_of
from monitor.crawl.live_reading import ReadPage, read_page
from monitor.crawl.parsing import judge
from monitor.crawl.shapes import known_shapes
from monitor.demo.shops import ShopRequest, ShopResponse
from monitor.model import (
    Claim,
    ClaimState,
    Difference,
    DifferenceKind,
    LivePage,
    PageRole,
    UnitState,
)
from monitor.registry import page_url
from tests.operate.live_shop import OTHER_WORDS, contradicting_shopee
from tests.plants import (
    HINTED,
    NOW,
    PLANTS,
    REGISTRY,
    SPIDERS,
    UNHINTED,
    Planted,
    answer_to,
    live_pages,
    other_words,
)


def said_of(name: str, pages: Sequence[ReadPage]) -> tuple[tuple[Claim, ...], list[Difference]]:
    platform, spider = REGISTRY.platforms[name], SPIDERS[name]
    differences, _ = differences_of(platform, spider, pages, known_shapes()[name])
    return claims_of(platform, spider, pages, []), list(differences)


@pytest.mark.parametrize("name", SPIDERS)
def test_a_platform_as_we_know_it_is_contradicted_in_nothing(name: str) -> None:
    claims, differences = said_of(name, live_pages(name))
    assert [claim for claim in claims if claim.state is ClaimState.contradicted] == []
    confirmed = {claim.subject for claim in claims if claim.state is ClaimState.confirmed}
    assert confirmed >= {"entrance", "page size", "where listings stand", "fields", "own page"}
    kinds = {difference.kind for difference in differences}
    assert kinds <= {DifferenceKind.missing_field, DifferenceKind.unknown_key}


def test_every_planted_contradiction_is_named() -> None:
    claims, differences = said_of("shopee", live_pages("shopee", contradicting_shopee))
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


def test_a_refused_page_proves_nothing() -> None:
    def refusing(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
        body = b"<html><title>403 Forbidden</title><body>403 Forbidden</body></html>"
        return ShopResponse(body, status=403)

    url = page_url(REGISTRY.platforms["tokopedia"], REGISTRY.frame.entries[0].kind, "hijab", 1)
    response = answer_to(url, refusing)
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


def test_cards_of_another_class_are_named_by_their_links() -> None:
    def redrawn(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
        return ShopResponse(answer.body.replace(b"elf-product-card", b"blu-tile"))

    platform, spider = REGISTRY.platforms["blibli"], SPIDERS["blibli"]
    url = "https://www.blibli.com/jual/hijab?page=1"
    response = answer_to(url, redrawn)
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


@pytest.mark.parametrize("planted", PLANTS, ids=lambda plant: f"{plant.platform}-{plant.name}")
def test_every_plant_on_every_platform_is_named(planted: Planted) -> None:
    claims, differences = said_of(planted.platform, live_pages(planted.platform, planted.plant))
    states = {claim.subject: claim.state for claim in claims}
    assert states[planted.claim] is ClaimState.contradicted
    named = {
        (difference.role, difference.kind, difference.name.rstrip("!")): difference.seen
        for difference in differences
    }
    assert planted.seen in named[planted.role, planted.kind, planted.difference]


@pytest.mark.parametrize("name", SPIDERS)
def test_words_that_no_such_sentence_has_are_named_by_their_heading(name: str) -> None:
    claims, differences = said_of(name, live_pages(name, other_words(name, UNHINTED)))
    assert any(UNHINTED in difference.seen for difference in differences)
    [state] = [
        claim.state
        for claim in claims
        if claim.subject.startswith("words for ") and claim.seen != "not asked"
    ]
    assert state is not ClaimState.confirmed


def test_fewer_listings_contradict_the_page_size_only_where_more_are_left() -> None:
    """All results that there are say nothing of how many a page holds; a larger page does."""
    [planted] = [plant for plant in PLANTS if plant[:2] == ("shopee", "page size")]
    for total, state in (
        (24, ClaimState.unproven),
        (50, ClaimState.contradicted),
        (900, ClaimState.contradicted),
    ):

        def plant(request: ShopRequest, answer: ShopResponse, total: int = total) -> ShopResponse:
            """A page of 24 of so many results."""
            cut = planted.plant(request, answer)
            body = re.sub(rb'"total_count": \d+', f'"total_count": {total}'.encode(), cut.body)
            return dataclasses.replace(cut, body=body)

        claims, differences = said_of("shopee", live_pages("shopee", plant))
        assert {claim.subject: claim.state for claim in claims}["page size"] is state
        is_named = any(row.kind is DifferenceKind.page_size for row in differences)
        assert is_named is (state is ClaimState.contradicted)


def test_an_offer_that_is_gone_in_other_words_is_named_by_them() -> None:
    def sold_out(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
        """A page for every offer that says in its heading that there is none."""
        if "search_items" in request.path:
            return answer
        page = "<html><body><h1>Barang sudah habis</h1><h2>Toko Budi</h2></body></html>"
        return ShopResponse(page.encode())

    claims, differences = said_of("shopee", live_pages("shopee", sold_out))
    assert {claim.subject: claim.state for claim in claims}["own page"] is ClaimState.contradicted
    spoken = [row.seen for row in differences if row.kind is DifferenceKind.words]
    assert spoken == ["Barang sudah habis"]


def test_words_of_a_page_whose_scripts_were_denied_their_data_are_named() -> None:
    """Its state is that of robots.txt, and what it says stands there all the same."""
    *_, read = live_pages("blibli", other_words("blibli", HINTED))
    live = replace(read.live, state=UnitState.disallowed, reason="robots")
    shapes = known_shapes()["blibli"]
    denied = read_page(SPIDERS["blibli"], live, read.response, shapes, control=True)
    claims, differences = said_of("blibli", [denied])
    states = {claim.subject: claim.state for claim in claims}
    assert states["words for nothing found"] is ClaimState.contradicted
    assert [row.name for row in differences] == [HINTED]
    unhinted = live_pages("blibli", other_words("blibli", UNHINTED))[-1]
    silent = read_page(SPIDERS["blibli"], live, unhinted.response, shapes, control=True)
    claims, differences = said_of("blibli", [silent])
    states = {claim.subject: claim.state for claim in claims}
    assert states["words for nothing found"] is ClaimState.unproven
    assert differences == []
