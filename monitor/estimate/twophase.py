"""The two-phase estimator of one cell on arrays: share, both intervals, influence of each entry.

Phase one are the frame's entries, whose places the classifier screens into strata; phase two are
the labels. With W the strata's shares of the places and R the share of breaches among the labels
of a stratum, p̂ = Σ W·R. Its variance is that of the entries' linearised contributions (Särndal,
Swensson and Wretman, Model Assisted Survey Sampling, 1992, ch. 9), entries within frame strata
taken as drawn with replacement: they stand for other ways in which a shopper could have looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.estimate.intervals import (
    DRAWS,
    NOTHING,
    Array,
    Count,
    effective_size,
    korn_graubard,
    melded,
)

FLAGGED, UNKNOWN, DOMESTIC = 0, 1, 2
Reading = Literal["clear", "no", "yes"]


@dataclass(frozen=True)
class Labels:
    """Labelled places, one row each.

    ``stratum`` (k,) screen stratum; ``weight`` (k,) places the row stands for; ``yes`` and
    ``unclear`` (k,) booleans; ``psu`` (k,) row of the cell's entry, or any number ≥ the number of
    entries for a cluster outside the cell.
    """

    stratum: NDArray[np.int64]
    weight: Array
    yes: NDArray[np.bool_]
    unclear: NDArray[np.bool_]
    psu: NDArray[np.int64]

    def read(self, reading: Reading) -> Labels:
        """The labels with "cannot tell" dropped, or counted as no or as yes."""
        if not self.unclear.any():
            return self
        if reading == "clear":
            keep = ~self.unclear
            return Labels(
                self.stratum[keep], self.weight[keep], self.yes[keep], self.unclear[keep],
                self.psu[keep],
            )  # fmt: skip
        yes = self.yes & ~self.unclear | (self.unclear if reading == "yes" else False)
        return Labels(self.stratum, self.weight, yes, np.zeros_like(self.unclear), self.psu)

    def counts(self) -> tuple[Count, Count, Count]:
        """Effective count of each stratum: weighted rate on Kish's (Σω)²/Σω² trials."""
        weight = np.bincount(self.stratum, self.weight, 3)
        square = np.bincount(self.stratum, self.weight**2, 3)
        positive = np.bincount(self.stratum, self.weight * self.yes, 3)
        return tuple(  # type: ignore[return-value]
            Count(p / w * (w * w / q), w * w / q) if w > 0 else NOTHING
            for w, q, p in zip(weight.tolist(), square.tolist(), positive.tolist(), strict=True)
        )


@dataclass(frozen=True)
class Sample:
    """A cell as arrays: m responding entries, labels of the cell's own draw, pooled labels.

    ``places`` (m, 3) weighted places an entry showed in each screen stratum; ``frame`` (m,) frame
    stratum of the entry; ``size`` unweighted number of places; ``own`` labels drawn in this cell
    this week; ``pool`` labels of unflagged places to estimate the missed share from (each item
    once; the own ones among them); ``bound`` those to bound it from above with, where they are
    more than the pool.
    """

    places: Array
    frame: NDArray[np.int64]
    size: float
    own: Labels
    pool: Labels
    bound: Labels | None = None


class Interval(NamedTuple):
    """Limits of a share, and of the two intervals of which they are the wider."""

    low: float
    high: float
    melded: tuple[float, float]
    linearised: tuple[float, float] | None


@dataclass(frozen=True)
class Estimate:
    """Point estimate with its linearised contributions to the estimation error.

    ``entries`` (m,) of phase one; ``own`` and ``pool`` of the label rows read (0 where a row does
    not enter). ``variance`` sums them over entries and outside clusters.
    """

    share: float
    rates: tuple[float, float, float]
    entries: Array
    own: Array
    pool: Array
    variance: float
    degrees: int


def stratified_variance(influence: Array, frame: NDArray[np.int64]) -> tuple[float, int]:
    """With-replacement variance of a total of entry contributions, and degrees of freedom.

    An entry alone in its frame stratum is measured from the mean of all (as R's survey package
    does with ``lonely.psu = "adjust"``): never from itself, which would hide its variance.
    """
    _, code, size = np.unique(frame, return_inverse=True, return_counts=True)
    mean = np.bincount(code, influence) / size
    lonely = size == 1
    if lonely.any():
        mean = np.where(lonely, influence.mean(), mean)
    factor = np.where(lonely, 1.0, size / np.maximum(size - 1, 1))
    squares = np.bincount(code, (influence - mean[code]) ** 2)
    return float((factor * squares).sum()), max(1, int(len(influence) - len(size)))


