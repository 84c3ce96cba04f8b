"""A list weighed by a query log: draws as often as they say, intervals that hold its share."""

from collections import Counter
from math import sqrt

import numpy as np
import pytest
from msgspec.structs import replace

from monitor.model import CollectedBy, Mode
from monitor.registry import Registry
from monitor.sampling import draw_plan
from tests.estimate.weighted import NOW, PASAR, simulate_weighted, weighted_registry

WEEKS = 600


def weighted(collection: CollectedBy = CollectedBy.crawler) -> Registry:
    registry = weighted_registry(1.5, np.random.default_rng(7))
    return replace(registry, platforms={"toko": replace(PASAR, collection=collection)})


def test_entries_come_as_often_as_their_probability_and_weigh_alike_in_a_stratum() -> None:
    registry = weighted(CollectedBy.both)
    drawn: Counter[str] = Counter()
    inspected: Counter[str] = Counter()
    probability: dict[str, tuple[float, float]] = {}
    for seed in range(WEEKS):
        units = draw_plan(registry, "2026-W47", seed, NOW, inspector_units=35).units
        assert len(units) == 60
        by_stratum = {
            (unit.stratum, round(unit.weight / unit.probability, 6))
            for unit in units
            if unit.probability < 1.0
        }
        assert len(by_stratum) == 3
        for unit in units:
            drawn[unit.entry_id] += 1
            asked = unit.collection.includes(Mode.inspector)
            inspected[unit.entry_id] += asked
            if asked:
                assert unit.inspector_probability is not None
                probability[unit.entry_id] = unit.probability, unit.inspector_probability
    assert len(probability) == 99
    for entry, chances in probability.items():
        for count, p in zip((drawn[entry], inspected[entry]), chances, strict=True):
            # Pareto sampling is exact to about a hundredth.
            assert abs(count / WEEKS - p) <= 4.5 * sqrt(p * (1 - p) / WEEKS) + 0.01


def test_the_interval_holds_the_weighted_share() -> None:
    coverage = simulate_weighted(0.1, 0.3, 1.0, 12)
    assert min(coverage.week, coverage.season) >= 11 / 12


@pytest.mark.long
@pytest.mark.parametrize(("share", "icc", "spread"), [(0.02, 0.1, 1.0), (0.1, 0.3, 1.5)])
def test_the_table_of_the_frame_page(share: float, icc: float, spread: float) -> None:
    coverage = simulate_weighted(share, icc, spread, 100)
    assert min(coverage.week, coverage.season) >= 0.95
