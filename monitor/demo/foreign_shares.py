"""What share of its positions foreign sellers hold on each simulated platform: the ground truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import pi, sin
from random import Random

from monitor.demo.randomness import RandomStream, hash_of, uniform
from monitor.model import GOODS_CLUSTERS, Cluster, PolicyScope
from monitor.registry import Registry

ICC = 0.1
"""Intraclass correlation of foreign offers within one query's results."""
CLEAN, LOW, HIGH = (0.0, 0.0), (0.02, 0.05), (0.14, 0.28)
"""Ranges from which a platform's shares are drawn."""
TOLERANCE_SHARES = (0.005, 0.0095, 0.015, 0.02)
"""Shares of the world ``tolerance``: on both sides of the 1 % that promises tolerate."""
RECOGNISABLE = 11 / 12
"""Share of foreign sellers whom a public page gives away; only their offers breach a promise."""
COUNTRY_ON_RESULT_PAGES = ("lazada", "shopee", "blibli")
"""Platforms whose result pages name the country an offer ships from."""


class World(StrEnum):
    """What is hard about the simulated marketplaces; ``docs/demo.md`` says it of each.

    ``hard``: people misjudge some offers, all of them alike. ``refusing``: robots.txt forbids the
    pages with most foreign offers. ``churning``: offers are on sale for a few weeks only.
    """

    plain = "plain"
    tolerance = "tolerance"
    hard = "hard"
    refusing = "refusing"
    churning = "churning"


def cluster_shares(
    seed: int, registry: Registry, world: World = World.plain
) -> dict[tuple[str, Cluster], float]:
    """The share of positions that foreign sellers hold, by platform × cluster.

    In the world ``tolerance`` marketplaces have ``TOLERANCE_SHARES`` of recognisable foreign
    offers, another one in each cluster, whatever the seed. In every other one, of the
    marketplaces that a dated policy closes to foreign sellers one is high and one or two are clean.
    The others are low with some clean clusters, clean, or high without a policy that could be held
    against them. A reference platform sells across the border only.
    """
    if world is World.tolerance:
        return _shares_about_the_tolerance(registry)
    stream = RandomStream(seed, "levels")
    marketplaces = [p.id for p in registry.platforms.values() if p.role == "marketplace"]
    bound = [platform for platform in marketplaces if _is_bound(registry, platform)]
    high = {stream.pick([platform for platform in bound if platform in COUNTRY_ON_RESULT_PAGES])}
    other_bound = stream.shuffled([platform for platform in bound if platform not in high])
    clean = set(other_bound[: stream.whole(1, 2)])
    for unbound in sorted(set(marketplaces) - set(bound)):
        chance = stream.random()
        (high if chance < 0.25 else clean if chance < 0.5 else set()).add(unbound)
    shares: dict[tuple[str, Cluster], float] = {}
    for platform in registry.platforms.values():
        for cluster in GOODS_CLUSTERS:
            limits = HIGH if platform.id in high else CLEAN if platform.id in clean else LOW
            share = stream.between(*limits)
            if limits is LOW and stream.chance(0.2):
                share = 0.0
            shares[platform.id, cluster] = 1.0 if platform.role == "reference" else share
    return shares


def used_shares(seed: int, registry: Registry, world: World = World.plain) -> dict[str, float]:
    """The share of positions that imported used clothes hold among used clothing, by platform.

    High on some, low on others, and none on a fourth of them; in the world ``tolerance`` in turn
    ``TOLERANCE_SHARES``, whatever the seed.
    """
    names = sorted(p.id for p in registry.platforms.values() if p.role == "marketplace")
    if world is World.tolerance:
        return {n: TOLERANCE_SHARES[i % len(TOLERANCE_SHARES)] for i, n in enumerate(names)}
    streams = {name: RandomStream(seed, name, "used clothing") for name in names}
    return {
        name: stream.between(*stream.pick((CLEAN, LOW, HIGH, HIGH)))
        for name, stream in streams.items()
    }


def _shares_about_the_tolerance(registry: Registry) -> dict[tuple[str, Cluster], float]:
    """``TOLERANCE_SHARES`` in turn, by cluster and, one further each, by platform."""
    shares: dict[tuple[str, Cluster], float] = {}
    bound_first = sorted(registry.platforms, key=lambda name: not _is_bound(registry, name))
    for number, name in enumerate(bound_first):
        for turn, cluster in enumerate(GOODS_CLUSTERS, start=number):
            share = TOLERANCE_SHARES[turn % len(TOLERANCE_SHARES)] / RECOGNISABLE
            is_reference = registry.platforms[name].role == "reference"
            shares[name, cluster] = 1.0 if is_reference else share
    return shares


def _is_bound(registry: Registry, platform: str) -> bool:
    """Whether a dated policy without an end closes the platform to foreign sellers."""
    return any(
        policy.scope is PolicyScope.seller_cross_border
        and policy.from_ is not None
        and policy.until is None
        and platform in policy.platforms
        for policy in registry.policies
    )


def entry_shares(
    seed: int, platform: str, cluster_share: float, queries: Sequence[str]
) -> Mapping[str, float]:
    """The share of each query, beta-distributed with ``ICC``; their mean is ``cluster_share``."""
    if cluster_share in (0.0, 1.0) or not queries:
        return dict.fromkeys(queries, cluster_share)
    spread = 1 / ICC - 1
    drawn_shares = {
        query: Random(hash_of(seed, platform, query)).betavariate(  # noqa: S311
            cluster_share * spread, (1 - cluster_share) * spread
        )
        for query in queries
    }
    # Few queries rarely average what the cluster has; the truth of a cell must not hang on that.
    scale = cluster_share * len(drawn_shares) / sum(drawn_shares.values())
    return {query: min(0.9, share * scale) for query, share in drawn_shares.items()}


def seasonal_factor(seed: int, platform: str, query: str, week: int) -> float:
    """The factor by which a query's share moves with the weeks: a 13-week wave in [.8, 1.2]."""
    return 1 + 0.2 * sin(2 * pi * (week / 13 + uniform(seed, platform, query, "season")))
