"""The minister's page: one sheet of A4 with the answers to what a minister is asked.

Is it still there, how much of it, and is it becoming more? Each answer is a number with what is
known of its error, and says so where it is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from monitor.model import Cell, EditionKind, Findings, PlatformReply, Value

from . import charts
from .contexts import DocumentContext, edition_style, main_file
from .edition_messages import EditionMessages
from .summary import Conclusion
from .view import direction, is_drawn

CHARTED = 12
"""How many product groups the chart has room for on one sheet."""
_UNJUDGED = {
    Conclusion.screened,
    Conclusion.unconfirmed,
    Conclusion.not_measurable,
    Conclusion.unwatched,
}
_UNCOUNTED = {Conclusion.closed, Conclusion.compared}


class Imprint(Value):
    """Who answers for an edition, and when the next one comes; None is what is not recorded.

    ``number`` counts the editions of its kind and week from 1, ``contact`` is an address to ask,
    ``released_by`` the name and office of the person who released it, ``asked`` what came of asking
    platforms by then.
    """

    number: int | None = None
    contact: str | None = None
    released_by: str | None = None
    next_edition: date | None = None
    asked: tuple[PlatformReply, ...] | None = None


class PressAnswer(Value):
    """A question, the number that answers it, and the sentence that says what the number is."""

    question: str
    figure: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class PressContext(DocumentContext):
    """What the minister's page is given."""

    template = "press.html"

    msg: EditionMessages
    """The sentences of the edition in the language of the page."""
    findings: Findings
    """The edition."""
    imprint: Imprint
    """Who answers for the edition."""
    edition: str
    """The kind of the edition and its number."""
    answers: Sequence[PressAnswer]
    """The three answers."""
    confirmed: bool
    """Whether breaches are established somewhere, so that it says what confirmed means."""
    charted: Sequence[Cell]
    """The cells of the chart, the largest lower limit first."""
    measured: int
    """How many cells have an interval; the chart shows the first of them."""
    chart: Markup
    """The intervals of the cells on a common axis; empty where there is none."""
    sha256: str
    """The hash of ``findings.json``, hex."""
    main_file: str
    """The file name of the edition's first page."""


def press_file(lang: str, ending: str = "html") -> str:
    """The file name of the minister's page, its PDF or its card."""
    return f"press.{ending}" if lang == "id" else f"press.{lang}.{ending}"


def press_page(messages: EditionMessages, imprint: Imprint, sha256: str) -> str:
    """The minister's page of an edition whose ``findings.json`` has a hash."""
    findings, week = messages.findings, messages.week_name()
    cells = measured_cells(messages)
    charted = cells[:CHARTED]
    edition = edition_name(messages, imprint)
    title = f"{messages('press.title')}: {messages('page.title', week=week)}"
    if messages.simulated:
        title = f"{messages('banner.simulated_title')}: {title}"
    header = messages("page.print_header", week=week, edition=edition)
    rows = [(", ".join(messages.subject(cell).values()), cell) for cell in charted]
    chart = charts.whiskers(rows, messages.lang, width=420)
    return PressContext(
        msg=messages,
        title=title,
        style=edition_style(messages, header, draft=findings.edition is EditionKind.provisional),
        simulated=messages.simulated,
        findings=findings,
        imprint=imprint,
        edition=edition,
        answers=press_answers(messages),
        confirmed=bool(messages.summary.of(Conclusion.still)),
        charted=charted,
        measured=len(cells),
        chart=Markup(chart),  # noqa: S704 (our own drawing)
        sha256=sha256,
        main_file=main_file(messages.lang),
    ).render()


def edition_name(messages: EditionMessages, imprint: Imprint) -> str:
    """The kind of an edition, with its number where that is known."""
    kind = messages(f"edition.{messages.findings.edition}")
    return messages("press.number", edition=kind, n=imprint.number) if imprint.number else kind


def measured_cells(messages: EditionMessages) -> list[Cell]:
    """The primary cells of marketplaces with an interval, the largest lower limit first."""
    cells = [
        cell
        for cell in messages.summary.cells
        if is_drawn(cell) and not messages.is_reference(cell.platform)
    ]
    return sorted(cells, key=lambda cell: (-(cell.low or 0), -(cell.high or 0)))


def press_answers(messages: EditionMessages) -> tuple[PressAnswer, ...]:
    """The answers to the three questions, each with what is known of its error."""
    cells = measured_cells(messages)
    return (
        _still(messages),
        _how_much(messages, cells),
        _more(messages, cells),
    )


def _still(messages: EditionMessages) -> PressAnswer:
    """On how many of the watched marketplaces breaches are established, and what of the others."""
    question = messages("press.still")
    conclusions = [
        platform.conclusion
        for platform in messages.summary.platforms
        if platform.conclusion not in _UNCOUNTED and not platform.finding.is_reference
    ]
    if set(conclusions) <= _UNJUDGED:
        return PressAnswer(question=question, figure="–", sentence=messages("press.still_unknown"))
    still, compliant = map(conclusions.count, (Conclusion.still, Conclusion.compliant))
    sentence = messages(
        "press.still_on",
        n=still,
        watched=len(conclusions),
        compliant=compliant,
        unknown=len(conclusions) - still - compliant,
    )
    figure = messages("matrix.of_checked", n=still, checked=len(conclusions))
    return PressAnswer(question=question, figure=figure, sentence=sentence)


def _how_much(messages: EditionMessages, cells: Sequence[Cell]) -> PressAnswer:
    """The share of the product group with the largest lower limit."""
    question = messages("press.how_much")
    if not cells:
        sentence = messages("press.how_much_unknown")
        return PressAnswer(question=question, figure="–", sentence=sentence)
    gravest = cells[0]
    if gravest.estimate is None:
        figure = messages("trend.most", high=messages.share(gravest.most))
    else:
        figure = messages.share(gravest.estimate)
    sentence = messages(
        "press.how_much_at",
        **messages.subject(gravest),
        interval=messages.interval(gravest.low, gravest.high),
        tolerance=messages.share(gravest.tolerance),
        n=len(cells),
    )
    if gravest.high_with_refused is not None:
        refused = messages("press.with_refused", most=messages.share(gravest.most))
        sentence = f"{sentence} {refused}"
    return PressAnswer(question=question, figure=figure, sentence=sentence)


def _more(messages: EditionMessages, cells: Sequence[Cell]) -> PressAnswer:
    """How the same share moved since the week before."""
    question = messages("press.more")
    if not cells or not (change := cells[0].change):
        sentence = messages("press.more_unknown")
        return PressAnswer(question=question, figure="–", sentence=sentence)
    sentence = messages(
        "press.more_since",
        **messages.subject(cells[0]),
        low=messages.points(change.low),
        high=messages.points(change.high),
        since=messages.week_short(change.since),
        direction=messages(f"direction.{direction(cells[0])}"),
    )
    points = "–"
    if change.difference is not None:
        points = messages("press.points", points=messages.points(change.difference))
    return PressAnswer(question=question, figure=points, sentence=sentence)
