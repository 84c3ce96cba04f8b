"""The two-phase estimator of one cell on arrays: share, both intervals, influence of each entry.

Phase one are the frame's entries, whose positions the classifier screens into strata; phase two are
the labels. With W the strata's shares of the positions and R the share of breaches among the labels
of a stratum, p̂ = Σ W·R. Its variance is that of the entries' linearised contributions (Särndal,
Swensson and Wretman, Model Assisted Survey Sampling, 1992, ch. 9). The share is that of the frame's
list, so an entry that is certain to be looked at has no sampling variance, and the others have
their finite-population correction.
"""

from __future__ import annotations

import math
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
_KNOWN = 1e-9
"""Design effect of a share that no sampling stands behind."""
Reading = Literal["clear", "no", "yes"]


@dataclass(frozen=True)
class LabelArrays:
    """Labelled listings, one row each.

    ``stratum`` (k,) screen stratum; ``weight`` (k,) positions the row stands for; ``yes`` and
    ``unclear`` (k,) booleans; ``psu`` (k,) the primary sampling unit: row of the cell's entry, or
    any number ≥ the number of entries for an entry outside the cell; ``listing`` (k,) a number that
    rows of the same listing share, as its labels of several weeks are one answer, not several.
    """

    stratum: NDArray[np.int64]
    weight: Array
    yes: NDArray[np.bool_]
    unclear: NDArray[np.bool_]
    psu: NDArray[np.int64]
    listing: NDArray[np.int64]

    def read(self, reading: Reading) -> LabelArrays:
        """The labels with "cannot tell" dropped, or counted as no or as yes."""
        if not self.unclear.any():
            return self
        if reading == "clear":
            keep = ~self.unclear
            return LabelArrays(
                self.stratum[keep], self.weight[keep], self.yes[keep], self.unclear[keep],
                self.psu[keep], self.listing[keep],
            )  # fmt: skip
        yes = self.yes & ~self.unclear | (self.unclear if reading == "yes" else False)
        clear = np.zeros_like(self.unclear)
        return LabelArrays(self.stratum, self.weight, yes, clear, self.psu, self.listing)

    def counts(self) -> tuple[Count, Count, Count]:
        """Effective count of each stratum: weighted rate on Kish's (Σω)²/Σω² trials.

        ω are the weights of listings, each over all its rows.
        """
        weight = np.bincount(self.stratum, self.weight, 3)
        _, row_listing = np.unique(3 * self.listing + self.stratum, return_inverse=True)
        of_listing = np.bincount(row_listing, self.weight)
        square = np.bincount(self.stratum, self.weight * of_listing[row_listing], 3)
        positive = np.bincount(self.stratum, self.weight * self.yes, 3)
        return tuple(  # type: ignore[return-value]
            Count(p / w * (w * w / q), w * w / q) if w > 0 else NOTHING
            for w, q, p in zip(weight.tolist(), square.tolist(), positive.tolist(), strict=True)
        )


@dataclass(frozen=True)
class Sample:
    """A cell as arrays: m responding entries, labels of the cell's own draw, pooled labels.

    ``positions`` (m, 3) weighted positions an entry showed in each screen stratum; ``frame`` (m,)
    a number that entries drawn together share; ``probability`` (m,) that an entry is drawn and
    answers, 0 where it is one of infinitely many; ``size`` unweighted number of positions;
    ``drawn`` labels drawn in this cell; ``pool`` labels of unflagged positions to estimate the
    missed share from (every draw, the cell's own among them); ``bound`` those to bound it from
    above with, where they are more than the pool. A season's rows are its weeks' entries.
    ``unreadable`` is the share of all positions whose listing could not be read; the arrays are of
    the others.
    """

    positions: Array
    frame: NDArray[np.int64]
    probability: Array
    size: float
    drawn: LabelArrays
    pool: LabelArrays
    bound: LabelArrays | None = None
    unreadable: float = 0.0


class Interval(NamedTuple):
    """Limits of a share at a two-sided ``level``; ``melded`` are those of that interval alone."""

    low: float
    high: float
    level: float
    melded: tuple[float, float]


@dataclass(frozen=True)
class Estimate:
    """Point estimate with its linearised contributions to the estimation error.

    Contributions: ``entries`` (m,) of phase one; ``drawn`` and ``pool`` of the label rows read (0
    where a row does not enter). ``variance`` sums them over entries, of the cell and outside, or
    over listings where that gives more, on ``degrees`` of freedom.
    """

    share: float
    entries: Array
    drawn: Array
    pool: Array
    variance: float
    degrees: int


