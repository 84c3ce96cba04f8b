"""Who released which edition when, as the ledger tells it."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.config import PantauError
from monitor.model import EditionKind, Findings, RunOutcome, Value
from monitor.operate.run_log import recorded
from monitor.store import Store

JOB = "release"
_ORDER = (EditionKind.provisional, EditionKind.final, EditionKind.corrected)


class ReleaseError(PantauError):
    """There is nothing to release."""


class Release(Value):
    """An edition, known by its ``as_of``, was released ``by`` somebody."""

    week: str
    edition: EditionKind
    as_of: datetime
    by: str
    at: datetime


def rank(kind: EditionKind) -> int:
    """Provisional before final before corrected."""
    return _ORDER.index(kind)


def releases(store: Store, week: str | None = None) -> tuple[Release, ...]:
    """All releases, the newest first."""
    return tuple(
        Release(
            week=run.week,
            edition=EditionKind(run.versions["edition"]),
            as_of=datetime.fromisoformat(run.versions["as_of"]),
            by=run.versions["by"],
            at=run.started_at,
        )
        for run in store.runs.newest(job=JOB, week=week)
        if run.outcome is RunOutcome.done and run.week
    )


def release(
    store: Store, week: str, kind: EditionKind | None, by: str, *, audited: bool = False
) -> tuple[Findings, Release, bool]:
    """Release the latest edition of a week (of ``kind`` where given); whether it was done now.

    An edition is released once: who did it first stays. With ``audited`` one without a label is
    refused. Raises ``ReleaseError``.
    """
    kinds = (kind,) if kind else tuple(reversed(_ORDER))
    findings = next((found for one in kinds if (found := store.editions.latest(week, one))), None)
    if findings is None:
        name = f"{kind} edition" if kind else "edition"
        command = f"pantau report --week {week} --edition {kind or EditionKind.final}"
        raise ReleaseError(f"{week}: no {name} to release; make it with: {command}")
    if audited and not (findings.audit and findings.audit.labels):
        raise ReleaseError(
            f"{week}: nobody labelled the {findings.edition} edition, so it stays here;"
            f" label it and run: pantau report --week {week} --edition {findings.edition}"
        )
    for one in releases(store, week):
        if (one.edition, one.as_of) == (findings.edition, findings.as_of):
            return findings, one, False
    made = Release(
        week=week, edition=findings.edition, as_of=findings.as_of, by=by, at=datetime.now(UTC)
    )
    about = {"edition": made.edition.value, "as_of": made.as_of.isoformat(), "by": by}
    with recorded(store, JOB, findings.origin, week=week, versions=about) as run:
        run.remark = f"{made.edition} edition released by {by}"
    return findings, made, True
