"""The ministry's four points on trade through electronic systems, as indicators.

1 unfair practice: price of cross-border against domestic offers of one commodity; 2 domestic
products first: share of top-10 positions held by domestic sellers; 3 room for small domestic shops:
their share of positions, and over how many towns of dispatch they spread; 4 consumer protection:
cross-border offers under the price floor. They describe what the screen shows and are not
corrected by labels: none of them accuses.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

import numpy as np
from msgspec.structs import replace

from monitor.estimate.intervals import Count, clopper_pearson, korn_graubard
from monitor.estimate.twophase import stratified_variance
from monitor.model import (
    Answer,
    Cluster,
    CrossBorder,
    Indicator,
    Note,
    Observation,
    SignalPrecision,
)

TOP = 10
"""Last position of a result page, counted from 1, that is among its top."""
LEAST = 5
"""Observations that an indicator needs."""
RESAMPLES = 2000
"""Bootstrap samples behind the interval of the price ratio."""
_CERTAIN = (CrossBorder.cross_border, CrossBorder.domestic)


def clustered_share(rows: Iterable[tuple[str | None, bool]]) -> tuple[float, float, float]:
    """Share with its Korn–Graubard limits (95 %) from (entry, holds) rows.

    The entry is the sampling unit; raises ``ValueError`` without rows.
    """
    total: Counter[str | None] = Counter()
    hits: Counter[str | None] = Counter()
    for entry, holds in rows:
        total[entry] += 1
        hits[entry] += holds
    n = total.total()
    if n == 0:
        raise ValueError("no positions to take a share of")
    share = hits.total() / n
    influence = np.array([(hits[entry] - share * total[entry]) / n for entry in total])
    variance, degrees = stratified_variance(influence, np.zeros(len(total), dtype=np.int64))
    low, high = korn_graubard(share, variance, size=n, degrees=degrees)
    return share, low, high


def price_ratio(platform: str, cluster: Cluster, seen: Iterable[Observation]) -> Indicator:
    """Point 1: prices of cross-border over domestic offers, geometric mean over commodities.

    Listing versions count once. Within a commodity (category) it is the ratio of medians;
    commodities with fewer than five rupiah prices on either side are left out. The interval
    resamples listings.
    """
    versions: dict[str, Observation] = {}
    for observation in seen:
        versions.setdefault(observation.version, observation)
    prices: dict[str, tuple[list[float], list[float]]] = {}
    for observation in versions.values():
        decision, listing = observation.classification, observation.listing
        if decision and decision.category and listing.currency == "IDR" and listing.price:
            sides = prices.setdefault(decision.category, ([], []))
            if decision.cross_border in _CERTAIN:
                sides[_CERTAIN.index(decision.cross_border)].append(float(listing.price))
    pairs = [sides for _, sides in sorted(prices.items()) if min(map(len, sides)) >= LEAST]
    indicator = Indicator(
        point=1, name="price_ratio", platform=platform, cluster=cluster, unit="ratio"
    )
    if not pairs:
        return replace(indicator, reason=Note(code="few_listings"))
    ratio, low, high = _mean_ratio(pairs)
    n = sum(len(side) for sides in pairs for side in sides)
    return replace(indicator, value=ratio, low=low, high=high, n=n)


def _mean_ratio(pairs: Sequence[tuple[list[float], list[float]]]) -> tuple[float, float, float]:
    """Geometric mean of the pairs' ratios of medians, with its 95 % bootstrap limits."""
    rng = np.random.default_rng(20210803)
    logs = []
    for pair in pairs:
        foreign, domestic = (
            np.median(side[rng.integers(0, len(side), (RESAMPLES, len(side)))], axis=1)
            for side in map(np.asarray, pair)
        )
        logs.append(np.log(foreign / domestic))
    ratio = math.exp(np.mean([math.log(np.median(a) / np.median(b)) for a, b in pairs]))
    low, high = np.exp(np.quantile(np.mean(logs, axis=0), [0.025, 0.975]))
    return ratio, float(low), float(high)


