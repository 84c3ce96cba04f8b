"""The daemon: a clock that starts each job as a ``pantau`` command in a process of its own.

A job that dies takes nothing with it, memory does not pile up over the years, and the ledger that
the commands write is all that has to be remembered. Every firing, every end of a job and every
full hour does the same thing: look into the ledger for what is overdue, and start it.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.config import JAKARTA, Config, PantauError
from monitor.model import Origin, Run, RunOutcome
from monitor.operate.anomalies import troubles
from monitor.operate.children import LONGEST_SECONDS, PROGRAM, STOP_SECONDS, Child, stop_all
from monitor.operate.clock_skew import SLACK, ClockSkewCheck
from monitor.operate.health import Grade, space
from monitor.operate.lock import lock_file, only_one
from monitor.operate.run_log import bury
from monitor.operate.timetable import LATE, Due, Job, MisfireAction, fate, overdue
from monitor.store import Store

LOOK = timedelta(hours=1)
LONGEST_REST = timedelta(hours=24)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Daemon:
    """Runs ``jobs`` until SIGTERM or SIGINT; ``say`` gets one line an event."""

    def __init__(
        self,
        config: Config,
        jobs: Iterable[Job],
        say: Callable[[str], None],
        alarm: Callable[[str], None],
        *,
        program: Sequence[str] = PROGRAM,
        stop_seconds: float = STOP_SECONDS,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self._config = config
        self._jobs = tuple(jobs)
        self._say = say
        self._alarm = alarm
        self._program = program
        self._stop_seconds = stop_seconds
        self._longest = longest
        self._children: dict[str, Child] = {}
        self._failures: dict[tuple[str, datetime], int] = {}
        self._rests: dict[tuple[str, datetime], datetime] = {}
        self._lock = threading.Lock()
        self._stopping = False
        self._watch = ClockSkewCheck()
        # One thread: what is overdue is decided by one look at a time.
        self._scheduler = BackgroundScheduler(
            timezone=JAKARTA,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None},
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def run(self) -> None:
        """Keep time; returns after a clean stop. Raises ``PantauError`` where it cannot begin."""
        with only_one(lock_file(self._config.home)), _stop_signals() as stopped:
            with self._open() as store:
                if buried := bury(self._config, store):
                    self._say(f"schedule: {buried} runs were killed, entered as failed")
            for job in self._jobs:
                self._scheduler.add_job(self._look, job.trigger(), id=job.id)
            self._scheduler.add_job(
                self._look, IntervalTrigger(seconds=int(LOOK.total_seconds())), id="look",
                next_run_time=datetime.now(UTC),
            )  # fmt: skip
            self._scheduler.add_listener(self._on_error, EVENT_JOB_ERROR)
            self._say(f"schedule: {len(self._jobs)} jobs, home {self._config.home}")
            self._scheduler.start()
            os.read(stopped, 1)
            self._stop()
            self._say("schedule: stopped")

    def _stop(self) -> None:
        with self._lock:
            self._stopping = True
            children = list(self._children.values())
        self._scheduler.shutdown(wait=False)
        stop_all(children, self._stop_seconds)

    def _open(self) -> Store:
        return Store.of_home(self._config, origin=self._config.origin)

    def _on_error(self, event: JobExecutionEvent) -> None:
        self._alarm(f"schedule: {type(event.exception).__name__}: {event.exception}")

    # --- deciding what to start ----------------------------------------------------------------

    def _look(self) -> None:
        now = datetime.now(UTC)
        if leapt := self._watch.leap(now):
            way = "ahead" if leapt > timedelta(0) else "back"
            hours = abs(leapt) // timedelta(hours=1)
            self._alarm(
                f"schedule: the clock of this machine leapt {hours} hours {way};"
                " nothing starts for an hour"
            )
        if self._watch.doubtful:
            return
        disk = space(self._config)
        if disk.grade is not Grade.ok:
            self._alarm(f"disk: {self._config.home} has little room left: {disk.mend}")
        try:
            with self._open() as store:
                self._decide(store, now)
        except PantauError as error:
            self._alarm(f"schedule: {error}")

    def _decide(self, store: Store, now: datetime) -> None:
        runs = store.runs.newest()
        if runs and runs[0].started_at > now + SLACK:
            self._alarm("schedule: the clock of this machine is behind the ledger; set the clock")
            return
        lost: list[tuple[Due, int]] = []
        for due in overdue(self._jobs, runs, now):
            left = _left(store, due)
            match fate(due, now, self._config):
                case MisfireAction.do if left:
                    self._start(due)
                case MisfireAction.lost if left != 0:
                    lost.append((due, left if due.job.platform and left else 0))
        if lost:
            self._record_lost(store, lost, now)

    def _start(self, due: Due) -> None:
        now = datetime.now(UTC)
        with self._lock:
            alone = due.job.platform is None
            busy = alone and any(not name.startswith("crawl-") for name in self._children)
            if self._stopping or busy or due.job.id in self._children:
                return
            if self._rests.get((due.job.id, due.at), now) > now:
                return
            child = Child(
                self._config,
                due.job.arguments(due.week),
                program=self._program,
                longest=self._longest,
                stop_seconds=self._stop_seconds,
            )
            self._children[due.job.id] = child
        late = f", was due {due.at:%Y-%m-%d %H:%M}" if now - due.at > LOOK else ""
        self._say(f"{due.job.id}: {due.week} started{late}, process {child.pid}")
        child.attend(lambda code, words: self._ended(due, child, now, code, words))

    def _record_lost(self, store: Store, lost: Sequence[tuple[Due, int]], now: datetime) -> None:
        origin = Origin.simulated if self._config.demo_url else Origin.live
        for due, units in lost:
            run = store.runs.start(
                due.job.ledger, origin, due.at, week=due.week, platform=due.job.platform
            )
            reason = f"due {due.at:%Y-%m-%d %H:%M} WIB and not done in its week"
            store.runs.finish(
                run, RunOutcome.missed, now, reason=reason, counts={"units": units} if units else {}
            )
        weeks = sorted({due.week for due, _ in lost})
        names = ", ".join(dict.fromkeys(due.job.id for due, _ in lost))
        period = weeks[0] if len(weeks) == 1 else f"{weeks[0]} to {weeks[-1]}"
        self._alarm(f"schedule: {period}: missed and not measured: {names}; see pantau status")

    # --- judging what ended --------------------------------------------------------------------

    def _ended(self, due: Due, child: Child, began: datetime, code: int, words: str) -> None:
        with self._lock:
            del self._children[due.job.id]
            if self._stopping:
                return
            self._rest(due, code)
        try:
            with self._open() as store:
                run = _entry(store, due, began)
                if code == 0:
                    self._say(f"{due.job.id}: {due.week} done")
                    self._judge(store, due, run)
                else:
                    told = "ended after running too long" if child.overlong else None
                    reason = told or _reason(run) or words or f"exit code {code}"
                    self._alarm(f"{due.job.id}: {due.week} failed: {reason}")
        except PantauError as error:
            self._alarm(f"schedule: {error}")
        self._scheduler.add_job(self._look)

    def _rest(self, due: Due, code: int) -> None:
        """A firing is done once; a failed one is tried again after 2, 4, 8, … hours."""
        key = due.job.id, due.at
        self._failures[key] = self._failures.get(key, 0) + 1
        pause = min(timedelta(hours=2 ** min(self._failures[key], 5)), LONGEST_REST)
        self._rests[key] = datetime.now(UTC) + pause if code else _NEVER

    def _judge(self, store: Store, due: Due, run: Run | None) -> None:
        """A crawl may end well and have seen next to nothing; what was left over is judged when
        its week is reported."""
        if due.job.ledger == LATE and run and run.reason:
            self._alarm(f"{due.job.id}: {run.reason}")
        if due.job.platform is None and due.job.ledger != "report":
            return
        if run and due.job.platform and not run.counts.get("pages"):
            return
        if run and due.job.platform and run.reason and run.counts.get("sampled"):
            self._alarm(f"{due.job.id}: {due.week}: {run.reason}")
            return
        for platform, line in troubles(store, due.week, datetime.now(UTC)).items():
            mine = platform == due.job.platform
            if mine or (due.job.platform is None and store.units.pending(due.week, platform)):
                self._alarm(line)


def _left(store: Store, due: Due) -> int | None:
    """Units a crawl has left to fetch, None without a plan; 1 for any other job."""
    if due.job.platform is None:
        return 1
    pending = len(store.units.pending(due.week, due.job.platform))
    return pending if pending or store.plans.of_week(due.week) else None


def _entry(store: Store, due: Due, began: datetime) -> Run | None:
    """What the ledger says of the run that has just ended; one that was killed is closed."""
    runs = store.runs.newest(due.job.ledger, due.week, due.job.platform, limit=1)
    if not runs or runs[0].started_at < began:
        return None
    run = runs[0]
    if run.outcome is RunOutcome.running and due.job.platform is None:
        now = datetime.now(UTC)
        store.runs.finish(run.id, RunOutcome.failed, now, reason="killed", counts=run.counts)
    return run


def _reason(run: Run | None) -> str | None:
    return run.reason if run and run.outcome is RunOutcome.failed else None


@contextmanager
def _stop_signals() -> Iterator[int]:
    """A file that becomes readable at SIGTERM or SIGINT.

    The interpreter's own C handler writes into it. A handler in Python would not do: it runs in the
    main thread, which a signal that the kernel gives to another thread does not wake from its read.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = {one: signal.signal(one, _heard) for one in (signal.SIGTERM, signal.SIGINT)}
    woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(woken)
        for one, handler in before.items():
            signal.signal(one, handler)
        os.close(reader)
        os.close(writer)


def _heard(_number: int, _frame: object) -> None:
    """What is to be done at a signal is done by whoever reads the file."""
