"""How many offers of a group breach, from the people's word on some of them.

A count, not a share: what people judged counts as they judged it, and of the others a number that
is predicted from the labels. The prediction takes Clopper and Pearson's two beta distributions of a
share (``intervals``) for the share of breaches among offers nobody judged; the number among r such
offers is then beta-binomial, the lower one Beta(x, n − x + 1), the upper one Beta(x + 1, n − x).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from monitor.estimate.intervals import Array, Count
from monitor.estimate.values import AuditedListing
from monitor.model import Answer


class OfferGroup(NamedTuple):
    """Distinct offers of one side of the screen, and the labels that speak of those nobody judged.

    Of the offers people called ``breaching`` in breach, and ``unclear`` neither that nor clean;
    ``unjudged`` have no label. ``labels`` are of offers of the same side, of this group or others.
    """

    breaching: int
    unclear: int
    unjudged: int
    labels: tuple[AuditedListing, ...]


def offers_in_breach(
    flagged: OfferGroup, unflagged: OfferGroup, level: float = 0.95
) -> tuple[int, int]:
    """Lower and upper limit, in offers, of how many of two groups breach, at a two-sided ``level``.

    "Cannot tell" counts as no in the lower limit and as yes in the upper one. The lower limit takes
    of unflagged offers only those that people called in breach; without a label it is that for
    flagged ones, too, and the upper limit counts every offer nobody judged.
    """
    tail = (1.0 - level) / 2.0
    known = flagged.breaching + unflagged.breaching
    low = known + _quantile(_lower(flagged), tail)
    upper = np.convolve(_upper(flagged), _upper(unflagged))
    high = known + flagged.unclear + unflagged.unclear + _quantile(upper, 1.0 - tail)
    return low, high


def label_count(labels: Iterable[AuditedListing], counted: Sequence[Answer]) -> Count:
    """Labels with one of the answers ``counted``, out of all, each offer of weight 1 / probability.

    The trials are Kish's effective number of offers; the labels of one offer are one, which counts
    by the part of its weight that has such an answer.
    """
    weights: dict[str, float] = defaultdict(float)
    successes: dict[str, float] = defaultdict(float)
    for label in labels:
        weights[label.item_id] += 1.0 / label.probability
        successes[label.item_id] += (label.outcome in counted) / label.probability
    total = sum(weights.values())
    if not total:
        return Count(0.0, 0.0)
    trials = total**2 / sum(weight**2 for weight in weights.values())
    return Count(trials * sum(successes.values()) / total, trials)


def _lower(group: OfferGroup) -> Array:
    """Probabilities of 0, 1, … breaches among the unjudged offers, few of them."""
    count = label_count(group.labels, (Answer.yes,))
    return beta_binomial(group.unjudged, count.successes, count.trials - count.successes + 1.0)


def _upper(group: OfferGroup) -> Array:
    """Probabilities of 0, 1, … breaches among the unjudged offers, many of them."""
    count = label_count(group.labels, (Answer.yes, Answer.cannot_tell))
    return beta_binomial(group.unjudged, count.successes + 1.0, count.trials - count.successes)


def beta_binomial(trials: int, first: float, second: float) -> Array:
    """Probabilities of 0 to ``trials`` successes where their share is Beta(first, second).

    Shape (trials + 1,). A ``first`` of 0 stands for a share of 0, a ``second`` of 0 for one of 1.
    """
    numbers = np.arange(trials + 1.0)
    if first <= 0.0 or second <= 0.0:
        return np.where(numbers == (0 if first <= 0.0 else trials), 1.0, 0.0)
    ways = -special.betaln(numbers + 1.0, trials - numbers + 1.0) - np.log(trials + 1.0)
    logs = ways + special.betaln(numbers + first, trials - numbers + second)
    probabilities: Array = np.exp(logs - special.betaln(first, second))
    return probabilities


def _quantile(probabilities: Array, level: float) -> int:
    """The least number that is not exceeded with a probability of at least ``level``."""
    reached = np.cumsum(probabilities) >= level - 1e-12
    return int(np.argmax(reached)) if reached.any() else len(probabilities) - 1
