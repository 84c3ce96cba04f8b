"""From a cell's values to the estimator's arrays: weights, response, labels of cell and pool."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.estimate.collection import as_collected, response, response_stratum
from monitor.estimate.intervals import Array
from monitor.estimate.pooling import Pool, is_of_cell, pool_unflagged, usable
from monitor.estimate.twophase import DOMESTIC, FLAGGED, UNKNOWN, LabelArrays, Sample
from monitor.estimate.values import AuditedListing, CellData, Settings
from monitor.model import Answer, Note, PlannedUnit, ScreenStratum, Stratum

_CODE = {
    ScreenStratum.flagged: FLAGGED,
    ScreenStratum.unknown: UNKNOWN,
    ScreenStratum.domestic: DOMESTIC,
}
CellRows = dict[AuditedListing, tuple[float, int]]
"""Of each label of the cell the weighted positions it stands for, and the row of its entry."""


class Looked(NamedTuple):
    """What a week's m entries showed of a cell, row by row as in ``Sample``, and its labels.

    ``weights`` (m,) are those of a position of each entry, ``is_core`` (m,) tells the entries that
    come every week; ``unreadable`` is the sum of the weighted positions whose listing could not be
    read.
    """

    entries: tuple[str, ...]
    weights: Array
    positions: Array
    frame: NDArray[np.int64]
    probability: Array
    is_core: NDArray[np.bool_]
    labels: CellRows
    unreadable: float

    @property
    def unreadable_share(self) -> float:
        """Share of all weighted positions whose listing could not be read."""
        return share_of(self.unreadable, float(self.positions.sum()))


class Prepared(NamedTuple):
    """A cell as arrays.

    ``entries`` names the rows of the sample, ``drawn`` and ``pooled`` those of its labels.
    """

    sample: Sample
    entries: tuple[str, ...]
    drawn: tuple[AuditedListing, ...]
    pooled: tuple[AuditedListing, ...]
    pool: Pool

    @property
    def is_borrowed(self) -> bool:
        """Whether its point estimate rests on labels from elsewhere: none of its own says yes."""
        return not any(label.outcome is Answer.yes for label in self.drawn)


def too_little_response(cell: CellData, settings: Settings) -> Note | None:
    """Why the cell cannot be measured, or None where enough of the plan answered."""
    if not cell.units:
        return Note(code="no_plan")
    cell = as_collected(cell, settings)
    for (stratum, _), (planned, answered) in sorted(response(cell.units).items()):
        if answered < settings.least_units * planned:
            coverage, floor = f"{answered / planned:.0%}", f"{settings.least_units:.0%}"
            shares = {"stratum": stratum.value, "coverage": coverage, "floor": floor}
            return Note(code="low_response", values=shares)
    entries = len({r.unit.entry_id for r in cell.units if r.state.speaks})
    if entries < settings.least_entries:
        counts = {"entries": str(entries), "floor": str(settings.least_entries)}
        return Note(code="few_entries", values=counts)
    return None if cell.positions else Note(code="no_data")


def too_few_commodities(cell: CellData, settings: Settings) -> Note | None:
    """Why the cell's labels cannot answer its policy, or None where they can.

    They cannot where more than ``settings.most_nameless`` of them, and more than half of those that
    do not say no, lack a commodity. Fewer count as "cannot tell" like any other.
    """
    labels = [label for label in usable(cell, settings) if is_of_cell(cell, label)]
    possible = [label for label in labels if label.outcome is not Answer.no]
    nameless = sum(label.lacks_commodity for label in possible)
    if nameless <= max(settings.most_nameless, len(possible) / 2):
        return None
    counts = {"labels": str(nameless), "possible": str(len(possible))}
    return Note(code="no_commodity", values=counts)


def prepare(cell: CellData, settings: Settings) -> Prepared:
    """The arrays of a week's cell.

    Raises ``ValueError`` where positions, units and labels do not agree.
    """
    cell = as_collected(cell, settings)
    looked = look(cell, settings)
    pool = pool_unflagged(cell, settings)
    return Prepared(
        sample=Sample(
            looked.positions,
            looked.frame,
            # With the correction of rotating entries a week covered .88 where a few hold most.
            np.where(looked.is_core, looked.probability, 0.0),
            float(len(cell.positions)),
            *label_arrays(tuple(looked.labels), pool, looked.labels, len(looked.entries)),
            unreadable=looked.unreadable_share,
        ),
        entries=looked.entries,
        drawn=tuple(looked.labels),
        pooled=pool.exact_labels or pool.labels,
        pool=pool,
    )


def look(
    cell: CellData, settings: Settings, weight_of: Mapping[str, float] | None = None
) -> Looked:
    """What a week's entries showed of a cell, and its labels there.

    A position weighs frame weight / inclusion probability of its entry, times planned / answered
    units of its response stratum (the units that answered stand for those that did not), or what
    ``weight_of`` says of its entry. Raises ``ValueError`` where positions, units and labels do not
    agree.
    """
    cell = as_collected(cell, settings)
    adjust = {
        stratum: planned / max(answered, 1)
        for stratum, (planned, answered) in response(cell.units).items()
    }
    spoken = {record.unit.entry_id: record for record in cell.units if record.state.speaks}
    units = {entry: record.unit for entry, record in spoken.items()}
    entries = tuple(sorted(units))
    weight_of = weight_of or {
        entry: units[entry].weight / units[entry].probability * adjust[response_stratum(record)]
        for entry, record in spoken.items()
    }
    weights = [weight_of[entry] for entry in entries]
    chances = [units[entry].weight / weight_of[entry] for entry in entries]
    row_of = {entry: row for row, entry in enumerate(entries)}
    positions = np.zeros((len(entries), 3))
    rows_showing: dict[tuple[str, str, ScreenStratum], list[int]] = defaultdict(list)
    for position in cell.positions:
        if position.entry_id not in row_of:
            raise ValueError(
                f"{cell.platform}, {cell.week}: a position of entry {position.entry_id!r}, "
                "which has no unit that answered"
            )
        row = row_of[position.entry_id]
        positions[row, _CODE[position.stratum]] += weights[row]
        rows_showing[position.item_id, position.version, position.stratum].append(row)
    labels: CellRows = {}
    for label in filter(partial(is_of_cell, cell), usable(cell, settings)):
        rows = rows_showing.get((label.item_id, label.version, label.stratum))
        if not rows:
            raise ValueError(
                f"{cell.platform}, {cell.week}: {label.item_id} was drawn as {label.stratum} in "
                f"{cell.cluster}, but stands at no such position there"
            )
        # A label may stand for positions of several entries; it counts with the one showing most.
        weight = sum(weights[row] for row in rows) / label.probability
        labels[label] = weight, Counter(rows).most_common(1)[0][0]
    frame = [_drawn_together(units[entry]) for entry in entries]
    groups = {group: number for number, group in enumerate(sorted(set(frame)))}
    return Looked(
        entries=entries,
        weights=np.array(weights),
        positions=positions,
        frame=np.array([groups[group] for group in frame], dtype=np.int64),
        probability=np.array(chances),
        is_core=np.array([units[entry].probability >= 1.0 for entry in entries], dtype=np.bool_),
        labels=labels,
        unreadable=sum(
            weight_of[record.unit.entry_id] * record.unreadable
            for record in cell.units
            if record.state.speaks
        ),
    )


def _drawn_together(unit: PlannedUnit) -> tuple[Stratum, float]:
    """What entries have in common that were drawn from one pool.

    The certain entries of a stratum, its core and its rotating ones are drawn apart. Plans that did
    not keep which are core drew the entries of a pool with one probability.
    """
    if unit.probability >= 1.0:
        return unit.stratum, 1.0
    return unit.stratum, unit.probability if unit.core is None else unit.core / 2


def share_of(part: float, rest: float) -> float:
    """``part`` of itself and the ``rest``; 0 where there is neither."""
    return part / (part + rest) if part else 0.0


def label_arrays(
    drawn: Sequence[AuditedListing], pool: Pool, cell_rows: CellRows, entries: int
) -> tuple[LabelArrays, LabelArrays, LabelArrays]:
    """The labels of a ``Sample`` of so many ``entries``: those drawn, the pool and its bound."""
    ids = dict.fromkeys(label.item_id for label in (*drawn, *pool.labels))
    listings = {item_id: number for number, item_id in enumerate(ids)}
    weights, rows = zip(*(cell_rows[label] for label in drawn), strict=True) if drawn else ((), ())
    bound = _pooled(pool.labels, cell_rows, entries, listings)
    exact = pool.exact_labels
    return (
        _labels(drawn, weights, rows, listings),
        _pooled(exact, cell_rows, entries, listings) if exact else bound,
        bound,
    )


def _pooled(
    labels: Sequence[AuditedListing], cell_rows: CellRows, entries: int, listings: dict[str, int]
) -> LabelArrays:
    """Pooled labels, of weight 1 on average within each draw (week × cluster × screen stratum).

    Draws of different weeks and cells speak about one missed share, so a label counts the same
    whichever of them it comes from; within a draw its design weight stays.
    """
    weights, psu = [], []
    entries_elsewhere: dict[tuple[str, str, str], int] = {}
    for label in labels:
        if label in cell_rows:
            weight, row = cell_rows[label]
        else:
            weight = label.positions / label.probability
            entry = (label.week, label.cluster, label.entry_id or label.item_id)
            row = entries + entries_elsewhere.setdefault(entry, len(entries_elsewhere))
        weights.append(weight)
        psu.append(row)
    draws = [(label.week, label.cluster, label.stratum) for label in labels]
    sizes, totals = Counter(draws), dict.fromkeys(draws, 0.0)
    for draw, weight in zip(draws, weights, strict=True):
        totals[draw] += weight
    levelled = [w * sizes[draw] / totals[draw] for draw, w in zip(draws, weights, strict=True)]
    return _labels(labels, levelled, psu, listings)


def _labels(
    labels: Sequence[AuditedListing],
    weights: Sequence[float],
    psu: Sequence[int],
    listings: dict[str, int],
) -> LabelArrays:
    return LabelArrays(
        stratum=np.array([_CODE[label.stratum] for label in labels], dtype=np.int64),
        weight=np.array(weights, dtype=np.float64),
        yes=np.array([label.outcome is Answer.yes for label in labels], dtype=np.bool_),
        unclear=np.array([label.outcome is Answer.cannot_tell for label in labels], dtype=np.bool_),
        psu=np.array(psu, dtype=np.int64),
        listing=np.array([listings[label.item_id] for label in labels], dtype=np.int64),
    )
