"""The jobs, derived from the configuration, and which of their firings are overdue: pure values.

The run log is the only memory. A firing is done when the log has a run of its job for its week (and
platform) that started at or after the firing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from apscheduler.triggers.cron import CronTrigger

from monitor.config import JAKARTA, Config, ConfigError, previous_week, week_of, week_start
from monitor.model import Mode, Run, RunOutcome, Value
from monitor.registry import Registry

LOOK_BACK_WEEKS = 13
"""Weeks; firings before them are never made up for."""
WEEKLY_JOB = "weekly"
"""The name, in the run log too, of the job that tells how the week went."""
STAMP_JOB = "stamp"
"""The name, in the run log too, of the job that has manifests stamped."""
FINDINGS_JOB = "prune-findings"
"""The name, in the run log too, of the job that removes the findings of old editions."""
REFRESH_JOB = "late"
"""The name, in the run log too, of the job that makes stale editions again."""
_INTERRUPTED = ("killed", "SIGTERM", "SIGINT")
"""How the reason begins of a run that was ended from outside."""


class MisfirePolicy(StrEnum):
    """How long a missed firing is made up for: in its week, in a night of its week, or always.

    ``latest``: always, but only the last one, which does the work of those before it.
    """

    week = "week"
    night = "night"
    always = "always"
    latest = "latest"


class MisfireAction(StrEnum):
    """What becomes of an overdue firing: started now, left for a later night, or missed."""

    start = "start"
    wait = "wait"
    missed = "missed"


class Job(Value):
    """One scheduled command of ``pantau``, fired by the cron expression ``cron`` (Asia/Jakarta).

    ``{week}`` in ``command`` stands for the week a firing works on, which lies ``lag`` weeks before
    the week of the firing.
    """

    id: str
    cron: str
    command: str
    misfire_policy: MisfirePolicy = MisfirePolicy.always
    lag: int = 1
    platform: str | None = None

    @property
    def logged_as(self) -> str:
        """The job's name in the run log, which is one for the crawls of all platforms."""
        return "crawl" if self.platform else self.id

    def week(self, fired: datetime) -> str:
        """The week a firing works on."""
        return previous_week(week_of(fired), self.lag)

    def arguments(self, week: str) -> list[str]:
        """The arguments of ``pantau`` for a week."""
        return self.command.format(week=week).split()

    def trigger(self) -> CronTrigger:
        """The APScheduler trigger; raises ``ConfigError`` for an expression it cannot read.

        Days as numbers are refused: cron counts them from Sunday, APScheduler from Monday.
        """
        days = self.cron.split()[4:5]
        if days and re.search(r"\d", days[0]):
            raise ConfigError(
                f"pantau.toml: schedule: {self.cron!r}: write days by name, such as mon"
            )
        try:
            return CronTrigger.from_crontab(self.cron, timezone=JAKARTA)
        except ValueError as error:
            raise ConfigError(
                f"pantau.toml: schedule of {self.id}: {self.cron!r}: {error}"
            ) from error


class Due(Value):
    """A firing of a job, at a time and for a week, of which the run log knows no run."""

    job: Job
    at: datetime
    week: str


def jobs(config: Config, registry: Registry) -> tuple[Job, ...]:
    """All jobs: the plan, one crawl for each platform that is crawled, the draw, the editions.

    Only as configured: the refresh of stale editions, the automatic release of the final edition,
    the weekly message, the time stamps, the removal of old evidence. Raises ``ConfigError`` for a
    cron expression that cannot be read, and where crawls or visits would begin outside the night
    window.
    """
    times = config.schedule
    platforms = sorted(
        {
            entry.platform
            for entry in registry.frame.entries
            if registry.platforms[entry.platform].collection.includes(Mode.crawler)
        }
    )
    week, night = MisfirePolicy.week, MisfirePolicy.night
    every = [
        Job(id="plan", cron=times.plan, command="plan --week {week}", misfire_policy=week, lag=0),
        *(
            Job(
                id=f"crawl-{platform}",
                cron=times.crawl,
                command=f"crawl {platform} --week {{week}}",
                misfire_policy=night,
                lag=0,
                platform=platform,
            )
            for platform in platforms
        ),
        Job(id="report", cron=times.report, command="report --week {week} --edition provisional"),
        Job(id="draw", cron=times.draw, command="audit draw --week {week} --no-visit"),
        Job(
            id="visits",
            cron=times.visits,
            command="audit draw --week {week}",
            misfire_policy=night,
        ),
        Job(id="final", cron=times.final, command="report --week {week} --edition final"),
    ]
    if config.handover.automatic and config.handover_to:
        command = "release {week} --edition final --by schedule --audited"
        every.append(Job(id="handover", cron=times.final, command=command))
    if times.late_weeks:
        every.append(
            Job(
                id=REFRESH_JOB,
                cron=times.late,
                command="report --late --week {week}",
                misfire_policy=MisfirePolicy.latest,
                lag=0,
            )
        )
    if config.notify.weekly:
        every.append(
            Job(
                id=WEEKLY_JOB,
                cron=config.notify.weekly,
                command="status --send",
                misfire_policy=MisfirePolicy.latest,
                lag=0,
            )
        )
    if config.time_stamps.authorities:
        every.append(
            Job(
                id=STAMP_JOB,
                cron=config.time_stamps.cron,
                command="evidence stamp",
                misfire_policy=MisfirePolicy.latest,
                lag=0,
            )
        )
    if config.retention.evidence_weeks:
        command = "evidence prune --week {week}"
        every.append(Job(id="prune", cron=times.final, command=command))
    if config.retention.findings_weeks:
        every.append(Job(id=FINDINGS_JOB, cron=times.final, command="db prune --week {week}"))
    if config.retention.seller_weeks:
        command = "seller prune --week {week}"
        every.append(Job(id="seller_prune", cron=times.final, command=command))
    now = datetime.now(JAKARTA)
    for job in every:
        fire = job.trigger().get_next_fire_time(None, now)
        if job.misfire_policy is MisfirePolicy.night and fire and not in_night(config, fire):
            start, end = config.crawl.night_from, config.crawl.night_until
            raise ConfigError(
                f"pantau.toml: schedule.{job.logged_as}: {job.cron!r} fires at {fire:%H:%M},"
                f" outside the night window {start:%H:%M} to {end:%H:%M} of [crawl]"
            )
    return tuple(every)


