"""SIGKILL at random moments while pages are fetched: nothing may be lost, and nothing stored twice.

Two simulated marketplaces, one of plain pages and one that Chromium renders. One home is crawled
undisturbed. In a second one ``pantau crawl`` is killed, the command, the process of a platform,
both, or Chromium; in others ``pantau schedule run`` is. Each is taken up until no unit is planned,
and then holds what the undisturbed home holds. ``--kills 200`` kills so often instead of 60,
``--minutes 40`` gives it more time than 12, ``--seed 2`` strikes at other moments.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from monitor.config import previous_week, week_of
from monitor.demo import DemoServer
from monitor.demo.faults import Fault, FaultCounter, FaultKind
from monitor.process import PROJECT, PYTHON_MODULE
from monitor.registry import load_registry
from tests.bench.year import row

PLATFORMS = ("tokopedia", "lazada")
"""One of plain pages, and one that Chromium renders."""
FRAME = f"""cell_entries = 8

[[entries]]
cluster = "textile_fashion"
stratum = "head"
core = true
pages = 4
platforms = {list(PLATFORMS)}
queries = ["hijab", "gamis wanita", "mukena", "sarung", "kaos pria", "daster", "jaket pria", "peci"]
"""
SETTINGS = """[crawl]
weekly_requests = 5000
[schedule]
plan = "0 0 * * mon"
crawl = "0 0 * * *"
"""
ANSWER_SECONDS = 0.3
"""How long the marketplaces take for a page, so that kills strike pages on their way."""
STARTING_SECONDS = 6.0
WORKING_SECONDS = 1.0
"""A kill strikes at most so long after a start, or after a page was stored since that start."""
LONGEST_END = 150.0
"""Seconds that processes may outlive the one that started them."""
DAEMON_SHARE = 0.25
UNITS = """SELECT id, platform, page, url, position, probability, state, reason, total_results,
    foreign_results FROM sample_unit WHERE week = ?"""
POSITIONS = """SELECT o.unit_id, o.place, o.rank, o.sponsored, o.sold, o.rating, l.platform, l.item,
    v.version, r.sha256 FROM observation o JOIN listing_version v ON v.id = o.listing_version_id
    JOIN listing l ON l.id = v.listing_id JOIN response r ON r.id = o.response_id
    WHERE o.week = ?"""
ANSWERS = """SELECT unit_id, kind, state, url, sha256 FROM response
    WHERE week = ? AND state IN ('sampled', 'empty')"""
TWICE = """SELECT count(*) FROM (SELECT unit_id FROM response WHERE state IN ('sampled', 'empty')
    GROUP BY unit_id HAVING count(*) > 1)"""


class Process(NamedTuple):
    """A process of a home."""

    pid: int
    command: str

    @property
    def is_crawl(self) -> bool:
        """Whether it fetches a platform's pages."""
        return "-m monitor.crawl " in self.command

    @property
    def is_chromium(self) -> bool:
        """Whether it is a part of Chromium."""
        return "/chrom" in self.command and "--headless" in self.command

    def kill(self) -> bool:
        """End it at once; whether it was there."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
            return True
        return False


class KilledHome:
    """A home, and what was done to it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        (folder / "registry").mkdir(parents=True, mode=0o700)
        (folder / "registry" / "frame.toml").write_text(FRAME, encoding="utf-8")
        (folder / "pantau.toml").write_text(SETTINGS, encoding="utf-8")
        self.environment = {
            **os.environ, "PANTAU_HOME": str(folder), "PANTAU_DEMO_URL": url, "PANTAU_NOTIFY": "",
            "PYTHONPATH": str(PROJECT),
        }  # fmt: skip
        self.weeks: list[str] = []
        self.struck_runs: set[int] = set()
        self.outliving = 0
        self.longest_end = 0.0

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own; what it prints goes to a file of the home."""
        with (self.folder / "output.log").open("ab") as output:
            return subprocess.Popen(
                [*PYTHON_MODULE, "monitor", *arguments], env=self.environment, stdout=output,
                stderr=output, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def command(self, *arguments: str) -> int:
        """The exit code of a command that nobody disturbs."""
        return self.start(*arguments).wait()

    def plan(self, week: str) -> None:
        """Draw a week's units."""
        self.command("plan", "--week", week)
        self.weeks.append(week)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database answers; nothing while there is none."""
        with (
            suppress(sqlite3.Error),
            closing(
                sqlite3.connect(f"file:{self.folder}/pantau.db?mode=ro", uri=True, timeout=30)
            ) as connection,
        ):
            return connection.execute(sql, values).fetchall()
        return []

    def count(self, sql: str, *values: object) -> int:
        """The number that the database answers, 0 while there is none."""
        return int(next(iter(self.rows(sql, *values)), (0,))[0])

    def pending(self, week: str) -> int:
        """Units of a week that are still planned."""
        return self.count(
            "SELECT count(*) FROM sample_unit WHERE week = ? AND state = 'planned'", week
        )

    def answers(self) -> int:
        """Responses stored so far."""
        return self.count("SELECT count(*) FROM response")

    def processes(self) -> list[Process]:
        """All processes of this home that live."""
        mark = f"PANTAU_HOME={self.folder}\0".encode()
        processes = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes():
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    processes.append(Process(int(entry.name), command))
        return processes

    def strike(self, targets: Sequence[Process]) -> int:
        """Kill processes; how many were there. The runs that were under way are noted."""
        running = {number for (number,) in self.rows("SELECT id FROM run WHERE outcome='running'")}
        struck = sum(target.kill() for target in targets)
        if struck:
            self.struck_runs |= running
        return struck

    def await_end(self) -> None:
        """Wait until no process of this home is alive; those that stay too long are counted."""
        started = time.monotonic()
        while (alive := self.processes()) and time.monotonic() - started < LONGEST_END:
            time.sleep(0.1)
        self.outliving += sum(process.kill() for process in alive)
        self.longest_end = max(self.longest_end, time.monotonic() - started)

    def finish(self) -> None:
        """Plan what a kill left without a plan, and fetch what is still planned, undisturbed."""
        for week in self.weeks:
            if not self.count("SELECT count(*) FROM sample_unit WHERE week = ?", week):
                self.command("plan", "--week", week)
            for _ in range(3):
                if self.pending(week):
                    self.command("crawl", "--week", week)


class Strikes:
    """Kills at random moments, until there were ``limit`` or ``until`` (monotonic seconds)."""

    def __init__(self, chance: random.Random, limit: int, until: float) -> None:
        self.chance = chance
        self.limit = limit
        self.until = until
        self.kills: Counter[str] = Counter()

    @property
    def is_over(self) -> bool:
        """Whether enough was killed, or the time is up."""
        return self.kills.total() >= self.limit or time.monotonic() > self.until

    def wait(self, home: KilledHome, command: subprocess.Popen[bytes], *, working: bool) -> None:
        """Wait for a random moment of a command's life.

        With ``working`` it comes after a page that is stored from now on.
        """
        before, started = home.answers(), time.monotonic()
        while working and command.poll() is None and home.answers() == before:
            if time.monotonic() - started > 10 * STARTING_SECONDS:
                break
            time.sleep(0.05)
        moment = time.monotonic() + self.chance.uniform(
            0, WORKING_SECONDS if working else STARTING_SECONDS
        )
        while command.poll() is None and time.monotonic() < moment:
            time.sleep(0.02)

    def crawls(self, home: KilledHome, last_week: str) -> None:
        """Kill ``pantau crawl`` and what it started; a week that is fetched is followed by the one
        before it."""
        week = last_week
        home.plan(week)
        while not self.is_over:
            if not home.pending(week):
                week = previous_week(week)
                home.plan(week)
            command = home.start("crawl", "--week", week)
            while command.poll() is None and not self.is_over:
                target = self.chance.choices(
                    ("child", "parent", "both", "chromium"), (5, 2, 2, 3)
                )[0]  # fmt: skip
                # A page that Chromium died on twice counts as unreachable for the night.
                working = target == "chromium" or self.chance.random() < 0.7
                self.wait(home, command, working=working)
                self._strike_crawl(home, command, target)
            command.wait()
            home.await_end()

    def _strike_crawl(
        self, home: KilledHome, command: subprocess.Popen[bytes], target: str
    ) -> None:
        processes = home.processes()
        parents = [process for process in processes if process.pid == command.pid]
        children = [process for process in processes if process.is_crawl]
        chromium = [process for process in processes if process.is_chromium]
        of_target = {
            "child": self.chance.sample(children, min(1, len(children))),
            "parent": parents,
            "both": [*parents, *children] if children else [],
            "chromium": self.chance.sample(chromium, min(1, len(chromium))),
        }
        if home.strike(of_target[target]):
            self.kills[target] += 1
            if target in {"parent", "both"}:
                command.wait()

    def daemons(self, new_home: Callable[[], KilledHome], week: str) -> list[KilledHome]:
        """Kill ``pantau schedule run``; a home whose week is fetched is followed by another."""
        homes: list[KilledHome] = []
        while not self.is_over:
            if not homes or (homes[-1].answers() and not homes[-1].pending(week)):
                homes.append(new_home())
                homes[-1].weeks.append(week)
            home = homes[-1]
            daemon = home.start("schedule", "run")
            working = self.chance.random() < 0.6
            self.wait(home, daemon, working=working)
            self.kills["daemon"] += home.strike([Process(daemon.pid, "schedule run")])
            daemon.wait()
            home.await_end()
        return homes


def run(kills: int = 60, minutes: float = 12.0, seed: int = 1) -> Iterator[dict[str, Any]]:
    """What came of the kills: how many of each kind, and what the homes hold beside the calm one.

    ``reference`` is what is asked for.
    """
    started, week = time.monotonic(), week_of(datetime.now(UTC))
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder) / "registry"
        frame.mkdir()
        (frame / "frame.toml").write_text(FRAME, encoding="utf-8")
        with DemoServer(seed=seed, week=week, registry=load_registry(frame, {})) as server:
            slow = (
                Fault(platform=platform, kind=FaultKind.slow, seconds=ANSWER_SECONDS)
                for platform in PLATFORMS
            )
            server.faults = FaultCounter(slow)

            def new_home() -> KilledHome:
                number = len(list(Path(folder).glob("home-*")))
                return KilledHome(Path(folder) / f"home-{number}", server.url)

            of_daemons = int(kills * DAEMON_SHARE)
            crawl_strikes = Strikes(
                chance, kills - of_daemons, started + minutes * 60 * (1 - DAEMON_SHARE)
            )
            crawled = new_home()
            crawl_strikes.crawls(crawled, week)
            sys.stderr.write(f"crawls: {dict(crawl_strikes.kills)}\n")
            daemon_strikes = Strikes(chance, of_daemons, started + minutes * 60)
            homes = [crawled, *daemon_strikes.daemons(new_home, week)]
            for home in homes:
                home.finish()
            calm = new_home()
            for crawled_week in crawled.weeks:
                calm.plan(crawled_week)
            calm.finish()
            if debris := os.environ.get("PANTAU_BENCH_KEEP"):
                shutil.copytree(folder, debris, dirs_exist_ok=True)
            struck = crawl_strikes.kills + daemon_strikes.kills
            yield row("kills", struck.total(), "kills", kills)
            for target, number in sorted(struck.items()):
                yield row(f"kills: {target}", number, "kills", None)
            yield from held(homes, calm)


def held(homes: Sequence[KilledHome], calm: KilledHome) -> Iterator[dict[str, Any]]:
    """What must hold of homes that were killed, beside one that was not."""
    weeks = [(home, week) for home in homes for week in home.weeks]
    yield row("weeks held to an undisturbed one", len(weeks), "weeks", None)
    for name, sql in (("units", UNITS), ("positions", POSITIONS), ("answers", ANSWERS)):
        lost = extra = total = 0
        for home, week in weeks:
            undisturbed, killed = (Counter(of.rows(sql, week)) for of in (calm, home))
            lost += (undisturbed - killed).total()
            extra += (killed - undisturbed).total()
            total += undisturbed.total()
            for difference in [*(undisturbed - killed), *(killed - undisturbed)][:3]:
                sys.stderr.write(f"differs: {home.folder.name} {week} {name}: {difference}\n")
        yield row(f"{name} of the undisturbed weeks", total, name, None)
        yield row(f"{name} lost", lost, name, 0)
        yield row(f"{name} too many", extra, name, 0)
    yield row("units answered twice", sum(home.count(TWICE) for home in homes), "units", 0)
    outcomes = [
        home.rows("SELECT outcome FROM run WHERE id = ?", number)[0][0]
        for home in homes
        for number in sorted(home.struck_runs)
    ]
    yield row("runs under way at a kill", len(outcomes), "runs", None)
    told = sum(outcome in {"failed", "stopped", "done"} for outcome in outcomes)
    yield row("of these told as ended in the run log", told, "runs", len(outcomes))
    yield row("of these told as failed", outcomes.count("failed"), "runs", None)
    running = sum(h.count("SELECT count(*) FROM run WHERE outcome = 'running'") for h in homes)
    yield row("runs left running in the log", running, "runs", 0)
    for name, command in (
        ("evidence verify", ("evidence", "verify")),
        ("reprocess --dry-run", ("reprocess", "--dry-run")),
    ):
        failed = sum(home.command(*command) != 0 for home in homes)
        yield row(f"homes where {name} fails", failed, "homes", 0)
    damaged = sum(home.rows("PRAGMA integrity_check") != [("ok",)] for home in homes)
    yield row("databases damaged", damaged, "databases", 0)
    dangling = sum(len(home.rows("PRAGMA foreign_key_check")) for home in homes)
    yield row("dangling references", dangling, "rows", 0)
    yield row(
        "processes that outlived a kill", sum(home.outliving for home in homes), "processes", 0
    )
    yield row(
        "longest end of what a killed process had started",
        max(home.longest_end for home in homes), "s", LONGEST_END,
    )  # fmt: skip