def domestic_in_top(platform: str, cluster: Cluster, seen: Iterable[Observation]) -> Indicator:
    """Point 2: share of top-10 positions held by domestic sellers, where the seller is known."""
    rows = [
        (o.entry_id, o.status is CrossBorder.domestic)
        for o in seen
        if o.rank is not None and o.rank <= TOP and o.status is not CrossBorder.unknown
    ]
    return _share(2, "domestic_top10", platform, cluster, rows)


def small_shops(platform: str, cluster: Cluster, seen: Iterable[Observation]) -> Indicator:
    """Point 3: share of positions held by domestic shops that are no official stores."""
    rows = [
        (o.entry_id, o.status is CrossBorder.domestic and o.listing.official_store is False)
        for o in seen
        if o.status is not CrossBorder.unknown and o.listing.official_store is not None
    ]
    return _share(3, "small_shops", platform, cluster, rows)


def spread(platform: str, cluster: Cluster, seen: Iterable[Observation]) -> Indicator:
    """Point 3: effective number of dispatch towns of small domestic shops (exp of Shannon's H).

    1 where all positions ship from one town; Hill, Ecology 54 (1973).
    """
    towns = Counter(
        o.listing.ship_from.strip().casefold()
        for o in seen
        if o.listing.ship_from
        and o.listing.official_store is False
        and o.status is CrossBorder.domestic
    )
    n = towns.total()
    indicator = Indicator(
        point=3, name="regencies", platform=platform, cluster=cluster, unit="count", n=n
    )
    if n < LEAST:
        return replace(indicator, reason=Note(code="few_listings"))
    parts = np.array(list(towns.values())) / n
    return replace(indicator, value=float(np.exp(-(parts @ np.log(parts)))))


def under_floor(
    platform: str, cluster: Cluster, seen: Iterable[Observation], floor_idr: Decimal | None
) -> Indicator:
    """Point 4: share of positions holding a cross-border offer under the price floor in rupiah,
    among those whose seller is known: where a platform never tells, nothing is known. A price of 0
    is no price.

    ``floor_idr`` is None where no dated rate is known: then the indicator is not known either.
    """
    if floor_idr is None:
        reason = Note(code="no_rate")
        return Indicator(
            point=4, name="under_floor", platform=platform, cluster=cluster, reason=reason
        )
    rows = [
        (o.entry_id, o.status is CrossBorder.cross_border and o.listing.price < floor_idr)
        for o in seen
        if o.status in _CERTAIN and o.listing.price and o.listing.currency == "IDR"
    ]
    return _share(4, "under_floor", platform, cluster, rows)


def signal_precision(rows: Iterable[tuple[Iterable[str], Answer]]) -> tuple[SignalPrecision, ...]:
    """How often each signal was right, from (kinds of signals, answer) of labelled listings.

    Rows with the answer "cannot tell" are left out.
    """
    labelled: Counter[str] = Counter()
    correct: Counter[str] = Counter()
    for signals, answer in rows:
        if answer is not Answer.cannot_tell:
            labelled.update(set(signals))
            correct.update(set(signals) if answer is Answer.yes else ())
    precisions = []
    for signal, n in sorted(labelled.items()):
        low, high = clopper_pearson(Count(correct[signal], n))
        precisions.append(
            SignalPrecision(signal=signal, labelled=n, correct=correct[signal], low=low, high=high)
        )
    return tuple(precisions)


def _share(
    point: int, name: str, platform: str, cluster: Cluster, rows: Sequence[tuple[str | None, bool]]
) -> Indicator:
    indicator = Indicator(point=point, name=name, platform=platform, cluster=cluster, n=len(rows))
    if len(rows) < LEAST:
        return replace(indicator, reason=Note(code="few_listings"))
    share, low, high = clustered_share(rows)
    return replace(indicator, value=share, low=low, high=high)
