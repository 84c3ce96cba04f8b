"""The daemon in a process of its own: what it starts, finds, tells, and how it stops."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import ConfigError, load_config, previous_week, week_of, week_start
from monitor.demo import DemoServer
from monitor.demo.faults import Fault, FaultKind
from monitor.model import Mode, Origin, RunOutcome, SampledPage, UnitState
from monitor.operate.clock_skew import ClockSkewCheck, set_aside_future
from monitor.operate.collection import plan_week
from monitor.operate.health import _schedule
from monitor.operate.missed import by_week, enter_missed
from monitor.operate.pauses import pause_jobs, pause_lines, paused_jobs, resume_jobs
from monitor.operate.schedule import Daemon, remark_line
from monitor.operate.timetable import Due, jobs
from monitor.process import Child, locked
from monitor.registry import load_registry
from monitor.store import Store

from .conftest import HeardAlarm, Run, Webhook, environment

ONE_JOB = """
import sys
from monitor.config import load_config
from monitor.operate.notify import Alarm
from monitor.operate.missed import by_week, enter_missed
from monitor.operate.pauses import pause_jobs, pause_lines, resume_jobs
from monitor.operate.schedule import Daemon
from monitor.operate.timetable import MisfirePolicy, Job

config = load_config()
plan = Job(id="plan", cron="0 0 * * *", command="", misfire_policy=MisfirePolicy.week, lag=0)
Daemon(
    config,
    [plan],
    say=lambda line: print(line, flush=True),
    alarm=Alarm(config.notify_to, config.alerts),
    program=[sys.executable, "-c", sys.argv[1]],
    longest=float(sys.argv[2]),
    stop_seconds=0.5,
).run()
"""
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", file=sys.stderr, flush=True)
time.sleep(600)
"""


@pytest.fixture
def url(home: Path) -> str:
    return f"sqlite:///{home / 'pantau.db'}"


@contextmanager
def running(
    home: Path, demo: DemoServer | None, *command: str, **settings: str
) -> Iterator[subprocess.Popen[str]]:
    """A daemon, ended by SIGTERM where the test has not ended it."""
    daemon = subprocess.Popen(
        [sys.executable, *(command or ("-m", "monitor", "schedule", "run"))],
        env=environment(home, demo) | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield daemon
    finally:
        if daemon.poll() is None:
            daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=120)


def read_until(daemon: subprocess.Popen[str], words: str, stream: str = "stdout") -> list[str]:
    lines = []
    for line in getattr(daemon, stream):
        lines.append(line.strip())
        if words in line:
            return lines
    raise AssertionError(f"{words!r} never came: {lines}")


def wait_for(condition: Callable[[], object], seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.1)


def states(url: str, week: str, platform: str) -> list[UnitState]:
    with Store.open(url) as store:
        return [record.state for record in store.units.of_week(week, platform)]


def done(url: str) -> set[tuple[str, str | None]]:
    """Job and platform of the runs that ended well."""
    with Store.open(url) as store:
        return {
            (run.job, run.platform) for run in store.runs.newest() if run.outcome is RunOutcome.done
        }


def test_it_catches_up_and_stops_on_sigterm(home: Path, url: str, marketplaces: DemoServer) -> None:
    week = marketplaces.week
    with running(home, marketplaces) as daemon:
        wait_for(lambda: (home / "pantau.db").exists())
        wait_for(lambda: {("crawl", "lazada"), ("crawl", "shopee")} <= done(url), seconds=90)
        read_until(daemon, "crawl-")
    assert daemon.returncode == 0
    assert ("plan", None) in done(url)
    for platform in ("lazada", "shopee"):
        assert set(states(url, week, platform)) == {UnitState.sampled}


