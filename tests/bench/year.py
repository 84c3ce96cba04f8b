"""A year unattended: the daemon's own decisions under a moved clock, with a calendar of faults.

Two simulated marketplaces with a small frame, real commands in processes of their own (their clock
is moved by libfaketime), the daemon in this one. Each fault must be told once and ended once, each
week have its report or be entered as missed, and nothing be lost. ``--weeks 20`` runs the
first weeks alone, ``--first 8 --weeks 3`` those from the ninth on, ``--minutes 60`` gives it more
time than 25.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from monitor.config import Config, PantauError, load_config, previous_week, week_of, week_start
from monitor.demo import DemoServer, Oracle
from monitor.demo.faults import Fault, FaultCounter, FaultKind
from monitor.model import EditionKind, Origin, UnitState
from monitor.operate.channels import MessageType
from monitor.operate.delivery import release_edition
from monitor.operate.notify import Alarm
from monitor.operate.schedule import Daemon
from monitor.operate.simulation import Simulation
from monitor.operate.timetable import Due, jobs
from monitor.process import PYTHON_MODULE, Child
from monitor.registry import Registry, load_registry
from monitor.store import Store
from monitor.web.audit.week import WeekAudit

LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
FRAME = """cell_entries = 8

[[entries]]
cluster = "textile_fashion"
stratum = "head"
core = true
platforms = ["shopee", "tokopedia"]
queries = ["hijab", "gamis wanita", "mukena", "sarung", "kaos pria", "daster", "jaket pria", "peci"]
"""
SETTINGS = """[crawl]
browser = false
revisits = 5
[schedule]
visits = "0 3 * * tue"
late_weeks = 0
[retention]
evidence_weeks = 26
"""
HOURS = ((0, 10), (3, 5), (7, 5), (8, 5), (22, 5))
"""Hours and minutes (WIB) of the looks of a day; the daemon's own come hourly."""
REPORT_WEEKS = (13, 19, 26, 39, 51)
"""Weeks, from 0, in which the report is measured; each later one is held to the first."""


class Told(NamedTuple):
    """A message that would have been sent."""

    at: datetime
    kind: MessageType
    line: str


class Clock:
    """The clock of the year: real time moved by ``ahead``, and wrong by ``error``."""

    def __init__(self) -> None:
        self.ahead = -timedelta(days=3650)
        self.error = timedelta(0)

    def now(self) -> datetime:
        """What this machine's clock shows."""
        return datetime.now(UTC) + self.ahead + self.error

    def elapsed(self) -> float:
        """Seconds that passed, whatever the clock shows."""
        return time.monotonic() + self.ahead.total_seconds()

    def move_to(self, moment: datetime) -> None:
        """Let time pass until ``moment``; the clock never goes back."""
        self.ahead = max(self.ahead, moment - datetime.now(UTC))

    @property
    def program(self) -> tuple[str, ...]:
        """The command of a job, under this clock."""
        shift = (self.ahead + self.error).total_seconds()
        quiet = ("/bin/sh", "-c", 'exec "$0" "$@" >/dev/null')
        moved = f"LD_PRELOAD={LIBRARY} FAKETIME={shift:+.3f} FAKETIME_DONT_FAKE_MONOTONIC=1 TZ=UTC"
        return (*quiet, "/usr/bin/env", *moved.split(), *PYTHON_MODULE, "monitor", "--watched")


class HeardAlarm(Alarm):
    """An alarm whose messages go into a list."""

    def __init__(self, history: Path, clock: Clock, messages: list[Told]) -> None:
        super().__init__(("json://127.0.0.1",), history, clock.now)
        self._messages = messages

    def _send(self, line: str, kind: MessageType) -> bool:
        self._messages.append(Told(self._now(), kind, line))
        return True


class DrivenDaemon(Daemon):
    """A daemon that is told when to look, and can be waited for."""

    def wait(self) -> None:
        """Wait until every job has ended and was judged."""
        while any(thread.name == "job" for thread in threading.enumerate()):
            time.sleep(0.05)

    def _follow(self, due: Due, child: Child, started_at: datetime) -> None:
        threading.current_thread().name = "job"
        super()._follow(due, child, started_at)


