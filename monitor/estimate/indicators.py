"""The ministry's four points on trade through electronic systems, as indicators.

1 unfair practice: price of cross-border against domestic offers of one commodity, and how many ask
less than a tenth of what domestic ones do; 2 domestic products first: share of top-10 and of
promoted positions held by domestic sellers, and of searches whose top 10 shows none; 3 room for
small domestic shops: their share of positions, over how many towns of dispatch they spread, and the
share that ships from outside Java; 4 consumer protection: cross-border offers under the price
floor. They describe what the screen shows and are not corrected by labels: none of them accuses.
Positions count by the ``Weights`` of their units, which are frame weight / inclusion probability; a
position of an unknown unit counts once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from typing import Literal

import numpy as np
from msgspec.structs import replace

from monitor.estimate.intervals import Array, Count, clopper_pearson, korn_graubard
from monitor.estimate.twophase import stratified_variance
from monitor.model import (
    Answer,
    Cluster,
    CrossBorder,
    Indicator,
    MedianPrice,
    Note,
    Observation,
    SignalPrecision,
)

TOP = 10
"""Last position of a result page, counted from 1, that is among its top."""
LEAST = 5
"""Observations that an indicator needs."""
PREDATORY_FACTOR = 10
"""How many times dearer the domestic median is where a price is a sign of predatory pricing."""
RESAMPLES = 2000
"""Bootstrap samples behind the interval of the price ratio."""
Weights = Mapping[str | None, float]
"""What a position counts, by the id of its unit."""
_EVEN: Weights = {}
_Price = tuple[float, float, str]
"""Price, weight and shop of an offer."""
_CERTAIN = (CrossBorder.cross_border, CrossBorder.domestic)
ORIGINS: tuple[Literal["foreign", "domestic"], ...] = ("foreign", "domestic")
"""What offers of these statuses are called."""


def clustered_share(
    rows: Iterable[tuple[str | None, float, bool]],
) -> tuple[float, float, float]:
    """Share with its Korn–Graubard limits (95 %) from (entry, weight, holds) rows.

    The entry is the sampling unit; raises ``ValueError`` without rows.
    """
    positions = 0
    total: dict[str | None, float] = defaultdict(float)
    hits: dict[str | None, float] = defaultdict(float)
    for entry, weight, holds in rows:
        positions += 1
        total[entry] += weight
        hits[entry] += weight * holds
    if positions == 0:
        raise ValueError("no positions to take a share of")
    whole = sum(total.values())
    share = sum(hits.values()) / whole
    influence = np.array([(hits[entry] - share * total[entry]) / whole for entry in total])
    variance, degrees = stratified_variance(influence, np.zeros(len(total), dtype=np.int64))
    low, high = korn_graubard(share, variance, size=positions, degrees=degrees)
    return share, low, high


def price_ratio(
    platform: str, cluster: Cluster, seen: Iterable[Observation], weights: Weights = _EVEN
) -> Indicator:
    """Point 1: prices of cross-border over domestic offers, geometric mean over commodities.

    A listing version counts by the weights of all its positions. Within a commodity
    (category) it is the ratio of medians; commodities with fewer than five rupiah prices on either
    side are left out. The interval resamples shops, all offers of a shop together: shops price
    alike. An offer whose shop is not shown is a shop of its own.
    """
    prices = _prices_by_category(seen, weights)
    pairs = [sides for _, sides in sorted(prices.items()) if min(map(len, sides)) >= LEAST]
    indicator = Indicator(
        point=1, name="price_ratio", platform=platform, cluster=cluster, unit="ratio"
    )
    if not pairs:
        return replace(indicator, reason=Note(code="few_listings"))
    ratio, low, high = _mean_ratio(pairs)
    n = sum(len(side) for sides in pairs for side in sides)
    return replace(indicator, value=ratio, low=low, high=high, n=n)


def median_prices(
    platform: str, seen: Iterable[Observation], weights: Weights = _EVEN
) -> Iterator[MedianPrice]:
    """The median price of each commodity (category) from abroad and from domestic sellers.

    As in ``price_ratio`` a listing version counts by the weights of all its positions, and the
    interval resamples shops. A side of fewer than ``LEAST`` shops is left out.
    """
    for category, sides in sorted(_prices_by_category(seen, weights).items()):
        for origin, side in zip(ORIGINS, sides, strict=True):
            shops = {shop: row for row, shop in enumerate(sorted({shop for _, _, shop in side}))}
            if len(shops) < LEAST:
                continue
            medians = _medians(side, shops, _draws_of(len(shops)))
            low, high = np.quantile(medians[1:], [0.025, 0.975])
            yield MedianPrice(
                platform=platform,
                category=category,
                origin=origin,
                median=round(float(medians[0]), 2),
                low=round(float(low), 2),
                high=round(float(high), 2),
                n=len(side),
                shops=len(shops),
            )


def _prices_by_category(
    seen: Iterable[Observation], weights: Weights
) -> dict[str, tuple[list[_Price], list[_Price]]]:
    """Rupiah prices of listing versions from abroad and of domestic ones, by commodity."""
    versions: dict[str, Observation] = {}
    weight_of: dict[str, float] = defaultdict(float)
    for observation in seen:
        versions.setdefault(observation.version, observation)
        weight_of[observation.version] += weights.get(observation.unit_id, 1.0)
    prices: dict[str, tuple[list[_Price], list[_Price]]] = {}
    for version, observation in versions.items():
        decision, listing = observation.classification, observation.listing
        if decision and decision.category and listing.currency == "IDR" and listing.price:
            sides = prices.setdefault(decision.category, ([], []))
            if decision.cross_border in _CERTAIN:
                shop = listing.seller_id or listing.seller_name or version
                price = (float(listing.price), weight_of[version], shop)
                sides[_CERTAIN.index(decision.cross_border)].append(price)
    return prices


def _draws_of(shops: int) -> Array:
    """How often each shop is in the sample itself (the first row) and in each resample of shops."""
    rng = np.random.default_rng(20210803)
    drawn = rng.multinomial(shops, np.full(shops, 1 / shops), RESAMPLES)
    return np.vstack([np.ones(shops), drawn]).astype(np.float64)


def _mean_ratio(pairs: Sequence[tuple[list[_Price], list[_Price]]]) -> tuple[float, float, float]:
    """Geometric mean of the pairs' ratios of medians, with its 95 % bootstrap limits.

    A resample draws shops with replacement. One in which a side of a commodity has no shop left
    keeps that side's median of all.
    """
    names = {shop for pair in pairs for side in pair for _, _, shop in side}
    shops = {shop: row for row, shop in enumerate(sorted(names))}
    times = _draws_of(len(shops))
    logs = []
    for pair in pairs:
        foreign, domestic = (_medians(side, shops, times) for side in pair)
        logs.append(np.log(foreign / domestic))
    ratios = np.exp(np.mean(logs, axis=0))
    low, high = np.quantile(ratios[1:], [0.025, 0.975])
    return float(ratios[0]), float(low), float(high)


def _medians(side: Sequence[_Price], shops: Mapping[str, int], times: Array) -> Array:
    """Weighted medians of one side's prices, one for each row of ``times``, the draws of a shop.

    The median halves the weight; where it does so between two prices, it is their mean.
    """
    ordered = sorted(side)
    prices = np.array([price for price, _, _ in ordered])
    drawn = times[:, [shops[shop] for _, _, shop in ordered]]
    cumulative = np.cumsum(drawn * np.array([weight for _, weight, _ in ordered]), axis=1)
    half = cumulative[:, -1:] / 2.0
    last = len(prices) - 1
    lower = np.minimum((cumulative < half * (1.0 - 1e-12)).sum(axis=1), last)
    upper = np.minimum((cumulative <= half * (1.0 + 1e-12)).sum(axis=1), last)
    medians: Array = (prices[lower] + prices[upper]) / 2.0
    return np.where(half[:, 0] > 0.0, medians, medians[0])


def under_tenth(
    platform: str, cluster: Cluster, seen: Iterable[Observation], weights: Weights = _EVEN
) -> Indicator:
    """Point 1: share of cross-border positions priced below a tenth of the domestic median.

    That is the weighted median of the positions that domestic sellers hold with the same commodity
    (category), where there are at least five with a rupiah price; other commodities are left out.
    The interval takes the medians as known.
    """
    sides: dict[str, tuple[list[Observation], list[Observation]]] = {}
    for observation in seen:
        decision, listing = observation.classification, observation.listing
        is_priced = bool(listing.price) and listing.currency == "IDR"
        if decision and decision.category and is_priced and observation.status in _CERTAIN:
            sides.setdefault(decision.category, ([], []))[
                _CERTAIN.index(observation.status)
            ].append(observation)
    rows = []
    for foreign, domestic in sides.values():
        if len(domestic) < LEAST:
            continue
        prices = [(float(o.listing.price or 0), weights.get(o.unit_id, 1.0), "") for o in domestic]
        # No shops are resampled here, so all offers are taken as those of one.
        median = float(_medians(prices, {"": 0}, np.ones((1, 1)))[0])
        rows += [
            (
                o.entry_id,
                weights.get(o.unit_id, 1.0),
                float(o.listing.price or 0) * PREDATORY_FACTOR < median,
            )
            for o in foreign
        ]
    return _share(1, "under_tenth", platform, cluster, rows)


def domestic_in_top(
    platform: str, cluster: Cluster, seen: Iterable[Observation], weights: Weights = _EVEN
) -> Indicator:
    """Point 2: share of top-10 positions held by domestic sellers, where the seller is known."""
    rows = [
        (o.entry_id, weights.get(o.unit_id, 1.0), o.status is CrossBorder.domestic)
        for o in seen
        if o.rank is not None and o.rank <= TOP and o.status is not CrossBorder.unknown
    ]
    return _share(2, "domestic_top10", platform, cluster, rows)


def promoted_domestic(
    platform: str, cluster: Cluster, seen: Iterable[Observation], weights: Weights = _EVEN
) -> Indicator:
    """Point 2: share of promoted positions held by domestic sellers, where the seller is known.

    Promoted is what the platform's own data call an advertisement.
    """
    rows = [
        (o.entry_id, weights.get(o.unit_id, 1.0), o.status is CrossBorder.domestic)
        for o in seen
        if o.listing.sponsored and o.status is not CrossBorder.unknown
    ]
    return _share(2, "promoted_domestic", platform, cluster, rows)


def without_domestic(
    platform: str, cluster: Cluster, seen: Iterable[Observation], weights: Weights = _EVEN
) -> Indicator:
    """Point 2: share of entries (searches, category pages) whose top 10 shows no domestic seller.

    An entry without one counts where the sellers of all its top positions are known; one with an
    unknown seller and no domestic one is left out.
    """
    top: dict[str | None, list[Observation]] = defaultdict(list)
    for o in seen:
        if o.rank is not None and o.rank <= TOP:
            top[o.entry_id].append(o)
    rows = []
    for entry, positions in top.items():
        statuses = {o.status for o in positions}
        if CrossBorder.domestic in statuses or CrossBorder.unknown not in statuses:
            weight = max(weights.get(o.unit_id, 1.0) for o in positions)
            rows.append((entry, weight, CrossBorder.domestic not in statuses))
    return _share(2, "without_domestic", platform, cluster, rows)


def outside_java(
    platform: str,
    cluster: Cluster,
    seen: Iterable[Observation],
    is_outside: Callable[[str], bool | None],
    weights: Weights = _EVEN,
) -> Indicator:
    """Point 3: share of domestic sellers' positions that ship from outside Java.

    ``is_outside`` says it of a place of dispatch as shown, None where its province is not known:
    such positions are left out.
    """
    rows = [
        (o.entry_id, weights.get(o.unit_id, 1.0), is_elsewhere)
        for o in seen
        if o.status is CrossBorder.domestic
        and o.listing.ship_from
        and (is_elsewhere := is_outside(o.listing.ship_from)) is not None
    ]
    return _share(3, "outside_java", platform, cluster, rows)


def small_shops(
    platform: str, cluster: Cluster, seen: Iterable[Observation], weights: Weights = _EVEN
) -> Indicator:
    """Point 3: share of positions held by domestic shops that are no official stores."""
    rows = [
        (
            o.entry_id,
            weights.get(o.unit_id, 1.0),
            o.status is CrossBorder.domestic and o.listing.official_store is False,
        )
        for o in seen
        if o.status is not CrossBorder.unknown and o.listing.official_store is not None
    ]
    return _share(3, "small_shops", platform, cluster, rows)


def new_shops(
    platform: str,
    cluster: Cluster,
    seen: Iterable[Observation],
    known: Set[str] | None,
    weights: Weights = _EVEN,
) -> Indicator:
    """Point 3: share of positions held by shops that were first seen this month.

    ``known`` are the ids of the shops that pages of the platform showed before it; None where it
    was looked at in too few weeks for that. ``seen`` are positions of entries that come every week:
    a shop of a rotating one may only have been out of sight. Offers without a shop are left out.
    """
    if known is None:
        reason = Note(code="few_weeks_before")
        return Indicator(
            point=3, name="new_shops", platform=platform, cluster=cluster, reason=reason
        )
    rows = [
        (o.entry_id, weights.get(o.unit_id, 1.0), o.listing.seller_id not in known)
        for o in seen
        if o.listing.seller_id
    ]
    return _share(3, "new_shops", platform, cluster, rows)


def spread(
    platform: str, cluster: Cluster, seen: Iterable[Observation], weights: Weights = _EVEN
) -> Indicator:
    """Point 3: effective number of dispatch towns of small domestic shops (exp of Shannon's H).

    1 where all positions ship from one town; Hill, Ecology 54 (1973).
    """
    towns: dict[str, float] = defaultdict(float)
    n = 0
    for o in seen:
        shop, town = o.listing.official_store is False, o.listing.ship_from
        if town and shop and o.status is CrossBorder.domestic:
            towns[town.strip().casefold()] += weights.get(o.unit_id, 1.0)
            n += 1
    indicator = Indicator(
        point=3, name="regencies", platform=platform, cluster=cluster, unit="count", n=n
    )
    if n < LEAST:
        return replace(indicator, reason=Note(code="few_listings"))
    parts = np.array(list(towns.values())) / sum(towns.values())
    return replace(indicator, value=float(np.exp(-(parts @ np.log(parts)))))


def under_floor(
    platform: str,
    cluster: Cluster,
    seen: Iterable[Observation],
    floor_idr: Decimal | None,
    weights: Weights = _EVEN,
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
        (
            o.entry_id,
            weights.get(o.unit_id, 1.0),
            o.status is CrossBorder.cross_border and o.listing.price < floor_idr,
        )
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
    point: int,
    name: str,
    platform: str,
    cluster: Cluster,
    rows: Sequence[tuple[str | None, float, bool]],
) -> Indicator:
    indicator = Indicator(point=point, name=name, platform=platform, cluster=cluster, n=len(rows))
    if len(rows) < LEAST:
        return replace(indicator, reason=Note(code="few_listings"))
    share, low, high = clustered_share(rows)
    return replace(indicator, value=share, low=low, high=high)
