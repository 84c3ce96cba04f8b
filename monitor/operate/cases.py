"""Cases as they stand now, the letters about them, and what people enter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

from monitor.config import JAKARTA, Config, PantauError
from monitor.findings.cases import current_cases
from monitor.findings.releases import edition_of, releases
from monitor.model import (
    Case,
    CaseEvent,
    CaseEventKind,
    CaseState,
    EditionKind,
    Findings,
    ReplyClaim,
)
from monitor.operate.delivery import release_of
from monitor.operate.publication import edition_folder
from monitor.operate.run_log import recorded
from monitor.registry import Registry
from monitor.store import Store
from reports.contexts import LetterTerms
from reports.letters import (
    reportable,
    require_addressee,
    write_case_list,
    write_letter,
)
from reports.messages import LANGUAGES

ANSWER_DAYS = 14
"""Days from a letter to the day by which an answer is asked for, if nobody names one."""
LETTER_JOB = "letter"
_WAITING = {CaseState.reported, CaseState.answered}
"""States in which a platform knows of a case: another letter names the earlier one."""


class CaseError(PantauError):
    """There is no such case, or nothing that could be done with it."""


class Letter(NamedTuple):
    """A letter that was written, and the lists beside it; () where no case stands in it.

    ``entered`` are the cases whose report was entered with it, ``named`` those that an earlier
    letter reported.
    """

    path: Path
    lists: tuple[Path, ...]
    entered: tuple[Case, ...]
    named: tuple[Case, ...]


def require_letter(findings: Findings, platform: str) -> None:
    """Raises ``ReportError`` where no letter can be written to a platform about an edition."""
    require_addressee(findings, platform)


def known_cases(config: Config, registry: Registry, store: Store) -> tuple[Case, ...]:
    """All cases of released editions, as they stand now."""
    return current_cases(store, registry, config.now())


def case_of(cases: Sequence[Case], name: str) -> Case:
    """The case with an id; raises ``CaseError`` where there is none."""
    for case in cases:
        if case.id == name:
            return case
    raise CaseError(f"{name}: no such case; see: pantau case list")


def newest_release(store: Store) -> Findings:
    """The released edition of the newest week; raises ``CaseError`` where none was released."""
    newest = max(releases(store), key=lambda release: (release.week, release.as_of), default=None)
    findings = edition_of(store, newest) if newest else None
    if findings is None:
        raise CaseError(
            "no edition was released to write about; release one with: pantau release WEEK"
            " --by NAME"
        )
    return findings


def report_cases(
    config: Config,
    registry: Registry,
    store: Store,
    findings: Findings,
    platform: str,
    *,
    only: Collection[str] | None = None,
    folder: Path | None = None,
    lang: str | None = None,
    pdf: bool = False,
    draft: bool = False,
    pictures: bool = True,
    answer_by: date | None = None,
) -> Letter:
    """Write the letter to a platform about an edition, with the list of its open cases.

    That the cases were reported is entered with the letter's date, once: one that an earlier letter
    reported is named with that letter's day. Nothing is entered of a ``draft``, of an edition that
    nobody released, and of a letter that states no breach. ``only`` are ids of cases, all if not
    given. A letter that reported cases is never written over, and a draft has a file of its own.
    ``pictures`` as in ``publish``.
    Raises ``ReportError`` where no letter can be written to the platform.
    """
    lang, now = lang or config.language, config.now()
    release = release_of(store, findings)
    cases = known_cases(config, registry, store) if release else findings.cases
    chosen = tuple(case for case in cases if only is None or case.id in only)
    is_settled = findings.edition is not EditionKind.provisional
    annexed = reportable(findings, platform, chosen) if is_settled else ()
    is_entered = release is not None and not draft
    dated = now.astimezone(JAKARTA).date() if is_entered else None
    terms = LetterTerms(
        cases=chosen,
        draft=None if is_entered else f"case.draft_{'asked' if draft else 'unreleased'}",
        dated=dated,
        answer_by=answer_by or (dated and dated + timedelta(days=ANSWER_DAYS)),
        contact=config.contact,
        released_by=release.by if release else None,
    )
    root = folder or config.reports
    edition = edition_folder(store, findings, root)
    name = f"letter-{platform}-draft"
    if not draft:
        name = _free_name(store, edition.relative_to(root), platform)
    paths = {
        language: write_letter(
            findings, platform, edition, language, pdf=pdf and language == lang, terms=terms,
            name=name,
        )
        for language in LANGUAGES
    }  # fmt: skip
    lists = write_case_list(annexed, edition / name.replace("letter", "cases")) if annexed else ()
    fresh = tuple(case for case in annexed if _is_fresh(case))
    if fresh and is_entered:
        ref = f"{edition.relative_to(root).as_posix()}/{name}.{lang}.html"
        reported = CaseEvent(kind=CaseEventKind.reported, at=now, ref=ref)
        with recorded(
            store, LETTER_JOB, findings.origin, week=findings.week, platform=platform,
            now=config.now,
        ) as run:  # fmt: skip
            for case in fresh:
                store.case_events.append(case.key, reported)
            run.counts["cases"] = len(fresh)
        _renew_pages(config, registry, store, {case.id for case in fresh}, root, pictures=pictures)
    return Letter(
        path=paths[lang],
        lists=lists,
        entered=fresh if is_entered else (),
        named=tuple(case for case in annexed if not _is_fresh(case)),
    )


def _is_fresh(case: Case) -> bool:
    """Whether no letter reported it since it last stood open; an answer before one is none."""
    return case.state not in _WAITING or case.reported_at is None


def _free_name(store: Store, folder: Path, platform: str) -> str:
    """The name of a letter's file that no letter which reported cases has in the folder."""
    refs = {event.ref for events in store.case_events.all().values() for event in events}
    for number in count(1):
        name = f"letter-{platform}" if number == 1 else f"letter-{platform}-{number}"
        if not any(f"{folder.as_posix()}/{name}.{lang}.html" in refs for lang in LANGUAGES):
            break
    return name


