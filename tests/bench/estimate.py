"""Coverage, width, power and false accusations of the estimator, with many repetitions.

``reference`` is what the method promises of ``value``; ``ratio`` is value / reference where more is
better and reference / value where less is (so 1 or more is met).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product

from monitor.estimate import Settings
from tests.estimate.inspectors import SITUATIONS, simulate_inspectors
from tests.estimate.new_offers import OFFER_WORLDS, simulate_offers
from tests.estimate.simulation import (
    HIDING,
    Outcome,
    simulate_all,
    simulate_annotator_years,
    simulate_arrows,
    simulate_false_confirmations,
    simulate_hiding,
    simulate_new_classifier,
    simulate_persistent,
    simulate_price_ratio,
    simulate_refusals,
    simulate_week,
)

REPETITIONS = 1000
BOUND = 0.95
COVERAGE, WIDTH, POWER, FALSE_AT_ZERO, FALSE_UNDER = 0.93, 1.3, 0.8, 0.01, 0.025


def run() -> Iterator[dict[str, object]]:
    """One row a figure."""
    started, cells = time.perf_counter(), 0
    for outcome in simulate_all(REPETITIONS):
        cells += round(outcome.measurable * outcome.repetitions)
        yield from _rows(outcome)
    seconds = (time.perf_counter() - started) / cells
    yield measured("estimate: one simulated cell", seconds * 1e3, "ms")
    week = simulate_week(12, weeks=100)
    yield at_least(
        "estimate: 12 cells a week: coverage of the interval shown", week.coverage, COVERAGE
    )
    yield at_most("estimate: 12 cells a week: falsely accused", week.accused, FALSE_UNDER)
    yield from _inspectors()
    yield from _bounds()
    yield from _figures()
    yield from _annotators()
    yield from _new_offers()


def _new_offers() -> Iterator[dict[str, object]]:
    """Limits of how many new offers, and how many no longer seen, are in breach."""
    for world in OFFER_WORLDS:
        outcome = simulate_offers(world, 300)
        name = f"estimate: offers, {world.name}"
        if world.new_sensitivity is None:
            yield at_least(f"{name}: limits of new ones hold", outcome.new, COVERAGE)
        else:
            yield measured(f"{name}: limits of new ones hold", outcome.new, "share of weeks")
        yield at_least(f"{name}: limits of those that left hold", outcome.left, COVERAGE)
        yield measured(f"{name}: median width, new ones", outcome.new_width, "offers")


def _inspectors() -> Iterator[dict[str, object]]:
    """Weeks that inspectors collect: at their budget, at the floor of entries, and below it."""
    for entries, (share, icc) in product((35, Settings().least_entries, 12), SITUATIONS):
        weeks = simulate_inspectors(share, icc, entries, 300)
        name = f"estimate: {entries} entries of inspectors, share {share:.0%}, icc {icc}"
        if entries < Settings().least_entries:
            yield measured(f"{name}: coverage", weeks.coverage, "share of cells")
        else:
            yield at_least(f"{name}: coverage", weeks.coverage, COVERAGE)
        yield measured(f"{name}: width", weeks.width, "share of places")


def _bounds() -> Iterator[dict[str, object]]:
    """Worlds in which only a bound can be had, and those that broke an earlier interval."""
    for share, refused in ((0.1, 0.3), (0.05, 0.1), (0.02, 0.05)):
        name = f"estimate: share {share:.0%}, {refused:.0%} refused by breach"
        plain, bounded = simulate_refusals(share, refused, REPETITIONS)
        yield measured(f"{name}: coverage", plain, "share of cells")
        yield at_least(f"{name}: coverage of the bound", bounded, BOUND)
    for budget in (12, 35):
        name = f"estimate: three hidden offers of 3 % that stay, {budget} labels a week: coverage"
        yield at_least(name, simulate_persistent(3, 0.03, budget, 200), COVERAGE)
    for world, reach in HIDING:
        plain, bounded, bound = simulate_hiding(world, reach, 300)
        name = f"estimate: {world.name}, bound of the {reach}"
        yield measured(f"{name}: upper limit of all labels holds", plain, "share of cells")
        yield at_least(f"{name}: holds", bounded, BOUND)
        yield measured(f"{name}: median", bound, "share of places")
    for share in (0.0, 0.009, 0.02, 0.1):
        name = f"estimate: share {share:.1%}, first week of a new classifier"
        covered, upper = simulate_new_classifier(share, 300, rescreened=True)
        yield at_least(f"{name}: coverage", covered, COVERAGE)
        _, alone = simulate_new_classifier(share, 300, rescreened=False)
        yield measured(f"{name}: upper limit", upper, "share of places")
        yield measured(f"{name}: upper limit, old labels dropped", alone, "share of places")


def _figures() -> Iterator[dict[str, object]]:
    """Directions and indicators."""
    for share in (0.02, 0.1, 0.3):
        name = (
            f"estimate: 12 cells of share {share:.0%} that stay: weeks with a causeless direction"
        )
        by_rule, alone = simulate_arrows(share, cells=12, weeks=300)
        yield at_most(name, by_rule, 0.05)
        yield measured(f"{name}, each interval alone", alone, "share of weeks")
    for shops in (10, 20, 60):
        name = f"estimate: price ratio, {shops} shops a side that price alike: coverage"
        yield at_least(name, simulate_price_ratio(shops, 300), COVERAGE)


def _annotators() -> Iterator[dict[str, object]]:
    """What people's errors do, and whether they are measured."""
    for marked_share in (0.0, 0.02, 0.05):
        _, stated = simulate_false_confirmations(
            years=400, correlation=1.0, marked_share=marked_share
        )
        name = f"estimate: share 0, 1% hard listings, {marked_share:.0%} marked: breaches stated"
        yield at_most(name, stated / (12 * 52), 0.01)
    for error in (0.01, 0.05, 0.1):
        for correlation in (0.0, 0.1, 0.5):
            name = f"estimate: annotators err in {error:.0%}, correlated {correlation}: coverage of"
            of_error, of_correlation = simulate_annotator_years(error, correlation, REPETITIONS)
            yield at_least(f"{name} error", of_error, COVERAGE)
            yield at_least(f"{name} correlation", of_correlation, COVERAGE)
    confirmed, stated = simulate_false_confirmations(years=400)
    yield measured("estimate: false confirmations", confirmed, "cell-weeks a year")
    yield measured("estimate: false breaches stated", stated, "cell-weeks a year")


