"""Evidence, coverage and history, on values made by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from msgspec.structs import replace

from monitor.config import week_start
from monitor.findings.cells import cell_data
from monitor.findings.coverage import coverage, unplanned
from monitor.findings.evidence import (
    flagged_listings,
    is_breach,
    is_imported,
    is_suspected,
    is_waiting,
    not_seen_again,
)
from monitor.findings.history import MatchedPanel, by_key, change_counts
from monitor.findings.screen import PolicyTerms, ScreenedObservation
from monitor.model import (
    GONE,
    Answer,
    CrossBorder,
    DetailVisit,
    ListingKey,
    ListingState,
    Note,
    Origin,
    SignalField,
    SignalRate,
    UnitRecord,
    UnitState,
)
from monitor.registry import Rate, load_registry
from tests.builders import WEEK, observation, planned_unit

MONDAY = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
numbers = count(1)


def seen(
    item: str,
    status: CrossBorder = CrossBorder.cross_border,
    *,
    breached: tuple[str, ...] = (),
    confirmed: tuple[str, ...] = (),
    imported: bool | None = None,
    platform: str = "lazada",
    observed_at: datetime | None = MONDAY,
    **offer: object,
) -> ScreenedObservation:
    return ScreenedObservation(
        observation=observation(
            next(numbers),
            status,
            item=item,
            unit_id="u",
            platform=platform,
            observed_at=observed_at,
            first_seen=WEEK,
            decision={"imported_goods": imported},
            offer=offer,
        ),
        breached=breached,
        confirmed=confirmed,
    )


def record(
    number: int, state: UnitState, reason: str | None = None, platform: str = "lazada"
) -> UnitRecord:
    unit = planned_unit(number, platform=platform)
    return UnitRecord(unit=unit, state=state, reason=reason, places=7 if state == "sampled" else 0)


def visit(item: str, reason: str | None) -> DetailVisit:
    return DetailVisit(
        platform="lazada",
        item_id=item,
        url="https://www.lazada.co.id/products/x.html",
        week=WEEK,
        state=UnitState.unreachable if reason else UnitState.sampled,
        origin=Origin.simulated,
        reason=reason,
    )


def test_one_entry_a_listing_with_all_its_places() -> None:
    two = [seen("1", breached=("akar",)), seen("1", breached=("akar", "all")), seen("2")]
    (entry,) = flagged_listings(filter(is_breach, two))
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
        seen("confirmed", CrossBorder.domestic, imported=True, confirmed=("akar",)),
    ]
    by_filter = {
        shows.__name__: [screened.key.item_id for screened in week if shows(screened)]
        for shows in (is_breach, is_suspected, is_imported)
    }
    assert by_filter == {
        "is_breach": ["breach", "confirmed"],
        "is_suspected": ["suspected"],
        "is_imported": ["imported"],
    }


def test_what_an_undated_policy_would_forbid_waits_and_breaches_nothing() -> None:
    registry = load_registry()
    undated = replace(registry.policy("lazada-2021-akar")[0], from_=None)
    registry = replace(registry, policies=(undated,))
    shown = seen("foreign")
    assert is_waiting(registry, shown)
    assert not is_breach(shown)
    assert not is_waiting(registry, replace(shown, label=Answer.no))
    assert not is_waiting(registry, replace(shown, breached=("another",)))
    assert not is_waiting(registry, seen("local", CrossBorder.domestic))
    assert not is_waiting(registry, seen("hint", CrossBorder.suspected))
    dated = replace(registry, policies=(replace(undated, from_=week_start(WEEK)),))
    assert not is_waiting(dated, shown)


def test_not_seen_is_gone_only_where_its_own_page_says_so() -> None:
    last = by_key(flagged_listings(seen(item, breached=("akar",)) for item in "1234"))
    visits = {visited.key: visited for visited in (visit("2", GONE), visit("3", "timeout"))}
    gone = not_seen_again(last, {ListingKey("lazada", "1")}, visits)
    assert {entry.listing.item_id: entry.state for entry in gone} == {
        "2": ListingState.confirmed_gone,
        "3": ListingState.not_seen,
        "4": ListingState.not_seen,
    }
    now = flagged_listings((seen(item, breached=("akar",)) for item in "19"), before=last)
    panel = MatchedPanel(entries={"lazada": 1}, units=frozenset(["u"]))
    (counts,) = change_counts("2026-W46", now, gone, last, panel)
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
    ended = week_start(WEEK) + timedelta(days=3)
    policies = tuple(
        replace(policy, until=ended) if policy.id == "lazada-2021-akar" else policy
        for policy in registry.policies
    )
    cells = cell_data(
        replace(registry, policies=policies),
        WEEK,
        "c1",
        [record(1, UnitState.sampled)],
        [],
    )
    assert [cell.policy for cell in cells if cell.primary] == ["lazada-2021-akar"]


@pytest.mark.parametrize(
    ("field", "lost"), [("ship_from", True), ("cross_border_flag", True), ("price", False)]
)
def test_without_its_signal_a_platform_is_not_measured(field: SignalField, lost: bool) -> None:
    rate = SignalRate(field=field, listings=700, share=0.02, usual=0.9, is_lost=True)
    cells = cell_data(
        load_registry(),
        WEEK,
        "c1",
        [record(1, UnitState.sampled), record(2, UnitState.sampled, platform="shopee")],
        [],
        signals={"lazada": (rate,)},
    )
    for cell in cells:
        if cell.platform == "lazada" and cell.primary:
            expected = Note(code="signal_lost", values={"field": field, "share": "2%"})
            assert cell.obstacle == (expected if lost else None)
        elif cell.platform == "shopee" and cell.primary:
            assert cell.obstacle is None


def test_what_cannot_be_read_is_no_position_that_was_read() -> None:
    units = [replace(record(number, UnitState.sampled), places=9) for number in range(2)]
    units[1] = replace(units[1], unreadable=2)
    cell = next(cell_data(load_registry(), WEEK, "c", units, []))
    assert cell.positions == ()
    assert sum(row.places for row in coverage(units)) == 18
    assert sum(row.unreadable for row in coverage(units)) == 2


def test_terms_hold_where_one_tolerance_covers_the_week() -> None:
    (akar,) = load_registry().policy("lazada-2021-akar")
    start = week_start(WEEK)
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
    offer = seen("1", platform="aliexpress", price=Decimal(5), currency=currency)
    cells = cell_data(
        replace(load_registry(), rates=(rate,) if rated else ()),
        WEEK,
        "c1",
        [record(1, UnitState.sampled, platform="aliexpress")],
        [offer],
    )
    (floor,) = [cell for cell in cells if cell.policy == "permendag-31-2023-art19"]
    assert (floor.obstacle.code if floor.obstacle else None) == code