@pytest.mark.parametrize(
    "how", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
def test_a_crawl_that_was_cut_off_is_resumed_by_the_next_daemon(
    home: Path, url: str, how: signal.Signals
) -> None:
    slow = Fault(platform="lazada", kind=FaultKind.slow, after=1, count=1, seconds=3)
    with DemoServer(seed=7, faults=[slow]) as demo:
        with running(home, demo) as daemon:
            read_until(daemon, "crawl-lazada")
            wait_for(lambda: UnitState.sampled in states(url, demo.week, "lazada"))
            daemon.send_signal(how)
            daemon.wait(30)
        with Store.open(url) as store:
            wait_for(
                lambda: all(
                    run.outcome is not RunOutcome.running
                    for run in store.runs.newest("crawl", demo.week, "lazada")
                )
            )
            assert UnitState.planned in states(url, demo.week, "lazada"), "cut off in the middle"
            abandoned = store.runs.start("report", Origin.simulated, datetime.now(UTC), "2026-W01")
        with running(home, demo) as again:
            read_until(again, "1 runs were killed")
            read_until(again, "crawl-lazada: " + demo.week + " done")
        assert set(states(url, demo.week, "lazada")) == {UnitState.sampled}
        with Store.open(url) as store:
            run = next(run for run in store.runs.newest("report") if run.id == abandoned)
    assert (run.outcome, run.reason) == (RunOutcome.failed, "killed")


def test_weeks_off_are_entered_as_missed_and_told_once(
    home: Path, url: str, marketplaces: DemoServer, webhook: Webhook
) -> None:
    this = week_of(datetime.now(UTC))
    off = [previous_week(this, back) for back in (2, 1)]
    with Store.open(url, origin=Origin.simulated) as store:
        began = week_start(off[0]) - timedelta(hours=1)
        run = store.runs.start("ingest", Origin.simulated, began)
        store.runs.finish(run, RunOutcome.done, began)
    for _ in range(2):
        with running(home, marketplaces, PANTAU_NOTIFY=webhook.url) as daemon:
            read_until(daemon, "crawl-")
    with Store.open(url) as store:
        missed = [run for run in store.runs.newest() if run.outcome is RunOutcome.missed]
    assert sorted((run.week or "", run.job, run.platform or "") for run in missed) == [
        (week, job, platform)
        for week in off
        for job, platform in [("crawl", "lazada"), ("crawl", "shopee"), ("plan", "")]
    ]
    assert len(webhook.lines) == 1, webhook.lines
    jobs_off = "plan, crawl-lazada, crawl-shopee"
    assert webhook.lines[0].startswith(
        f"schedule: missed and not measured: {off[0]} to {off[1]}: {jobs_off}"
    )


def test_a_failing_job_is_told_with_its_last_words(home: Path, webhook: Webhook) -> None:
    fails = "import sys; sys.exit('Error: no room for the plan')"
    command = ("-c", ONE_JOB, fails, "60")
    for _ in range(2):
        with running(home, None, *command, PANTAU_NOTIFY=webhook.url) as daemon:
            read_until(daemon, "pantau: plan", "stderr")
            wait_for(lambda: (home / "alarms.json").exists())
    week = week_of(datetime.now(UTC))
    assert webhook.lines == [f"plan: {week} failed: no room for the plan"], "told once a day"


def test_a_child_that_hears_no_sigterm_is_killed(home: Path, webhook: Webhook) -> None:
    with running(home, None, "-c", ONE_JOB, STUBBORN, "60") as daemon:
        read_until(daemon, "deaf", "stderr")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(20) == 0


def test_a_job_that_never_ends_is_ended_and_told(home: Path, webhook: Webhook) -> None:
    with running(home, None, "-c", ONE_JOB, STUBBORN, "2", PANTAU_NOTIFY=webhook.url):
        wait_for(lambda: webhook.lines)
    assert webhook.lines[0].endswith("ended after running too long")


def test_only_one_daemon_a_home(home: Path, pantau: Run) -> None:
    with running(home, None, "-c", ONE_JOB, "", "60") as daemon:
        read_until(daemon, "schedule: ")
        second = pantau("schedule", "run")
        assert second.returncode == 1
        assert f"running already, as process {daemon.pid}" in second.stderr
        assert "schedule: running" in pantau("status").stdout


def test_a_start_that_fails_is_told(home: Path, pantau: Run, webhook: Webhook) -> None:
    (home / "pantau.db").write_bytes(b"no database" * 100)
    failed = pantau("schedule", "run", PANTAU_NOTIFY=webhook.url)
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert "did not start" in webhook.lines[0]


def broken_settings(home: Path) -> str:
    (home / "pantau.toml").write_text("contact = ", encoding="utf-8")
    return "pantau.toml: cannot be read"


def lost_home(home: Path) -> str:
    shutil.rmtree(home)
    home.write_text("a file where the home was")
    return "Not a directory"


def old_schema(home: Path) -> str:
    with Store.open(f"sqlite:///{home / 'pantau.db'}"):
        pass
    with closing(sqlite3.connect(home / "pantau.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0002'")
    return "run: pantau db upgrade"


def outside_the_night(home: Path) -> str:
    with (home / "pantau.toml").open("a", encoding="utf-8") as file:
        file.write('[schedule]\ncrawl = "0 12 * * *"\n')
    return "night window"


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise
@pytest.mark.parametrize("damage", [broken_settings, lost_home, old_schema, outside_the_night])
def test_what_keeps_the_daemon_from_starting_is_told_once_a_day(
    home: Path,
    webhook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], str],
) -> None:
    words = damage(home)
    monkeypatch.setenv("PANTAU_HOME", str(home))
    monkeypatch.setenv("PANTAU_NOTIFY", webhook.url)
    for _ in range(2):
        assert CliRunner().invoke(main, ["schedule", "run"]).exit_code == 1
    (line,) = webhook.lines
    assert line.startswith("schedule: did not start: ")
    assert words in line


