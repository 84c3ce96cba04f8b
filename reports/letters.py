"""A letter to a platform, two pages: what was observed, the promise, a request to answer.

Its tone follows the week's conclusion on the platform. Only what people confirmed is put forward
as evidence; a platform that could not be measured is asked for access to data instead.
"""

from __future__ import annotations

from pathlib import Path

from monitor.model import EditionKind, Findings, PolicyKind

from .contexts import LetterContext, edition_style
from .edition_messages import EditionMessages
from .messages import ReportError
from .summary import Conclusion, PlatformSummary
from .view import coverage_by_platform, ordered_policies, reason_counts

EVIDENCE, UNMARKED = 8, 4  # so many confirmed offers fit beside the rest on two pages
_KINDS = {
    Conclusion.still: "breach",
    Conclusion.elsewhere: "elsewhere",
    Conclusion.awaiting_second: "awaiting",
    Conclusion.pointed: "pointed",
    Conclusion.screened: "screened",
    Conclusion.unconfirmed: "policy",
    Conclusion.within_tolerance: "tolerated",
    Conclusion.none_found: "notice",
    Conclusion.compliant: "notice",
    Conclusion.not_measurable: "access",
    Conclusion.unwatched: "access",
}
UNADDRESSED = {
    Conclusion.closed: "closed, there is nobody to write to",
    Conclusion.compared: "only compared with, nothing is asked of it",
}
"""Why no letter is written to a platform, by its conclusion."""


def write_letter(
    findings: Findings, platform: str, out: Path, lang: str = "id", *, pdf: bool = False
) -> Path:
    """Write the letter to ``platform`` into the folder ``out``; returns the HTML or, with ``pdf``,
    the PDF file. Raises ``ReportError``, also for a platform that is closed, only compared with or
    not in the findings.
    """
    html = letter(findings, platform, lang)
    out.mkdir(parents=True, exist_ok=True)
    page = out / f"letter-{platform}.{lang}.html"
    page.write_text(html, encoding="utf-8")
    if not pdf:
        return page
    from .pdf import write_pdf

    return write_pdf(page, page.with_suffix(".pdf"))


def require_addressee(findings: Findings, platform: str, lang: str = "id") -> None:
    """Raise ``ReportError`` where no letter can be written to ``platform``."""
    _addressee(EditionMessages(findings, lang), platform)


def letter(findings: Findings, platform: str, lang: str = "id") -> str:
    """The letter as HTML; raises ``ReportError`` as ``write_letter`` does."""
    messages = EditionMessages(findings, lang)
    addressee = _addressee(messages, platform)
    kind = _KINDS[addressee.conclusion]
    accusing = {policy.id for policy in findings.policies if policy.may_accuse}
    confirmed = [
        entry
        for entry in findings.listings
        if entry.confirmed and entry.listing.platform == platform
        if accusing.intersection(entry.policies)
    ]
    marked = [entry for entry in confirmed if entry.marked is not False]
    unmarked = [entry for entry in confirmed if entry.marked is False]
    judged = {cell.policy for cell in addressee.cells}
    policies = [
        policy
        for policy in ordered_policies(findings.policies)
        if policy.id in judged
        or (policy.kind is PolicyKind.promise and platform in policy.platforms)
    ]
    # What rests on the screen, on an estimate or on too few offers alone must not be sent.
    unsettled = kind in {"awaiting", "elsewhere", "pointed", "screened"}
    draft = unsettled or findings.edition is EditionKind.provisional
    title = messages("letter.title", platform=addressee.finding.name, week=messages.week_name())
    requests = (f"letter.ask_{kind}_{number}" for number in (1, 2, 3))
    context = LetterContext(
        msg=messages,
        title=title,
        style=edition_style(messages, title, draft=draft),
        simulated=messages.simulated,
        findings=findings,
        draft=draft,
        platform=addressee.finding,
        kind=kind,
        cells=addressee.cells if kind in {"breach", "notice", "tolerated"} else (),
        observed=_observed(messages, addressee, kind),
        policies=policies,
        evidence=marked[:EVIDENCE] if kind == "breach" else (),
        confirmed=len(marked),
        unmarked=unmarked[:UNMARKED] if kind == "breach" else (),
        unmarked_total=len(unmarked),
        requests=[messages(key) for key in requests if key in messages],
    )
    return context.render()


def _addressee(messages: EditionMessages, platform: str) -> PlatformSummary:
    """The platform that is written to; raises ``ReportError`` where no letter can be written."""
    if messages.findings.withheld is not None:
        raise ReportError("letter: a public edition holds no evidence; use the full findings")
    platforms = {summary.finding.id: summary for summary in messages.summary.platforms}
    if platform not in platforms:
        names = ", ".join(sorted(platforms)) or "none"
        raise ReportError(f"letter: no platform {platform!r} in this week; there are {names}")
    addressee = platforms[platform]
    if why := UNADDRESSED.get(addressee.conclusion):
        raise ReportError(f"letter: {platform} is {why}")
    return addressee


def _observed(messages: EditionMessages, addressee: PlatformSummary, kind: str) -> list[str]:
    """What was observed on the platform, a sentence a paragraph."""
    if kind == "elsewhere":
        return [messages("letter.observed_elsewhere"), messages.found_elsewhere(addressee)]
    if kind == "policy":
        screen = addressee.screening
        key = screen.key("letter.observed_policy")
        if any(cell.confirmed for cell in addressee.cells):
            key = "letter.observed_policy_confirmed"
        observed = messages(key, screened=screen.screened, places=screen.places)
        return [observed, messages.unconfirmed_basis(addressee)]
    if kind == "screened":
        screen = addressee.screening
        counts = {"screened": screen.screened, "places": screen.places}
        return [messages(screen.key("letter.observed_screened"), **counts)]
    if kind != "access":
        return [messages(f"letter.observed_{kind}")]
    row = coverage_by_platform(messages.findings).get(addressee.finding.id)
    if row is None:
        return [messages("letter.observed_unplanned")]
    counts = {"answered": row.sampled + row.empty, "planned": row.planned}
    lines = [messages("letter.observed_access", **counts)]
    if reasons := reason_counts(row)[:4]:
        listed = "; ".join(
            f"{messages(f'state.{state}')}: {messages.obstacle(reason)} ({units})"
            for state, reason, units in reasons
        )
        lines.append(messages("letter.reasons", reasons=listed))
    return lines
