"""The audit draw: budget, probabilities, blindness, coordination over weeks."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.model import (
    Cluster,
    Condition,
    CrossBorder,
    LabelKey,
    Observation,
    Prohibited,
    Question,
    SampledListing,
    ScreenStratum,
    stratum_of,
)
from monitor.sampling.audit import (
    FLAGGED_A_CELL,
    OTHER_LISTINGS,
    draw_audit,
    draw_sha256,
    used_clothing_budget,
)
from tests.builders import observation

AT = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = "2026-W47"
FRAMED = [Cluster.textile_fashion, Cluster.food_beverage, Cluster.crafts]
Row = tuple[str, Cluster, CrossBorder, int]


def seen(number: int, row: Row) -> Observation:
    platform, cluster, status, item = row
    return observation(
        number,
        status,
        platform=platform,
        item=str(item),
        cluster=cluster,
        version=f"{item:064d}",
    )


def screen(rows: list[Row]) -> list[Observation]:
    return [seen(number, row) for number, row in enumerate(rows)]


def market(platform: str = "toko", flagged: int = 40, domestic: int = 700) -> list[Row]:
    rows: list[Row] = []
    for shift, cluster in enumerate(FRAMED):
        base = 10_000 * shift
        rows += [(platform, cluster, CrossBorder.cross_border, base + n) for n in range(flagged)]
        rows += [(platform, cluster, CrossBorder.unknown, base + 1000 + n) for n in range(60)]
        rows += [
            (platform, cluster, CrossBorder.domestic, base + 2000 + n) for n in range(domestic)
        ]
    return rows


rows_of_a_screen = st.lists(
    st.tuples(
        st.sampled_from(["toko", "pasar"]),
        st.sampled_from(FRAMED),
        st.sampled_from(list(CrossBorder)),
        st.integers(0, 25),
    ),
    max_size=150,
)


@settings(max_examples=60, deadline=None)
@given(rows_of_a_screen, st.integers(0, 60), st.integers(0, 5), st.randoms())
def test_a_draw_keeps_its_promises(
    rows: list[Row], budget: int, seed: int, order: random.Random
) -> None:
    places = screen(rows)
    draw = draw_audit(places, week=WEEK, seed=seed, drawn_at=AT, budget=budget)
    keys = [(i.platform, i.item_id, i.version) for i in draw.items]
    assert len(set(keys)) <= budget
    cells = Counter((i.platform, i.cluster, i.stratum) for i in draw.items)
    for (_, _, stratum), size in cells.items():
        assert stratum is not ScreenStratum.flagged or size <= FLAGGED_A_CELL
    assert len({(key, i.cluster, i.stratum) for key, i in zip(keys, draw.items, strict=True)}) == (
        len(keys)
    )
    by_id = {place.id: place for place in places}
    for item in draw.items:
        place = by_id[item.observation_id]
        assert (place.listing.platform, place.listing.item_id) == (item.platform, item.item_id)
        assert place.cluster == item.cluster
        assert place.classification is not None
        assert stratum_of(place) is item.stratum
        assert 0 < item.probability <= 1
    assert draw.sha256 == draw_sha256(draw)
    shuffled = list(places)
    order.shuffle(shuffled)
    assert draw_audit(shuffled, week=WEEK, seed=seed, drawn_at=AT, budget=budget) == draw


@settings(max_examples=60, deadline=None)
@given(rows_of_a_screen, st.integers(1, 60))
def test_probabilities_add_up_to_the_sample(rows: list[Row], budget: int) -> None:
    """Over all versions of a pile, drawn or not, they add up to the number drawn."""
    draw = draw_audit(screen(rows), week=WEEK, seed=1, drawn_at=AT, budget=budget)
    places: dict[tuple[str, Cluster, ScreenStratum], Counter[int]] = defaultdict(Counter)
    for place in screen(rows):
        assert place.cluster is not None
        pile = place.listing.platform, place.cluster, stratum_of(place)
        places[pile][int(place.listing.item_id)] += 1
    piles = defaultdict(list)
    for drawn in draw.items:
        piles[drawn.platform, drawn.cluster, drawn.stratum].append(drawn)
    for pile, items in piles.items():
        taken = places[pile]
        uncertain = [i for i in items if i.probability < 1]
        if not uncertain:
            assert len(items) == len(taken) or max(taken.values()) > 1
            continue
        scale = {round(i.probability / taken[int(i.item_id)], 9) for i in uncertain}
        assert len(scale) == 1
        certain = {int(i.item_id) for i in items if i.probability == 1}
        others = sum(n for item, n in taken.items() if item not in certain)
        assert len(certain) + others * scale.pop() == pytest.approx(len(items))


def test_listings_come_as_often_as_their_probability_says() -> None:
    rows: list[Row] = [
        ("toko", Cluster.crafts, CrossBorder.domestic, item)
        for item in range(60)
        for _ in range(1 + item % 4)
    ]
    places = screen(rows)
    drawn: Counter[str] = Counter()
    probability: dict[str, float] = {}
    for seed in range(600):
        for item in draw_audit(places, week=WEEK, seed=seed, drawn_at=AT, budget=24).items:
            drawn[item.item_id] += 1
            probability[item.item_id] = item.probability
    for item_id, expected in probability.items():
        spread = 4.5 * (expected * (1 - expected) / 600) ** 0.5
        assert drawn[item_id] / 600 == pytest.approx(expected, abs=spread)


def test_where_no_share_can_be_had_only_flagged_ones_are_drawn() -> None:
    rows = market("toko") + market("pasar", flagged=5)
    draw = draw_audit(screen(rows), week=WEEK, seed=1, drawn_at=AT, flagged_only={"pasar"})
    assert len(draw.items) == 300
    thin = Counter(item.stratum for item in draw.items if item.platform == "pasar")
    assert set(thin) == {ScreenStratum.flagged}


def test_flagged_first_and_the_rest_evenly_over_platforms() -> None:
    rows = market("toko") + market("pasar", flagged=0) + market("lapak", flagged=3)
    draw = draw_audit(screen(rows), week=WEEK, seed=1, drawn_at=AT)
    assert len(draw.items) == 300
    flagged = Counter(
        (i.platform, i.cluster) for i in draw.items if i.stratum is ScreenStratum.flagged
    )
    assert set(flagged.values()) == {20, 3}
    rest = [i for i in draw.items if i.stratum is not ScreenStratum.flagged]
    assert set(Counter(i.platform for i in rest).values()) == {77}
    unknown = Counter(i.platform for i in rest if i.stratum is ScreenStratum.unknown)
    assert all(6 <= n <= 12 for n in unknown.values())


def test_cells_whose_policy_accuses_nobody_get_ten_labels_at_most() -> None:
    rows = market("toko") + market("pasar") + market("lapak")
    accusable = {("toko", cluster) for cluster in FRAMED} | {("pasar", Cluster.crafts)}
    draw = draw_audit(screen(rows), week=WEEK, seed=1, drawn_at=AT, accusable=accusable)
    assert len(draw.items) == 300
    others = [item for item in draw.items if (item.platform, item.cluster) not in accusable]
    assert len(others) == OTHER_LISTINGS
    assert {item.stratum for item in others} == {ScreenStratum.flagged}
    by_cell = Counter((item.platform, item.cluster) for item in others)
    assert set(by_cell.values()) == {2}


def test_where_no_policy_accuses_all_cells_are_drawn_from() -> None:
    """A policy may be confirmed later, and nothing competes for the labels."""
    places = screen(market("toko") + market("pasar"))
    alike = draw_audit(places, week=WEEK, seed=1, drawn_at=AT)
    for accusable in ((), {("lapak", Cluster.crafts)}):
        draw = draw_audit(places, week=WEEK, seed=1, drawn_at=AT, accusable=accusable)
        assert draw == alike


@settings(max_examples=40, deadline=None)
@given(rows_of_a_screen, st.integers(0, 60), st.sets(st.sampled_from(FRAMED)))
def test_budget_and_limit_hold_whatever_is_accusable(
    rows: list[Row], budget: int, clusters: set[Cluster]
) -> None:
    accusable = {("toko", cluster) for cluster in clusters}
    places = screen(rows)
    draw = draw_audit(places, week=WEEK, seed=1, drawn_at=AT, budget=budget, accusable=accusable)
    assert len({item.key for item in draw.items}) <= budget
    if any((place.listing.platform, place.cluster) in accusable for place in places):
        others = [i for i in draw.items if (i.platform, i.cluster) not in accusable]
        assert len(others) <= OTHER_LISTINGS


def test_half_of_the_budget_is_kept_for_what_was_not_flagged() -> None:
    rows = [row for name in "abcdefgh" for row in market(name)]
    draw = draw_audit(screen(rows), week=WEEK, seed=1, drawn_at=AT)
    flagged = [i for i in draw.items if i.stratum is ScreenStratum.flagged]
    assert len(draw.items) == 300
    assert len(flagged) == 8 * 3 * 6


def test_labels_that_carry_over_are_used_first_and_cost_nothing() -> None:
    places = screen(market())
    first = draw_audit(places, week="2026-W46", seed=1, drawn_at=AT)
    done = {drawn.label_key for drawn in first.items}
    second = draw_audit(places, week=WEEK, seed=1, drawn_at=AT, labelled=done)

    def flagged(items: tuple[SampledListing, ...]) -> set[str]:
        return {i.item_id for i in items if i.stratum is ScreenStratum.flagged}

    assert flagged(second.items) == flagged(first.items)
    new = {drawn.label_key for drawn in second.items} - done
    assert len(new) == 300
    assert len(second.items) > 360


def test_order_is_blind() -> None:
    draw = draw_audit(screen(market()), week=WEEK, seed=1, drawn_at=AT)
    half = draw.items[: len(draw.items) // 2]
    flagged = sum(i.stratum is ScreenStratum.flagged for i in half)
    assert 18 <= flagged <= 42


def test_only_platforms_that_are_judged() -> None:
    rows = market("toko") + market("pembanding")
    draw = draw_audit(screen(rows), week=WEEK, seed=1, drawn_at=AT, platforms=["toko"])
    assert {i.platform for i in draw.items} == {"toko"}


def test_places_outside_the_plan_are_not_drawn() -> None:
    stray = replace(seen(1, ("toko", Cluster.crafts, CrossBorder.domestic, 1)), cluster=None)
    assert draw_audit([stray], week=WEEK, seed=1, drawn_at=AT).items == ()


def test_the_hash_is_over_all_that_may_not_change() -> None:
    draw = draw_audit(screen(market()), week=WEEK, seed=1, drawn_at=AT, budget=30)
    edited = (replace(draw.items[0], probability=0.5), *draw.items[1:])
    for other in (
        replace(draw, items=edited),
        replace(draw, items=draw.items[::-1]),
        replace(draw, budget=31),
        replace(draw, seed=2),
        replace(draw, week="2026-W48"),
    ):
        assert draw_sha256(other) != draw.sha256


def test_a_negative_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="budget"):
        draw_audit([], week=WEEK, seed=1, drawn_at=AT, budget=-1)


def used(number: int, item: int, prohibited: str | None, platform: str = "toko") -> Observation:
    """A position of used clothing."""
    decision = {"cluster": Cluster.textile_fashion, "condition": Condition.used,
                "prohibited": Prohibited(prohibited) if prohibited else None}  # fmt: skip
    return observation(
        number, "domestic", platform=platform, item=str(item), cluster=Cluster.used_clothing,
        version=f"{item:064d}", decision=decision,
    )  # fmt: skip


def test_used_clothing_is_drawn_on_top_and_changes_no_other_draw() -> None:
    """Not even for an offer that stands among both."""
    places = screen(market())
    goods = [used(90_000 + n, n, "used_clothing") for n in range(40)]
    goods += [used(91_000 + n, 500 + n, "suspected_used_clothing") for n in range(300)]
    alone = draw_audit(places, week=WEEK, seed=1, drawn_at=AT)
    both = draw_audit(places + goods, week=WEEK, seed=1, drawn_at=AT)
    of_goods = [i for i in both.items if i.cluster is Cluster.used_clothing]
    assert [i for i in both.items if i not in of_goods] == list(alone.items)
    assert len(of_goods) == used_clothing_budget(300) == 80
    assert sum(i.stratum is ScreenStratum.flagged for i in of_goods) == FLAGGED_A_CELL
    accusable = {("toko", cluster) for cluster in FRAMED}
    few = draw_audit(places + goods, week=WEEK, seed=1, drawn_at=AT, accusable=accusable)
    not_asked = [i for i in few.items if i.cluster is Cluster.used_clothing]
    assert len(not_asked) == OTHER_LISTINGS
    assert {i.stratum for i in not_asked} == {ScreenStratum.flagged}


def test_a_label_carries_over_to_the_question_it_answered_alone() -> None:
    goods = [used(n, n, None) for n in range(10)]
    of_seller = {LabelKey("toko", str(n), f"{n:064d}") for n in range(10)}
    of_goods = {LabelKey(*key[:3], Question.used_clothing) for key in of_seller}
    for labelled, size in ((of_seller, 4), (of_goods, 10)):
        draw = draw_audit(goods, week=WEEK, seed=1, drawn_at=AT, budget=15, labelled=labelled)
        assert len(draw.items) == size
