"""What to do next: one line for each thing that waits, from a count in the findings.

What nobody counted has no line, and nothing is said of it: no line is no all-clear.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from monitor.model import CoverageRow, EditionKind, Verdict

from .edition_messages import EditionMessages
from .messages import WIB
from .summary import Conclusion


def next_steps(messages: EditionMessages, coverage: Mapping[str, CoverageRow]) -> list[str]:
    """The lines of an inside edition; a public one tells nobody what to do.

    ``coverage`` is what became of the planned pages, by platform.
    """
    if messages.findings.withheld is not None:
        return []
    return [
        *_replies(messages),
        *_letters(messages),
        *_policies(messages),
        *_second_looks(messages),
        *_access(messages, coverage),
    ]


def _replies(messages: EditionMessages) -> Iterator[str]:
    """Platforms to be asked before the edition is released, and those whose time to answer is
    over; nothing of one that is released."""
    findings = messages.findings
    if findings.edition is EditionKind.provisional or messages.asked is not None:
        return
    unasked = Counter(
        case.platform
        for case in findings.cases
        if case.is_open and case.is_proven and not (case.asked_at or case.reported_at)
    )
    for platform in messages.summary.of(Conclusion.still):
        if number := unasked[platform.finding.id]:
            yield messages("next.ask_reply", platform=platform.finding.name, n=number)
    for reply in findings.replies:
        unanswered = reply.cases - reply.answered
        if unanswered and reply.answer_by < findings.as_of.astimezone(WIB).date():
            yield messages(
                "next.reply_over",
                platform=messages.platform_name(reply.platform),
                day=messages.day(reply.answer_by),
                n=unanswered,
            )


def _letters(messages: EditionMessages) -> Iterator[str]:
    """Platforms with breaches stated and cases that were not reported to them yet, by question."""
    if messages.findings.edition is EditionKind.provisional:
        return
    for key, summary, cases in (
        ("next.letter", messages.summary, messages.findings.cases),
        ("next.letter_used", messages.used_summary, messages.used_clothing.cases),
    ):
        unreported = Counter(
            case.platform
            for case in cases
            if case.is_open and case.is_proven and case.reported_at is None
        )
        for platform in summary.of(Conclusion.still):
            if number := unreported[platform.finding.id]:
                yield messages(key, platform=platform.finding.name, n=number)


def _policies(messages: EditionMessages) -> Iterator[str]:
    """Policies that wait for somebody to confirm them, with the positions that wait for it."""
    waiting: Counter[str] = Counter()
    for entry in messages.findings.waiting:
        waiting[entry.listing.platform] += len(entry.found_at)
    platforms: dict[str, set[str]] = defaultdict(set)
    positions: Counter[str] = Counter()
    for cell in messages.findings.cells:
        if cell.primary and cell.verdict is Verdict.unconfirmed_policy:
            platforms[cell.policy].add(cell.platform)
            positions[cell.policy] += cell.flagged
    for policy, of_policy in platforms.items():
        positions[policy] += sum(waiting[platform] for platform in of_policy)
    # What waits for the start of a policy is of foreign sellers alone.
    for cell in messages.used_cells:
        if cell.verdict is Verdict.unconfirmed_policy:
            positions[cell.policy] += cell.flagged
    for policy, number in positions.items():
        if number:
            yield messages("next.policy", policy=messages.policy_title(policy), n=number)


def _second_looks(messages: EditionMessages) -> Iterator[str]:
    """Listings of the audit sample whose answer waits for another person."""
    audit = messages.findings.audit
    if audit and audit.open_answers:
        yield messages("next.second_look", n=audit.open_answers)


def _access(messages: EditionMessages, coverage: Mapping[str, CoverageRow]) -> Iterator[str]:
    """Platforms that refused the crawler: to be asked, or to be seen at the desk."""
    for finding, row in messages.refused_platforms(coverage):
        basis = finding.inspection_basis
        yield messages(
            f"next.{'desk' if basis else 'access'}",
            platform=finding.name,
            refused=row.refused,
            planned=row.planned,
            basis=basis,
        )
