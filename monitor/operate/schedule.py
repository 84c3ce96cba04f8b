"""The daemon: a clock that starts each job as a ``pantau`` command in a process of its own.

A job that dies takes nothing with it, memory does not pile up over the years, and the run log that
the commands write is all that has to be remembered. At every firing, at the end of every job and
once an hour the daemon does the same: it reads in the run log what is overdue, and starts it.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.config import JAKARTA, Config, ConfigError, PantauError, utc_now
from monitor.crawl.process import require_contact
from monitor.model import Mode, Run, RunOutcome
from monitor.operate.anomalies import crawl_anomaly, find_anomalies, is_unreached, run_tally
from monitor.operate.channels import MessageType
from monitor.operate.clock_skew import (
    FAR_AHEAD,
    LASTING_JOBS,
    SLACK,
    ClockSkewCheck,
    seconds_since_boot,
)
from monitor.operate.dispatch import Dispatch
from monitor.operate.health import free_space
from monitor.operate.missed import enter_missed
from monitor.operate.notify import Alarm, counts_trouble
from monitor.operate.pauses import paused_jobs
from monitor.operate.ping import PingEvent, ping
from monitor.operate.remote_crawl import RemoteCrawl, run_since
from monitor.operate.run_log import close_killed_runs
from monitor.operate.service_manager import notify_systemd, watchdog_seconds
from monitor.operate.timetable import (
    REFRESH_JOB,
    Due,
    Job,
    MisfireAction,
    MisfirePolicy,
    misfire_action,
    overdue,
)
from monitor.process import PYTHON_MODULE, Child, locked, stop_all, stop_signals
from monitor.registry import load_registry
from monitor.store import Store
from monitor.store.claims import PlatformClaim

PROGRAM = (*PYTHON_MODULE, "monitor", "--watched")
STOP_SECONDS = 150.0
"""How long a job may take to end after SIGTERM; a crawl gives its own children 120 seconds."""
LONGEST_SECONDS = 20 * 3600.0
"""No job takes this long, so that one which hangs is found before its next firing."""
CHECK_INTERVAL = timedelta(hours=1)
LONGEST_SILENCE = 3 * CHECK_INTERVAL.total_seconds()
"""Seconds without the end of a check, after which systemd's watchdog is not served any more."""
LONGEST_REST = timedelta(hours=24)
TROUBLES = (
    "start", "contact", "clock", "disk", "store", "check", "network", "ping", "evidence",
    "workers",
)  # fmt: skip
"""Names of troubles that are of no job; a job's name comes first in those of its own."""
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Daemon:
    """Runs ``jobs`` until SIGTERM or SIGINT.

    ``say`` is called with one line an event, ``alarm`` with one line of trouble and, where its end
    can be noticed, the trouble's name: that of a job, alone or with what is wrong, or one of
    ``TROUBLES``. A job's arguments are appended to the command ``program``. A job is ended after
    ``longest`` seconds, and killed where it has not ended ``stop_seconds`` later. ``now`` is the
    clock, and ``elapsed`` counts the seconds that passed, whatever the clock shows.
    ``dispatch`` gives crawls to workers; without one they are processes of this machine.
    """

    config: Config
    jobs: Sequence[Job]
    say: Callable[[str], None]
    alarm: Alarm
    program: Sequence[str] = PROGRAM
    stop_seconds: float = STOP_SECONDS
    longest: float = LONGEST_SECONDS
    now: Callable[[], datetime] = utc_now
    elapsed: Callable[[], float] = seconds_since_boot
    dispatch: Dispatch | None = None
    _children: dict[str, Child | RemoteCrawl] = field(default_factory=dict, init=False)
    _unjudged_crawls: set[str] = field(default_factory=set, init=False)
    _unreached: dict[str, str] = field(default_factory=dict, init=False)
    _network_answers: bool = field(default=False, init=False)
    _attempts: dict[tuple[str, datetime], int] = field(default_factory=dict, init=False)
    _rests_until: dict[tuple[str, datetime], datetime] = field(default_factory=dict, init=False)
    _checked_at: float = field(default_factory=time.monotonic, init=False)
    _first_look: bool = field(default=True, init=False)
    _clock_skew: ClockSkewCheck = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _holds: ExitStack = field(default_factory=ExitStack, init=False)
    _hold: PlatformClaim | None = field(default=None, init=False)
    # One thread: what is overdue is decided by one check at a time.
    _scheduler: BackgroundScheduler = field(
        default_factory=lambda: BackgroundScheduler(
            timezone=JAKARTA,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None},
        ),
        init=False,
    )

    def __post_init__(self) -> None:
        self._clock_skew = ClockSkewCheck(self.elapsed)

    def run(self) -> None:
        """Keep time until a signal stops it, then end all jobs.

        Raises ``LockedError`` where another daemon has this home, another ``PantauError`` where
        the store cannot be opened or another daemon has its database.
        """
        with (
            locked(self.config.daemon_lock, "the daemon of this home"),
            stop_signals(lambda _: self._stopping.set()),
            self._holds,
        ):
            self.begin()
            logging.getLogger("apscheduler").setLevel(logging.ERROR)
            for job in self.jobs:
                self._scheduler.add_job(self._check, job.trigger(), id=job.id)
            self._scheduler.add_job(
                self._check,
                IntervalTrigger(seconds=int(CHECK_INTERVAL.total_seconds())),
                next_run_time=self.now(),
            )
            self._scheduler.add_listener(self._tell_broken_check, EVENT_JOB_ERROR)
            self._scheduler.start()
            notify_systemd("READY=1")
            interval = watchdog_seconds()
            while not self._stopping.wait(interval / 2 if interval else None):
                if self._is_alive():
                    notify_systemd("WATCHDOG=1")
            notify_systemd("STOPPING=1")
            self._scheduler.shutdown(wait=False)
            with self._lock:
                children = list(self._children.values())
            stop_all(children, self.stop_seconds)
            self._tell_unreached()
            self.say("schedule: stopped")

    def begin(self) -> None:
        """Settle what an earlier daemon left; raises ``PantauError`` where there is no store."""
        with self._open() as store:
            self._hold_schedule(store)
            if killed := close_killed_runs(self.config, store):
                self.say(f"schedule: {killed} runs were killed, entered as failed")
            self._follow_again(store)
        self.alarm.end("start")
        self._tell("contact", self._missing_contact())
        self._forget_troubles_of_others()
        self.say(f"schedule: {len(self.jobs)} jobs, home {self.config.home}")

    def _follow_again(self, store: Store) -> None:
        """Follow the crawls that an earlier daemon gave to workers."""
        if self.dispatch is None and store.workers.required_versions() is not None:
            store.workers.require_versions(None)
        for crawl in self.dispatch.begin(store, self.jobs) if self.dispatch else ():
            self.say(f"{crawl.due.job.id}: {crawl.due.week} is followed")
            self._note_started(crawl.due, crawl)
            threading.Thread(
                target=self._follow, args=(crawl.due, crawl, crawl.since), daemon=True
            ).start()

    def _hold_schedule(self, store: Store) -> None:
        """Hold the database against other daemons, anew where the connection was lost.

        Raises ``ClaimedError`` where another daemon has it.
        """
        if self._hold is None or not self._hold.is_held():
            self._holds.close()
            self._hold = self._holds.enter_context(store.claims.hold_schedule())

    def _missing_contact(self) -> str | None:
        """What a crawl will lack, in words; None where it lacks nothing."""
        if not any(job.platform for job in self.jobs):
            return None
        try:
            require_contact(self.config)
        except ConfigError as error:
            return f"schedule: no live crawl will start: {error}"
        return None

    def _forget_troubles_of_others(self) -> None:
        """Close the troubles of jobs that are none any more, since nothing will end them."""
        names = {*TROUBLES, *(job.id for job in self.jobs)}
        open_troubles = self.alarm.open_troubles
        self.alarm.forget({name for name in open_troubles if name.split()[0] not in names})

    def _tell_broken_check(self, event: JobExecutionEvent) -> None:
        """Give an alarm about a check that raised; the next one comes at its time."""
        self.alarm(f"schedule: {type(event.exception).__name__}: {event.exception}", "check")

    def _open(self) -> Store:
        return Store.of_home(self.config, origin=self.config.origin)

    # --- deciding what to start ----------------------------------------------------------------

    def _is_alive(self) -> bool:
        """Whether the checks go on, one of which comes every hour."""
        return time.monotonic() - self._checked_at < LONGEST_SILENCE

    def _check(self) -> None:
        """Check clock, disk and run log, and start what is overdue."""
        try:
            self._check_all()
        finally:
            self._checked_at = time.monotonic()

    def _check_all(self) -> None:
        now = self.now()
        if leap := self._clock_skew.leap(now):
            direction = "ahead" if leap > timedelta(0) else "back"
            hours = abs(leap) // timedelta(hours=1)
            self.alarm(
                f"schedule: the clock of this machine leapt {hours} hours {direction};"
                " nothing starts for an hour",
                "clock",
                MessageType.warning,
            )
        if self._clock_skew.doubtful:
            return
        _, mend = free_space(self.config)
        self._tell(
            "disk",
            f"disk: {self.config.home} has little room left: {mend}" if mend else None,
            MessageType.warning,
        )
        try:
            with self._open() as store:
                self._hold_schedule(store)
                missing = self._missing_evidence(store)
                self._tell("evidence", missing)
                if not missing:
                    if self.dispatch:
                        self._tell(
                            "workers",
                            self.dispatch.trouble(store, self.jobs, now),
                            MessageType.warning,
                        )
                    self._decide(store, now)
        except PantauError as error:
            self.alarm(f"schedule: {error}", "store")
        else:
            self.alarm.end("store")
            self.alarm.end("check")

    def _missing_evidence(self, store: Store) -> str | None:
        """That the folder of the evidence is gone, in words; None where it is there.

        Nothing starts then: a crawl would begin another folder, and the two would have to be
        brought together.
        """
        if self.config.evidence.is_dir() or not store.count_pages():
            return None
        return (
            f"evidence: {self.config.evidence} is not there, and the database points to it; put it"
            " back, or restore a copy of it; nothing starts until then"
        )

    def _tell(
        self, trouble: str, line: str | None, kind: MessageType = MessageType.failure
    ) -> None:
        """Tell a trouble in ``line``, or its end where there is none."""
        if line:
            self.alarm(line, trouble, kind)
        else:
            self.alarm.end(trouble)

    def _decide(self, store: Store, now: datetime) -> None:
        """Start each overdue job that may run now; record as missed each whose time has passed.

        ``misfire_action`` says which of the two; those that must wait are left for a later call. A
        platform's crawl without units left to fetch is passed over: neither started nor recorded.
        One whose week has no plan cannot start, but is recorded as missed when its time has passed.
        A paused job is not started.
        Where the newest run of the log started later than ``now`` by more than ``SLACK``, this
        machine's clock must be wrong: then nothing is started or recorded, only an alarm given. So
        it is for an hour where the first look comes later than that run by more than ``FAR_AHEAD``.
        """
        runs = store.runs.newest()
        newest = next((run.started_at for run in runs if run.job not in LASTING_JOBS), now)
        if newest > now + SLACK:
            self.alarm(
                "schedule: the clock of this machine is behind the run log; set the clock, or if it"
                " is right run: pantau schedule repair",
                "clock",
            )
            return
        first_look, self._first_look = self._first_look, False
        if first_look and now - newest > FAR_AHEAD:
            self._clock_skew.doubt()
            self.alarm(
                f"schedule: the clock of this machine is {(now - newest).days} days ahead of the"
                " newest entry of the run log; nothing starts for an hour",
                "clock",
                MessageType.warning,
            )
            return
        self.alarm.end("clock")
        paused = paused_jobs(self.config)
        missed: list[tuple[Due, int | None]] = []
        for due in overdue(self.jobs, runs, now):
            units = _units_to_fetch(store, due, now)
            if units == 0:
                continue
            action = misfire_action(due, now, self.config)
            if action is MisfireAction.missed:
                missed.append((due, units))
            elif due.job.id in paused:
                continue
            elif action is MisfireAction.start and (units or due.job.platform is None):
                self._start(due)
        for line in enter_missed(store, missed, self.config.origin, now):
            self.alarm(line)
        for due, _ in missed:
            self.alarm.end(_trouble_of(due))

    def _start(self, due: Due) -> None:
        """Start the command of an overdue job, unless it runs or rests after a failure.

        Crawls run beside each other; of all other jobs one runs at a time.
        """
        now = self.now()
        with self._lock:
            alone = due.job.platform is None
            busy = alone and any(not name.startswith("crawl-") for name in self._children)
            if self._stopping.is_set() or busy or due.job.id in self._children:
                return
            if self._rests_until.get((due.job.id, due.at), now) > now:
                return
            child = self._launched(due, now)
            self._note_started(due, child)
        late = f", was due {due.at:%Y-%m-%d %H:%M}" if now - due.at > CHECK_INTERVAL else ""
        where = f"process {child.pid}" if isinstance(child, Child) else "waits for a worker"
        self.say(f"{due.job.id}: {due.week} started{late}, {where}")
        threading.Thread(target=self._follow, args=(due, child, now), daemon=True).start()

    def _launched(self, due: Due, now: datetime) -> Child | RemoteCrawl:
        """A job's command in a process, or a crawl in the queue of the workers."""
        if self.dispatch and due.job.platform:
            return self.dispatch.put(due, now)
        return Child(
            [*self.program, *due.job.arguments(due.week)],
            on_stderr=sys.stderr.write,
            folder=self.config.home,
            environment={"PANTAU_HOME": str(self.config.home)},
        )

    def _note_started(self, due: Due, child: Child | RemoteCrawl) -> None:
        self._children[due.job.id] = child
        if due.job.platform:
            self._unjudged_crawls.add(due.job.id)

    # --- judging what ended --------------------------------------------------------------------

    def _follow(self, due: Due, child: Child | RemoteCrawl, started_at: datetime) -> None:
        """Wait for a job's end, ending it where it runs too long; tell how it ended, check again.

        A job that the daemon's own stop ended is not judged. The check of ``PANTAU_PING`` hears of
        its start and of its end.
        """
        run_id = uuid4()
        self._ping(PingEvent.start, run_id, due)
        overlong = threading.Event()

        def end_overlong() -> None:
            """End the job because it runs too long."""
            overlong.set()
            stop_all([child], self.stop_seconds)

        timer = threading.Timer(self.longest, end_overlong)
        timer.daemon = True
        timer.start()
        exit_code = child.follow()
        timer.cancel()
        with self._lock:
            del self._children[due.job.id]
            if self._stopping.is_set():
                return
            self._rest(due, exit_code)
        self._ping(PingEvent.fail if exit_code else PingEvent.success, run_id, due)
        try:
            with self._open() as store:
                run = (
                    run_since(store, due, started_at)
                    if isinstance(child, RemoteCrawl)
                    else _run_of(store, due, started_at, self.now())
                )
                if exit_code == 0:
                    self.say(f"{due.job.id}: {due.week} {_ending(run)}")
                    self.alarm.end(_trouble_of(due))
                    self._judge(store, due, run)
                else:
                    reason = "ended after running too long" if overlong.is_set() else None
                    if run and run.outcome is RunOutcome.failed:
                        reason = reason or run.reason
                    last_words = child.last_words.removeprefix("Error: ")
                    reason = reason or last_words or f"exit code {exit_code}"
                    self.alarm(f"{due.job.id}: {due.week} failed: {reason}", _trouble_of(due))
            if isinstance(child, RemoteCrawl):
                child.forget()
        except PantauError as error:
            self.alarm(f"schedule: {error}", "store")
        with self._lock:
            self._unjudged_crawls.discard(due.job.id)
            crawls_are_over = not self._unjudged_crawls
        if crawls_are_over:
            self._tell_unreached()
        self._scheduler.add_job(self._check)

    def _ping(self, event: PingEvent, run_id: UUID, due: Due) -> None:
        """Tell the check of ``PANTAU_PING``, if any; a ping that fails stops nothing."""
        if not self.config.ping:
            return
        problem = ping(self.config.ping, event, run_id, f"{due.job.id} {due.week}")
        line = f"PANTAU_PING: not delivered: {problem}" if problem else None
        self._tell("ping", line, MessageType.warning)

    def _rest(self, due: Due, exit_code: int) -> None:
        """Let a firing rest after its run: for good where it ended well.

        One that failed rests for 2 hours, and twice as long after each further failure, at most
        ``LONGEST_REST``.
        """
        firing = due.job.id, due.at
        self._attempts[firing] = self._attempts.get(firing, 0) + 1
        pause = min(timedelta(hours=2 ** min(self._attempts[firing], 5)), LONGEST_REST)
        self._rests_until[firing] = self.now() + pause if exit_code else _NEVER

    def _judge(self, store: Store, due: Due, run: Run | None) -> None:
        """Tell what is wrong though a job ended well.

        Of a refresh that is its remark, which names the corrections to be released. Of a crawl
        that asked for anything it is its remark, where it sampled pages, and the anomaly of its
        platform. A report tells the anomalies of platforms of which units were never fetched,
        because the end of no crawl told them.
        """
        job, now = due.job, self.now()
        if job.logged_as == REFRESH_JOB:
            if run and run.reason:
                line = f"{job.id}: {run.reason}"
                self.alarm(line, f"{job.id} remark", MessageType.warning, daily=True)
            else:
                self.alarm.end(f"{job.id} remark")
        elif job.platform:
            if run and run.counts.get("pages"):
                self._judge_crawl(store, due, run, job.platform)
        elif job.logged_as == "report":
            registry = load_registry(self.config.registry, self.config.confirmations)
            for platform, line in find_anomalies(store, registry, due.week, now).items():
                if store.units.pending(due.week, platform):
                    self.alarm(line, counts_trouble(platform), MessageType.warning)

    def _judge_crawl(self, store: Store, due: Due, run: Run, platform: str) -> None:
        """Tell a crawl's remark and anomaly; one that nobody answered waits for the other crawls.

        Where neither is, and pages with listings came, trouble about the platform's counts is over.
        """
        registry = load_registry(self.config.registry, self.config.confirmations)
        line = crawl_anomaly(store, registry, due.week, run)
        if run.reason and run.counts.get("sampled"):
            line = remark_line(due, run.reason, line)
        whole_week_is_usual = not line and not store.units.pending(due.week, platform)
        with self._lock:
            self._network_answers |= not is_unreached(run)
            if is_unreached(run) and not whole_week_is_usual:
                self._unreached[platform] = line or f"{platform}: {due.week}: unreachable"
                return
        if line:
            self.alarm(line, counts_trouble(platform), MessageType.warning)
        elif run.counts.get("sampled") and not run_tally(run).is_refused:
            self.alarm.end(counts_trouble(platform))

    def _tell_unreached(self) -> None:
        """Tell, when the crawls of a night are over, of those that nobody answered.

        Where several platforms were asked and none answered, the trouble is this machine's network
        and no platform's.
        """
        with self._lock:
            unreached, self._unreached = self._unreached, {}
            network_answers, self._network_answers = self._network_answers, False
        if len(unreached) > 1 and not network_answers:
            names = ", ".join(sorted(unreached))
            self.alarm(
                f"network: no platform answered ({names}); look at this machine's network",
                "network",
            )
            return
        if network_answers:
            self.alarm.end("network")
        for platform, line in unreached.items():
            self.alarm(line, counts_trouble(platform), MessageType.warning)


