"""Which editions people let go out, as the run log remembers it."""

from __future__ import annotations

from datetime import datetime

from monitor.model import EditionKind, Findings, RunOutcome, Value
from monitor.store import Store

RELEASE_JOB = "release"


class Release(Value):
    """An edition, known by its ``as_of``, was released ``by`` somebody."""

    week: str
    edition: EditionKind
    as_of: datetime
    by: str
    at: datetime


def releases(store: Store, week: str | None = None) -> tuple[Release, ...]:
    """All releases, or those of a week, the newest first."""
    return tuple(
        Release(
            week=run.week,
            edition=EditionKind(run.versions["edition"]),
            as_of=datetime.fromisoformat(run.versions["as_of"]),
            by=run.versions["by"],
            at=run.started_at,
        )
        for run in store.runs.newest(job=RELEASE_JOB, week=week)
        if run.outcome is RunOutcome.done and run.week
    )


def edition_of(store: Store, release: Release) -> Findings | None:
    """The edition that was released."""
    return store.editions.latest(release.week, release.edition, release.as_of)
