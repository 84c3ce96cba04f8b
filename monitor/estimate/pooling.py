"""Which labels of unflagged listings speak about what a cell's screen misses.

A cell's own labels are too few for an acquittal, so the missed share is estimated from all labels
of unflagged listings of the platform in a window of weeks. Three things would make that pool lie,
and are kept out: an item labelled in several weeks counts once; labels drawn from the screen of
another classifier do not count; and where the cell's cluster, or the week, differs from the rest,
the rest does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec
import numpy as np
from scipy import stats

from monitor.config import previous_week
from monitor.estimate.values import Audited, CellData, Settings
from monitor.listing import Answer, ScreenStratum


class Pool(NamedTuple):
    """The labels pooled, their first and last week, and where the pool was cut (or None)."""

    labels: tuple[Audited, ...]
    weeks: tuple[str, str] | None
    cut: str | None


def is_own(cell: CellData, label: Audited) -> bool:
    """Whether a label was drawn in this cell this week."""
    return label.week == cell.week and label.cluster == cell.cluster


def usable(cell: CellData, settings: Settings) -> tuple[Audited, ...]:
    """Labels of this cell's classifier within the window, this week's among them."""
    first = previous_week(cell.week, settings.window - 1)
    return tuple(
        label
        for label in cell.audited
        if label.classifier == cell.classifier and first <= label.week <= cell.week
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
    cut = None
    for name, mine in (
        ("cluster", lambda label: label.cluster == cell.cluster),
        ("week", lambda label: label.week == cell.week),
    ):
        kept = _cut(labels, mine, settings.pooling_level)
        if kept is not None:
            labels, cut = kept, name
    weeks = sorted(label.week for label in labels)
    return Pool(labels, (weeks[0], weeks[-1]) if weeks else None, cut)


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


def _cut(
    labels: tuple[Audited, ...], mine: Callable[[Audited], bool], level: float
) -> tuple[Audited, ...] | None:
    """Only the labels that are ``mine`` where their rate differs from the others', else None."""
    near, far = [label for label in labels if mine(label)], [x for x in labels if not mine(x)]
    if not near or not far:
        return None
    tallies = [Counter(label.outcome for label in group) for group in (near, far)]
    table = np.array([[tally[Answer.yes], tally[Answer.no]] for tally in tallies])
    if not table[:, 0].any():
        return None
    return tuple(near) if float(stats.fisher_exact(table).pvalue) < level else None
