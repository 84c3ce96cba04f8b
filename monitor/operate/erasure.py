"""Erasing one seller from a home (UU 27/2022, article 8): what would go, and the going.

The order makes it safe to be killed anywhere: it is entered in the list of erasures first, then
evidence and files lose the seller while the database still knows what to look for, then the
database in one transaction; at last documents are made again from what is left. The same command
goes on where it was interrupted.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from monitor.config import Config, PantauError, week_of
from monitor.crawl.process import platform_lock
from monitor.evidence import erase_records, is_removed, remove, removed_evidence, seal
from monitor.evidence.warc import records
from monitor.findings.cases import current_cases
from monitor.findings.releases import releases
from monitor.model import Case, CaseState, Findings, ListingKey, case_id
from monitor.operate.case_pages import write_case_pages
from monitor.operate.cases import newest_release
from monitor.operate.erased_files import FileFate, FileSearch, NamingFile, clear_file, naming_files
from monitor.operate.publication import edition_folder, publish
from monitor.operate.run_log import recorded
from monitor.process import LockedError, locked
from monitor.registry import Registry
from monitor.sampling import draw_sha256
from monitor.store import Store
from monitor.store.erase import SellerRows
from monitor.store.erasures import ErasedEdition, Erasure, Names, RewrittenHash
from reports.cases import RECORD
from reports.contexts import main_file
from reports.messages import LANGUAGES

ERASE_JOB = "erase"
_SETTLED = {CaseState.closed, CaseState.withdrawn}
"""States of a case in which it needs its seller no more."""


class ErasureError(PantauError):
    """A seller cannot be erased; the message says why, and what to do."""


class ErasureOrder(NamedTuple):
    """Who ordered an erasure and why, and on which basis shared pages are kept."""

    by: str
    reason: str
    basis: str | None


class ErasurePlan(NamedTuple):
    """What an erasure does.

    ``rows`` is None where the database was rewritten by an erasure that was interrupted later,
    ``begun`` that erasure; ``cases`` are those that still need the seller.
    """

    platform: str
    word: str
    rows: SellerRows | None
    cases: tuple[Case, ...]
    editions: tuple[ErasedEdition, ...]
    files: tuple[NamingFile, ...]
    begun: Erasure | None

    @property
    def backups(self) -> tuple[Path, ...]:
        """Copies of the database that still hold the seller, and stay."""
        return tuple(file.path for file in self.files if file.fate is FileFate.backup)

    @property
    def standing(self) -> str:
        """Why the seller cannot be erased while its cases stand, and how to close them."""
        ids = ", ".join(case.id for case in self.cases)
        return (
            f"cases stand on this seller's offers, and are the basis to keep them: {ids};"
            f" close each first: pantau case close {self.cases[0].id} --reason …"
        )

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
        for file in self.files:
            if file.fate is not FileFate.backup:
                yield f"file {file.fate}: {file.path}"
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
            raise ErasureError(_unknown(store, platform, word))
        return ErasurePlan(platform, word, None, (), begun.editions, (), begun)
    names = rows.named(_pseudonym(store, rows, word))
    keys = {ListingKey(platform, item) for item in rows.items.values()}
    cases = tuple(
        case
        for case in current_cases(store, registry, config.now())
        if case.key in keys and case.state not in _SETTLED
    )
    editions = tuple(
        _documents(config, store, findings)
        for name in store.erasing.editions(rows, names)
        if (findings := store.editions.latest(*name))
    )
    files = tuple(naming_files(config, _search(rows, names)))
    return ErasurePlan(platform, word, rows, cases, editions, files, begun)


def erase_seller(
    config: Config,
    registry: Registry,
    store: Store,
    plan: ErasurePlan,
    order: ErasureOrder,
    warn: Callable[[str], None] = lambda message: None,
) -> Erasure:
    """Erase a seller as planned; returns the entry in the list of erasures.

    Raises ``ErasureError`` where a case stands or a legal basis is missing, and ``LockedError``
    while the daemon or a crawl of this home runs.
    """
    if plan.cases:
        raise ErasureError(plan.standing)
    rows = plan.rows
    if rows and any(rows.shared_pages.values()) and not (order.basis or plan.begun):
        raise ErasureError(
            "pages that show other sellers, too, are kept, and that needs a legal basis of its own:"
            " name it with --basis"
        )
    with _alone(config, registry), recorded(store, ERASE_JOB, store.origin, now=config.now) as run:
        entry = _begin(config, store, plan, order)
        if rows:
            run.counts["offers"] = len(rows.items)
            names = rows.named(entry.pseudonym)
            _clear_evidence(config, rows, entry)
            _clear_files(config, store, plan, names)
            store.erasing.erase(rows, names, draw_sha256)
        entry = replace(entry, rewritten=tuple(_rewritten(store, entry)))
        store.erasures.append(entry)
        store.erasing.clear()
        _write_again(config, registry, store, entry, warn)
        entry = replace(entry, done=True)
        store.erasures.append(entry)
    return entry


def _unknown(store: Store, platform: str, word: str) -> str:
    earlier = _earlier(store, platform, word)
    if earlier:
        return (
            f"{platform}/{word}: was erased on {earlier[-1].at:%Y-%m-%d}; nothing is stored since"
        )
    record = store.sellers.record(platform, word)
    if record and record.ids:
        ids = ", ".join(f"{platform}/{seller_id}" for seller_id in record.ids)
        return f"{platform}/{word}: this name is shown with an id; erase it by that: {ids}"
    return f"{platform}/{word}: nothing is stored under this id or name"


def _earlier(store: Store, platform: str, word: str) -> list[Erasure]:
    if not store.erasures.entries:
        return []
    marks = {store.erasures.mark(platform, kind, word) for kind in ("id", "name")}
    return [entry for entry in store.erasures.entries if marks & entry.mark_set]


def _interrupted(store: Store, platform: str, word: str) -> Erasure | None:
    unfinished = (entry for entry in _earlier(store, platform, word) if not entry.done)
    return next(unfinished, None)


def _pseudonym(store: Store, rows: SellerRows, word: str) -> str:
    """The pseudonym to be; of a home that erased nobody yet the key is made with the first."""
    try:
        return store.erasures.pseudonym(rows.platform, _kind(rows), word)
    except PantauError:
        if store.erasures.entries:
            raise
        return "erased-…"


def _kind(rows: SellerRows) -> str:
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


@contextmanager
def _alone(config: Config, registry: Registry) -> Iterator[None]:
    """Keep the daemon and all crawls of this home from running."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(config.daemon_lock, "the daemon of this home"))
            for platform in registry.platforms:
                stack.enter_context(platform_lock(config, platform))
        except LockedError as error:
            raise LockedError(f"{error}; it must not write what is erased") from error
        yield


