"""Evidence, coverage and history, on values made by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from msgspec.structs import replace

from monitor.config import week_start
from monitor.findings.coverage import coverage, unplanned
from monitor.findings.evidence import (
    ScreenedObservation,
    flagged_listings,
    is_breach,
    is_imported,
    is_suspected,
    not_seen_again,
)
from monitor.findings.history import by_key, change_counts
from monitor.findings.screen import PolicyTerms, cell_data
from monitor.model import (
    GONE,
    Classification,
    Cluster,
    CrossBorder,
    DetailVisit,
    EntryKind,
    Listing,
    ListingState,
    Observation,
    Origin,
    PlannedUnit,
    Stratum,
    UnitRecord,
    UnitState,
)
from monitor.registry import Rate, load_registry

MONDAY = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
numbers = count(1)


def seen(
    item: str,
    status: CrossBorder = CrossBorder.cross_border,
    *,
    breached: tuple[str, ...] = (),
    imported: bool | None = None,
    platform: str = "lazada",
    observed_at: datetime | None = MONDAY,
) -> ScreenedObservation:
    number = next(numbers)
    return ScreenedObservation(
        observation=Observation(
            id=number,
            listing_version_id=number,
            version="v1",
            listing=Listing(platform=platform, item_id=item, title=f"Barang {item}"),
            origin=Origin.simulated,
            cluster=Cluster.crafts,
            rank=number,
            observed_at=observed_at,
            first_seen="2026-W47",
            classification=Classification(
                cluster=Cluster.crafts,
                cluster_score=0.9,
                cross_border=status,
                cross_border_score=0.9,
                imported_goods=imported,
                classifier="test",
            ),
        ),
        breached=breached,
    )


def record(
    number: int, state: UnitState, reason: str | None = None, platform: str = "lazada"
) -> UnitRecord:
    unit = PlannedUnit(
        id=f"2026-W47/{platform}/e{number}/1",
        week="2026-W47",
        platform=platform,
        cluster=Cluster.crafts,
        stratum=Stratum.head,
        entry_id=f"e{number}",
        kind=EntryKind.keyword,
        query="ukiran",
        page=1,
        url=f"https://www.lazada.co.id/catalog/?q={number}",
        position=number,
        probability=1.0,
    )
    return UnitRecord(unit=unit, state=state, reason=reason, places=7 if state == "sampled" else 0)


def visit(item: str, reason: str | None) -> DetailVisit:
    return DetailVisit(
        platform="lazada",
        item_id=item,
        url="https://www.lazada.co.id/products/x.html",
        week="2026-W47",
        state=UnitState.unreachable if reason else UnitState.sampled,
        origin=Origin.simulated,
        reason=reason,
    )


def test_one_entry_a_listing_with_all_its_places() -> None:
    two = [seen("1", breached=("akar",)), seen("1", breached=("akar", "all")), seen("2")]
    (entry,) = flagged_listings(two, is_breach, before={}, visits={})
    assert entry.policies == ("akar", "all")
    assert len(entry.found_at) == 2
    assert entry.state is ListingState.new


def test_suspected_and_imported_never_meet_a_breach() -> None:
    week = [
        seen("breach", breached=("akar",), imported=True),
        seen("suspected", CrossBorder.suspected, imported=True),
        seen("imported", CrossBorder.domestic, imported=True),
        seen("plain", CrossBorder.domestic, imported=False),
        seen("unknown", CrossBorder.unknown),
    ]
    by_filter = {
        keep.__name__: [one.observation.listing.item_id for one in week if keep(one)]
        for keep in (is_breach, is_suspected, is_imported)
    }
    assert by_filter == {
        "is_breach": ["breach"],
        "is_suspected": ["suspected"],
        "is_imported": ["imported"],
    }


def test_not_seen_is_gone_only_where_its_own_page_says_so() -> None:
    last = by_key(
        flagged_listings(
            [seen(item, breached=("akar",)) for item in "1234"], is_breach, before={}, visits={}
        )
    )
    visits = {("lazada", "2"): visit("2", GONE), ("lazada", "3"): visit("3", "timeout")}
    gone = not_seen_again(last, {("lazada", "1")}, visits)
    assert {entry.listing.item_id: entry.state for entry in gone} == {
        "2": ListingState.confirmed_gone,
        "3": ListingState.not_seen,
        "4": ListingState.not_seen,
    }
    now = flagged_listings(
        [seen("1", breached=("akar",)), seen("9", breached=("akar",))],
        is_breach,
        before=last,
        visits={},
    )
    (counts,) = change_counts("2026-W46", now, gone)
    assert (counts.new, counts.still, counts.not_seen, counts.confirmed_gone) == (1, 1, 2, 1)


def test_coverage_counts_every_planned_unit_once() -> None:
    states = list(UnitState)
    (row,) = coverage([record(n, s, f"why-{s}") for n, s in enumerate(states)])
    assert row.planned == len(states)
    assert row.planned == (
        row.sampled
        + row.empty
        + row.blocked
        + row.disallowed
        + row.unreachable
        + row.unparseable
        + row.not_fetched
    )
    assert row.places == 7
    assert {reason.state for reason in row.reasons} == set(UnitState) - {
        UnitState.sampled,
        UnitState.empty,
    }


def test_saved_pages_are_counted_apart() -> None:
    (row,) = unplanned([seen("1"), seen("1"), seen("2", CrossBorder.domestic, observed_at=None)])
    assert (row.listings, row.cross_border, row.undated) == (2, 1, 1)


def test_a_policy_that_ends_in_mid_week_still_carries_its_cells() -> None:
    registry = load_registry()
    ended = week_start("2026-W47") + timedelta(days=3)
    policies = tuple(
        replace(policy, until=ended) if policy.id == "lazada-2021-akar" else policy
        for policy in registry.policies
    )
    cells = cell_data(
        replace(registry, policies=policies),
        "2026-W47",
        [record(1, UnitState.sampled)],
        [],
        classifier="test",
        audited_for=lambda policy, platform: (),
        confirmed=lambda policy, seen: False,
    )
    assert [cell.policy for cell in cells if cell.primary] == ["lazada-2021-akar"]


def test_terms_hold_where_one_tolerance_covers_the_week() -> None:
    (akar,) = load_registry().policy("lazada-2021-akar")
    start = week_start("2026-W47")
    end, middle = start + timedelta(weeks=1), start + timedelta(days=3)
    older, newer = replace(akar, until=middle), replace(akar, from_=middle)
    assert PolicyTerms(versions=(akar,)).hold(start, end)
    assert PolicyTerms(versions=(older, newer)).hold(start, end)
    assert not PolicyTerms(versions=(older,)).hold(start, end)
    assert not PolicyTerms(versions=(newer,)).hold(start, end)
    assert not PolicyTerms(versions=(older, replace(newer, from_=middle + timedelta(1)))).hold(
        start, end
    )
    assert not PolicyTerms(versions=(older, replace(newer, tolerance=0.2))).hold(start, end)
    assert PolicyTerms(versions=(newer,)).nearest(start) == middle
    assert PolicyTerms(versions=(older,)).nearest(end) == middle - timedelta(microseconds=1)
    assert PolicyTerms(versions=(older, newer)).nearest(end) == end


@pytest.mark.parametrize(
    ("currency", "rated", "code"),
    [
        ("USD", False, None),
        ("IDR", False, "no_rate"),
        ("IDR", True, None),
        (None, True, "no_price"),
    ],
)
def test_a_floor_with_which_no_price_can_be_compared_is_not_measurable(
    currency: str | None, rated: bool, code: str | None
) -> None:
    """Not even "none found": nothing was held against it."""
    rate = Rate(
        currency="USD",
        per_unit=Decimal(16000),
        from_=date(2026, 11, 11),
        until=date(2026, 11, 18),
        source="contoh",
    )
    offer = seen("1", platform="aliexpress")
    priced = replace(offer.observation.listing, price=Decimal(5), currency=currency)
    cells = cell_data(
        replace(load_registry(), rates=(rate,) if rated else ()),
        "2026-W47",
        [record(1, UnitState.sampled, platform="aliexpress")],
        [replace(offer, observation=replace(offer.observation, listing=priced))],
        classifier="test",
        audited_for=lambda terms, platform: (),
        confirmed=lambda policy, seen: False,
    )
    (floor,) = [cell for cell in cells if cell.policy == "permendag-31-2023-art19"]
    assert (floor.obstacle.code if floor.obstacle else None) == code
