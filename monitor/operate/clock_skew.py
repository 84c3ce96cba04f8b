"""Clock-skew check: after a jump of the machine's clock no job starts for a while.

What a wrong clock entered in the run log stays there; ``set_aside_future`` lets it count for
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.config import week_of
from monitor.findings.releases import RELEASE_JOB
from monitor.model import Run, UnitState
from monitor.store import Store

SLACK = timedelta(hours=1)
"""How far the clock may stray from the time that passed, and lie behind the run log."""
DOUBT = timedelta(hours=1)
"""How long after a jump no job starts."""
FAR_AHEAD = timedelta(weeks=4)
"""So long after the newest entry of the run log the clock of a machine that starts is doubted."""
LASTING_JOBS = frozenset({RELEASE_JOB, "handover"})
"""What was released and delivered stays so, whatever the clock showed."""


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

    def doubt(self) -> None:
        """Doubt the clock from now on, as after a jump."""
        self._last_jump = self._elapsed()

    @property
    def doubtful(self) -> bool:
        """Whether the last jump was less than ``DOUBT`` ago."""
        if self._last_jump is None:
            return False
        return self._elapsed() - self._last_jump < DOUBT.total_seconds()


def set_aside_future(store: Store, now: datetime) -> tuple[tuple[Run, ...], list[str]]:
    """Set aside the entries of the run log that begin or end after ``now`` by more than ``SLACK``.

    Returns them, and a line for each thing with such a date that stays: releases, deliveries,
    editions and plans of weeks to come.
    """
    latest = now + SLACK
    future = [
        run
        for run in store.runs.newest()
        if run.started_at > latest or (run.finished_at and run.finished_at > latest)
    ]
    removed = tuple(run for run in future if run.job not in LASTING_JOBS)
    store.runs.set_aside([run.id for run in removed])
    standing = [
        f"{run.job} of {run.week} is dated {run.started_at:%Y-%m-%d}"
        for run in future[::-1]
        if run.job in LASTING_JOBS
    ]
    standing += [
        f"the {kind} edition of {week} is dated {as_of:%Y-%m-%d}"
        for week, kind, as_of in store.editions.all()
        if as_of > latest
    ]
    for week in store.plans.weeks():
        if week > week_of(latest):
            units = store.units.of_week(week)
            fetched = sum(unit.state is not UnitState.planned for unit in units)
            standing.append(
                f"{week} has a plan, of which {fetched} of {len(units)} units are fetched"
            )
    return removed, standing