def enter(
    config: Config,
    registry: Registry,
    store: Store,
    case: Case,
    kind: CaseEventKind,
    note: str,
    claim: ReplyClaim | None = None,
) -> CaseEvent:
    """Enter what people did about a case, on its page, too; raises ``CaseError`` where it cannot
    have happened. ``claim`` is what an answer says of it."""
    is_told = case.reported_at is not None or case.asked_at is not None
    if kind is CaseEventKind.answered and not is_told:
        raise CaseError(f"{case.id}: was not reported yet; run: pantau case report {case.id}")
    if kind is CaseEventKind.answered and case.state is CaseState.closed:
        raise CaseError(f"{case.id}: is closed; run first: pantau case reopen {case.id} --reason …")
    if kind is CaseEventKind.closed and case.state is CaseState.closed:
        raise CaseError(f"{case.id}: is closed already")
    if kind is CaseEventKind.reopened and case.state is not CaseState.closed:
        raise CaseError(f"{case.id}: is not closed, it is {case.state}")
    event = CaseEvent(kind=kind, at=config.now(), note=note, claim=claim)
    store.case_events.append(case.key, event)
    _renew_pages(config, registry, store, {case.id}, config.reports)
    return event


def _renew_pages(
    config: Config,
    registry: Registry,
    store: Store,
    ids: Collection[str],
    root: Path,
    *,
    pictures: bool = True,
) -> None:
    """Make the pages of cases anew of which people have just entered something."""
    cases = [case for case in known_cases(config, registry, store) if case.id in ids]
    if not cases:  # asked about before a release: their pages come with the next edition
        return
    # Not at the top: it needs Scrapy and a browser, and who makes findings neither.
    from monitor.operate.case_pages import write_case_pages

    write_case_pages(
        config, store, newest_release(store), cases, config.now(), root, pictures=pictures
    )
