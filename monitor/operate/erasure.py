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

from monitor.config import Config, week_of
from monitor.crawl.process import platform_lock
from monitor.evidence import erase_records, is_removed, remove, removed_evidence, seal
from monitor.evidence.warc import records
from monitor.findings.cases import current_cases
from monitor.findings.releases import releases
from monitor.model import CaseKey, Findings, Question, case_id
from monitor.operate.case_pages import write_case_pages
from monitor.operate.cases import newest_release
from monitor.operate.erased_files import clear_file, naming_files, search_of
from monitor.operate.erasure_plan import ErasureError, ErasurePlan, seller_kind
from monitor.operate.publication import edition_folder, publish
from monitor.operate.run_log import recorded
from monitor.process import LockedError, locked
from monitor.registry import Registry
from monitor.sampling import draw_sha256
from monitor.store import Store
from monitor.store.erasures import Erasure, RewrittenHash, edition_name
from monitor.store.pseudonyms import Names
from monitor.store.seller_rows import SellerRows
from reports.cases import RECORD

ERASE_JOB = "erase"


class ErasureOrder(NamedTuple):
    """Who ordered an erasure and why, and on which basis shared pages are kept."""

    by: str
    reason: str
    basis: str | None


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
    if plan.standing:
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
    marks = [erasures.mark(plan.platform, seller_kind(rows), plan.word)]
    marks += [erasures.mark(plan.platform, "item", item) for item in sorted(rows.items.values())]
    hashes = [
        RewrittenHash(
            of=edition_name(edition.week, edition.kind, edition.as_of),
            before=store.editions.sha256(edition.week, edition.kind, edition.as_of),
        )
        for edition in plan.editions
    ]
    hashes += [
        RewrittenHash(of=f"{week} draw", before=sha) for week, sha in store.erasing.draws(rows)
    ]
    entry = Erasure(
        platform=plan.platform,
        pseudonym=erasures.pseudonym(plan.platform, seller_kind(rows), plan.word),
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
    search = search_of(plan.rows, names)
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
    theirs = {
        case_id(CaseKey(plan.platform, item, question))
        for item in plan.rows.items.values()
        for question in Question
    }
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
        edition_name(edition.week, edition.kind, edition.as_of): edition
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
