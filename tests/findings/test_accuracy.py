"""The accuracy card of a platform: from real labels in a real store, and its arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from monitor.estimate.intervals import Count
from monitor.findings.accuracy import clustered_share, unknown_share
from monitor.model import Answer, CrossBorder, EditionKind
from tests.builders import observation
from tests.findings.test_build import CROSS, DOMESTIC, WEEK, Weeks, weeks

__all__ = ["weeks"]


def test_a_card_counts_what_people_said_of_flagged_and_passed_offers(weeks: Weeks) -> None:
    weeks.plan(WEEK, entries=3)
    flagged = {f"f{number}": CROSS for number in range(4)}
    passed = {f"d{number}": DOMESTIC for number in range(3)} | {"u": CrossBorder.unknown}
    weeks.page(WEEK, flagged, 0)
    weeks.page(WEEK, passed, 1)
    weeks.draw(WEEK)
    for item in ("f0", "f1", "f2", "d0", "u"):
        weeks.label(WEEK, item, Answer.yes)
    for item in ("f3", "d1"):
        weeks.label(WEEK, item, Answer.no)
    weeks.label(WEEK, "d2", Answer.cannot_tell)
    findings = weeks.find(WEEK)
    assert findings.accuracy is not None
    (card,) = findings.accuracy
    assert (card.platform, card.listings) == ("lazada", 8)
    assert (card.first_week, card.last_week) == (WEEK, WEEK)
    assert (card.right.number, card.right.of) == (3, 4)
    assert (card.missed.number, card.missed.of) == (1, 2), "who cannot tell counts nowhere"
    assert (card.missed_unknown.number, card.missed_unknown.of) == (1, 1)
    assert card.right.low == pytest.approx(0.1941, abs=1e-4)  # Clopper–Pearson of 3 of 4
    assert card.right.high == pytest.approx(0.9937, abs=1e-4)
    assert (card.double_labelled, card.disagreements, card.alpha) == (8, 0, 1.0)
    assert card.unknown is not None
    assert (card.unknown.number, card.unknown.of) == (1, 8)
    assert card.controls_missed is None and card.controls_false_yes is None
    provisional = weeks.find(WEEK, EditionKind.provisional)
    assert provisional.accuracy == (), "it takes no labels"


def test_the_limits_of_a_share_are_those_between_entries() -> None:
    assert unknown_share([]) is None
    seen = [
        replace(observation(number, status), entry_id="e1")
        for number, status in enumerate(("unknown", "domestic", "cross_border"), 1)
    ]
    portion = unknown_share(seen)
    assert portion is not None and (portion.number, portion.of) == (1, 3)
    assert portion.low < 0.02, "one entry is one trial"
    even = clustered_share([Count(2, 10), Count(3, 10)] * 5)
    clustered = clustered_share([Count(10, 10)] * 2 + [Count(1, 10)] * 5 + [Count(0, 10)] * 3)
    assert even.number == clustered.number == 25
    assert clustered.high - clustered.low > 2 * (even.high - even.low)
    # Ten entries that say the same are ten trials, not a hundred: 1 - .025 ** (1 / 10).
    assert clustered_share([Count(0, 10)] * 10).high == pytest.approx(0.3085, abs=1e-4)


def test_the_limits_cover_the_truth() -> None:
    random = np.random.default_rng(7)
    covered = 0
    for _ in range(1000):
        of_entry = random.beta(0.8, 7.2, size=30)  # mean .1, correlation 1/9 within an entry
        portion = clustered_share([Count(int(k), 20) for k in random.binomial(20, of_entry)])
        covered += portion.low <= 0.1 <= portion.high
    assert covered / 1000 > 0.92
