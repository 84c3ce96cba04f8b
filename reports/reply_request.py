"""What a platform is sent before a release: its figures, its cases, and how and by when to answer.

The right of reply: nothing of it is published yet, and the answer is printed beside the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor.model import Case, Cell, Findings, PlatformFinding

from .contexts import DocumentContext, edition_style
from .edition_messages import EditionMessages
from .letters import reportable
from .messages import ReportError
from .summary import Conclusion

_MUTE = {Conclusion.closed, Conclusion.compared, Conclusion.unwatched}
"""Conclusions of platforms that have no figure to answer."""


@dataclass(frozen=True, kw_only=True)
class ReplyRequestContext(DocumentContext):
    """What the packet for a platform is given."""

    template = "reply_request.html"

    msg: EditionMessages
    """The sentences of the edition in the language of the packet."""
    findings: Findings
    """The edition that nobody has released."""
    platform: PlatformFinding
    """The platform that is asked."""
    addressee: str
    """Who it goes to."""
    asked_on: date | None
    """The day it is sent; None in a draft."""
    answer_by: date
    """The last day to answer."""
    contact: str | None
    """Where answers go; None where nobody is configured."""
    cells: Sequence[Cell]
    """The figures: its primary cells."""
    cases: Sequence[Case]
    """The open cases of policies that may accuse, what bears the platform's mark first."""


def asked_cases(findings: Findings, platform: str) -> tuple[Case, ...]:
    """The cases of an edition that a platform is asked about."""
    return reportable(findings, platform, findings.cases)


def reply_request(
    findings: Findings,
    platform: str,
    lang: str,
    *,
    addressee: str | None,
    asked_on: date | None,
    answer_by: date,
    contact: str | None,
) -> str:
    """The packet as HTML; without ``asked_on`` a draft, without ``addressee`` to the platform.

    Raises ``ReportError`` for a platform that the edition says nothing of which could be answered.
    """
    messages = EditionMessages(findings, lang)
    summaries = {summary.finding.id: summary for summary in messages.summary.platforms}
    summary = summaries.get(platform)
    if summary is None or summary.conclusion in _MUTE:
        answerable = (s.finding.id for s in summaries.values() if s.conclusion not in _MUTE)
        raise ReportError(
            f"reply ask: the edition of {findings.week} has no figure of {platform!r} to answer;"
            f" it has some of {', '.join(sorted(answerable)) or 'none'}"
        )
    title = messages("reply.title", platform=summary.finding.name, week=messages.week_name())
    return ReplyRequestContext(
        msg=messages,
        title=title,
        style=edition_style(messages, title, draft=asked_on is None),
        simulated=messages.simulated,
        findings=findings,
        platform=summary.finding,
        addressee=addressee or summary.finding.name,
        asked_on=asked_on,
        answer_by=answer_by,
        contact=contact,
        cells=summary.cells,
        cases=asked_cases(findings, platform),
    ).render()
