"""The jobs, derived from configuration, and what of them is overdue: pure values.

The run ledger is the only memory: a job was done for a week when the ledger has a run of it for
that week (and platform) that started at or after the time it was due.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from apscheduler.triggers.cron import CronTrigger

from monitor.config import JAKARTA, Config, ConfigError, previous_week, week_of, week_start
from monitor.listing import Run, RunOutcome, Value
from monitor.registry import Registry

LOOK_BACK_WEEKS = 13


class CatchUp(StrEnum):
    """How long a missed firing is worth making up for: in its week, in a night of it, always."""

    week = "week"
    night = "night"
    always = "always"


class Job(Value):
    """One scheduled command. ``lag`` is how many weeks before its firing the week it works on is.

    ``ledger`` is the job's name in the run ledger.
    """

    id: str
    ledger: str
    command: tuple[str, ...]
    cron: str
    lag: int
    catch_up: CatchUp
    platform: str | None = None

    def week(self, fired: datetime) -> str:
        """The week a firing works on."""
        return previous_week(week_of(fired), self.lag)

    def trigger(self) -> CronTrigger:
        """The APScheduler trigger; raises ``ConfigError`` for an expression it cannot read."""
        return _trigger(self.cron, self.id)


class Due(Value):
    """A firing that the ledger knows no run of."""

    job: Job
    at: datetime
    week: str


def jobs(config: Config, registry: Registry) -> tuple[Job, ...]:
    """All jobs: plan, one crawl for each platform of the frame, the editions and the draw."""
    times = config.schedule
    platforms = sorted({entry.platform for entry in registry.frame.entries})
    crawls = tuple(
        Job(
            id=f"crawl-{platform}",
            ledger="crawl",
            command=("crawl", platform),
            cron=times.crawl,
            lag=0,
            catch_up=CatchUp.night,
            platform=platform,
        )
        for platform in platforms
    )
    return (
        Job(
            id="plan",
            ledger="plan",
            command=("plan",),
            cron=times.plan,
            lag=0,
            catch_up=CatchUp.week,
        ),
        *crawls,
        _after(id="report", command=("report", "--edition", "provisional"), cron=times.report),
        _after(id="draw", command=("audit", "draw"), cron=times.draw),
        _after(id="final", command=("report", "--edition", "final"), cron=times.final),
    )


def _after(*, id: str, command: tuple[str, ...], cron: str) -> Job:  # noqa: A002
    return Job(id=id, ledger=id, command=command, cron=cron, lag=1, catch_up=CatchUp.always)


def firings(job: Job, since: datetime, until: datetime) -> Iterator[datetime]:
    """The times at which a job was due in [since, until], oldest first."""
    trigger = job.trigger()
    fire = trigger.get_next_fire_time(None, since.astimezone(JAKARTA))
    while fire is not None and fire <= until:
        yield fire
        fire = trigger.get_next_fire_time(fire, fire)


def overdue(jobs: Iterable[Job], runs: Iterable[Run], now: datetime) -> tuple[Due, ...]:
    """Firings without a run, oldest first, one for each job and week (its latest firing).

    Counted from the first run in the ledger, at most thirteen weeks back, and always for the
    current week: on a new machine the week's plan is overdue, earlier weeks are nobody's fault.
    """
    known = list(runs)
    horizon = week_start(previous_week(week_of(now), LOOK_BACK_WEEKS))
    started = min((run.started_at for run in known), default=now)
    since = min(max(started, horizon), week_start(week_of(now)))
    found: list[Due] = []
    for job in jobs:
        latest = {job.week(fire): fire for fire in firings(job, since, now)}
        for week, fire in latest.items():
            if job.lag and not any(run.week == week for run in known):
                continue
            if not any(_answers(run, job, week, fire) for run in known):
                found.append(Due(job=job, at=fire, week=week))
    return tuple(sorted(found, key=lambda due: due.at))


def _answers(run: Run, job: Job, week: str, fire: datetime) -> bool:
    same = run.job == job.ledger and run.week == week and run.platform == job.platform
    if job.catch_up is CatchUp.night and run.outcome is not RunOutcome.missed:
        return same and run.started_at >= fire
    return same


def worth_doing(due: Due, now: datetime, config: Config) -> bool:
    """Whether a missed firing can still be made up for."""
    if due.job.catch_up is CatchUp.always:
        return True
    if week_of(now) != due.week:
        return False
    return due.job.catch_up is CatchUp.week or config.demo_url is not None or in_night(config, now)


def in_night(config: Config, now: datetime) -> bool:
    """Whether ``now`` lies in the crawl's night window (Asia/Jakarta)."""
    clock = now.astimezone(JAKARTA).time()
    start, end = config.crawl.night_from, config.crawl.night_until
    return start <= clock < end if start <= end else clock >= start or clock < end


def _trigger(cron: str, job: str) -> CronTrigger:
    days = cron.split()[4:5]
    if days and re.search(r"\d", days[0]):
        raise ConfigError(f"pantau.toml: schedule: {cron!r}: write days by name, such as mon")
    try:
        return CronTrigger.from_crontab(cron, timezone=JAKARTA)
    except ValueError as error:
        raise ConfigError(f"pantau.toml: schedule of {job}: {cron!r}: {error}") from error
