"""Capture and recapture of sellers: the arithmetic, and what its limits keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from monitor.estimate.recapture import chapman, seller_limits

from .recapture import WORLDS, SellerWorld, simulated_weeks


def test_chapman() -> None:
    assert chapman(60, 40, 20) == pytest.approx(61 * 41 / 21 - 1)


@given(st.integers(7, 60), st.integers(0, 30), st.integers(0, 30))
def test_the_limits_are_those_of_the_hypergeometric_test(both: int, more: int, others: int) -> None:
    first, second = both + more, both + others
    low, high = seller_limits(first, second, both)
    assert first + second - both <= low <= high
    assert hypergeom.cdf(both, low, first, second) > 0.025
    assert hypergeom.sf(both - 1, high, first, second) > 0.025 - 1e-9
    assert hypergeom.sf(both - 1, high + 1, first, second) <= 0.025 + 1e-9


def test_without_anybody_in_both_ways_there_are_no_limits() -> None:
    with pytest.raises(ValueError, match="no limits"):
        seller_limits(5, 4, 0)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_at_least_holds_unless_ways_are_contrary(world: SellerWorld) -> None:
    weeks = [week for week in simulated_weeks(world, 3, 60) if week.low is not None]
    held = sum(week.holds_at_least for week in weeks) / len(weeks)
    assert held < 0.7 if world.ways == "contrary" else held >= 0.92
