"""The confidence sequence of a quarter: its limits, and how often it errs at any of many looks."""

import math

import pytest
from msgspec.structs import replace

from monitor.estimate import Settings
from monitor.estimate.season import estimate_seasons
from monitor.estimate.sequence import WeekLook, look_at, sequence
from tests.estimate.builders import audited, cell_data
from tests.estimate.seasons import YEARS, SeasonWorld, simulate_years

SETTINGS = Settings()
QUIET = WeekLook(certain=(0.0, 0.0), missed=(0.0, 0.0), heaviest=1 / 12)


def test_labels_of_flagged_listings_are_counted_and_the_others_bounded() -> None:
    labels = [
        audited("0-0", "f", "yes", probability=0.5),
        audited("0-1", "f", "no", probability=0.5),
        audited("0-2", "f", "cannot_tell", probability=0.5),
        *(audited(f"{i}-9", "d", "yes" if i < 2 else "no", probability=0.04) for i in range(10)),
    ]
    week = look_at(cell_data(["ffff" + "d" * 6, *["d" * 10] * 29], labels), SETTINGS)
    assert week.certain == pytest.approx((1 / 300, 3 / 300)), "one no of four, one yes"
    share_of_label = 296 / 300 / 10
    assert week.missed == pytest.approx((2 * share_of_label, 2 * share_of_label))
    assert week.heaviest == pytest.approx(share_of_label), "ten of twelve drawn have answers"


def test_what_nobody_can_read_or_has_labelled_may_all_be_a_breach() -> None:
    cell = cell_data(["u" + "d" * 9] * 30, [audited("0-9", "d", probability=1 / 270)])
    *units, last = cell.units
    unread = (*units, replace(last, unreadable=1))
    week = look_at(replace(cell, units=unread, positions=cell.positions[:-1]), SETTINGS)
    assert week.certain == pytest.approx((0.0, 31 / 300))


def test_without_a_yes_the_upper_limit_falls_as_labels_come_in() -> None:
    highs = [sequence([QUIET] * weeks, 0.95)[1] for weeks in range(1, 14)]
    assert highs == sorted(highs, reverse=True)
    assert highs[-1] == pytest.approx(highs[0] / 13)
    least = math.log(8 / 0.05) / 12 / 13
    assert least < highs[-1] < 1.5 * least, "what not to know the best bet costs"
    assert sequence([QUIET._replace(heaviest=0.0)], 0.95) == (0.0, 1.0)


def test_many_yes_raise_the_lower_limit() -> None:
    busy = WeekLook(certain=(0.01, 0.02), missed=(0.5, 0.5), heaviest=1 / 12)
    low, high = sequence([busy] * 13, 0.95)
    assert 0.3 < low < 0.51 < high < 0.8


def test_the_last_thirteen_weeks_have_no_sequence() -> None:
    weeks = (cell_data(["d" * 10] * 30, [audited("0-0", "d", probability=1 / 300)]),)
    quarter, rolling = (
        estimate_seasons([weeks], name, 1, over=False)[0]
        for name in ("2026-Q4", "2026-W35..2026-W47")
    )
    assert quarter.low is None and quarter.sequence_low == 0.0, "it speaks from the first week"
    assert rolling.sequence_low is None and rolling.sequence_high is None


@pytest.mark.parametrize("world", YEARS[1:3], ids=lambda world: world.name)
def test_few_years_err_at_any_of_their_52_looks(world: SeasonWorld) -> None:
    assert simulate_years(world, 4).wrong == 0.0
