"""How much cross-border trade each simulated platform carries: the truth behind the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import pi, sin
from random import Random

from monitor.demo.dice import Dice, digest, roll
from monitor.model import Cluster, PolicyScope
from monitor.registry import Registry

ICC = 0.1
CLEAN, LOW, HIGH = (0.0, 0.0), (0.02, 0.05), (0.14, 0.28)
SPOKEN = ("lazada", "shopee", "blibli")
"""Platforms whose result pages name the country an offer ships from."""


def breach_levels(seed: int, registry: Registry) -> dict[tuple[str, Cluster], float]:
    """Share of places that foreign sellers hold, by platform × cluster.

    Of the marketplaces that a dated policy closes to foreign sellers one is high and one or two
    are clean. The others are low with some clean clusters, clean, or high without a policy that
    could be held against them. A reference platform sells across the border only.
    """
    dice = Dice(seed, "levels")
    sold = [each.id for each in registry.platforms.values() if each.role == "marketplace"]
    bound = [each for each in sold if _is_bound(registry, each)]
    high = {dice.pick([each for each in bound if each in SPOKEN])}
    rest = dice.shuffled([each for each in bound if each not in high])
    clean = set(rest[: dice.whole(1, 2)])
    for free in sorted(set(sold) - set(bound)):
        chance = dice.random()
        (high if chance < 0.25 else clean if chance < 0.5 else set()).add(free)
    found: dict[tuple[str, Cluster], float] = {}
    for platform in registry.platforms.values():
        for cluster in Cluster:
            span = HIGH if platform.id in high else CLEAN if platform.id in clean else LOW
            level = dice.between(*span)
            if span is LOW and dice.chance(0.2):
                level = 0.0
            found[platform.id, cluster] = 1.0 if platform.role == "reference" else level
    return found


def _is_bound(registry: Registry, platform: str) -> bool:
    return any(
        policy.scope is PolicyScope.seller_cross_border
        and policy.from_ is not None
        and policy.until is None
        and platform in policy.platforms
        for policy in registry.policies
    )


def entry_levels(
    seed: int, platform: str, level: float, queries: Sequence[str]
) -> Mapping[str, float]:
    """The level of each query: beta-distributed over queries with ICC .1, ``level`` on average."""
    if level in (0.0, 1.0) or not queries:
        return dict.fromkeys(queries, level)
    spread = 1 / ICC - 1
    drawn = {
        query: Random(digest(seed, platform, query)).betavariate(  # noqa: S311
            level * spread, (1 - level) * spread
        )
        for query in queries
    }
    scale = level * len(drawn) / sum(drawn.values())
    return {query: min(0.9, share * scale) for query, share in drawn.items()}


def season(seed: int, platform: str, query: str, week: int) -> float:
    """The factor by which a query's level moves with the weeks, in [.8, 1.2]."""
    return 1 + 0.2 * sin(2 * pi * (week / 13 + roll(seed, platform, query, "season")))
