"""Seasons: which weeks they hold, what they weigh, and a simulation with few repetitions."""

import numpy as np
import pytest
from msgspec.structs import replace

from monitor.estimate import CellData, Settings
from monitor.estimate.season import (
    estimate_seasons,
    is_last,
    prepare_season,
    rolling,
    weeks_so_far,
)
from monitor.model import Season, SeasonChange, UnitState, Verdict, season_of
from tests.estimate.builders import audited, cell_data
from tests.estimate.seasons import (
    CHANGES,
    SEASONS,
    SeasonWorld,
    draw_weeks,
    simulate_change,
    simulate_season,
)

WEEKS = tuple(f"2026-W{number}" for number in range(40, 54))
SETTINGS = Settings()


@pytest.mark.parametrize(
    ("week", "season", "last", "number"),
    [
        ("2026-W01", "2026-Q1", False, 1),
        ("2026-W13", "2026-Q1", True, 13),
        ("2026-W14", "2026-Q2", False, 1),
        ("2026-W52", "2026-Q4", False, 13),
        ("2026-W53", "2026-Q4", True, 14),
        ("2027-W52", "2027-Q4", True, 13),
    ],
)
def test_a_season_is_a_quarter_of_iso_weeks(
    week: str, season: str, last: bool, number: int
) -> None:
    assert (season_of(week), is_last(week), len(weeks_so_far(week))) == (season, last, number)
    assert weeks_so_far(week)[-1] == rolling(week)[-1] == week
    assert len(rolling(week)) == 13


def breaching(week: str, pages: list[str], **changes: UnitState) -> CellData:
    labels = [
        audited(f"{i}-{j}", kind, "yes" if kind == "f" else "no", week=week, probability=1.0)
        for i, page in enumerate(pages)
        for j, kind in enumerate(page)
        if f"e{i}" not in changes
    ]
    missing = {int(entry[1:]): state for entry, state in changes.items()}
    return cell_data(pages, labels, week=week, missing=missing)


def season(weeks: list[CellData], **changes: bool) -> Season:
    cells = [tuple(replace(week, **changes) for week in weeks)]
    (estimated,) = estimate_seasons(cells, "2026-Q4", len(WEEKS), over=True)
    return estimated


DIRTY, CLEAN = ["f" * 2 + "d" * 8] * 30, ["d" * 10] * 30


def test_weeks_that_cannot_be_measured_are_left_out_and_counted() -> None:
    weeks = [breaching(week, DIRTY) for week in WEEKS[:9]]
    weeks[3] = replace(weeks[3], audited=())
    estimated = season(weeks)
    assert (estimated.weeks, estimated.missing) == (8, 6)
    assert estimated.estimate == pytest.approx(0.2)
    assert estimated.verdict is Verdict.non_compliant
    too_few = season(weeks[:7])
    assert (too_few.weeks, too_few.low, too_few.verdict) == (6, None, Verdict.not_measurable)
    assert too_few.reason is not None and too_few.reason.values == {"weeks": "6", "floor": "7"}


def test_a_season_is_the_mean_of_its_weeks() -> None:
    weeks = [breaching(week, DIRTY if n < 3 else CLEAN) for n, week in enumerate(WEEKS[:9])]
    assert season(weeks).estimate == pytest.approx(0.2 / 3)


def test_an_entry_that_answers_seldom_stands_for_the_weeks_between() -> None:
    """Entry 0 is all foreign and answers in four of eight weeks, as rotating entries do."""
    pages = ["f" * 10, *CLEAN, *CLEAN]
    weeks = [
        breaching(week, pages, **({"e0": UnitState.planned} if n % 2 else {}))
        for n, week in enumerate(WEEKS[:8])
    ]
    prepared = prepare_season(tuple(weeks), SETTINGS)
    assert prepared.sample.positions[:, 0].sum() / prepared.sample.positions.sum() == (
        pytest.approx(1 / 61)
    )
    of_entry = np.array([entry == "e0" for entry in prepared.entries])
    assert prepared.sample.probability[of_entry] == pytest.approx([0.5] * 4)
    assert prepared.sample.probability[~of_entry] == pytest.approx(1.0)


def test_a_policy_in_force_for_a_part_of_a_week_acquits_nobody() -> None:
    weeks = [breaching(week, CLEAN * 2) for week in WEEKS]
    assert season(weeks).verdict is Verdict.compliant
    assert season(weeks, throughout=False).verdict is Verdict.none_found
    assert season(weeks, may_accuse=False).verdict is Verdict.unconfirmed_policy


