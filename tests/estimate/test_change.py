"""Change between weeks, and what shared labels do to it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.estimate import AuditedListing, CellData, estimate_week
from monitor.estimate.change import mover, p_value
from monitor.estimate.multiplicity import discoveries
from monitor.model import Answer, Change
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


def test_shared_labels_narrow_the_change() -> None:
    now, before = pages(1), pages(0)
    this, last = (
        cell_data(shown, [
            replace(label, outcome=Answer.no) if label.item_id.endswith(("0", "1")) else label
            for label in labels(shown, week)
        ], week=week)
        for shown, week in ((now, "2026-W47"), (before, BEFORE))
    )  # fmt: skip
    (shared,) = estimate_week([this], before=[last])

    def renamed(data: CellData) -> CellData:
        positions = [replace(p, item_id="x" + p.item_id) for p in data.positions]
        drawn = [replace(a, item_id="x" + a.item_id) for a in data.audited]
        return replace(data, positions=tuple(positions), audited=tuple(drawn))

    (apart,) = estimate_week([this], before=[renamed(last)])
    assert shared.cell.change is not None and apart.cell.change is not None
    assert shared.cell.change.difference == apart.cell.change.difference
    narrow = shared.cell.change.high - shared.cell.change.low
    wide = apart.cell.change.high - apart.cell.change.low
    assert narrow < 0.95 * wide
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


def test_p_value_is_that_of_the_limit_towards_zero() -> None:
    assert p_value(0.2, 0.0, 0.9) == pytest.approx(0.05)
    assert p_value(-0.2, -0.9, 0.0) == pytest.approx(0.05)
    assert p_value(0.2, 0.1, 0.3) == pytest.approx(8.858e-5, rel=1e-3), "3.92 standard errors"
    assert p_value(0.0, -0.1, 0.1) == p_value(0.0, 0.0, 0.0) == 1.0


def test_discoveries_published() -> None:
    """Benjamini and Hochberg (1995), section 4: four of fifteen at .05, Bonferroni has three."""
    p_values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    assert discoveries(p_values, 0.05) == [True] * 4 + [False] * 11
    assert discoveries([], 0.05) == []


def test_a_change_is_judged_among_those_of_its_week() -> None:
    """What is significant beside one cell is not beside eleven that stay as they were."""
    before = pages(0)
    now = pages(1)
    moved = [
        cell_data(now, labels(now, "2026-W47")),
        cell_data(before, labels(before, BEFORE), week=BEFORE),
    ]
    stayed = [cell_data(before, labels(before, week), week=week) for week in ("2026-W47", BEFORE)]

    def change(others: int) -> Change:
        names = [f"janji-{number}" for number in range(others)]
        weeks = [
            [cell, *(replace(other, policy=name) for name in names)]
            for cell, other in zip(moved, stayed, strict=True)
        ]
        first, *rest = (
            estimated.cell.change for estimated in estimate_week(weeks[0], before=weeks[1])
        )
        assert not any(other.significant for other in rest if other)
        assert first is not None
        return first

    alone, among = change(0), change(11)
    assert alone.p_value == among.p_value
    assert alone.significant and not among.significant


shares = st.floats(0, 1)


@given(st.tuples(shares, shares, shares), st.tuples(shares, shares, shares), st.floats(-1, 1))
def test_mover_holds_the_difference(a: tuple[float, ...], b: tuple[float, ...], rho: float) -> None:
    (a_low, p, a_high), (b_low, q, b_high) = sorted(a), sorted(b)
    low, high = mover((p, a_low, a_high), (q, b_low, b_high), rho)
    assert low <= p - q <= high
    plain = mover((p, a_low, a_high), (q, b_low, b_high), 0.0)
    if rho >= 0:
        assert plain[0] <= low + 1e-12 and high <= plain[1] + 1e-12
