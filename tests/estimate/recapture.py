"""Sellers with a known number, met by two ways of looking: do the limits keep what they promise?

The same code runs with few repetitions as a regression test and with many in ``make bench``. A
seller holds so many offers; each way shows each of them with its own chance, so that sellers with
many are met more easily, by both ways alike or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.config import previous_week, week_start
from monitor.demo import Catalogue
from monitor.estimate.intervals import Array
from monitor.estimate.recapture import LEAST_BOTH, chapman, seller_limits
from monitor.model import PlannedUnit, Value
from monitor.registry import Registry
from monitor.sampling import draw_plan

LAST_WEEK = "2026-W47"


class SellerWorld(Value):
    """A number of sellers and how they are met.

    ``spread`` is the standard deviation of the logarithms of their offers, ``ways`` whether those
    who have many in one way have many in the other: the same, none of the other's business, or
    few. A share ``unlisted`` stands on no page of either way.
    """

    name: str
    sellers: int = 200
    by_list: float = 1.0
    by_category: float = 0.4
    spread: float = 0.0
    ways: Literal["alike", "independent", "contrary"] = "alike"
    unlisted: float = 0.0


class Recapture(NamedTuple):
    """What a week of a world showed, and what follows; ``low`` None where too few are in both."""

    sellers: int
    estimate: float | None
    low: int | None
    high: int | None

    @property
    def holds_at_least(self) -> bool:
        """Whether there are as many as is said."""
        return self.low is not None and self.low <= self.sellers

    @property
    def covers(self) -> bool:
        """Whether the true number lies within both limits."""
        return self.holds_at_least and self.high is not None and self.sellers <= self.high


WORLDS = (
    SellerWorld(name="all alike"),
    SellerWorld(name="all alike, 60 sellers", sellers=60),
    SellerWorld(name="offers spread .7", spread=0.7),
    SellerWorld(name="offers spread 1.2", spread=1.2),
    SellerWorld(name="offers spread 1.2, ways independent", spread=1.2, ways="independent"),
    SellerWorld(name="offers spread .7, a third unlisted", spread=0.7, unlisted=1 / 3),
    SellerWorld(name="offers spread .7, ways contrary", spread=0.7, ways="contrary"),
)


def simulated_weeks(world: SellerWorld, seed: int, weeks: int) -> Iterator[Recapture]:
    """So many weeks of a world."""
    random = np.random.default_rng(seed)
    for _ in range(weeks):
        sizes = random.normal(0.0, world.spread, world.sellers)
        others = {
            "alike": sizes,
            "contrary": -sizes,
            "independent": random.normal(0.0, world.spread, world.sellers),
        }[world.ways]
        listed = random.random(world.sellers) >= world.unlisted
        by_list = _met(random, world.by_list, sizes) & listed
        by_category = _met(random, world.by_category, others) & listed
        yield recapture(
            world.sellers,
            int(by_list.sum()),
            int(by_category.sum()),
            int((by_list & by_category).sum()),
        )


def _met(random: np.random.Generator, rate: float, logs: Array) -> NDArray[np.bool_]:
    """Which sellers a way meets that shows ``rate`` offers of a usual one on average."""
    return random.random(logs.size) < -np.expm1(-rate * np.exp(logs))


def recapture(sellers: int, by_list: int, by_category: int, both: int) -> Recapture:
    """What the page would say of these counts."""
    if both < LEAST_BOTH:
        return Recapture(sellers, None, None, None)
    low, high = seller_limits(by_list, by_category, both)
    return Recapture(sellers, chapman(by_list, by_category, both), low, high)


def catalogue_weeks(registry: Registry, seeds: range, weeks: int) -> Iterator[Recapture]:
    """Weeks of the simulated marketplaces as the plan looks at them, every page answered.

    One for each platform that has a second way of looking and shows any foreign seller.
    """
    for seed in seeds:
        catalogue = Catalogue(seed, registry)
        for back in range(weeks):
            week = previous_week(LAST_WEEK, back)
            units = draw_plan(registry, week, seed, week_start(week)).units
            second_way = [unit for unit in units if unit.stratum == "second_way"]
            for platform in sorted({unit.platform for unit in second_way}):
                clusters = {u.cluster for u in second_way if u.platform == platform}
                in_question = [u for u in units if u.platform == platform and u.cluster in clusters]
                truth = len(catalogue.open_sellers(platform, clusters, week))
                by_list, by_category = (
                    _shown(catalogue, [u for u in in_question if (u in second_way) is is_second])
                    for is_second in (False, True)
                )
                if truth:
                    yield recapture(
                        truth, len(by_list), len(by_category), len(by_list & by_category)
                    )


def _shown(catalogue: Catalogue, units: list[PlannedUnit]) -> set[int]:
    """The sellers on these pages whom the pages themselves call foreign."""
    sellers = set()
    for unit in units:
        size = catalogue.registry.platforms[unit.platform].page_size
        results = catalogue.results(unit.platform, unit.query, unit.week, unit.page, size)
        sellers |= {s.offer.seller.id for s in results.shown if s.offer.openly_foreign}
    return sellers
