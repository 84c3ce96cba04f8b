"""What the templates are given: a declared context a document, and the environment they share.

A template may name the fields of its context and what ``environment`` offers to all of them, and
nothing else: an undefined name stops the document.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from monitor.model import (
    CONDITION_SIGNALS,
    GROUP_SIGNALS,
    Case,
    CaseKey,
    Cell,
    ChangeCounts,
    Cluster,
    CoverageRow,
    Findings,
    FlaggedListing,
    Indicator,
    PlatformFinding,
    Policy,
    Season,
    Value,
    Verdict,
)

from .case_figures import CaseFigures
from .charts import STATES
from .edition_messages import EditionMessages
from .listings import (
    PART_SIZE,
    ListingLists,
    OffersPart,
    PlatformEvidence,
    offer_address,
    result_page_of,
)
from .measures import Measure
from .messages import Messages, shorten
from .sellers import SellerRecord
from .summary import WeekSummary
from .view import Panel, PolicyResult, direction, is_drawn, reason_counts

_RUNNING_HEAD = "font: 8.5pt system-ui, sans-serif; color: #4c5966;"


@cache
def environment() -> Environment:
    """Jinja that escapes everything and knows no undefined names."""
    jinja = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    functions = (content_policy, shorten, safe_link, safe_path, html_id, direction, reason_counts)
    jinja.globals.update({function.__name__: function for function in functions})
    jinja.globals.update(offer_address=offer_address, result_page_of=result_page_of)
    jinja.globals.update(
        STATES=STATES, PART_SIZE=PART_SIZE, CHANGES_ON_TOP=6, GROUP_SIGNALS=GROUP_SIGNALS
    )
    jinja.globals.update(CONDITION_SIGNALS=CONDITION_SIGNALS)
    jinja.policies["json.dumps_kwargs"] = {"sort_keys": False}
    jinja.tests.update(drawn=is_drawn)
    return jinja


def safe_link(url: str | None) -> str | None:
    """The address if it is a plain http(s) one, else None; the caller then shows only text."""
    if not url or not re.fullmatch(r"https?://[^\s\\\"'<>]+", url, re.IGNORECASE):
        return None
    try:
        return url if urlsplit(url).hostname else None
    except ValueError:
        return None


def safe_path(path: str) -> bool:
    """Whether a path leads from the root of the reports to a document below it."""
    return re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_./-]*\.html", path) is not None and (
        ".." not in path
    )


def html_id(prefix: str, name: str) -> str:
    """An id for an element about ``name``, fit for the fragment of an address."""
    return f"{prefix}-{re.sub(r'[^A-Za-z0-9-]', '-', name)}"


def main_file(lang: str) -> str:
    """The file name of a first page, of an edition as of the archive."""
    return "index.html" if lang == "id" else f"index.{lang}.html"


def season_file(lang: str) -> str:
    """The file name of a quarter's page."""
    return "season.html" if lang == "id" else f"season.{lang}.html"


def sellers_file(lang: str) -> str:
    """The file name of the sellers' page."""
    return "sellers.html" if lang == "id" else f"sellers.{lang}.html"


def content_policy(style: str, script: str = "", *, loads: bool = False) -> str:
    """A Content-Security-Policy that allows exactly these inline texts and local pictures.

    Where the script ``loads`` files, it alone may name them: markup that got into the page by
    mistake could not (CSP 3, "strict-dynamic").
    """
    style_hash, script_hash = (
        f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in (style, script)
    )
    return (
        f"default-src 'none'; style-src {style_hash}; "
        f"script-src {script_hash if script else repr('none')}"
        f"{' ' + repr('strict-dynamic') if loads else ''}; img-src 'self' file:; "
        "base-uri 'none'; form-action 'none'"
    )


def edition_style(messages: EditionMessages, header: str, *, draft: bool) -> Markup:
    """The style of a document about an edition; its head says where data is simulated or a draft
    not audited."""
    flags = {"page.print_simulated": messages.simulated, "page.print_provisional": draft}
    return stylesheet(messages, header, *(messages(key) for key, raised in flags.items() if raised))


def stylesheet(messages: Messages, header: str, *flags: str) -> Markup:
    """The style of a document with its running head for paper: ``header`` left, flags right."""
    rules = files("reports").joinpath("templates", "style.css").read_text(encoding="utf-8")
    texts = (header, " · ".join(flags), messages("page.print_page"), messages("page.print_of"))
    head_left, head_right, page, of = (re.sub(r'[\\"<>\n]', "", text) for text in texts)
    running = (
        "@page { size: A4; margin: 20mm 15mm 18mm; "
        f'@top-left {{ content: "{head_left}"; {_RUNNING_HEAD} }} '
        f'@top-right {{ content: "{head_right}"; {_RUNNING_HEAD} font-weight: 700; }} '
        f'@bottom-right {{ content: "{page} " counter(page) " {of} " counter(pages); '
        f"{_RUNNING_HEAD} }} }}\n@page wide {{ size: A4 landscape; }}\n"
    )
    return Markup(running + rules)  # noqa: S704 (our own style; the words come from the catalogue)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a template is given; ``template`` is its file below ``templates/``."""

    template: ClassVar[str]

    msg: Messages
    """Sentences, numbers and dates in the language of the document."""

    def render(self) -> str:
        """The document; raises ``jinja2.UndefinedError`` where the template names anything else."""
        return environment().get_template(self.template).render(vars(self))


