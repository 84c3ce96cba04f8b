"""Limits and confidence distributions against published numbers and second implementations."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.stats.proportion import proportion_confint

from monitor.estimate.indicators import clustered_share
from monitor.estimate.intervals import (
    DRAWS,
    NOTHING,
    Count,
    clopper_pearson,
    effective_size,
    korn_graubard,
    melded,
)
from monitor.estimate.twophase import as_one_stratum, stratified_variance

CERTAIN_YES, CERTAIN_NO = Count(1e12, 1e12), Count(0.0, 1e12)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe, Statist. Med. 17 (1998), table I, method 5.
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_clopper_pearson_published(successes: int, trials: int, low: float, high: float) -> None:
    assert clopper_pearson(Count(successes, trials)) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.999]))
def test_clopper_pearson_is_that_of_statsmodels(trials: int, share: float, level: float) -> None:
    successes = round(share * trials)
    theirs = proportion_confint(successes, trials, alpha=1 - level, method="beta")
    ours = clopper_pearson(Count(successes, trials), level)
    assert ours == pytest.approx([float(limit) for limit in theirs], abs=1e-9)


def test_no_trials_say_nothing() -> None:
    assert clopper_pearson(NOTHING) == (0.0, 1.0)


HITS = np.array([3, 0, 1, 7, 2, 0, 4, 0, 0, 5, 1, 0])
SIZE = np.array([20, 18, 20, 20, 15, 20, 20, 20, 20, 20, 19, 20])
FRAME = np.repeat([0, 1, 2], 4)
WEIGHT = np.array([1.0, 1.5, 2.0])[FRAME]


@pytest.mark.parametrize(
    ("frame", "se", "low", "high"),
    [
        # svy 0.35.0, Sample(...).estimation.prop(y="y", ci_method="korn-graubard"), with and
        # without stratum="stratum", psu="entry", wgt="w".
        (FRAME, 0.036531, 0.027446, 0.21183),
        (np.zeros(12, dtype=int), 0.033809, 0.032041, 0.196475),
    ],
)
def test_korn_graubard_is_that_of_svy(
    frame: np.ndarray, se: float, low: float, high: float
) -> None:
    total = (WEIGHT * SIZE).sum()
    share = (WEIGHT * HITS).sum() / total
    variance, degrees = stratified_variance(WEIGHT * (HITS - share * SIZE) / total, frame)
    assert share == pytest.approx(0.091822, abs=1e-6)
    assert np.sqrt(variance) == pytest.approx(se, abs=1e-6)
    limits = korn_graubard(share, variance, size=232, degrees=degrees)
    assert limits == pytest.approx((low, high), abs=1e-6)


designs = st.lists(
    st.tuples(st.integers(0, 3), st.floats(1, 4), st.lists(st.booleans(), min_size=1, max_size=30)),
    min_size=3,
    max_size=25,
)


@given(designs)
def test_korn_graubard_is_its_published_formula(
    design: list[tuple[int, float, list[bool]]],
) -> None:
    """Korn and Graubard, Survey Methodology 24 (1998), written out over single positions.

    n* = p(1 − p) / var · (t(n − 1) / t(degrees))² and at most n; Clopper and Pearson's limits for
    p·n* of n*. The variance is Taylor's over entries drawn with replacement within strata.
    """
    strata = [h for h, _, _ in design]
    assume(all(strata.count(h) > 1 for h in strata))
    rows = [(entry, w, y) for entry, (_, w, ys) in enumerate(design) for y in ys]
    n, whole = len(rows), sum(w for _, w, _ in rows)
    p = sum(w * y for _, w, y in rows) / whole
    assume(0.001 < p < 0.999)
    residuals = [
        sum(w * (y - p) / whole for at, w, y in rows if at == entry) for entry in range(len(design))
    ]
    expected = 0.0
    for h in set(strata):
        own = [z for z, stratum in zip(residuals, strata, strict=True) if stratum == h]
        expected += len(own) / (len(own) - 1) * sum((z - sum(own) / len(own)) ** 2 for z in own)
    assume(expected > 1e-9)
    df = len(design) - len(set(strata))
    ratio = stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, df)
    trials = min(n, p * (1 - p) / expected * ratio**2)
    low = stats.beta.ppf(0.025, p * trials, trials - p * trials + 1)
    high = stats.beta.ppf(0.975, p * trials + 1, trials - p * trials)

    variance, degrees = stratified_variance(np.array(residuals), np.array(strata))
    assert (variance, degrees) == (pytest.approx(expected), df)
    limits = korn_graubard(p, variance, size=n, degrees=degrees)
    assert limits == pytest.approx((low, high), abs=1e-6)
    if len(set(strata)) == 1:
        rows_of_shares = [(str(entry), w, y) for entry, w, y in rows]
        assert clustered_share(rows_of_shares) == pytest.approx((p, low, high), abs=1e-6)


def test_an_entry_alone_in_its_stratum_does_not_hide_its_variance() -> None:
    influence = np.array([0.3, -0.1, -0.1, -0.1])
    alone, _ = stratified_variance(influence, np.array([0, 1, 1, 1]))
    assert alone == pytest.approx(0.09)


def test_effective_size_never_exceeds_what_the_least_design_effect_allows() -> None:
    size = effective_size(0.01, 1e-9, size=1200, degrees=57, level=0.95, floor=2.0)
    assert size == 600
    assert effective_size(0.0, 0.0, size=1200, degrees=57, level=0.95, floor=1.95) < 616


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("level", [0.95, 0.998])
def test_melding_with_a_perfect_screen_is_clopper_pearson(upper: bool, level: float) -> None:
    flagged = Count(12.4, 300.0)
    limit = melded(
        flagged, CERTAIN_YES, (CERTAIN_NO, CERTAIN_NO), Count(9.0, 90.0), upper=upper, level=level
    )
    assert limit == pytest.approx(clopper_pearson(flagged, level)[upper], rel=2e-3)


@pytest.mark.parametrize("upper", [False, True])
def test_melding_a_product_agrees_with_numerical_integration(upper: bool) -> None:
    share, precision = Count(30.0, 400.0), Count(17.0, 20.0)
    limit = melded(
        share, precision, (CERTAIN_NO, CERTAIN_NO), Count(0.0, 90.0), upper=upper, level=0.95
    )
    add = 1.0 if upper else 0.0
    f = stats.beta(share.successes + add, share.trials - share.successes + 1 - add)
    g = stats.beta(precision.successes + add, precision.trials - precision.successes + 1 - add)
    below, _ = integrate.quad(lambda x: f.pdf(x) * g.cdf(min(limit / x, 1.0)), 1e-9, 0.4, limit=200)
    assert below == pytest.approx(0.975 if upper else 0.025, abs=4e-4)


@given(
    st.floats(0, 1), st.integers(20, 600),
    st.integers(0, 20), st.integers(0, 6), st.integers(1, 200), st.floats(0, 1),
)  # fmt: skip
def test_melded_limits_are_ordered_and_hold_the_estimate(
    f: float, n: int, yes: int, missed: int, labelled: int, unknown: float
) -> None:
    flagged, precision = Count(f * n, n), Count(yes, 20)
    rest = Count(min(missed, labelled), labelled)
    p = f * precision.rate + (1 - f) * rest.rate
    low, high = (
        melded(
            flagged, precision, (rest, rest), Count(unknown * n, n), upper=u, level=0.95, draws=4096
        )
        for u in (False, True)
    )
    assert 0 <= low <= p + 1e-9
    assert p - 1e-9 <= high <= 1


def test_melding_is_deterministic_and_converged() -> None:
    arguments = (
        Count(8.0, 300.0),
        Count(18.0, 20.0),
        (Count(0.0, 10.0), Count(1.0, 170.0)),
        Count(18.0, 300.0),
    )
    fine = [melded(*arguments, upper=True, level=0.997, draws=DRAWS) for _ in range(2)]
    assert fine[0] == fine[1]
    coarse = melded(*arguments, upper=True, level=0.997, draws=4096)
    assert coarse == pytest.approx(fine[0], rel=0.02)


def test_the_unknown_share_has_an_error_of_its_own() -> None:
    """All of the unknown and none of the domestic breach: p is the unknown share itself."""
    flagged, unknown = Count(0.0, 1e12), Count(12.4, 300.0)
    for missed, upper in (((CERTAIN_YES, CERTAIN_NO), True), ((CERTAIN_YES, CERTAIN_NO), False)):
        limit = melded(flagged, CERTAIN_NO, missed, unknown, upper=upper, level=0.95)
        assert limit == pytest.approx(clopper_pearson(unknown, 0.95)[upper], rel=2e-3)
    high = melded(flagged, CERTAIN_NO, (CERTAIN_NO, CERTAIN_YES), unknown, upper=True, level=0.95)
    assert high == pytest.approx(1.0 - clopper_pearson(unknown, 0.95)[0], rel=2e-3)


def test_a_stratum_that_nobody_met_adds_nothing() -> None:
    flagged, nobody = Count(0.0, 1e12), Count(0.0, 0.0)
    limit = melded(
        flagged, nobody, (nobody, Count(0.0, 60.0)), Count(0.0, 300.0), upper=True, level=0.95
    )
    assert limit == pytest.approx(clopper_pearson(Count(0.0, 60.0))[1], rel=2e-3)


def test_entries_that_are_certain_have_no_variance() -> None:
    """Two of three rotating entries looked at keep a third of their variance, core ones none."""
    influence = np.array([0.4, -0.3, 0.2, -0.1, -0.2])
    frame = np.array([0, 0, 1, 1, 1])
    free, degrees = stratified_variance(influence[2:], frame[2:])
    listed = stratified_variance(influence, frame, np.array([1.0, 1.0, 2 / 3, 2 / 3, 2 / 3]))
    assert listed == (pytest.approx(free / 3), degrees)


def test_unflagged_strata_are_one_as_long_as_both_have_labels() -> None:
    one = as_one_stratum(Count(1.0, 20.0), Count(0.0, 180.0), Count(9.0, 90.0))
    assert one == pytest.approx((1.0, 200.0))
    heavy = as_one_stratum(Count(0.0, 20.0), Count(0.0, 180.0), Count(18.0, 90.0))
    assert heavy == pytest.approx((0.0, 100.0)), "as if all weighed as much as the heaviest"
    assert as_one_stratum(NOTHING, Count(0.0, 180.0), Count(9.0, 90.0)) is None
    assert as_one_stratum(NOTHING, Count(0.0, 180.0), NOTHING) == (0.0, 180.0)


def test_a_share_falls_with_f_where_flags_are_worse_than_the_rest() -> None:
    """PPV 0 of 20 against FOR 10 of 20: more flagged places mean fewer breaches, not more."""
    arguments = (Count(0.0, 20.0), (Count(10.0, 20.0), Count(10.0, 20.0)), Count(0.0, 90.0))
    lows = [melded(Count(f * 200, 200.0), *arguments, upper=False, level=0.95) for f in (0.1, 0.6)]
    assert lows[1] < lows[0]
