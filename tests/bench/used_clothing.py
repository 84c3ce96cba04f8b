"""Cells of used clothing over many simulated weeks: coverage, and who is accused for nothing.

``ratio`` is 1 or more where what the method promises of ``value`` is met.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.demo.used_clothing import WORLDS, used_weeks

SEEDS, COVERAGE = 50, 0.93


def run() -> Iterator[dict[str, object]]:
    """Two rows a world."""
    for world in WORLDS:
        weeks = used_weeks(world, SEEDS)
        name = f"used clothing: {world}, {weeks.cells} cells of {SEEDS} weeks"
        yield _row(f"{name}: coverage", weeks.coverage, COVERAGE, weeks.coverage / COVERAGE)
        yield _row(f"{name}: falsely accused", weeks.accused, 0.0, float(weeks.accused == 0))


def _row(name: str, value: float, reference: float, ratio: float) -> dict[str, object]:
    return {
        "name": name,
        "value": value,
        "unit": "share of cells",
        "reference": reference,
        "ratio": ratio,
    }
