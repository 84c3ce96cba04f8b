"""Commands of the operator: schedule, status, doctor, config."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.config import JAKARTA, PantauError, load_config
from monitor.model import to_json

from .base import example, fail_if, load_settings, open_all, say, this_week, week_option


@click.group(epilog=example("schedule run"))
def schedule() -> None:
    """The daemon and its jobs."""


@schedule.command("run", epilog=example("schedule run"))
def schedule_run() -> None:
    """Keep time until SIGTERM.

    Plans, crawls, reports and draws when it is due, and makes up for what was missed.
    """
    from monitor.operate.notify import Alarm
    from monitor.operate.schedule import Daemon
    from monitor.operate.timetable import jobs
    from monitor.process import LockedError

    settings = load_config()
    alarm = Alarm(settings.notify, settings.alerts)
    try:
        loaded, registry, store = open_all()
        store.close()
        Daemon(loaded, jobs(loaded, registry), say=click.echo, alarm=alarm).run()
    except LockedError:
        raise
    except PantauError as error:
        alarm(f"schedule: did not start: {error}")
        fail_if(True)


@schedule.command("list", epilog=example("schedule list"))
def schedule_list() -> None:
    """The jobs, when they fire next (WIB) and the command each one runs."""
    from monitor.operate.timetable import jobs

    now = datetime.now(JAKARTA)
    for job in jobs(*load_settings()):
        fire = job.trigger().get_next_fire_time(None, now)
        when = f"{fire:%a %Y-%m-%d %H:%M}" if fire else "never"
        command = " ".join(job.arguments("WEEK"))
        say(f"{job.id:<18} {when}  pantau {command}")


@click.command(epilog=example("status --check"))
@week_option(this_week, "Week to look at; the current one if not given.")
@click.option("--check", is_flag=True, help="Print what somebody must act on; 1 where anything.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--metrics",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write Prometheus metrics into a file.",
)
def status(week: str, check: bool, as_json: bool, metrics: Path | None) -> None:
    """How it goes, on one screen.

    The daemon, units by state, trouble, editions, and the last runs.
    """
    from monitor.operate.home_status import home_status, write_metrics
    from monitor.operate.status import status_lines
    from monitor.operate.timetable import jobs
    from monitor.store import Store

    settings, registry = load_settings()
    table, now = jobs(settings, registry), datetime.now(UTC)
    with Store.of_home(settings, create=False) as store:
        if not (check or as_json or metrics):
            for line in status_lines(settings, table, registry, store, week, now):
                say(line)
            return
        home = home_status(settings, table, registry, store, week, now)
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
def doctor(install_browser: bool, test_notify: bool) -> None:
    """What is missing on this machine, with the mend."""
    from monitor.operate.health import Grade, examine, install_chromium
    from monitor.operate.notify import failed_addresses

    if install_browser:
        install_chromium(click.echo)
    settings = load_config()
    failed = False
    if test_notify:
        numbers = failed_addresses(settings.notify, "test: this is where trouble will be told")
        failed = bool(numbers)
        for number, _ in enumerate(settings.notify, 1):
            outcome = "failed" if number in numbers else "delivered"
            say(f"notify: address {number}: {outcome}")
    for check in examine(settings):
        say(f"{check.grade:<8} {check.name}: {check.state}")
        if check.grade is not Grade.ok:
            say(f"{'':<8} mend: {check.mend}")
        failed |= check.grade is Grade.failure
    fail_if(failed)


@click.command(epilog=example("config"))
def config() -> None:
    """The effective configuration, secrets masked."""
    from monitor.operate.status import masked_settings
    from monitor.operate.training import describe_model

    settings = load_config()
    for line in masked_settings(settings):
        say(line)
    say(f"title model: {describe_model(settings)}")
