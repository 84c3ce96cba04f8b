"""Cells with a known truth, to see whether the intervals keep what they promise.

The same code runs with few repetitions as a regression test and with many in ``make bench``. Truth
is the share of a superpopulation of entries: each entry has its own share of breaches (beta with a
given intra-entry correlation), sellers hold several places of an entry at once, the classifier
misses and errs, some sellers are hidden from it altogether, and pages go missing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from monitor.config import previous_week
from monitor.estimate.change import mover, p_value
from monitor.estimate.controls import ControlLook, measured_errors
from monitor.estimate.indicators import price_ratio
from monitor.estimate.intervals import Array, clopper_pearson
from monitor.estimate.multiplicity import discoveries, holm_intervals
from monitor.estimate.pooling import cut_pool
from monitor.estimate.prepare import prepare
from monitor.estimate.refusals import bound
from monitor.estimate.twophase import (
    DOMESTIC,
    FLAGGED,
    UNKNOWN,
    Interval,
    LabelArrays,
    Sample,
    estimate,
    flagged_count,
    interval,
)
from monitor.estimate.values import AuditedListing, CellData, Limits, Position, Settings
from monitor.estimate.verdicts import count_cell, verdict_of
from monitor.model import Answer, Cluster, ScreenStratum, Value, Verdict
from monitor.sampling.outlook import wilson
from tests.builders import observation
from tests.estimate.builders import cell_data

DRAWS = 4096
OUTSIDE = 1_000_000
"""The number of the first listing outside the cell."""
POOLING_LEVEL = Settings().pooling_level
Truth = NDArray[np.bool_]
Strata = NDArray[np.int64]


class World(Value):
    """One situation. ``labels``: flagged and unflagged listings labelled in the cell this week.

    ``missing`` is the share of units lost, ``how``: at random, all after a number of requests, or
    the more a page breaches the likelier. ``others``: unflagged labels of this week from other
    cells of the platform, on a share of ``others_share``; ``past``: those of earlier weeks, a
    third of them of this cell, from a screen of ``past_sensitivity`` on a share of ``past_share``
    (all as here and now where None).
    """

    name: str
    share: float
    icc: float = 0.1
    entries: int = 60
    places: int = 20
    seller: int = 1
    sensitivity: float = 0.9
    false_flags: float = 0.002
    hidden: float = 0.0
    unknown: float = 0.05
    missing: float = 0.0
    how: Literal["random", "after", "related"] = "random"
    labels: tuple[int, int] = (20, 180)
    others: int = 0
    others_share: float | None = None
    past: int = 0
    past_sensitivity: float | None = None
    past_share: float | None = None
    past_hidden: float | None = None
    covers: bool = True


class Outcome(Value):
    """What became of a world over its repetitions; shares of the measurable ones.

    ``ratio`` is the median width over that of the melded interval; ``rivals`` are (coverage, share
    of cells accused) of the raw share with Wilson's limits and of Rogan and Gladen's estimator.
    """

    world: World
    repetitions: int
    measurable: float
    coverage: float = float("nan")
    above: float = float("nan")
    below: float = float("nan")
    width: float = float("nan")
    melded_coverage: float = float("nan")
    ratio: float = float("nan")
    accused: float = float("nan")
    rivals: tuple[tuple[float, float], tuple[float, float]] | None = None


def real_budget(name: str, share: float, **other: Any) -> World:
    """A cell as 300 labels a week for four platforms leave it, after a season."""
    labels = {"labels": (12, 12), "others": 25, "past": 440}
    return World(name=f"real budget, {name}", share=share, **{**labels, **other})


WORLDS: tuple[World, ...] = (
    World(name="p 0", share=0.0),
    World(name="p 0, false flags 3 %", share=0.0, false_flags=0.03),
    World(name="p 0.5 %, icc .1", share=0.005),
    World(name="p 0.5 %, icc .3", share=0.005, icc=0.3),
    World(name="p 0.9 %, icc .1", share=0.009),
    World(name="p 0.9 %, icc .3", share=0.009, icc=0.3),
    World(name="p 0.9 %, sellers of 4", share=0.009, seller=4),
    World(name="p 0.9 %, drifted", share=0.009, sensitivity=0.6, false_flags=0.01),
    World(name="p 2 %, icc .1", share=0.02),
    World(name="p 2 %, icc .3", share=0.02, icc=0.3),
    World(name="p 2 %, drifted", share=0.02, sensitivity=0.6, false_flags=0.01),
    World(name="p 10 %, icc .1", share=0.1),
    World(name="p 10 %, icc .3", share=0.1, icc=0.3),
    World(name="p 10 %, drifted, icc .3", share=0.1, icc=0.3, sensitivity=0.6, false_flags=0.01),
    World(name="p 10 %, 15 entries of 40", share=0.1, entries=15, places=40),
    World(name="p 10 %, sellers of 4", share=0.1, seller=4),
    World(name="p 10 %, a third hidden", share=0.1, hidden=1 / 3),
    World(name="p 30 %, icc .1", share=0.3),
    World(name="p 30 %, drifted, icc .3", share=0.3, icc=0.3, sensitivity=0.6, false_flags=0.01),
    World(name="p 2 %, 20 % missing at random", share=0.02, missing=0.2),
    World(name="p 10 %, 30 % missing at the end", share=0.1, missing=0.3, how="after"),
    World(
        name="p 10 %, 30 % missing by breach", share=0.1, missing=0.3, how="related", covers=False
    ),
    World(name="p 10 %, 60 % missing", share=0.1, missing=0.6, how="after", covers=False),
    real_budget("p 0", 0.0),
    real_budget("p 0, dirty platform", 0.0, others_share=0.3),
    real_budget("p 0.9 %", 0.009),
    real_budget("p 0.9 %, dirty platform", 0.009, others_share=0.3),
    real_budget("p 2 %", 0.02),
    real_budget("p 10 %", 0.1),
    real_budget("p 10 %, a third hidden", 0.1, hidden=1 / 3),
    real_budget("p 2 %, screen worse than before", 0.02, sensitivity=0.6, past_sensitivity=0.9),
    real_budget("p 2 %, all newly hidden", 0.02, hidden=1.0, past_hidden=0.0, covers=False),
    real_budget("p 5 %, all newly hidden", 0.05, hidden=1.0, past_hidden=0.0, covers=False),
)  # fmt: skip


def simulate(world: World, repetitions: int, seed: int = 1, level: float = 0.95) -> Outcome:
    """Runs a world; the same seed gives the same outcome."""
    rng = np.random.default_rng([seed, *world.name.encode()])
    intervals: list[tuple[Interval, tuple[float, float], tuple[float, float]]] = []
    for _ in range(repetitions):
        sample = draw_sample(world, rng)
        if sample is not None:
            raw, rogan = rivals(world, sample, level)
            intervals.append((interval(sample, level, draws=DRAWS), raw, rogan))
    outcome = Outcome(world=world, repetitions=repetitions, measurable=len(intervals) / repetitions)
    return _measured(outcome, intervals) if intervals else outcome


def _measured(
    outcome: Outcome, intervals: list[tuple[Interval, tuple[float, float], tuple[float, float]]]
) -> Outcome:
    p = outcome.world.share
    ours = np.array([(i.low, i.high) for i, _, _ in intervals])
    inner = np.array([i.melded for i, _, _ in intervals])
    others = [np.array([limits[n] for limits in intervals]) for n in (1, 2)]
    widths = [float(np.median(limits[:, 1] - limits[:, 0])) for limits in (ours, inner)]
    return Outcome(
        world=outcome.world,
        repetitions=outcome.repetitions,
        measurable=outcome.measurable,
        coverage=_covered(ours, p),
        above=float((ours[:, 0] > p).mean()),
        below=float((ours[:, 1] < p).mean()),
        width=widths[0],
        melded_coverage=_covered(inner, p),
        ratio=widths[0] / widths[1],
        accused=_accused(ours),
        rivals=(
            (_covered(others[0], p), _accused(others[0])),
            (_covered(others[1], p), _accused(others[1])),
        ),
    )


def _covered(limits: Array, share: float) -> float:
    return float(((limits[:, 0] <= share) & (share <= limits[:, 1])).mean())


def _accused(limits: Array, tolerance: float = 0.01) -> float:
    return float((limits[:, 0] > tolerance).mean())


def draw_sample(
    world: World, rng: np.random.Generator, *, planned_again: bool = False
) -> Sample | None:
    """One realisation as the estimator sees it; None where too little answered.

    ``planned_again``: as if what was not answered had not been planned, so it has no weight.
    """
    frame = np.arange(world.entries) % 3
    truth, strata = cell(world, rng)
    answered = respond(world, truth, rng)
    planned, responding = np.bincount(frame, minlength=3), np.bincount(frame[answered], minlength=3)
    # The floor on entries is about the design (it would refuse the world of 15 from the start).
    if (responding < 0.6 * planned).any():
        return None
    adjust = np.ones(3) if planned_again else planned / responding
    weight = adjust[frame[answered]]
    truth, strata = truth[answered], strata[answered]
    drawn = label(world, truth, strata, weight, rng)
    pool = pooled(world, drawn, rng)
    counts = np.stack([(strata == s).sum(axis=1) for s in range(3)], axis=1) * weight[:, None]
    # The truth is that of infinitely many entries, of which the cell's are a sample.
    endless = np.zeros(len(counts))
    return Sample(counts, frame[answered], endless, float(strata.size), drawn, pool)


def cell(world: World, rng: np.random.Generator) -> tuple[Truth, Strata]:
    """Truth and screen stratum of all places, (entries, places)."""
    shape = (world.entries, world.places // world.seller)
    shares = _beta(world.share, world.icc, world.entries, rng)
    breach = rng.random(shape) < shares[:, None]
    hidden = rng.random(shape) < _beta(world.hidden, 0.5, world.entries, rng)[:, None]
    caught = (rng.random(shape) < world.sensitivity) & ~hidden
    flagged = np.where(breach, caught, rng.random(shape) < world.false_flags)
    breach, flagged = (np.repeat(x, world.seller, axis=1) for x in (breach, flagged))
    unknown = rng.random(flagged.shape) < world.unknown
    strata = np.where(flagged, FLAGGED, np.where(unknown, UNKNOWN, DOMESTIC))
    return breach, strata.astype(np.int64)


def _beta(mean: float, icc: float, size: int, rng: np.random.Generator) -> Array:
    if mean in (0.0, 1.0):
        return np.full(size, mean)
    concentration = (1.0 - icc) / icc
    return rng.beta(mean * concentration, (1.0 - mean) * concentration, size)


def respond(world: World, truth: Truth, rng: np.random.Generator) -> Truth:
    """Which entries answered."""
    if world.how == "random":
        return rng.random(world.entries) >= world.missing
    lost = round(world.missing * world.entries)
    chance = rng.random(world.entries)
    if world.how == "related":
        chance = chance ** (1.0 / (0.2 + truth.sum(axis=1)))
    answered = np.ones(world.entries, dtype=np.bool_)
    answered[np.argsort(chance)[world.entries - lost :]] = False
    return answered


def label(
    world: World, truth: Truth, strata: Strata, weight: Array, rng: np.random.Generator
) -> LabelArrays:
    """The cell's draw, labelled without error: flagged, and unflagged in proportion."""
    entry = np.repeat(np.arange(len(truth)), truth.shape[1])
    flat, yes = strata.ravel(), truth.ravel()
    few = max(3, round(world.labels[1] * world.unknown)) if world.labels[1] > 6 else 1
    rows, weights = [], []
    for stratum, size in ((FLAGGED, world.labels[0]), (UNKNOWN, few),
                          (DOMESTIC, world.labels[1] - few)):  # fmt: skip
        there = np.flatnonzero(flat == stratum)
        picked = rng.choice(there, min(size, len(there)), replace=False)
        rows.append(picked)
        weights.append(weight[entry[picked]] * len(there) / max(len(picked), 1))
    taken = np.concatenate(rows)
    return LabelArrays(
        stratum=flat[taken],
        weight=np.concatenate(weights),
        yes=yes[taken],
        unclear=np.zeros(len(taken), dtype=np.bool_),
        psu=entry[taken],
        listing=np.arange(len(taken)),
    )


