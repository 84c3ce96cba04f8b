"""Retention: raw evidence, findings and sellers' names past their limits go, and that is recorded.

A file stays while its week was not released, and while it holds a page or a visit of a listing that
anybody labelled as a foreign seller's or that an edition showed as confirmed. Findings stay of
editions that were released, of those that these were compared with, and of the newest of a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

from monitor.config import previous_week
from monitor.evidence import remove, seal
from monitor.findings.releases import releases
from monitor.model import Answer, EditionKind, ListingKey, Value
from monitor.store import Store
from monitor.store.erasures import Erasure


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


def removable_findings(
    store: Store, week: str, keep_weeks: int
) -> tuple[tuple[str, EditionKind, datetime], ...]:
    """The editions, as (week, kind, as_of), whose findings nothing rests on any more.

    Of weeks more than ``keep_weeks`` before ``week``. An edition compares itself with the newest
    one of each week before it as of its own time; where it was released, those are kept.
    """
    editions = store.editions.all()
    let_out = {(release.week, release.edition, release.as_of) for release in releases(store)}
    moments = [as_of for _, _, as_of in let_out]
    needed = set(let_out)
    for moment in (None, *moments):
        # The editions of a week come oldest first, so that the newest one is what remains.
        known = (edition for edition in editions if moment is None or edition[2] <= moment)
        needed |= set({edition[0]: edition for edition in known}.values())
    limit = previous_week(week, keep_weeks)
    removed = store.editions.removed()
    return tuple(
        edition for edition in editions if edition[0] < limit and edition not in needed | removed
    )


SELLER_BATCH = 500
"""Sellers that get their pseudonyms in one transaction, so that a crawl need not wait for all."""


def forget_sellers(store: Store, week: str, keep_weeks: int, at: datetime) -> tuple[int, int]:
    """Put pseudonyms in the place of sellers last seen more than ``keep_weeks`` before ``week``
    on whom nothing rests; returns how many sellers and how many contents of offers.

    They are entered in the list of erasures, so that nothing that reads an old page again brings
    them back.
    """
    due = store.seller_retention.due(previous_week(week, keep_weeks))
    if not due:
        return 0, 0
    erasures = store.erasures
    erasures.make_key()
    erasures.append(
        Erasure(
            platform="",
            pseudonym="",
            marks=tuple(erasures.mark(key.platform, key.kind, key.word) for key in due),
            at=at,
            by="retention",
            reason=f"{keep_weeks} weeks",
            basis=None,
            done=True,
        )
    )
    contents = sum(
        store.seller_retention.forget(
            due[start : start + SELLER_BATCH],
            lambda key: erasures.pseudonym(key.platform, key.kind, key.word),
        )
        for start in range(0, len(due), SELLER_BATCH)
    )
    return len(due), contents


def _proof_files(store: Store) -> set[str]:
    """Evidence files that hold a listing for which a platform may be held to account, or the words
    of a promise."""
    files = {_file_of(page.evidence) for page in store.promise_pages.all()}
    keys = _accused_listings(store)
    archived = store.archive.pages_of_listings(keys)
    for key in keys:
        responses = chain(
            (page.received for page in archived.get(key, ())),
            (observation.received for observation in store.observations.of_listing(*key)),
        )
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