class Year:
    """One home through ``weeks`` weeks, to which the calendar's begin with its week ``first``."""

    def __init__(self, folder: Path, weeks: int, first: int = 0) -> None:
        self.first = first
        self.home = folder / "home"
        (self.home / "registry").mkdir(parents=True, mode=0o700)
        (self.home / "registry" / "frame.toml").write_text(FRAME, encoding="utf-8")
        (self.home / "pantau.toml").write_text(SETTINGS, encoding="utf-8")
        last = previous_week(week_of(datetime.now(UTC)), 2)
        self.weeks = [previous_week(last, back) for back in range(51, -1, -1)][:weeks]
        self.clock = Clock()
        self.messages: list[Told] = []
        self.sizes: list[tuple[int, int]] = []
        self.costs: dict[int, float] = {}
        self.before_look: Callable[[datetime], None] = lambda at: None
        self.is_on = True
        self.limit: tuple[str, ...] = ()
        self.registry = self._registry()
        self.server = DemoServer(seed=11, registry=self.registry)
        self.daemon: DrivenDaemon | None = None

    def _registry(self) -> Registry:
        return load_registry(self.home / "registry", {})

    @property
    def config(self) -> Config:
        """The configuration of the home, with the marketplaces' address."""
        return load_config({"PANTAU_HOME": str(self.home), "PANTAU_DEMO_URL": self.server.url})

    def start_daemon(self) -> None:
        """Start the daemon anew, as after a boot."""
        config = self.config
        alarm = HeardAlarm(config.alerts, self.clock, self.messages)
        self.daemon = DrivenDaemon(
            config, jobs(config, self.registry), say=lambda line: None, alarm=alarm,
            now=self.clock.now, elapsed=self.clock.elapsed,
        )  # fmt: skip
        self.daemon.begin()

    def look(self, at: datetime) -> None:
        """Let time pass until ``at``, look, and again until nothing more starts."""
        self.clock.move_to(at)
        self.server.week = week_of(at)
        self.before_look(at)
        if not self.is_on:
            return
        if self.daemon is None:
            self.start_daemon()
        daemon = self.daemon
        assert daemon
        for _ in range(8):
            daemon.program = (*self.limit, *self.clock.program)
            runs = self._runs()
            with suppress(PantauError, OSError):
                daemon._check()
            daemon.wait()
            if self._runs() == runs:
                return

    def _runs(self) -> int:
        return self.count("SELECT count(*) FROM run")

    def count(self, sql: str) -> int:
        """A number that the database tells; 0 where it cannot be read."""
        with suppress(sqlite3.Error), closing(self.connection()) as connection:
            return int(connection.execute(sql).fetchone()[0])
        return 0

    def connection(self) -> sqlite3.Connection:
        """The database, as another program opens it."""
        return sqlite3.connect(self.home / "pantau.db", timeout=5, isolation_level=None)

    def run(self, minutes: float) -> None:
        """Live through the weeks, or as many as begin within ``minutes``, and one that settles the
        last."""
        os.environ["PANTAU_DEMO_URL"] = self.server.url
        until = time.monotonic() + minutes * 60
        lived = 0
        while lived <= len(self.weeks):
            if lived < len(self.weeks) and lived and time.monotonic() > until:
                # One more week settles the last one.
                self.weeks = self.weeks[:lived]
            number, week = lived, previous_week(self.weeks[0], -lived)
            lived += 1
            started = time.monotonic()
            for day in range(7):
                for hour, minute in HOURS:
                    moment = week_start(week) + timedelta(days=day, hours=hour, minutes=minute)
                    self.look(moment)
                if day == 2:
                    self.label(previous_week(week))
                if day == 5:
                    self.release(previous_week(week))
            evidence = sum(f.stat().st_size for f in (self.home / "evidence").rglob("*.*"))
            self.sizes.append(((self.home / "pantau.db").stat().st_size, evidence))
            if number in REPORT_WEEKS:
                self.costs[number] = self.report_cost(previous_week(week))
            sys.stderr.write(f"{week}: {time.monotonic() - started:.0f} s\n")

    def label(self, week: str) -> None:
        """Let simulated people label what was drawn of a week."""
        simulation = Simulation(self.home, seed=11, say=lambda line: None)
        with Store.of_home(self.config) as store:
            simulation._add_annotators(store)
            if store.audit_samples.of_week(week):
                audit = WeekAudit(store, self.registry, week)
                oracle = Oracle(self.registry, 11)
                for label in simulation._looks(oracle, audit, self.clock.now()):
                    audit.append(label)

    def release(self, week: str) -> None:
        """Release a week's final edition, where there is one."""
        with Store.of_home(self.config) as store:
            if store.editions.latest(week, EditionKind.final):
                release_edition(store, week, EditionKind.final, "bench", now=self.clock.now)

    def command(self, *arguments: str) -> tuple[int, str]:
        """Run a command by hand under the year's clock; its exit code and last words."""
        child = Child(
            [*self.clock.program, *arguments], folder=self.home, on_stdout=lambda line: None,
            environment={"PANTAU_HOME": str(self.home)},
        )  # fmt: skip
        return child.follow(), child.last_words

    def report_cost(self, week: str) -> float:
        """Seconds of processor time that a week's report takes; the best of three."""
        costs = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.command("report", "--week", week, "--edition", "provisional")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(costs)