def final_day(config: Config, monday: datetime) -> date | None:
    """The day on which the final edition of the week that begins at ``monday`` is due; None where
    the schedule never fires."""
    trigger = Job(id="final", cron=config.schedule.final, command="").trigger()
    fire = trigger.get_next_fire_time(None, monday + timedelta(weeks=1))
    return fire.date() if fire else None


def firings(job: Job, since: datetime, until: datetime) -> Iterator[datetime]:
    """The times at which a job was due in [since, until], oldest first."""
    trigger = job.trigger()
    fire = trigger.get_next_fire_time(None, since.astimezone(JAKARTA))
    while fire is not None and fire <= until:
        yield fire
        fire = trigger.get_next_fire_time(fire, fire)


def overdue(jobs: Iterable[Job], runs: Iterable[Run], now: datetime) -> tuple[Due, ...]:
    """Firings that no run of the log settles, oldest first: for each job and week the latest one.

    Counted from the first run in the log, at most ``LOOK_BACK_WEEKS`` back, and always for the
    current week: on a new machine the week's plan is overdue, earlier weeks are nobody's fault. Of
    a week on which nothing was run, no job is overdue that works on the week before its firing.
    """
    logged_runs = list(runs)
    horizon = week_start(previous_week(week_of(now), LOOK_BACK_WEEKS))
    first_run = min((run.started_at for run in logged_runs), default=now)
    since = min(max(first_run, horizon), week_start(week_of(now)))
    weeks_run = {run.week for run in logged_runs if run.outcome is not RunOutcome.missed}
    due: list[Due] = []
    for job in jobs:
        latest = {job.week(fire): fire for fire in firings(job, since, now)}
        if job.misfire_policy is MisfirePolicy.latest:
            latest = {week: fire for week, fire in [*latest.items()][-1:] if fire > first_run}
        for week, fire in latest.items():
            if job.lag and week not in weeks_run:
                continue
            if not any(_settles(run, job, week, fire) for run in logged_runs):
                due.append(Due(job=job, at=fire, week=week))
    return tuple(sorted(due, key=lambda due: due.at))


def _settles(run: Run, job: Job, week: str, fire: datetime) -> bool:
    """Whether a run settles a firing: it runs, ended well, or was entered as missed.

    One that failed does not. A job of the night that ended early settles it, unless it was
    interrupted from outside.
    """
    if (run.job, run.week, run.platform) != (job.logged_as, week, job.platform):
        return False
    if run.outcome is RunOutcome.missed:
        return True
    if run.started_at < fire:
        return False
    if run.outcome in {RunOutcome.running, RunOutcome.done}:
        return True
    interrupted = (run.reason or "").startswith(_INTERRUPTED)
    return job.misfire_policy is MisfirePolicy.night and not interrupted


def misfire_action(due: Due, now: datetime, config: Config) -> MisfireAction:
    """Return whether an overdue firing starts now, waits for a later call, or is missed.

    Its week is the calendar week (WIB) in which it should have fired, not the week that its job
    works on. Policies ``always`` and ``latest``: it starts at any time. Policy ``week``: it starts
    within its week and is missed after that. Policy ``night``: it starts if ``now`` is in the night
    window and either within its week or before the night of its firing ends, which may be in the
    next week. Else it waits while its week lasts and is missed after that. Where the marketplaces
    are simulated, ``night`` is treated as ``week``.
    """
    policy = due.job.misfire_policy
    if policy in {MisfirePolicy.always, MisfirePolicy.latest}:
        return MisfireAction.start
    same_week = due.job.week(now) == due.week
    if policy is MisfirePolicy.week or config.demo_url:
        return MisfireAction.start if same_week else MisfireAction.missed
    if in_night(config, now) and (same_week or now < night_end(config, due.at)):
        return MisfireAction.start
    return MisfireAction.wait if same_week else MisfireAction.missed


def in_night(config: Config, now: datetime) -> bool:
    """Whether ``now`` lies in the crawl's night window; one that ends as it begins is all day."""
    clock = now.astimezone(JAKARTA).time()
    start, end = config.crawl.night_from, config.crawl.night_until
    return start <= clock < end if start < end else clock >= start or clock < end


def night_end(config: Config, at: datetime) -> datetime:
    """When the night window that ``at`` lies in closes."""
    local = at.astimezone(JAKARTA)
    end = datetime.combine(local.date(), config.crawl.night_until, tzinfo=JAKARTA)
    return end if end > local else end + timedelta(days=1)
