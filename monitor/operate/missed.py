"""Firings whose time has passed: what of them was not done is entered in the run log, and told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from monitor.config import previous_week
from monitor.model import Origin, RunOutcome, UnitState
from monitor.operate.timetable import Due
from monitor.store import Store


def enter_missed(
    store: Store, missed: Sequence[tuple[Due, int | None]], origin: Origin, now: datetime
) -> Iterator[str]:
    """Enter firings whose time has passed; yields a line for the operator, by week and job.

    One is ``missed`` only where nothing was done for its week: a plan that stands is done, and
    crawls and visits of which some were made are ``stopped``. ``missed`` has each firing with the
    units that its crawl did not fetch (None: no crawl, or no plan).
    """
    not_done: dict[str, list[str]] = defaultdict(list)
    not_finished: dict[str, list[str]] = defaultdict(list)
    for due, units in missed:
        due_at = f"due {due.at:%Y-%m-%d %H:%M} WIB"
        outcome, reason = RunOutcome.missed, f"{due_at} and not done in its week"
        records = store.units.of_week(due.week, due.job.platform) if due.job.platform else ()
        if due.job.id == "plan" and store.plans.of_week(due.week):
            outcome, reason = RunOutcome.done, "stands as drawn"
        elif any(record.state is not UnitState.planned for record in records):
            part = f"{units} of {len(records)} units"
            outcome, reason = RunOutcome.stopped, f"{part} not fetched in their week"
            not_finished[due.week].append(f"{due.job.id} ({part})")
        elif due.job.platform is None and _was_begun(store, due):
            outcome, reason = RunOutcome.stopped, f"{due_at} and not all done in its week"
            not_finished[due.week].append(due.job.id)
        else:
            not_done[due.week].append(due.job.id)
        # A plan that stands is entered as of now, so that the log settles its firing.
        started_at = now if outcome is RunOutcome.done else due.at
        run = store.runs.start(
            due.job.logged_as, origin, started_at, week=due.week, platform=due.job.platform
        )
        counts = {"units": units} if units else {}
        store.runs.finish(run, outcome, now, reason=reason, counts=counts)
    if not_done:
        yield f"schedule: missed and not measured: {by_week(not_done)}; see pantau status"
    if not_finished:
        yield f"schedule: not finished in their week: {by_week(not_finished)}"


def _was_begun(store: Store, due: Due) -> bool:
    """Whether a run of a job did some of the work for a week, though not all of it."""
    runs = store.runs.newest(due.job.logged_as, due.week)
    return any(run.outcome in {RunOutcome.done, RunOutcome.stopped} for run in runs)


def by_week(jobs: Mapping[str, Sequence[str]]) -> str:
    """Jobs by week, in words; weeks one after the other with the same jobs are a span."""
    spans: list[tuple[str, str, str]] = []
    for week in sorted(jobs):
        names = ", ".join(dict.fromkeys(jobs[week]))
        if spans and spans[-1][1:] == (previous_week(week), names):
            spans[-1] = (spans[-1][0], week, names)
        else:
            spans.append((week, week, names))
    return "; ".join(
        f"{first if first == last else f'{first} to {last}'}: {names}"
        for first, last, names in spans
    )
