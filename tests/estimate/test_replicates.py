"""Bootstrap replicates have the variance that the design has."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.estimate.replicates import replicate_factors
from monitor.estimate.twophase import stratified_variance

RANDOM = np.random.default_rng(3)


def bootstrap_variance(
    influence: np.ndarray, frame: np.ndarray, probability: np.ndarray, replicates: int = 40_000
) -> float:
    factors = replicate_factors(frame, probability, replicates=replicates)
    return float(np.mean((influence @ (factors - 1.0)) ** 2))


@pytest.mark.parametrize("sizes", [(30,), (12, 7, 25), (2, 2, 2), (9, 1, 6), (1, 1, 8)])
def test_the_variance_of_a_total_is_that_of_the_design(sizes: tuple[int, ...]) -> None:
    frame = np.repeat(np.arange(len(sizes)), sizes)
    influence = RANDOM.gamma(0.5, size=len(frame))
    influence -= influence.mean()  # as the influence of a share has it
    for fraction in (0.0, 0.4):
        probability = np.full(len(frame), fraction)
        expected, _ = stratified_variance(influence, frame, probability)
        assert bootstrap_variance(influence, frame, probability) == pytest.approx(
            expected, rel=0.06
        )


def test_an_entry_that_is_certain_keeps_its_weight() -> None:
    frame = np.repeat([0, 1], [10, 20])
    probability = np.where(frame == 0, 1.0, 0.0)
    factors = replicate_factors(frame, probability)
    assert (factors[frame == 0] == 1.0).all()
    assert (factors >= 0.0).all() and not (factors[frame == 1] == 1.0).all()
    assert np.allclose(factors[frame == 1].sum(axis=0), 20.0), "a stratum keeps its size"


def test_the_same_seed_gives_the_same_factors() -> None:
    frame, probability = np.zeros(12, dtype=np.int64), np.zeros(12)
    first = replicate_factors(frame, probability, seed=(1, 2))
    assert (first == replicate_factors(frame, probability, seed=(1, 2))).all()
    assert not (first == replicate_factors(frame, probability, seed=(1, 3))).all()
