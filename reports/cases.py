"""The page of a case: both kept pages as pictures, the words that decided, and what became of it.

It stands at one address for good, ``cases/ID/index.html`` below the reports, beside its pictures,
its evidence as a WACZ and ``case.json``, from which it is made.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

from monitor.model import Case, Findings

from .contexts import CaseContext, CaseRecord, edition_style, main_file
from .edition_messages import EditionMessages
from .messages import LANGUAGES

RECORD = "case.json"


def case_file(case_id: str, lang: str = "id") -> str:
    """Where a case's page stands, relative to the root of the reports."""
    return f"cases/{case_id}/{main_file(lang)}"


def write_case(findings: Findings, record: CaseRecord, folder: Path) -> Path:
    """Write a case's page in both languages into its ``folder``; returns the Indonesian one.

    ``findings`` are of any edition that explains the policies of the case. Both pages lead to the
    archive of editions two folders above, in the language in which it is there. The same record,
    findings and archive give the same bytes.
    """
    root = folder.parent.parent
    there = [main_file(lang) for lang in LANGUAGES if (root / main_file(lang)).is_file()]
    for lang in LANGUAGES:
        wanted = main_file(lang)
        archive = wanted if wanted in there or not there else there[0]
        text = case_page(findings, record, lang, archive)
        (folder / main_file(lang)).write_text(text, encoding="utf-8")
    return folder / main_file("id")


def case_page(
    findings: Findings, record: CaseRecord, lang: str, archive_file: str | None = None
) -> str:
    """The page of a case as HTML; it leads to that file of the archive, else to its language's."""
    messages = EditionMessages(findings, lang)
    case = record.case
    title = messages("case.title", case=case.id, platform=messages.platform_name(case.platform))
    return CaseContext(
        msg=messages,
        title=title,
        style=edition_style(messages, title, draft=False),
        simulated=messages.simulated,
        case=case,
        record=record,
        policies=[messages.policies[name] for name in case.policies if name in messages.policies],
        timeline=_timeline(messages, case),
        archive_file=archive_file or main_file(lang),
        other_file=main_file("en" if lang == "id" else "id"),
        utc=lambda moment: f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "",
    ).render()


def _timeline(messages: EditionMessages, case: Case) -> list[dict[str, Any]]:
    """What happened when: ``at``, ``words``, and ``note``, ``ref`` and ``kind`` of an event."""
    steps: list[dict[str, Any]] = [
        {"at": at, "words": messages(f"case.{name}"), "note": None, "ref": None, "kind": name}
        for at, name in ((case.first_seen, "first_seen"), (case.confirmed, "confirmed"))
        if at
    ]
    steps += [
        {
            "at": event.at,
            "words": messages(f"case.event_{event.kind}")
            + (f": {messages(f'case.claim_{event.claim}')}" if event.claim else ""),
            "note": event.note,
            "ref": event.ref,
            "kind": event.kind,
        }
        for event in case.events
    ]
    if case.last_seen and case.last_seen > (case.first_seen or case.confirmed):
        words = messages("case.last_seen")
        last = {"at": case.last_seen, "words": words, "note": None, "ref": None, "kind": "last"}
        steps.append(last)
    return sorted(steps, key=lambda step: step["at"])
