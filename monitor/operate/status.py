"""How it goes, in lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from monitor.config import JAKARTA, Config
from monitor.listing import UnitState
from monitor.store import Store

RUNS_SHOWN = 8


def lines(store: Store, week: str) -> Iterator[str]:
    """Units of ``week`` by platform and state, then the newest runs of any week."""
    records = store.units(week)
    if not records:
        yield f"{week}: no plan yet; draw it with: pantau plan --week {week}"
    platforms: dict[str, Counter[UnitState]] = {}
    for record in records:
        platforms.setdefault(record.unit.platform, Counter())[record.state] += 1
    for platform, states in sorted(platforms.items()):
        parts = (f"{states[state]} {state}" for state in UnitState if states[state])
        yield f"{week} {platform}: {', '.join(parts)}"
    for run in store.runs()[:RUNS_SHOWN]:
        began = run.started_at.astimezone(JAKARTA)
        about = " ".join(part for part in (run.job, run.platform, run.week) if part)
        reason = f": {run.reason}" if run.reason else ""
        yield f"{began:%Y-%m-%d %H:%M} {about} {run.outcome}{reason}"


def masked(config: Config) -> Iterator[str]:
    """``key = value`` for every setting, in the order of ``Config``; secrets as ``***``."""
    for key, value in msgspec.to_builtins(config, enc_hook=str).items():
        if isinstance(value, dict):
            for inner, setting in value.items():
                yield f"{key}.{inner} = {setting}"
        elif key == "notify":
            yield f"{key} = {['***'] * len(value)}"
        elif key == "database_url":
            yield f"{key} = {_without_password(value)}"
        elif value is not None:
            yield f"{key} = {value}"
        else:
            yield f"{key} is not set"


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    if not at:
        return url
    user = credentials.partition(":")[0]
    return f"{scheme}{separator}{user}:***@{host}"
