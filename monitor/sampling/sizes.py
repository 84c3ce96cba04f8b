"""Samples with probability proportional to size: the probabilities, and the order of the draw.

Pareto sampling (Rosén, J. Statist. Plann. Inference 62, 1997): units are ranked by the odds of
their random number over the odds of their probability, and the first ones are taken. Where all
sizes are alike it is a simple random sample.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def inclusion(sizes: Mapping[K, float], count: int) -> dict[K, float]:
    """The probability of each unit, ``count`` × size / all sizes; one above 1 is certain."""
    if count >= len(sizes):
        return dict.fromkeys(sizes, 1.0)
    certain: set[K] = set()
    while True:
        total = sum(size for key, size in sizes.items() if key not in certain)
        scale = (count - len(certain)) / total
        more = {key for key, n in sizes.items() if key not in certain and n * scale >= 1.0}
        if not more:
            return {key: 1.0 if key in certain else n * scale for key, n in sizes.items()}
        certain |= more


def pareto_rank(probability: float, chance: float) -> float:
    """The place in the draw of a unit with a random number in [0, 1): the smallest ones are taken.

    It is 0 for a unit that is certain.
    """
    odds = probability / (1.0 - probability) if probability < 1.0 else float("inf")
    return chance / (1.0 - chance) / odds
