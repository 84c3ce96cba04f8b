"""The draw: deterministic, honest about its probabilities, spread over the run."""

import hashlib
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.model import (
    Cluster,
    CollectedBy,
    Entry,
    EntryKind,
    Mode,
    Plan,
    PlannedUnit,
    Stratum,
)
from monitor.registry import Frame, Platform, Registry, load_registry
from monitor.sampling import SamplingError, draw_plan
from monitor.sampling.plan import apportion, least_budget, wanted_groups

REGISTRY = load_registry()
NOW = datetime(2026, 11, 15, 13, 0, tzinfo=UTC)
WEEK = "2026-W47"


def plan(week: str = WEEK, seed: int = 1, **options: object) -> Plan:
    return draw_plan(REGISTRY, week, seed, NOW, **options)  # type: ignore[arg-type]


def registry_of(entries: tuple[Entry, ...], cell_entries: int) -> Registry:
    platform = Platform(
        id="pasar",
        name="Pasar",
        role="marketplace",
        hosts=("pasar.example",),
        page_size=40,
        url_templates={EntryKind.keyword: "https://pasar.example/cari?q={query}&page={page}"},
    )
    frame = Frame(version="f1", entries=entries, cell_entries=cell_entries)
    return Registry(platforms={"pasar": platform}, policies=(), clusters=(), frame=frame)


@st.composite
def frames(draw: st.DrawFn) -> Registry:
    counts = draw(
        st.dictionaries(
            st.tuples(
                st.sampled_from([Cluster.crafts, Cluster.food_beverage]),
                st.sampled_from(list(Stratum)),
                st.booleans(),
            ),
            st.tuples(st.integers(1, 12), st.integers(1, 3)),
            min_size=1,
        )
    )
    entries = tuple(
        Entry(
            id=f"{cluster}-{stratum}-{core}-{number}",
            platform="pasar",
            cluster=cluster,
            stratum=stratum,
            kind=EntryKind.keyword,
            query=f"{stratum} {number}",
            core=core,
            pages=pages,
        )
        for (cluster, stratum, core), (count, pages) in counts.items()
        for number in range(count)
    )
    return registry_of(entries, draw(st.integers(1, 30)))


def strata(units: tuple[PlannedUnit, ...]) -> dict[tuple[str, Cluster, Stratum], list[PlannedUnit]]:
    groups = defaultdict(list)
    for unit in units:
        groups[unit.platform, unit.cluster, unit.stratum].append(unit)
    return groups


def test_a_draw_never_changes() -> None:
    """These hashes are part of what is published: another one means another generator."""
    units = "\n".join(
        f"{unit.position} {unit.id} {unit.probability}" for unit in draw_small().units
    )
    assert hashlib.sha256(units.encode()).hexdigest() == (
        "275f116c0db55f655f37c2a23bd9e7c31fb57d25395217713c81847234bfd28d"
    )


def test_anybody_can_repeat_a_draw_with_sha256_alone() -> None:
    def number(name: str) -> str:
        return hashlib.sha256(f"20210803/f1/{WEEK}/draw/pasar/{name}".encode()).hexdigest()

    rotating = [f"kata-{n}" for n in range(4, 20) if n % 2 == 0]
    drawn = {u.entry_id for u in draw_small().units if u.stratum is Stratum.tail}
    assert drawn == {"kata-0", "kata-2", *sorted(rotating, key=number)[:3]}


def draw_small() -> Plan:
    entries = tuple(
        Entry(
            id=f"kata-{number}",
            platform="pasar",
            cluster=Cluster.crafts,
            stratum=Stratum.head if number % 2 else Stratum.tail,
            kind=EntryKind.keyword,
            query=f"kata {number}",
            core=number < 4,
        )
        for number in range(20)
    )
    return draw_plan(registry_of(entries, 10), WEEK, 20210803, NOW)


