"""Truth against what a visitor can count on the served pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from protego import Protego

from monitor.demo import (
    SHOPS,
    Catalogue,
    DemoServer,
    Oracle,
    World,
    true_changes,
    true_pages,
    truth,
)
from monitor.demo.catalogue import MISJUDGED_DOMESTIC, MISJUDGED_FOREIGN, REFUSED_PAGES
from monitor.demo.foreign_shares import (
    COUNTRY_ON_RESULT_PAGES,
    RECOGNISABLE,
    TOLERANCE_SHARES,
)
from monitor.demo.offers import COUNTRIES, Visibility
from monitor.model import Answer, Cluster, Entry, PlannedUnit, UnitRecord, UnitState
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
        for each in truth(Catalogue(seed, registry), WEEK, units)
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
    shares = {
        each["policy"]: each["share"] for each in truth(Catalogue(seed, registry), WEEK, units)
    }
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
    shares = {
        each["policy"]: each["share"] for each in truth(Catalogue(seed, registry), WEEK, units)
    }
    recognised = sum(offer.recognisable for offer in offers)
    assert never
    assert shares["lazada-2023-all"] == pytest.approx(recognised / len(offers))


def test_clusters_and_moments_matter(registry: Registry, unit: Callable[..., PlannedUnit]) -> None:
    seed = high_seed(registry, "lazada")
    chosen = entries(registry, "lazada", Cluster.crafts)
    now = truth(Catalogue(seed, registry), WEEK, [unit(each) for each in chosen])
    shares = {each["policy"]: each["share"] for each in now}
    assert shares["lazada-2021-akar"] < shares["lazada-2023-all"]
    early = truth(
        Catalogue(seed, registry), "2021-W40", [unit(each, "2021-W40") for each in chosen]
    )
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
        found = truth(Catalogue(seed, registry), WEEK, units)
        assert found
        assert {each["share"] for each in found} == {0.0}


@pytest.mark.parametrize("seed", range(5))
def test_high_platform_is_above_ten_per_cent(
    registry: Registry, unit: Callable[..., PlannedUnit], seed: int
) -> None:
    shares = Catalogue(seed, registry).cluster_shares
    high = next(each for each in COUNTRY_ON_RESULT_PAGES if shares[each, Cluster.other] > 0.1)
    plan = draw_plan(registry, WEEK, 1, datetime(2026, 11, 16, tzinfo=UTC), [high])
    units = [unit for unit in plan.units if unit.cluster is not Cluster.used_clothing]
    found = truth(Catalogue(seed, registry), WEEK, units)
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
        for cell in truth(Catalogue(1, registry, World.tolerance), WEEK, plan)
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
            later, _ = oracle.label("lazada", item, WEEK, again=True)
            assert (later is Answer.cannot_tell) is (offer.late_place is None)
            assert offer.own_place in {None, offer.late_place}
    assert answers == set(Answer)
    with pytest.raises(LookupError, match="not on sale"):
        oracle.label("lazada", "6000000001", WEEK)


def test_only_the_first_places_can_be_counted(
    registry: Registry, unit: Callable[..., PlannedUnit]
) -> None:
    units = [unit(each) for each in entries(registry, "lazada", Cluster.crafts)]
    ten, forty = (
        truth(Catalogue(high_seed(registry, "lazada"), registry), WEEK, units, places)
        for places in (10, None)
    )
    assert [each["policy"] for each in ten] == [each["policy"] for each in forty]
    assert [each["share"] for each in ten] != [each["share"] for each in forty]


def records(units: list[PlannedUnit], unanswered: frozenset[str] = frozenset()) -> list[UnitRecord]:
    states = {True: UnitState.unreachable, False: UnitState.sampled}
    return [UnitRecord(unit=each, state=states[each.entry_id in unanswered]) for each in units]


def test_pages_tell_whose_offers_a_policy_forbids(
    registry: Registry, unit: Callable[..., PlannedUnit]
) -> None:
    """Whoever counts the ids of a cell has the share of the policy that forbids all of them."""
    catalogue = Catalogue(high_seed(registry, "lazada"), registry)
    units = [unit(each) for each in entries(registry, "lazada", Cluster.crafts)]
    pages = true_pages(catalogue, records(units))
    positions = sum(len(page["offers"]) for page in pages)
    forbidden = sum(len(page["forbidden"]) for page in pages)
    (share,) = [
        cell["share"]
        for cell in truth(catalogue, WEEK, units)
        if cell["policy"] == "lazada-2023-all"
    ]
    assert share == pytest.approx(forbidden / positions)
    for page in pages:
        assert set(page["open"]) <= set(page["foreign"]) <= set(page["offers"])
        assert page["forbidden"] == page["foreign"]
        assert not set(page["hidden"]) & set(page["foreign"])
        assert not page["misjudged"]


def test_changes_are_those_of_entries_that_answered_in_both_weeks(
    registry: Registry, unit: Callable[..., PlannedUnit]
) -> None:
    catalogue = Catalogue(high_seed(registry, "lazada"), registry, World.churning)
    chosen = entries(registry, "lazada", Cluster.crafts)
    silent = {"2026-W45": {chosen[0].id}, "2026-W46": set(), "2026-W47": {chosen[1].id}}
    weeks = [
        true_pages(catalogue, records([unit(e, week) for e in chosen], frozenset(unanswered)))
        for week, unanswered in silent.items()
    ]
    assert true_changes(catalogue, weeks[:1]) == []
    (changes,) = true_changes(catalogue, weeks)
    assert (changes["since"], changes["week"]) == ("2026-W46", "2026-W47")
    assert changes["entries"] == len(chosen) - 1
    oldest, before, now = (
        {page["entry"]: page["forbidden"] for page in pages if page["answered"]} for pages in weeks
    )
    on_panel = {item for entry, items in now.items() if entry in before for item in items}
    seen_before = {item for items in (*oldest.values(), *before.values()) for item in items}
    assert set(changes["new"]) == on_panel - seen_before
    was_on_panel = {item for entry, items in before.items() if entry in now for item in items}
    assert set(changes["gone"]) == was_on_panel - {item for items in now.values() for item in items}
    assert changes["relisted"]
    assert set(changes["relisted"]) < set(changes["new"])
    assert changes["off_sale"]
    assert set(changes["off_sale"]) < seen_before
    assert not set(changes["off_sale"]) & {item for items in now.values() for item in items}
    assert set(changes["gone"]) - set(changes["off_sale"])
    assert set(changes["off_sale"]) - set(changes["gone"]), "one of an entry off the panel"


def test_in_the_hard_world_people_err_and_pages_do_not(registry: Registry) -> None:
    seed = high_seed(registry, "lazada")
    catalogue = Catalogue(seed, registry, World.hard)
    oracle, careful = Oracle(registry, seed, World.hard), Oracle(registry, seed)
    wrong = {True: 0, False: 0}
    asked = {True: 0, False: 0}
    for entry in entries(registry, "lazada", Cluster.crafts):
        for shown in catalogue.results("lazada", entry.query, WEEK, 1, 40).shown:
            offer, item = shown.offer, SHOPS["lazada"].item_id(shown.offer)
            answer, _ = oracle.label("lazada", item, WEEK)
            right, _ = careful.label("lazada", item, WEEK)
            if right is Answer.cannot_tell:
                continue
            asked[offer.recognisable] += 1
            wrong[offer.recognisable] += answer is not right
            assert (answer is not right) is catalogue.is_misjudged("lazada", offer)
            assert (offer.own_place in COUNTRIES) is offer.recognisable
    assert 0.5 < wrong[False] / asked[False] / MISJUDGED_DOMESTIC < 1.5
    assert 0.3 < wrong[True] / asked[True] / MISJUDGED_FOREIGN < 1.7


def test_in_the_refusing_world_breaching_pages_are_refused(
    registry: Registry, visit: Visit, unit: Callable[..., PlannedUnit]
) -> None:
    """By each shop's own robots.txt; of a platform without foreign sellers no page is refused."""
    seed = high_seed(registry, "lazada")
    with DemoServer(seed=seed, week=WEEK, registry=registry, world=World.refusing) as running:
        visitor = visit(running)
        refused_by: dict[str, float] = {}
        for platform in ("lazada", "shopee", "tokopedia", "blibli"):
            host = SHOPS[platform].hosts[0]
            rules = Protego.parse(visitor.text(f"https://{host}/robots.txt"))
            units = [unit(e) for e in registry.frame.entries if e.platform == platform]
            pages = true_pages(running.catalogue, records(units))
            refused, read = [], []
            for planned, page in zip(units, pages, strict=True):
                allowed = rules.can_fetch(planned.url, "pantau")
                (read if allowed else refused).append(len(page["foreign"]))
            refused_by[platform] = len(refused) / len(units)
            assert len(refused) <= REFUSED_PAGES * len(units)
            assert min(refused, default=99) > max(read)
            assert bool(refused) is any(read)
        assert refused_by["lazada"] > 0.1


