"""Retention: raw evidence past its limit is removed, and its removal is recorded.

A file stays while its week was not released, or while it holds a page or a visit of a listing that
anybody called a foreign seller's or that an edition showed as confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from monitor.config import previous_week
from monitor.evidence import remove, seal
from monitor.model import Answer, EditionKind, Value
from monitor.operate.releases import releases
from monitor.store import Store

Key = tuple[str, str]


class Pruning(Value):
    """What retention finds: files to remove, and how many stay for which reason."""

    remove: tuple[str, ...]
    bytes: int
    proof: int
    unreleased: tuple[str, ...]


def prunable(store: Store, evidence: Path, week: str, keep_weeks: int) -> Pruning:
    """Files of weeks more than ``keep_weeks`` before ``week``, without removing anything."""
    limit = previous_week(week, keep_weeks)
    old = sorted(path for path in evidence.glob("????-W??") if path.name < limit)
    released = {one.week for one in releases(store)}
    proof = _proof(store)
    gone: list[Path] = []
    stays = 0
    for folder in old:
        if folder.name in released:
            files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
            kept = [path for path in files if path.relative_to(evidence).as_posix() in proof]
            gone += [path for path in files if path not in kept]
            stays += len(kept)
    return Pruning(
        remove=tuple(path.relative_to(evidence).as_posix() for path in gone),
        bytes=sum(path.stat().st_size for path in gone),
        proof=stays,
        unreleased=tuple(path.name for path in old if path.name not in released),
    )


def prune(evidence: Path, week: str, found: Pruning, *, keep_weeks: int, at: datetime) -> None:
    """Remove the files of ``found``; what was removed and why is sealed in the week's manifest."""
    if not found.remove:
        return
    seal(evidence, week)
    for name in found.remove:
        remove(evidence, name, reason=f"retention: {keep_weeks} weeks", at=at)
    seal(evidence, week)


def _proof(store: Store) -> set[str]:
    """Evidence files that hold a listing somebody may be held to account for."""
    files: set[str] = set()
    keys = _accused(store)
    for platform, item in keys:
        seen = (one.received for one in store.observations.of_listing(platform, item))
        files |= {_file(one.evidence) for one in seen if one and one.evidence}
    for week in store.plans.weeks():
        for visit in store.visits.of_week(week):
            if (visit.platform, visit.item_id) in keys:
                if visit.received and visit.received.evidence:
                    files.add(_file(visit.received.evidence))
                files |= {visit.screenshot} if visit.screenshot else set()
    return files


def _accused(store: Store) -> set[Key]:
    keys = {
        (label.platform, label.item_id)
        for label in store.labels.all()
        if label.cross_border is Answer.yes
    }
    for week, kind in {(week, kind) for week, kind, _ in store.editions.all()}:
        keys |= set(_confirmed(store, week, kind))
    return keys


def _confirmed(store: Store, week: str, kind: EditionKind) -> Iterable[Key]:
    findings = store.editions.latest(week, kind)
    for entry in (*findings.listings, *findings.gone) if findings else ():
        if entry.confirmed:
            yield entry.listing.platform, entry.listing.item_id


def _file(pointer: str) -> str:
    return pointer.rpartition("#")[0]