def test_refused_pages_count_as_full_of_breaches() -> None:
    weeks = [breaching(week, CLEAN * 2, e0=UnitState.blocked) for week in WEEKS]
    estimated = season(weeks)
    assert estimated.high is not None and estimated.high < 0.01
    assert estimated.high_with_refused == pytest.approx(1 / 60 + 59 / 60 * estimated.high, rel=0.1)
    assert estimated.verdict is Verdict.none_found


def test_what_could_not_be_read_may_have_breached_in_a_season_as_well() -> None:
    weeks = [breaching(week, CLEAN * 2) for week in WEEKS]
    read = season(weeks)
    estimated = season(
        [
            replace(week, units=(replace(week.units[0], unreadable=20), *week.units[1:]))
            for week in weeks
        ]
    )
    places = len(weeks[0].positions)
    assert read.high is not None and estimated.high is not None
    assert estimated.high == pytest.approx(
        20 / (places + 20) + places / (places + 20) * read.high, rel=0.1
    )
    assert estimated.verdict is Verdict.none_found


def test_a_season_changes_since_the_one_before_where_both_have_a_share() -> None:
    weeks = [breaching(week, DIRTY) for week in WEEKS[:8]]
    earlier = [breaching(f"2026-W{number}", CLEAN) for number in range(30, 38)]
    short = earlier[:6]

    def changes(*before: list[CellData], throughout: bool = True) -> list[SeasonChange | None]:
        cells = tuple(replace(week, throughout=throughout) for week in weeks)
        seasons = estimate_seasons(
            [cells] * len(before), "2026-Q4", 8, over=True, before=[*map(tuple, before)]
        )
        return [season.change for season in seasons]

    grown, unknown, same = changes(earlier, short, [
        replace(week, week=was.week, audited=tuple(
            replace(label, week=was.week) for label in week.audited
        ))
        for week, was in zip(weeks, earlier, strict=True)
    ])  # fmt: skip
    assert grown is not None and same is not None and unknown is None
    assert (grown.since, grown.direction, grown.estimate) == ("2026-Q3", "up", None)
    assert 0.0 < grown.low < 0.2 < grown.high, "without a breach a quarter has no estimate"
    assert (same.direction, same.estimate) == (None, 0.0)
    assert same.low < 0.0 < same.high
    assert changes(earlier, throughout=False) == [None]


def world(name: str) -> SeasonWorld:
    return next(world for world in SEASONS if world.name == name)


@pytest.mark.parametrize(
    "name",
    ["share 2.00%, icc 0.6", "share 5.00%, icc 0.3", "share 5 %, icc 0.6, 7 weeks measured"],
)
def test_a_season_sees_what_a_week_cannot(name: str) -> None:
    outcome = simulate_season(world(name), 12)
    assert outcome.coverage >= 0.9
    assert outcome.width <= 0.04
    assert outcome.non_compliant >= 0.75


def test_a_share_accuses_only_beside_marked_offers_of_two_sellers() -> None:
    few_marks = simulate_season(world("share 2 %, one page in 20 marked"), 8)
    assert few_marks.accused >= 0.75
    assert few_marks.non_compliant >= 0.3
    unmarked = replace(world("share 2.00%, icc 0.3"), marks=0.0)
    assert simulate_season(unmarked, 4).non_compliant == 0.0


def test_a_season_just_tolerated_accuses_nobody_and_a_clean_one_is_called_so() -> None:
    assert simulate_season(world("share 0.95%, icc 0.3"), 12).accused == 0.0
    assert simulate_season(world("clean, icc 0.1"), 12).acquitted >= 0.3


@pytest.mark.parametrize("drifting", CHANGES[1:6:4], ids=lambda world: world.name)
def test_the_change_of_two_quarters_is_covered_and_its_direction_right(
    drifting: SeasonWorld,
) -> None:
    outcome = simulate_change(drifting, 12)
    assert outcome.coverage >= 0.9
    assert outcome.up <= 0.1
    assert outcome.down >= 0.4 if drifting.growth < 1.0 else outcome.down <= 0.1


def test_the_same_seed_gives_the_same_season() -> None:
    weeks, truths = draw_weeks(SEASONS[0], np.random.default_rng(3), 2)
    assert (weeks, truths) == draw_weeks(SEASONS[0], np.random.default_rng(3), 2)
    assert truths == [0.0, 0.0]