def test_in_the_churning_world_offers_stay_leave_and_return(
    registry: Registry, visit: Visit, unit: Callable[..., PlannedUnit]
) -> None:
    """Shares of one week's offers in the next, and what an own page of one that left says."""
    seed = high_seed(registry, "lazada")
    chosen = entries(registry, "lazada", Cluster.crafts)
    stayed: dict[World, float] = {}
    for world in (World.plain, World.churning):
        catalogue = Catalogue(seed, registry, world)
        shown = [
            {
                item
                for page in true_pages(catalogue, records([unit(e, week) for e in chosen]))
                for item in page["offers"]
            }
            for week in ("2026-W46", WEEK)
        ]
        stayed[world] = len(shown[0] & shown[1]) / len(shown[0])
    assert 0.3 < stayed[World.churning] < 0.7 < stayed[World.plain]
    left = [
        item
        for item in sorted(shown[0] - shown[1])
        if not catalogue.find("lazada", SHOPS["lazada"].number(item), WEEK)
    ]
    with DemoServer(seed=seed, week=WEEK, registry=registry, world=World.churning) as running:
        visitor = visit(running)
        for item in left[:20]:
            page = visitor.text(f"https://www.lazada.co.id/products/-i{item}.html")
            assert "Maaf! Produk ini tidak lagi tersedia" in page
    assert len(left) >= 20