def _rows(outcome: Outcome) -> Iterator[dict[str, object]]:
    name, share = f"estimate: {outcome.world.name}", outcome.world.share
    if outcome.measurable < 1.0:
        yield measured(f"{name}: measurable", outcome.measurable, "share of cells")
    if outcome.measurable == 0.0:
        return
    wanted = COVERAGE if outcome.world.covers else None
    yield at_least(f"{name}: coverage", outcome.coverage, wanted)
    yield measured(f"{name}: median width", outcome.width, "share of places")
    if outcome.melded_coverage >= COVERAGE:
        yield at_most(f"{name}: median width / melded", outcome.ratio, WIDTH)
    if share >= 0.1:
        yield at_least(f"{name}: accused", outcome.accused, POWER)
    elif share < 0.01:
        wanted = FALSE_UNDER if share else FALSE_AT_ZERO
        yield at_most(f"{name}: falsely accused", outcome.accused, wanted)
    else:
        yield measured(f"{name}: accused", outcome.accused, "share of cells")
    assert outcome.rivals is not None
    rivals = zip(("raw share", "Rogan-Gladen"), outcome.rivals, strict=True)
    for rival, (coverage, accused) in rivals:
        yield measured(f"{name}: coverage of {rival}", coverage, "share of cells")
        yield measured(f"{name}: accused by {rival}", accused, "share of cells")


def at_least(name: str, value: float, reference: float | None) -> dict[str, object]:
    """A share that should be the reference or more; without one a figure alone."""
    ratio = value / reference if reference else None
    return _row(name, value, "share of cells", reference, ratio)


def at_most(name: str, value: float, reference: float) -> dict[str, object]:
    """A figure that should be the reference or less."""
    return _row(name, value, "", reference, reference / value if value else None)


def measured(name: str, value: float, unit: str) -> dict[str, object]:
    """A figure that is held against nothing."""
    return _row(name, value, unit, None, None)


def _row(
    name: str, value: float, unit: str, reference: float | None, ratio: float | None
) -> dict[str, object]:
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "reference": reference,
        "ratio": None if ratio is None else round(ratio, 3),
    }
