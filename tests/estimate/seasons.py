"""Seasons of a cell with a known truth, drawn from a finite list as the frame is.

The truth is the share of breaches over **all** entries of the list, the mean of the weeks; the
week's truth is that of its last week. Entries have shares of their own, listings keep their places
over weeks and make room for others, labels of flagged listings carry over, and the screen misses,
errs and drifts. The weeks pass through the estimator as those of a store do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from scipy import stats

from monitor.config import previous_week
from monitor.estimate import AuditedListing, CellData, Position, Settings
from monitor.estimate.change import change_between
from monitor.estimate.intervals import Array
from monitor.estimate.prepare import prepare
from monitor.estimate.season import prepare_season
from monitor.estimate.sequence import look_at, sequence
from monitor.estimate.twophase import Interval, interval
from monitor.model import Answer, Cluster, ScreenStratum, UnitRecord, UnitState, Value
from tests.builders import planned_unit
from tests.estimate.builders import LISTED
from tests.estimate.simulation import DRAWS, missed_share

ENTRIES, CORE, PLACES, WEEKS = 99, 30, 20, 13
TOLERANCE = 0.01
STRATA = (ScreenStratum.flagged, ScreenStratum.unknown, ScreenStratum.domestic)


class SeasonWorld(Value):
    """One situation of a cell over thirteen weeks.

    ``rotating`` entries are drawn each week beside the 30 core ones of 99; ``stays`` is the chance
    that a listing keeps its place for another week. The screen's sensitivity goes from
    ``sensitivity`` to ``last_sensitivity`` over the season and the share from 1 to ``growth`` times
    ``share``. ``unclear``: share of unflagged labels that cannot tell; ``labels``: flagged and
    unflagged ones a week in the cell, ``others``: those of unflagged listings in the platform's
    other cells, on a share of ``others_share``. Only the first ``measured`` weeks are measured.
    ``marks`` is the share of breaching offers whose own page bears the platform's mark.
    """

    name: str
    share: float
    icc: float = 0.1
    rotating: int = 30
    stays: float = 0.8
    sensitivity: float = 0.9
    last_sensitivity: float | None = None
    false_flags: float = 0.002
    growth: float = 1.0
    unclear: float = 0.001
    labels: tuple[int, int] = (12, 12)
    others: int = 24
    others_share: float | None = None
    measured: int = WEEKS
    marks: float = 0.5


SEASONS: tuple[SeasonWorld, ...] = (
    *(SeasonWorld(name=f"clean, icc {icc}", share=0.0, icc=icc) for icc in (0.1,)),
    *(
        SeasonWorld(name=f"share {share:.2%}, icc {icc}", share=share, icc=icc)
        for share in (0.0095, 0.015, 0.02, 0.05)
        for icc in (0.05, 0.1, 0.3, 0.6)
    ),
    SeasonWorld(name="clean, false flags 3 %", share=0.0, false_flags=0.03),
    SeasonWorld(name="clean, dirty neighbours", share=0.0, others_share=0.3),
    SeasonWorld(name="share 2 %, all listings stay", share=0.02, icc=0.3, stays=1.0),
    SeasonWorld(name="share 2 %, none stays", share=0.02, icc=0.3, stays=0.0),
    SeasonWorld(name="share 1.5 %, blind screen", share=0.015, icc=0.6, sensitivity=0.0),
    SeasonWorld(name="share 2 %, screen falls", share=0.02, icc=0.3, last_sensitivity=0.3),
    SeasonWorld(name="share 2 % that triples", share=0.02, icc=0.3, growth=3.0),
    SeasonWorld(name="share 10 %, icc .3", share=0.1, icc=0.3),
    SeasonWorld(name="share 2 %, 10 % unclear", share=0.02, icc=0.3, unclear=0.1),
    SeasonWorld(name="share 2 %, one page in 20 marked", share=0.02, icc=0.3, marks=0.05),
    *(
        SeasonWorld(name=f"share 5 %, icc 0.6, {n} weeks measured", share=0.05, icc=0.6, measured=n)
        for n in (5, 6, 7)
    ),
    SeasonWorld(name="share 2 %, triples, 7 weeks measured", share=0.02, growth=3.0, measured=7),
    SeasonWorld(
        name="share 2 %, screen falls, 24 unflagged labels", share=0.02, icc=0.3,
        last_sensitivity=0.3, labels=(12, 24),
    ),
    SeasonWorld(name="share 5 %, icc 0.6, 36 rotating", share=0.05, icc=0.6, rotating=36),
)  # fmt: skip


class SeasonLimits(NamedTuple):
    """What a simulated season came to: its truth and interval, and those of its last week.

    ``judged`` is the lower limit at the level that Holm's first step asks of twelve cells.
    ``sellers`` are those of marked offers that labels say yes of, one for each entry.
    """

    truth: float
    shown: Interval
    judged: float
    week_truth: float
    week: Interval
    sellers: int


class SeasonOutcome(NamedTuple):
    """Shares of the seasons of a world, and median widths.

    ``non_compliant`` are those ``accused`` by their lower limit that have marked offers of two
    sellers, too.
    """

    coverage: float
    width: float
    accused: float
    non_compliant: float
    acquitted: float
    week_coverage: float
    week_width: float


def simulate_season(world: SeasonWorld, repetitions: int, seed: int = 1) -> SeasonOutcome:
    """Runs a world; the same seed gives the same outcome."""
    rng = np.random.default_rng([seed, *world.name.encode()])
    seasons = [draw_season(world, rng) for _ in range(repetitions)]
    return SeasonOutcome(
        coverage=float(np.mean([s.shown.low <= s.truth <= s.shown.high for s in seasons])),
        width=float(np.median([s.shown.high - s.shown.low for s in seasons])),
        accused=float(np.mean([s.judged > TOLERANCE for s in seasons])),
        non_compliant=float(np.mean([s.judged > TOLERANCE and s.sellers > 1 for s in seasons])),
        acquitted=float(np.mean([s.shown.high < TOLERANCE for s in seasons])),
        week_coverage=float(np.mean([s.week.low <= s.week_truth <= s.week.high for s in seasons])),
        week_width=float(np.median([s.week.high - s.week.low for s in seasons])),
    )


def draw_season(world: SeasonWorld, rng: np.random.Generator, cells: int = 12) -> SeasonLimits:
    """One season of a cell, judged beside ``cells`` of which none is over its tolerance yet."""
    weeks, truths = draw_weeks(world, rng)
    weeks = weeks[: world.measured]
    sample = prepare_season(weeks, Settings()).sample
    labels = tuple(label for week in weeks for label in week.audited)
    week = prepare(replace(weeks[-1], audited=labels), Settings()).sample
    entry_of = {
        label.item_id: label.entry_id
        for label in labels
        if label.outcome is Answer.yes and label.cluster is weeks[-1].cluster
    }
    marked = rng.random(len(entry_of)) < world.marks
    return SeasonLimits(
        truth=float(np.mean(truths)),
        shown=interval(sample, draws=DRAWS),
        judged=interval(sample, 1.0 - 0.05 / cells, draws=DRAWS).low,
        week_truth=truths[world.measured - 1],
        week=interval(week, draws=DRAWS),
        sellers=len({entry for entry, mark in zip(entry_of.values(), marked, strict=True) if mark}),
    )


class ChangeOutcome(NamedTuple):
    """Shares of the pairs of quarters of a world, and the median width.

    ``up`` and ``down`` are those in which "no change" is rejected at 5 %.
    """

    coverage: float
    width: float
    up: float
    down: float


CHANGES: tuple[SeasonWorld, ...] = (
    SeasonWorld(name="clean", share=0.0),
    SeasonWorld(name="share 2 %, icc .3", share=0.02, icc=0.3),
    SeasonWorld(name="share 5 %, icc .6", share=0.05, icc=0.6),
    SeasonWorld(name="share 5 %, all listings stay", share=0.05, icc=0.3, stays=1.0),
    SeasonWorld(name="share 2 % that triples", share=0.02, icc=0.3, growth=3.0),
    SeasonWorld(name="share 5 % that falls to a fifth", share=0.05, icc=0.3, growth=0.2),
    SeasonWorld(name="share 2 %, screen falls", share=0.02, icc=0.3, last_sensitivity=0.3),
)


def simulate_change(world: SeasonWorld, repetitions: int, seed: int = 1) -> ChangeOutcome:
    """Two quarters that follow each other, over which the world's drift stretches."""
    rng = np.random.default_rng([seed, *b"change", *world.name.encode()])
    held, widths, directions = [], [], []
    for _ in range(repetitions):
        weeks, truths = draw_weeks(world, rng, 2 * WEEKS)
        now, before = (prepare_season(half, Settings()) for half in (weeks[WEEKS:], weeks[:WEEKS]))
        change = change_between(now, before, "", Settings(), draws=DRAWS)
        assert change is not None
        held.append(change.low <= np.mean(truths[WEEKS:]) - np.mean(truths[:WEEKS]) <= change.high)
        widths.append(change.high - change.low)
        directions.append((change.low > 0.0) - (change.high < 0.0))
    return ChangeOutcome(
        coverage=float(np.mean(held)),
        width=float(np.median(widths)),
        up=directions.count(1) / repetitions,
        down=directions.count(-1) / repetitions,
    )


