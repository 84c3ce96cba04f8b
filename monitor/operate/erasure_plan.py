"""What the erasure of a seller would do, and why it may not be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from monitor.config import Config, PantauError
from monitor.findings.cases import current_cases
from monitor.findings.releases import releases
from monitor.model import Case, CaseState, Findings, ListingKey
from monitor.operate.erased_files import FileFate, NamingFile, naming_files, search_of
from monitor.operate.publication import edition_folder
from monitor.registry import Registry
from monitor.store import Store
from monitor.store.erasures import ErasedEdition, Erasure
from monitor.store.seller_rows import SellerRows
from reports.contexts import main_file
from reports.messages import LANGUAGES

_SETTLED = {CaseState.closed, CaseState.withdrawn}
"""States of a case in which it needs its seller no more."""


class ErasureError(PantauError):
    """A seller cannot be erased; the message says why, and what to do."""


class ErasurePlan(NamedTuple):
    """What an erasure does.

    ``rows`` is None where the database was rewritten by an erasure that was interrupted later,
    ``begun`` that erasure; ``cases`` are those that still need the seller, ``pending`` is the week
    of an edition that nobody released yet and that confirms an offer of the seller.
    """

    platform: str
    word: str
    rows: SellerRows | None
    cases: tuple[Case, ...]
    pending: str | None
    editions: tuple[ErasedEdition, ...]
    files: tuple[NamingFile, ...]
    begun: Erasure | None

    @property
    def backups(self) -> tuple[Path, ...]:
        """Copies of the database that still hold the seller, and stay."""
        return tuple(file.path for file in self.files if file.fate is FileFate.backup)

    @property
    def standing(self) -> str | None:
        """Why the seller cannot be erased while its cases stand, and how to close them."""
        if self.cases:
            ids = ", ".join(case.id for case in self.cases)
            return (
                f"cases stand on this seller's offers, and are the basis to keep them: {ids};"
                f" close each first: pantau case close {self.cases[0].id} --reason …"
            )
        if self.pending:
            return (
                f"the newest edition, of {self.pending}, confirms offers of this seller and is not"
                " released yet; release it and close its cases, or have the offers labelled again"
            )
        return None

    def lines(self) -> Iterator[str]:
        """The plan in lines of text."""
        rows = self.rows
        if rows is None:
            yield "an erasure that was interrupted; what is left of it would be done"
            return
        shared = [pointer for pointer in rows.shared_pages.values() if pointer]
        own = [pointer for pointer in rows.own_pages.values() if pointer]
        yield (
            f"offers: {len(rows.items)}, in {len(rows.versions)} contents,"
            f" at {rows.positions} positions"
        )
        yield f"pages removed from the evidence: {len(own)}"
        yield f"screenshots removed from the evidence: {len(rows.screenshots)}"
        yield f"pages kept sealed, as they show other sellers, too: {len(shared)}"
        for edition in self.editions:
            as_of = f"{edition.as_of:%Y-%m-%d %H:%M} UTC"
            yield f"edition written anew: {edition.week} {edition.kind} of {as_of}"
        fates = Counter(file.fate for file in self.files)
        yield f"other documents and logs written without the seller: {fates[FileFate.blotted]}"
        yield f"archives, prints and readers' copies removed: {fates[FileFate.removed]}"
        for other in rows.same_name_elsewhere:
            yield f"not touched: {self.platform}/{other}, which bears the same name"
        yield from backup_lines(self.backups)


def backup_lines(backups: tuple[Path, ...]) -> Iterator[str]:
    """What to say of copies that still hold the seller."""
    for path in backups:
        yield f"a copy that still holds the seller, and stays: {path}"
    yield (
        "copies made before, releases and documents that lie outside of this home still hold the"
        " seller: delete them or have them deleted"
    )


def plan_erasure(
    config: Config, registry: Registry, store: Store, platform: str, word: str
) -> ErasurePlan:
    """What the erasure of a seller, by the platform's id or by the name, would do.

    Raises ``ErasureError`` where nothing is stored under that word.
    """
    begun = _interrupted(store, platform, word)
    rows = store.erasing.rows(platform, word)
    if rows is None:
        if begun is None:
            raise ErasureError(unknown_seller(store, platform, word))
        return ErasurePlan(platform, word, None, (), None, begun.editions, (), begun)
    names = rows.named(_pseudonym(store, rows, word))
    keys = {ListingKey(platform, item) for item in rows.items.values()}
    cases = tuple(
        case
        for case in current_cases(store, registry, config.now())
        if case.listing_key in keys and case.state not in _SETTLED
    )
    pending = _pending(store, keys)
    editions = tuple(
        _documents(config, store, findings)
        for name in store.erasing.editions(rows, names)
        if (findings := store.editions.latest(*name))
    )
    files = tuple(naming_files(config, search_of(rows, names)))
    return ErasurePlan(platform, word, rows, cases, pending, editions, files, begun)


def _pending(store: Store, keys: set[ListingKey]) -> str | None:
    """The week of the newest edition, where it has cases of these offers and is not released."""
    names = store.editions.all()
    newest = store.editions.latest(*names[-1]) if names else None
    if newest is None or any(
        (release.week, release.as_of) == (newest.week, newest.as_of) for release in releases(store)
    ):
        return None
    return newest.week if any(case.listing_key in keys for case in newest.cases) else None


def unknown_seller(store: Store, platform: str, word: str) -> str:
    """Why nothing of a seller is shown or erased: it was erased, has an id, or is not stored."""
    earlier = store.erasures.marked(platform, word)
    if earlier:
        return (
            f"{platform}/{word}: was erased on {earlier[-1].at:%Y-%m-%d}; nothing is stored since"
        )
    record = store.sellers.record(platform, word)
    if record and record.ids:
        ids = ", ".join(f"{platform}/{seller_id}" for seller_id in record.ids)
        return f"{platform}/{word}: this name is shown with an id; erase it by that: {ids}"
    return f"{platform}/{word}: nothing is stored under this id or name"


def _interrupted(store: Store, platform: str, word: str) -> Erasure | None:
    unfinished = (entry for entry in store.erasures.marked(platform, word) if not entry.done)
    return next(unfinished, None)


def _pseudonym(store: Store, rows: SellerRows, word: str) -> str:
    """The pseudonym to be; of a home that erased nobody yet the key is made with the first."""
    try:
        return store.erasures.pseudonym(rows.platform, seller_kind(rows), word)
    except PantauError:
        if store.erasures.entries:
            raise
        return "erased-…"


def seller_kind(rows: SellerRows) -> str:
    """By what a seller is known: the platform's ``id``, or the ``name`` alone."""
    return "name" if rows.seller is None else "id"


def _documents(config: Config, store: Store, findings: Findings) -> ErasedEdition:
    folder = edition_folder(store, findings, config.reports)
    return ErasedEdition(
        week=findings.week,
        kind=findings.edition,
        as_of=findings.as_of,
        langs=tuple(lang for lang in LANGUAGES if (folder / main_file(lang)).is_file()),
        pdf=any(folder.glob("pantau-*.pdf")),
    )
