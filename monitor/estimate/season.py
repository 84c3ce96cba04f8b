"""The season of a cell: the samples and labels of its weeks, estimated together.

A week answers whether blocked goods are still there, a season how much. Its estimand is the share
of the positions that all entries of the frame's list show in the weeks measured. Core entries
answer in each of them and have no sampling variance; a rotating entry answers in some, drawn at
random, so the weeks are a sample within the entry, with its finite-population correction. In a
season nearly every entry is looked at, and what differs between entries adds nothing. Each label
counts for the week in which it was drawn, so neither drift nor a new classifier biases the share;
one that carries over adds no certainty, because variance and effective size are taken over
listings. The interval is that of a week (``twophase.interval``) on the rows of all weeks.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from msgspec.structs import replace

from monitor.config import previous_week
from monitor.estimate.change import change_between
from monitor.estimate.collection import as_collected
from monitor.estimate.multiplicity import discoveries, holm_intervals
from monitor.estimate.pooling import pool_labels
from monitor.estimate.prepare import CellRows, Prepared, label_arrays, look, share_of
from monitor.estimate.refusals import bound, without_refused
from monitor.estimate.sequence import look_at, sequence
from monitor.estimate.twophase import Interval, LabelArrays, Sample, estimate, interval
from monitor.estimate.values import AuditedListing, CellData, Limits, Settings
from monitor.estimate.verdicts import count_cell, unmeasurable, verdict_of
from monitor.model import Change, Note, Season, SeasonChange, Stratum, Verdict, season_of

Weeks = tuple[CellData, ...]
"""A cell in the weeks of a season, the oldest first, each with the labels drawn in that week."""


def weeks_so_far(week: str) -> tuple[str, ...]:
    """The weeks of a week's season up to it, the oldest first."""
    backwards = (previous_week(week, back) for back in range(14))
    return tuple(sorted(at for at in backwards if season_of(at) == season_of(week)))


def weeks_of(season: str) -> tuple[str, ...]:
    """The weeks of a season such as ``2026-Q4``; raises ``ValueError`` for anything else."""
    if not re.fullmatch(r"\d{4}-Q[1-4]", season):
        raise ValueError(f"{season!r} is no season such as 2026-Q4")
    last = previous_week(f"{int(season[:4]) + 1}-W01")
    weeks = (f"{season[:4]}-W{number:02d}" for number in range(1, int(last[6:]) + 1))
    return tuple(week for week in weeks if season_of(week) == season)


def is_last(week: str) -> bool:
    """Whether a season ends with the week."""
    return season_of(previous_week(week, -1)) != season_of(week)


def season_before(week: str) -> tuple[str, ...]:
    """The weeks of the season before that of a week, the oldest first."""
    return weeks_so_far(previous_week(weeks_so_far(week)[0]))


def rolling(week: str) -> tuple[str, ...]:
    """The thirteen weeks that end with a week, the oldest first."""
    return tuple(previous_week(week, back) for back in range(12, -1, -1))


def rolling_name(week: str) -> str:
    """What the thirteen weeks that end with a week are called, ``2026-W35..2026-W47``."""
    weeks = rolling(week)
    return f"{weeks[0]}..{weeks[-1]}"


