"""Who asks a platform, and the pace that is remembered of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.model import RememberedPace
from monitor.store import Store
from monitor.store.claims import ClaimedError
from tests.store.conftest import end_connections
from tests.store.values import MONDAY, WEEK

PACE = RememberedPace(
    platform="lazada", week=WEEK, asked_at=MONDAY, requests=7, blocks=1, not_before=MONDAY
)


def test_the_last_pace_of_a_platform_is_remembered(store: Store) -> None:
    assert store.claims.pace("lazada") is None
    store.claims.remember(PACE)
    later = RememberedPace(platform="lazada", week=WEEK, asked_at=MONDAY + timedelta(minutes=1))
    store.claims.remember(later)
    assert store.claims.pace("lazada") == later
    assert store.claims.pace("shopee") is None


def test_a_pace_is_over_after_its_night() -> None:
    assert PACE.is_of_night(MONDAY + timedelta(hours=11))
    assert not PACE.is_of_night(MONDAY + timedelta(hours=20))
    assert not PACE.is_of_night(MONDAY - timedelta(days=300)), "that clock was wrong"


def test_one_run_holds_a_platform_in_postgresql(store: Store, url: str) -> None:
    with store.claims.hold("lazada") as claim, Store.open(url) as another:
        if claim is None:
            assert url.startswith("sqlite")
            return
        assert claim.is_held()
        refused = pytest.raises(
            ClaimedError, match=r"lazada is running already, on .+ as process \d+"
        )
        with refused, another.claims.hold("lazada"):
            pass
        with another.claims.hold("shopee") as other:
            assert other and other.is_held()
            end_connections(url, "pantau crawl lazada %")
            assert not claim.is_held()
            assert other.is_held()
        with another.claims.hold("lazada") as taken_over:
            assert taken_over and taken_over.is_held()
    with store.claims.hold("lazada"):
        pass
