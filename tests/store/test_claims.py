"""Who asks a platform, and the pace that is remembered of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from monitor.model import RememberedPace
from monitor.store import Store, StoreError
from monitor.store.claims import ClaimedError, Claims
from monitor.store.database import UNANSWERED, Database, connection_limits
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


def test_one_daemon_holds_the_schedule_of_a_database(store: Store, url: str) -> None:
    refused = pytest.raises(ClaimedError, match=r"^the daemon of this database is running already")
    with store.claims.hold_schedule() as claim, Store.open(url) as another:
        if claim is None:
            assert url.startswith("sqlite")
            return
        with another.claims.hold("lazada"):
            pass
        with refused, another.claims.hold_schedule():
            pass


@pytest.mark.postgresql
def test_a_database_that_does_not_answer_is_one_line_without_the_password() -> None:
    address = "postgresql+psycopg://pantau:geheim@127.0.0.1:1/pantau"
    with pytest.raises(StoreError) as refused, Claims(Database(address)).hold("lazada"):
        pass
    line = str(refused.value)
    assert line.startswith("postgresql+psycopg://pantau:***@127.0.0.1:1/pantau: connection failed")
    assert "\n" not in line
    assert "geheim" not in line


@pytest.mark.postgresql
def test_what_a_run_raises_while_it_holds_a_platform_is_its_own(store: Store, url: str) -> None:
    error = OperationalError("SELECT 1", {}, Exception("the run's own"))
    with pytest.raises(OperationalError) as raised, store.claims.hold("lazada"):
        raise error
    assert raised.value is error


@pytest.mark.postgresql
def test_a_connection_ends_where_nobody_acknowledges_unless_its_address_says_otherwise(
    url: str,
) -> None:
    if url.startswith("sqlite"):
        return
    query = "SELECT current_setting('application_name')"
    patient = make_url(url).update_query_dict(
        {"tcp_user_timeout": "90000", "application_name": "researcher"}
    )
    assert connection_limits(make_url(url))["tcp_user_timeout"] == UNANSWERED
    assert "tcp_user_timeout" not in connection_limits(patient)
    database = Database(patient.render_as_string(hide_password=False))
    with database.read() as connection:
        assert connection.exec_driver_sql(query).scalar_one() == "researcher"
        driver = connection.connection.driver_connection
        assert driver is not None
        parameters = driver.info.get_parameters()
    database.close()
    assert (parameters["tcp_user_timeout"], parameters["keepalives_idle"]) == ("90000", "10")