def estimate_seasons(
    cells: Sequence[Weeks],
    name: str,
    length: int,
    *,
    over: bool,
    before: Sequence[Weeks] = (),
    settings: Settings = Settings(),  # noqa: B008
) -> tuple[Season, ...]:
    """The season called ``name``, of ``length`` weeks so far, of each cell, in the order given.

    Weeks that cannot be measured are left out; with fewer than ``settings.season_weeks`` others a
    season has a reason and no estimate. Only a season that is ``over`` has verdicts: the primary
    cells that may accuse are then one family of Holm's procedure for the lower limits. ``before``
    are the same cells in the season before, from which a season has its change.
    """
    measured, prepared = _measured(cells, settings)
    family = [i for i in prepared if over and cells[i][-1].primary and cells[i][-1].may_accuse]
    judged = holm_intervals(
        [prepared[i].sample for i in family],
        [max(week.tolerance for week in measured[i]) for i in family],
        settings.level,
        least_icc=settings.least_icc,
    )
    by_cell = dict(zip(family, judged, strict=True))
    changes = _changes(measured, prepared, before, settings)
    seasons = []
    for i in range(len(cells)):
        low, high = _sequence(measured[i], name, settings) or (None, None)
        counts = Season(
            id=name,
            weeks=len(measured[i]),
            missing=length - len(measured[i]),
            over=over,
            sequence_low=low,
            sequence_high=high,
        )
        if limits_from := prepared.get(i):
            limits = season_limits(measured[i], limits_from, by_cell.get(i), settings)
            season = _with_share(counts, measured[i], limits_from, limits)
            seasons.append(replace(season, change=changes.get(i)))
        else:
            reason = Note(
                code="few_weeks",
                values={"weeks": str(counts.weeks), "floor": str(settings.season_weeks)},
            )
            verdict = Verdict.not_measurable if over else None
            seasons.append(replace(counts, reason=reason, verdict=verdict))
    return tuple(seasons)


def _measured(
    cells: Sequence[Weeks], settings: Settings
) -> tuple[list[Weeks], dict[int, Prepared]]:
    """The measured weeks of each cell, and the arrays of those cells that have enough of them."""
    measured = [
        tuple(week for week in weeks if unmeasurable(week, settings) is None) for weeks in cells
    ]
    return measured, {
        i: prepare_season(weeks, settings)
        for i, weeks in enumerate(measured)
        if len(weeks) >= settings.season_weeks
    }


def _changes(
    measured: Sequence[Weeks],
    prepared: Mapping[int, Prepared],
    before: Sequence[Weeks],
    settings: Settings,
) -> dict[int, SeasonChange]:
    """The change of each cell that has a share in both seasons, by the cell's index.

    A cell whose policy was not in force in all of their weeks has none.
    """
    measured_before, prepared_before = _measured(before, settings)
    changes: dict[int, Change] = {}
    for i, earlier in prepared_before.items():
        weeks = (*measured_before[i], *measured[i])
        if i in prepared and all(week.throughout for week in weeks):
            since = season_of(weeks[0].week)
            if change := change_between(prepared[i], earlier, since, settings):
                changes[i] = change
    p_values = [change.p_value for change in changes.values() if change.p_value is not None]
    significant = discoveries(p_values, settings.false_discoveries)
    return {
        i: SeasonChange(
            since=change.since,
            estimate=change.difference,
            low=change.low,
            high=change.high,
            direction=("up" if change.low > 0.0 else "down") if moved else None,
        )
        for (i, change), moved in zip(changes.items(), significant, strict=True)
    }


def _sequence(weeks: Weeks, name: str, settings: Settings) -> tuple[float, float] | None:
    """The limits of a quarter's confidence sequence at its last week; None of no measured week, and
    of the last thirteen weeks, which begin anew every week."""
    if not weeks or name != season_of(weeks[-1].week):
        return None
    return sequence([look_at(week, settings) for week in weeks], settings.level)


def prepare_season(weeks: Weeks, settings: Settings) -> Prepared:
    """The arrays of a cell's season: a row for each entry in each week in which it answered."""
    weeks = tuple(as_collected(week, settings) for week in weeks)
    weight_of = season_weights(weeks)
    positions, chances = [], []
    unreadable = 0.0
    entries: list[str] = []
    rows: CellRows = {}
    for week in weeks:
        looked = look(week, settings, weight_of)
        for label, (weight, row) in looked.labels.items():
            rows[label] = weight, len(entries) + row
        positions.append(looked.positions)
        unreadable += looked.unreadable
        chances.append(looked.probability)
        entries += looked.entries
    labels = tuple(chain.from_iterable(week.audited for week in weeks))
    cell = replace(weeks[-1], audited=labels)
    pool = pool_labels(cell, labels, ("cluster",), settings.pooling_level)
    drawn, *pooled = label_arrays(tuple(rows), pool, rows, len(entries))
    number = {entry: n for n, entry in enumerate(weight_of)}
    used = pool.exact_labels or pool.labels
    unflagged = {
        week.week: float(shown[:, 1:].sum()) for week, shown in zip(weeks, positions, strict=True)
    }
    sample = Sample(
        positions=np.concatenate(positions),
        frame=np.array([number[entry] for entry in entries], dtype=np.int64),
        probability=np.concatenate(chances),
        size=float(sum(len(week.positions) for week in weeks)),
        drawn=drawn,
        pool=_weeks_alike(pooled[0], used, unflagged),
        bound=_weeks_alike(pooled[1], pool.labels, unflagged),
        unreadable=share_of(unreadable, float(sum(shown.sum() for shown in positions))),
    )
    return Prepared(sample, tuple(entries), tuple(rows), used, pool)