@dataclass(frozen=True, kw_only=True)
class DocumentContext(Context):
    """What the template of an HTML document is given."""

    title: str
    """The title of the document."""
    style: Markup
    """Its only style sheet, which stands in it."""
    simulated: bool
    """Whether it shows simulated data and must say so."""


@dataclass(frozen=True, kw_only=True)
class PageContext(DocumentContext):
    """What every page of an edition is given."""

    msg: EditionMessages
    """The sentences of the edition in the language of the page."""
    findings: Findings
    """The edition."""
    pictures: Set[str]
    """File names of the thumbnails and screenshots that lie in ``media/``."""
    cases: Mapping[CaseKey, str]
    """The address of an offer's case, where it has one."""
    offers_file: str | None
    """The file name of the explorer; None where the edition shows no offer."""


@dataclass(frozen=True, kw_only=True)
class MainContext(PageContext):
    """What the first page of an edition is given."""

    template = "edition.html"

    summary: WeekSummary
    """What the week comes to: its platforms, the gravest first."""
    sections: Sequence[str]
    """The sections of the page, in their order."""
    lists: ListingLists
    """Every list of listings by its kind."""
    evidence: Sequence[PlatformEvidence]
    """The evidence of each platform, with the part of it that this page shows."""
    new_breaches: Sequence[tuple[FlaggedListing, str]]
    """New confirmed breaches with the address of their evidence: those that this page names."""
    new_total: int
    """How many confirmed breaches are new this week."""
    interval_svg: Callable[[Cell], Markup]
    """Draws the interval of a cell."""
    coverage_svg: Callable[[CoverageRow], Markup]
    """Draws what became of a platform's planned pages."""
    next_steps: Sequence[str]
    """What to do next, a sentence each."""
    case_lines: Sequence[tuple[str, str | None, CaseFigures]]
    """(platform, address of its page, what became of its cases), the gravest platform first."""
    used_case_lines: Sequence[tuple[str, str | None, CaseFigures]]
    """The same of cases of used clothing."""
    sellers_file: str | None
    """The file name of the sellers' page; None where no case is known."""
    season_file: str | None
    """The file name of the quarter's page; None where no quarter ends with the week."""
    worst: Sequence[Cell]
    """The primary cells that have an interval to show, the worst first."""
    whiskers_svg: str
    """The intervals of those cells on one scale."""
    changes: Sequence[ChangeCounts]
    """What became of the offers of the week before, by platform, the gravest first."""
    panels: Sequence[Panel]
    """The trend, a panel a cell."""
    trend_weeks: Sequence[str]
    """The weeks of the trend, without a gap."""
    indicator_points: Mapping[int, Mapping[str, Sequence[Measure]]]
    """The measures of each PMSE point by name."""
    indicator_clusters: Sequence[Cluster | None]
    """The columns of the indicators; None is all product groups."""
    displayed_rows: Mapping[tuple[str, str], Mapping[str, Indicator]]
    """What own pages show by measure, of each platform and origin."""
    policies: Sequence[PolicyResult]
    """Every policy with what the week says under it, AKAR first."""
    coverage: Mapping[str, CoverageRow]
    """What became of the planned pages, by platform."""
    all_answered: bool
    """Whether pages were planned and every one of them was observed."""
    documents: Sequence[tuple[str, str]]
    """(kind, file name) of the documents beside the page."""
    replaced_page: str | None
    """The address of the edition that this one replaces; None where there is none to link."""


@dataclass(frozen=True, kw_only=True)
class SeasonContext(PageContext):
    """What the page of a quarter that is over is given."""

    template = "season.html"

    summary: WeekSummary
    """The week's platforms, in the order of the first page."""
    season: Season
    """Any cell's season, for its name."""
    cells: Mapping[str, Sequence[Cell]]
    """The quarter's cells by platform: what is said of a week there is said of the quarter."""
    verdicts: Sequence[Verdict]
    """The verdicts on the page, each once, the gravest first."""
    interval_svg: Callable[[Cell], Markup]
    """Draws the interval of a cell."""
    main_file: str
    """The file name of the first page."""


