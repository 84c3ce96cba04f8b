"""Holm's procedure over the primary cells of a week, in a form that yields intervals."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.estimate.intervals import DRAWS
from monitor.estimate.twophase import Sample, interval


def holm_levels(
    samples: Sequence[Sample],
    tolerances: Sequence[float],
    level: float,
    *,
    least_icc: float,
    draws: int = DRAWS,
) -> list[float]:
    """The level at which each cell's interval is to be taken, shown and judged.

    Holm's procedure (Scand. J. Statist. 6, 1979) on the one-sided hypotheses "the share is at
    most the tolerance", at (1 − level) / 2 for the week. With r cells left, intervals are taken at
    1 − (1 − level) / r; the cells whose lower limit lies above their tolerance leave with that
    level, and the next step has fewer left; the step at which none leaves fixes the level of the
    rest. These are Holm's rejections, since a cell rejected at one step would be at any later one.
    So the verdict is what the interval shown says, each interval contains the one at ``level``,
    and the chance of any false accusation in a week is at most (1 − level) / 2.
    """
    levels = [level] * len(samples)
    left = list(range(len(samples)))
    while left:
        step = 1.0 - (1.0 - level) / len(left)
        lows = [interval(samples[i], step, least_icc=least_icc, draws=draws).low for i in left]
        for i in left:
            levels[i] = step
        remaining = [i for i, low in zip(left, lows, strict=True) if low <= tolerances[i]]
        if len(remaining) == len(left):
            break
        left = remaining
    return levels
