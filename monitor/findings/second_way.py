"""Foreign sellers whom neither searches nor category pages meet, from those whom both meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from monitor.estimate.recapture import LEAST_BOTH, chapman, seller_limits
from monitor.model import (
    Cluster,
    CrossBorder,
    ForeignSellers,
    Note,
    Observation,
    UnitRecord,
    Value,
)

from .gather import Gathered

LEAST_ANSWERED = 0.6
"""Share of the pages of each way that must answer, as of every stratum of the list."""
NAMELESS = "second_way_no_seller"
MOST_NAMELESS = 0.05
"""Share of the foreign positions of each way that may lack their seller."""


class Way(Value):
    """What one way of looking showed of a platform: its units, and the foreign observations."""

    units: tuple[UnitRecord, ...]
    foreign: tuple[Observation, ...]

    @property
    def answered(self) -> int:
        """How many of its pages answered."""
        return sum(record.state.speaks for record in self.units)

    @property
    def sellers(self) -> frozenset[str]:
        """The platform's keys of the sellers."""
        shops = (observation.listing.seller_id for observation in self.foreign)
        return frozenset(shop for shop in shops if shop)

    @property
    def nameless(self) -> int:
        """How many of the observations do not show their seller."""
        return sum(not observation.listing.seller_id for observation in self.foreign)


def foreign_sellers(gathered: Gathered, platforms: Iterable[str]) -> tuple[ForeignSellers, ...]:
    """How many sellers of each platform its own pages call foreign, met or not.

    Only groups of goods count of which the platform has category pages in the plan.
    """
    rows = []
    for platform in sorted(platforms):
        units = [r for r in gathered.sampled.units if r.unit.platform == platform]
        second_units = [r for r in gathered.second_way.units if r.unit.platform == platform]
        if units:
            clusters = tuple(sorted({record.unit.cluster for record in second_units}))
            rows.append(
                _both_ways(
                    platform,
                    clusters,
                    _way(platform, clusters, units, gathered.sampled.screen),
                    _way(platform, clusters, second_units, gathered.second_way.observations),
                )
            )
    return tuple(rows)


def _way(
    platform: str,
    clusters: Sequence[Cluster],
    units: Iterable[UnitRecord],
    observations: Iterable[Observation],
) -> Way:
    """One way of looking at some groups of goods of a platform."""
    return Way(
        units=tuple(record for record in units if record.unit.cluster in clusters),
        foreign=tuple(
            observation
            for observation in observations
            if observation.listing.platform == platform
            and observation.cluster in clusters
            and observation.status is CrossBorder.cross_border
        ),
    )


def _both_ways(
    platform: str, clusters: Sequence[Cluster], by_list: Way, by_category: Way
) -> ForeignSellers:
    """The counts of both ways, and the number of all sellers where both allow one."""
    if not by_category.units:
        return ForeignSellers(platform=platform, reason=Note(code="second_way_unlisted"))
    both = len(by_list.sellers & by_category.sellers)
    met = len(by_list.sellers), len(by_category.sellers), both
    reason = _obstacle(by_list, by_category, both)
    row = ForeignSellers(
        platform=platform,
        clusters=tuple(clusters),
        planned=len(by_category.units),
        answered=by_category.answered,
        reason=reason,
    )
    if reason and reason.code == NAMELESS:
        return row  # whoever is not shown cannot be counted, and 0 would deny them
    counts = replace(row, by_list=met[0], by_category=met[1], both=both)
    if reason:
        return counts
    low, high = seller_limits(*met)
    return replace(counts, estimate=chapman(*met), low=low, high=high)


def _obstacle(by_list: Way, by_category: Way, both: int) -> Note | None:
    """Why no number follows from two ways of looking, or None where one does."""
    for code, way in (("second_way_pages", by_category), ("second_way_list_pages", by_list)):
        if way.answered < LEAST_ANSWERED * len(way.units) or not way.units:
            pages = {"answered": str(way.answered), "planned": str(len(way.units))}
            return Note(code=code, values=pages)
    if not (by_list.foreign or by_category.foreign):
        return Note(code="second_way_no_mark")
    ways = (by_list, by_category)
    if any(way.nameless > MOST_NAMELESS * len(way.foreign) for way in ways):
        nameless, positions = (sum(counts) for counts in zip(*map(_positions, ways), strict=True))
        return Note(code=NAMELESS, values={"nameless": str(nameless), "positions": str(positions)})
    if both < LEAST_BOTH:
        return Note(code="second_way_few", values={"both": str(both), "floor": str(LEAST_BOTH)})
    return None


def _positions(way: Way) -> tuple[int, int]:
    """How many foreign observations of a way do not show their seller, and how many there are."""
    return way.nameless, len(way.foreign)
