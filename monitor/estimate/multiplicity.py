"""Holm's procedure over the primary cells of a week, in a form that yields lower limits."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.estimate.intervals import DRAWS
from monitor.estimate.twophase import Interval, Sample, interval


def holm_intervals(
    samples: Sequence[Sample],
    tolerances: Sequence[float],
    level: float,
    *,
    least_icc: float,
    draws: int = DRAWS,
) -> list[Interval]:
    """Each cell's interval at the level at which its lower limit is judged.

    Holm's procedure (Scand. J. Statist. 6, 1979) on the one-sided hypotheses "the share is at
    most the tolerance", at (1 − level) / 2 for the week. With r cells left, intervals are taken at
    1 − (1 − level) / r; the cells whose lower limit lies above their tolerance leave with that
    level, and the next step has fewer left; the step at which none leaves fixes the level of the
    rest. These are Holm's rejections, since a cell rejected at one step would be at any later one.
    So each interval contains the one at ``level``, and the chance that any lower limit of a week
    lies above a tolerance that its cell keeps is at most (1 − level) / 2. Upper limits accuse
    nobody: readers take the one at ``level``.
    """
    intervals: dict[int, Interval] = {}
    cells = list(range(len(samples)))
    while cells:
        step = 1.0 - (1.0 - level) / len(cells)
        for i in cells:
            intervals[i] = interval(samples[i], step, least_icc=least_icc, draws=draws)
        remaining = [i for i in cells if intervals[i].low <= tolerances[i]]
        if len(remaining) == len(cells):
            break
        cells = remaining
    return [intervals[i] for i in range(len(samples))]


def discoveries(p_values: Sequence[float], rate: float) -> list[bool]:
    """Which hypotheses Benjamini and Hochberg's procedure rejects at a false-discovery ``rate``.

    J. R. Statist. Soc. B 57 (1995); where none is true of any, none at all is rejected with
    probability 1 − ``rate``.
    """
    if not p_values:
        return []
    from scipy.stats import false_discovery_control

    return [bool(p <= rate) for p in false_discovery_control(p_values)]
