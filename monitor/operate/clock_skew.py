"""Clock-skew check: after a jump of the machine's clock no job starts for a while.

A run that is entered in the log with a wrong year stays there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

SLACK = timedelta(hours=1)
"""How far the clock may stray from the time that passed, and lie behind the run log."""
DOUBT = timedelta(hours=1)
"""How long after a jump no job starts."""


def seconds_since_boot() -> float:
    """Seconds since the machine was started, with those in which it slept where it counts them."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


class ClockSkewCheck:
    """Compares the clock with the seconds that passed; ``elapsed`` counts them from any start."""

    def __init__(self, elapsed: Callable[[], float] = seconds_since_boot) -> None:
        self._elapsed = elapsed
        self._last_check: tuple[datetime, float] | None = None
        self._last_jump: float | None = None

    def leap(self, now: datetime) -> timedelta | None:
        """How far the clock jumped since the last call, negative for backwards.

        None at the first call, and where the clock strayed by ``SLACK`` at most.
        """
        last_check, self._last_check = self._last_check, (now, self._elapsed())
        if last_check is None:
            return None
        then, seconds = last_check
        jump = now - then - timedelta(seconds=self._last_check[1] - seconds)
        if abs(jump) <= SLACK:
            return None
        self._last_jump = self._last_check[1]
        return jump

    @property
    def doubtful(self) -> bool:
        """Whether the last jump was less than ``DOUBT`` ago."""
        if self._last_jump is None:
            return False
        return self._elapsed() - self._last_jump < DOUBT.total_seconds()
