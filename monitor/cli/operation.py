"""Commands of the operator: schedule, status, doctor, config."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.config import JAKARTA, PantauError, load_config, unread_config
from monitor.model import to_json

from .base import (
    example,
    expected_failure,
    fail_if,
    lang_option,
    last_week,
    load_settings,
    open_all,
    open_store,
    say,
    this_week,
    week_option,
)
from .live import run_live_check

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.operate.dispatch import Dispatch
    from monitor.operate.timetable import Job


LAST_PORT = 65_535


@click.group(epilog=example("schedule run"))
def schedule() -> None:
    """The daemon and its jobs."""


@schedule.command("run", epilog=example("schedule run"))
@click.argument("job", required=False)
@week_option(None, "With a JOB: the week it works on; the one it would work on now if not given.")
@click.option(
    "--metrics", metavar="HOST:PORT", help="Answer a Prometheus there, such as 127.0.0.1:9478."
)
def schedule_run(job: str | None, week: str | None, metrics: str | None) -> None:
    """Keep time until SIGTERM.

    Plans, crawls, reports and draws when it is due, and makes up for what was missed. With a JOB of
    pantau schedule list: only run that one's command, now.
    """
    from monitor.operate.metrics_server import metrics_server
    from monitor.operate.notify import Alarm
    from monitor.operate.schedule import Daemon
    from monitor.operate.timetable import jobs
    from monitor.process import LockedError

    if job:
        if metrics:
            raise click.UsageError("--metrics goes without a JOB")
        _run_job(job, week)
        return
    address = _address(metrics) if metrics else None
    if week:
        raise click.UsageError("--week goes with a JOB only")
    settings = unread_config()
    try:
        settings = load_config()
        loaded, registry, store = open_all()
        store.close()
        alarm = Alarm(settings.notify_to, settings.alerts)
        daemon = Daemon(
            loaded,
            jobs(loaded, registry),
            say=click.echo,
            alarm=alarm,
            dispatch=_dispatch(loaded),
        )
        with metrics_server(*address, _current_metrics) if address else nullcontext():
            daemon.run()
    except LockedError:
        raise
    except (PantauError, OSError) as error:
        alarm = Alarm(settings.notify_to, settings.alerts)
        alarm(f"schedule: did not start: {expected_failure(error)}", "start", daily=True)
        fail_if(True)


def _dispatch(config: Config) -> Dispatch | None:
    """What gives crawls to workers, where they are the workers'."""
    if not config.schedule.workers:
        return None
    from monitor.operate.dispatch import Dispatch

    return Dispatch(config, say=click.echo)


