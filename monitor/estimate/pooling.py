"""Which labels of unflagged listings speak about what a cell's screen misses.

A cell's own labels are too few for an acquittal, so the missed share is estimated from all labels
of unflagged listings of the platform in a window of weeks. Every draw counts with its weight: if a
listing that stays for weeks counted once, while others come and go, offers that stay would weigh
too little. The variance is taken over listings, so a label that carries over adds no certainty. Two
things would make that pool lie, and are kept out. What another classifier's screen left unflagged
says nothing of this one's: labels of such a week count in the strata that this week's classifier
puts their listings in, with the probabilities they were drawn with, or not at all. And where the
cell's cluster, or the week, differs from the rest, the rest does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from monitor.config import previous_week
from monitor.estimate.values import AuditedListing, CellData, Settings
from monitor.model import Answer, ScreenStratum

Mask = NDArray[np.bool_]


class Pool(NamedTuple):
    """The labels pooled, their first and last week, and where the pool was cut (or None).

    ``exact`` tells of each label whether it speaks of the cell's policy, and not of foreign offers
    in general, which bound it from above.
    """

    labels: tuple[AuditedListing, ...]
    exact: tuple[bool, ...]
    weeks: tuple[str, str] | None
    cut: str | None

    @property
    def exact_labels(self) -> tuple[AuditedListing, ...]:
        """Those of the labels that speak of the cell's policy."""
        return tuple(x for x, exact in zip(self.labels, self.exact, strict=True) if exact)


def is_of_cell(cell: CellData, label: AuditedListing) -> bool:
    """Whether a label was drawn in this cell this week."""
    return label.week == cell.week and label.cluster == cell.cluster


def usable(cell: CellData, settings: Settings) -> tuple[AuditedListing, ...]:
    """Labels of the window, this week's included, in the strata of this week's classifier.

    That classifier is the one this week's sample was drawn by; ``cell.classifier`` before a draw.
    """
    return usable_labels(cell.audited, cell.week, cell.classifier, settings)


def usable_labels(
    audited: Sequence[AuditedListing], week: str, classifier: str, settings: Settings
) -> tuple[AuditedListing, ...]:
    """Labels of the window up to ``week``, in the strata of the classifier that week was drawn by.

    ``classifier`` is the one before a draw. A label drawn from another one's screen stands in the
    stratum it was ``rescreened`` to, and is left out where that is not known.
    """
    first = previous_week(week, settings.window - 1)
    drawn_from = {label.classifier for label in audited if label.week == week}
    classifiers = drawn_from or {classifier}
    return tuple(
        label
        if label.classifier in classifiers or label.rescreened is None
        else replace(label, stratum=label.rescreened)
        for label in audited
        if first <= label.week <= week
        and (label.classifier in classifiers or label.rescreened_by in classifiers)
    )


def pool_unflagged(cell: CellData, settings: Settings) -> Pool:
    """Return the labels that estimate what share of breaches the cell's screen misses.

    It takes the ``usable`` labels of listings that the screen did not flag, of every cluster of
    the platform. A label of the cell's own cluster keeps the policy's answer. One of another
    cluster says whether people called the offer foreign, where they did; this errs high, as each
    breach is foreign. ``cut_pool`` drops the other clusters' labels, then the other weeks', where
    their share of yes differs (Fisher's exact test, ``settings.pooling_level``; labels without yes
    or no are not tested). ``exact`` holds one flag a label, True for the own cluster. For other
    clusters it is False as soon as the foreign answer of any label of another cluster in
    ``cell.audited`` (flagged and older ones included) differs from the policy's. ``weeks`` is the
    first and last week pooled, None for an empty pool; ``cut`` names the last cut.
    """
    of_window = usable(cell, settings)
    return pool_labels(cell, of_window, ("cluster", "week"), settings.pooling_level)


def pool_labels(
    cell: CellData, audited: Iterable[AuditedListing], cuts: Sequence[str], level: float
) -> Pool:
    """The unflagged labels among ``audited``, as ``pool_unflagged`` says.

    ``cuts`` are the cuts to be made, ``cluster`` or ``week``, tested at ``level``.
    """
    labels = tuple(
        _seen_from(cell, label) for label in audited if label.stratum is not ScreenStratum.flagged
    )
    near = {
        "cluster": np.array([x.cluster == cell.cluster for x in labels], dtype=np.bool_),
        "week": np.array([x.week == cell.week for x in labels], dtype=np.bool_),
    }
    keep, cut = cut_pool(
        np.array([label.outcome is Answer.yes for label in labels], dtype=np.bool_),
        np.array([label.outcome is Answer.no for label in labels], dtype=np.bool_),
        {name: near[name] for name in cuts},
        level,
    )
    pooled = tuple(label for label, stays in zip(labels, keep.tolist(), strict=True) if stays)
    weeks = sorted(label.week for label in pooled)
    narrow = any(label.outcome != _seen_from(cell, label).outcome for label in cell.audited)
    exact = tuple(not narrow or label.cluster == cell.cluster for label in pooled)
    return Pool(pooled, exact, (weeks[0], weeks[-1]) if weeks else None, cut)


def cut_pool(
    yes: Mask, no: Mask, near: Mapping[str, Mask], level: float
) -> tuple[Mask, str | None]:
    """Which labels stay in the pool, and the name of the last cut made (None without one).

    ``yes`` and ``no`` are the labels' outcomes, neither for "cannot tell". One after the other,
    each mask of ``near`` is held against the labels still in: where the share of yes differs
    between near and far ones (Fisher's exact test, two-sided, p < ``level``), only the near ones
    stay.
    """
    from scipy.stats import fisher_exact

    keep, cut = np.ones(len(yes), dtype=np.bool_), None
    for name, is_near in near.items():
        groups = (keep & is_near, keep & ~is_near)
        if not all(group.any() for group in groups) or not (yes & keep).any():
            continue
        table = np.array([[(yes & group).sum(), (no & group).sum()] for group in groups])
        if float(fisher_exact(table).pvalue) < level:
            keep, cut = groups[0], name
    return keep, cut


def _seen_from(cell: CellData, label: AuditedListing) -> AuditedListing:
    """A label of another cluster speaks of foreign offers: every breach is one, so it errs high."""
    if label.cluster == cell.cluster or label.foreign is None:
        return label
    return replace(label, outcome=label.foreign)