def season_weights(weeks: Weeks) -> dict[str, float]:
    """What a position of each entry weighs in a season: frame weight × weeks / weeks it answered.

    Which weeks a rotating entry is drawn in is up to chance, so those stand for the others. Entries
    that never answered are represented by the others of their frame stratum.
    """
    units = [
        {record.unit.entry_id: record.unit for record in week.units if record.state.speaks}
        for week in weeks
    ]
    answered = Counter(chain.from_iterable(units))
    unit_of = {entry: unit for of_week in units for entry, unit in of_week.items()}
    seen: dict[Stratum, float] = defaultdict(float)
    for unit in unit_of.values():
        seen[unit.stratum] += unit.weight
    listed: dict[Stratum, float] = defaultdict(float)
    for week in weeks:
        planned = {record.unit.entry_id: record.unit for record in week.units}
        for unit in planned.values():
            listed[unit.stratum] += unit.weight / unit.probability / len(weeks)
    return {
        entry: unit.weight
        * max(1.0, listed[unit.stratum] / seen[unit.stratum])
        * len(weeks)
        / answered[entry]
        for entry, unit in sorted(unit_of.items())
    }


def _weeks_alike(
    labels: LabelArrays, audited: Sequence[AuditedListing], unflagged: Mapping[str, float]
) -> LabelArrays:
    """The labels of ``audited``, weighted so that those of a week weigh together what the cell
    showed ``unflagged`` in that week."""
    totals: Counter[str] = Counter()
    for label, weight in zip(audited, labels.weight.tolist(), strict=True):
        totals[label.week] += weight
    factors = [unflagged[label.week] / totals[label.week] for label in audited]
    return dataclasses.replace(labels, weight=labels.weight * np.array(factors, dtype=np.float64))


def season_limits(
    weeks: Weeks, prepared: Prepared, judged: Interval | None, settings: Settings
) -> Limits:
    """The limits of a season; pages refused in its weeks count as full of breaches in one."""
    shown = interval(prepared.sample, settings.level, least_icc=settings.least_icc)
    parts = [without_refused(week, settings) for week in weeks]
    hidden = sum(share for _, share in parts) / len(parts)
    high = None
    if hidden:
        sample = prepare_season(tuple(week for week, _ in parts), settings).sample
        high = bound(sample, hidden, settings.level, least_icc=settings.least_icc)
    return Limits(shown=shown, judged=judged, high_with_refused=high)


def _with_share(season: Season, weeks: Weeks, prepared: Prepared, limits: Limits) -> Season:
    whole = replace(
        weeks[-1],
        tolerance=max(week.tolerance for week in weeks),
        positions=tuple(chain.from_iterable(week.positions for week in weeks)),
        may_accuse=all(week.may_accuse for week in weeks),
        throughout=all(week.throughout for week in weeks),
    )
    counted, judged = count_cell(whole), limits.judged
    point = None if prepared.is_borrowed else estimate(prepared.sample)
    return replace(
        season,
        labels=len(prepared.drawn),
        confirmed=counted.confirmed,
        marked_offers=counted.marked_offers,
        marked_sellers=counted.marked_sellers,
        third_looks=counted.third_looks,
        estimate=point.share if point else None,
        low=limits.shown.low,
        high=limits.shown.high,
        high_with_refused=limits.high_with_refused,
        judged_low=judged.low if judged else None,
        level=judged.level if judged else None,
        verdict=verdict_of(whole, limits, counted) if season.over else None,
    )
