"""What a plan will cost and how much it can tell, before anything is fetched."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from math import ceil, hypot, sqrt
from statistics import NormalDist

from monitor.config import Crawl
from monitor.model import (
    AuditSample,
    Cluster,
    Mode,
    Plan,
    PlannedUnit,
    Question,
    ScreenStratum,
    Value,
)
from monitor.registry import Registry
from monitor.sampling.audit import used_clothing_budget

_SHOWING = 15.0
"""Seconds that a page gets in the browser to show its listings, at most."""
SEASON_WEEKS = 13
"""Weeks of a quarter."""
_KNOWN = 1e-6
"""Part of the variance that is left where every entry of the list is looked at."""
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


class SeasonMargin(Value):
    """What a quarter of thirteen weeks may be expected to tell of a cell, as its labels allow.

    ``margin`` is half the width of the 95 % interval at ``share``; ``none_found`` is the upper
    limit if not one label says yes.
    """

    share: float
    margin: float
    none_found: float


class Margin(Value):
    """What a cell may be expected to tell if every unit answers with full pages, as labels allow.

    ``places`` counts positions, ``effective`` the independent ones that are worth as much.
    ``margin`` is half the width of the week's 95 % interval at ``share``; ``none_found`` is the
    upper limit if not one label says yes; both with the unflagged labels of thirteen weeks, which
    speak of one missed share. ``season`` gives them for a quarter of such weeks.
    """

    platform: str
    cluster: Cluster
    entries: int
    places: int
    effective: float
    share: float
    margin: float
    none_found: float
    season: SeasonMargin


def costs(plan: Plan, registry: Registry, crawl: Crawl) -> tuple[Cost, ...]:
    """The cost of each platform's units that are crawled, without the audit's detail visits.

    The pause begins when a page has been shown, so one in the browser costs its showing as well.
    """
    start, end = (
        timedelta(hours=t.hour, minutes=t.minute) for t in (crawl.night_from, crawl.night_until)
    )
    night = (end - start) % timedelta(days=1) or timedelta(days=1)
    costs_by_platform = []
    crawled = (unit.platform for unit in plan.units if unit.collection.includes(Mode.crawler))
    for platform, requests in sorted(Counter(crawled).items()):
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
    plan: Plan, registry: Registry, icc: float = 0.1, share: float = 0.1, labels: int = 300
) -> tuple[Margin, ...]:
    """A rough margin for each platform × cluster, from a Wilson interval at the effective size.

    Every position of a full page counts. The effective size takes Kish's design effects for entries
    (``icc`` between the positions of one) and for unequal probabilities, and the part of their
    variance that entries not looked at bring. The ``labels`` of a week are shared out evenly to
    the cells, half of a cell's to flagged listings; those of used clothing come on top.
    """
    cells: dict[tuple[str, Cluster], list[PlannedUnit]] = {}
    for unit in plan.list_units:
        cells.setdefault((unit.platform, unit.cluster), []).append(unit)
    pooled = Counter((platform, cluster.question) for platform, cluster in cells)
    asking = Counter(cluster.question for _, cluster in cells)
    budgets = {
        Question.cross_border: labels,
        Question.used_clothing: used_clothing_budget(labels),
    }
    flagged = {question: budgets[question] / number / 2 for question, number in asking.items()}
    return tuple(
        _margin(
            units,
            registry.platforms[platform].page_size,
            icc,
            _label_error(flagged[cluster.question], flagged[cluster.question], share),
            season_margin(
                flagged[cluster.question],
                flagged[cluster.question],
                flagged[cluster.question] * pooled[platform, cluster.question],
                share,
            ),
        )
        for (platform, cluster), units in sorted(cells.items())
    )


def audit_margins(
    sample: AuditSample, share: float = 0.1
) -> dict[tuple[str, Cluster], SeasonMargin]:
    """What a quarter of weeks with as many labels as an audit sample will tell of each cell."""
    cells = Counter(
        (drawn.platform, drawn.cluster, drawn.stratum is ScreenStratum.flagged)
        for drawn in sample.items
    )
    unflagged = Counter[tuple[str, Question]]()
    for (platform, cluster, is_flagged), number in cells.items():
        unflagged[platform, cluster.question] += 0 if is_flagged else number
    return {
        (platform, cluster): season_margin(
            cells[platform, cluster, True],
            cells[platform, cluster, False],
            unflagged[platform, cluster.question],
            share,
        )
        for platform, cluster in sorted({(name, cluster) for name, cluster, _ in cells})
    }


def season_margin(
    flagged: float, unflagged: float, unflagged_of_platform: float, share: float
) -> SeasonMargin:
    """What so many labels a week tell in a quarter, in which nearly every entry is looked at.

    A tenth of the breaches is missed by the screen, a twentieth of the flags is wrong, and a fifth
    of the flagged listings labelled is new each week. Raises ``ValueError`` for a share outside
    [0, 1].
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share: {share} is not in [0, 1]")
    different = flagged * (1.0 + (SEASON_WEEKS - 1) / 5.0)
    labels = unflagged_of_platform * SEASON_WEEKS
    none_found = 1.0 - 0.025 ** (1.0 / labels) if labels else 1.0
    margin = _label_error(different, unflagged, share)
    return SeasonMargin(share=share, margin=margin, none_found=none_found)


def _label_error(flagged: float, unflagged: float, share: float) -> float:
    """Half the width that labels bring: of so many flagged, and unflagged ones of 13 weeks."""
    flagged_share, missed = 0.9 * share / 0.95, 0.1 * share
    variance = flagged_share**2 * 0.95 * 0.05 / max(flagged, 1.0)
    variance += missed * (1.0 - missed) / max(unflagged * SEASON_WEEKS, 1.0)
    return _Z * sqrt(variance)


def wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % interval for a share seen in ``n`` independent positions (Wilson 1927)."""
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _margin(
    units: list[PlannedUnit], page_size: int, icc: float, label_error: float, season: SeasonMargin
) -> Margin:
    positions = len(units) * page_size
    entries = len({unit.entry_id for unit in units})
    weights = [unit.weight / unit.probability for unit in units]
    unequal = len(weights) * sum(weight**2 for weight in weights) / sum(weights) ** 2
    squares = sum(weight**2 for weight in weights)
    unseen = sum(
        (1.0 - unit.probability) * weight**2 for unit, weight in zip(units, weights, strict=True)
    )
    effective = positions / (1 + (positions / entries - 1) * icc) / unequal
    effective *= squares / max(unseen, _KNOWN * squares)
    low, high = wilson(season.share, effective)
    return Margin(
        platform=units[0].platform,
        cluster=units[0].cluster,
        entries=entries,
        places=positions,
        effective=effective,
        share=season.share,
        margin=hypot((high - low) / 2, label_error),
        none_found=max(wilson(0.0, effective)[1], season.none_found),
        season=season,
    )
