"""The most that may be there if sellers hide from the screen where its other labels do not look."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from monitor.estimate.pooling import is_of_cell
from monitor.estimate.prepare import prepare
from monitor.estimate.twophase import interval
from monitor.estimate.values import AuditedListing, CellData, Settings


class HidingBounds(NamedTuple):
    """Upper limits of a cell from fewer labels; None without an unflagged label among them.

    ``of_group`` takes the labels of the cell's own product group, of all weeks; ``of_week`` those
    drawn in the cell this week.
    """

    of_group: float | None
    of_week: float | None


def hiding_bounds(cell: CellData, settings: Settings) -> HidingBounds:
    """What the upper limit is if the screen misses more in this product group, or since this week.

    The pool of labels speaks of the platform and of thirteen weeks; of sellers who hide in one
    group alone, or have begun to, most of it knows nothing.
    """
    group = tuple(label for label in cell.audited if label.cluster is cell.cluster)
    week = tuple(label for label in group if is_of_cell(cell, label))
    return HidingBounds(_upper(cell, group, settings), _upper(cell, week, settings))


def _upper(cell: CellData, labels: tuple[AuditedListing, ...], settings: Settings) -> float | None:
    sample = prepare(replace(cell, audited=labels), settings).sample
    if not len(sample.pool.yes):
        return None
    return interval(sample, settings.level, least_icc=settings.least_icc).high
