"""The jobs, derived from configuration, and what of them is overdue: pure values.

The run ledger is the only memory: a job was done for a week when the ledger has a run of it for
that week (and platform) that started at or after the time it was due.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from apscheduler.triggers.cron import CronTrigger

from monitor.config import JAKARTA, Config, ConfigError, previous_week, week_of, week_start
from monitor.model import Run, RunOutcome, Value
from monitor.registry import Registry

LOOK_BACK_WEEKS = 13
LATE = "late"
"""The job that makes editions again which something overtook, and its name in the ledger."""
_INTERRUPTED = ("killed", "parent gone", "SIGTERM", "SIGINT")
"""How the reason begins of a run that somebody or something ended from outside."""


class MisfirePolicy(StrEnum):
    """How long a missed firing is worth making up for: in its week, in a night of it, always.

    ``latest``: always, but only the last one, which does the work of those before it.
    """

    week = "week"
    night = "night"
    always = "always"
    latest = "latest"


class MisfireAction(StrEnum):
    """What becomes of an overdue firing: done now, left for a later night, or lost."""

    do = "do"
    wait = "wait"
    lost = "lost"


class Job(Value):
    """One scheduled command. ``lag`` is how many weeks before its firing the week it works on is.

    ``ledger`` is the job's name in the run ledger; ``{week}`` in ``command`` stands for the week.
    """

    id: str
    ledger: str
    command: tuple[str, ...]
    cron: str
    lag: int
    catch_up: MisfirePolicy
    platform: str | None = None

    def week(self, fired: datetime) -> str:
        """The week a firing works on."""
        return previous_week(week_of(fired), self.lag)

    def arguments(self, week: str) -> list[str]:
        """The command for a week."""
        return [part.format(week=week) for part in self.command]

    def trigger(self) -> CronTrigger:
        """The APScheduler trigger; raises ``ConfigError`` for an expression it cannot read."""
        return _trigger(self.cron, self.id)


class Due(Value):
    """A firing that the ledger knows no run of."""

    job: Job
    at: datetime
    week: str


def jobs(config: Config, registry: Registry) -> tuple[Job, ...]:
    """All jobs: plan, one crawl for each platform of the frame, the editions and the draw.

    With an automatic hand-over the final edition is released, too, and with a retention limit old
    evidence is removed. What came too late for an edition is seen to once a day.

    Raises ``ConfigError`` where crawls would begin outside their night.
    """
    times = config.schedule
    platforms = sorted({entry.platform for entry in registry.frame.entries})
    plan = Job(
        id="plan",
        ledger="plan",
        command=("plan", "--week", "{week}"),
        cron=times.plan,
        lag=0,
        catch_up=MisfirePolicy.week,
    )
    crawls = tuple(
        Job(
            id=f"crawl-{platform}",
            ledger="crawl",
            command=("crawl", platform, "--week", "{week}"),
            cron=times.crawl,
            lag=0,
            catch_up=MisfirePolicy.night,
            platform=platform,
        )
        for platform in platforms
    )
    after = [
        _after("report", times.report, "report --week {week} --edition provisional"),
        _after("draw", times.draw, "audit draw --week {week} --no-visit"),
        _after("visits", times.visits, "audit draw --week {week}", MisfirePolicy.night),
        _after("final", times.final, "report --week {week} --edition final"),
    ]
    if config.handover.automatic and config.handover_to:
        command = "release {week} --edition final --by schedule --audited"
        after.append(_after("handover", times.final, command))
    if times.late_weeks:
        after.append(
            Job(
                id=LATE,
                ledger=LATE,
                command=("report", "--late", "--week", "{week}"),
                cron=times.late,
                lag=0,
                catch_up=MisfirePolicy.latest,
            )
        )
    if config.retention.evidence_weeks:
        after.append(_after("prune", times.final, "evidence prune --week {week}"))
    made = (plan, *crawls, *after)
    _require_nights(config, made)
    return made


def _after(
    id: str,  # noqa: A002
    cron: str,
    command: str,
    catch_up: MisfirePolicy = MisfirePolicy.always,
) -> Job:
    return Job(
        id=id, ledger=id, command=tuple(command.split()), cron=cron, lag=1, catch_up=catch_up
    )


def _require_nights(config: Config, made: Iterable[Job]) -> None:
    now = datetime.now(JAKARTA)
    for job in made:
        fire = job.trigger().get_next_fire_time(None, now)
        if job.catch_up is MisfirePolicy.night and fire and not in_night(config, fire):
            start, end = config.crawl.night_from, config.crawl.night_until
            raise ConfigError(
                f"pantau.toml: schedule.{job.ledger}: {job.cron!r} fires at {fire:%H:%M}, outside"
                f" the night window {start:%H:%M} to {end:%H:%M} of [crawl]"
            )


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
    worked_on = {run.week for run in known if run.outcome is not RunOutcome.missed}
    found: list[Due] = []
    for job in jobs:
        latest = {job.week(fire): fire for fire in firings(job, since, now)}
        if job.catch_up is MisfirePolicy.latest:
            latest = {week: fire for week, fire in [*latest.items()][-1:] if fire > started}
        for week, fire in latest.items():
            if job.lag and week not in worked_on:
                continue
            if not any(_answers(run, job, week, fire) for run in known):
                found.append(Due(job=job, at=fire, week=week))
    return tuple(sorted(found, key=lambda due: due.at))


def _answers(run: Run, job: Job, week: str, fire: datetime) -> bool:
    """Whether a run settles a firing: a failure is tried again, a crawl only if cut off."""
    if (run.job, run.week, run.platform) != (job.ledger, week, job.platform):
        return False
    if run.outcome is RunOutcome.missed:
        return True
    if run.started_at < fire:
        return False
    if run.outcome in {RunOutcome.running, RunOutcome.done}:
        return True
    return job.catch_up is MisfirePolicy.night and not (run.reason or "").startswith(_INTERRUPTED)


def fate(due: Due, now: datetime, config: Config) -> MisfireAction:
    """Whether an overdue firing can be made up for now, in a later night, or no more."""
    if due.job.catch_up in {MisfirePolicy.always, MisfirePolicy.latest}:
        return MisfireAction.do
    same_week = due.job.week(now) == due.week
    if due.job.catch_up is MisfirePolicy.week or config.demo_url:
        return MisfireAction.do if same_week else MisfireAction.lost
    if in_night(config, now) and (same_week or now < night_end(config, due.at)):
        return MisfireAction.do
    return MisfireAction.wait if same_week else MisfireAction.lost


def in_night(config: Config, now: datetime) -> bool:
    """Whether ``now`` lies in the crawl's night window (Asia/Jakarta)."""
    clock = now.astimezone(JAKARTA).time()
    start, end = config.crawl.night_from, config.crawl.night_until
    return start <= clock < end if start <= end else clock >= start or clock < end


def night_end(config: Config, at: datetime) -> datetime:
    """When the night window that ``at`` lies in closes."""
    local = at.astimezone(JAKARTA)
    end = datetime.combine(local.date(), config.crawl.night_until, tzinfo=JAKARTA)
    return end if end > local else end + timedelta(days=1)


def _trigger(cron: str, job: str) -> CronTrigger:
    days = cron.split()[4:5]
    if days and re.search(r"\d", days[0]):
        raise ConfigError(f"pantau.toml: schedule: {cron!r}: write days by name, such as mon")
    try:
        return CronTrigger.from_crontab(cron, timezone=JAKARTA)
    except ValueError as error:
        raise ConfigError(f"pantau.toml: schedule of {job}: {cron!r}: {error}") from error
