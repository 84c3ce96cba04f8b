"""Editions that people or the registry have overtaken, as the ledger tells them.

A label, a decision between two labels, a reply, a confirmation, a corrected policy may come after
the edition that should have counted it. The ledger says what each edition was made from.
"""

from __future__ import annotations

from datetime import datetime

from monitor.config import Config, previous_week, week_of
from monitor.labels import label_key
from monitor.model import EditionKind, Run, RunOutcome, Value
from monitor.registry import Registry
from monitor.store import Store

LEDGER_NAME = {
    EditionKind.provisional: "report",
    EditionKind.final: "final",
    EditionKind.corrected: "corrected",
}
LASTING = (EditionKind.final, EditionKind.corrected)


class StaleEdition(Value):
    """What came after the last edition of a week; at least one of ``labels`` and ``registry``."""

    week: str
    edition: EditionKind
    labels: int
    registry: bool

    def __str__(self) -> str:
        came = [f"{self.labels} labels"] if self.labels else []
        came += ["a change of the registry"] if self.registry else []
        return f"{self.week}: {' and '.join(came)} came after the {self.edition} edition"


def overtaken(store: Store, registry: Registry, week: str) -> StaleEdition | None:
    """What a week's final or corrected edition does not count yet; None where it counts all, and
    where there is no such edition."""
    kinds = [kind for one, kind, _ in store.editions.all() if one == week and kind in LASTING]
    last = _last_made(store, week)
    if not kinds or last is None:
        return None
    now = made_from(store, registry, week)
    labels = int(now["labels"]) - int(last.versions.get("labels", "0"))
    changed = now["registry"] != last.versions.get("registry")
    if not labels and not changed:
        return None
    return StaleEdition(week=week, edition=kinds[-1], labels=labels, registry=changed)


def _last_made(store: Store, week: str) -> Run | None:
    runs = [run for kind in LASTING for run in store.runs.newest(LEDGER_NAME[kind], week)]
    done = [run for run in runs if run.outcome is RunOutcome.done]
    return max(done, key=lambda run: run.started_at, default=None)


def window(config: Config, now: datetime) -> tuple[str, ...]:
    """The weeks whose editions are made again by themselves, oldest first."""
    this = week_of(now)
    return tuple(previous_week(this, back) for back in range(config.schedule.late_weeks, 0, -1))


def made_from(store: Store, registry: Registry, week: str) -> dict[str, str]:
    """What people and the ministry gave to an edition made now: how many labels of the week's
    drawn listings there are, and the version of the registry."""
    draw = store.audit_samples.of_week(week)
    drawn = {label_key(item) for item in draw.items} if draw else set()
    labels = sum(label_key(label) in drawn for label in store.labels.all())
    return {"registry": registry.version, "labels": str(labels)}
