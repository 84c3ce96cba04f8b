"""The indicators and median prices of an edition, from the positions that its shares rest on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from decimal import Decimal

from monitor.classify.locations import is_outside_java
from monitor.config import previous_week, week_start
from monitor.estimate import Settings
from monitor.estimate.collection import collected_units
from monitor.estimate.indicators import (
    Weights,
    domestic_in_top,
    median_prices,
    new_shops,
    outside_java,
    price_ratio,
    promoted_domestic,
    small_shops,
    spread,
    under_floor,
    under_tenth,
    without_domestic,
)
from monitor.model import (
    Cluster,
    Indicator,
    MedianPrice,
    Observation,
    PolicyScope,
    UnitRecord,
)
from monitor.registry import INDONESIA, Registry, price_in

from .gather import Gathered
from .screen import ScreenedObservation, terms_of

MONTH = 4
"""Weeks, the last of which is the edition's, in which a shop counts as first seen this month."""
LEAST_WEEKS_BEFORE = 4
"""Weeks before them in which a platform was looked at: else every shop would be new."""


def unit_weights(units: Iterable[UnitRecord], settings: Settings) -> Weights:
    """What a position counts, by the id of its unit, of the pages that the shares rest on."""
    planned: dict[tuple[str, Cluster], list[UnitRecord]] = defaultdict(list)
    for record in units:
        planned[record.unit.platform, record.unit.cluster].append(record)
    return {
        record.unit.id: record.unit.weight / record.unit.probability
        for of_cell in planned.values()
        for record in collected_units(tuple(of_cell), settings)
    }


def indicators(
    registry: Registry,
    observations: Iterable[ScreenedObservation],
    weights: Weights,
    week: str,
    known_shops: Mapping[str, Set[str]],
    certain: Set[str],
) -> Iterator[Indicator]:
    """The indicators of the four PMSE points of every platform × cluster that was sampled.

    They rest on the pages that the shares rest on. ``known_shops`` are those of each platform that
    weeks before this month showed, ``certain`` the units of entries that come every week.
    """
    cells: dict[tuple[str, Cluster], list[Observation]] = defaultdict(list)
    for observation in (screened.observation for screened in observations):
        if observation.cluster and observation.unit_id in weights:
            cells[observation.listing.platform, observation.cluster].append(observation)
    for (platform, cluster), seen in sorted(cells.items()):
        for indicator in (
            price_ratio,
            under_tenth,
            domestic_in_top,
            promoted_domestic,
            without_domestic,
            small_shops,
            spread,
        ):
            yield indicator(platform, cluster, seen, weights)
        if registry.country == INDONESIA:
            yield outside_java(platform, cluster, seen, is_outside_java, weights)
        every_week = [o for o in seen if o.unit_id in certain]
        yield new_shops(platform, cluster, every_week, known_shops.get(platform), weights)
        floor = _floor_in_rupiah(registry, platform, week)
        yield under_floor(platform, cluster, seen, floor, weights)


def prices(observations: Iterable[ScreenedObservation], weights: Weights) -> Iterator[MedianPrice]:
    """The median prices of each platform, over all its groups."""
    seen: dict[str, list[Observation]] = defaultdict(list)
    for observation in (screened.observation for screened in observations):
        if observation.unit_id in weights:
            seen[observation.listing.platform].append(observation)
    for platform, shown in sorted(seen.items()):
        yield from median_prices(platform, shown, weights)


def known_shops(gathered: Gathered) -> dict[str, set[str]]:
    """The shops of each platform that the weeks before this month showed, of the last quarter.

    A platform with fewer than ``LEAST_WEEKS_BEFORE`` such weeks is left out.
    """
    first, month = (previous_week(gathered.week, back) for back in (12, MONTH - 1))
    weeks: dict[str, set[str]] = defaultdict(set)
    shops: dict[str, set[str]] = defaultdict(set)
    for past in gathered.past:
        for observation in past.screen if first <= past.week < month else ():
            weeks[observation.listing.platform].add(past.week)
            if observation.listing.seller_id:
                shops[observation.listing.platform].add(observation.listing.seller_id)
    return {
        platform: shops[platform]
        for platform, looked_at in weeks.items()
        if len(looked_at) >= LEAST_WEEKS_BEFORE
    }


def _floor_in_rupiah(registry: Registry, platform: str, week: str) -> Decimal | None:
    for terms in terms_of(registry, platform, week):
        floor = terms.versions[-1].price_floor
        if terms.scope is PolicyScope.price_floor and floor:
            return price_in("IDR", floor, week_start(week).date(), registry.rates)
    return None