class Trouble(NamedTuple):
    """What must be heard of a fault: ``words`` of the line, in weeks first to last (from 0).

    ``ends`` says whether its end can be noticed, ``messages`` how many jobs meet it, each of which
    tells it once.
    """

    name: str
    first: int
    last: int
    words: str
    ends: bool = True
    messages: int = 1


class Calendar:
    """The faults, by week (from 0) and, where it matters, day and hour in Asia/Jakarta."""

    def __init__(self, year: Year) -> None:
        self.year = year
        self.holder: sqlite3.Connection | None = None
        self.counts: Counter[str] = Counter()
        year.before_look = self.strike

    TROUBLES = (
        Trouble("crawl killed", 1, 1, r"crawl-\w+: .* failed"),
        Trouble("evidence moved away", 2, 2, r"evidence: .* is not there"),
        Trouble("network down for a night", 3, 3, r"network: no platform answered"),
        Trouble("machine off for 10 days", 4, 6, r"not finished in|missed and not", ends=False),
        Trouble("disk full", 7, 7, r"full|too large|make room"),
        Trouble("report killed", 8, 8, r"report: .* failed"),
        Trouble("clock a year ahead at boot", 9, 9, r"clock of this machine"),
        Trouble("database locked, by each of two crawls", 10, 10, r"is locked", messages=2),
        Trouble("platform refuses for a month", 11, 14, r"shopee: .* units answered"),
        Trouble("layout changed", 16, 16, r"tokopedia.*(units answered|listings)"),
        Trouble("field lost", 18, 18, r"shopee: .*\w in \d+% of \d+ listings"),
        Trouble("plan killed", 9, 9, r"plan: .* failed"),
        Trouble("draw killed", 10, 10, r"draw: .* failed"),
        Trouble("visits killed", 9, 9, r"visits: .* failed"),
        Trouble("final edition killed", 10, 10, r"final: .* failed"),
    )

    KILLS: ClassVar = {
        (1, 1, 22): "crawl shopee",
        (8, 1, 7): "--watched report",
        (9, 1, 0): "--watched plan",
        (10, 1, 8): "--watched audit draw",
        (9, 2, 3): "--watched audit draw",
        (10, 5, 7): "--watched report",
    }
    """Words of a command to be killed, by week (from 0), day and hour."""

    def strike(self, at: datetime) -> None:
        """Begin and end the faults that are due at a look."""
        week = week_of(at)
        weeks, first = self.year.weeks, self.year.first
        number = first + weeks.index(week) if week in weeks else -1
        local = at.astimezone(week_start(week).tzinfo)
        day, night = local.isoweekday(), local.hour == 22
        off = (number == 4 and day >= 5) or (number == 5)
        if off:
            self.year.is_on, self.year.daemon = False, None
        else:
            self.year.is_on = True
        self.year.limit = ("prlimit", "--fsize=200000") if (number, day) == (7, 2) else ()
        self.year.server.faults = FaultCounter(self._page_faults(number))
        self._lock(on=(number, day, night) == (10, 1, True))
        self._network(down=(number, day, local.hour) == (3, 1, 22))
        self._wrong_clock(on=(number, day, local.hour) == (9, 3, 0))
        self._evidence(away=(number, day) == (2, 2) and local.hour in {7, 8})
        if what := self.KILLS.get((number, day, local.hour)):
            threading.Thread(target=self._kill, args=(what,), daemon=True).start()

    def _page_faults(self, number: int) -> Iterator[Fault]:
        if 11 <= number <= 14:
            yield Fault(platform="shopee", kind=FaultKind.block)
        if number == 16:
            yield Fault(platform="tokopedia", kind=FaultKind.new_layout)
        if number == 18:
            yield Fault(platform="shopee", kind=FaultKind.lost_field)

    def _lock(self, *, on: bool) -> None:
        if on and self.holder is None:
            self.holder = self.year.connection()
            self.holder.execute("BEGIN IMMEDIATE")
        elif not on and self.holder:
            self.holder.close()
            self.holder = None

    def _network(self, *, down: bool) -> None:
        is_down = self.counts["down"] > 0
        if down and not is_down:
            self.counts["port"] = int(self.year.server.url.rpartition(":")[2])
            self.year.server.__exit__(None, None, None)
        elif is_down and not down:
            self.year.server = DemoServer(
                self.counts["port"], seed=11, registry=self.year.registry
            ).__enter__()
        self.counts["down"] = int(down)

    def _wrong_clock(self, *, on: bool) -> None:
        error = timedelta(days=366) if on else timedelta(0)
        if error != self.year.clock.error:
            self.year.clock.error, self.year.daemon = error, None

    def _evidence(self, *, away: bool) -> None:
        there, elsewhere = self.year.home / "evidence", self.year.home.parent / "moved"
        if away and there.exists():
            there.rename(elsewhere)
        elif not away and elsewhere.exists():
            if there.exists():
                raise RuntimeError("a second evidence folder was begun")
            elsewhere.rename(there)

    def _kill(self, what: str) -> None:
        """Kill the first process that does ``what``, as a machine without memory does."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for folder in Path("/proc").glob("[0-9]*"):
                with suppress(OSError, ValueError):
                    words = (folder / "cmdline").read_text().replace("\0", " ")
                    environment = (folder / "environ").read_bytes()
                    ours = f"PANTAU_HOME={self.year.home}".encode() in environment
                    if ours and what in words:
                        time.sleep(0.3)
                        os.kill(int(folder.name), signal.SIGKILL)
                        self.counts["killed"] += 1
                        return
            time.sleep(0.05)


def run(weeks: int = 52, minutes: float = 25.0, first: int = 0) -> Iterator[dict[str, Any]]:
    """What came of the year: a line for each fault, for the reports, the losses, the growth."""
    if LIBRARY is None or shutil.which("prlimit") is None:
        sys.stderr.write("year: needs libfaketime and prlimit (apt-get install faketime)\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        year = Year(Path(folder), weeks, first)
        calendar = Calendar(year)
        with year.server:
            with Store.of_home(year.config, origin=Origin.simulated):
                pass
            year.run(minutes)
        if debris := os.environ.get("PANTAU_BENCH_KEEP"):
            shutil.copytree(folder, debris, dirs_exist_ok=True)
            told = "\n".join(f"{m.at:%Y-%m-%d %H:%M} {m.kind} {m.line}" for m in year.messages)
            Path(debris, "told.txt").write_text(told, encoding="utf-8")
        yield row("weeks lived", len(year.weeks), "weeks", weeks)
        yield from faults_told(year, calendar)
        yield from kept(year)
        yield from growth(year)


def faults_told(year: Year, calendar: Calendar) -> Iterator[dict[str, Any]]:
    """How often each fault was told and ended; and what was told that no fault explains."""
    explained: set[Told] = set()
    for trouble in calendar.TROUBLES:
        first_week, last_week = trouble.first - year.first, trouble.last - year.first
        # The first week that is lived has none before it, of which a report could be made.
        if first_week < bool(year.first) or last_week >= len(year.weeks):
            continue
        begin = week_start(year.weeks[first_week])
        end = week_start(year.weeks[last_week]) + timedelta(weeks=2)
        during = [told for told in year.messages if begin <= told.at < end + timedelta(days=400)]
        heard = [told for told in during if re.search(trouble.words, told.line)]
        begun = [t for t in heard if not t.line.startswith("over: ") and t.at < end]
        if trouble.name.startswith("clock"):
            begun = [t for t in heard if not t.line.startswith("over: ")]
        ended = [t for t in heard if t.line.startswith("over: ")][: len(begun)]
        explained |= {*begun, *ended}
        told_lines = len({told.line for told in begun})
        yield row(f"told: {trouble.name}", told_lines, "messages", trouble.messages)
        if trouble.ends:
            yield row(f"ended: {trouble.name}", len(ended), "messages", trouble.messages)
    for told in year.messages:
        if told not in explained:
            sys.stderr.write(f"unexplained: {told.at:%Y-%m-%d %H:%M} {told.kind} {told.line}\n")
    unexplained = sum(told not in explained for told in year.messages)
    yield row("messages that no fault explains", unexplained, "messages", 0)
    due = sum(
        bool(year.first) <= number - year.first < len(year.weeks) for number, _, _ in calendar.KILLS
    )
    yield row("processes killed", calendar.counts["killed"], "processes", due)


def kept(year: Year) -> Iterator[dict[str, Any]]:
    """Reports and gaps, each once, and what was lost."""
    with Store.of_home(year.config) as store:
        editions = Counter((week, kind) for week, kind, _ in store.editions.all())
        gaps = {
            run.week for job in ("report", "final") for run in store.runs.newest(job)
            if run.outcome == "missed"
        }  # fmt: skip
        reported = sum(editions[week, EditionKind.final] == 1 for week in year.weeks)
        unplanned = [week for week in year.weeks if store.plans.of_week(week) is None]
        missed_plans = {
            run.week for run in store.runs.newest("plan") if run.outcome == "missed"
        }  # fmt: skip
        twice = sum(number > 1 for number in editions.values())
        pending = sum(
            record.state is UnitState.planned
            for week in year.weeks
            for record in store.units.of_week(week)
        )
    gap_weeks = gaps | (missed_plans & set(unplanned))
    settled = reported + len([week for week in unplanned if week in gap_weeks])
    yield row("weeks with one final edition or an explicit gap", settled, "weeks", len(year.weeks))
    yield row("weeks with a final edition", reported, "weeks", len(year.weeks))
    yield row("editions of one kind made twice", twice, "editions", 0)
    yield row("units never fetched", pending, "units", None)
    for name, command in (
        ("evidence verify", ("evidence", "verify")),
        ("reprocess --dry-run", ("reprocess", "--dry-run")),
    ):
        code, words = year.command(*command)
        sys.stderr.write(f"{name}: {code} {words}\n")
        yield row(f"{name}: exit code", code, "", 0)
    with closing(year.connection()) as connection:
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        left = connection.execute("SELECT count(*) FROM run WHERE outcome='running'").fetchone()[0]
    yield row("database damaged", int(not whole), "", 0)
    yield row("runs left running in the log", left, "runs", 0)


def growth(year: Year) -> Iterator[dict[str, Any]]:
    """Bytes a week, and what the last report costs beside an early one."""
    half = len(year.sizes) // 2
    for name, of in (("database", 0), ("evidence", 1)):
        sizes = [size[of] for size in year.sizes]
        early, late = sizes[half - 1] / half, (sizes[-1] - sizes[half - 1]) / (len(sizes) - half)
        yield row(f"{name}: KiB a week, second half beside the first", late / 1024, "KiB",
                  early / 1024)  # fmt: skip
    early = year.costs.get(REPORT_WEEKS[0])
    for number in REPORT_WEEKS[1:]:
        if number in year.costs:
            name = (
                f"processor time of the report, week {number + 1} beside week {REPORT_WEEKS[0] + 1}"
            )
            yield row(name, year.costs[number], "s", early)


def row(name: str, value: float, unit: str, reference: float | None) -> dict[str, Any]:
    """A line of the bench."""
    ratio = round(value / reference, 3) if reference else None
    shown = round(value, 3)
    return {"name": name, "value": shown, "unit": unit, "reference": reference, "ratio": ratio}
