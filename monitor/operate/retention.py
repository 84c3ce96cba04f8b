"""Retention: raw evidence past its limit is removed, and its removal is recorded.

A file stays while its week was not released, and while it holds a page or a visit of a listing that
anybody labelled as a foreign seller's or that an edition showed as confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from monitor.config import previous_week
from monitor.evidence import remove, seal
from monitor.findings.releases import releases
from monitor.model import Answer, ListingKey, Value
from monitor.store import Store


class Pruning(Value):
    """What may be removed: ``files``, relative to the evidence folder, and their ``bytes``.

    ``proof`` files of the same weeks stay; so do all files of the weeks ``unreleased``.
    """

    files: tuple[str, ...]
    bytes: int
    proof: int
    unreleased: tuple[str, ...]


def plan_pruning(store: Store, evidence: Path, week: str, keep_weeks: int) -> Pruning:
    """What may be removed of the weeks more than ``keep_weeks`` before ``week``."""
    limit = previous_week(week, keep_weeks)
    old_folders = sorted(path for path in evidence.glob("????-W??") if path.name < limit)
    released = {release.week for release in releases(store)}
    proof_files = _proof_files(store)
    files: list[Path] = []
    proof = 0
    for folder in old_folders:
        if folder.name not in released:
            continue
        for path in sorted(folder.rglob("*")):
            if path.relative_to(evidence).as_posix() in proof_files:
                proof += 1
            elif path.is_file():
                files.append(path)
    return Pruning(
        files=tuple(path.relative_to(evidence).as_posix() for path in files),
        bytes=sum(path.stat().st_size for path in files),
        proof=proof,
        unreleased=tuple(path.name for path in old_folders if path.name not in released),
    )


def prune(
    evidence: Path, week: str, files: Sequence[str], *, keep_weeks: int, at: datetime
) -> None:
    """Remove evidence files; the removal of each, and why, is sealed in the manifest of ``week``.

    They are sealed before, too, so that verification knows what was removed.
    """
    if not files:
        return
    seal(evidence, week)
    for name in files:
        remove(evidence, name, reason=f"retention: {keep_weeks} weeks", at=at)
    seal(evidence, week)


def _proof_files(store: Store) -> set[str]:
    """Evidence files that hold a listing for which a platform may be held to account, or the words
    of a promise."""
    files = {_file_of(page.evidence) for page in store.promise_pages.all()}
    keys = _accused_listings(store)
    for platform, item_id in keys:
        responses = (page.received for page in store.observations.of_listing(platform, item_id))
        files |= {
            _file_of(response.evidence) for response in responses if response and response.evidence
        }
    for week in store.plans.weeks():
        for visit in store.visits.of_week(week):
            if visit.key not in keys:
                continue
            if visit.received and visit.received.evidence:
                files.add(_file_of(visit.received.evidence))
            if visit.screenshot:
                files.add(visit.screenshot)
    return files


def _accused_listings(store: Store) -> set[ListingKey]:
    """Keys of listings that a person or an edition called in breach."""
    keys = {
        ListingKey(label.platform, label.item_id)
        for label in store.labels.all()
        if label.answer is Answer.yes
    }
    for week, kind in {(week, kind) for week, kind, _ in store.editions.all()}:
        if findings := store.editions.latest(week, kind):
            keys |= {
                entry.listing.key
                for entry in (*findings.listings, *findings.gone, *findings.used_clothing)
                if entry.confirmed
            }
    return keys


def _file_of(pointer: str) -> str:
    return pointer.rpartition("#")[0]
