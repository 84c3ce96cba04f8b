"""The four indicators on hand-made observations."""

import math
from decimal import Decimal

import numpy as np
import pytest

from monitor.classify.locations import is_outside_java
from monitor.estimate.indicators import (
    clustered_share,
    domestic_in_top,
    median_prices,
    new_shops,
    outside_java,
    price_ratio,
    promoted_domestic,
    small_shops,
    spread,
    under_floor,
    under_tenth,
    without_domestic,
)
from monitor.model import Observation, to_json
from tests.builders import CRAFTS, observation
from tests.estimate.simulation import simulate_price_ratio


def seen(
    number: int,
    status: str = "domestic",
    *,
    rank: int = 1,
    price: str | None = "10000",
    category: str | None = "batik",
    official: bool | None = False,
    town: str | None = None,
    shop: str | None = None,
    unit: str | None = None,
    entry: str | None = None,
    sponsored: bool | None = None,
) -> Observation:
    return observation(
        number,
        status,
        entry_id=entry or f"e{number % 7}",
        rank=rank,
        unit_id=unit,
        decision={"category": category},
        offer={
            "price": None if price is None else Decimal(price),
            "currency": "IDR",
            "official_store": official,
            "ship_from": town,
            "seller_id": shop,
            "sponsored": sponsored,
        },
    )


def test_price_ratio_within_commodities() -> None:
    """Foreign offers cost half in each commodity, though the mix differs between the sides."""
    rows = [seen(n, "cross_border", price="5000") for n in range(20)]
    rows += [seen(100 + n, price="10000") for n in range(5)]
    rows += [seen(200 + n, "cross_border", price="50000", category="mukena") for n in range(5)]
    rows += [seen(300 + n, price="100000", category="mukena") for n in range(40)]
    indicator = price_ratio("toko", CRAFTS, rows)
    assert (indicator.value, indicator.low, indicator.high) == pytest.approx((0.5, 0.5, 0.5))
    assert indicator.n == 70
    again = price_ratio("toko", CRAFTS, [*rows, *rows])
    assert again == indicator


def test_price_ratio_interval_is_seeded_and_holds_the_value() -> None:
    rows = [seen(n, "cross_border", price=str(4000 + 137 * n)) for n in range(30)]
    rows += [seen(100 + n, price=str(9000 + 211 * n)) for n in range(30)]
    indicator = price_ratio("toko", CRAFTS, rows)
    assert indicator.low is not None and indicator.high is not None and indicator.value is not None
    assert indicator.low < indicator.value < indicator.high
    assert price_ratio("toko", CRAFTS, rows) == indicator


def test_price_ratio_covers_where_shops_price_alike() -> None:
    """Shops of five offers at one price level; the interval resamples shops."""
    assert simulate_price_ratio(shops=20, repetitions=60) >= 0.93


def test_rotating_entries_weigh_more_than_core_ones() -> None:
    """Half of the rotating entries are looked at: each stands for two."""
    weights = {"core": 1.0, "rotating": 2.0}
    rows = [seen(n, unit="core", town="Solo", price="10000") for n in range(20)]
    rows += [seen(100 + n, "cross_border", unit="rotating") for n in range(10)]
    rows += [seen(200 + n, unit="rotating", town="Kudus", price="30000") for n in range(20)]
    assert domestic_in_top("toko", CRAFTS, rows, weights).value == pytest.approx(60 / 80)
    assert domestic_in_top("toko", CRAFTS, rows).value == pytest.approx(40 / 50)
    parts = (1 / 3, 2 / 3)
    even = math.exp(-sum(part * math.log(part) for part in parts))
    assert spread("toko", CRAFTS, rows, weights).value == pytest.approx(even)
    assert price_ratio("toko", CRAFTS, rows, weights).value == pytest.approx(1 / 3)
    assert price_ratio("toko", CRAFTS, rows).value == pytest.approx(1 / 2), "20,000 halves them"


def test_too_few_prices_are_not_known() -> None:
    indicator = price_ratio("toko", CRAFTS, [seen(n, "cross_border") for n in range(9)])
    assert indicator.value is None
    assert indicator.reason is not None and indicator.reason.code == "few_listings"


