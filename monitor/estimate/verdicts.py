"""Cells to verdicts: response floor, interval, Holm over a week's primary cells.

The rule is ``verdict_of``; ``docs/statistics.md`` tells it to readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from monitor.estimate.change import change_between
from monitor.estimate.multiplicity import discoveries, holm_intervals
from monitor.estimate.pooling import is_of_cell, usable
from monitor.estimate.prepare import (
    Prepared,
    prepare,
    too_few_commodities,
    too_little_response,
)
from monitor.estimate.refusals import high_with_refused, refused_share
from monitor.estimate.twophase import Interval, estimate, interval
from monitor.estimate.values import CellData, CellEstimate, Limits, Settings
from monitor.model import (
    Cell,
    Change,
    ErrorRow,
    ModeCounts,
    Note,
    ScreenStratum,
    Verdict,
    count_sellers,
)


def estimate_week(
    cells: Iterable[CellData],
    *,
    before: Iterable[CellData] = (),
    settings: Settings = Settings(),  # noqa: B008
) -> tuple[CellEstimate, ...]:
    """All cells of a week, in the order given, judged together; ``before`` are last week's.

    Primary cells that can be measured and may accuse form the family of Holm's procedure
    (``multiplicity.holm_intervals``); their lower limits are judged at the level it ends with. All
    cells show their interval at the plain level.
    """
    cells = tuple(cells)
    last_week = {(cell.platform, cell.cluster, cell.policy): cell for cell in before}
    measured = [_measure(cell, settings) for cell in cells]
    judged = _judged(cells, measured, settings)
    estimates = []
    for i, (cell, prepared) in enumerate(zip(cells, measured, strict=True)):
        if isinstance(prepared, Note):
            estimates.append(_without_share(cell, prepared))
            continue
        previous = last_week.get((cell.platform, cell.cluster, cell.policy))
        earlier = _measure(previous, settings) if previous else None
        change = None
        if previous and isinstance(earlier, Prepared):
            change = change_between(prepared, earlier, previous.week, settings)
        shown = interval(prepared.sample, settings.level, least_icc=settings.least_icc)
        limits = Limits(
            shown=shown,
            judged=judged.get(i),
            high_with_refused=high_with_refused(cell, settings),
        )
        estimates.append(_with_share(cell, prepared, limits, change, settings))
    return _with_significance(estimates, settings)


def annotator_error(
    estimated: CellEstimate,
    errors: Sequence[float] = (0.0, 0.001, 0.005, 0.01),
    *,
    settings: Settings = Settings(),  # noqa: B008
) -> tuple[ErrorRow, ...]:
    """Sensitivity table: the limits if that share of the labels were wrong after the second label.

    At the level of the interval shown. Empty where the cell is not measurable or not audited.
    """
    sample, shown = estimated.sample, estimated.interval
    if sample is None or shown is None:
        return ()
    rows = []
    for error in errors:
        low, high, *_ = interval(sample, shown.level, least_icc=settings.least_icc, error=error)
        rows.append(ErrorRow(error=error, low=low, high=high))
    return tuple(rows)


def verdict_of(cell: CellData, measured: Limits | Note, counted: Cell) -> Verdict:
    """The rule of the verdict, from a cell's limits or the reason why it has none.

    ``counted`` is the cell with its counts of confirmed listings: an accusation in numbers also
    needs established ones (``Cell.is_established``), and without labels of the week listings
    confirmed earlier that stand unchanged still say what they said, as do confirmed ones beside
    labels that name no commodity; where none of them bears the platform's mark nothing was found
    that could be tolerated, and more looks are awaited. A policy that may not accuse gets neither
    an accusing nor an acquitting word, and a descriptive cell (not primary) only says what was or
    was not found. Pages that the platform refused to show acquit nobody, and nor does a week of
    which the policy was in force in a part only.
    """
    if isinstance(measured, Note) and measured.code not in {"no_labels", "no_commodity"}:
        return Verdict.not_measurable
    if not cell.may_accuse:
        return Verdict.unconfirmed_policy
    seen = Verdict.breaches_found if counted.is_established else Verdict.awaiting_second
    if isinstance(measured, Note):
        if counted.confirmed:
            return seen
        return Verdict.screened if measured.code == "no_labels" else Verdict.not_measurable
    acquitted = cell.primary and cell.throughout and measured.acquitting < cell.tolerance
    if not counted.confirmed:
        return Verdict.compliant if acquitted else Verdict.none_found
    accused = measured.judged is not None and measured.judged.low > cell.tolerance
    if accused and counted.is_established:
        return Verdict.non_compliant
    return Verdict.within_tolerance if acquitted and counted.proven else seen


def _measure(cell: CellData, settings: Settings) -> Prepared | Note:
    """The cell as arrays, or why it has no interval."""
    return unmeasurable(cell, settings) or prepare(cell, settings)


def unmeasurable(cell: CellData, settings: Settings) -> Note | None:
    """Why a cell has no interval; None where it has one."""
    reason = cell.obstacle or too_little_response(cell, settings)
    if reason is not None:
        return reason
    if not any(label.week == cell.week for label in usable(cell, settings)):
        return Note(code="no_labels")
    return too_few_commodities(cell, settings)


def _judged(
    cells: Sequence[CellData], measured: Sequence[Prepared | Note], settings: Settings
) -> dict[int, Interval]:
    """The intervals at Holm's level of the cells of his family, by the cell's index."""
    samples = {i: cell.sample for i, cell in enumerate(measured) if isinstance(cell, Prepared)}
    family = [i for i in samples if cells[i].primary and cells[i].may_accuse]
    judged = holm_intervals(
        [samples[i] for i in family],
        [cells[i].tolerance for i in family],
        settings.level,
        least_icc=settings.least_icc,
    )
    return dict(zip(family, judged, strict=True))


def _with_significance(
    estimates: Sequence[CellEstimate], settings: Settings
) -> tuple[CellEstimate, ...]:
    """The estimates of a week, each change with whether it stands among all of them."""
    changes = [estimated.cell.change for estimated in estimates]
    p_values = [c.p_value for c in changes if c is not None and c.p_value is not None]
    significant = iter(discoveries(p_values, settings.false_discoveries))
    return tuple(
        replace(
            estimated,
            cell=replace(estimated.cell, change=replace(change, significant=next(significant))),
        )
        if change is not None
        else estimated
        for estimated, change in zip(estimates, changes, strict=True)
    )


def _without_share(cell: CellData, reason: Note) -> CellEstimate:
    counted = count_cell(cell)
    verdict = verdict_of(cell, reason, counted)
    if reason.code == "no_labels" and counted.confirmed and cell.may_accuse:
        reason = Note(code="confirmed_before")
    return CellEstimate(cell=replace(counted, verdict=verdict, reason=reason))


def _with_share(
    cell: CellData, prepared: Prepared, limits: Limits, change: Change | None, settings: Settings
) -> CellEstimate:
    counted, shown, judged = count_cell(cell), limits.shown, limits.judged
    readings = [
        None if prepared.is_borrowed else estimate(prepared.sample, reading)
        for reading in ("clear", "no", "yes")
    ]
    share, as_no, as_yes = (reading.share if reading else None for reading in readings)
    finished = replace(
        counted,
        estimate=share,
        low=shown.low,
        high=shown.high,
        judged_low=judged.low if judged else None,
        level=judged.level if judged else None,
        high_with_refused=limits.high_with_refused,
        verdict=verdict_of(cell, limits, counted),
        reason=_reservation(cell, prepared, limits, settings),
        unclear_as_no=as_no,
        unclear_as_yes=as_yes,
        label_weeks=prepared.pool.weeks,
        change=change,
    )
    return CellEstimate(cell=finished, interval=shown, sample=prepared.sample)


def count_cell(cell: CellData) -> Cell:
    """The cell with its counts, before anything is estimated."""
    answered = sum(record.state.speaks for record in cell.units)
    flagged = [position for position in cell.positions if position.breach]
    confirmed = {position.item_id for position in cell.positions if position.confirmed}
    marked = [position for position in cell.positions if position.confirmed and position.marked]
    return Cell(
        week=cell.week,
        platform=cell.platform,
        cluster=cell.cluster,
        policy=cell.policy,
        primary=cell.primary,
        planned=len(cell.units),
        sampled=answered,
        places=len(cell.positions),
        flagged=len(flagged),
        suspected=sum(position.suspected for position in cell.positions),
        audited=len({(x.item_id, x.version) for x in cell.audited if is_of_cell(cell, x)}),
        confirmed=len(confirmed),
        coverage=answered / len(cell.units) if cell.units else None,
        estimate=None,
        low=None,
        high=None,
        tolerance=cell.tolerance,
        verdict=Verdict.not_measurable,
        screened=sum(position.stratum is ScreenStratum.flagged for position in cell.positions),
        flagged_offers=len({position.item_id for position in flagged}),
        checked=len(confirmed | {position.item_id for position in flagged if position.checked}),
        marked_sellers=count_sellers((at.seller_id, at.seller_name) for at in marked),
        third_looks=len({position.item_id for position in marked if position.third_look}),
        marked_offers=len({position.item_id for position in marked}),
        modes=ModeCounts.of(cell.units),
    )


def _reservation(
    cell: CellData, prepared: Prepared, limits: Limits, settings: Settings
) -> Note | None:
    """What a reader must know of the verdict beside the figures: the gravest note only."""
    if limits.shown.high < cell.tolerance and not cell.throughout:
        return Note(code="part_of_week")
    if limits.shown.high < cell.tolerance <= limits.acquitting:
        return Note(code="refused_pages", values={"share": f"{refused_share(cell, settings):.1%}"})
    if prepared.pool.cut:
        return Note(code="missed_share_differs", values={"by": prepared.pool.cut})
    if cell.changed_on:
        return Note(code="policy_changed_in_week", values={"day": cell.changed_on.isoformat()})
    return None
