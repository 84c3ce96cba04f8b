"""How a home does, for programs that watch it from outside."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from monitor import __version__
from monitor.config import Config, PantauError, week_of
from monitor.model import Run, RunOutcome, UnitState, Value
from monitor.operate.anomalies import Tally, anomalies_of, tallies
from monitor.operate.channels import MessageType, message_title, undelivered
from monitor.operate.health import free_space
from monitor.operate.notify import recent_alerts
from monitor.operate.pauses import pause_lines, paused_jobs
from monitor.operate.status import OLD_VIEWS, daemon_line, is_finished_simulation, stale_editions
from monitor.operate.timetable import WEEKLY_JOB, Job, MisfirePolicy, overdue
from monitor.process import is_locked
from monitor.registry import Registry
from monitor.store import Store
from monitor.store.signals import signal_rates

LONGEST_DELAY = timedelta(days=1)
"""So long after its firing a job that may run at any time should have been started."""


class UndeliveredError(PantauError):
    """A message was not delivered to all addresses."""


class HomeStatus(Value):
    """The state of a home at a time.

    ``to_act_on`` has a line for each trouble that somebody has to see to. ``platforms`` tells what
    came of the planned units of ``week``, ``last_done`` when each job last ended well (its start;
    None where it never did).
    """

    at: datetime
    host: str
    home: str
    version: str
    week: str
    daemon_runs: bool
    to_act_on: tuple[str, ...]
    platforms: dict[str, Tally]
    last_done: dict[str, datetime | None]
    database_bytes: int


def home_status(
    config: Config,
    jobs: Sequence[Job],
    registry: Registry,
    store: Store,
    week: str,
    now: datetime,
) -> HomeStatus:
    """The state of a home at ``now``, with the units of ``week``."""
    runs = store.runs.newest()
    runs_of = {job.id: [run for run in runs if _is_of(run, job)] for job in jobs}
    daemon_runs = is_locked(config.daemon_lock)
    rests = is_finished_simulation(config, store)
    troubles = [] if daemon_runs or rests else [daemon_line(config, jobs, now)]
    troubles += pause_lines(config, jobs)
    troubles += [] if store.has_current_views else [OLD_VIEWS]
    room, mend = free_space(config)
    troubles += [f"disk: {room}: {mend}"] if mend else []
    paused = paused_jobs(config)
    troubles += _undone([job for job in jobs if job.id not in paused], runs, runs_of, now)
    week_tallies = tallies(store.units.of_week(week))
    rates = signal_rates(store, registry, week)
    troubles += anomalies_of(store, week, now, week_tallies, rates).values()
    alerts = recent_alerts(config.alerts, now)
    troubles += [alert.newest_line for alert in alerts if alert.concerns(now)]
    troubles += stale_editions(config, registry, store, now, by_hand=True)
    return HomeStatus(
        at=now,
        host=socket.gethostname(),
        home=str(config.home),
        version=__version__,
        week=week,
        daemon_runs=daemon_runs,
        to_act_on=tuple(dict.fromkeys(troubles)),
        platforms=week_tallies,
        last_done={
            id_: next((run.started_at for run in job_runs if run.outcome is RunOutcome.done), None)
            for id_, job_runs in runs_of.items()
        },
        database_bytes=store.size,
    )


def weekly_message(status: HomeStatus) -> tuple[str, MessageType]:
    """What somebody must act on, or that nothing is, and how many units of the week answered."""
    # That this message was late or undelivered is over when it is read.
    troubles = [line for line in status.to_act_on if not line.startswith(f"{WEEKLY_JOB}: ")]
    lines = [f"to act on: {line}" for line in troubles] or ["nothing to act on"]
    answered = [
        f"{platform} {tally.answered} of {tally.units}"
        for platform, tally in status.platforms.items()
    ]
    counts = f"units answered: {', '.join(answered)}" if answered else "nothing was planned"
    is_well = answered and not troubles
    kind = MessageType.success if is_well else MessageType.warning
    return "\n".join([*lines, f"{status.week}: {counts}"]), kind


def send_weekly_message(config: Config, store: Store, status: HomeStatus) -> None:
    """Send it to every address of ``PANTAU_NOTIFY``, and enter that in the run log.

    Raises ``UndeliveredError`` where there is no address, or one did not take it.
    """
    # Not at the top: it takes the libraries of the evidence, which a look at the home does without.
    from monitor.operate.run_log import recorded

    body, kind = weekly_message(status)
    with recorded(store, WEEKLY_JOB, store.origin, week=week_of(status.at)):
        if not config.notify_to:
            raise UndeliveredError("PANTAU_NOTIFY: names no address to send it to")
        failures = undelivered(config.notify_to, body, title=message_title(config.home), kind=kind)
        if failures:
            reasons = "; ".join(f"address {number}: {why}" for number, why in failures.items())
            raise UndeliveredError(f"PANTAU_NOTIFY: not delivered to {reasons}")


def metrics_text(status: HomeStatus) -> str:
    """The state in Prometheus' text format, version 0.0.4; of a job never done nothing is told."""
    units = {
        f'{{platform="{platform}",state="{state}"}}': tally.states.get(state, 0)
        for platform, tally in status.platforms.items()
        for state in UnitState
    }
    last_done = {
        f'{{job="{job_id}"}}': moment.timestamp()
        for job_id, moment in status.last_done.items()
        if moment
    }
    gauges: dict[str, tuple[str, Mapping[str, float]]] = {
        "daemon_running": ("Whether the daemon runs.", {"": status.daemon_runs}),
        "open_troubles": ("What somebody must act on.", {"": len(status.to_act_on)}),
        "units": ("Planned units of the week by state.", units),
        "job_last_done_timestamp_seconds": ("When a job's last good run began.", last_done),
        "database_size_bytes": ("What the database takes.", {"": status.database_bytes}),
    }
    lines = []
    for name, (meaning, samples) in gauges.items():
        lines += [f"# HELP pantau_{name} {meaning}", f"# TYPE pantau_{name} gauge"]
        lines += [f"pantau_{name}{labels} {number:.0f}" for labels, number in samples.items()]
    return "\n".join(lines) + "\n"


def write_metrics(status: HomeStatus, path: Path) -> None:
    """Replace the file ``path`` by the metrics, so that nobody reads half of them.

    Raises ``PantauError`` where it cannot be written.
    """
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_text(metrics_text(status), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise PantauError(
            f"{path}: cannot be written: {error.strerror}; name a file in a folder that is there,"
            " to which this user can write, on a disk with room"
        ) from error


def _is_of(run: Run, job: Job) -> bool:
    return (run.job, run.platform) == (job.logged_as, job.platform)


def _undone(
    jobs: Sequence[Job], runs: Sequence[Run], runs_of: dict[str, list[Run]], now: datetime
) -> Iterator[str]:
    """Jobs whose last run failed, and those that nobody started for ``LONGEST_DELAY``."""
    failed_jobs = set()
    for id_, job_runs in runs_of.items():
        ended = (run for run in job_runs if run.outcome is not RunOutcome.running)
        last_run = next(ended, None)
        if last_run and last_run.outcome is RunOutcome.failed:
            failed_jobs.add(id_)
            yield f"{id_}: {last_run.week} failed: {last_run.reason}"
    # A job of the night waits for its window, and is missed when its week is over.
    by_day = [job for job in jobs if job.misfire_policy is not MisfirePolicy.night]
    for due in overdue(by_day, runs, now):
        if due.job.id not in failed_jobs and now - due.at > LONGEST_DELAY:
            yield f"{due.job.id}: {due.week} was due {due.at:%Y-%m-%d %H:%M} WIB and is not done"