def test_a_daemon_without_a_contact_says_that_no_crawl_will_start(daemon: Daemon) -> None:
    assert "contact: missing" in str(daemon._missing_contact())
    daemon.jobs = [job for job in daemon.jobs if not job.platform]
    assert daemon._missing_contact() is None


def test_list_names_every_job_and_its_next_time(pantau: Run) -> None:
    lines = pantau("schedule", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "plan",
        "crawl-lazada",
        "crawl-shopee",
        "report",
        "draw",
        "visits",
        "final",
        "late",
    ]
    assert all("WIB" in line or "20" in line for line in lines)


def test_a_platform_that_falls_silent_is_told_though_its_crawl_ended_well(
    home: Path, pantau: Run, webhook: Webhook
) -> None:
    week = week_of(datetime.now(UTC))
    with DemoServer(seed=7) as demo:
        before = previous_week(week)
        assert pantau("plan", "--week", before, demo=demo).returncode == 0
        assert pantau("crawl", "shopee", "--week", before, demo=demo).returncode == 0
    block = Fault(platform="shopee", kind=FaultKind.block)
    with DemoServer(seed=7, faults=[block]) as demo, running(home, demo, PANTAU_NOTIFY=webhook.url):
        wait_for(lambda: any("shopee" in line for line in webhook.lines))
    alert = next(line for line in webhook.lines if "shopee" in line)
    assert alert == f"shopee: {week}: 0 of 2 units answered, usually 100% (2 blocked)"


@pytest.fixture
def alerts() -> list[str]:
    return []


@pytest.fixture
def daemon(home: Path, alerts: list[str]) -> Daemon:
    """A daemon that is not running; its looks can be had one by one."""
    config = load_config({"PANTAU_HOME": str(home)})
    table = jobs(config, load_registry(config.registry))
    alarm = HeardAlarm(alerts, config.alerts)
    return Daemon(config, table, say=lambda line: None, alarm=alarm)


def test_a_clock_that_fell_behind_starts_nothing(
    daemon: Daemon, alerts: list[str], url: str
) -> None:
    with Store.open(url) as store:
        store.runs.start("plan", Origin.live, datetime.now(UTC) + timedelta(days=400), "2027-W50")
    daemon._check()
    assert len(alerts) == 1
    assert "set the clock" in alerts[0]
    assert daemon.alarm.open_troubles == ("clock",)
    with Store.open(url) as store:
        assert len(store.runs.newest()) == 1


def test_a_clock_far_ahead_of_the_log_is_doubted_at_the_start(
    daemon: Daemon, alerts: list[str], url: str
) -> None:
    passed = 0.0
    daemon._clock_skew = ClockSkewCheck(lambda: passed)
    daemon.jobs = ()
    with Store.open(url) as store:
        store.runs.start("plan", Origin.live, datetime.now(UTC) - timedelta(days=40), "2026-W40")
    daemon._check()
    assert alerts == [
        "schedule: the clock of this machine is 40 days ahead of the newest entry of the run log;"
        " nothing starts for an hour"
    ]
    assert daemon._clock_skew.doubtful
    daemon._clock_skew._last_check = None
    passed += 3600
    daemon._check()
    assert daemon.alarm.open_troubles == (), "it kept its word for an hour"
    assert len(alerts) == 1