def _address(text: str) -> tuple[str, int]:
    """Host and port of HOST:PORT; anything else is wrong usage."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > LAST_PORT:
        raise click.BadParameter(f"{text!r} is no HOST:PORT", param_hint="--metrics")
    return host.strip("[]"), int(port)


def _current_metrics() -> str:
    """The metrics of this home now."""
    from monitor.operate.home_status import home_status, metrics_text
    from monitor.operate.timetable import jobs
    from monitor.store import Store

    settings, registry = load_settings()
    now = datetime.now(UTC)
    with Store.of_home(settings, create=False) as store:
        table = jobs(settings, registry)
        return metrics_text(home_status(settings, table, registry, store, this_week(), now))


def _run_job(name: str, week: str | None) -> None:
    """Run the command of one job in this process, unless it is under way."""
    from monitor.cli import main
    from monitor.model import RunOutcome
    from monitor.process import is_locked

    settings, table = _job_table()
    job = table[_known(name, table)]
    week = week or job.week(datetime.now(UTC))
    if is_locked(settings.daemon_lock):
        with open_store(settings) as store:
            newest = store.runs.newest(job.logged_as, week, job.platform, limit=1)
        if newest and newest[0].outcome is RunOutcome.running:
            raise click.ClickException(f"{name}: {week} is running already; wait for its end")
    main.main(job.arguments(week), prog_name="pantau", standalone_mode=False)


def _job_table() -> tuple[Config, dict[str, Job]]:
    from monitor.operate.timetable import jobs

    settings, registry = load_settings()
    return settings, {job.id: job for job in jobs(settings, registry)}


def _known(name: str, names: Iterable[str]) -> str:
    """The name of a job; any other is wrong usage."""
    if name not in names:
        raise click.BadParameter(f"no job {name!r}; there are {', '.join(names)}", param_hint="JOB")
    return name


@schedule.command("pause", epilog=example("schedule pause crawl-lazada"))
@click.argument("names", metavar="JOB...", nargs=-1, required=True)
def schedule_pause(names: tuple[str, ...]) -> None:
    """Start these jobs no more, until they are resumed.

    One that runs goes on to its end. What is due meanwhile is made up for, or missed with its week.
    """
    from monitor.operate.pauses import pause_jobs

    settings, table = _job_table()
    added = pause_jobs(settings, [_known(name, table) for name in names], datetime.now(UTC))
    for name in names:
        say(f"{name}: {'paused' if name in added else 'was paused'}")


@schedule.command("resume", epilog=example("schedule resume crawl-lazada"))
@click.argument("names", metavar="JOB...", nargs=-1, required=True)
def schedule_resume(names: tuple[str, ...]) -> None:
    """Start paused jobs again, at the daemon's next look (within an hour)."""
    from monitor.operate.pauses import paused_jobs, resume_jobs

    settings, table = _job_table()
    # A job that the configuration no longer has may be paused still.
    known = [*table, *paused_jobs(settings)]
    resumed = resume_jobs(settings, [_known(name, known) for name in names])
    for name in names:
        say(f"{name}: {'resumed' if name in resumed else 'was not paused'}")


@schedule.command("repair", epilog=example("schedule repair"))
def schedule_repair() -> None:
    """Set aside what a wrong clock entered in the run log.

    These are entries that begin or end in the future: while there are any, the daemon starts
    nothing. They stay in the log and count for nothing. Set this machine's clock first.
    """
    from monitor.operate.clock_skew import set_aside_future
    from monitor.store import Store

    settings = load_config()
    with Store.of_home(settings, create=False) as store:
        removed, standing = set_aside_future(store, datetime.now(UTC))
    for run in removed:
        words = " ".join(part for part in (run.job, run.platform, run.week) if part)
        say(f"set aside: {words}, entered as of {run.started_at:%Y-%m-%d %H:%M} UTC")
    for line in standing:
        say(f"stays: {line}")
    say(f"{len(removed)} entries set aside" if removed else "no entry lies in the future")


@schedule.command("list", epilog=example("schedule list"))
def schedule_list() -> None:
    """The jobs, when they fire next (WIB) and the command each one runs.

    Pauses of what is no job any more come last.
    """
    from monitor.operate.pauses import paused_jobs, stray_pause_lines
    from monitor.operate.timetable import jobs

    now = datetime.now(JAKARTA)
    settings, registry = load_settings()
    paused, table = paused_jobs(settings), jobs(settings, registry)
    for job in table:
        fire = job.trigger().get_next_fire_time(None, now)
        when = f"{fire:%a %Y-%m-%d %H:%M}" if fire else "never"
        command = " ".join(job.arguments("WEEK"))
        mark = "  (paused)" if job.id in paused else ""
        say(f"{job.id:<18} {when}  pantau {command}{mark}")
    for line in stray_pause_lines(settings, table):
        say(line)


