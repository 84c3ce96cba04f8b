"""How it goes, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from monitor.config import JAKARTA, Config, week_of, week_start
from monitor.estimate.controls import measured_errors
from monitor.findings.annotators import control_looks, first_control_week
from monitor.findings.releases import releases
from monitor.labels import resolve
from monitor.model import AuditSample, ErrorRate, Mode, Question, Run
from monitor.operate.anomalies import Tally, find_anomalies, tallies
from monitor.operate.health import free_space
from monitor.operate.notify import recent_alerts
from monitor.operate.pauses import pause_lines
from monitor.operate.refresh import refreshed_weeks, stale_edition
from monitor.operate.timetable import LOOK_BACK_WEEKS, REFRESH_JOB, Job
from monitor.process import is_locked
from monitor.registry import Registry
from monitor.registry.rates import rate_line
from monitor.sampling import audit_margins
from monitor.store import Store
from monitor.store.signals import signal_rates
from monitor.web.audit.week import WeekAudit

RUNS_SHOWN = 8
EDITIONS_SHOWN = 4
OLD_VIEWS = "database: views for researchers of another version; run: pantau db upgrade"


def status_lines(
    config: Config,
    jobs: Sequence[Job],
    registry: Registry,
    store: Store,
    week: str,
    now: datetime,
) -> Iterator[str]:
    """One screen: the daemon, the rate of the dollar, the room on disk, the units of ``week`` by
    platform, and under headings what is wrong there and was told in the last seven days, editions,
    what came after them, the newest runs."""
    yield daemon_line(config, jobs, now)
    yield from pause_lines(config, jobs)
    yield rate_line(registry.rates, now.astimezone(JAKARTA).date())
    yield room_line(config, store)
    if not store.has_current_views:
        yield OLD_VIEWS
    rates = signal_rates(store, registry, week)
    week_tallies = tallies(store.units.of_week(week))
    if not week_tallies:
        yield f"{week}: no plan yet; draw it with: pantau plan --week {week}"
    for platform, tally in week_tallies.items():
        states = ", ".join(f"{count} {state}" for state, count in tally.states.items())
        unreadable = f", {tally.unreadable} unreadable" if tally.unreadable else ""
        yield f"{week} {platform}: {states}; {tally.places} listings seen{unreadable}"
        if shares := rates.get(platform):
            told = ", ".join(f"{rate.field} {rate.share:.0%}" for rate in shares)
            yield f"{week} {platform}: told by listings: {told}"
        yield from _refusal(registry, platform, tally, week)
    alerts = [
        f"{_wib(alert.at)} {alert.line}{' (over)' if alert.ended_at else ''}"
        for alert in recent_alerts(config.alerts, now)
    ]
    anomalies = find_anomalies(store, registry, week, now).values()
    runs = [
        run
        for run in store.runs.newest(limit=10 * RUNS_SHOWN)
        if run.job not in {"classify", REFRESH_JOB} or run.reason
    ]
    blocks = {
        "people's error, by controls": _annotator_errors(store, week, now),
        "trouble of the last seven days": [*anomalies, *alerts[-RUNS_SHOWN:]],
        "editions": _editions(store),
        "came after an edition": stale_editions(config, registry, store, now),
        "last runs": [_run(run) for run in runs[:RUNS_SHOWN]],
    }
    for title, lines in blocks.items():
        if lines:
            yield f"{title}:"
            yield from (f"  {line}" for line in lines)


def room_line(config: Config, store: Store) -> str:
    """The size of the database, what a planned week takes of it on average, and the room left."""
    weeks = len(store.plans.weeks())
    size = store.size / 2**20
    a_week = f", {size / weeks:.1f} MiB for each of {weeks} planned weeks" if weeks else ""
    room, _ = free_space(config)
    return f"database: {size:.1f} MiB{a_week}; {room} below the home"


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


def audit_lines(store: Store, registry: Registry, week: str) -> Iterator[str]:
    """How far a week's audit is, for all and for each annotator, and whom it lacks.

    Raises ``PantauError`` where no audit was drawn.
    """
    work = WeekAudit(store, registry, week).work()
    names = [annotator.name for annotator in store.annotators.all()]
    progress = {name: work.progress(name) for name in names}
    overall = work.progress("")
    yield (
        f"{week}: {overall.listings} listings, {overall.labelled} labelled; {overall.waiting} wait"
        f" for a second person, {overall.third_looks} for a third one, {overall.disagreements} for"
        f" a decision, {overall.unclear} for another visit"
    )
    for name, own in progress.items():
        yield f"{name}: {own.by_annotator} labelled, {own.remaining} to look at"
    yield from margin_lines(work.sample)
    alone = [
        key for key in work.third_looks if not any(work.wants_label(key, name) for name in names)
    ]
    if alone:
        yield (
            f"{len(alone)} wait for a third person's look, without which no breach is stated there,"
            " and nobody is there to give it; run: pantau audit invite NAME"
        )


def margin_lines(sample: AuditSample) -> Iterator[str]:
    """What a quarter of weeks with as many labels tells of each cell with unflagged ones."""
    for (platform, cluster), expected in audit_margins(sample).items():
        if expected.none_found < 1.0:
            yield (
                f"{platform} {cluster}: a quarter of such weeks tells a share of "
                f"{expected.share:.0%} ±{expected.margin:.1%}, with nothing found at most "
                f"{expected.none_found:.1%}"
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


def _annotator_errors(store: Store, week: str, now: datetime) -> list[str]:
    """The error of each annotator and pair over a year of controls; nothing without a control."""
    looks = list(control_looks(store, week, now))
    answers = resolve(store.labels.all(week=week)).items()
    clean = sum(
        not label.confirmed for key, label in answers if key.question is Question.cross_border
    )
    errors = measured_errors(looks, first_control_week(week), clean)
    if errors is None:
        return []
    names = sorted({look.person for look in looks})

    def share(rate: ErrorRate | None) -> str:
        if rate is None:
            return "not measured, too few"
        return f"{rate.wrong} of {rate.answered} ({rate.low:.1%} to {rate.high:.1%})"

    lines = [
        f"{names[own.person - 1]}: foreign missed {share(own.missed)},"
        f" domestic called foreign {share(own.false_yes)}"
        for own in errors.people
    ]
    for pair in errors.pairs:
        first, second = (names[person - 1] for person in pair.people)
        correlation = "not measured, too few"
        if pair.correlation is not None:
            correlation = f"{pair.correlation:.2f} ({pair.low:.2f} to {pair.high:.2f})"
        lines.append(f"{first} and {second}: correlation of errors {correlation}")
    if clean and errors.false_confirmations is not None:
        lines.append(
            f"clean listings confirmed in a year of such weeks: {errors.false_confirmations:.1f}"
            f" ({errors.false_confirmations_low:.1f} to {errors.false_confirmations_high:.1f})"
        )
    return lines


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


def masked_settings(config: Config) -> Iterator[str]:
    """``key = value`` for every setting, in the order of ``Config``; secrets as ``***``."""
    for key, setting in msgspec.to_builtins(config, enc_hook=str).items():
        if key == "own_hosts":
            continue
        if isinstance(setting, dict):
            for inner_key, inner_setting in setting.items():
                yield f"{key}.{inner_key} = {inner_setting}"
        elif key in {"notify_to", "handover_to"}:
            yield f"{key} = {['***'] * len(setting)}"
        elif key == "ping" and setting:
            yield f"{key} = ***"
        elif key == "database_url":
            yield f"{key} = {_without_password(setting)}"
        elif setting is not None:
            yield f"{key} = {setting}"
        elif key not in {"simulated_now", "ping"}:
            yield f"{key} is not set"


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    if not at:
        return url
    user = credentials.partition(":")[0]
    return f"{scheme}{separator}{user}:***@{host}"
