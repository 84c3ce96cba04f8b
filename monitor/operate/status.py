"""How it goes, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from monitor.config import JAKARTA, Config, week_of, week_start
from monitor.findings.releases import releases
from monitor.model import Mode, Run
from monitor.operate.anomalies import Tally, anomalies_of, tallies
from monitor.operate.budgets import budget_lines
from monitor.operate.health import free_space
from monitor.operate.notify import recent_alerts
from monitor.operate.pauses import pause_lines
from monitor.operate.reply_status import reply_lines
from monitor.operate.stale_editions import refreshed_weeks, stale_edition
from monitor.operate.timetable import LOOK_BACK_WEEKS, REFRESH_JOB, Job
from monitor.process import is_locked
from monitor.registry import Registry
from monitor.registry.rates import rate_line
from monitor.store import Store
from monitor.store.signals import signal_rates

RUNS_SHOWN = 8
LONGEST_SILENCE = 60.0
"""Seconds without a sign of life after which a worker is lost."""
EDITIONS_SHOWN = 4
FINISHED_SIMULATION = "schedule: none; this home holds a simulation, and pantau demo extends it"
OLD_VIEWS = "database: views for researchers of another version; run: pantau db upgrade"


def status_lines(
    config: Config,
    jobs: Sequence[Job],
    registry: Registry,
    store: Store,
    week: str,
    now: datetime,
) -> Iterator[str]:
    """One screen: how it goes, and under headings what is wrong and what was done.

    The daemon, the rate of the dollar, the room on disk, archived weeks, the units of ``week`` by
    platform; then what is wrong there and was told in the last seven days, editions, what came
    after them, the newest runs.
    """
    rests = is_finished_simulation(config, store)
    yield FINISHED_SIMULATION if rests else daemon_line(config, jobs, now)
    yield from pause_lines(config, jobs)
    if config.schedule.workers:
        yield from worker_lines(store, now)
    yield rate_line(registry.rates, now.astimezone(JAKARTA).date())
    yield room_line(config, store)
    yield from archive_lines(config, store)
    if not store.has_current_views:
        yield OLD_VIEWS
    rates = signal_rates(store, registry, week)
    week_tallies = tallies(store.units.of_week(week))
    if not week_tallies:
        mend = "" if rests else f"; draw it with: pantau plan --week {week}"
        yield f"{week}: no plan yet{mend}"
    for platform, tally in week_tallies.items():
        states = ", ".join(f"{count} {state}" for state, count in tally.states.items())
        unreadable = f", {tally.unreadable} unreadable" if tally.unreadable else ""
        yield f"{week} {platform}: {states}; {tally.places} listings seen{unreadable}"
        if shares := rates.get(platform):
            told = ", ".join(f"{rate.field} {rate.share:.0%}" for rate in shares)
            yield f"{week} {platform}: told by listings: {told}"
        yield from _refusal(registry, platform, tally, week)
    if not rests:
        yield from budget_lines(config, registry)
    alerts = [
        f"{_wib(alert.at)} {alert.newest_line}{' (over)' if alert.ended_at else ''}"
        for alert in recent_alerts(config.alerts, now)
    ]
    anomalies = anomalies_of(store, week, now, week_tallies, rates).values()
    runs = [
        run
        for run in store.runs.newest(limit=10 * RUNS_SHOWN)
        if run.job not in {"classify", REFRESH_JOB} or run.reason
    ]
    blocks = {
        "trouble of the last seven days": [*anomalies, *alerts[-RUNS_SHOWN:]],
        "editions": _editions(store),
        "before a release": list(reply_lines(store, now)),
        "came after an edition": stale_editions(config, registry, store, now),
        "last runs": [_run(run) for run in runs[:RUNS_SHOWN]],
    }
    for title, lines in blocks.items():
        if lines:
            yield f"{title}:"
            yield from (f"  {line}" for line in lines)


def worker_lines(store: Store, now: datetime) -> Iterator[str]:
    """The workers of the last week, when each was seen last, and the evidence still on the way."""
    workers = [worker for worker in store.workers.all() if now - worker.seen_at < timedelta(days=7)]
    for worker in workers:
        state = f"stopped {_wib(worker.seen_at)}"
        if worker.ended_at is None:
            seconds = max((now - worker.seen_at).total_seconds(), 0)
            is_alive = seconds < LONGEST_SILENCE
            state = f"seen {seconds:.0f} s ago" if is_alive else f"lost {_wib(worker.seen_at)}"
        takes = ", ".join(worker.platforms)
        yield f"worker on {worker.host} ({worker.path}): {state}; takes {takes}"
    if not workers:
        yield "workers: none was seen for a week; start one with: pantau worker"
    if files := store.workers.on_the_way():
        yield f"evidence: {len(files)} files of workers are on the way"


def is_finished_simulation(config: Config, store: Store) -> bool:
    """Whether the store is simulated and its marketplaces are not served: then no job can run."""
    return bool(store.simulated) and config.demo_url is None


def room_line(config: Config, store: Store) -> str:
    """The size of the database, what a planned week takes of it on average, and the room left."""
    weeks = len(store.plans.weeks())
    size = store.size / 2**20
    a_week = f", {size / weeks:.1f} MiB for each of {weeks} planned weeks" if weeks else ""
    room, _ = free_space(config)
    return f"database: {size:.1f} MiB{a_week}; {room} below the home"


def archive_lines(config: Config, store: Store) -> Iterator[str]:
    """How many weeks are archived, where, and how many of their files are not there."""
    files = store.archive.files()
    if not files:
        return
    paths = [config.home / file.path for file in files]
    weeks = len({file.week for file in files})
    folders = ", ".join(sorted({str(path.parent.parent) for path in paths}))
    absent = sum(not path.is_file() for path in paths)
    missing = (
        f"; {absent} of {len(paths)} files are not there, see: pantau doctor" if absent else ""
    )
    yield f"archive: {weeks} week{'s'[: weeks != 1]} in {folders}{missing}"


def _refusal(registry: Registry, platform: str, tally: Tally, week: str) -> Iterator[str]:
    """What to do about a marketplace that refuses: ask for access, then let inspectors look."""
    known = registry.platforms.get(platform)
    if known is None or known.role != "marketplace" or not tally.is_refused:
        return
    yield f"{week} {platform}: refuses the crawler; write a letter that asks for access first"
    basis = registry.inspection_basis(platform, week_start(week).date() + timedelta(days=6))
    if basis is None:
        yield (
            f"{week} {platform}: inspectors may look once that is decided and recorded as"
            " [[inspection_basis]] in permissions.toml"
        )
    elif not known.collection.includes(Mode.inspector):
        yield (
            f"{week} {platform}: without access inspectors may look ({basis.reference}): set"
            ' collection = "inspector" or "both" in platforms.toml'
        )


def daemon_line(config: Config, jobs: Sequence[Job], now: datetime) -> str:
    """Whether the daemon runs and what it starts next, or how it is started."""
    if not is_locked(config.daemon_lock):
        return "schedule: not running; start it with: pantau schedule run"
    fires = [
        (fire, job.id)
        for job in jobs
        if (fire := job.trigger().get_next_fire_time(None, now.astimezone(JAKARTA)))
    ]
    when, name = min(fires)
    return f"schedule: running, next {name} {when:%a %Y-%m-%d %H:%M} WIB ({week_of(now)} now)"


def _editions(store: Store) -> list[str]:
    """The newest editions, the newest first, each with who released it."""
    released = {
        (release.week, release.edition, release.as_of): release for release in releases(store)
    }
    lines = []
    for edition in reversed(store.editions.all()[-EDITIONS_SHOWN:]):
        week, kind, as_of = edition
        release = released.get(edition)
        status = f"released by {release.by} {_wib(release.at)}" if release else "not released"
        lines.append(f"{week} {kind} as of {_wib(as_of)}: {status}")
    return lines


def stale_editions(
    config: Config, registry: Registry, store: Store, now: datetime, *, by_hand: bool = False
) -> list[str]:
    """What the editions of the last weeks do not count yet, and who makes them again.

    With ``by_hand`` only of those that wait for a person.
    """
    by_daemon = refreshed_weeks(config, now)
    lines = []
    for week in sorted({week for week, _, _ in store.editions.all()})[-LOOK_BACK_WEEKS:]:
        if by_hand and week in by_daemon:
            continue
        if stale := stale_edition(store, registry, week):
            command = f"make it again with: pantau report --week {week} --edition final"
            mend = "the daemon makes it again" if week in by_daemon else command
            lines.append(f"{stale}; {mend}")
    return lines


def _run(run: Run) -> str:
    job = " ".join(part for part in (run.job, run.platform, run.week) if part)
    reason = f": {run.reason}" if run.reason else ""
    return f"{_wib(run.started_at)} {job} {run.outcome}{reason}"


def _wib(moment: datetime) -> str:
    return f"{moment.astimezone(JAKARTA):%Y-%m-%d %H:%M}"
