"""Cost and margin to expect of a plan."""

from datetime import UTC, datetime, time, timedelta

import pytest
from scipy.stats import binomtest

from monitor.config import Crawl
from monitor.registry import load_registry
from monitor.sampling import costs, draw_plan, margins
from monitor.sampling.outlook import wilson

REGISTRY = load_registry()
PLAN = draw_plan(REGISTRY, "2026-W47", 1, datetime(2026, 11, 15, tzinfo=UTC), ["lazada", "shopee"])


def test_cost_is_requests_times_delay_within_the_night() -> None:
    cost, _ = costs(
        PLAN,
        REGISTRY,
        Crawl(browser=False, delay=10.0, night_from=time(23, 45), night_until=time(0, 0)),
    )
    assert cost.platform == "lazada"
    assert cost.requests == 180
    assert cost.duration == timedelta(seconds=1800)
    assert cost.nights == 2


def test_a_page_in_the_browser_takes_longer() -> None:
    shown, plain = costs(PLAN, REGISTRY, Crawl(delay=10.0))
    assert (shown.platform, shown.duration) == ("lazada", timedelta(seconds=180 * 25))
    assert (plain.platform, plain.duration) == ("shopee", timedelta(seconds=180 * 10))


def test_a_window_from_an_hour_to_itself_is_the_whole_day() -> None:
    cost, _ = costs(PLAN, REGISTRY, Crawl(delay=600, night_from=time(6, 0), night_until=time(6, 0)))
    assert cost.nights == 2


def test_margin_takes_clustering_and_unequal_probabilities() -> None:
    loose, tight = margins(PLAN, REGISTRY)[0], margins(PLAN, REGISTRY, icc=0.0)[0]
    assert loose.entries == 60
    assert loose.places == 2400
    assert loose.effective == pytest.approx(2400 / (1 + 39 * 0.1) / 1.155, rel=0.01)
    assert tight.effective > 1800
    assert 0.02 < loose.margin < 0.04
    assert 0 < loose.none_found < 0.015


def test_places_are_those_of_full_pages() -> None:
    lazada, *_, shopee = margins(PLAN, REGISTRY)
    assert (lazada.places, shopee.places) == (60 * 40, 60 * 60)


def test_wilson_published() -> None:
    """Newcombe, Statist. Med. 17 (1998), table I, method 3."""
    assert wilson(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@pytest.mark.parametrize(("count", "n"), [(0, 50), (5, 50), (50, 50), (37, 1000)])
def test_wilson_agrees_with_scipy(count: int, n: int) -> None:
    expected = binomtest(count, n).proportion_ci(method="wilson")
    assert wilson(count / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)
