"""Pauses between requests and the window they may go out in: plain values, no request is seen."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic

from scrapy.exceptions import IgnoreRequest

from monitor.config import JAKARTA
from monitor.crawl import settings


class Stopped(IgnoreRequest):
    """No further request goes out in this run; the message says why."""


@dataclass
class Pace:
    """Says how long to wait before the next request, in seconds.

    ``delay`` varies by the share ``jitter``, each of the ``blocks`` that the platform answered
    lengthens all pauses, ``scale`` shortens what robots.txt and backoff ask for, in a simulation.
    ``clock`` is monotonic.
    """

    delay: float
    jitter: float
    scale: float = 1.0
    retry_after_max: float = settings.RETRY_AFTER_MAX
    clock: Callable[[], float] = monotonic
    uniform: Callable[[float, float], float] = random.uniform
    blocks: int = 0
    _crawl_delay: float = 0.0
    _not_before: float = 0.0
    _rested: float = -math.inf

    def slow(self) -> None:
        """Lengthen all pauses of this run: the platform refused a page."""
        self.blocks += 1

    @property
    def factor(self) -> float:
        """By what pauses are lengthened."""
        return settings.SLOW_FACTOR**self.blocks

    def honour(self, crawl_delay: float | None) -> None:
        """Keep at least robots.txt's ``Crawl-delay`` between two requests."""
        self._crawl_delay = (crawl_delay or 0.0) * self.scale

    def hold(self, seconds: float) -> None:
        """Send nothing for that long."""
        self._not_before = max(self._not_before, self.clock() + seconds)

    def back_off(self, retries: int) -> None:
        """Wait longer before each retry of a request."""
        self.hold(settings.BACKOFF * 2**retries * self.scale)

    def rest(self) -> None:
        """A response has come: the pause before the next request starts now."""
        self._rested = self.clock()
        self.hold(self.delay * self.uniform(1 - self.jitter, 1 + self.jitter) * self.factor)

    def wait(self) -> float:
        """Seconds until the next request may go out."""
        asked = self._rested + self._crawl_delay * self.factor
        return max(0.0, max(self._not_before, asked) - self.clock())


@dataclass(frozen=True)
class Night:
    """The window [start, until) of the day, in Asia/Jakarta, in which a live crawl may ask."""

    start: time
    until: time

    def is_open(self, now: datetime) -> bool:
        """Whether ``now`` is in the window; one that ends as it starts is always open."""
        moment = now.astimezone(JAKARTA).time()
        if self.start <= self.until:
            return self.start == self.until or self.start <= moment < self.until
        return moment >= self.start or moment < self.until

    def opens(self, now: datetime) -> datetime:
        """The next time, from ``now`` on, at which the window is open."""
        if self.is_open(now):
            return now
        local = now.astimezone(JAKARTA)
        opening = datetime.combine(local.date(), self.start, tzinfo=JAKARTA)
        return opening if opening >= local else opening + timedelta(days=1)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds a ``Retry-After`` header asks for (RFC 9110: seconds or a date), else None."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - now).total_seconds())
