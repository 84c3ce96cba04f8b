"""The guard against silent failure: a week's counts judged against the weeks before.

A crawl can end well, exit code 0, and have seen next to nothing. Only what is worse than usual is
trouble: a platform that always refuses is in every report, and no news to the operator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median

import msgspec

from monitor.config import week_of
from monitor.model import UnitRecord, UnitState, Value
from monitor.store import Store

WEEKS = 8
"""So many weeks before are what is usual."""
FALL = 0.5
"""Below this share of what is usual it is trouble."""


class Tally(Value):
    """What a platform's units of one week came to."""

    units: int = 0
    answered: int = 0
    pending: int = 0
    places: int = 0
    states: dict[str, int] = msgspec.field(default_factory=dict)


def tallies(records: Iterable[UnitRecord]) -> dict[str, Tally]:
    """One tally a platform."""
    groups: dict[str, list[UnitRecord]] = {}
    for record in records:
        groups.setdefault(record.unit.platform, []).append(record)
    return {platform: _tally(group) for platform, group in sorted(groups.items())}


def _tally(records: Sequence[UnitRecord]) -> Tally:
    states = Counter(record.state for record in records)
    return Tally(
        units=len(records),
        answered=states[UnitState.sampled] + states[UnitState.empty],
        pending=states[UnitState.planned],
        places=sum(record.places for record in records),
        states={state: states[state] for state in UnitState if states[state]},
    )


def fallen(now: Tally, past: Sequence[Tally]) -> str | None:
    """What is wrong with a week's tally against those before it, in words; None where nothing is.

    Compared are the shares of units that answered, and places a unit, with their medians.
    """
    earlier = [one for one in past if one.units]
    if not now.units:
        return None
    states = ", ".join(f"{count} {state}" for state, count in now.states.items())
    if not earlier:
        return None if now.answered else f"no unit answered ({states})"
    usual = median(one.answered / one.units for one in earlier)
    if now.answered / now.units < FALL * usual:
        return f"{now.answered} of {now.units} units answered, usually {usual:.0%} ({states})"
    places = median(one.places / one.units for one in earlier)
    if now.places / now.units < FALL * places:
        return f"{now.places / now.units:.0f} listings a unit, usually {places:.0f} ({states})"
    return None


def troubles(store: Store, week: str, now: datetime) -> dict[str, str]:
    """Platforms whose week fell behind, each with one line of trouble.

    A week that is still going on is judged where nothing of a platform is left to fetch.
    """
    records = tallies(store.units.of_week(week))
    earlier = [one for one in store.plans.weeks() if one < week][-WEEKS:]
    past = [tallies(store.units.of_week(one)) for one in earlier]
    found = {}
    for platform, tally in records.items():
        if tally.pending and week_of(now) <= week:
            continue
        before = [one[platform] for one in past if platform in one]
        if words := fallen(tally, before):
            found[platform] = f"{platform}: {week}: {words}"
    return found
