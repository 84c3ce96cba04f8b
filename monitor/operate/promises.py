"""Keeping the pages on which promises can be read, and telling where their words changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from monitor.config import JAKARTA, Config, PantauError, week_of
from monitor.crawl.saved import SavedError
from monitor.crawl.saved.privacy import safe_url
from monitor.crawl.saved.promise import PromiseDocument, address_key, read_promise
from monitor.evidence import EvidenceStore, seal
from monitor.findings.promises import history
from monitor.model import Origin, Policy, PromisePage
from monitor.operate.run_log import recorded
from monitor.registry import Registry
from monitor.store import Store

JOB = "promise"


class SavedPromise(NamedTuple):
    """A saved page of a promise, read: its address, the day it was seen, and its policies."""

    document: PromiseDocument
    address: str
    seen: datetime | None
    policies: tuple[Policy, ...]


def read_saved_promise(
    registry: Registry,
    file: Path,
    *,
    now: datetime,
    policy: str | None = None,
    url: str | None = None,
    observed_at: datetime | None = None,
) -> SavedPromise:
    """A saved page with the policies it is to be kept under.

    Without ``policy`` these are all that name its address as a source. ``url`` and ``observed_at``
    count where the file does not tell them. Raises ``PantauError`` where no policy, no address or
    no page can be told.
    """
    sources = {
        address_key(source.url): None
        for entry in registry.policies
        for source in entry.sources
        if source.url
    }
    try:
        document = read_promise(file, sources)
    except SavedError as error:
        raise PantauError(f"{file}: {str(error).replace('no listing page', 'no page')}") from error
    address = document.url or (safe_url(url) if url else None)
    if address is None:
        raise PantauError(f"{file}: does not tell its address; give --url")
    policies = _policies(registry, policy, address)
    seen = document.saved.observed_at or observed_at
    if seen and seen > now:
        raise PantauError(f"{file}: was saved at {seen.isoformat()}, which is yet to come")
    return SavedPromise(document, address, seen, policies)


def keep_promise(config: Config, store: Store, saved: SavedPromise) -> list[str]:
    """Keep a page as evidence under its policies; returns what it says beside those before."""
    document, address, seen, policies = saved
    now = config.now()
    origin = Origin.simulated if config.demo_url else Origin.saved
    lines: list[str] = []
    with (
        recorded(store, JOB, origin, now=config.now) as run,
        EvidenceStore(config.evidence, run=run.number) as evidence,
    ):
        record = evidence.keep(
            week=week_of(now),
            platform=JOB,
            url=address,
            status=document.saved.status,
            headers=document.headers,
            body=document.saved.raw,
            at=seen,
            stripped=document.stripped,
            decoded=document.stripped is not None or document.saved.raw == document.saved.body,
        )
        assert record.evidence is not None
        for entry in policies:
            page = PromisePage(
                policy=entry.id,
                url=address,
                observed_at=seen,
                kept_at=now,
                sha256=record.sha256,
                evidence=record.evidence,
                lines=document.lines,
            )
            store.promise_pages.append(page)
            lines += _told(store, entry, page)
        run.counts["pages"] = len(policies)
    seal(config.evidence, week_of(now))
    return lines


def _policies(registry: Registry, policy: str | None, url: str) -> tuple[Policy, ...]:
    """The policies of a page, the newest version of each."""
    newest = {entry.id: entry for entry in registry.policies}
    if policy is not None:
        if policy not in newest:
            raise PantauError(f"{policy}: no such policy; `pantau policy list` shows their ids")
        return (newest[policy],)
    named = tuple(
        entry
        for entry in newest.values()
        if any(
            source.url and address_key(source.url) == address_key(url) for source in entry.sources
        )
    )
    if not named:
        raise PantauError(f"{url}: is the source of no policy; give --policy ID")
    return named


def _told(store: Store, policy: Policy, page: PromisePage) -> Iterator[str]:
    """What a page just kept says beside the one before it at the same address."""
    pages = [
        other
        for other in store.promise_pages.all()
        if (other.policy, other.url) == (page.policy, page.url)
    ]
    kept = f"{policy.id}: kept {page.url}"
    if len(pages) == 1:
        yield f"{kept}, the first page of it, {len(page.lines)} lines"
        return
    pages.sort(key=lambda other: other.day)
    if pages[-1].evidence != page.evidence:
        day, newest = (other.day.astimezone(JAKARTA).date() for other in (page, pages[-1]))
        yield f"{kept} as of {day}, before the newest page of it, of {newest}"
        return
    before = pages[-2]
    day = before.day.astimezone(JAKARTA).date()
    words = history(policy, pages[-2:])
    if words.changed_after is None:
        yield f"{kept}, the same text as on {day}"
    else:
        gone, added = len(words.gone), len(words.added)
        more = f" and {words.more} more" if words.more else ""
        yield f"{kept}, CHANGED since {day}: {gone} lines gone, {added} new{more}"
        yield from (f"- {line}" for line in words.gone)
        yield from (f"+ {line}" for line in words.added)
    if history(policy, pages).quotation_gone:
        yield f"{policy.id}: the words that the registry quotes stand on it no more"