def pooled(
    world: World,
    drawn: LabelArrays,
    rng: np.random.Generator,
    reach: Literal["platform", "group", "week"] = "platform",
) -> LabelArrays:
    """Unflagged labels: the own ones, those of other cells and of earlier weeks, cut as in life.

    Each label from elsewhere comes from an entry of its own. ``reach``: of the platform, of the
    cell's product group in all weeks, or of the cell's own draw alone.
    """
    elsewhere, before = _or(world.others_share, world.share), _or(world.past_share, world.share)
    hidden = _or(world.past_hidden, world.hidden)
    sensitivity = _or(world.past_sensitivity, world.sensitivity)
    third = world.past // 3
    rates = np.concatenate([
        np.full(world.others, missed_share(elsewhere, world.sensitivity, world.hidden,
                                           world.false_flags)),
        np.full(third, missed_share(before, sensitivity, hidden, world.false_flags)),
        np.full(world.past - third, missed_share(
            before if world.others_share is None else elsewhere,
            sensitivity, hidden, world.false_flags)),
    ])  # fmt: skip
    unflagged = _unflagged(drawn)
    far, first = len(rates), len(unflagged.yes)
    yes = np.concatenate([unflagged.yes, rng.random(far) < rates])
    unknown = np.where(rng.random(far) < world.unknown, UNKNOWN, DOMESTIC)
    row = np.arange(first + far)
    past = first + world.others
    keep, _ = cut_pool(
        yes,
        ~yes,
        {
            "cluster": (row < first) | ((row >= past) & (row < past + third)),
            "week": row < past,
        },
        POOLING_LEVEL,
    )
    if reach != "platform":
        keep = (row < first) | ((reach == "group") & (row >= past) & (row < past + third))
    return LabelArrays(
        stratum=np.concatenate([unflagged.stratum, unknown])[keep].astype(np.int64),
        weight=np.concatenate([unflagged.weight, np.ones(far)])[keep],
        yes=yes[keep],
        unclear=np.zeros(int(keep.sum()), dtype=np.bool_),
        psu=np.concatenate([unflagged.psu, world.entries + np.arange(far)])[keep],
        listing=np.concatenate([unflagged.listing, OUTSIDE + np.arange(far)])[keep],
    )