@settings(deadline=None)
@given(frames(), st.integers(0, 2**63), st.integers(1, 52))
def test_same_inputs_same_plan_and_sums_of_probabilities(
    registry: Registry, seed: int, week: int
) -> None:
    first, second = (draw_plan(registry, f"2026-W{week:02d}", seed, NOW) for _ in range(2))
    assert first == second
    assert len({unit.id for unit in first.units}) == len(first.units)
    assert [unit.position for unit in first.units] == list(range(len(first.units)))
    core = {entry.id: entry.core for entry in registry.frame.entries}
    pools = Counter((e.cluster, e.stratum, e.core) for e in registry.frame.entries)
    drawn = Counter((u.cluster, u.stratum, core[u.entry_id]) for u in first.units if u.page == 1)
    for unit in first.units:
        group = unit.cluster, unit.stratum, core[unit.entry_id]
        assert 0 < unit.probability <= 1
        assert unit.probability * pools[group] == pytest.approx(drawn[group])
        assert unit.probability == 1 or not core[unit.entry_id]


@settings(deadline=None)
@given(frames(), st.integers(0, 2**32))
def test_every_page_of_a_drawn_entry_is_planned(registry: Registry, seed: int) -> None:
    pages = {entry.id: entry.pages for entry in registry.frame.entries}
    pages_planned = defaultdict(set)
    for unit in draw_plan(registry, WEEK, seed, NOW).units:
        pages_planned[unit.entry_id].add(unit.page)
    for entry_id, seen in pages_planned.items():
        assert seen == set(range(1, pages[entry_id] + 1))


@settings(deadline=None)
@given(frames(), st.integers(1, 150))
def test_a_budget_is_kept_or_refused_and_never_silent(registry: Registry, budget: int) -> None:
    asked = sum(group.requests for group in wanted_groups(registry, "pasar"))
    try:
        drawn = draw_plan(registry, WEEK, 7, NOW, budget=budget)
    except SamplingError as error:
        assert "raise crawl.weekly_requests" in str(error)
        return
    assert len(drawn.units) <= budget
    if asked > budget:
        assert [(s.asked, s.budget) for s in drawn.shortfalls] == [(asked, budget)]
        assert drawn.shortfalls[0].drawn == len(drawn.units)
    else:
        assert drawn.shortfalls == ()
    groups = {(e.cluster, e.stratum) for e in registry.frame.entries}
    assert {(unit.cluster, unit.stratum) for unit in drawn.units} == groups


