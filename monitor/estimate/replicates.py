"""Bootstrap replicates of the sample of entries, for standard errors of any statistic of positions.

The rescaled bootstrap of Rao and Wu (JASA 83, 1988; weights as in Rao, Wu and Yue, Survey
Methodology 18, 1992): in each replicate n - 1 of a stratum's n entries are drawn with replacement,
and the weight of an entry drawn t times is multiplied by 1 - λ + λ·t·n / (n - 1). λ² is the share
of an entry's variance that sampling leaves (its finite-population correction): 1 for an entry that
is one of infinitely many, 0 for one that is certain, whose weight stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.estimate.intervals import Array

REPLICATES = 200
"""A standard error from so many is uncertain by about 5 % of itself."""
SEED = 19880301


def replicate_factors(
    frame: NDArray[np.int64],
    probability: Array,
    *,
    replicates: int = REPLICATES,
    seed: int | tuple[int, ...] = SEED,
) -> Array:
    """What the weight of each of m entries is multiplied by in each replicate, (m, replicates).

    ``frame`` (m,) is a number that entries drawn together share and ``probability`` (m,) that an
    entry is drawn and answers, 0 where it is one of infinitely many, as in ``twophase.Sample``. The
    variance of a total over the replicates is then that of ``twophase.stratified_variance``. An
    entry alone in its stratum cannot be compared with another: its weight is multiplied by 1 - λ or
    1 + λ, each as likely, so that its own part of the total is its deviation.
    """
    random = np.random.default_rng(seed)
    spread = np.sqrt(1.0 - probability)[:, None]
    factors = np.ones((len(frame), replicates))
    for stratum in np.unique(frame):
        rows = np.flatnonzero(frame == stratum)
        n = len(rows)
        if n == 1:
            deviation = random.choice([-1.0, 1.0], size=(1, replicates))
        else:
            times = random.multinomial(n - 1, np.full(n, 1.0 / n), size=replicates).T
            deviation = times * n / (n - 1) - 1.0
        factors[rows] += spread[rows] * deviation
    return factors
