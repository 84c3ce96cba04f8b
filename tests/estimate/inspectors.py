"""Weeks of a cell that inspectors collect: fewer entries of the list, each with its own chance.

The list is that of ``tests.estimate.seasons``: 99 entries, 30 of them core; the truth is the share
of breaches over all of them. What inspectors are asked for is drawn as the plan draws it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from monitor.estimate import CellData, Position, Settings
from monitor.estimate.prepare import prepare
from monitor.estimate.twophase import interval
from monitor.model import (
    Cluster,
    CollectedBy,
    Entry,
    EntryKind,
    Mode,
    UnitRecord,
    UnitState,
)
from monitor.sampling.plan import Group, within_budget
from tests.builders import WEEK, planned_unit
from tests.estimate.builders import LISTED
from tests.estimate.seasons import (
    CORE,
    ENTRIES,
    PLACES,
    STRATA,
    TOLERANCE,
    SeasonWorld,
    Shelf,
    entry_shares,
    labels_of_week,
)
from tests.estimate.simulation import DRAWS

SITUATIONS = ((0.02, 0.1), (0.02, 0.6), (0.1, 0.1), (0.1, 0.3), (0.1, 0.6), (0.3, 0.3))
"""Share of the list and intra-entry correlation."""


class InspectedWeeks(NamedTuple):
    """Shares of the weeks of a situation, and the median width of their intervals."""

    coverage: float
    above: float
    below: float
    width: float


def simulate_inspectors(
    share: float, icc: float, entries: int, repetitions: int, seed: int = 1
) -> InspectedWeeks:
    """Weeks of a cell in which inspectors see so many ``entries``; labels are plenty, so that the
    entries decide how wide the interval is. The same seed gives the same weeks."""
    world = SeasonWorld(name="inspectors", share=share, icc=icc, labels=(20, 180), others=0)
    rng = np.random.default_rng([seed, entries, round(share * 1000), round(icc * 100)])
    weeks = []
    for _ in range(repetitions):
        shelf = Shelf.filled(entry_shares(world, rng), world.sensitivity, world.false_flags, rng)
        sample = prepare(inspected_cell(world, shelf, entries, rng), Settings()).sample
        limits = interval(sample, draws=DRAWS)
        weeks.append((limits.low, limits.high, float(shelf.breach.mean())))
    low, high, truth = np.array(weeks).T
    return InspectedWeeks(
        coverage=float(np.mean((low <= truth) & (truth <= high))),
        above=float(np.mean(low > truth)),
        below=float(np.mean(high < truth)),
        width=float(np.median(high - low)),
    )


def inspected_cell(
    world: SeasonWorld, shelf: Shelf, entries: int, rng: np.random.Generator
) -> CellData:
    """A week's cell of which inspectors see ``entries``, with its labels."""
    units, looked = [], np.zeros(ENTRIES, dtype=np.bool_)
    for pool, take in _takes(entries):
        for number in rng.choice(pool, take, replace=False).tolist():
            looked[number] = True
            unit = planned_unit(
                number,
                stratum=LISTED[number % 3],
                probability=take / len(pool),
                inspector_probability=take / len(pool),
                collection=CollectedBy.inspector,
            )
            units.append(UnitRecord(unit=unit, state=UnitState.sampled, mode=Mode.inspector))
    return CellData(
        week=WEEK,
        platform="toko",
        cluster=Cluster.crafts,
        policy="janji",
        tolerance=TOLERANCE,
        classifier="c1",
        units=tuple(units),
        positions=tuple(
            Position(
                entry_id=f"e{entry}",
                item_id=str(shelf.item[entry, place]),
                version=str(shelf.item[entry, place]),
                stratum=STRATA[shelf.stratum[entry, place]],
            )
            for entry in np.flatnonzero(looked).tolist()
            for place in range(PLACES)
        ),
        audited=tuple(labels_of_week(world, WEEK, shelf, looked, rng)),
    )


def _takes(entries: int) -> list[tuple[list[int], int]]:
    """The core and the rotating entries of each stratum, and how many of them are looked at."""
    pools = [
        [n for n in range(ENTRIES) if n % 3 == stratum and (n < CORE) is core]
        for core in (True, False)
        for stratum in range(3)
    ]
    groups = tuple(
        Group(entries=tuple(_entry(number) for number in pool), take=10) for pool in pools
    )
    cut = within_budget("toko", groups, entries, Mode.inspector)
    return [(pool, group.take) for pool, group in zip(pools, cut, strict=True)]


def _entry(number: int) -> Entry:
    return Entry(
        id=f"e{number}",
        platform="toko",
        cluster=Cluster.crafts,
        stratum=LISTED[number % 3],
        kind=EntryKind.keyword,
        query=f"kain {number}",
        core=number < CORE,
    )
