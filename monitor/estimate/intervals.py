"""Confidence limits and confidence distributions of a proportion.

Sources: Clopper and Pearson (Biometrika 26, 1934); Korn and Graubard (Survey Methodology 24, 1998)
for the effective sample size; Fay, Proschan and Brittain (Biometrics 71, 2015) for melding; Bayer,
Fay and Graubard (arXiv 2205.13494) for melding with a survey and an imperfect classifier.

A *count* here is the pair (successes, trials); both may be fractional, as effective sizes are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

DRAWS = 1 << 17
SEED = 20210803
_ROUNDING = 1e-12
_NODES = np.linspace(-7.0, 7.0, 225)
_NODE_PROBABILITIES: Array = special.ndtr(_NODES)


class Count(NamedTuple):
    """Successes out of trials, effective sizes allowed; trials 0 where nothing is known."""

    successes: float
    trials: float

    @property
    def rate(self) -> float:
        """Observed share, NaN without trials."""
        return self.successes / self.trials if self.trials > 0 else float("nan")

    def shifted(self, by: float) -> Count:
        """The count with ``by`` times its trials more successes, within 0 and the trials."""
        return Count(min(max(self.successes + by * self.trials, 0.0), self.trials), self.trials)


NOTHING = Count(0.0, 0.0)


def clopper_pearson(count: Count, level: float = 0.95) -> tuple[float, float]:
    """Exact limits at a two-sided ``level``; (0, 1) without trials."""
    tail = (1.0 - level) / 2.0
    successes, trials = count
    low = special.betaincinv(successes, trials - successes + 1, tail) if successes > 0 else 0.0
    high = (
        special.betaincinv(successes + 1, trials - successes, 1.0 - tail)
        if successes < trials
        else 1.0
    )
    return float(low), float(high)


def effective_size(
    share: float, variance: float, *, size: float, degrees: int, level: float, floor: float = 1.0
) -> float:
    """Korn–Graubard's effective sample size of an estimated share.

    ``variance`` is the design-based one on ``degrees`` degrees of freedom, ``size`` the number of
    places. The size that a simple random sample of the same variance would have is deflated by the
    squared ratio of t quantiles (``size - 1`` against ``degrees``) and is at most ``size / floor``.
    ``floor`` is the least design effect one is ready to believe, and all there is to go by where
    the estimated variance is 0, or the share is 0 or 1 but for rounding.
    """
    cap, spread = size / floor, share * (1.0 - share)
    if size <= 1 or variance <= 0.0 or spread <= _ROUNDING:
        return cap
    tail = (1.0 + level) / 2.0
    narrow, wide = special.stdtrit([size - 1.0, float(max(degrees, 1))], tail)
    return float(min(cap, spread / variance * (narrow / wide) ** 2))


def korn_graubard(
    share: float, variance: float, *, size: float, degrees: int, level: float = 0.95
) -> tuple[float, float]:
    """Clopper–Pearson limits on Korn–Graubard's effective sample size."""
    trials = effective_size(share, variance, size=size, degrees=degrees, level=level)
    return clopper_pearson(Count(share * trials, trials), level)


@lru_cache(maxsize=4)
def _points(draws: int) -> Array:
    """Quasi-random standard normal points, shape (5, draws), the same on every machine."""
    # Not at the top: importing scipy.stats takes longer than most commands.
    from scipy.stats import qmc

    sobol = qmc.Sobol(5, rng=np.random.default_rng(SEED))
    points: Array = special.ndtri(sobol.random(draws).T)
    points.setflags(write=False)
    return points


# A cell is asked for several intervals in a row; an array of 131,072 draws is 1 MB.
@lru_cache(maxsize=16)
def _variable(count: Count, upper: bool, axis: int, draws: int) -> Array:
    """The lower or upper variable of the confidence distribution at the points of an ``axis``.

    Lower ~ Beta(x, n − x + 1), 0 for x = 0; upper ~ Beta(x + 1, n − x), 1 for x = n.
    """
    points = _points(draws)[axis]
    successes, trials = count
    if upper:
        first, second = successes + 1.0, trials - successes
    else:
        first, second = successes, trials - successes + 1.0
    if first <= 0.0 or second <= 0.0:
        return np.full_like(points, float(upper))
    table = special.betaincinv(first, second, _NODE_PROBABILITIES)
    variable: Array = np.interp(points, _NODES, table)
    variable.setflags(write=False)
    return variable


def melded(
    flagged: Count,
    precision: Count,
    missed: tuple[Count, Count],
    unknown: Count,
    *,
    upper: bool,
    level: float,
    draws: int = DRAWS,
) -> float:
    """One melded limit of p = f·PPV + (1 − f)·(u·FOR of unknown + (1 − u)·FOR of domestic).

    ``flagged`` is the effective count behind f, ``precision`` behind PPV, ``missed`` behind the
    two FOR, ``unknown`` behind the share u of unknown places among the unflagged. The lower limit
    takes the lower variables, the upper limit the upper ones. p falls with f where PPV < FOR, and
    with u where the FOR of unknown is the smaller, so both always enter on the side that widens.
    Where no unflagged place is unknown, or all are, u is taken as known: nothing is said of a
    stratum that nobody met.
    """
    precise = _variable(precision, upper, 1, draws)
    only_stratum = {unknown.trials: missed[0], 0.0: missed[1]}.get(unknown.successes)
    if only_stratum is not None:
        rest = _variable(only_stratum, upper, 2, draws)
    else:
        of_unknown, of_domestic = (
            _variable(count, upper, axis, draws) for axis, count in enumerate(missed, start=2)
        )
        rest = of_domestic + _widest(unknown, of_unknown - of_domestic, upper, 4, draws)
    rest_to_flagged = _widest(flagged, precise - rest, upper, 0, draws)
    tail = (1.0 - level) / 2.0
    return float(np.quantile(rest + rest_to_flagged, 1.0 - tail if upper else tail))


def _widest(count: Count, gain: Array, upper: bool, axis: int, draws: int) -> Array:
    """A share times what is gained by it, the share on the side that widens, point by point."""
    shares = _variable(count, upper, axis, draws)
    if (gain < 0.0).any():
        shares = np.where(gain >= 0.0, shares, _variable(count, not upper, axis, draws))
    widened: Array = shares * gain
    return widened
