"""Coverage, width, power and false accusations of the estimator, with many repetitions.

``value`` against ``reference`` is what issue 4 asks for; ``ratio`` is value / reference where more
is better and reference / value where less is (so 1 or more is met).
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.estimate.simulation import Outcome, simulate_all

REPETITIONS = 1000
COVERAGE, WIDTH, POWER, FALSE_AT_ZERO, FALSE_UNDER = 0.93, 1.3, 0.8, 0.01, 0.025


def run() -> Iterator[dict[str, object]]:
    """One row a figure."""
    started, cells = time.perf_counter(), 0
    for outcome in simulate_all(REPETITIONS):
        cells += round(outcome.measurable * outcome.repetitions)
        yield from _rows(outcome)
    seconds = (time.perf_counter() - started) / cells
    yield _row("estimate: one simulated cell", seconds * 1e3, "ms", None, None)


def _rows(outcome: Outcome) -> Iterator[dict[str, object]]:
    name, share = f"estimate: {outcome.world.name}", outcome.world.share
    if outcome.measurable < 1.0:
        yield _row(f"{name}: measurable", outcome.measurable, "share of cells", None, None)
    if outcome.measurable == 0.0:
        return
    wanted = COVERAGE if outcome.world.covers else None
    yield _more(f"{name}: coverage", outcome.coverage, wanted)
    yield _row(f"{name}: median width", outcome.width, "share of places", None, None)
    if outcome.melded_coverage >= COVERAGE:
        yield _less(f"{name}: median width / melded", outcome.ratio, WIDTH)
    if share >= 0.1:
        yield _more(f"{name}: accused", outcome.accused, POWER)
    elif share < 0.01:
        wanted = FALSE_UNDER if share else FALSE_AT_ZERO
        yield _less(f"{name}: falsely accused", outcome.accused, wanted)
    else:
        yield _row(f"{name}: accused", outcome.accused, "share of cells", None, None)
    assert outcome.rivals is not None
    rivals = zip(("raw share", "Rogan-Gladen"), outcome.rivals, strict=True)
    for rival, (coverage, accused) in rivals:
        yield _row(f"{name}: coverage of {rival}", coverage, "share of cells", None, None)
        yield _row(f"{name}: accused by {rival}", accused, "share of cells", None, None)


def _more(name: str, value: float, reference: float | None) -> dict[str, object]:
    ratio = value / reference if reference else None
    return _row(name, value, "share of cells", reference, ratio)


def _less(name: str, value: float, reference: float) -> dict[str, object]:
    return _row(name, value, "", reference, reference / value if value else None)


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
