"""How many sellers there are, from two ways of looking: capture and recapture.

Sources: Chapman (University of California Publications in Statistics 1, 1951) for the estimator;
Seber (The Estimation of Animal Abundance, 1982, chapter 3) for limits from the hypergeometric
distribution of those met in both ways; Robson and Regier (Transactions of the American Fisheries
Society 93, 1964) for the seven that make the estimator's bias negligible.

The lower limit holds, too, where some sellers are easier to meet in both ways than others: more of
them then stand in both, and the limit is too low. The upper limit does not hold then.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from monitor.estimate.intervals import Array

LEAST_BOTH = 7
"""Sellers met in both ways below which nothing is estimated."""
LARGEST = 1_000_000
"""No upper limit is looked for beyond so many sellers."""


def chapman(first: int, second: int, both: int) -> float:
    """Chapman's estimate of all sellers, of whom two ways met ``first``, ``second`` and ``both``.

    It is too low where sellers differ in how easily they are met.
    """
    return (first + 1) * (second + 1) / (both + 1) - 1


def seller_limits(first: int, second: int, both: int, level: float = 0.95) -> tuple[int, int]:
    """Lower and upper limit of the number of all sellers at a two-sided ``level``.

    All numbers are kept that a one-sided test at (1 - level) / 2 does not refuse, given how many
    each way met. Raises ``ValueError`` for counts that cannot be, or that have no upper limit.
    """
    if not 0 < both <= min(first, second):
        raise ValueError(f"{both} in both of {first} and {second}: no limits")
    tail = (1.0 - level) / 2.0
    met = first + second - both

    def few_enough(total: int) -> bool:
        """Whether so many sellers could have left no more than ``both`` in both ways."""
        return _at_most(both, total, first, second) > tail

    def too_many(total: int) -> bool:
        """Whether so many sellers could hardly have left as many as ``both`` in both ways."""
        return 1.0 - _at_most(both - 1, total, first, second) <= tail

    low = met + _first(lambda excess: few_enough(met + excess))
    return low, low + _first(lambda excess: too_many(low + excess + 1))


def _first(holds: Callable[[int], bool]) -> int:
    """The least number from 0 for which a condition holds that, once it holds, goes on to."""
    high = 1
    while not holds(high - 1) and high < LARGEST:
        high *= 2
    low = high // 2
    high -= 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _at_most(both: int, total: int, first: int, second: int) -> float:
    """The probability that at most ``both`` of ``total`` sellers are met in both ways."""
    numbers = np.arange(max(0, first + second - total), both + 1, dtype=np.float64)
    logs = (
        _ways(first, numbers) + _ways(total - first, second - numbers) - _ways(total, float(second))
    )
    return float(min(np.exp(logs).sum(), 1.0))


def _ways(size: int, chosen: Array | float) -> Array:
    """Logarithms of the numbers of ways to choose from ``size``."""
    logs: Array = (
        special.gammaln(size + 1.0)
        - special.gammaln(np.add(chosen, 1.0))
        - special.gammaln(size - np.asarray(chosen) + 1.0)
    )
    return logs