def test_entries_of_a_wrong_clock_are_set_aside(daemon: Daemon, url: str) -> None:
    now = datetime.now(UTC)
    ahead = now + timedelta(days=400)
    registry = load_registry(daemon.config.registry)
    with Store.open(url) as store:
        plan_week(daemon.config, registry, store, week_of(ahead), origin=Origin.live)
        wrong = store.runs.start("report", Origin.live, ahead, "2027-W50")
        missed = store.runs.start("crawl", Origin.live, now, "2027-W49", "lazada")
        store.runs.finish(missed, RunOutcome.missed, ahead)
        released = store.runs.start("release", Origin.live, ahead, "2026-W40")
        removed, standing = set_aside_future(store, now)
        assert {run.id for run in removed} == {wrong, missed}
        assert standing == [
            f"release of 2026-W40 is dated {ahead:%Y-%m-%d}",
            f"{week_of(ahead)} has a plan, of which 0 of 5 units are fetched",
        ]
        assert [run.job for run in store.runs.newest()] == ["release", "plan"]
        (aside,) = store.runs.newest("set-aside:report")
        assert (aside.id, aside.started_at) == (wrong, ahead), "nothing is lost of it"
        assert set_aside_future(store, now)[0] == ()
        assert store.runs.newest("release")[0].id == released
    daemon.jobs = ()
    daemon._check()
    assert daemon.alarm.open_troubles == (), "a release under a wrong clock stops nothing"


def test_a_week_that_was_crawled_is_not_called_missed(daemon: Daemon, url: str) -> None:
    by_id = {job.id: job for job in daemon.jobs}
    now = datetime.now(UTC)
    with Store.open(url) as store:
        registry = load_registry(daemon.config.registry)
        weeks = [previous_week(week_of(now), back) for back in (3, 2, 1)]
        for week in weeks[1:]:
            plan_week(daemon.config, registry, store, week, origin=Origin.live)
        visits = store.runs.start("visits", Origin.live, week_start(weeks[2]), weeks[2])
        store.runs.finish(visits, RunOutcome.done, now)
        units = store.units.pending(weeks[2], "lazada", Mode.crawler)
        crawl = store.runs.start("crawl", Origin.live, now, weeks[2], "lazada")
        page = SampledPage(
            platform="lazada",
            url=units[0].url,
            unit_id=units[0].id,
            origin=Origin.live,
            state=UnitState.blocked,
            observed_at=now,
        )
        store.pages.save(crawl, page)
        overdue: list[tuple[str, str, int | None]] = [
            ("plan", weeks[0], None),
            ("plan", weeks[2], None),
            ("crawl-shopee", weeks[0], None),
            ("crawl-shopee", weeks[1], 2),
            ("crawl-lazada", weeks[2], 2),
            ("visits", weeks[2], None),
        ]
        missed = [
            (Due(job=by_id[job], at=week_start(week), week=week), units_left)
            for job, week, units_left in overdue
        ]
        lines = list(enter_missed(store, missed, Origin.live, now))
        outcomes = {
            (run.job, run.week): (run.outcome, run.reason)
            for run in store.runs.newest()
            if run.id > crawl
        }
    assert lines == [
        f"schedule: missed and not measured: {weeks[0]}: plan, crawl-shopee;"
        f" {weeks[1]}: crawl-shopee; see pantau status",
        f"schedule: not finished in their week: {weeks[2]}: crawl-lazada (2 of 3 units), visits",
    ]
    assert outcomes["plan", weeks[2]] == (RunOutcome.done, "stands as drawn")
    assert outcomes["crawl", weeks[1]][0] is RunOutcome.missed
    assert outcomes["crawl", weeks[2]] == (
        RunOutcome.stopped,
        "2 of 3 units not fetched in their week",
    )
    assert outcomes["visits", weeks[2]][0] is RunOutcome.stopped


