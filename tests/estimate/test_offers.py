"""Limits of how many offers breach, from labels of some of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from monitor.estimate import AuditedListing
from monitor.estimate.offers import OfferGroup, beta_binomial, label_count, offers_in_breach
from monitor.findings.offers import offer_groups
from monitor.model import Answer, Cluster, ScreenStratum
from tests.estimate.new_offers import OFFER_WORLDS, WEEK, simulate_offers

NOBODY = OfferGroup(breaching=0, unclear=0, unjudged=0, labels=())


def label(item_id: str, outcome: Answer, probability: float = 1.0) -> AuditedListing:
    return AuditedListing(
        week=WEEK,
        cluster=Cluster.crafts,
        item_id=item_id,
        version="v",
        stratum=ScreenStratum.flagged,
        probability=probability,
        outcome=outcome,
    )


def test_what_is_judged_is_exact_and_what_nobody_judged_is_open() -> None:
    judged = OfferGroup(breaching=3, unclear=1, unjudged=0, labels=())
    assert offers_in_breach(judged, NOBODY) == (3, 4)
    assert offers_in_breach(NOBODY, NOBODY) == (0, 0)
    assert offers_in_breach(judged, OfferGroup(0, 0, 50, ())) == (3, 54)


def test_a_clean_pool_bounds_what_the_screen_missed() -> None:
    pool = tuple(label(str(number), Answer.no) for number in range(400))
    low, high = offers_in_breach(NOBODY, OfferGroup(0, 0, 100, pool))
    # One in 400 may be missed at 2.5 %: beta-binomial with Beta(1, 400).
    assert (low, high) == (0, int(stats.betabinom(100, 1, 400).ppf(0.975)))


@given(st.integers(0, 60), st.floats(0.5, 40), st.floats(0.5, 40))
def test_the_prediction_is_scipys(trials: int, first: float, second: float) -> None:
    expected = stats.betabinom(trials, first, second).pmf(np.arange(trials + 1))
    assert beta_binomial(trials, first, second) == pytest.approx(expected, abs=1e-9)


def test_labels_of_one_offer_are_one_and_weigh_by_their_probability() -> None:
    same = [label("a", Answer.yes), label("a", Answer.yes), label("b", Answer.no)]
    count = label_count(same, (Answer.yes,))
    assert count.trials == pytest.approx(9 / 5) and count.rate == pytest.approx(2 / 3)
    rare = [label("a", Answer.yes, 0.25), label("b", Answer.no)]
    assert label_count(rare, (Answer.yes,)).rate == pytest.approx(0.8)


def test_flagged_offers_are_spoken_of_by_their_own_labels_alone() -> None:
    offers = {"a": ScreenStratum.flagged, "b": ScreenStratum.flagged, "c": ScreenStratum.unknown}
    labels = [label("a", Answer.yes), label("elsewhere", Answer.no)]
    flagged, unflagged = offer_groups(offers, labels, labels)
    assert flagged == OfferGroup(1, 0, 1, (labels[0],))
    assert unflagged == OfferGroup(0, 0, 1, ())


@pytest.mark.parametrize("name", ["share 2 %", "share 10 %, icc .3", "share 10 %, few labels"])
def test_the_limits_hold_in_simulated_weeks(name: str) -> None:
    world = next(world for world in OFFER_WORLDS if world.name == name)
    outcome = simulate_offers(world, 12)
    assert min(outcome.new, outcome.left) >= 11 / 12


def test_a_rehearsal_can_fail() -> None:
    """Where new offers hide from the screen, as none did before, the limits do not hold."""
    world = next(world for world in OFFER_WORLDS if world.name == "share 10 %, new ones hide")
    assert simulate_offers(world, 6).new < 0.5
