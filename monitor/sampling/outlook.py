"""What a plan will cost and how much it can tell, before anything is fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from math import ceil, sqrt
from statistics import NormalDist

from monitor.config import Crawl
from monitor.model import Cluster, Plan, PlannedUnit, Value
from monitor.registry import Registry

_SHOWING = 15.0
"""Seconds that a page gets in the browser to show its listings, at most."""
_Z = NormalDist().inv_cdf(0.975)


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

    ``margin`` is half the width of the 95 % interval at ``share``; ``none_found`` is the upper
    limit if not one place breaches.
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
    night = _hours(crawl)
    shown = {
        platform.id
        for platform in registry.platforms.values()
        if crawl.browser and platform.browser
    }
    counts = Counter(unit.platform for unit in plan.units)
    return tuple(
        Cost(
            platform=platform,
            requests=requests,
            duration=(
                taken := requests
                * timedelta(seconds=crawl.delay + (_SHOWING if platform in shown else 0.0))
            ),
            nights=ceil(taken / night),
        )
        for platform, requests in sorted(counts.items())
    )


def margins(
    plan: Plan, registry: Registry, icc: float = 0.1, share: float = 0.1
) -> tuple[Margin, ...]:
    """A rough margin for each platform × cluster, from a Wilson interval at the effective size.

    Every place of a full page counts. The effective size takes Kish's design effects for entries
    (``icc`` between the places of one) and for unequal probabilities.
    """
    cells: dict[tuple[str, Cluster], list[PlannedUnit]] = {}
    for unit in plan.units:
        cells.setdefault((unit.platform, unit.cluster), []).append(unit)
    return tuple(
        _margin(units, registry.platforms[platform].page_size, icc, share)
        for (platform, _), units in sorted(cells.items())
    )


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval for a share seen in ``n`` independent places (Wilson 1927)."""
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _margin(units: list[PlannedUnit], places: int, icc: float, share: float) -> Margin:
    total = len(units) * places
    entries = len({unit.entry_id for unit in units})
    effective = total / (1 + (total / entries - 1) * icc) / _unequal(units)
    low, high = wilson(share, effective)
    return Margin(
        platform=units[0].platform,
        cluster=units[0].cluster,
        entries=entries,
        places=total,
        effective=effective,
        share=share,
        margin=(high - low) / 2,
        none_found=wilson(0.0, effective)[1],
    )


def _unequal(units: Iterable[PlannedUnit]) -> float:
    weights = [unit.weight / unit.probability for unit in units]
    return len(weights) * sum(w * w for w in weights) / sum(weights) ** 2


def _hours(crawl: Crawl) -> timedelta:
    start, end = (
        timedelta(hours=t.hour, minutes=t.minute) for t in (crawl.night_from, crawl.night_until)
    )
    return (end - start) % timedelta(days=1) or timedelta(days=1)
