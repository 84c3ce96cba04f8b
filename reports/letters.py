"""A letter to a platform: what was observed, the promise, a request to answer, and an annex.

Its tone follows the week's conclusion on the platform. Only what people confirmed is put forward
as evidence: every open case stands in the annex, by product group, and in a list beside the letter.
A platform that could not be measured is asked for access to data instead.

Breaches by used clothing stand in a section of their own, with the ban, the platform's pacts and
their own cases. Where nothing is asked about foreign sellers, the letter is about used clothing
alone. Short of a stated breach it says nothing of used clothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from monitor.model import Case, Cell, EditionKind, Findings, Policy, PolicyKind, Question

from .contexts import LetterContext, LetterTerms, UsedClothingPart, edition_style, safe_link
from .edition_messages import EditionMessages
from .messages import ReportError
from .summary import Conclusion, PlatformSummary
from .tables import Columns, Scalar, to_csv
from .view import coverage_by_platform, ordered_policies, reason_counts

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
_ASKS = {"breach", "policy", "access"}
"""Kinds of letter that ask something about foreign sellers, breaches by used clothing or not."""
UNADDRESSED = {
    Conclusion.closed: "closed, there is nobody to write to",
    Conclusion.compared: "only compared with, nothing is asked of it",
}
"""Why no letter is written to a platform, by its conclusion."""


CASE_COLUMNS: Columns = {
    "case": lambda case: case.id,
    "platform": lambda case: case.platform,
    "item_id": lambda case: case.item_id,
    "title": lambda case: case.title,
    "url": lambda case: safe_link(case.url),
    "cluster": lambda case: case.cluster,
    "question": lambda case: case.question,
    "seller": lambda case: case.seller_name or case.seller_key,
    "price": lambda case: case.price,
    "currency": lambda case: case.currency,
    "own_page_observed": lambda case: case.own_page_observed,
    "own_page_sha256": lambda case: case.own_page_sha256,
    "state": lambda case: case.state,
    "reported_at": lambda case: case.reported_at,
}
"""The columns of the list beside a letter."""


def write_letter(
    findings: Findings,
    platform: str,
    out: Path,
    lang: str = "id",
    *,
    pdf: bool = False,
    terms: LetterTerms = LetterTerms(),  # noqa: B008
    name: str | None = None,
) -> Path:
    """Write the letter to ``platform`` into the folder ``out``; returns the HTML or, with ``pdf``,
    the PDF file. It is called ``name``, ``letter-PLATFORM`` if not given. Raises ``ReportError``,
    also for a platform that is closed, only compared with or not in the findings.
    """
    html = letter(findings, platform, lang, terms)
    out.mkdir(parents=True, exist_ok=True)
    page = out / f"{name or f'letter-{platform}'}.{lang}.html"
    page.write_text(html, encoding="utf-8")
    if not pdf:
        return page
    from .pdf import write_pdf

    return write_pdf(page, page.with_suffix(".pdf"))


def write_case_list(cases: Sequence[Case], path: Path) -> tuple[Path, Path]:
    """Write the list of ``cases`` as CSV and as workbook; returns both files, named after
    ``path``."""
    rows = [[read(case) for read in CASE_COLUMNS.values()] for case in cases]
    csv_path, book_path = path.with_name(f"{path.name}.csv"), path.with_name(f"{path.name}.xlsx")
    csv_path.write_bytes(to_csv(CASE_COLUMNS, rows))
    with xlsxwriter.Workbook(str(book_path)) as book:
        book.set_properties({"created": max(case.confirmed for case in cases)})
        sheet = book.add_worksheet("cases")
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(CASE_COLUMNS) - 1, 20)
        bold = book.add_format({"bold": True, "bottom": 2})
        for column, key in enumerate(CASE_COLUMNS):
            sheet.write_string(0, column, key, bold)
        for number, row in enumerate(rows, 1):
            for column, scalar in enumerate(row):
                sheet.write_string(number, column, _cell_text(scalar))
    return csv_path, book_path


def _cell_text(scalar: Scalar) -> str:
    return "" if scalar is None else str(scalar)[:32_000]


def reportable(findings: Findings, platform: str, cases: Iterable[Case]) -> tuple[Case, ...]:
    """The open cases of a platform that a letter names: those of policies that may accuse, on whose
    question it states breaches, by product group and seller, what bears a mark first."""
    questions = stated(findings, platform)
    accusing = {policy.id for policy in findings.policies if policy.may_accuse}
    return tuple(
        sorted(
            (
                case
                for case in cases
                if case.platform == platform
                and case.question in questions
                and case.is_open
                and accusing & {*case.policies}
            ),
            key=lambda case: (
                not case.is_proven,
                case.cluster,
                case.seller_name or "",
                case.item_id,
            ),
        )
    )


def require_addressee(findings: Findings, platform: str, lang: str = "id") -> None:
    """Raise ``ReportError`` where no letter can be written to ``platform``."""
    _addressee(EditionMessages(findings, lang), platform)


def stated(findings: Findings, platform: str) -> frozenset[Question]:
    """The questions on which the letter to ``platform`` states breaches."""
    messages = EditionMessages(findings, "id")
    addressee = _addressee(messages, platform)
    conclusions = {
        Question.cross_border: addressee.conclusion,
        Question.used_clothing: messages.used_conclusion(platform),
    }
    return frozenset(
        question for question, reached in conclusions.items() if reached is Conclusion.still
    )


def letter(
    findings: Findings,
    platform: str,
    lang: str = "id",
    terms: LetterTerms = LetterTerms(),  # noqa: B008
) -> str:
    """The letter as HTML; raises ``ReportError`` as ``write_letter`` does."""
    messages = EditionMessages(findings, lang)
    addressee = _addressee(messages, platform)
    kind = _KINDS[addressee.conclusion]
    known = findings.cases if terms.cases is None else terms.cases
    cases = reportable(findings, platform, known)
    of_sellers = [case for case in cases if case.question is Question.cross_border]
    used = None
    if Question.used_clothing in stated(findings, platform):
        used = _used_clothing(messages, platform, cases)
        kind = kind if kind in _ASKS else "used"
    # What rests on the screen, on an estimate or on too few offers alone must not be sent.
    unsettled = kind in {"awaiting", "elsewhere", "pointed", "screened"}
    provisional = unsettled or findings.edition is EditionKind.provisional
    draft = "letter.draft" if provisional else terms.draft
    title = messages("letter.title", platform=addressee.finding.name, week=messages.week_name())
    requests = (f"letter.ask_{kind}_{number}" for number in (1, 2, 3))
    context = LetterContext(
        msg=messages,
        title=title,
        style=edition_style(messages, title, draft=draft is not None),
        simulated=messages.simulated,
        findings=findings,
        draft=draft,
        platform=addressee.finding,
        kind=kind,
        cells=addressee.cells if kind in {"breach", "notice", "tolerated"} else (),
        observed=_observed(messages, addressee, kind),
        policies=_policies(messages, platform, addressee.cells, Question.cross_border),
        annex=[case for case in of_sellers if case.is_proven],
        unmarked=[case for case in of_sellers if not case.is_proven],
        used=used,
        requests=[messages(key) for key in requests if key in messages],
        terms=terms,
    )
    return context.render()


def _used_clothing(
    messages: EditionMessages, platform: str, cases: Sequence[Case]
) -> UsedClothingPart:
    """What a letter says of a platform's stated breaches by used clothing."""
    cells = [cell for cell in messages.used_cells if cell.platform == platform]
    of_goods = [case for case in cases if case.question is Question.used_clothing]
    return UsedClothingPart(
        cells=tuple(cells),
        policies=tuple(_policies(messages, platform, cells, Question.used_clothing)),
        annex=tuple(case for case in of_goods if case.is_proven),
        unmarked=tuple(case for case in of_goods if not case.is_proven),
    )


def _policies(
    messages: EditionMessages, platform: str, cells: Iterable[Cell], question: Question
) -> list[Policy]:
    """The policies that a platform's cells are judged by, and its promises, on one question."""
    judged = {cell.policy for cell in cells}
    return [
        policy
        for policy in ordered_policies(messages.findings.policies)
        if (policy.prohibited is not None) is (question is Question.used_clothing)
        if policy.id in judged
        or (policy.kind is PolicyKind.promise and platform in policy.platforms)
    ]


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
    if kind == "used":
        return []
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
