"""Truth against what a visitor can count on the served pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from monitor.demo import Catalogue, DemoServer, Oracle, World, truth
from monitor.demo.foreign_shares import (
    COUNTRY_ON_RESULT_PAGES,
    RECOGNISABLE,
    TOLERANCE_SHARES,
)
from monitor.demo.offers import Visibility
from monitor.model import Answer, Cluster, Entry, PlannedUnit
from monitor.registry import Registry
from monitor.sampling import draw_plan

from .conftest import Visit

WEEK = "2026-W47"
ABROAD = {"China", "Hong Kong", "South Korea", "Japan", "Malaysia", "Overseas", "Luar Negeri"}


def entries(registry: Registry, platform: str, cluster: Cluster) -> list[Entry]:
    return [
        each
        for each in registry.frame.entries
        if (each.platform, each.cluster) == (platform, cluster)
    ][:40]


def high_seed(registry: Registry, platform: str) -> int:
    return next(
        seed
        for seed in range(100)
        if Catalogue(seed, registry).cluster_shares[platform, Cluster.crafts] > 0.1
    )


def test_lazada_truth_is_what_result_and_own_pages_show(
    registry: Registry, visit: Visit, unit: Callable[..., PlannedUnit]
) -> None:
    seed = high_seed(registry, "lazada")
    chosen = entries(registry, "lazada", Cluster.crafts)[:12]
    units = [unit(each) for each in chosen]
    places = abroad = hidden = 0
    with DemoServer(seed=seed, week=WEEK, registry=registry) as running:
        visitor = visit(running)
        for each in units:
            for node in visitor.json(each.url + "&ajax=true")["mods"]["listItems"]:
                places += 1
                own = visitor.text("https:" + node["itemUrl"])
                own_place = own.partition("Dikirim dari</th><td>")[2].partition("<")[0]
                by_result = node["location"] in ABROAD
                by_own_page = bool(own_place) and not own_place.startswith(("Kota ", "Kab. "))
                abroad += by_result or by_own_page
                hidden += by_own_page and not by_result
    (share,) = [
        each["share"]
        for each in truth(registry, seed, WEEK, units)
        if each["policy"] == "lazada-2023-all"
    ]
    assert share == pytest.approx(abroad / places)
    assert hidden > 0
    assert share > 0.05


def test_shopee_truth_without_hidden_sellers_is_below(
    registry: Registry, visit: Visit, unit: Callable[..., PlannedUnit]
) -> None:
    seed = high_seed(registry, "shopee")
    units = [unit(each) for each in entries(registry, "shopee", Cluster.textile_fashion)]
    with DemoServer(seed=seed, week=WEEK, registry=registry) as running:
        visitor = visit(running)
        marks = [
            item["item_basic"]["cb_option"]
            for each in units
            for item in visitor.json(each.url)["items"]
        ]
    shares = {each["policy"]: each["share"] for each in truth(registry, seed, WEEK, units)}
    assert 0.04 < sum(marks) / len(marks) < shares["shopee-2023-all"]
    assert 0 < shares["shopee-2021-13cat"] < shares["shopee-2023-all"]


def test_sellers_nobody_can_recognise_are_not_counted(
    registry: Registry, unit: Callable[..., PlannedUnit]
) -> None:
    seed = high_seed(registry, "lazada")
    catalogue = Catalogue(seed, registry)
    units = [unit(each) for each in entries(registry, "lazada", Cluster.food_beverage)]
    offers = [
        shown.offer
        for each in units
        for shown in catalogue.results("lazada", each.query, WEEK, 1, 40).shown
    ]
    never = sum(offer.seller.visibility is Visibility.nowhere for offer in offers)
    shares = {each["policy"]: each["share"] for each in truth(registry, seed, WEEK, units)}
    recognised = sum(offer.recognisable for offer in offers)
    assert never
    assert shares["lazada-2023-all"] == pytest.approx(recognised / len(offers))


def test_clusters_and_moments_matter(registry: Registry, unit: Callable[..., PlannedUnit]) -> None:
    seed = high_seed(registry, "lazada")
    chosen = entries(registry, "lazada", Cluster.crafts)
    now = truth(registry, seed, WEEK, [unit(each) for each in chosen])
    shares = {each["policy"]: each["share"] for each in now}
    assert shares["lazada-2021-akar"] < shares["lazada-2023-all"]
    early = truth(registry, seed, "2021-W40", [unit(each, "2021-W40") for each in chosen])
    assert "lazada-2023-all" not in {each["policy"] for each in early}
    assert next(each for each in early if each["policy"] == "lazada-2021-akar")["share"] > 0


def test_clean_platforms_have_no_breach(
    registry: Registry, unit: Callable[..., PlannedUnit]
) -> None:
    for seed in range(3):
        shares = Catalogue(seed, registry).cluster_shares
        units = [
            unit(each)
            for each in registry.frame.entries
            if each.core and shares[each.platform, each.cluster] == 0
        ]
        found = truth(registry, seed, WEEK, units)
        assert found
        assert {each["share"] for each in found} == {0.0}


@pytest.mark.parametrize("seed", range(5))
def test_high_platform_is_above_ten_per_cent(
    registry: Registry, unit: Callable[..., PlannedUnit], seed: int
) -> None:
    shares = Catalogue(seed, registry).cluster_shares
    high = next(each for each in COUNTRY_ON_RESULT_PAGES if shares[each, Cluster.other] > 0.1)
    plan = draw_plan(registry, WEEK, 1, datetime(2026, 11, 16, tzinfo=UTC), [high])
    found = truth(registry, seed, WEEK, plan.units)
    widest = {each["cluster"]: 0.0 for each in found}
    for each in found:
        widest[each["cluster"]] = max(widest[each["cluster"]], each["share"])
    if high != "blibli":
        assert min(widest.values()) >= 0.1


def test_the_tolerance_world_lies_on_both_sides_of_the_tolerance(
    registry: Registry, unit: Callable[..., PlannedUnit]
) -> None:
    """Over the whole frame Lazada's and Shopee's shares are near what the world aims at."""
    plan = [unit(e) for e in registry.frame.entries if e.platform in {"lazada", "shopee"}]
    policies = {"lazada-2021-akar", "shopee-2023-all"}
    shares = [
        cell["share"]
        for cell in truth(registry, 1, WEEK, plan, world=World.tolerance)
        if cell["policy"] in policies
    ]
    assert len(shares) == 6
    assert min(shares) < 0.01 < max(shares)
    assert all(0.001 <= share <= 0.03 for share in shares)
    aims = {
        round(share * RECOGNISABLE, 6)
        for share in Catalogue(1, registry, World.tolerance).cluster_shares.values()
    }
    assert aims >= set(TOLERANCE_SHARES)


def test_labels_are_what_a_careful_person_reads(registry: Registry, server: DemoServer) -> None:
    seed = server.catalogue.seed
    oracle = Oracle(registry, seed)
    answers = set()
    for entry in registry.frame.entries:
        if entry.platform != "lazada" or not entry.core:
            continue
        for shown in server.catalogue.results("lazada", entry.query, WEEK, 1, 40).shown:
            offer = shown.offer
            item = str(6_000_000_000 + offer.item_id)
            answer, cluster = oracle.label("lazada", item, WEEK)
            answers.add(answer)
            assert cluster is offer.product.cluster
            assert oracle.commodity("lazada", item, WEEK) == offer.product.category
            assert (answer is Answer.yes) is offer.recognisable
            assert (answer is Answer.cannot_tell) is (offer.own_place is None)
    assert answers == set(Answer)
    with pytest.raises(LookupError, match="not on sale"):
        oracle.label("lazada", "6000000001", WEEK)


def test_only_the_first_places_can_be_counted(
    registry: Registry, unit: Callable[..., PlannedUnit]
) -> None:
    units = [unit(each) for each in entries(registry, "lazada", Cluster.crafts)]
    ten, forty = (
        truth(registry, high_seed(registry, "lazada"), WEEK, units, places) for places in (10, None)
    )
    assert [each["policy"] for each in ten] == [each["policy"] for each in forty]
    assert [each["share"] for each in ten] != [each["share"] for each in forty]
