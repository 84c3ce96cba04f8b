"""The right of reply: asking a platform before a release, and the cases it may answer."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from monitor.config import JAKARTA, Config
from monitor.model import Case, CaseKey, EditionKind, Findings, ReplyRequest
from monitor.operate.cases import CaseError, case_of, known_cases
from monitor.operate.delivery import release_of
from monitor.operate.editions import newest_edition
from monitor.operate.publication import edition_folder
from monitor.registry import Registry
from monitor.store import Store
from reports.letters import write_case_list
from reports.messages import LANGUAGES
from reports.reply_request import asked_cases, reply_request

REPLY_DAYS = 5
"""Days a platform has to answer, if nobody names another number."""


class Packet(NamedTuple):
    """What a platform is sent: pages in both languages, and the lists of its cases.

    ``request`` is what was entered; None of a draft.
    """

    pages: tuple[Path, ...]
    lists: tuple[Path, ...]
    cases: tuple[Case, ...]
    request: ReplyRequest | None


def edition_to_ask_about(store: Store, week: str) -> Findings:
    """The newest final or corrected edition of a week, which nobody has released.

    Raises ``CaseError`` where there is none, or it was released.
    """
    findings = newest_edition(store, week)
    if findings is None:
        raise CaseError(
            f"{week}: there is no final edition to ask about; make it with:"
            f" pantau report --week {week} --edition {EditionKind.final}"
        )
    if release := release_of(store, findings):
        raise CaseError(
            f"{week}: the {findings.edition} edition was released by {release.by} on"
            f" {release.at.astimezone(JAKARTA):%Y-%m-%d}; a platform is asked before, and told"
            " afterwards with: pantau case report PLATFORM"
        )
    return findings


def ask_platform(
    config: Config,
    store: Store,
    findings: Findings,
    platform: str,
    *,
    days: int = REPLY_DAYS,
    addressee: str | None = None,
    draft: bool = False,
) -> Packet:
    """Write what a platform is sent before an edition is released, and enter that it was asked.

    A packet that was sent is never written over; of a ``draft`` nothing is entered. Raises
    ``ReportError`` for a platform of which the edition has no figure.
    """
    # Its time is in whole seconds, up to one ahead: what is asked now came after the edition.
    asked_at = max(config.now(), findings.as_of)
    answer_by = asked_at.astimezone(JAKARTA).date() + timedelta(days=days)
    edition = edition_folder(store, findings, config.reports)
    earlier = [r for r in store.reply_requests.all(findings.week) if r.platform == platform]
    suffix = "-draft" if draft else f"-{len(earlier) + 1}" if earlier else ""
    texts = {
        lang: reply_request(
            findings,
            platform,
            lang,
            addressee=addressee,
            asked_on=None if draft else asked_at.astimezone(JAKARTA).date(),
            answer_by=answer_by,
            contact=config.contact,
        )
        for lang in LANGUAGES
    }
    edition.mkdir(parents=True, exist_ok=True)
    pages = []
    for lang, text in texts.items():
        page = edition / f"reply-{platform}{suffix}.{lang}.html"
        page.write_text(text, encoding="utf-8")
        pages.append(page)
    cases = asked_cases(findings, platform)
    lists = write_case_list(cases, edition / f"reply-cases-{platform}{suffix}") if cases else ()
    if draft:
        return Packet(tuple(pages), lists, cases, None)
    sent = next(page for page in pages if page.name.endswith(f".{config.language}.html"))
    names = {entry.id: entry.name for entry in findings.platforms}
    request = ReplyRequest(
        week=findings.week,
        platform=platform,
        edition=findings.edition,
        as_of=findings.as_of,
        asked_at=asked_at,
        addressee=addressee or names[platform],
        answer_by=answer_by,
        cases=len(cases),
        ref=sent.relative_to(config.reports).as_posix(),
        sha256=hashlib.sha256(sent.read_bytes()).hexdigest(),
    )
    store.reply_requests.append(request, [case.key for case in cases])
    return Packet(tuple(pages), lists, cases, request)


def answerable_case(config: Config, registry: Registry, store: Store, name: str) -> Case:
    """A case that a released edition knows or a platform was asked about, as it stands now.

    Raises ``CaseError`` where there is none.
    """
    cases = known_cases(config, registry, store)
    if any(case.id == name for case in cases):
        return case_of(cases, name)
    events = store.case_events.all()
    for request in reversed(store.reply_requests.all()):
        findings = store.editions.latest(request.week, request.edition, request.as_of)
        for case in findings.cases if findings else ():
            if case.id == name and case.platform == request.platform:
                entered = {*case.events, *events[case.key]}
                return replace(case, events=tuple(sorted(entered, key=lambda event: event.at)))
    return case_of((), name)


def disputed_again(store: Store, case: Case) -> tuple[str, ...]:
    """The weeks whose audit has a disputed case's offer, so that a third person looks again."""
    return tuple(
        sample_week
        for sample_week in sorted({*case.weeks})
        if (sample := store.audit_samples.of_week(sample_week))
        and any(CaseKey(*item.listing_key, item.question) == case.key for item in sample.items)
    )
