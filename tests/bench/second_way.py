"""Sellers nobody meets: how often "at least so many" holds, a thousand weeks a world."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from tests.estimate.recapture import WORLDS, simulated_weeks

WEEKS = int(os.environ.get("PANTAU_BENCH_WEEKS", "1000"))


def run() -> Iterator[dict[str, Any]]:
    """Shares of the weeks with a number in which it holds; ``reference`` is what is promised."""
    for world in WORLDS:
        weeks = [week for week in simulated_weeks(world, 1, WEEKS) if week.low is not None]
        promised = 0.975 if world.ways != "contrary" else None
        for name, held in (
            ("at least", sum(week.holds_at_least for week in weeks)),
            ("both limits", sum(week.covers for week in weeks)),
        ):
            share = held / len(weeks) if weeks else None
            reference = promised if name == "at least" else None
            yield {
                "name": f"sellers, {world.name}: {name}",
                "value": share,
                "unit": "share",
                "reference": reference,
                "ratio": share / reference if share is not None and reference else None,
            }
