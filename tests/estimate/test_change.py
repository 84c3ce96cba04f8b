"""Change between weeks, and what shared entries and labels do to it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.estimate import AuditedListing, CellData, estimate_week
from monitor.estimate.change import mover
from tests.estimate.builders import audited, cell_data

BEFORE = "2026-W46"


def labels(pages: list[str], week: str) -> list[AuditedListing]:
    cells = [(i, j) for i, j in product(range(60), range(20))]
    flagged = [(i, j) for i, j in cells if pages[i][j] == "f"][::7]
    rest = [(i, j) for i, j in cells if pages[i][j] == "d"][::13]
    return [
        *(audited(f"{i}-{j}", "f", "yes", week=week, probability=1 / 7) for i, j in flagged),
        *(audited(f"{i}-{j}", "d", week=week, probability=1 / 13) for i, j in rest),
    ]


def pages(more: int) -> list[str]:
    """Entries differ a lot, and keep their order: a core frame seen twice."""
    return [("f" * (i % 10 + more)).ljust(20, "d") for i in range(60)]


def test_shared_entries_and_labels_narrow_the_change() -> None:
    now, before = pages(1), pages(0)
    last = cell_data(before, labels(before, BEFORE), week=BEFORE)
    this = cell_data(now, labels(now, "2026-W47"))
    (shared,) = estimate_week([this], before=[last])

    def renamed(data: CellData) -> CellData:
        units = [
            replace(u, unit=replace(u.unit, entry_id="x" + u.unit.entry_id)) for u in data.units
        ]
        positions = [
            replace(p, entry_id="x" + p.entry_id, item_id="x" + p.item_id) for p in data.positions
        ]
        drawn = [replace(a, item_id="x" + a.item_id) for a in data.audited]
        return replace(data, units=tuple(units), positions=tuple(positions), audited=tuple(drawn))

    (apart,) = estimate_week([this], before=[renamed(last)])
    assert shared.cell.change is not None and apart.cell.change is not None
    assert shared.cell.change.difference == pytest.approx(0.05, abs=1e-9)
    narrow = shared.cell.change.high - shared.cell.change.low
    wide = apart.cell.change.high - apart.cell.change.low
    assert narrow < 0.8 * wide
    assert shared.cell.change.since == BEFORE


def test_two_clean_weeks_still_have_a_margin() -> None:
    clean = ["d" * 20] * 60
    last = cell_data(clean, labels(clean, BEFORE), week=BEFORE)
    this = cell_data(clean, labels(clean, "2026-W47"))
    (estimated,) = estimate_week([this], before=[last])
    assert estimated.cell.change is not None
    assert estimated.cell.change.difference is None, "neither week has an estimate of its own"
    assert estimated.cell.change.low < 0.0 < estimated.cell.change.high


def test_no_change_without_a_week_before() -> None:
    now = pages(1)
    this = cell_data(now, labels(now, "2026-W47"))
    assert estimate_week([this])[0].cell.change is None
    unmeasured = cell_data(now[:5], week=BEFORE)
    assert estimate_week([this], before=[unmeasured])[0].cell.change is None


def test_mover_published() -> None:
    """Difference of two independent proportions 56/70 and 48/80 from Wilson limits.

    Newcombe, Statist. Med. 17 (1998), 873-890, table II (a), method 10: 0.0524 to 0.3339.
    """
    limits = mover((0.8, 0.6918, 0.8769), (0.6, 0.4905, 0.7003), 0.0)
    assert limits == pytest.approx((0.0524, 0.3339), abs=2e-4)


shares = st.floats(0, 1)


@given(st.tuples(shares, shares, shares), st.tuples(shares, shares, shares), st.floats(-1, 1))
def test_mover_holds_the_difference(a: tuple[float, ...], b: tuple[float, ...], rho: float) -> None:
    (a_low, p, a_high), (b_low, q, b_high) = sorted(a), sorted(b)
    low, high = mover((p, a_low, a_high), (q, b_low, b_high), rho)
    assert low <= p - q <= high
    plain = mover((p, a_low, a_high), (q, b_low, b_high), 0.0)
    if rho >= 0:
        assert plain[0] <= low + 1e-12 and high <= plain[1] + 1e-12
