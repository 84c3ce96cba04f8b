"""Cost and margin to expect of a plan."""

from datetime import UTC, datetime, time, timedelta

import pytest
from scipy.stats import binomtest

from monitor.config import Crawl
from monitor.model import AuditSample, Cluster, SampledListing, ScreenStratum
from monitor.registry import load_registry
from monitor.sampling import audit_margins, costs, draw_plan, margins
from monitor.sampling.outlook import season_margin, wilson

REGISTRY = load_registry()
PLAN = draw_plan(REGISTRY, "2026-W47", 1, datetime(2026, 11, 15, tzinfo=UTC), ["lazada", "shopee"])


def test_cost_is_requests_times_delay_within_the_night() -> None:
    cost, _ = costs(
        PLAN,
        REGISTRY,
        Crawl(browser=False, delay=10.0, night_from=time(23, 45), night_until=time(0, 0)),
    )
    assert cost.platform == "lazada"
    assert cost.requests == 204
    assert cost.duration == timedelta(seconds=2040)
    assert cost.nights == 3


def test_a_page_in_the_browser_takes_longer() -> None:
    shown, plain = costs(PLAN, REGISTRY, Crawl(delay=10.0))
    assert (shown.platform, shown.duration) == ("lazada", timedelta(seconds=204 * 25))
    assert (plain.platform, plain.duration) == ("shopee", timedelta(seconds=222 * 10))


def test_a_window_from_an_hour_to_itself_is_the_whole_day() -> None:
    cost, _ = costs(PLAN, REGISTRY, Crawl(delay=600, night_from=time(6, 0), night_until=time(6, 0)))
    assert cost.nights == 2


def test_margin_takes_clustering_and_unequal_probabilities() -> None:
    loose, tight = margins(PLAN, REGISTRY)[0], margins(PLAN, REGISTRY, icc=0.0)[0]
    assert loose.entries == 60
    assert loose.places == 2400
    # Of the list's variance 30 core entries bring none and 30 of 69 rotating ones 57 % of theirs.
    unseen = 30 * 2.3**2 * (1 - 30 / 69) / (30 + 30 * 2.3**2)
    assert loose.effective == pytest.approx(2400 / (1 + 39 * 0.1) / 1.155 / unseen, rel=0.01)
    assert tight.effective > 1800
    assert 0.01 < loose.margin < 0.03
    assert 0 < loose.none_found < 0.01
    for cell in (*margins(PLAN, REGISTRY), *margins(PLAN, REGISTRY, icc=0.0, labels=40)):
        assert cell.margin > cell.season.margin, "a week never tells more than its quarter"
        assert cell.none_found >= cell.season.none_found


def test_a_quarter_tells_what_its_labels_allow() -> None:
    """As the simulated seasons of docs/statistics.md: ± 1.2 % at 5 %, at most .9 % if clean."""
    cell = season_margin(12, 12, 36, share=0.05)
    assert cell.margin == pytest.approx(0.012, abs=0.002)
    assert cell.none_found == pytest.approx(3.689 / (36 * 13), rel=0.01)
    assert season_margin(0, 0, 0, share=0.05).none_found == 1.0
    assert margins(PLAN, REGISTRY)[0].season == season_margin(25.0, 25.0, 75.0, share=0.1)
    with pytest.raises(ValueError, match="share"):
        season_margin(12, 12, 36, share=1.5)


def test_an_audit_sample_says_what_quarters_of_its_size_tell() -> None:
    def drawn(number: int, stratum: str, cluster: str = "crafts") -> SampledListing:
        return SampledListing(
            observation_id=number, platform="toko", item_id=str(number), version="v",
            cluster=Cluster(cluster), stratum=ScreenStratum(stratum), probability=0.1,
        )  # fmt: skip

    items = (
        *(drawn(number, "flagged") for number in range(5)),
        *(drawn(number, "domestic") for number in range(5, 15)),
        *(drawn(number, "unknown", "food_beverage") for number in range(15, 18)),
    )
    sample = AuditSample(
        week="2026-W47", seed=1, budget=18, drawn_at=datetime(2026, 11, 23, tzinfo=UTC),
        items=items, sha256="",
    )  # fmt: skip
    assert audit_margins(sample) == {
        ("toko", Cluster.crafts): season_margin(5, 10, 13, 0.1),
        ("toko", Cluster.food_beverage): season_margin(0, 3, 13, 0.1),
    }


def test_places_are_those_of_full_pages() -> None:
    places = {(each.platform, each.cluster): each.places for each in margins(PLAN, REGISTRY)}
    assert places["lazada", Cluster.crafts] == 60 * 40
    assert places["shopee", Cluster.crafts] == 60 * 60
    assert places["shopee", Cluster.used_clothing] == 24 * 60


def test_wilson_published() -> None:
    """Newcombe, Statist. Med. 17 (1998), table I, method 3."""
    assert wilson(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@pytest.mark.parametrize(("count", "n"), [(0, 50), (5, 50), (50, 50), (37, 1000)])
def test_wilson_agrees_with_scipy(count: int, n: int) -> None:
    expected = binomtest(count, n).proportion_ci(method="wilson")
    assert wilson(count / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)