@dataclass(frozen=True, kw_only=True)
class SellersContext(DocumentContext):
    """What the page of the sellers is given."""

    template = "sellers.html"

    msg: EditionMessages
    """The sentences of the edition in the language of the page."""
    findings: Findings
    """The edition."""
    sellers: Sequence[SellerRecord]
    """The sellers that the page ranks, those with most cases first."""
    total: int
    """How many sellers have a proven case."""
    repeated: int
    """How many of them have more than one."""
    origins: Sequence[tuple[str, int]]
    """Places of dispatch with their proven offers, the most frequent first."""
    origin_svg: str
    """Those places as bars."""
    offers_file: str | None
    """The file name of the explorer; None where the edition shows no offer."""
    main_file: str
    """The file name of the first page."""


@dataclass(frozen=True, kw_only=True)
class OffersContext(PageContext):
    """What a part of the explorer is given."""

    template = "offers.html"

    part: OffersPart
    """The part, with its offers."""
    files: Sequence[str]
    """The file names of all parts."""
    scripts: Sequence[str]
    """The files that the script reads, with a row for every offer of all parts."""
    script: Markup
    """The script that filters, sorts and searches; without it the parts read as they are."""
    names: Mapping[str, Mapping[str, str]]
    """The words for platforms, groups and states."""
    main_file: str
    """The file name of the first page."""


class PageProof(Value):
    """What is shown of a kept page: a ``picture``'s file name, or why there is none (``missing``).

    ``words`` are pointed at in the picture by their numbers. ``is_screenshot``: the picture was
    taken when the page was visited, and not from its kept bytes.
    """

    picture: str | None = None
    missing: str | None = None
    words: tuple[str, ...] = ()
    is_screenshot: bool = False


class CaseRecord(Value):
    """All that a case's page is made from: the case as of a time, and what lies beside the page.

    ``archive`` is the file name of its evidence; None where that is not kept any more.
    """

    software: str
    as_of: datetime
    case: Case
    result_page: PageProof
    own_page: PageProof
    archive: str | None = None


class LetterTerms(Value):
    """What a letter says that its edition does not know.

    ``cases`` are those of all weeks as they stand when it is written, None for the edition's own.
    ``draft`` names a sentence that says why it must not be sent. The day it is ``dated``, the day
    by which an answer is asked for, who may be asked and who released the edition are None where
    not known.
    """

    cases: tuple[Case, ...] | None = None
    draft: str | None = None
    dated: date | None = None
    answer_by: date | None = None
    contact: str | None = None
    released_by: str | None = None


class UsedClothingPart(Value):
    """What a letter says of breaches by used clothing, apart from those of foreign sellers.

    The ``cells`` that state them, the ban and the platform's pacts, and the open cases: ``annex``
    those whose own page bears them out, ``unmarked`` the others.
    """

    cells: tuple[Cell, ...]
    policies: tuple[Policy, ...]
    annex: tuple[Case, ...]
    unmarked: tuple[Case, ...]


@dataclass(frozen=True, kw_only=True)
class LetterContext(DocumentContext):
    """What a letter to a platform is given."""

    template = "letter.html"

    msg: EditionMessages
    """The sentences of the edition in the language of the letter."""
    findings: Findings
    """The edition."""
    draft: str | None
    """The key of the sentence that says why the letter must not be sent; None where it may."""
    platform: PlatformFinding
    """The platform that is written to."""
    kind: str
    """What the letter is about: breach, elsewhere, awaiting, pointed, screened, policy, tolerated,
    notice or access; used where it is about used clothing alone."""
    cells: Sequence[Cell]
    """The cells whose verdicts the letter gives."""
    observed: Sequence[str]
    """What was observed, a sentence a paragraph."""
    policies: Sequence[Policy]
    """The promises and rules that the letter names."""
    annex: Sequence[Case]
    """The open cases that the letter puts forward: confirmed, and marked by the platform."""
    unmarked: Sequence[Case]
    """Confirmed offers without the mark, which the letter names apart."""
    used: UsedClothingPart | None
    """Its breaches by used clothing; None where none are stated."""
    requests: Sequence[str]
    """What the platform is asked for."""
    terms: LetterTerms
    """When it is dated, when an answer is asked for, whom to ask and who released the edition."""


@dataclass(frozen=True, kw_only=True)
class CaseContext(DocumentContext):
    """What the page of a case is given."""

    template = "case.html"

    msg: EditionMessages
    """The sentences and names of an edition that knows the case."""
    case: Case
    """The case."""
    record: CaseRecord
    """What lies beside the page, and as of when the case is shown."""
    policies: Sequence[Policy]
    """The promises and rules it breaches."""
    timeline: Sequence[Mapping[str, Any]]
    """What happened, in the order of time."""
    archive_file: str
    """The file name of the archive's first page."""
    other_file: str
    """The file name of the page in the other language."""
    utc: Callable[[datetime | None], str]
    """Writes a time in UTC."""
