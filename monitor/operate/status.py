"""How it goes, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from monitor.config import JAKARTA, Config, week_of
from monitor.model import Run
from monitor.operate.anomalies import tallies, troubles
from monitor.operate.lock import is_running
from monitor.operate.notify import memory, recent
from monitor.operate.releases import releases
from monitor.operate.stale_editions import overtaken, window
from monitor.operate.timetable import LATE, LOOK_BACK_WEEKS, Job
from monitor.registry import Registry
from monitor.store import Store

RUNS_SHOWN = 8
EDITIONS_SHOWN = 4


def lines(
    config: Config,
    jobs: Sequence[Job],
    registry: Registry,
    store: Store,
    week: str,
    now: datetime,
) -> Iterator[str]:
    """One screen: the daemon, the week by platform, trouble, editions and what overtook them, the
    newest runs."""
    yield _daemon(config, jobs, now)
    if not store.has_current_views:
        yield "database: views for researchers of another version; run: pantau db upgrade"
    found = tallies(store.units.of_week(week))
    if not found:
        yield f"{week}: no plan yet; draw it with: pantau plan --week {week}"
    for platform, tally in found.items():
        states = ", ".join(f"{count} {state}" for state, count in tally.states.items())
        yield f"{week} {platform}: {states}; {tally.places} listings seen"
    told = [f"{_wib(one.at)} {one.line}" for one in recent(memory(config.home), now)]
    judged = list(troubles(store, week, now).values())
    yield from _block("trouble of the last seven days", [*judged, *told[-RUNS_SHOWN:]])
    yield from _block("editions", _editions(store))
    yield from _block("came after an edition", _overtaken(config, registry, store, now))
    runs = [run for run in store.runs.newest(limit=10 * RUNS_SHOWN) if _telling(run)]
    yield from _block("last runs", [_run(run) for run in runs[:RUNS_SHOWN]])


def _daemon(config: Config, jobs: Sequence[Job], now: datetime) -> str:
    if not is_running(config.home):
        return "schedule: not running; start it with: pantau schedule run"
    fires = [
        (fire, job.id)
        for job in jobs
        if (fire := job.trigger().get_next_fire_time(None, now.astimezone(JAKARTA)))
    ]
    when, name = min(fires)
    return f"schedule: running, next {name} {when:%a %Y-%m-%d %H:%M} WIB ({week_of(now)} now)"


def _editions(store: Store) -> list[str]:
    released = {(one.week, one.edition, one.as_of): one for one in releases(store)}
    found = []
    for key in store.editions.all()[-EDITIONS_SHOWN:]:
        week, kind, as_of = key
        one = released.get(key)
        standing = f"released by {one.by} {_wib(one.at)}" if one else "not released"
        found.append(f"{week} {kind} as of {_wib(as_of)}: {standing}")
    return found[::-1]


def _overtaken(config: Config, registry: Registry, store: Store, now: datetime) -> list[str]:
    """What editions do not count yet, and who will make them again."""
    again = window(config, now)
    found = []
    for week in sorted({week for week, _, _ in store.editions.all()})[-LOOK_BACK_WEEKS:]:
        if (one := overtaken(store, registry, week)) is None:
            continue
        by_hand = f"make it again with: pantau report --week {week} --edition final"
        mend = "the daemon makes it again" if week in again else by_hand
        found.append(f"{one}; {mend}")
    return found


def _telling(run: Run) -> bool:
    return run.job not in {"classify", LATE} or bool(run.reason)


def _run(run: Run) -> str:
    about = " ".join(part for part in (run.job, run.platform, run.week) if part)
    reason = f": {run.reason}" if run.reason else ""
    return f"{_wib(run.started_at)} {about} {run.outcome}{reason}"


def _block(title: str, found: Sequence[str]) -> Iterator[str]:
    if found:
        yield f"{title}:"
        yield from (f"  {line}" for line in found)


def _wib(moment: datetime) -> str:
    return f"{moment.astimezone(JAKARTA):%Y-%m-%d %H:%M}"


def masked(config: Config) -> Iterator[str]:
    """``key = value`` for every setting, in the order of ``Config``; secrets as ``***``."""
    for key, value in msgspec.to_builtins(config, enc_hook=str).items():
        if isinstance(value, dict):
            for inner, setting in value.items():
                yield f"{key}.{inner} = {setting}"
        elif key in {"notify", "handover_to"}:
            yield f"{key} = {['***'] * len(value)}"
        elif key == "database_url":
            yield f"{key} = {_without_password(value)}"
        elif value is not None:
            yield f"{key} = {value}"
        elif key != "simulated_now":
            yield f"{key} is not set"


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    if not at:
        return url
    user = credentials.partition(":")[0]
    return f"{scheme}{separator}{user}:***@{host}"
