"""Cells to verdicts: response floor, interval, Holm over a week's primary cells.

``estimate_week`` is the entry for an edition, ``estimate_cell`` for a single cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.estimate.change import change_between
from monitor.estimate.intervals import DRAWS
from monitor.estimate.multiplicity import holm_levels
from monitor.estimate.pooling import is_own, usable
from monitor.estimate.prepare import Prepared, prepare, too_little_response
from monitor.estimate.twophase import Interval, estimate, interval
from monitor.estimate.values import CellData, CellEstimate, Settings
from monitor.model import Cell, Change, ErrorRow, Note, ScreenStratum, UnitState, Verdict

_REFUSED = (UnitState.blocked, UnitState.disallowed)


def estimate_week(
    cells: Iterable[CellData],
    *,
    before: Iterable[CellData] = (),
    settings: Settings = Settings(),  # noqa: B008
) -> tuple[CellEstimate, ...]:
    """All cells of a week, in the order given, judged together; ``before`` are last week's.

    Primary cells that can be measured and may accuse form the family of Holm's procedure
    (``multiplicity.holm_levels``); their intervals are shown at the level it ends with, all others
    at the plain one.
    """
    cells = tuple(cells)
    last = {(c.platform, c.cluster, c.policy): c for c in before}
    ready = [_measure(cell, settings) for cell in cells]
    levels = _levels(cells, ready, settings)
    finished = []
    for cell, prepared, level in zip(cells, ready, levels, strict=True):
        old = last.get((cell.platform, cell.cluster, cell.policy))
        change = None
        if isinstance(prepared, Prepared) and old is not None:
            earlier = _measure(old, settings)
            if isinstance(earlier, Prepared):
                change = change_between((cell, prepared), (old, earlier), settings)
        finished.append(_finish(cell, prepared, level, settings, change))
    return tuple(finished)


def estimate_cell(
    cell: CellData,
    *,
    level: float | None = None,
    settings: Settings = Settings(),  # noqa: B008
) -> CellEstimate:
    """One cell at a two-sided ``level``, by itself."""
    return _finish(cell, _measure(cell, settings), level or settings.level, settings, None)


def annotator_error(
    cell: CellData,
    errors: Sequence[float] = (0.0, 0.001, 0.005, 0.01),
    *,
    level: float = 0.95,
    settings: Settings = Settings(),  # noqa: B008
) -> tuple[ErrorRow, ...]:
    """Sensitivity table: the limits if that share of the labels were wrong after the second look.

    Empty where the cell is not measurable or not audited.
    """
    prepared = _measure(cell, settings)
    if not isinstance(prepared, Prepared):
        return ()
    rows = []
    for error in errors:
        found = interval(
            prepared.sample, level, least_icc=settings.least_icc, error=error, draws=DRAWS
        )
        rows.append(ErrorRow(error=error, low=found.low, high=found.high))
    return tuple(rows)


def _measure(cell: CellData, settings: Settings) -> Prepared | Note:
    """The cell as arrays, or why it has no interval."""
    reason = cell.obstacle or too_little_response(cell, settings)
    if reason is not None:
        return reason
    if not any(label.week == cell.week for label in usable(cell, settings)):
        return Note(code="no_labels")
    return prepare(cell, settings)


def _levels(
    cells: Sequence[CellData], ready: Sequence[Prepared | Note], settings: Settings
) -> list[float]:
    family = [
        (i, prepared.sample)
        for i, (cell, prepared) in enumerate(zip(cells, ready, strict=True))
        if cell.primary and cell.may_accuse and isinstance(prepared, Prepared)
    ]
    levels = [settings.level] * len(cells)
    found = holm_levels(
        [sample for _, sample in family],
        [cells[i].tolerance for i, _ in family],
        settings.level,
        least_icc=settings.least_icc,
    )
    for (i, _), level in zip(family, found, strict=True):
        levels[i] = level
    return levels


def _finish(
    cell: CellData,
    prepared: Prepared | Note,
    level: float,
    settings: Settings,
    change: Change | None,
) -> CellEstimate:
    confirmed = confirmed_listings(cell)
    answered = sum(record.state.speaks for record in cell.units)
    found: Interval | None = None
    points: list[float | None] = [None, None, None]
    reason, weeks = None, None
    if isinstance(prepared, Prepared):
        found = interval(prepared.sample, level, least_icc=settings.least_icc)
        readings = [estimate(prepared.sample, reading) for reading in ("clear", "no", "yes")]
        points = [None if e is None else e.share for e in readings]
        weeks = prepared.pool.weeks
        if prepared.pool.cut:
            reason = Note(code="missed_share_differs", values={"by": prepared.pool.cut})
        verdict = judge(cell, found.low, found.high, len(confirmed))
        if found.high < cell.tolerance <= _with_refused(cell, found.high):
            reason = Note(code="refused_pages", values={"share": f"{refused_share(cell):.1%}"})
        if found.high < cell.tolerance and not cell.throughout:
            reason = Note(code="part_of_week")
    else:
        verdict, reason = _unmeasured(cell, prepared, len(confirmed))
    finished = Cell(
        week=cell.week,
        platform=cell.platform,
        cluster=cell.cluster,
        policy=cell.policy,
        primary=cell.primary,
        planned=len(cell.units),
        sampled=answered,
        places=len(cell.places),
        flagged=sum(place.breach for place in cell.places),
        suspected=sum(place.suspected for place in cell.places),
        audited=len({(x.item_id, x.version) for x in cell.audited if is_own(cell, x)}),
        confirmed=len(confirmed),
        coverage=answered / len(cell.units) if cell.units else None,
        estimate=points[0],
        low=found.low if found else None,
        high=found.high if found else None,
        tolerance=cell.tolerance,
        verdict=verdict,
        reason=reason,
        unclear_as_no=points[1],
        unclear_as_yes=points[2],
        label_weeks=weeks,
        change=change,
        screened=sum(place.stratum is ScreenStratum.flagged for place in cell.places),
    )
    return CellEstimate(
        cell=finished,
        level=level,
        melded=found.melded if found else None,
        linearised=found.linearised if found else None,
    )


def judge(cell: CellData, low: float, high: float, confirmed: int) -> Verdict:
    """The verdict table. An accusation in numbers also needs one confirmed listing.

    A policy that may not accuse gets neither an accusing nor an acquitting word, and a descriptive
    cell (not primary) only says what was or was not found. Pages that the platform refused to show
    acquit nobody: "compliant" must hold even if each of them were full of breaches. Nor does a week
    of which the policy was in force in a part only.
    """
    if not cell.may_accuse:
        return Verdict.unconfirmed_policy
    if confirmed:
        accused = cell.primary and low > cell.tolerance
        return Verdict.non_compliant if accused else Verdict.breaches_found
    acquitted = cell.primary and cell.throughout and _with_refused(cell, high) < cell.tolerance
    return Verdict.compliant if acquitted else Verdict.none_found


def _unmeasured(cell: CellData, why: Note, confirmed: int) -> tuple[Verdict, Note]:
    """The verdict of a cell without an interval. A listing that was confirmed before and stands
    unchanged answers whether there are breaches, though nobody labelled anything this week."""
    if why.code != "no_labels":
        return Verdict.not_measurable, why
    if not cell.may_accuse:
        return Verdict.unconfirmed_policy, why
    if confirmed:
        return Verdict.breaches_found, Note(code="confirmed_before")
    return Verdict.screened, why


def refused_share(cell: CellData) -> float:
    """Share of planned units that the platform blocked or disallowed, by frame weight."""
    weight = [record.unit.weight / record.unit.probability for record in cell.units]
    refused = [w for w, r in zip(weight, cell.units, strict=True) if r.state in _REFUSED]
    return sum(refused) / sum(weight) if weight else 0.0


def _with_refused(cell: CellData, high: float) -> float:
    share = refused_share(cell)
    return high * (1.0 - share) + share


def confirmed_listings(cell: CellData) -> frozenset[str]:
    """Item ids confirmed as breaches, whenever labelled, that stand in the cell."""
    return frozenset(place.item_id for place in cell.places if place.confirmed)
