"""When the next request may go out."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import JAKARTA
from monitor.crawl.pace import Night, Pace, retry_after

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def pace(delay: float = 7.5, jitter: float = 0.33) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(delay, jitter, clock=clock), clock


def test_pauses_are_five_to_ten_seconds() -> None:
    pauses, clock = pace()
    assert pauses.wait() == 0
    waits = []
    for _ in range(200):
        clock.now += pauses.wait()
        pauses.rest()
        waits.append(pauses.wait())
    assert min(waits) >= 5.0
    assert max(waits) <= 10.0
    assert max(waits) - min(waits) > 3


def test_a_block_makes_pauses_longer() -> None:
    pauses, _ = pace(jitter=0.0)
    pauses.slow()
    pauses.rest()
    assert pauses.wait() == pytest.approx(22.5)


def test_crawl_delay_is_kept_where_it_is_longer() -> None:
    pauses, clock = pace(delay=1.0, jitter=0.0)
    pauses.rest()
    pauses.honour(30.0)
    assert pauses.wait() == 30.0
    pauses.honour(None)
    clock.now += 30
    pauses.rest()
    assert pauses.wait() == 1.0


def test_backoff_doubles_and_holds_add_up_to_the_longest() -> None:
    pauses, _ = pace()
    waits = []
    for retries in range(3):
        pauses.back_off(retries)
        waits.append(pauses.wait())
    assert waits == [10.0, 20.0, 40.0]
    pauses.hold(5.0)
    assert pauses.wait() == 40.0


@pytest.mark.parametrize(
    "hour, open_", [(21, False), (22, True), (23, True), (0, True), (5, True), (6, False)]
)
def test_the_night_is_in_jakarta(hour: int, open_: bool) -> None:
    night = Night(time(22), time(6))
    assert night.is_open(datetime(2026, 11, 21, hour, tzinfo=JAKARTA).astimezone(UTC)) is open_


@given(
    st.integers(0, 365 * 86400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.times(),
    st.times(),
)
def test_it_opens_within_a_day_and_is_open_then(now: datetime, start: time, until: time) -> None:
    night = Night(start, until)
    opening = night.opens(now)
    assert night.is_open(opening)
    assert now <= opening.astimezone(UTC) < now + timedelta(days=1)


@pytest.mark.parametrize(
    "header, seconds",
    [("120", 120.0), (" 7 ", 7.0), (None, None), ("", None), ("soon", None), ("-1", None)],
)
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def test_retry_after_as_a_date() -> None:
    in_a_minute = format_datetime(NOW + timedelta(minutes=1), usegmt=True)
    assert retry_after(in_a_minute, NOW) == 60.0
    assert retry_after("Fri, 20 Nov 2026 10:00:00 GMT", NOW) == 0.0


@given(st.text(max_size=40))
def test_any_header_is_read_or_ignored(header: str) -> None:
    wait = retry_after(header, NOW)
    assert wait is None or wait >= 0