def remark_line(due: Due, remark: str, anomaly: str | None) -> str:
    """A crawl's remark in one line with the anomaly of its platform, where there is one."""
    _, _, problem = (anomaly or "").partition(f" {due.week}: ")
    return "; ".join(filter(None, (f"{due.job.id}: {due.week}: {remark}", problem)))


def _trouble_of(due: Due) -> str:
    """The name of a job's failure; what is made up for at any time is owed for each week."""
    always = due.job.misfire_policy is MisfirePolicy.always
    return f"{due.job.id} {due.week}" if always else due.job.id


def _ending(run: Run | None) -> str:
    """How a run ended, in words; ``stopped`` comes with its reason."""
    if run is None or run.outcome is not RunOutcome.stopped:
        return RunOutcome.done
    return f"{run.outcome}: {run.reason}"


def _units_to_fetch(store: Store, due: Due, now: datetime) -> int | None:
    """Units a crawl has still to fetch, or to ask for again while their week lasts.

    None for a week without a plan and for any other job.
    """
    platform = due.job.platform
    if platform is None:
        return None
    pending = len(store.units.pending(due.week, platform, Mode.crawler))
    pending += len(store.units.unanswered(due.week, platform, now))
    return pending if pending or store.plans.of_week(due.week) else None


def _run_of(store: Store, due: Due, started_at: datetime, now: datetime) -> Run | None:
    """The entry in the run log of a job's process that has just ended.

    None where it made no entry. An entry that a killed process left ``running`` is closed as
    failed; a crawl's is closed when its platform is crawled next.
    """
    runs = store.runs.newest(due.job.logged_as, due.week, due.job.platform, limit=1)
    if not runs or runs[0].started_at < started_at:
        return None
    run = runs[0]
    if run.outcome is RunOutcome.running and due.job.platform is None:
        store.runs.finish(run.id, RunOutcome.failed, now, reason="killed", counts=run.counts)
    return run