def _begin(config: Config, store: Store, plan: ErasurePlan, order: ErasureOrder) -> Erasure:
    """Enter the erasure in the list, unless it was; what it needs later stands in the entry."""
    if plan.begun:
        return plan.begun
    rows = plan.rows
    assert rows is not None
    erasures = store.erasures
    erasures.make_key()
    marks = [erasures.mark(plan.platform, _kind(rows), plan.word)]
    marks += [erasures.mark(plan.platform, "item", item) for item in sorted(rows.items.values())]
    hashes = [
        RewrittenHash(
            of=f"{edition.week} {edition.kind} {edition.as_of.isoformat()}",
            before=store.editions.sha256(edition.week, edition.kind, edition.as_of),
        )
        for edition in plan.editions
    ]
    hashes += [
        RewrittenHash(of=f"{week} draw", before=sha) for week, sha in store.erasing.draws(rows)
    ]
    entry = Erasure(
        platform=plan.platform,
        pseudonym=erasures.pseudonym(plan.platform, _kind(rows), plan.word),
        marks=tuple(marks),
        at=config.now(),
        by=order.by,
        reason=order.reason,
        basis=order.basis,
        rewritten=tuple(hashes),
        editions=plan.editions,
    )
    erasures.append(entry)
    return entry


def _search(rows: SellerRows, names: Names) -> FileSearch:
    return FileSearch(names, frozenset(rows.items.values()))


