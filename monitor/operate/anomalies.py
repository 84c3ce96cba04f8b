"""Anomaly check: a week's counts are held against those of the weeks before.

A crawl can end well, with exit code 0, and have seen next to nothing. Only what is worse than usual
is an anomaly: that a platform refuses as it always did is in every report, and no news.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median

import msgspec

from monitor.config import week_of
from monitor.model import Run, SignalRate, UnitRecord, UnitState, Value
from monitor.model.vocabulary import ROBOTS_UNREACHABLE
from monitor.registry import Registry
from monitor.store import Store
from monitor.store.signals import USUAL_WEEKS, signal_rates

LEAST_SHARE = 0.5
"""Below this share of what is usual a count is an anomaly."""


class Tally(Value):
    """What came of a platform's planned units in one week.

    ``answered`` units were sampled or empty, ``pending`` ones were not fetched yet; ``places``
    counts the listings that stood on the pages, ``unreadable`` the positions beside them whose
    listing could not be read. ``silent`` of the disallowed units are so only because robots.txt
    gave no answer, which is no refusal.
    """

    units: int = 0
    answered: int = 0
    pending: int = 0
    places: int = 0
    unreadable: int = 0
    silent: int = 0
    states: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether pages were refused, and fewer than half of the units answered."""
        refused = self.states.get("blocked", 0) + self.states.get("disallowed", 0) - self.silent
        return refused > 0 and 2 * self.answered < self.units


def is_unreached(run: Run) -> bool:
    """Whether a crawl asked for pages, and nobody gave it any answer, not even a refusal."""
    states = {state for state in UnitState if run.counts.get(state)}
    if run.reason == ROBOTS_UNREACHABLE:
        return states <= {UnitState.disallowed, UnitState.unreachable}
    return states == {UnitState.unreachable}


def run_tally(run: Run) -> Tally:
    """What came of the pages that one crawl asked for."""
    states: dict[str, int] = {
        state: run.counts[state] for state in UnitState if run.counts.get(state)
    }
    return Tally(
        units=run.counts.get("pages", 0),
        answered=sum(run.counts.get(state, 0) for state in UnitState if state.speaks),
        places=run.counts.get("listings", 0),
        states=states,
    )


def crawl_anomaly(store: Store, registry: Registry, week: str, run: Run) -> str | None:
    """What is worse than usual after a crawl, as one line for the operator; None where nothing is.

    A week of which all units were fetched is judged as a whole. Before that only the pages of the
    ``run`` are, so that a refusal is told the same night and not when the week is over.
    """
    platform = run.platform or ""
    if not store.units.pending(week, platform):
        return find_anomalies(store, registry, week, run.started_at).get(platform)
    history = (tallies(store.units.of_week(earlier, platform)) for earlier in _weeks(store, week))
    earlier = [by_platform[platform] for by_platform in history if platform in by_platform]
    problem = anomaly(run_tally(run), earlier)
    return f"{platform}: {week}: {problem}" if problem else None


def tallies(records: Iterable[UnitRecord]) -> dict[str, Tally]:
    """One tally for each platform, in alphabetical order."""
    by_platform: dict[str, list[UnitRecord]] = defaultdict(list)
    for record in records:
        by_platform[record.unit.platform].append(record)
    return {platform: _tally(by_platform[platform]) for platform in sorted(by_platform)}


def _tally(records: Sequence[UnitRecord]) -> Tally:
    states = Counter(record.state for record in records)
    return Tally(
        units=len(records),
        answered=states[UnitState.sampled] + states[UnitState.empty],
        pending=states[UnitState.planned],
        places=sum(record.places for record in records),
        unreadable=sum(record.unreadable for record in records),
        silent=sum(
            record.state is UnitState.disallowed and record.reason == ROBOTS_UNREACHABLE
            for record in records
        ),
        states={state: states[state] for state in UnitState if states[state]},
    )


def anomaly(tally: Tally, earlier: Sequence[Tally]) -> str | None:
    """What is wrong with a platform's week, in words; None where nothing is.

    The share of units that answered and the listings a unit are held against their medians over
    ``earlier`` weeks. Without an earlier week it is wrong only if no unit answered.
    """
    earlier = [week for week in earlier if week.units]
    if not tally.units:
        return None
    states = ", ".join(f"{count} {state}" for state, count in tally.states.items())
    if not earlier:
        return None if tally.answered else f"no unit answered ({states})"
    usual = median(week.answered / week.units for week in earlier)
    if tally.answered / tally.units < LEAST_SHARE * usual:
        return f"{tally.answered} of {tally.units} units answered, usually {usual:.0%} ({states})"
    places = median(week.places / week.units for week in earlier)
    if tally.places / tally.units < LEAST_SHARE * places:
        per_unit = tally.places / tally.units
        return f"{per_unit:.0f} listings a unit, usually {places:.0f} ({states})"
    return None


def lost_fields(rates: Iterable[SignalRate]) -> str | None:
    """The fields that listings no longer tell, in words; None where none is lost."""
    lost = [
        f"{rate.field} in {rate.share:.0%} of {rate.listings} listings"
        + ("" if rate.usual is None else f", usually {rate.usual:.0%}")
        for rate in rates
        if rate.is_lost
    ]
    return "; ".join(lost) or None


def find_anomalies(store: Store, registry: Registry, week: str, now: datetime) -> dict[str, str]:
    """The platforms whose week is worse than usual, each with one line for the operator.

    A platform's counts come before the fields that its listings no longer tell. Of a week that is
    not over at ``now``, a platform with units still to fetch is not judged.
    """
    week_tallies = tallies(store.units.of_week(week))
    rates = signal_rates(store, registry, week)
    return anomalies_of(store, week, now, week_tallies, rates)


def anomalies_of(
    store: Store,
    week: str,
    now: datetime,
    week_tallies: Mapping[str, Tally],
    rates: Mapping[str, Iterable[SignalRate]],
) -> dict[str, str]:
    """The same, from the week's tallies and rates of fields, by platform."""
    if not week_tallies:
        return {}
    history = [tallies(store.units.of_week(earlier)) for earlier in _weeks(store, week)]
    anomalies = {}
    for platform, tally in week_tallies.items():
        if tally.pending and week_of(now) <= week:
            continue
        earlier = [by_platform[platform] for by_platform in history if platform in by_platform]
        if problem := anomaly(tally, earlier) or lost_fields(rates.get(platform, ())):
            anomalies[platform] = f"{platform}: {week}: {problem}"
    return anomalies


def _weeks(store: Store, week: str) -> list[str]:
    """The planned weeks before ``week`` that say what is usual."""
    return [other for other in store.plans.weeks() if other < week][-USUAL_WEEKS:]
