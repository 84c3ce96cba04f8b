"""A confidence sequence for a cell's quarter: limits that may be read every week.

It speaks of the mean over the weeks measured of the share of the positions looked at. What people
said of flagged listings is counted, not estimated: the share lies between the positions they said
yes of and all flagged ones they did not say no of. Unflagged listings are drawn with fresh random
numbers each week, so the labels that say yes are a bounded process with known inclusion
probabilities: with a label's share a ≤ A of the week's positions, exp(−λ Σ a·y + Θ (1 − e^(−λA)) /
A), with Θ the sum of the weeks' missed shares, is a supermartingale whatever the weeks' shares are,
because listings drawn without replacement by Pareto sampling are negatively associated (Brändén and
Jonasson, Scand. J. Statist. 39, 2012). Its mean over some λ exceeds 1 / α at any look with a
probability of at most α (Ville), as in Waudby-Smith and Ramdas (arXiv 2006.04347), whose own
sequences ask for one population and one mean, while a shelf changes every week. The lower limit
takes exp(λ Σ a·y − Θ (e^(λA) − 1) / A) likewise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log
from typing import NamedTuple

import numpy as np
from scipy import special

from monitor.estimate.collection import as_collected
from monitor.estimate.intervals import Array
from monitor.estimate.prepare import look
from monitor.estimate.values import CellData, Settings
from monitor.model import Answer, ScreenStratum

QUARTERS = 4
"""Sequences of a year, over all looks of which the level holds."""
_DRAWN_AFRESH = ScreenStratum.unknown, ScreenStratum.domestic
_BETS: Array = np.geomspace(0.2, 6.0, 16)
"""λ times the share that the heaviest label of the first week stands for."""


class WeekLook(NamedTuple):
    """A week of a sequence, in shares of the positions looked at.

    ``certain`` are the limits of the share of breaches for which no label is drawn at random, and
    ``missed`` the estimates from random labels of the others, "cannot tell" read as no and as yes.
    ``heaviest`` is the largest share that one of these labels can stand for.
    """

    certain: tuple[float, float]
    missed: tuple[float, float]
    heaviest: float


def look_at(week: CellData, settings: Settings) -> WeekLook:
    """What a measured week adds to a sequence."""
    week = as_collected(week, settings)
    looked = look(week, settings)
    weight_of = dict(zip(looked.entries, looked.weights.tolist(), strict=True))
    total = looked.unreadable + float(looked.positions.sum())
    shown: Counter[ScreenStratum] = Counter()
    share: dict[ScreenStratum, float] = defaultdict(float)
    for position in week.positions:
        shown[position.stratum] += 1
        share[position.stratum] += weight_of[position.entry_id] / total
    represented: dict[ScreenStratum, float] = defaultdict(float)
    for label in looked.labels:
        represented[label.stratum] += label.positions / label.probability
    unlabelled = sum(share[stratum] for stratum in _DRAWN_AFRESH if stratum not in represented)
    certain = [0.0, share[ScreenStratum.flagged] + unlabelled + looked.unreadable_share]
    missed, heaviest = [0.0, 0.0], 0.0
    for label, (weight, _) in looked.labels.items():
        reads = label.outcome is Answer.yes, label.outcome is not Answer.no
        if label.stratum is ScreenStratum.flagged:
            standing = weight * label.probability / total
            certain[0] += standing * reads[0]
            certain[1] -= standing * (not reads[1])
            continue
        # Of an audit that stopped early each label stands for more positions.
        scale = shown[label.stratum] / represented[label.stratum] / total
        missed[0] += scale * weight * reads[0]
        missed[1] += scale * weight * reads[1]
        most = max(weight_of.values()) * label.positions / label.probability
        heaviest = max(heaviest, scale * most)
    return WeekLook((certain[0], certain[1]), (missed[0], missed[1]), heaviest)


def sequence(looks: Sequence[WeekLook], level: float) -> tuple[float, float]:
    """Limits of the mean share of the weeks of a quarter so far.

    In a year of four such sequences, those of all weeks hold together with probability ``level``.
    (0, 1) where no unflagged listing has been labelled.
    """
    drawn = [look for look in looks if look.heaviest > 0.0]
    if not drawn:
        return 0.0, 1.0
    bets = _BETS / drawn[0].heaviest
    heaviest = max(look.heaviest for look in drawn)
    threshold = log(2.0 * QUARTERS / (1.0 - level))
    certain, missed = (np.sum([look[part] for look in looks], axis=0).tolist() for part in (0, 1))
    least = _total(bets * missed[0], -np.expm1(bets * heaviest) / heaviest, threshold)
    most = _total(-bets * missed[1], -np.expm1(-bets * heaviest) / heaviest, threshold)
    return (certain[0] + least) / len(looks), min((certain[1] + most) / len(looks), 1.0)


def _total(gains: Array, slopes: Array, threshold: float) -> float:
    """The sum Θ ≥ 0 at which the mean over the bets of exp(gain + slope·Θ) is exp(threshold)."""

    def excess(total: float) -> float:
        """Logarithm of the mean over the bets, less the threshold."""
        terms = gains + slopes * total
        return float(special.logsumexp(terms) - log(len(terms)) - threshold)

    if (slopes < 0.0).all() and excess(0.0) <= 0.0:
        return 0.0
    farthest = float(((threshold - gains) / slopes).max())
    from scipy.optimize import brentq

    return float(brentq(excess, 0.0, farthest))
