"""Pages that the crawler and an inspector met are counted side by side."""

from __future__ import annotations

from monitor.findings.coverage import compared, coverage
from monitor.model import (
    CollectedBy,
    CrossBorder,
    Mode,
    ModeComparison,
    ModeCounts,
    Observation,
    UnitRecord,
    UnitState,
)
from tests.builders import observation, planned_unit

FOREIGN = CrossBorder.cross_border


def on_page(unit: str, mode: Mode, **items: CrossBorder | str) -> list[Observation]:
    return [
        observation(number, status, item=item, unit_id=unit, mode=mode)
        for number, (item, status) in enumerate(items.items())
    ]


def test_only_pages_that_both_saw_are_compared() -> None:
    own = [
        *on_page("u1", Mode.crawler, a=FOREIGN, b="domestic", c="suspected"),
        *on_page("u2", Mode.crawler, a="domestic"),
        *on_page("u3", Mode.inspector, d=FOREIGN),
    ]
    beside = [
        *on_page("u1", Mode.inspector, a=FOREIGN, e=FOREIGN, c="domestic"),
        *on_page("u3", Mode.crawler, d="domestic", f="domestic"),
    ]
    [row] = compared(own, beside)
    assert row == ModeComparison(
        platform="toko",
        units=2,
        offers=5,
        seen_by_both=3,
        positions=ModeCounts(crawler=5, inspector=4),
        cross_border=ModeCounts(crawler=1, inspector=3),
    )
    assert compared(own, ()) == ()


def test_coverage_says_who_observed_the_pages() -> None:
    states = [
        (UnitState.sampled, Mode.crawler),
        (UnitState.empty, Mode.inspector),
        (UnitState.blocked, Mode.crawler),
        (UnitState.planned, None),
    ]
    records = [
        UnitRecord(unit=planned_unit(n, collection=CollectedBy.both), state=state, mode=mode)
        for n, (state, mode) in enumerate(states)
    ]
    [row] = coverage(records)
    assert row.modes == ModeCounts(crawler=1, inspector=1)