def test_weeks_with_the_same_jobs_are_told_as_a_span() -> None:
    jobs_by_week = {"2026-W44": ["plan"], "2026-W45": ["plan"], "2026-W47": ["plan"]}
    assert by_week(jobs_by_week) == "2026-W44 to 2026-W45: plan; 2026-W47: plan"


def test_a_paused_job_is_not_started_and_not_forgotten(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(daemon, "_start", lambda due: started.append(due.job.id))
    now = datetime.now(UTC)
    assert pause_jobs(daemon.config, ["plan"], now) == ["plan"]
    assert pause_jobs(daemon.config, ["plan"], now) == []
    daemon._check()
    assert started == []
    (line,) = pause_lines(daemon.config, daemon.jobs)
    assert line.endswith("go on with: pantau schedule resume plan")
    assert resume_jobs(daemon.config, ["plan"]) == ["plan"]
    assert resume_jobs(daemon.config, ["plan"]) == []
    daemon._check()
    assert started == ["plan"]
    daemon.config.pauses.write_text("{")
    with pytest.raises(ConfigError, match="remove it"):
        pause_lines(daemon.config, daemon.jobs)


def test_jobs_are_run_paused_and_resumed_by_hand(
    home: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(home))
    runner = CliRunner()
    assert "no job 'tea'" in runner.invoke(main, ["schedule", "pause", "tea"]).stderr
    assert runner.invoke(main, ["schedule", "pause", "draw"]).stdout == "draw: paused\n"
    listed = runner.invoke(main, ["schedule", "list"]).stdout.splitlines()
    assert [line.split()[0] for line in listed if line.endswith("(paused)")] == ["draw"]
    assert sorted(path.name for path in home.iterdir()) == [
        "pantau.toml",
        "paused.json",
        "registry",
    ], "neither makes a store"
    assert runner.invoke(main, ["schedule", "resume", "draw"]).stdout == "draw: resumed\n"
    done = runner.invoke(main, ["schedule", "run", "plan", "--week", "2026-W46"])
    assert done.exit_code == 0, done.output
    with Store.open(url) as store:
        assert store.plans.weeks() == ("2026-W46",)
        store.runs.start("plan", Origin.live, datetime.now(UTC), "2026-W46")
    with locked(home / "schedule.lock", "the daemon"):
        busy = runner.invoke(main, ["schedule", "run", "plan", "--week", "2026-W46"])
    assert (busy.exit_code, "is running already" in busy.stderr) == (1, True)
    assert runner.invoke(main, ["schedule", "repair"]).stdout == "no entry lies in the future\n"
    assert runner.invoke(main, ["schedule", "run", "--week", "2026-W46"]).exit_code == 2


def test_a_pause_of_what_is_no_job_any_more_is_told_and_goes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(home))
    config, runner = load_config(), CliRunner()
    pause_jobs(config, ["plan", "crawl-jdid"], datetime.now(UTC))
    told = "schedule: crawl-jdid is paused, but is no job any more; remove the pause with: pantau"
    listed = runner.invoke(main, ["schedule", "list"]).stdout.splitlines()
    assert [line for line in listed if "no job" in line] == [f"{told} schedule resume crawl-jdid"]
    table = jobs(config, load_registry(config.registry))
    assert [line.split()[1] for line in pause_lines(config, table)] == ["plan", "crawl-jdid"]
    resumed = runner.invoke(main, ["schedule", "resume", "crawl-jdid"])
    assert (resumed.exit_code, resumed.stdout) == (0, "crawl-jdid: resumed\n")
    assert list(paused_jobs(config)) == ["plan"]


def test_a_broken_file_of_pauses_is_named_by_doctor(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(home))
    config = load_config()
    config.pauses.write_text("{")
    with pytest.raises(ConfigError, match=r"paused\.json: cannot be read: .*; remove it"):
        _schedule(config, load_registry())


