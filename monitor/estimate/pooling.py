"""Which labels of unflagged listings speak about what a cell's screen misses.

A cell's own labels are too few for an acquittal, so the missed share is estimated from all labels
of unflagged listings of the platform in a window of weeks. Three things would make that pool lie,
and are kept out: an item labelled in several weeks counts once; labels drawn from the screen of
another classifier do not count; and where the cell's cluster, or the week, differs from the rest,
the rest does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from monitor.config import previous_week
from monitor.estimate.values import Audited, CellData, Settings
from monitor.model import Answer, ScreenStratum

Mask = NDArray[np.bool_]


class Pool(NamedTuple):
    """The labels pooled, their first and last week, and where the pool was cut (or None).

    ``exact`` tells of each label whether it speaks of the cell's policy, and not of foreign offers
    in general, which bound it from above.
    """

    labels: tuple[Audited, ...]
    exact: tuple[bool, ...]
    weeks: tuple[str, str] | None
    cut: str | None


def is_own(cell: CellData, label: Audited) -> bool:
    """Whether a label was drawn in this cell this week."""
    return label.week == cell.week and label.cluster == cell.cluster


def usable(cell: CellData, settings: Settings) -> tuple[Audited, ...]:
    """Labels drawn from screens of this week's classifier within the window, this week's included.

    That classifier is the one this week's draw was made from; ``cell.classifier`` before a draw.
    """
    first = previous_week(cell.week, settings.window - 1)
    drawn_from = {label.classifier for label in cell.audited if label.week == cell.week}
    classifiers = drawn_from or {cell.classifier}
    return tuple(
        label
        for label in cell.audited
        if label.classifier in classifiers and first <= label.week <= cell.week
    )


def pool_unflagged(cell: CellData, settings: Settings) -> Pool:
    """The labels from which the cell's missed share is estimated."""
    labels = _each_item_once(
        cell,
        (
            _seen_from(cell, label)
            for label in usable(cell, settings)
            if label.stratum is not ScreenStratum.flagged
        ),
    )
    keep, cut = cut_pool(
        np.array([label.outcome is Answer.yes for label in labels], dtype=np.bool_),
        np.array([label.outcome is Answer.no for label in labels], dtype=np.bool_),
        {
            "cluster": np.array([x.cluster == cell.cluster for x in labels], dtype=np.bool_),
            "week": np.array([x.week == cell.week for x in labels], dtype=np.bool_),
        },
        settings.pooling_level,
    )
    kept = tuple(label for label, stays in zip(labels, keep.tolist(), strict=True) if stays)
    weeks = sorted(label.week for label in kept)
    narrow = any(label.outcome != _seen_from(cell, label).outcome for label in cell.audited)
    exact = tuple(not narrow or label.cluster == cell.cluster for label in kept)
    return Pool(kept, exact, (weeks[0], weeks[-1]) if weeks else None, cut)


def cut_pool(
    yes: Mask, no: Mask, near: Mapping[str, Mask], level: float
) -> tuple[Mask, str | None]:
    """Which labels stay in the pool, and the last cut made.

    One after the other, each mask of ``near`` is held against the labels that are left: where the
    share of yes differs between near and far ones (Fisher's exact test, two-sided), only the near
    ones stay.
    """
    keep, cut = np.ones(len(yes), dtype=np.bool_), None
    for name, mine in near.items():
        groups = (keep & mine, keep & ~mine)
        if not all(group.any() for group in groups) or not (yes & keep).any():
            continue
        table = np.array([[(yes & group).sum(), (no & group).sum()] for group in groups])
        if float(stats.fisher_exact(table).pvalue) < level:
            keep, cut = groups[0], name
    return keep, cut


def _seen_from(cell: CellData, label: Audited) -> Audited:
    """A label of another cluster speaks of foreign offers: every breach is one, so it errs high."""
    if label.cluster == cell.cluster or label.foreign is None:
        return label
    return msgspec.structs.replace(label, outcome=label.foreign)


def _each_item_once(cell: CellData, labels: Iterable[Audited]) -> tuple[Audited, ...]:
    """An item keeps its latest label; this cell's own draw goes before another one of the week."""
    latest: dict[str, Audited] = {}
    for label in labels:
        seen = latest.get(label.item_id)
        rank = (label.week, is_own(cell, label))
        if seen is None or rank > (seen.week, is_own(cell, seen)):
            latest[label.item_id] = label
    return tuple(latest.values())
