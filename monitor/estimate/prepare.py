"""From a cell's values to the estimator's arrays: weights, response, own and pooled labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from monitor.estimate.pooling import Pool, is_own, pool_unflagged, usable
from monitor.estimate.twophase import DOMESTIC, FLAGGED, UNKNOWN, Labels, Sample
from monitor.estimate.values import Audited, CellData, Settings
from monitor.model import Answer, Note, ScreenStratum, Stratum

_CODE = {
    ScreenStratum.flagged: FLAGGED,
    ScreenStratum.unknown: UNKNOWN,
    ScreenStratum.domestic: DOMESTIC,
}


class Prepared(NamedTuple):
    """A cell as arrays; ``entries`` names the rows, ``own`` and ``pooled`` those of the labels."""

    sample: Sample
    entries: tuple[str, ...]
    own: tuple[Audited, ...]
    pooled: tuple[Audited, ...]
    pool: Pool


def response(cell: CellData) -> dict[Stratum, tuple[int, int]]:
    """Planned and answered units of each frame stratum."""
    planned = Counter(record.unit.stratum for record in cell.units)
    answered = Counter(r.unit.stratum for r in cell.units if r.state.speaks)
    return {stratum: (planned[stratum], answered[stratum]) for stratum in planned}


def too_little_response(cell: CellData, settings: Settings) -> Note | None:
    """Why the cell cannot be measured, or None where enough of the plan answered."""
    if not cell.units:
        return Note(code="no_plan")
    for stratum, (planned, answered) in sorted(response(cell).items()):
        if answered < settings.least_units * planned:
            coverage, floor = f"{answered / planned:.0%}", f"{settings.least_units:.0%}"
            values = {"stratum": stratum.value, "coverage": coverage, "floor": floor}
            return Note(code="low_response", values=values)
    entries = len({r.unit.entry_id for r in cell.units if r.state.speaks})
    if entries < settings.least_entries:
        values = {"entries": str(entries), "floor": str(settings.least_entries)}
        return Note(code="few_entries", values=values)
    if not cell.places:
        return Note(code="no_data")
    return None


def prepare(cell: CellData, settings: Settings) -> Prepared:
    """The arrays of a cell; raises ``ValueError`` where places, units and labels do not agree.

    A place weighs frame weight / inclusion probability of its entry, times planned / answered
    units of its frame stratum (the units that answered stand for those that did not).
    """
    adjust = {h: planned / max(answered, 1) for h, (planned, answered) in response(cell).items()}
    weight: dict[str, float] = {}
    stratum: dict[str, Stratum] = {}
    for record in cell.units:
        if record.state.speaks:
            unit = record.unit
            weight[unit.entry_id] = unit.weight / unit.probability * adjust[unit.stratum]
            stratum[unit.entry_id] = unit.stratum
    entries = tuple(sorted(weight))
    row = {entry: i for i, entry in enumerate(entries)}
    places = np.zeros((len(entries), 3))
    stood: dict[tuple[str, str, ScreenStratum], list[int]] = defaultdict(list)
    for place in cell.places:
        if place.entry_id not in row:
            raise ValueError(
                f"{cell.platform}, {cell.week}: a place of entry {place.entry_id!r}, "
                "which has no unit that answered"
            )
        at = row[place.entry_id]
        places[at, _CODE[place.stratum]] += weight[place.entry_id]
        stood[place.item_id, place.version, place.stratum].append(at)
    own = tuple(label for label in usable(cell, settings) if is_own(cell, label))
    rows = [_own_row(cell, label, stood, [weight[entry] for entry in entries]) for label in own]
    pool = pool_unflagged(cell, settings)
    own_labels = _labels(own, [w for w, _ in rows], [at for _, at in rows])
    of = dict(zip(own, rows, strict=True))
    exact = [label for label, is_exact in zip(pool.labels, pool.exact, strict=True) if is_exact]
    bound = _pooled(cell, pool.labels, of, len(entries))
    frame = np.array([list(Stratum).index(stratum[entry]) for entry in entries], dtype=np.int64)
    sample = Sample(
        places=places,
        frame=frame,
        size=float(len(cell.places)),
        own=own_labels,
        pool=_pooled(cell, exact, of, len(entries)) if exact else bound,
        bound=bound,
    )
    return Prepared(sample, entries, own, tuple(exact) or pool.labels, pool)


def _own_row(
    cell: CellData,
    label: Audited,
    stood: dict[tuple[str, str, ScreenStratum], list[int]],
    weights: Sequence[float],
) -> tuple[float, int]:
    """Weight of an own label (places it stands for) and the entry that showed it most."""
    at = stood.get((label.item_id, label.version, label.stratum))
    if not at:
        raise ValueError(
            f"{cell.platform}, {cell.week}: {label.item_id} was drawn as {label.stratum} in "
            f"{cell.cluster}, but stands at no such place there"
        )
    return sum(weights[i] for i in at) / label.probability, Counter(at).most_common(1)[0][0]


def _pooled(
    cell: CellData,
    labels: Sequence[Audited],
    own: dict[Audited, tuple[float, int]],
    entries: int,
) -> Labels:
    """Pooled labels, of weight 1 on average within each draw (week × cluster × screen stratum).

    Draws of different weeks and cells speak about one missed share, so a label counts the same
    whichever of them it comes from; within a draw its design weight stays.
    """
    weights = [
        own[label][0] if label in own else label.places / label.probability for label in labels
    ]
    draws = [(label.week, label.cluster, label.stratum) for label in labels]
    sums: Counter[tuple[str, str, str]] = Counter()
    for draw, weight in zip(draws, weights, strict=True):
        sums[draw] += weight  # type: ignore[assignment]
    sizes = Counter(draws)
    level = [w * sizes[d] / sums[d] for w, d in zip(weights, draws, strict=True)]
    clusters: dict[tuple[str, str, str], int] = {}
    psu = [
        own[label][1]
        if label in own
        else entries
        + clusters.setdefault(
            (label.week, label.cluster, label.entry_id or label.item_id), len(clusters)
        )
        for label in labels
    ]
    return _labels(labels, level, psu)


def _labels(labels: Sequence[Audited], weights: Sequence[float], psu: Sequence[int]) -> Labels:
    return Labels(
        stratum=np.array([_CODE[label.stratum] for label in labels], dtype=np.int64),
        weight=np.array(weights, dtype=np.float64),
        yes=np.array([label.outcome is Answer.yes for label in labels], dtype=np.bool_),
        unclear=np.array([label.outcome is Answer.cannot_tell for label in labels], dtype=np.bool_),
        psu=np.array(psu, dtype=np.int64),
    )