@click.command(epilog=example("status --check"))
@week_option(None, "Week to look at; the current one, with --send the last one if not given.")
@click.option("--check", is_flag=True, help="Print what somebody must act on; 1 where anything.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--metrics",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write Prometheus metrics into a file.",
)
@click.option("--send", is_flag=True, help="Send to PANTAU_NOTIFY how the week went.")
def status(week: str | None, check: bool, as_json: bool, metrics: Path | None, send: bool) -> None:
    """How it goes, on one screen.

    The daemon, units by state, trouble, editions, and the last runs.
    """
    from monitor.operate.home_status import home_status, send_weekly_message, write_metrics
    from monitor.operate.status import status_lines
    from monitor.operate.timetable import jobs
    from monitor.store import Store

    settings, registry = load_settings()
    table, now = jobs(settings, registry), datetime.now(UTC)
    week = week or (last_week() if send else this_week())
    with Store.of_home(settings, create=False) as store:
        if not (check or as_json or metrics or send):
            for line in status_lines(settings, table, registry, store, week, now):
                say(line)
            return
        home = home_status(settings, table, registry, store, week, now)
        if send:
            send_weekly_message(settings, store, home)
    if metrics:
        write_metrics(home, metrics)
    if as_json:
        say(to_json(home).decode())
    elif check:
        for line in home.to_act_on or ["nothing to act on"]:
            say(line)
    fail_if(check and bool(home.to_act_on))


@click.command(epilog=example("doctor --install-browser"))
@click.option("--install-browser", is_flag=True, help="Install a Chromium where none is found.")
@click.option("--test-notify", is_flag=True, help="Send a test line to PANTAU_NOTIFY.")
@click.option("--live", metavar="PLATFORM", help="Ask it for at most three pages, hold us to them.")
@click.option("--words", help="With --live: what to search for.")
@click.option("--yes", is_flag=True, help="With --live: agreed, do not ask.")
@click.option("--json", "as_json", is_flag=True, help="With --live: print one JSON object.")
@lang_option()
def doctor(
    install_browser: bool,
    test_notify: bool,
    live: str | None,
    words: str | None,
    yes: bool,
    as_json: bool,
    lang: str | None,
) -> None:
    """What is missing on this machine, with the mend.

    With --live: asks a platform, politely, for robots.txt and at most three pages, keeps what comes
    as evidence, and says which claims of registry and spider it confirms, contradicts or leaves
    unproven, first the contradicted ones, then the details and what comes next. It ends with 1
    where one is contradicted or the platform refuses.
    """
    if live:
        run_live_check(live, words=words, as_json=as_json, consented=yes, lang=lang)
        return
    if words or yes or as_json or lang:
        raise click.UsageError("--words, --yes, --json and --lang go with --live")
    from monitor.operate.channels import undelivered
    from monitor.operate.health import Grade, examine, install_chromium

    if install_browser:
        install_chromium(click.echo)
    settings = load_config()
    failed = False
    if test_notify:
        failures = undelivered(settings.notify_to, "test: this is where trouble will be told")
        failed = bool(failures)
        for number, _ in enumerate(settings.notify_to, 1):
            problem = failures.get(number)
            say(f"notify: address {number}: {f'failed: {problem}' if problem else 'delivered'}")
    for check in examine(settings):
        say(f"{check.grade:<8} {check.name}: {check.state}")
        if check.grade is not Grade.ok:
            say(f"{'':<8} mend: {check.mend}")
        failed |= check.grade is Grade.failure
    fail_if(failed)


@click.command(epilog=example("config"))
def config() -> None:
    """The effective configuration, secrets masked."""
    from monitor.operate.effective_settings import UNPROVEN_PICTURES, masked_settings
    from monitor.operate.timetable import jobs
    from monitor.operate.title_model import describe_model
    from monitor.registry import load_registry

    settings = load_config()
    for line in masked_settings(settings):
        say(line)
    if settings.crawl.picture_hashes:
        say(f"never held against a real page: {UNPROVEN_PICTURES}")
    say(f"title model: {describe_model(settings)}")
    # What the other commands refuse of these settings is refused here, too.
    jobs(settings, load_registry(settings.registry, settings.confirmations))