@settings(deadline=None)
@given(st.integers(0, 200), st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_apportion_shares_out_what_there_is(total: int, sizes: list[int]) -> None:
    parts = apportion(total, sizes)
    assert all(1 <= part <= size for part, size in zip(parts, sizes, strict=True))
    assert sum(parts) == max(min(total, sum(sizes)), len(sizes))


def test_over_many_weeks_each_entry_comes_as_often_as_its_probability() -> None:
    weeks = [f"{year}-W{week:02d}" for year in range(2021, 2031) for week in range(1, 53)]
    seen: Counter[str] = Counter()
    probability: dict[str, float] = {}
    for week in weeks:
        for unit in plan(week, platforms=["lazada"]).units:
            seen[unit.entry_id] += 1
            probability[unit.entry_id] = unit.probability
    entries = [entry for entry in REGISTRY.frame.entries if entry.platform == "lazada"]
    assert seen.keys() == {entry.id for entry in entries}
    for entry_id, count in seen.items():
        p = probability[entry_id]
        spread = sqrt(p * (1 - p) / len(weeks))
        assert abs(count / len(weeks) - p) <= 4.5 * spread


def test_draws_of_different_weeks_and_entries_are_unrelated() -> None:
    weeks = [f"{year}-W{week:02d}" for year in range(2021, 2031) for week in range(1, 53)]
    drawn = [{u.entry_id for u in plan(week, platforms=["lazada"]).units} for week in weeks]
    first, second = "kata-jilbab-instan", "kata-tunik-wanita"
    both = sum({first, second} <= ids for ids in drawn) / len(weeks)
    again = sum(first in a and first in b for a, b in pairwise(drawn))
    assert both == pytest.approx(11 / 26 * 10 / 25, abs=0.08)
    assert again / len(weeks) == pytest.approx((11 / 26) ** 2, abs=0.08)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_run_cut_short_loses_the_same_share_of_every_stratum(share: float) -> None:
    drawn = plan(platforms=["shopee"])
    whole = {key: len(units) for key, units in strata(drawn.list_units).items()}
    reached = strata(drawn.list_units[: round(len(drawn.list_units) * share)])
    for key, size in whole.items():
        assert abs(len(reached[key]) - share * size) <= 2


def test_the_packaged_frame_gives_about_sixty_entries_a_cell() -> None:
    drawn = plan(platforms=["lazada", "shopee", "tokopedia", "blibli", "aliexpress"])
    cells = Counter((unit.platform, unit.cluster) for unit in drawn.list_units)
    of_goods = {cell: n for cell, n in cells.items() if cell[1] is Cluster.used_clothing}
    assert set(of_goods.values()) == {24} and len(of_goods) == 4
    of_sellers = {cell: n for cell, n in cells.items() if cell not in of_goods}
    assert set(of_sellers.values()) == {60} and len(of_sellers) == 15
    core = [entry for entry in REGISTRY.frame.entries if entry.platform == "lazada" and entry.core]
    assert len(core) == 90 + 24


def test_urls_are_those_of_the_entrance() -> None:
    urls = {(unit.platform, unit.query): unit.url for unit in plan().units if unit.page == 1}
    assert urls["lazada", "kemeja batik pria"] == (
        "https://www.lazada.co.id/catalog/?q=kemeja%20batik%20pria&page=1"
    )
    assert urls["tokopedia", "kemeja batik pria"] == (
        "https://www.tokopedia.com/find/kemeja-batik-pria?page=1"
    )
    assert urls["tiktokshop", "shoes/601352"] == (
        "https://shop-id.tokopedia.com/c/shoes/601352?page=1"
    )


@pytest.mark.parametrize("week", ["2026-47", "2026-W54", "W47"])
def test_a_week_that_is_none_is_refused(week: str) -> None:
    with pytest.raises(SamplingError, match="week"):
        plan(week)


def test_a_platform_without_entries_is_refused_by_name() -> None:
    with pytest.raises(SamplingError, match=r"bukalapak: no entries in frame\.toml"):
        plan(platforms=["bukalapak"])


def test_category_pages_come_after_the_list_and_never_at_its_cost() -> None:
    whole = plan(platforms=["shopee"])
    frame = replace(REGISTRY.frame, second_way=())
    alone = draw_plan(replace(REGISTRY, frame=frame), WEEK, 1, NOW, ["shopee"])
    assert whole.list_units == alone.units == whole.units[: len(alone.units)]
    assert [unit.position for unit in whole.units] == list(range(len(whole.units)))
    beside = whole.units[len(alone.units) :]
    assert {unit.stratum for unit in beside} == {Stratum.second_way}
    assert 0 < len(beside) <= len(whole.units) / 5
    assert plan(platforms=["shopee"], budget=204).units == alone.units
    few = plan(platforms=["shopee"], budget=210).units[204:]
    assert len(few) == 6
    assert {unit.probability for unit in few} == {6 / len(frame_pages("shopee"))}
    assert not [u for u in collected_by(CollectedBy.inspector).units if u in beside]


def frame_pages(platform: str) -> list[tuple[str, int]]:
    return [
        (entry.id, page)
        for entry in REGISTRY.frame.second_way
        if entry.platform == platform
        for page in range(1, entry.pages + 1)
    ]


def test_budgets_may_differ_between_platforms() -> None:
    drawn = plan(platforms=["lazada", "shopee"], budget={"lazada": 90})
    sizes = Counter(unit.platform for unit in drawn.list_units)
    assert sizes == {"lazada": 90, "shopee": 204}
    assert [cut.platform for cut in drawn.shortfalls] == ["lazada"]


def collected_by(collection: CollectedBy, **limits: int) -> Plan:
    shopee = replace(REGISTRY.platforms["shopee"], collection=collection)
    registry = replace(REGISTRY, platforms={**REGISTRY.platforms, "shopee": shopee})
    budget = limits.get("budget")
    inspectors = limits.get("inspector_units", 105)
    return draw_plan(registry, WEEK, 1, NOW, ["shopee"], budget=budget, inspector_units=inspectors)


def entries_by(drawn: Plan, mode: Mode) -> set[str]:
    return {unit.entry_id for unit in drawn.units if unit.collection.includes(mode)}


def test_inspectors_are_asked_for_the_first_of_the_crawlers_draw() -> None:
    crawler, inspector, both = (collected_by(collection) for collection in CollectedBy)
    asked = entries_by(inspector, Mode.inspector)
    sizes = len(crawler.list_units), len(asked), len(both.list_units)
    assert sizes == (204, 105, 204)
    assert asked < entries_by(crawler, Mode.crawler)
    assert entries_by(both, Mode.inspector) == asked
    assert entries_by(both, Mode.crawler) == entries_by(crawler, Mode.crawler)
    assert {unit.collection for unit in both.units} == {CollectedBy.both, CollectedBy.crawler}
    alone = {unit.id: unit for unit in inspector.units}
    for whole, unit in zip(crawler.units, both.units, strict=True):
        assert (unit.id, unit.position) == (whole.id, whole.position)
        assert unit.probability == whole.probability
        own = alone.get(unit.id)
        assert unit.inspector_probability == (pytest.approx(own.probability) if own else None)
        assert own is None or own.inspector_probability == own.probability


def test_the_probability_of_a_unit_is_that_of_the_larger_draw() -> None:
    cut = collected_by(CollectedBy.both, budget=60, inspector_units=105)
    asked = entries_by(cut, Mode.inspector)
    assert entries_by(cut, Mode.crawler) < asked == {unit.entry_id for unit in cut.units}
    assert all(unit.inspector_probability == unit.probability for unit in cut.units)
    assert {unit.collection for unit in cut.units} == {CollectedBy.both, CollectedBy.inspector}


def test_a_worklist_cut_short_loses_places_of_every_cell() -> None:
    worklist = [
        unit
        for unit in collected_by(CollectedBy.both).units
        if unit.collection.includes(Mode.inspector)
    ]
    cells = Counter(unit.cluster for unit in worklist)
    first = Counter(unit.cluster for unit in worklist[: len(worklist) // 2])
    assert all(abs(first[cluster] / number - 0.5) < 0.15 for cluster, number in cells.items())


def cells_by_inspectors(units: int, platform: str = "shopee", least: int = 20) -> Counter[Cluster]:
    collecting = replace(REGISTRY.platforms[platform], collection=CollectedBy.inspector)
    registry = replace(REGISTRY, platforms={**REGISTRY.platforms, platform: collecting})
    drawn = draw_plan(
        registry, WEEK, 1, NOW, [platform], inspector_units=units, least_entries=least
    )
    return Counter(unit.cluster for unit in drawn.units)


@pytest.mark.parametrize("units", [80, 81, 90, 105, 130, 160, 204])
def test_no_cell_falls_below_what_a_share_needs_while_another_has_more(units: int) -> None:
    """By the default of 105 the smallest cell keeps all its entries, the others 27 each."""
    cells = cells_by_inspectors(units)
    assert min(cells.values()) >= 20 and units - 4 <= sum(cells.values()) <= units
    if units == 105:
        sellers = {c: n for c, n in cells.items() if c is not Cluster.used_clothing}
        assert (cells[Cluster.used_clothing], *sellers.values()) == (24, 27, 27, 27)
    assert min(cells_by_inspectors(79).values()) < 20


def test_the_fewest_pages_that_measure_each_cell_are_told() -> None:
    groups = wanted_groups(REGISTRY, "shopee")
    assert least_budget(groups, 20) == 80
    assert least_budget(groups, 1000) == sum(group.requests for group in groups)
    assert least_budget(wanted_groups(REGISTRY, "aliexpress"), 20) == 60
    assert least_budget((), 20) == 0


def test_too_few_pages_of_inspectors_name_their_setting() -> None:
    with pytest.raises(SamplingError, match=r"^weekly_units: 3 .* raise inspect\.weekly_units"):
        collected_by(CollectedBy.inspector, inspector_units=3)
