"""A clock that leaps is not believed at once: what is entered in a wrong year stays there."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

SLACK = timedelta(hours=1)
"""So far the clock may stray from the time that passed, or from the newest entry of the ledger."""
DOUBT = timedelta(hours=1)
"""So long a clock that leapt must have kept its word before anything is started by it."""


def ticks() -> float:
    """Seconds since the machine was started, those in which it slept included where it tells."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


class ClockSkewCheck:
    """Holds the clock against the time that has passed; ``leap`` is asked at every look."""

    def __init__(self, ticks: Callable[[], float] = ticks) -> None:
        self._ticks = ticks
        self._seen: tuple[datetime, float] | None = None
        self._doubted: float | None = None

    def leap(self, now: datetime) -> timedelta | None:
        """How far the clock leapt since it was asked last; None where it kept time."""
        then, self._seen = self._seen, (now, self._ticks())
        if then is None:
            return None
        astray = now - then[0] - timedelta(seconds=self._seen[1] - then[1])
        if abs(astray) <= SLACK:
            return None
        self._doubted = self._seen[1]
        return astray

    @property
    def doubtful(self) -> bool:
        """Whether it leapt a short while ago."""
        return self._doubted is not None and self._ticks() - self._doubted < DOUBT.total_seconds()
