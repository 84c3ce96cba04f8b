"""Cells of a list whose searches are weighed by a query log, drawn as the plan draws them.

The list is that of ``tests.estimate.seasons``: 99 entries, 30 of them core. Their counts are
lognormal, as those of searches are; the truth is the share of breaches over all of them, each entry
by its weight.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from monitor.config import previous_week
from monitor.estimate import CellData, Position, Settings
from monitor.estimate.intervals import Array
from monitor.estimate.prepare import prepare
from monitor.estimate.season import prepare_season
from monitor.estimate.twophase import interval
from monitor.model import Cluster, Entry, EntryKind, UnitRecord, UnitState
from monitor.registry import Frame, Platform, Registry
from monitor.registry.query_log import QueryLog, weigh
from monitor.sampling import draw_plan
from tests.estimate.builders import LISTED
from tests.estimate.seasons import (
    CORE,
    ENTRIES,
    PLACES,
    STRATA,
    TOLERANCE,
    WEEKS,
    SeasonWorld,
    Shelf,
    entry_shares,
    labels_of_week,
)
from tests.estimate.simulation import DRAWS

NOW = datetime(2026, 11, 15, tzinfo=UTC)
PASAR = Platform(
    id="toko",
    name="Toko",
    role="marketplace",
    hosts=("toko.example",),
    page_size=PLACES,
    url_templates={EntryKind.keyword: "https://toko.example/cari?q={query}"},
)


class WeightedCoverage(NamedTuple):
    """How often the interval of a week and of a season held the truth, and their median widths."""

    week: float
    season: float
    week_width: float
    season_width: float


def weighted_registry(spread: float, rng: np.random.Generator) -> Registry:
    """A list with lognormal counts of searches; ``spread`` is the standard deviation of logs."""
    counts = {f"kain {n}": int(10_000 * rng.lognormal(0.0, spread)) + 1 for n in range(ENTRIES)}
    log = QueryLog(source="log", date=NOW.date(), platforms=("toko",), counts=counts)
    entries, _ = weigh(
        (
            Entry(
                id=f"e{number}",
                platform="toko",
                cluster=Cluster.crafts,
                stratum=LISTED[number % 3],
                kind=EntryKind.keyword,
                query=f"kain {number}",
                core=number < CORE,
            )
            for number in range(ENTRIES)
        ),
        [log],
    )
    frame = Frame(version="f1", entries=entries, cell_entries=60)
    return Registry(platforms={"toko": PASAR}, policies=(), clusters=(), frame=frame)


def simulate_weighted(
    share: float, icc: float, spread: float, repetitions: int, seed: int = 1
) -> WeightedCoverage:
    """Seasons of a cell; the same seed gives the same ones."""
    # Labels are plenty, so that the entries decide how wide an interval is.
    world = SeasonWorld(name="weighted", share=share, icc=icc, labels=(20, 180))
    rng = np.random.default_rng([seed, round(share * 1000), round(icc * 100), round(spread * 10)])
    rows = []
    for repetition in range(repetitions):
        registry = weighted_registry(spread, rng)
        weights = np.array([entry.weight for entry in registry.frame.entries])
        shares = entry_shares(world, rng)
        weeks, truths = [], []
        for back in range(WEEKS - 1, -1, -1):
            shelf = Shelf.filled(shares, world.sensitivity, world.false_flags, rng)
            week = previous_week("2026-W52", back)
            weeks.append(drawn_cell(world, registry, week, shelf, repetition, rng))
            truths.append(float(shelf.breach.mean(axis=1) @ weights / weights.sum()))
        samples = prepare(weeks[-1], Settings()).sample, prepare_season(tuple(weeks), Settings())
        shown = interval(samples[0], draws=DRAWS), interval(samples[1].sample, draws=DRAWS)
        rows.append([*shown[0][:2], truths[-1], *shown[1][:2], float(np.mean(truths))])
    low, high, truth, season_low, season_high, season_truth = np.array(rows).T
    return WeightedCoverage(
        week=_held(low, truth, high),
        season=_held(season_low, season_truth, season_high),
        week_width=float(np.median(high - low)),
        season_width=float(np.median(season_high - season_low)),
    )


def _held(low: Array, truth: Array, high: Array) -> float:
    return float(np.mean((low <= truth) & (truth <= high)))


def drawn_cell(
    world: SeasonWorld,
    registry: Registry,
    week: str,
    shelf: Shelf,
    seed: int,
    rng: np.random.Generator,
) -> CellData:
    """A week's cell as the plan draws it from the list, with its labels."""
    units = draw_plan(registry, week, seed, NOW).units
    numbers = [int(unit.entry_id[1:]) for unit in units]
    looked = np.zeros(ENTRIES, dtype=np.bool_)
    looked[numbers] = True
    return CellData(
        week=week,
        platform="toko",
        cluster=Cluster.crafts,
        policy="janji",
        tolerance=TOLERANCE,
        classifier="c1",
        units=tuple(UnitRecord(unit=unit, state=UnitState.sampled) for unit in units),
        positions=tuple(
            Position(
                entry_id=f"e{entry}",
                item_id=str(shelf.item[entry, place]),
                version=str(shelf.item[entry, place]),
                stratum=STRATA[shelf.stratum[entry, place]],
            )
            for entry in numbers
            for place in range(PLACES)
        ),
        audited=tuple(labels_of_week(world, week, shelf, looked, rng)),
    )