def stratified_variance(
    influence: Array, frame: NDArray[np.int64], probability: Array | None = None
) -> tuple[float, int]:
    """Variance of a total of entry contributions, and degrees of freedom.

    Entries of a stratum are a simple random sample without replacement of which ``probability``
    (all 0 where None) is the sampling fraction; those of probability 1 have no variance. An entry
    alone in its stratum is measured from the mean of all (as R's survey package does with
    ``lonely.psu = "adjust"``): never from itself, which would hide its variance.
    """
    drawn = np.ones_like(influence) if probability is None else 1.0 - probability
    _, code, size = np.unique(frame, return_inverse=True, return_counts=True)
    mean = np.bincount(code, influence) / size
    lonely = size == 1
    if lonely.any():
        mean = np.where(lonely, influence.mean(), mean)
    factor = np.where(lonely, 1.0, size / np.maximum(size - 1, 1))
    squares = np.bincount(code, drawn * (influence - mean[code]) ** 2)
    uncertain = drawn > 0.0
    degrees = int(uncertain.sum()) - len(np.unique(code[uncertain]))
    return float((factor * squares).sum()), max(1, degrees)


def estimate(sample: Sample, reading: Reading = "clear") -> Estimate | None:
    """p̂ and its linearisation; None where a stratum with places has no usable label.

    Only the flagged stratum insists on labels of its own: an unflagged one borrows the rate of
    the other, and the interval carries what is not known about it.
    """
    drawn, pool = sample.drawn.read(reading), sample.pool.read(reading)
    total = float(sample.positions.sum())
    if total <= 0.0:
        return None
    shares = sample.positions.sum(axis=0) / total
    precision, missed = drawn.counts()[FLAGGED].rate, [count.rate for count in pool.counts()[1:]]
    usable_rates = [rate for rate in missed if not math.isnan(rate)]
    borrowed = (usable_rates or missed)[0]
    rates = np.array([precision, *(borrowed if math.isnan(rate) else rate for rate in missed)])
    rates[shares == 0.0] = 0.0
    if np.isnan(rates).any():
        return None
    share = min(1.0, float(shares @ rates))
    entries = (sample.positions @ rates - sample.positions.sum(axis=1) * share) / total
    flagged = drawn.stratum == FLAGGED
    drawn_terms = np.where(flagged, _contributions(drawn, shares, rates), 0.0)
    pool_terms = _contributions(pool, shares, rates)
    terms = np.concatenate([drawn_terms, pool_terms])
    psu = np.concatenate([drawn.psu, pool.psu])
    listing = np.concatenate([drawn.listing, pool.listing])
    # Rows of a listing that the cell shows now belong to its entry, whatever week they are of.
    entry_of = {name: row for name, row in zip(listing.tolist(), psu.tolist(), strict=True)
                if row < len(entries)}  # fmt: skip
    by_listing = [entry_of.get(name, len(entries) + name) for name in listing.tolist()]
    variances = [
        _variance(sample, entries, terms, clusters, listing)
        for clusters in (psu, np.array(by_listing, dtype=np.int64))
    ]
    variance, degrees = max(variances)
    return Estimate(share, entries, drawn_terms, pool_terms, variance, degrees)


def _variance(
    sample: Sample,
    entries: Array,
    terms: Array,
    clusters: NDArray[np.int64],
    listing: NDArray[np.int64],
) -> tuple[float, int]:
    """Variance, on degrees of freedom, of contributions of entries and of labels in clusters.

    A cluster below the number of entries is that entry; the others lie outside the cell. Between
    entries the finite-population correction 1 − π holds; what a label adds within an entry counts
    π times again (Rao, Sankhyā C 37, 1975), labels of one listing together.
    """
    in_cell = clusters < len(entries)
    rows, own = clusters[in_cell], terms[in_cell]
    influence = entries + np.bincount(rows, own, len(entries))
    variance, degrees = stratified_variance(influence, sample.frame, sample.probability)
    _, labelled = np.unique(listing[in_cell], return_inverse=True)
    within = np.bincount(labelled, np.sqrt(sample.probability[rows]) * own)
    variance += float(within @ within)
    if not in_cell.all():
        _, cluster = np.unique(clusters[~in_cell], return_inverse=True)
        outside = np.bincount(cluster, terms[~in_cell])
        correction = len(outside) / (len(outside) - 1) if len(outside) > 1 else 1.0
        variance += float(outside @ outside) * correction
    if (sample.probability >= 1.0).all():
        degrees = max(1, len(np.unique(listing)) - 1)
    return variance, degrees


