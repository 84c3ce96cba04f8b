from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import JAKARTA
from monitor.crawl.pace import Night, Pace, retry_after

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def pace(delay=7.5, jitter=0.33, **more):
    clock = Clock()
    return Pace(delay, jitter, clock=clock, **more), clock


def test_pauses_are_five_to_ten_seconds():
    made, clock = pace()
    assert made.wait() == 0
    waits = []
    for _ in range(200):
        clock.now += made.wait()
        made.rest()
        waits.append(made.wait())
    assert min(waits) >= 5.0
    assert max(waits) <= 10.0
    assert max(waits) - min(waits) > 3


def test_a_block_makes_pauses_longer():
    made, _ = pace(jitter=0.0)
    made.slow()
    made.rest()
    assert made.wait() == pytest.approx(22.5)


def test_crawl_delay_is_kept_where_it_is_longer():
    made, clock = pace(delay=1.0, jitter=0.0)
    made.rest()
    made.honour(30.0)
    assert made.wait() == 30.0
    made.honour(None)
    clock.now += 30
    made.rest()
    assert made.wait() == 1.0


def test_backoff_doubles_and_holds_add_up_to_the_longest():
    made, _ = pace()
    waits = []
    for retries in range(3):
        made.back_off(retries)
        waits.append(made.wait())
    assert waits == [10.0, 20.0, 40.0]
    made.hold(5.0)
    assert made.wait() == 40.0


@pytest.mark.parametrize(
    "hour, open_", [(21, False), (22, True), (23, True), (0, True), (5, True), (6, False)]
)
def test_the_night_is_in_jakarta(hour, open_):
    night = Night(time(22), time(6))
    assert night.is_open(datetime(2026, 11, 21, hour, tzinfo=JAKARTA).astimezone(UTC)) is open_


@given(
    st.integers(0, 365 * 86400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.times(),
    st.times(),
)
def test_it_opens_within_a_day_and_is_open_then(now, start, until):
    night = Night(start, until)
    opening = night.opens(now)
    assert night.is_open(opening)
    assert now <= opening.astimezone(UTC) < now + timedelta(days=1)


@pytest.mark.parametrize(
    "value, seconds",
    [("120", 120.0), (" 7 ", 7.0), (None, None), ("", None), ("soon", None), ("-1", None)],
)
def test_retry_after_in_seconds(value, seconds):
    assert retry_after(value, NOW) == seconds


def test_retry_after_as_a_date():
    in_a_minute = format_datetime(NOW + timedelta(minutes=1), usegmt=True)
    assert retry_after(in_a_minute, NOW) == 60.0
    assert retry_after("Fri, 20 Nov 2026 10:00:00 GMT", NOW) == 0.0


@given(st.text(max_size=40))
def test_any_header_is_read_or_ignored(value):
    found = retry_after(value, NOW)
    assert found is None or found >= 0
