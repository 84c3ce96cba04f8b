"""Commands of the operator: schedule, status, doctor, config."""

from __future__ import annotations

from datetime import datetime

import click

from monitor.config import JAKARTA, load_config

from .base import fail_if, open_all, this_week, week_option


@click.group()
def schedule() -> None:
    """The daemon and its jobs."""


@schedule.command("run")
def schedule_run() -> None:
    """Keep time: plan, crawl, report, draw; catch up what was missed. Ends cleanly on SIGTERM."""
    from monitor.operate.notify import alarm
    from monitor.operate.schedule import Daemon
    from monitor.operate.timetable import jobs

    config, registry, store = open_all()
    store.close()
    Daemon(
        config,
        jobs(config, registry),
        say=lambda line: click.echo(line),
        alarm=alarm(config.notify),
    ).run()


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
        click.echo(f"{job.id:<18} {when}  pantau {' '.join(job.command)}")


@click.command()
@week_option(this_week, "Week to look at; the current one if not given.")
def status(week: str) -> None:
    """How a week goes: units by state, and the last runs."""
    from monitor.operate.status import lines

    _, _, store = open_all()
    with store:
        for line in lines(store, week):
            click.echo(line)


@click.command()
@click.option("--install-browser", is_flag=True, help="Install a Chromium where none is found.")
def doctor(install_browser: bool) -> None:
    """What is missing on this machine, with the mend."""
    from monitor.operate.health import Grade, examine, install_chromium

    if install_browser:
        install_chromium(click.echo)
    worst = Grade.ok
    for check in examine(load_config()):
        click.echo(f"{check.grade:<8} {check.name}: {check.found}")
        if check.grade is not Grade.ok:
            click.echo(f"{'':<8} mend: {check.mend}")
            worst = Grade.failure if check.grade is Grade.failure else worst
    fail_if(worst is Grade.failure)


@click.command()
def config() -> None:
    """The effective configuration, secrets masked."""
    from monitor.operate.status import masked

    for line in masked(load_config()):
        click.echo(line)
