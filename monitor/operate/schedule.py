"""The daemon: a clock that starts each job as a ``pantau`` command in a process of its own.

A job that dies takes nothing with it, memory does not pile up over the years, and the ledger that
the commands write is all that has to be remembered.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from apscheduler.schedulers.blocking import BlockingScheduler

from monitor.config import JAKARTA, Config, PantauError
from monitor.listing import Origin, RunOutcome
from monitor.operate.timetable import Due, Job, overdue, worth_doing
from monitor.store import Store

STOP_SECONDS = 60.0
"""How long a running job may take to end after SIGTERM before it is killed."""


class AlreadyRunningError(PantauError):
    """Another daemon holds this home."""


class Daemon:
    """Runs ``jobs`` until SIGTERM or SIGINT; ``say`` gets one line an event."""

    def __init__(
        self,
        config: Config,
        jobs: Iterable[Job],
        say: Callable[[str], None],
        alarm: Callable[[str], None],
    ) -> None:
        self._config = config
        self._jobs = tuple(jobs)
        self._say = say
        self._alarm = alarm
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._scheduler = BlockingScheduler(timezone=JAKARTA)

    def run(self) -> None:
        """Catch up, then keep time; returns after a clean stop. Raises ``AlreadyRunningError``."""
        with _only_one(self._config.home / "schedule.lock"):
            for job in self._jobs:
                self._scheduler.add_job(
                    self._start,
                    job.trigger(),
                    args=(job, None),
                    id=job.id,
                    max_instances=1,
                    coalesce=True,
                    misfire_grace_time=None,
                )
            self._scheduler.add_job(self._catch_up, id="catch-up")
            signal.signal(signal.SIGTERM, self._on_signal)
            signal.signal(signal.SIGINT, self._on_signal)
            self._say(f"schedule: {len(self._jobs)} jobs, home {self._config.home}")
            self._scheduler.start()
            self._await_children()
            self._say("schedule: stopped")

    def _catch_up(self) -> None:
        now = datetime.now(UTC)
        with Store.open(self._config.database_url) as store:
            missed = overdue(self._jobs, store.runs(), now)
        for due in missed:
            if self._stopping.is_set():
                return
            if worth_doing(due, now, self._config):
                self._say(f"{due.job.id}: {due.week} was due {due.at:%Y-%m-%d %H:%M}, caught up")
                self._start(due.job, due.week)
            elif now >= due.at:
                self._record_missed(due)

    def _record_missed(self, due: Due) -> None:
        reason = f"due {due.at:%Y-%m-%d %H:%M} WIB, the scheduler was not running"
        origin = Origin.simulated if self._config.demo_url else Origin.live
        with Store.open(self._config.database_url, origin=origin) as store:
            run = store.start_run(
                due.job.ledger, origin, due.at, week=due.week, platform=due.job.platform
            )
            store.finish_run(run, RunOutcome.missed, datetime.now(UTC), reason=reason)
        self._alarm(f"{due.job.id}: {due.week} not measured: {reason}")

    def _start(self, job: Job, week: str | None) -> None:
        week = week or job.week(datetime.now(UTC))
        command = [sys.executable, "-m", "monitor", *job.command, "--week", week]
        environment = {**os.environ, "PANTAU_HOME": str(self._config.home)}
        with self._lock:
            if self._stopping.is_set() or job.id in self._children:
                return
            child = subprocess.Popen(  # noqa: S603
                command, cwd=self._config.home, env=environment, start_new_session=True
            )
            self._children[job.id] = child
        self._say(f"{job.id}: {week} started, process {child.pid}")
        code = child.wait()
        with self._lock:
            del self._children[job.id]
        if code == 0:
            self._say(f"{job.id}: {week} done")
        elif not self._stopping.is_set():
            self._alarm(f"{job.id}: {week} failed, exit code {code}")

    def _on_signal(self, signum: int, _frame: FrameType | None) -> None:
        self._stopping.set()
        self._scheduler.shutdown(wait=False)
        for child in list(self._children.values()):
            child.terminate()

    def _await_children(self) -> None:
        for child in list(self._children.values()):
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(
                f"{path}: another `pantau schedule run` has this home"
            ) from error
        yield