def test_a_pause_that_cannot_be_kept_is_told_in_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pause(folder: Path) -> str:
        monkeypatch.setenv("PANTAU_HOME", str(folder))
        refused = CliRunner().invoke(main, ["schedule", "pause", "plan"])
        assert refused.exit_code == 1
        (line,) = refused.stderr.splitlines()
        return line

    absent = home / "absent"
    assert pause(absent).startswith(f"Error: {absent}: no such home (PANTAU_HOME); name one")
    assert not absent.exists()
    (home / "paused.new").mkdir()  # root may write where it may not: another error in its place
    line = pause(home)
    assert line.startswith(f"Error: {home / 'paused.json'}: cannot be written: ")
    assert f"; let this user write to {home}" in line
    assert "paused.new" not in line


def test_a_clock_that_leapt_is_believed_when_it_kept_its_word() -> None:
    passed = 0.0
    check = ClockSkewCheck(lambda: passed)
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert check.leap(now) is None
    passed += 3600
    assert check.leap(now + hour) is None, "it kept time"
    passed += 60
    leapt = check.leap(now + timedelta(days=365))
    assert leapt
    assert leapt > timedelta(days=364)
    assert check.doubtful
    passed += 1800
    assert check.leap(now + timedelta(days=365, minutes=30)) is None
    assert check.doubtful, "not for an hour"
    passed += 1800
    assert not check.doubtful
    back = check.leap(now + 2 * hour)
    assert back
    assert back < timedelta(days=-364)
    assert check.doubtful


def test_nothing_is_started_by_a_clock_that_has_just_leapt(
    daemon: Daemon, alerts: list[str], url: str
) -> None:
    daemon._clock_skew.leap(datetime.now(UTC) - timedelta(days=400))
    daemon._check()
    assert alerts == [
        "schedule: the clock of this machine leapt 9600 hours ahead; nothing starts for an hour"
    ]
    assert not daemon._children


def test_a_database_in_trouble_is_told_and_looked_at_again(
    daemon: Daemon, alerts: list[str], home: Path
) -> None:
    (home / "pantau.db").write_bytes(b"no database" * 100)
    daemon._check()
    daemon._check()
    assert [line.startswith("schedule: ") and "pantau.db" in line for line in alerts] == [
        True,
        True,
    ]


def test_a_released_edition_that_does_not_hold_is_told(
    daemon: Daemon, alerts: list[str], url: str
) -> None:
    late = next(job for job in daemon.jobs if job.id == "late")
    due = Due(job=late, at=datetime.now(UTC), week="2026-W47")
    with Store.open(url) as store:
        for words in (None, "2026-W46: release the corrected one"):
            run = store.runs.start("late", Origin.live, due.at, due.week)
            store.runs.finish(run, RunOutcome.done, due.at, reason=words)
            (entry, *_) = store.runs.newest("late")
            daemon._judge(store, due, entry)
    assert alerts == ["late: 2026-W46: release the corrected one"]


def test_a_failing_firing_rests_longer_each_time(daemon: Daemon) -> None:
    fire = datetime.now(UTC)
    due = Due(job=daemon.jobs[0], at=fire, week="2026-W47")
    rests = []
    for _ in range(7):
        daemon._rest(due, 1)
        rests.append(round((daemon._rests_until["plan", fire] - fire).total_seconds() / 3600))
    assert rests == [2, 4, 8, 16, 24, 24, 24]


