"""Simulation as proof, with few repetitions; ``make bench`` runs many."""

from typing import Literal

import numpy as np
import pytest

from monitor.estimate.multiplicity import holm_intervals
from tests.estimate.simulation import (
    DRAWS,
    HIDING,
    WORLDS,
    Outcome,
    World,
    draw_sample,
    simulate,
    simulate_arrows,
    simulate_false_confirmations,
    simulate_hiding,
    simulate_new_classifier,
    simulate_persistent,
    simulate_refusals,
    simulate_week,
)

pytestmark = pytest.mark.long

REPETITIONS = 80


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return {world.name: simulate(world, REPETITIONS) for world in WORLDS}


def test_coverage_wherever_it_can_be_had(outcomes: dict[str, Outcome]) -> None:
    coverage = {name: o.coverage for name, o in outcomes.items() if o.world.covers}
    assert len(coverage) >= 22
    assert min(coverage.values()) >= 0.93, coverage


def test_not_much_wider_than_melded_where_that_covers(outcomes: dict[str, Outcome]) -> None:
    ratios = {n: o.ratio for n, o in outcomes.items() if o.melded_coverage >= 0.93}
    assert len(ratios) >= 20
    assert max(ratios.values()) <= 1.3, ratios


def test_ten_per_cent_are_named(outcomes: dict[str, Outcome]) -> None:
    power = {n: o.accused for n, o in outcomes.items() if o.world.share == 0.1 and o.measurable}
    assert len(power) >= 8
    assert min(power.values()) >= 0.8, power


def test_false_accusations(outcomes: dict[str, Outcome]) -> None:
    clean = {n: o.accused for n, o in outcomes.items() if o.world.share == 0.0}
    under = {n: o.accused for n, o in outcomes.items() if o.world.share in {0.005, 0.009}}
    assert len(clean) >= 4 and len(under) >= 6
    assert max(clean.values()) <= 0.01, clean
    assert max(under.values()) <= 0.025, under


def test_rivals_accuse_the_innocent(outcomes: dict[str, Outcome]) -> None:
    """What the simulation is for: it tells a bad method from a good one."""
    rivals = outcomes["p 0, false flags 3 %"].rivals
    assert rivals is not None
    (_, wilson_accuses), (_, rogan_accuses) = rivals
    assert wilson_accuses > 0.9
    assert rogan_accuses > 0.9


def test_pages_missing_by_breach_understate_and_never_accuse_more(
    outcomes: dict[str, Outcome],
) -> None:
    """No coverage can be had, but a bound: what is missing can only make the lower limit lower."""
    outcome = outcomes["p 10 %, 30 % missing by breach"]
    assert outcome.above == 0.0
    assert outcome.below > 0.1


def test_sixty_per_cent_missing_is_not_measurable(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["p 10 %, 60 % missing"].measurable == 0.0


def test_a_dirty_platform_does_not_accuse_its_clean_cell(outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes["real budget, p 0, dirty platform"]
    assert outcome.accused == 0.0
    assert outcome.coverage == 1.0


def test_what_the_pool_cannot_see_is_known(outcomes: dict[str, Outcome]) -> None:
    """Sellers who hid from the screen only this week: the pool answers for its window, no more."""
    outcome = outcomes["real budget, p 5 %, all newly hidden"]
    assert not outcome.world.covers
    assert 0.3 < outcome.below < 0.6


def test_any_false_accusation_in_a_week_of_twelve_cells() -> None:
    rng = np.random.default_rng(5)
    world = World(name="week", share=0.0099, icc=0.3)
    weeks = 40
    false = 0
    for _ in range(weeks):
        samples = [s for s in (draw_sample(world, rng) for _ in range(12)) if s is not None]
        intervals = holm_intervals(samples, [0.01] * 12, 0.95, least_icc=0.05, draws=DRAWS)
        assert all(shown.level >= 0.95 for shown in intervals)
        false += any(shown.low > 0.01 for shown in intervals)
    assert false / weeks <= 0.025


def test_the_interval_shown_is_the_plain_one_however_many_cells_a_week_has() -> None:
    """Shown at Holm's level as "95 %", it covered as one of 99.6 %, twice as far from the truth."""
    outcome = simulate_week(12, weeks=8)
    assert outcome.levels == {1.0 - 0.05 / 12}
    assert outcome.coverage >= 0.93
    assert outcome.narrower == 1.0
    assert outcome.accused == 0.0


@pytest.mark.parametrize(("share", "refused"), [(0.1, 0.3), (0.05, 0.1), (0.02, 0.05)])
def test_the_bound_holds_where_refusals_go_in_step_with_breaching(
    share: float, refused: float
) -> None:
    _, bounded = simulate_refusals(share, refused, REPETITIONS)
    assert bounded >= 0.95


def test_without_the_bound_refusals_hide_what_breaches() -> None:
    plain, _ = simulate_refusals(0.1, 0.3, REPETITIONS)
    assert plain < 0.9


def test_errors_that_two_people_share_state_no_breach() -> None:
    confirmed, stated = simulate_false_confirmations(years=50)
    assert 10 < confirmed < 25
    assert stated < 0.25
    assert simulate_false_confirmations(years=50, third_person=False)[1] < 0.1


@pytest.mark.parametrize("budget", [12, 35])
def test_hidden_offers_that_stay_are_not_diluted_by_those_that_come_and_go(budget: int) -> None:
    """Three of 3 % each; with each listing counted once, coverage was .28 at a budget of 12."""
    assert simulate_persistent(3, 0.03, budget, repetitions=25) >= 0.93


@pytest.mark.parametrize(("world", "reach"), HIDING, ids=[world.name for world, _ in HIDING])
def test_a_bound_holds_where_sellers_hide_and_the_interval_does_not(
    world: World, reach: Literal["group", "week"]
) -> None:
    _, holds, bound = simulate_hiding(world, reach, 20)
    assert holds >= 0.95
    assert bound < 0.4


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1])
def test_a_new_classifier_keeps_the_labels_of_the_weeks_before_it(share: float) -> None:
    covered, upper = simulate_new_classifier(share, 15, rescreened=True)
    assert covered >= 0.93
    _, upper_of_a_week_alone = simulate_new_classifier(share, 15, rescreened=False)
    assert upper < share + (upper_of_a_week_alone - share) / 3


def test_weeks_without_change_show_no_direction() -> None:
    by_rule, alone = simulate_arrows(0.1, cells=12, weeks=25)
    assert by_rule <= 0.05
    assert alone >= 0.12, "each interval by itself shows causeless directions"


def test_the_same_seed_gives_the_same_outcome() -> None:
    world = WORLDS[3]
    assert simulate(world, 5) == simulate(world, 5)