def _contributions(labels: LabelArrays, shares: Array, rates: Array) -> Array:
    scale = shares / np.maximum(np.bincount(labels.stratum, labels.weight, 3), 1e-300)
    terms: Array = scale[labels.stratum] * labels.weight * (labels.yes - rates[labels.stratum])
    return terms


def flagged_count(sample: Sample, level: float, least_icc: float) -> Count:
    """Korn–Graubard's effective count behind the flagged share, over entries.

    The design effect is never taken below that of an intra-entry correlation of ``least_icc``,
    which is all there is to go by where no position, or nearly none, is flagged; of that, the part
    that entries not looked at may bring. Where the whole list was looked at the share is known.
    """
    return _count(sample, FLAGGED, sample.positions.sum(axis=1), level, least_icc)


def unknown_count(sample: Sample, level: float, least_icc: float) -> Count:
    """The same of the share of unknown positions among the unflagged; no trials without any."""
    return _count(sample, UNKNOWN, sample.positions[:, 1:].sum(axis=1), level, least_icc)


def _count(sample: Sample, stratum: int, shown: Array, level: float, least_icc: float) -> Count:
    """The effective count behind a stratum's share of the weighted positions ``shown`` (m,)."""
    total = float(shown.sum())
    if total <= 0.0:
        return NOTHING
    share = min(1.0, float(sample.positions[:, stratum].sum()) / total)
    influence = (sample.positions[:, stratum] - shown * share) / total
    variance, degrees = stratified_variance(influence, sample.frame, sample.probability)
    size = sample.size * total / float(sample.positions.sum())
    squares = float(shown @ shown)
    average = size * squares / total**2
    unseen = float((1.0 - sample.probability) @ shown**2) / squares
    floor = (1.0 + max(average - 1.0, 0.0) * least_icc) * max(unseen, _KNOWN)
    trials = effective_size(share, variance, size=size, degrees=degrees, level=level, floor=floor)
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

    The lower limit counts "cannot tell" as no and takes the missed share from the labels drawn in
    the cell alone, so that nothing from elsewhere, and nothing unclear, accuses; the upper limit
    counts "cannot tell" as yes and takes it from the pool. A position that could not be read is one
    that nobody can tell: none breaches at the lower limit, all do at the upper. ``error`` asks what
    the limits would be if that share of the labels were wrong, each in the direction that widens.
    """
    flagged = flagged_count(sample, level, least_icc)
    unknown = unknown_count(sample, level, least_icc)
    bound = sample.bound or sample.pool
    limits = []
    for upper in (False, True):
        reading: Reading = "yes" if upper else "no"
        shift = error if upper else -error
        drawn, pooled = (
            [count.shifted(shift) for count in labels.read(reading).counts()]
            for labels in (sample.drawn, bound)
        )
        counts = pooled if upper else drawn
        missed = counts[UNKNOWN], counts[DOMESTIC]
        of_unknown = unknown
        if upper and (unflagged := as_one_stratum(*missed, unknown)):
            missed, of_unknown = (unflagged, unflagged), NOTHING
        limits.append(
            melded(
                flagged, drawn[FLAGGED], missed, of_unknown, upper=upper, level=level, draws=draws
            )
        )
    low, high = limits
    if point := estimate(sample):
        low, high = min(low, point.share), max(high, point.share)
    if inner := linearised(sample, level):
        low = min(low, max(0.0, inner[0] - error))
        high = max(high, min(1.0, inner[1] + error))
    read = 1.0 - sample.unreadable
    return Interval(read * low, 1.0 - read * (1.0 - high), level, (limits[0], limits[1]))


def as_one_stratum(unknown: Count, domestic: Count, share: Count) -> Count | None:
    """The count behind the missed share of both unflagged strata, of which ``share`` is unknown.

    Unflagged labels are drawn nearly in proportion to positions; two limits added, one of them on a
    twentieth of the labels, would be far wider than they are. The trials are as many as if all
    labels weighed as much as the heaviest. None where a stratum has no label.
    """
    part = share.rate if share.trials > 0.0 else 0.0
    strata = [(count, u) for count, u in ((unknown, part), (domestic, 1.0 - part)) if u > 0.0]
    trials = min(count.trials / u for count, u in strata)
    return Count(trials * sum(x.rate * u for x, u in strata), trials) if trials > 0.0 else None


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