def test_a_signal_to_another_thread_stops_it_too() -> None:
    """The kernel may give a process's signal to any of its threads."""
    script = """
import os, signal, threading, time
from monitor.process import stop_signals

def send():
    time.sleep(0.2)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(30)

stopped = threading.Event()
with stop_signals(lambda name: stopped.set()):
    threading.Thread(target=send, daemon=True).start()
    stopped.wait()
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_one_page_asked_again_in_vain_is_no_news(daemon: Daemon, alerts: list[str]) -> None:
    week = week_of(datetime.now(UTC))
    crawl = next(job for job in daemon.jobs if job.platform == "lazada")
    due = Due(job=crawl, at=datetime.now(UTC), week=week)
    registry = load_registry(daemon.config.registry)
    with daemon._open() as store:
        number = store.runs.start("crawl", Origin.live, due.at, week, "lazada")
        counts = {"pages": 1, "unreachable": 1}
        store.runs.finish(number, RunOutcome.done, due.at, counts=counts)
        (run,) = store.runs.newest()
        daemon._judge(store, due, run)
        daemon._tell_unreached()
        assert alerts == [], "the week has no units left and is as usual"
        plan_week(daemon.config, registry, store, week, origin=Origin.live)
        daemon._judge(store, due, run)
        daemon._tell_unreached()
    assert alerts == [f"lazada: {week}: no unit answered (1 unreachable)"]


def test_trouble_with_counts_ends_with_a_night_as_usual(
    daemon: Daemon, alerts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    week = week_of(datetime.now(UTC))
    crawl = next(job for job in daemon.jobs if job.platform == "lazada")
    due = Due(job=crawl, at=datetime.now(UTC), week=week)
    nights: list[tuple[dict[str, int], tuple[str, ...]]] = [
        ({"pages": 1, "blocked": 1}, ("crawl-lazada counts",)),
        ({"pages": 2, "empty": 1}, ("crawl-lazada counts",)),
        ({"pages": 5, "sampled": 2, "blocked": 3, "listings": 80}, ("crawl-lazada counts",)),
        ({"pages": 2, "sampled": 2, "listings": 80}, ()),
    ]
    with daemon._open() as store:
        registry = load_registry(daemon.config.registry)
        plan_week(daemon.config, registry, store, week, origin=Origin.live)
        for counts, open_troubles in nights:
            number = store.runs.start("crawl", Origin.live, datetime.now(UTC), week, "lazada")
            store.runs.finish(number, RunOutcome.done, datetime.now(UTC), counts=counts)
            daemon._judge(store, due, store.runs.newest()[0])
            assert daemon.alarm.open_troubles == open_troubles, counts
    assert alerts == [f"lazada: {week}: no unit answered (1 blocked)"]
    assert f"over: {alerts[0]}\n" in capsys.readouterr().err


def test_a_crawls_remark_is_told_with_the_anomaly_of_its_platform(daemon: Daemon) -> None:
    crawl = next(job for job in daemon.jobs if job.platform == "lazada")
    due = Due(job=crawl, at=datetime.now(UTC), week="2026-W47")
    remark, problem = "keys that vanished: location", "ship_from in 0% of 80 listings, usually 97%"
    alone = "crawl-lazada: 2026-W47: keys that vanished: location"
    assert remark_line(due, remark, None) == alone
    assert remark_line(due, remark, f"lazada: 2026-W47: {problem}") == f"{alone}; {problem}"


def test_the_failure_of_a_job_ends_when_it_is_done(daemon: Daemon, alerts: list[str]) -> None:
    report = next(job for job in daemon.jobs if job.id == "report")
    for script, open_troubles in [("raise SystemExit('no room')", ("report 2026-W47",)), ("", ())]:
        child = Child([sys.executable, "-c", script])
        daemon._children["report"] = child
        now = datetime.now(UTC)
        daemon._follow(Due(job=report, at=now, week="2026-W47"), child, now)
        assert daemon.alarm.open_troubles == open_troubles
    assert alerts == ["report: 2026-W47 failed: no room"]


def test_troubles_of_jobs_that_are_gone_are_closed(daemon: Daemon) -> None:
    for trouble in ("disk", "crawl-lazada counts", "crawl-gone counts", "gone 2026-W47"):
        daemon.alarm("trouble", trouble)
    daemon._forget_troubles_of_others()
    assert daemon.alarm.open_troubles == ("disk", "crawl-lazada counts")


def test_a_network_that_is_down_is_blamed_on_no_platform(home: Path, webhook: Webhook) -> None:
    dead = {"PANTAU_DEMO_URL": "http://127.0.0.1:1", "PANTAU_NOTIFY": webhook.url}
    with running(home, None, **dead) as daemon:
        wait_for(lambda: any(line.startswith("network") for line in webhook.lines))
        lines = read_until(daemon, "stopped: robots-unreachable")
    assert webhook.lines == [
        "network: no platform answered (lazada, shopee); look at this machine's network"
    ]
    assert not any(line.startswith("crawl") and line.endswith("done") for line in lines)
    status = subprocess.run(
        [sys.executable, "-m", "monitor", "status"],
        env=environment(home, None) | dead,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "refuses the crawler" not in status.stdout