class YearOutcome(NamedTuple):
    """Of simulated years: the share with a confidence sequence that missed the list's share at some
    of 52 looks, and the median widths of the sequence and of the season's interval at its end."""

    wrong: float
    width: float
    season_width: float


YEARS: tuple[SeasonWorld, ...] = (
    SeasonWorld(name="clean, icc .1", share=0.0),
    SeasonWorld(name="share 2 %, icc .3", share=0.02, icc=0.3),
    SeasonWorld(name="share 5 %, icc .6", share=0.05, icc=0.6),
    SeasonWorld(name="share 1.5 %, blind screen", share=0.015, icc=0.6, sensitivity=0.0),
)


def simulate_years(world: SeasonWorld, years: int, seed: int = 1) -> YearOutcome:
    """Four sequences a year, each read in every week of its quarter."""
    rng = np.random.default_rng([seed, *b"years", *world.name.encode()])
    wrong, widths, season_widths = 0, [], []
    for _ in range(years):
        weeks, truths = draw_weeks(world, rng, 4 * WEEKS)
        missed = False
        for start in range(0, 4 * WEEKS, WEEKS):
            looks = [look_at(week, Settings()) for week in weeks[start : start + WEEKS]]
            for number in range(1, WEEKS + 1):
                low, high = sequence(looks[:number], 0.95)
                missed |= not low <= np.mean(truths[start : start + number]) <= high
            widths.append(high - low)
        wrong += missed
        season = interval(prepare_season(weeks[-WEEKS:], Settings()).sample, draws=DRAWS)
        season_widths.append(season.high - season.low)
    return YearOutcome(wrong / years, float(np.median(widths)), float(np.median(season_widths)))