def _clear_evidence(config: Config, rows: SellerRows, entry: Erasure) -> None:
    """Remove the pages that show this seller alone; what was not sealed yet is sealed before."""
    folder = config.evidence
    if not folder.is_dir():
        return
    week = week_of(entry.at)
    seal(folder, week)
    removed = removed_evidence(folder)
    offsets: dict[str, set[int]] = defaultdict(set)
    shared = set(rows.shared_pages.values())
    for pointer in rows.own_pages.values():
        if pointer and pointer not in shared and not is_removed(pointer, removed):
            name, _, offset = pointer.rpartition("#")
            offsets[name].add(int(offset))
    reason = f"erasure of a seller: {entry.reason}"
    for name, own in offsets.items():
        if not (folder / name).is_file():
            continue
        if {offset for offset, _ in records(folder / name)} <= own:
            remove(folder, name, reason=reason, at=entry.at, by=entry.by)
        else:
            erase_records(folder, name, own, reason=reason, by=entry.by, at=entry.at)
    for name in sorted(rows.screenshots):
        if (folder / name).is_file():
            remove(folder, name, reason=reason, at=entry.at, by=entry.by)
    seal(folder, week)


def _clear_files(config: Config, store: Store, plan: ErasurePlan, names: Names) -> None:
    """Take the seller out of all files but the database; pages of cases are made again later."""
    assert plan.rows
    search = _search(plan.rows, names)
    for edition in plan.editions:
        findings = store.editions.latest(edition.week, edition.kind, edition.as_of)
        assert findings
        folder = edition_folder(store, findings, config.reports)
        for path in folder.glob("pantau-*.pdf"):
            path.unlink()
        for picture in _pictures(findings, plan):
            (folder / "media" / picture).unlink(missing_ok=True)
    for folder in _case_folders(config, store, plan):
        shutil.rmtree(folder, ignore_errors=True)
    for file in naming_files(config, search):
        clear_file(file, search)


def _pictures(findings: Findings, plan: ErasurePlan) -> Iterator[str]:
    """The pictures of the seller's offers beside an edition."""
    assert plan.rows
    items = set(plan.rows.items.values())
    for entry in findings.listings:
        if (entry.listing.platform, entry.listing.item_id in items) == (plan.platform, True):
            yield from filter(None, (entry.thumbnail, entry.screenshot))


def _case_folders(config: Config, store: Store, plan: ErasurePlan) -> Iterator[Path]:
    """The folders of cases of this seller, and of those whose archive holds a page that shows it.

    An archive of a case holds every page that showed the offer.
    """
    assert plan.rows
    theirs = {case_id(ListingKey(plan.platform, item)) for item in plan.rows.items.values()}
    pages = set(filter(None, (*plan.rows.own_pages.values(), *plan.rows.shared_pages.values())))
    for path in sorted((config.reports / "cases").glob(f"*/{RECORD}")):
        case = msgspec.json.decode(path.read_bytes(), type=_CaseRecord).case
        shown = store.observations.of_listing(case.platform, case.item_id)
        pointers = {observation.received.evidence for observation in shown if observation.received}
        if path.parent.name in theirs or pages & pointers:
            yield path.parent


class _CaseOffer(msgspec.Struct):
    platform: str
    item_id: str


class _CaseRecord(msgspec.Struct):
    """What of a case's record tells its offer."""

    case: _CaseOffer


def _rewritten(store: Store, entry: Erasure) -> Iterator[RewrittenHash]:
    """The hashes that an erasure changes, as they are now."""
    editions = {
        f"{edition.week} {edition.kind} {edition.as_of.isoformat()}": edition
        for edition in entry.editions
    }
    for hashed in entry.rewritten:
        if edition := editions.get(hashed.of):
            after = store.editions.sha256(edition.week, edition.kind, edition.as_of)
        else:
            sample = store.audit_samples.of_week(hashed.of.partition(" ")[0])
            after = sample.sha256 if sample else hashed.before
        yield replace(hashed, after=after)


def _write_again(
    config: Config,
    registry: Registry,
    store: Store,
    entry: Erasure,
    warn: Callable[[str], None],
) -> None:
    """Make the documents of editions again from what is left, and the pages of cases."""
    for edition in entry.editions:
        findings = store.editions.latest(edition.week, edition.kind, edition.as_of)
        assert findings
        for lang in edition.langs:
            publish(config, store, findings, lang=lang, pdf=edition.pdf, warn=warn)
    if releases(store) and (config.reports / "cases").is_dir():
        cases = current_cases(store, registry, config.now())
        missing = [case for case in cases if not (config.reports / "cases" / case.id).is_dir()]
        write_case_pages(
            config, store, newest_release(store), missing, config.now(), config.reports, warn
        )