def test_top_ten_leaves_unknown_sellers_out() -> None:
    rows = [seen(n, rank=n % 10 + 1) for n in range(30)]
    rows += [seen(100 + n, "suspected", rank=10) for n in range(10)]
    rows += [seen(200 + n, "unknown", rank=1) for n in range(50)]
    rows += [seen(300 + n, "cross_border", rank=11) for n in range(50)]
    indicator = domestic_in_top("toko", CRAFTS, rows)
    assert indicator.value == pytest.approx(0.75)
    assert indicator.n == 40
    assert (
        indicator.low is not None
        and indicator.high is not None
        and indicator.low < 0.75 < indicator.high
    )


def test_small_shops_are_domestic_and_not_official() -> None:
    rows = [seen(n, official=n % 2 == 0) for n in range(20)]
    rows += [seen(100 + n, "cross_border") for n in range(20)]
    rows += [seen(200 + n, official=None) for n in range(20)]
    assert small_shops("toko", CRAFTS, rows).value == pytest.approx(0.25)


def test_spread_over_towns() -> None:
    even = [seen(n, town=f"Kota {n % 4}") for n in range(40)]
    assert spread("toko", CRAFTS, even).value == pytest.approx(4.0)
    same_town = [seen(n, town="Solo " if n % 2 else "solo") for n in range(40)]
    assert spread("toko", CRAFTS, same_town).value == pytest.approx(1.0)
    assert spread("toko", CRAFTS, [seen(n) for n in range(40)]).value is None


def test_a_tenth_of_the_domestic_median_is_that_of_the_same_commodity() -> None:
    rows = [seen(n, price="100000") for n in range(9)]
    rows += [seen(100 + n, "cross_border", price="9999" if n < 3 else "10000") for n in range(10)]
    rows += [seen(200 + n, "cross_border", price="5", category="mukena") for n in range(10)]
    rows += [seen(300 + n, price="1000", category="mukena") for n in range(4)]
    indicator = under_tenth("toko", CRAFTS, rows)
    assert (indicator.value, indicator.n) == (pytest.approx(0.3), 10), "4 prices are no median"
    twice = {f"unit{n}": 2.0 for n in range(100, 103)}
    domestic = [seen(n, price="100000") for n in range(9)]
    cheap = [seen(100 + n, "cross_border", price="9999", unit=f"unit{100 + n}") for n in range(3)]
    dear = [seen(103 + n, "cross_border", price="10000") for n in range(7)]
    share = under_tenth("toko", CRAFTS, [*domestic, *cheap, *dear], twice).value
    assert share == pytest.approx(6 / 13)
    assert to_json(indicator), "numpy's own numbers cannot be stored"


def test_only_promoted_positions_of_known_sellers_count_as_promoted() -> None:
    rows = [seen(n, "cross_border" if n < 2 else "domestic", sponsored=True) for n in range(8)]
    rows += [seen(100 + n, "unknown", sponsored=True) for n in range(9)]
    rows += [seen(200 + n, sponsored=flag) for n in range(9) for flag in (False, None)]
    indicator = promoted_domestic("toko", CRAFTS, rows)
    assert (indicator.value, indicator.n) == (pytest.approx(0.75), 8)


def test_a_search_without_a_domestic_seller_is_known_in_full() -> None:
    rows = [seen(n, "cross_border", entry="foreign", rank=n) for n in range(1, 11)]
    rows += [seen(20, entry="foreign", rank=11)]
    rows += [seen(30 + n, "cross_border", entry="unsure", rank=n) for n in range(1, 10)]
    rows += [seen(40, "unknown", entry="unsure", rank=10)]
    rows += [seen(50 + n, entry=f"domestic{n}", rank=10) for n in range(4)]
    rows += [seen(60 + n, "unknown", entry=f"domestic{n}", rank=1) for n in range(4)]
    indicator = without_domestic("toko", CRAFTS, rows)
    assert (indicator.value, indicator.n) == (pytest.approx(0.2), 5)


