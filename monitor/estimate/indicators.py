"""The ministry's four points on trade through electronic systems, and relisting, as indicators.

1 unfair practice: price of cross-border against domestic offers of one commodity; 2 domestic
products first: share of top-10 places held by domestic sellers; 3 room for small domestic shops:
their share of places, and over how many places of dispatch they spread; 4 consumer protection:
cross-border offers under the price floor. They describe what the screen shows and are not
corrected by labels: none of them accuses.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
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
LEAST = 5
_TOLD = (CrossBorder.cross_border, CrossBorder.domestic)


def clustered_share(rows: Iterable[tuple[str | None, bool]]) -> tuple[float, float, float, int]:
    """Share with Korn–Graubard limits from (entry, holds) rows, and how many rows there were.

    The entry is the sampling unit; raises ``ValueError`` without rows.
    """
    total: Counter[str | None] = Counter()
    hits: Counter[str | None] = Counter()
    for entry, holds in rows:
        total[entry] += 1
        hits[entry] += holds
    n = total.total()
    if n == 0:
        raise ValueError("no places to take a share of")
    share = hits.total() / n
    influence = np.array([(hits[entry] - share * total[entry]) / n for entry in total])
    variance, degrees = stratified_variance(influence, np.zeros(len(total), dtype=np.int64))
    low, high = korn_graubard(share, variance, size=n, degrees=degrees)
    return share, low, high, n


def price_ratio(platform: str, cluster: Cluster, seen: Iterable[Observation]) -> Indicator:
    """Point 1: prices of cross-border over domestic offers, geometric mean over commodities.

    Listings count once. Within a commodity (category) it is the ratio of medians; commodities with
    fewer than five rupiah prices on either side are left out. The interval resamples listings.
    """
    prices: dict[str, tuple[list[float], list[float]]] = {}
    for listing_seen in _once(seen):
        got = listing_seen.classification
        listing = listing_seen.listing
        if got is None or got.category is None or listing.currency != "IDR" or not listing.price:
            continue
        pair = prices.setdefault(got.category, ([], []))
        if got.cross_border is CrossBorder.cross_border:
            pair[0].append(float(listing.price))
        elif got.cross_border is CrossBorder.domestic:
            pair[1].append(float(listing.price))
    usable = {c: p for c, p in sorted(prices.items()) if min(map(len, p)) >= LEAST}
    found = Indicator(point=1, name="price_ratio", platform=platform, cluster=cluster, unit="ratio")
    if not usable:
        return replace(found, reason=_too_few())
    n = sum(len(a) + len(b) for a, b in usable.values())
    value, low, high = _mean_ratio(list(usable.values()))
    return replace(found, value=value, low=low, high=high, n=n)


def _mean_ratio(pairs: Sequence[tuple[list[float], list[float]]]) -> tuple[float, float, float]:
    rng = np.random.default_rng(20210803)
    logs = []
    for first, second in pairs:
        a, b = np.asarray(first), np.asarray(second)
        drawn = [
            np.median(values[rng.integers(0, len(values), (2000, len(values)))], axis=1)
            for values in (a, b)
        ]
        logs.append(np.log(drawn[0] / drawn[1]))
    value = math.exp(np.mean([math.log(np.median(a) / np.median(b)) for a, b in pairs]))
    low, high = np.exp(np.quantile(np.mean(logs, axis=0), [0.025, 0.975]))
    return value, float(low), float(high)


def domestic_in_top(platform: str, cluster: Cluster, seen: Iterable[Observation]) -> Indicator:
    """Point 2: share of top-10 places held by domestic sellers, where the seller is known."""
    rows = [
        (o.entry_id, o.classification.cross_border is CrossBorder.domestic)
        for o in seen
        if o.rank is not None and o.rank <= TOP and o.classification
        and o.classification.cross_border is not CrossBorder.unknown
    ]  # fmt: skip
    return _share(2, "domestic_top10", platform, cluster, rows)


def small_shops(platform: str, cluster: Cluster, seen: Iterable[Observation]) -> Indicator:
    """Point 3: share of places held by domestic shops that are no official stores."""
    rows = [
        (
            o.entry_id,
            o.classification.cross_border is CrossBorder.domestic
            and o.listing.official_store is False,
        )
        for o in seen
        if o.classification
        and o.classification.cross_border is not CrossBorder.unknown
        and o.listing.official_store is not None
    ]
    return _share(3, "small_shops", platform, cluster, rows)


def spread(platform: str, cluster: Cluster, seen: Iterable[Observation]) -> Indicator:
    """Point 3: effective number of dispatch towns of small domestic shops (exp of Shannon's H).

    1 where all places ship from one town; Hill, Ecology 54 (1973).
    """
    towns = Counter(
        o.listing.ship_from.strip().casefold()
        for o in seen
        if o.listing.ship_from
        and o.listing.official_store is False
        and o.classification
        and o.classification.cross_border is CrossBorder.domestic
    )
    n = towns.total()
    found = Indicator(
        point=3, name="regencies", platform=platform, cluster=cluster, unit="count", n=n
    )
    if n < LEAST:
        return replace(found, reason=_too_few())
    parts = np.array(list(towns.values())) / n
    return replace(found, value=float(np.exp(-(parts @ np.log(parts)))))


def under_floor(
    platform: str,
    cluster: Cluster,
    seen: Iterable[Observation],
    floor_idr: Decimal | None,
) -> Indicator:
    """Point 4: share of places holding a cross-border offer under the price floor in rupiah, among
    those whose seller is known: where a platform never tells, nothing is known. A price of 0 is
    no price.

    ``floor_idr`` is None where no dated rate is known: then the indicator is not known either.
    """
    if floor_idr is None:
        reason = Note(code="no_rate")
        return Indicator(
            point=4, name="under_floor", platform=platform, cluster=cluster, reason=reason
        )
    rows = [
        (
            o.entry_id,
            o.classification.cross_border is CrossBorder.cross_border
            and o.listing.price < floor_idr,
        )
        for o in seen
        if o.classification
        and o.classification.cross_border in _TOLD
        and o.listing.price
        and o.listing.currency == "IDR"
    ]
    return _share(4, "under_floor", platform, cluster, rows)


def relisting_rate(taken_down: int, relisted: int) -> tuple[float, float, float] | None:
    """Share of listings confirmed gone that came back under another id, Clopper–Pearson 95 %."""
    if taken_down == 0:
        return None
    low, high = clopper_pearson(Count(relisted, taken_down))
    return relisted / taken_down, low, high


def signal_precision(rows: Iterable[tuple[Iterable[str], Answer]]) -> tuple[SignalPrecision, ...]:
    """How often each signal was right, from (kinds of signals, answer) of labelled listings."""
    labelled: dict[str, int] = defaultdict(int)
    correct: dict[str, int] = defaultdict(int)
    for signals, answer in rows:
        if answer is Answer.cannot_tell:
            continue
        for signal in set(signals):
            labelled[signal] += 1
            correct[signal] += answer is Answer.yes
    found = []
    for signal in sorted(labelled):
        low, high = clopper_pearson(Count(correct[signal], labelled[signal]))
        found.append(
            SignalPrecision(
                signal=signal,
                labelled=labelled[signal],
                correct=correct[signal],
                low=low,
                high=high,
            )
        )
    return tuple(found)


def _share(
    point: int,
    name: str,
    platform: str,
    cluster: Cluster,
    rows: Sequence[tuple[str | None, bool]],
) -> Indicator:
    found = Indicator(point=point, name=name, platform=platform, cluster=cluster, n=len(rows))
    if len(rows) < LEAST:
        return replace(found, reason=_too_few())
    share, low, high, _ = clustered_share(rows)
    return replace(found, value=share, low=low, high=high)


def _too_few() -> Note:
    return Note(code="few_listings")


def _once(seen: Iterable[Observation]) -> Iterable[Observation]:
    known: set[str] = set()
    for observation in seen:
        if observation.version not in known:
            known.add(observation.version)
            yield observation
