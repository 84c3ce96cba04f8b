"""Frame, plan and sample units."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from monitor.model.base import Value
from monitor.model.page import RobotsDecision
from monitor.model.vocabulary import Cluster, CollectedBy, EntryKind, Mode, Stratum, UnitState

LEAST_ENTRIES = 20
"""Entries with an answer below which no share of a cell is estimated."""


class Entry(Value):
    """One pre-registered way of looking. ``pages`` result pages of it are sampled, from page 1."""

    id: str
    platform: str
    cluster: Cluster
    stratum: Stratum
    kind: EntryKind
    query: str
    weight: float = 1.0
    core: bool = False
    pages: int = 1


class ListWeights(Value):
    """Where the weights of a ``platform/cluster`` come from.

    Of its ``entries`` the log names ``named``; the other keywords count as its smallest one.
    """

    name: str
    source: str
    date: date
    entries: int
    named: int


class PlannedUnit(Value):
    """One result page of one entry in one week; ``position`` is its place in the permuted order.

    ``probability`` is the entry's inclusion probability, ``weight`` its weight in the frame: a
    place counts ``weight / probability`` times in the mean over the frame. ``collection`` says who
    is asked for the page. Where that is an inspector, ``inspector_probability`` is the probability
    with which the entry is asked of inspectors, at most ``probability``; else it is None. ``core``
    entries are wanted every week; None in plans made before it was kept.
    """

    id: str
    week: str
    platform: str
    cluster: Cluster
    stratum: Stratum
    entry_id: str
    kind: EntryKind
    query: str
    page: int
    url: str
    position: int
    probability: float
    weight: float = 1.0
    collection: CollectedBy = CollectedBy.crawler
    inspector_probability: float | None = None
    core: bool | None = None


class Shortfall(Value):
    """A budget of requests that drew fewer of a platform than the frame asks for."""

    platform: str
    asked: int = msgspec.field(name="wanted")
    drawn: int
    budget: int


class Plan(Value):
    """The week's sample, drawn from seed, frame version and week before the first fetch.

    ``shortfalls`` names the platforms whose request budget cut the draw, in units. ``lists`` are
    hashes of the entries drawn from, by ``platform/cluster``; empty in plans of 0.1.0. The units of
    the second way of looking come after all others.
    """

    week: str
    frame_version: str
    seed: int
    drawn_at: datetime
    units: tuple[PlannedUnit, ...]
    shortfalls: tuple[Shortfall, ...] = ()
    lists: dict[str, str] = {}  # noqa: RUF012 (msgspec copies it)

    @property
    def list_units(self) -> tuple[PlannedUnit, ...]:
        """The units of the list, without those of the second way of looking."""
        return tuple(unit for unit in self.units if unit.stratum is not Stratum.second_way)


class DrawnLists(Value):
    """The lists of entries that a week's sample was drawn from.

    ``hashes`` are by ``platform/cluster``; empty in plans of 0.1.0, which are known by the
    ``frame_version`` alone.
    """

    frame_version: str = ""
    hashes: dict[str, str] = {}  # noqa: RUF012

    def are_alike(self, other: DrawnLists, platform: str, cluster: Cluster) -> bool:
        """Whether both weeks drew a platform's entries for a cluster from the same list."""
        if self.frame_version == other.frame_version:
            return True
        name = f"{platform}/{cluster}"
        return name in self.hashes and self.hashes[name] == other.hashes.get(name)


class UnitRecord(Value):
    """A planned unit and what became of it.

    ``mode`` says who brought what became of it, None while it is planned. ``places`` counts the
    observations stored for it, ``unreadable`` the positions beside them whose listing could not be
    read. ``refused_crawler``: an inspector met it, and the crawler was refused it.
    """

    unit: PlannedUnit
    state: UnitState
    mode: Mode | None = None
    reason: str | None = None
    observed_at: datetime | None = None
    robots: RobotsDecision | None = None
    total_results: int | None = None
    places: int = 0
    unreadable: int = 0
    refused_crawler: bool = False
