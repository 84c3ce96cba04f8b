"""What a plan will cost and how much it can tell, before anything is fetched."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from math import ceil, sqrt
from statistics import NormalDist

from monitor.config import Crawl
from monitor.model import Cluster, Plan, PlannedUnit, Value
from monitor.registry import Registry

_SHOWING = 15.0
"""Seconds that a page gets in the browser to show its listings, at most."""
_Z = NormalDist().inv_cdf(0.975)
"""Half width, in standard deviations, of a two-sided 95 % interval."""


class Cost(Value):
    """Requests to a platform, the hours they take at the configured delay, and in how many nights.

    Platforms are crawled side by side, so a week takes as long as its slowest platform.
    """

    platform: str
    requests: int
    duration: timedelta
    nights: int


class Margin(Value):
    """What a cell may be expected to tell if every unit answers with full pages and true labels.

    ``places`` counts positions, ``effective`` the independent ones that are worth as much.
    ``margin`` is half the width of the 95 % interval at ``share``; ``none_found`` is the upper
    limit if not one position breaches.
    """

    platform: str
    cluster: Cluster
    entries: int
    places: int
    effective: float
    share: float
    margin: float
    none_found: float


def costs(plan: Plan, registry: Registry, crawl: Crawl) -> tuple[Cost, ...]:
    """The cost of each platform's units, without the detail visits of the audit.

    The pause begins when a page has been shown, so one in the browser costs its showing as well.
    """
    start, end = (
        timedelta(hours=t.hour, minutes=t.minute) for t in (crawl.night_from, crawl.night_until)
    )
    night = (end - start) % timedelta(days=1) or timedelta(days=1)
    costs_by_platform = []
    for platform, requests in sorted(Counter(unit.platform for unit in plan.units).items()):
        shown = crawl.browser and registry.platforms[platform].browser
        duration = requests * timedelta(seconds=crawl.delay + (_SHOWING if shown else 0.0))
        costs_by_platform.append(
            Cost(
                platform=platform, requests=requests, duration=duration,
                nights=ceil(duration / night),
            )
        )  # fmt: skip
    return tuple(costs_by_platform)


def margins(
    plan: Plan, registry: Registry, icc: float = 0.1, share: float = 0.1
) -> tuple[Margin, ...]:
    """A rough margin for each platform × cluster, from a Wilson interval at the effective size.

    Every position of a full page counts. The effective size takes Kish's design effects for entries
    (``icc`` between the positions of one) and for unequal probabilities.
    """
    cells: dict[tuple[str, Cluster], list[PlannedUnit]] = {}
    for unit in plan.units:
        cells.setdefault((unit.platform, unit.cluster), []).append(unit)
    return tuple(
        _margin(units, registry.platforms[platform].page_size, icc, share)
        for (platform, _), units in sorted(cells.items())
    )


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval for a share seen in ``n`` independent positions (Wilson 1927)."""
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _margin(units: list[PlannedUnit], page_size: int, icc: float, share: float) -> Margin:
    positions = len(units) * page_size
    entries = len({unit.entry_id for unit in units})
    weights = [unit.weight / unit.probability for unit in units]
    unequal = len(weights) * sum(weight**2 for weight in weights) / sum(weights) ** 2
    effective = positions / (1 + (positions / entries - 1) * icc) / unequal
    low, high = wilson(share, effective)
    return Margin(
        platform=units[0].platform,
        cluster=units[0].cluster,
        entries=entries,
        places=positions,
        effective=effective,
        share=share,
        margin=(high - low) / 2,
        none_found=wilson(0.0, effective)[1],
    )
