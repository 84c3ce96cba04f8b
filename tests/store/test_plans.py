"""Plans stand once drawn; saved pages find their unit by address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.model import Shortfall, UnitState
from monitor.store import Store, StoreError
from monitor.store.matching import same_page, url_key
from tests.store.values import WEEK, plan, unit


def test_a_plan_is_read_as_it_was_drawn(store: Store) -> None:
    short = (Shortfall(platform="lazada", wanted=60, drawn=3, budget=3),)
    drawn = plan(
        units=tuple(unit(n, weight=n + 0.5, page=n + 1) for n in range(3)), shortfalls=short
    )
    store.plans.save(drawn)
    assert store.plans.of_week(WEEK) == drawn
    assert store.plans.of_week("2026-W48") is None
    assert store.plans.weeks() == (WEEK,)
    assert [r.state for r in store.units.of_week(WEEK)] == [UnitState.planned] * 3


def test_units_come_in_the_order_of_the_plan(store: Store) -> None:
    shuffled = tuple(
        unit(n, position=position, platform=platform)
        for n, position, platform in [(0, 2, "shopee"), (1, 0, "lazada"), (2, 1, "shopee")]
    )
    store.plans.save(plan(units=shuffled))
    assert [u.position for u in store.units.pending(WEEK)] == [0, 1, 2]
    assert [u.position for u in store.units.pending(WEEK, "shopee")] == [1, 2]
    assert [r.unit.position for r in store.units.of_week(WEEK, "lazada")] == [0]


def test_a_plan_stands(store: Store) -> None:
    store.plans.save(plan())
    store.plans.save(plan(drawn_at=plan().drawn_at + timedelta(hours=1)))
    for other in (plan(2), plan(seed=1), plan(frame_version="f2")):
        with pytest.raises(StoreError, match=f"plan of {WEEK} is already drawn"):
            store.plans.save(other)
    assert store.plans.of_week(WEEK) == plan()


def test_a_plan_is_stored_whole_or_not_at_all(store: Store) -> None:
    broken = (unit(0), unit(1, position=0))
    with pytest.raises(StoreError, match=r"(?i)unique"):
        store.plans.save(plan(units=broken))
    assert store.plans.of_week(WEEK) is None


def test_a_saved_page_finds_its_unit(store: Store) -> None:
    store.plans.save(plan())
    address = "https://www.lazada.co.id/catalog/?spm=a2o4j.home&q=Mukena%201&_keyori=ss"
    found = store.units.at_url("lazada", address, WEEK)
    assert found == unit(1)
    assert store.units.at_url("shopee", address, WEEK) is None
    assert store.units.at_url("lazada", address, "2026-W48") is None
    assert store.units.at_url("lazada", address + "&page=2", WEEK) is None


LAZADA = "https://www.lazada.co.id/catalog/?ajax=true&page=1&q=kain+batik"
SHOPEE = "https://shopee.co.id/search?keyword=kain%20batik"
TOKOPEDIA = "https://www.tokopedia.com/find/kain-batik?page=1"


@pytest.mark.parametrize(
    ("planned", "saved", "same"),
    [
        (LAZADA, "http://lazada.co.id/catalog?q=kain%20batik&page=1", True),
        (LAZADA, "https://www.lazada.co.id/catalog/?q=kain+batik#page", True),
        (LAZADA, LAZADA + "&utm_source=x&clickTrackInfo=y&from=input", True),
        (LAZADA, "https://www.lazada.co.id/catalog/?q=kain+batik&page=2", False),
        (LAZADA, "https://www.lazada.co.id/catalog/?q=kain&page=1", False),
        (LAZADA, "https://www.lazada.co.id/catalog/?q=kain+batik&sort=priceasc", False),
        (LAZADA, "https://www.lazada.co.id/catalog/?q=kain+batik&location=local", False),
        (SHOPEE, SHOPEE + "&page=0&sortBy=relevancy", True),
        (SHOPEE, SHOPEE + "&page=1", False),
        (SHOPEE, SHOPEE + "&sortBy=sales", False),
        (TOKOPEDIA, "https://www.tokopedia.com/find/kain-batik", True),
        (TOKOPEDIA, "https://www.tokopedia.com/find/kain-batik?page=2", False),
        (TOKOPEDIA, "https://www.tokopedia.com/find/kain-tenun?page=1", False),
        (TOKOPEDIA, "https://www.tokopedia.com/find/kain-batik?page=1&ob=3", False),
    ],
)
def test_same_page(planned: str, saved: str, same: bool) -> None:
    assert (url_key(planned) == url_key(saved) and same_page(planned, saved)) is same