def missed_share(share: float, sensitivity: float, hidden: float, false_flags: float) -> float:
    """Breaches among what a screen leaves unflagged."""
    missed = share * (1 - sensitivity * (1 - hidden))
    unflagged = missed + (1 - share) * (1 - false_flags)
    return missed / unflagged


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _unflagged(labels: LabelArrays) -> LabelArrays:
    keep = labels.stratum != FLAGGED
    weight = labels.weight[keep]
    return LabelArrays(
        labels.stratum[keep], weight / weight.mean(), labels.yes[keep], labels.unclear[keep],
        labels.psu[keep], labels.listing[keep],
    )  # fmt: skip


def rivals(
    world: World, sample: Sample, level: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Wilson on the raw flagged share, and Rogan–Gladen with an effective size over entries.

    Rogan and Gladen (Am. J. Epidemiol. 107, 1978) take the sensitivity .9 and the false flags
    .2 % that the classifier was trained to.
    """
    raw = sample.positions[:, FLAGGED].sum() / sample.positions.sum()
    sensitivity, false_flags = 0.9, 0.002
    limits = clopper_pearson(flagged_count(sample, level, 0.0), level)
    low, high = ((x - false_flags) / (sensitivity - false_flags) for x in limits)
    return wilson(raw, sample.size), (max(low, 0.0), min(high, 1.0))


def simulate_refusals(
    share: float, refused: float, repetitions: int, seed: int = 1
) -> tuple[float, float]:
    """A platform that refuses the pages that breach: coverage of the interval, of the bound.

    A ``share`` of positions breaches, clustered by entry, and the platform refuses a share
    ``refused`` of the pages, those that breach the likelier. The bound covers where the truth lies
    between the lower limit and the upper one that counts refused pages as full of breaches.
    """
    rng = np.random.default_rng([seed, round(1000 * share), round(100 * refused)])
    world = World(name="refusals", share=share, icc=0.3, missing=refused, how="related")
    hidden = round(refused * world.entries) / world.entries
    plain, bounded = [], []
    for _ in range(repetitions):
        sample = draw_sample(world, rng, planned_again=True)
        if sample is not None:
            limits = interval(sample, draws=DRAWS)
            most = bound(sample, hidden, 0.95, draws=DRAWS)
            plain.append(limits.low <= share <= limits.high)
            bounded.append(limits.low <= share <= most)
    return float(np.mean(plain)), float(np.mean(bounded))


HIDING: tuple[tuple[World, Literal["group", "week"]], ...] = (
    (real_budget("p 2 %, all hidden in one group", 0.02, hidden=1.0, others_share=0.0), "group"),
    (real_budget("p 5 %, half hidden in one group", 0.05, hidden=0.5, others_share=0.0), "group"),
    (real_budget("p 10 %, half hidden in one group", 0.1, hidden=0.5, others_share=0.0), "group"),
    (real_budget("p 2 %, all newly hidden", 0.02, hidden=1.0, past_hidden=0.0), "week"),
    (real_budget("p 5 %, all newly hidden", 0.05, hidden=1.0, past_hidden=0.0), "week"),
)
"""Worlds in which only a bound can be had, and from which labels."""


def simulate_hiding(
    world: World, reach: Literal["group", "week"], repetitions: int, seed: int = 1
) -> tuple[float, float, float]:
    """How often the upper limit holds that all labels give, and the one from fewer (``reach``).

    The third figure is the median of the latter.
    """
    rng = np.random.default_rng([seed, *world.name.encode()])
    holds, bounds = [], []
    for _ in range(repetitions):
        sample = draw_sample(world, rng)
        assert sample is not None, world.name
        fewer = dataclasses.replace(sample, pool=pooled(world, sample.drawn, rng, reach))
        holds.append(interval(sample, draws=DRAWS).high >= world.share)
        bounds.append(interval(fewer, draws=DRAWS).high)
    held = float((np.array(bounds) >= world.share).mean())
    return float(np.mean(holds)), held, float(np.median(bounds))


def simulate_false_confirmations(
    years: int,
    *,
    third_person: bool = True,
    correlation: float = 0.1,
    marked_share: float = 0.05,
    seed: int = 1,
) -> tuple[float, float]:
    """Cell-weeks a year in which something clean is confirmed, and in which a breach is stated.

    300 labels a week in 12 cells, all of clean offers of different sellers. Each of two people errs
    in 1 % of them, with a ``correlation`` (beta-binomial; 1: hard listings, which fool everybody);
    a ``marked_share`` of own pages bears the platform's mark all the same. A ``third_person``, who
    errs in the same way, looks at a marked offer that was confirmed while no second seller's is.
    """
    rng = np.random.default_rng([seed, years])
    error = 0.01
    both = error * (error + correlation * (1.0 - error))
    third = (error * (1.0 - correlation) + 2.0 * correlation) / (1.0 + correlation)
    confirmed = rng.binomial(25, both, size=(years * 52, 12))
    data = CellData(
        week="2026-W47", platform="toko", cluster=Cluster.crafts, policy="janji",
        tolerance=0.01, units=(),
    )  # fmt: skip
    limits = Limits(shown=Interval(0.0, 0.02, 0.95, (0.0, 0.02)))
    stated = 0
    for number in confirmed[confirmed > 0].tolist():
        marked = rng.random(number) < marked_share
        also_third = third_person and marked.sum() == 1 and rng.random() < third
        positions = tuple(
            Position(
                entry_id="e", item_id=str(offer), version="v", stratum=ScreenStratum.domestic,
                confirmed=True, marked=is_marked, third_look=also_third, seller_id=str(offer),
            )
            for offer, is_marked in enumerate(marked.tolist())
        )  # fmt: skip
        counted = count_cell(replace(data, positions=positions))
        stated += verdict_of(data, limits, counted) is Verdict.breaches_found
    return float((confirmed > 0).sum()) / years, stated / years


def simulate_annotator_years(
    error: float, correlation: float, years: int, seed: int = 1
) -> tuple[float, float]:
    """Coverage of one person's false-yes rate, and of the correlation where it is measured.

    A year has ten controls a week, half of them foreign; both people err with a beta-binomial
    ``error`` and ``correlation``.
    """
    rng = np.random.default_rng([seed, years, round(1000 * error), round(100 * correlation)])
    in_rate, in_correlation = [], []
    for _ in range(years):
        chance = np.full(520, error)
        if correlation:
            size = (1.0 - correlation) / correlation
            chance = rng.beta(error * size, (1.0 - error) * size, 520)
        wrong = rng.random((2, 520)) < chance
        looks = [
            ControlLook(
                control=control,
                person=str(person),
                answer=Answer.yes if (control % 2 == 0) is not bool(wrong[person, control])
                else Answer.no,
                right=Answer.no if control % 2 else Answer.yes,
            )
            for person in range(2)
            for control in range(520)
        ]  # fmt: skip
        measured = measured_errors(looks, "2025-W49", 200)
        assert measured is not None
        rate, (pair,) = measured.people[0].false_yes, measured.pairs
        assert rate is not None
        in_rate.append(rate.low <= error <= rate.high)
        if pair.low is not None and pair.high is not None:
            in_correlation.append(pair.low <= correlation <= pair.high)
    return float(np.mean(in_rate)), float(np.mean(in_correlation))


def simulate_persistent(
    offers: int, share: float, budget: int, repetitions: int, seed: int = 1
) -> float:
    """Coverage where hidden offers stay for 13 weeks while all others come and go.

    The screen flags none of the ``offers``, each of which holds a ``share`` of the 1,200 positions
    of a cell of 60 entries in every week. Of each week ``budget`` listings are drawn with
    probability proportional to their positions, and labelled without error.
    """
    rng = np.random.default_rng([seed, offers, budget, round(1000 * share)])
    weeks = [previous_week("2026-W47", back) for back in range(13)]
    covered = 0
    for _ in range(repetitions):
        labels: list[AuditedListing] = []
        pages: dict[str, list[str]] = {}
        for week in weeks:
            stay = [
                f"hidden-{offer}" for offer in range(offers) for _ in range(round(1200 * share))
            ]
            shown = [*stay, *(f"{week}-{number}" for number in range(1200 - len(stay)))]
            pages[week] = [shown[place] for place in rng.permutation(1200)]
            names, positions = np.unique(shown, return_counts=True)
            probability = np.minimum(1.0, budget * positions / 1200)
            for row in np.flatnonzero(rng.random(len(names)) < probability):
                name, taken = str(names[row]), int(positions[row])
                labels.append(
                    AuditedListing(
                        week=week, cluster=Cluster.crafts, item_id=name, version=name,
                        stratum=ScreenStratum.domestic, probability=float(probability[row]),
                        outcome=Answer.yes if name in stay else Answer.no, positions=taken,
                        entry_id=f"e{pages[week].index(name) // 20}", classifier="c1",
                    )
                )  # fmt: skip
        base = cell_data([""] * 60)
        positions_shown = tuple(
            Position(
                entry_id=f"e{place // 20}", item_id=name, version=name,
                stratum=ScreenStratum.domestic,
            )
            for place, name in enumerate(pages[weeks[0]])
        )  # fmt: skip
        data = replace(base, positions=positions_shown, audited=tuple(labels))
        limits = interval(prepare(data, Settings()).sample, draws=DRAWS)
        covered += limits.low <= offers * share <= limits.high
    return covered / repetitions


def simulate_new_classifier(
    share: float, repetitions: int, *, rescreened: bool, seed: int = 1
) -> tuple[float, float]:
    """Coverage and median upper limit in the first week of a classifier that misses less.

    The truth is that of the week's list, all of which is looked at. Twelve weeks were drawn from
    the screen of the classifier before (sensitivity .6, false flags 1 %), this week's from the new
    one's (.9, .2 %), each with 20 flagged and 12 unflagged labels. ``rescreened``: the new one
    decided the listings of the old weeks, too.
    """
    rng = np.random.default_rng([seed, round(1000 * share)])
    old, new = (World(name="", share=share, sensitivity=s, false_flags=f)
                for s, f in ((0.6, 0.01), (0.9, 0.002)))  # fmt: skip
    strata = tuple(ScreenStratum(name) for name in ("flagged", "unknown", "domestic"))
    base = cell_data([""] * 60)
    limits, covered = [], []
    for _ in range(repetitions):
        labels: list[AuditedListing] = []
        positions: tuple[Position, ...] = ()
        truth = share
        for back in range(13):
            week = previous_week(base.week, back)
            breach, screen = (rows.ravel() for rows in cell(old if back else new, rng))
            now = screen
            if back:
                false = rng.random(breach.size) < new.false_flags
                flagged = np.where(breach, rng.random(breach.size) < new.sensitivity, false)
                now = np.where(flagged, FLAGGED, np.where(screen == FLAGGED, DOMESTIC, screen))
            else:
                truth = float(breach.mean())
                positions = tuple(
                    Position(
                        entry_id=f"e{place // 20}", item_id=f"0-{place}", version="v",
                        stratum=strata[stratum],
                    )
                    for place, stratum in enumerate(screen.tolist())
                )  # fmt: skip
            for stratum, size in ((FLAGGED, 20), (UNKNOWN, 2), (DOMESTIC, 10)):
                there = np.flatnonzero(screen == stratum)
                labels += (
                    AuditedListing(
                        week=week, cluster=Cluster.crafts, item_id=f"{back}-{place}",
                        version="v", stratum=strata[stratum],
                        probability=min(1.0, size / len(there)),
                        outcome=Answer.yes if breach[place] else Answer.no,
                        entry_id=f"e{place // 20}", classifier="c0" if back else "c1",
                        rescreened=strata[now[place]] if rescreened else None,
                        rescreened_by="c1" if rescreened else "",
                    )
                    for place in rng.choice(there, min(size, len(there)), replace=False).tolist()
                )  # fmt: skip
        data = replace(base, positions=positions, audited=tuple(labels))
        limits.append(interval(prepare(data, Settings()).sample, draws=DRAWS))
        covered.append(limits[-1].low <= truth <= limits[-1].high)
    return float(np.mean(covered)), float(np.median([found.high for found in limits]))


def simulate_price_ratio(shops: int, repetitions: int, seed: int = 1) -> float:
    """Coverage of the price ratio where ``shops`` shops a side hold five offers each.

    A shop has a price level of its own (log-normal, σ .5), from which its offers differ little
    (σ .1). Foreign shops ask half of what domestic ones do.
    """
    rng = np.random.default_rng([seed, shops])
    covered = 0
    for _ in range(repetitions):
        seen = []
        for row, status in enumerate(["cross_border"] * shops + ["domestic"] * shops):
            level = (0.5 if status == "cross_border" else 1.0) * rng.lognormal(0.0, 0.5)
            for offer in range(5):
                price = round(100_000 * level * rng.lognormal(0.0, 0.1))
                seen.append(
                    observation(
                        5 * row + offer,
                        status,
                        decision={"category": "batik"},
                        offer={"price": Decimal(price), "currency": "IDR", "seller_id": f"s{row}"},
                    )
                )
        ratio = price_ratio("toko", Cluster.crafts, seen)
        assert ratio.low is not None and ratio.high is not None
        covered += ratio.low <= 0.5 <= ratio.high
    return covered / repetitions


class WeekOutcome(Value):
    """What is shown of simulated weeks of several cells whose share is just tolerated.

    ``coverage`` of the intervals shown, all cells together; ``narrower``: the share of them that
    are narrower than the interval at the level judged at; ``accused``: the share of weeks with a
    false accusation.
    """

    levels: set[float]
    coverage: float
    narrower: float
    accused: float


def simulate_week(cells: int, weeks: int, seed: int = 1) -> WeekOutcome:
    """Weeks of ``cells`` cells with a share of .9 %, judged together at a tolerance of 1 %."""
    rng = np.random.default_rng([seed, cells])
    world = World(name="week", share=0.009, icc=0.3)
    levels, covered, narrower, accused = set(), [], [], []
    for _ in range(weeks):
        samples = [s for s in (draw_sample(world, rng) for _ in range(cells)) if s is not None]
        judged = holm_intervals(samples, [0.01] * cells, 0.95, least_icc=0.05, draws=DRAWS)
        shown = [interval(sample, 0.95, draws=DRAWS) for sample in samples]
        levels |= {wide.level for wide in judged}
        covered += [plain.low <= world.share <= plain.high for plain in shown]
        narrower += [
            plain.high - plain.low < wide.high - wide.low
            for plain, wide in zip(shown, judged, strict=True)
        ]
        accused.append(any(wide.low > 0.01 for wide in judged))
    return WeekOutcome(
        levels=levels,
        coverage=float(np.mean(covered)),
        narrower=float(np.mean(narrower)),
        accused=float(np.mean(accused)),
    )


def simulate_arrows(share: float, cells: int, weeks: int, seed: int = 1) -> tuple[float, float]:
    """Shares of weeks with a causeless direction, by the rule and by each interval alone.

    Nothing changes in the ``cells`` of which a ``share`` of positions breaches in both weeks.
    """
    rng = np.random.default_rng([seed, cells, round(1000 * share)])
    world = World(name="arrows", share=share, icc=0.3)
    by_rule, alone = [], []
    for _ in range(weeks):
        p_values = []
        for _ in range(cells):
            samples = [sample for _ in range(2) if (sample := draw_sample(world, rng)) is not None]
            now, before = (
                (estimated.share, limits.low, limits.high)
                for sample in samples
                if (estimated := estimate(sample)) and (limits := interval(sample, draws=DRAWS))
            )
            p_values.append(p_value(now[0] - before[0], *mover(now, before, 0.0)))
        by_rule.append(any(discoveries(p_values, 0.05)))
        alone.append(min(p_values) <= 0.05)
    return float(np.mean(by_rule)), float(np.mean(alone))


def simulate_all(repetitions: int, seed: int = 1) -> Iterator[Outcome]:
    """All of ``WORLDS``."""
    return (simulate(world, repetitions, seed) for world in WORLDS)
