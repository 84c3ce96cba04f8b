"""Sellers nobody meets: how often "at least so many" holds, a thousand weeks a world.

Then in weeks of the simulated marketplaces, as the plan looks at them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from monitor.registry import load_registry
from tests.estimate.recapture import WORLDS, Recapture, catalogue_weeks, simulated_weeks

WEEKS = int(os.environ.get("PANTAU_BENCH_WEEKS", "1000"))
SEEDS, WEEKS_A_SEED = int(os.environ.get("PANTAU_BENCH_SEEDS", "12")), 3


def run() -> Iterator[dict[str, Any]]:
    """Shares of the weeks with a number in which it holds; ``reference`` is what is promised."""
    for world in WORLDS:
        promised = None if world.ways == "contrary" else 0.975
        yield from _rows(world.name, simulated_weeks(world, 1, WEEKS), promised)
    weeks = catalogue_weeks(load_registry(), range(1, SEEDS + 1), WEEKS_A_SEED)
    yield from _rows("simulated marketplaces", weeks, 0.975)


def _rows(
    world: str, weeks: Iterable[Recapture], promised: float | None
) -> Iterator[dict[str, Any]]:
    numbered = [week for week in weeks if week.low is not None]
    for name, held, reference in (
        ("at least", sum(week.holds_at_least for week in numbered), promised),
        ("both limits", sum(week.covers for week in numbered), None),
    ):
        share = held / len(numbered) if numbered else None
        yield {
            "name": f"sellers, {world}, {len(numbered)} weeks: {name}",
            "value": share,
            "unit": "share",
            "reference": reference,
            "ratio": share / reference if share is not None and reference else None,
        }