def entry_shares(world: SeasonWorld, rng: np.random.Generator) -> Array:
    """Shares of the list's entries: a beta distribution's quantiles, in random order, whose mean
    is the world's share."""
    if world.share == 0.0:
        return np.zeros(ENTRIES)
    concentration = (1.0 - world.icc) / world.icc
    ranks = (np.arange(ENTRIES) + 0.5) / ENTRIES
    quantiles = stats.beta.ppf(
        ranks, world.share * concentration, (1.0 - world.share) * concentration
    )
    shares = quantiles * world.share / quantiles.mean()
    return rng.permutation(np.minimum(shares, 1.0))


class Shelf(NamedTuple):
    """What the whole list shows, arrays of (entries, places).

    ``item`` is the listing's number, ``luck`` its permanent random number, ``stratum`` an index of
    ``STRATA``.
    """

    item: NDArray[np.int64]
    luck: Array
    breach: NDArray[np.bool_]
    stratum: NDArray[np.int64]

    @classmethod
    def filled(
        cls, shares: Array, sensitivity: float, false_flags: float, rng: np.random.Generator
    ) -> Shelf:
        """New listings in all places, of which an entry's share breaches."""
        shape = (len(shares), PLACES)
        breach = rng.random(shape) < shares[:, None]
        flagged = rng.random(shape) < np.where(breach, sensitivity, false_flags)
        stratum = np.where(flagged, 0, np.where(rng.random(shape) < 0.05, 1, 2))
        item = rng.integers(1 << 62, size=shape)
        return cls(item, rng.random(shape), breach, stratum)