def test_outside_java_counts_domestic_positions_of_known_provinces() -> None:
    towns = ("Kota Medan", "Kab. Banjar", "Bandung", "Surabaya", "Makassar", "nowhere at all")
    rows = [seen(n, town=towns[n % 6]) for n in range(60)]
    rows += [seen(100 + n, "cross_border", town="Kota Medan") for n in range(9)]
    indicator = outside_java("toko", CRAFTS, rows, is_outside_java)
    assert (indicator.value, indicator.n) == (pytest.approx(3 / 5), 50)


def test_under_the_floor_needs_a_rate() -> None:
    rows = [seen(n, "cross_border", price=str(1_000_000 * (1 + n % 2))) for n in range(20)]
    rows += [seen(100 + n, price="1000") for n in range(20)]
    assert under_floor("toko", CRAFTS, rows, Decimal(1_600_000)).value == pytest.approx(0.25)
    unknown = under_floor("toko", CRAFTS, rows, None)
    assert unknown.value is None
    assert unknown.reason is not None and unknown.reason.code == "no_rate"


def test_who_tells_no_seller_or_no_price_has_no_share_under_the_floor() -> None:
    unknown = [seen(n, "unknown", price="1000") for n in range(40)]
    doubtful = [seen(100 + n, "suspected", price="1000") for n in range(40)]
    indicator = under_floor("toko", CRAFTS, unknown + doubtful, Decimal(1_600_000))
    assert (indicator.value, indicator.n) == (None, 0)
    free = [seen(300 + n, "cross_border", price="0") for n in range(40)]
    assert under_floor("toko", CRAFTS, free, Decimal(1_600_000)).n == 0
    telling = [seen(200 + n, "cross_border", price="1000") for n in range(20)]
    assert under_floor("toko", CRAFTS, unknown + telling, Decimal(1_600_000)).value == 1.0


def test_share_of_rows_that_cluster_is_wider() -> None:
    apart = clustered_share([(str(n % 20), 1.0, n // 20 == 0) for n in range(200)])
    together = clustered_share([(str(n // 10), 1.0, n < 20) for n in range(200)])
    assert apart[0] == together[0] == 0.1
    assert together[2] - together[1] > 2 * (apart[2] - apart[1])
    with pytest.raises(ValueError, match="no positions"):
        clustered_share([])


def test_median_prices_by_origin_are_weighted_and_need_five_shops() -> None:
    rows = [seen(n, price=str(10000 + 1000 * n), shop=f"s{n}", unit=f"u{n}") for n in range(9)]
    rows += [seen(100 + n, "cross_border", price="5000", shop=f"f{n % 4}") for n in range(20)]
    rows += [seen(200 + n, "suspected", price="1", shop=f"x{n}") for n in range(9)]
    [price] = median_prices("toko", rows)
    assert (price.origin, price.median, price.n, price.shops) == ("domestic", 14000.0, 9, 9)
    assert price.low < price.median < price.high
    # The dearest stands for more positions than all others together.
    [price] = median_prices("toko", rows, {"u8": 100.0})
    assert price.median == 18000.0


def test_the_interval_of_a_median_price_covers() -> None:
    """25 shops of four offers each that price alike around a lognormal median of 50,000."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(60):
        shops = rng.normal(math.log(50_000), 0.5, 25)
        rows = [
            seen(
                4 * shop + offer,
                price=str(round(math.exp(level + rng.normal(0, 0.1)))),
                shop=f"s{shop}",
            )
            for shop, level in enumerate(shops)
            for offer in range(4)
        ]
        [price] = median_prices("toko", rows)
        held += price.low <= 50_000 <= price.high
    assert held >= 53


def test_new_shops_are_those_that_the_weeks_before_did_not_show() -> None:
    rows = [seen(n, shop=f"s{n % 5}") for n in range(20)]
    indicator = new_shops("toko", CRAFTS, rows, {"s0", "s1", "s2", "s3"})
    assert (indicator.value, indicator.n, indicator.point) == (pytest.approx(0.2), 20, 3)
    assert new_shops("toko", CRAFTS, [seen(n) for n in range(20)], {"s0"}).value is None
    unknown = new_shops("toko", CRAFTS, rows, None)
    assert unknown.reason is not None and unknown.reason.code == "few_weeks_before"
