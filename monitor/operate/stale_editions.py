"""Stale editions: what people and the ministry gave to an edition, and what came after it."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.config import JAKARTA, Config, previous_week, week_of
from monitor.model import CaseEventKind, EditionKind, RunOutcome, Value
from monitor.registry import Registry, registry_on
from monitor.store import Store

EDITION_JOBS = {
    EditionKind.provisional: "report",
    EditionKind.final: "final",
    EditionKind.corrected: "corrected",
}
"""The job in the run log that makes an edition of a kind."""
LASTING = (EditionKind.final, EditionKind.corrected)
"""Kinds of editions that stand for a week once its labels are in."""


class StaleEdition(Value):
    """What came after the last edition of a week: new labels, a change of the registry, requests
    to platforms for a reply and their answers."""

    week: str
    edition: EditionKind
    labels: int
    registry: bool
    replies: int = 0

    def __str__(self) -> str:
        changes = [f"{self.labels} labels"] if self.labels else []
        changes += ["a change of the registry"] if self.registry else []
        changes += [f"{self.replies} requests for a reply or answers"] if self.replies else []
        return f"{self.week}: {' and '.join(changes)} came after the {self.edition} edition"


def stale_edition(store: Store, registry: Registry, week: str) -> StaleEdition | None:
    """What a week's last final or corrected edition does not count yet.

    None where it counts everything, and where the week has no such edition.
    """
    kinds = [kind for _, kind, _ in store.editions.all(week) if kind in LASTING]
    runs = [run for kind in LASTING for run in store.runs.newest(EDITION_JOBS[kind], week)]
    done = [run for run in runs if run.outcome is RunOutcome.done]
    last_run = max(done, key=lambda run: run.started_at, default=None)
    if not kinds or last_run is None:
        return None
    inputs = edition_inputs(store, registry, week, datetime.now(UTC))
    labels = int(inputs["labels"]) - int(last_run.versions.get("labels", "0"))
    registry_changed = inputs["registry"] != last_run.versions.get("registry")
    replies = int(inputs["replies"]) - int(last_run.versions.get("replies", "0"))
    if not labels and not registry_changed and not replies:
        return None
    return StaleEdition(
        week=week, edition=kinds[-1], labels=labels, registry=registry_changed, replies=replies
    )


def refreshed_weeks(config: Config, now: datetime) -> tuple[str, ...]:
    """The complete weeks before ``now`` whose editions are made again unasked, oldest first."""
    weeks_back = range(config.schedule.late_weeks, 0, -1)
    return tuple(previous_week(week_of(now), back) for back in weeks_back)


def edition_inputs(store: Store, registry: Registry, week: str, as_of: datetime) -> dict[str, str]:
    """What people and the ministry gave to an edition by ``as_of``, for the run log.

    The version of the registry, how many labels of the week's drawn listings there are, and how
    many requests for a reply about the week with the answers to them.
    """
    sample = store.audit_samples.of_week(week)
    drawn = {item.label_key for item in sample.items} if sample else set()
    labels = sum(label.key in drawn and label.at <= as_of for label in store.labels.all())
    version = registry_on(registry, as_of.astimezone(JAKARTA).date()).version
    return {
        "registry": version,
        "labels": str(labels),
        "replies": str(_replies(store, week, as_of)),
    }


def _replies(store: Store, week: str, as_of: datetime) -> int:
    """How many requests about a week and answers to them there were by ``as_of``."""
    requests = [r for r in store.reply_requests.all(week) if r.asked_at < as_of]
    if not requests:
        return 0
    refs = {request.ref for request in requests}
    asked = [
        events
        for events in store.case_events.all().values()
        if any(event.ref in refs for event in events if event.kind is CaseEventKind.asked)
    ]
    answers = sum(
        event.kind is CaseEventKind.answered and event.at < as_of
        for events in asked
        for event in events
    )
    return len(requests) + answers
