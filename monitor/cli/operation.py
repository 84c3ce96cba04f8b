"""Commands of the operator: schedule, status, doctor, config."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from monitor.config import JAKARTA, PantauError, load_config

from .base import fail_if, open_all, this_week, week_option


@click.group()
def schedule() -> None:
    """The daemon and its jobs."""


@schedule.command("run")
def schedule_run() -> None:
    """Keep time: plan, crawl, report, draw; catch up what was missed. Ends cleanly on SIGTERM."""
    from monitor.operate.lock import AlreadyRunningError
    from monitor.operate.notify import Alarm, memory
    from monitor.operate.schedule import Daemon
    from monitor.operate.timetable import jobs

    settings = load_config()
    alarm = Alarm(settings.notify, memory(settings.home))
    try:
        loaded, registry, store = open_all()
        store.close()
        Daemon(loaded, jobs(loaded, registry), say=click.echo, alarm=alarm).run()
    except AlreadyRunningError:
        raise
    except PantauError as error:
        alarm(f"schedule: did not start: {error}")
        fail_if(True)


@schedule.command("list")
def schedule_list() -> None:
    """The jobs, when they fire next (WIB) and the command each one runs."""
    from monitor.operate.timetable import jobs

    config, registry, store = open_all()
    store.close()
    now = datetime.now(JAKARTA)
    for job in jobs(config, registry):
        fire = job.trigger().get_next_fire_time(None, now)
        when = f"{fire:%a %Y-%m-%d %H:%M}" if fire else "never"
        command = " ".join(job.arguments("WEEK"))
        click.echo(f"{job.id:<18} {when}  pantau {command}")


@click.command()
@week_option(this_week, "Week to look at; the current one if not given.")
def status(week: str) -> None:
    """How it goes, on one screen: daemon, units by state, trouble, editions, last runs."""
    from monitor.operate.status import lines
    from monitor.operate.timetable import jobs

    settings, registry, store = open_all()
    with store:
        table, now = jobs(settings, registry), datetime.now(UTC)
        for line in lines(settings, table, registry, store, week, now):
            click.echo(line)


@click.command()
@click.option("--install-browser", is_flag=True, help="Install a Chromium where none is found.")
@click.option("--test-notify", is_flag=True, help="Send a test line to PANTAU_NOTIFY.")
def doctor(install_browser: bool, test_notify: bool) -> None:
    """What is missing on this machine, with the mend."""
    from monitor.operate.health import Grade, examine, install_chromium
    from monitor.operate.notify import deliver

    if install_browser:
        install_chromium(click.echo)
    worst = Grade.ok
    settings = load_config()
    if test_notify:
        failed = deliver(settings.notify, "test: this is where trouble will be told")
        worst = Grade.failure if failed else Grade.ok
        for number, _ in enumerate(settings.notify, 1):
            click.echo(f"notify: address {number}: {'failed' if number in failed else 'delivered'}")
    for check in examine(settings):
        click.echo(f"{check.grade:<8} {check.name}: {check.found}")
        if check.grade is not Grade.ok:
            click.echo(f"{'':<8} mend: {check.mend}")
            worst = Grade.failure if check.grade is Grade.failure else worst
    fail_if(worst is Grade.failure)


@click.command()
def config() -> None:
    """The effective configuration, secrets masked."""
    from monitor.operate.status import masked
    from monitor.operate.training import described

    settings = load_config()
    for line in masked(settings):
        click.echo(line)
    click.echo(f"title model: {described(settings)}")