def draw_weeks(
    world: SeasonWorld, rng: np.random.Generator, number: int = WEEKS
) -> tuple[tuple[CellData, ...], list[float]]:
    """The weeks of a cell, the oldest first, with the share of its whole list in each."""
    shares = entry_shares(world, rng)
    last = world.sensitivity if world.last_sensitivity is None else world.last_sensitivity
    weeks, truths = [], []
    shelf = None
    for at in range(number):
        elapsed = at / max(number - 1, 1)
        sensitivity = world.sensitivity + (last - world.sensitivity) * elapsed
        growth = 1.0 + (world.growth - 1.0) * elapsed
        new = Shelf.filled(shares * growth, sensitivity, world.false_flags, rng)
        stays = rng.random(new.item.shape) < world.stays
        if shelf is not None:
            new = Shelf(*(np.where(stays, old, came) for old, came in zip(shelf, new, strict=True)))
        shelf = new
        week = previous_week("2026-W52", number - 1 - at)
        elsewhere = growth * world.share if world.others_share is None else world.others_share
        missed = missed_share(elsewhere, sensitivity, 0.0, world.false_flags)
        weeks.append(_week(world, week, shelf, missed, rng))
        truths.append(float(shelf.breach.mean()))
    return tuple(weeks), truths


def _week(
    world: SeasonWorld, week: str, shelf: Shelf, missed: float, rng: np.random.Generator
) -> CellData:
    """What is looked at and labelled in a week; ``missed`` is the missed share of other cells."""
    frame = np.arange(ENTRIES) % 3
    core = np.arange(ENTRIES) < CORE
    looked = core.copy()
    for stratum in range(3):
        pool = np.flatnonzero(~core & (frame == stratum))
        looked[rng.choice(pool, world.rotating // 3, replace=False)] = True
    entries = np.flatnonzero(looked).tolist()
    rotating = world.rotating / (ENTRIES - CORE)
    units = tuple(
        UnitRecord(
            state=UnitState.sampled,
            unit=planned_unit(
                entry,
                week=week,
                stratum=LISTED[frame[entry]],
                probability=1.0 if core[entry] else rotating,
            ),
        )
        for entry in entries
    )
    positions = tuple(
        Position(
            entry_id=f"e{entry}", item_id=str(item), version=str(item), stratum=STRATA[stratum]
        )
        for entry in entries
        for item, stratum in zip(
            shelf.item[entry].tolist(), shelf.stratum[entry].tolist(), strict=True
        )
    )
    others = [
        _label(
            week, f"{week}-other-{n}", STRATA[1 if rng.random() < 0.05 else 2], 0.01,
            _answer(bool(rng.random() < missed), rng.random() < world.unclear), f"o{n}",
            Cluster.textile_fashion,
        )
        for n in range(world.others)
    ]  # fmt: skip
    return CellData(
        week=week, platform="toko", cluster=Cluster.crafts, policy="janji", tolerance=TOLERANCE,
        units=units, positions=positions, classifier="c1",
        audited=(*labels_of_week(world, week, shelf, looked, rng), *others),
    )  # fmt: skip


def labels_of_week(
    world: SeasonWorld,
    week: str,
    shelf: Shelf,
    looked: NDArray[np.bool_],
    rng: np.random.Generator,
) -> list[AuditedListing]:
    """The week's labels in the cell: flagged listings keep their random number for good."""
    labels = []
    few = max(1, round(world.labels[1] * 0.05))
    for code, size in enumerate((world.labels[0], few, world.labels[1] - few)):
        rows, columns = np.nonzero((shelf.stratum == code) & looked[:, None])
        luck = shelf.luck[rows, columns] if code == 0 else rng.random(len(rows))
        for at in np.argsort(luck)[:size].tolist():
            place = rows[at], columns[at]
            unclear = code > 0 and rng.random() < world.unclear
            item, probability = str(shelf.item[place]), min(1.0, size / len(rows))
            answer = _answer(bool(shelf.breach[place]), unclear)
            labels.append(
                _label(
                    week, item, STRATA[code], probability, answer, f"e{rows[at]}", Cluster.crafts
                )
            )
    return labels


def _answer(breaches: bool, unclear: bool) -> Answer:
    if unclear:
        return Answer.cannot_tell
    return Answer.yes if breaches else Answer.no


def _label(
    week: str, item: str, stratum: ScreenStratum, probability: float, answer: Answer, entry: str,
    cluster: Cluster,
) -> AuditedListing:  # fmt: skip
    return AuditedListing(
        week=week, cluster=cluster, item_id=item, version=item, stratum=stratum,
        probability=probability, outcome=answer, foreign=answer, entry_id=entry, classifier="c1",
    )  # fmt: skip