def estimate(sample: Sample, reading: Reading = "clear") -> Estimate | None:
    """p̂ and its linearisation; None where a stratum with places has no usable label.

    Only the flagged stratum insists on labels of its own: an unflagged one borrows the rate of
    the other, and the interval carries what is not known about it.
    """
    own, pool = sample.own.read(reading), sample.pool.read(reading)
    total = float(sample.places.sum())
    if total <= 0.0:
        return None
    shares = sample.places.sum(axis=0) / total
    precision, missed = own.counts()[FLAGGED].rate, [c.rate for c in pool.counts()[1:]]
    known = [rate for rate in missed if rate == rate]
    rates = np.array([precision, *(r if r == r else (known or [r])[0] for r in missed)])
    rates[shares == 0.0] = 0.0
    if np.isnan(rates).any():
        return None
    share = min(1.0, float(shares @ rates))
    first = (sample.places @ rates - sample.places.sum(axis=1) * share) / total
    flagged = own.stratum == FLAGGED
    terms_own = np.where(flagged, _contributions(own, shares, rates), 0.0)
    terms_pool = _contributions(pool, shares, rates)
    variance, degrees = _variance(sample, first, (own, terms_own), (pool, terms_pool))
    return Estimate(share, tuple(rates.tolist()), first, terms_own, terms_pool, variance, degrees)


def _contributions(labels: Labels, shares: Array, rates: Array) -> Array:
    scale = shares / np.maximum(np.bincount(labels.stratum, labels.weight, 3), 1e-300)
    terms: Array = scale[labels.stratum] * labels.weight * (labels.yes - rates[labels.stratum])
    return terms


def _variance(sample: Sample, first: Array, *parts: tuple[Labels, Array]) -> tuple[float, int]:
    entries = len(first)
    psu = np.concatenate([labels.psu for labels, _ in parts])
    terms = np.concatenate([terms for _, terms in parts])
    here = psu < entries
    influence = first + np.bincount(psu[here], terms[here], entries)
    variance, degrees = stratified_variance(influence, sample.frame)
    if not here.all():
        _, cluster = np.unique(psu[~here], return_inverse=True)
        far = np.bincount(cluster, terms[~here])
        variance += float(far @ far) * (len(far) / (len(far) - 1) if len(far) > 1 else 1.0)
    return variance, degrees


def flagged_count(sample: Sample, level: float, least_icc: float) -> Count:
    """Korn–Graubard's effective count behind the flagged share, over entries.

    The design effect is never taken below that of an intra-entry correlation of ``least_icc``,
    which is all there is to go by where no place, or nearly none, is flagged.
    """
    places = sample.places
    total = float(places.sum())
    share = min(1.0, float(places[:, FLAGGED].sum()) / total)
    influence = (places[:, FLAGGED] - places.sum(axis=1) * share) / total
    variance, degrees = stratified_variance(influence, sample.frame)
    each = places.sum(axis=1)
    average = sample.size * float(each @ each) / total**2
    floor = 1.0 + max(average - 1.0, 0.0) * least_icc
    trials = effective_size(
        share, variance, size=sample.size, degrees=degrees, level=level, floor=floor
    )
    return Count(share * trials, trials)


def interval(
    sample: Sample,
    level: float = 0.95,
    *,
    least_icc: float = 0.05,
    error: float = 0.0,
    draws: int = DRAWS,
) -> Interval:
    """The wider of the melded and the linearised interval at a two-sided ``level``.

    The lower limit counts "cannot tell" as no and takes the missed share from the cell's own
    labels alone, so that nothing found elsewhere, and nothing unclear, accuses; the upper limit
    counts "cannot tell" as yes and takes it from the pool. ``error`` asks what the limits would be
    if that share of the labels were wrong, each in the direction that widens.
    """
    flagged = flagged_count(sample, level, least_icc)
    shares = sample.places.sum(axis=0)
    unflagged = float(shares[1:].sum())
    unknown = float(shares[UNKNOWN]) / unflagged if unflagged > 0 else 0.0
    limits = []
    for upper in (False, True):
        reading: Reading = "yes" if upper else "no"
        shift = error if upper else -error
        own = [count.shifted(shift) for count in sample.own.read(reading).counts()]
        pooled = sample.bound or sample.pool
        pool = [count.shifted(shift) for count in pooled.read(reading).counts()]
        missed = pool if upper else own
        limits.append(
            melded(
                flagged, own[FLAGGED], (missed[UNKNOWN], missed[DOMESTIC]), unknown,
                upper=upper, level=level, draws=draws,
            )
        )  # fmt: skip
    inner = linearised(sample, level)
    low, high = limits
    point = estimate(sample)
    if point is not None:
        low, high = min(low, point.share), max(high, point.share)
    if inner is not None:
        low = min(low, max(0.0, inner[0] - error))
        high = max(high, min(1.0, inner[1] + error))
    return Interval(low, high, (limits[0], limits[1]), inner)


def linearised(sample: Sample, level: float) -> tuple[float, float] | None:
    """Korn–Graubard on the linearised estimator; None where it collapses (variance 0)."""
    no, yes = estimate(sample, "no"), estimate(sample, "yes")
    if no is None or yes is None or no.variance <= 0.0 or yes.variance <= 0.0:
        return None
    low, _ = korn_graubard(no.share, no.variance, size=sample.size, degrees=no.degrees, level=level)
    _, high = korn_graubard(
        yes.share, yes.variance, size=sample.size, degrees=yes.degrees, level=level
    )
    return low, high
