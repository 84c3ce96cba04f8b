"""A platform's own page: its promises, its verdicts over the weeks, and what became of its cases.

It has one address for good, is written anew from the archive at each edition, and shows the newest
edition of each week. In a folder that holds public editions it names no case and no seller.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.model import (
    Case,
    CaseEventKind,
    Cell,
    CoverageRow,
    EditionKind,
    Findings,
    PlatformFinding,
    Policy,
    PolicyKind,
    PromiseHistory,
    SignalRate,
    Value,
)

from .case_figures import CaseFigures, case_figures, stands_proven
from .contexts import DocumentContext, edition_style, main_file
from .edition_messages import EditionMessages
from .prices import WEEKS as WEEKS_OF_PRICES
from .prices import PriceRow, price_rows
from .sellers import SellerRecord, seller_league
from .summary import PlatformSummary
from .view import coverage_by_platform, ordered_policies, reason_counts, weeks_between

if TYPE_CHECKING:
    from .archive import ArchivedEdition

FOLDER = "platforms"
WEEKS = 26
"""How many weeks a page looks back."""
OPEN_SHOWN, SELLERS_SHOWN = 50, 20


class WeekLine(Value):
    """A platform in one week: its cells by product group, and the address of its edition.

    ``verdicts`` are (product group, verdict, its words, what is confirmed, the share).
    """

    week: str
    edition: str
    address: str
    verdicts: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class PlatformContext(DocumentContext):
    """What a platform's page is given."""

    template = "platform.html"

    msg: EditionMessages
    """The sentences of the newest edition."""
    findings: Findings
    """The newest edition."""
    platform: PlatformFinding
    """The platform."""
    summary: PlatformSummary
    """What the newest week comes to on it."""
    address: str
    """The address of the newest edition's first page."""
    archive: str
    """The address of the archive."""
    confirmed_weeks: int
    """In how many of the audited weeks an offer was confirmed."""
    audited_weeks: int
    """How many of the last weeks have an audited edition."""
    looked_back: int
    """How many weeks the page looks back."""
    lines: Sequence[WeekLine]
    """The weeks, the newest first."""
    seasons: Mapping[str, str]
    """Each sentence on a season, with the names of the product groups of which it is true."""
    policies: Sequence[Policy]
    """The promises and rules that bind the platform."""
    promise_pages: Sequence[PromiseHistory]
    """What became of the words of its promises, by address."""
    row: CoverageRow | None
    """What became of its planned pages in the newest week; None without a plan."""
    refusals: Sequence[tuple[str, str, int]]
    """State, reason and number of pages that were not observed, the most frequent first."""
    lost: Sequence[SignalRate]
    """The signals that were lost in the newest week."""
    figures: CaseFigures | None
    """What became of its cases; None in a public folder."""
    open_cases: Sequence[Case]
    """The first of its open cases, the oldest first."""
    used_figures: CaseFigures | None
    """What became of its cases of used clothing; None in a public folder, or without any."""
    open_used_cases: Sequence[Case]
    """The first of its open cases of used clothing, the oldest first."""
    sellers: Sequence[SellerRecord]
    """The sellers with the most cases."""
    prices: Sequence[PriceRow]
    """The median prices of its commodities by origin, from week to week."""
    price_weeks: Sequence[str]
    """The weeks of their columns, the newest first."""
    letters: Sequence[tuple[str, str]]
    """(day, letter) by which cases were reported, the newest first."""


def has_confirmed(edition: ArchivedEdition, platform: str) -> bool:
    """Whether an edition has an offer of a foreign seller of a platform confirmed under a policy
    that may accuse."""
    accusing = {policy.id for policy in edition.findings.policies if policy.may_accuse}
    return any(
        cell.proven > 0
        for cell in edition.findings.cells
        if cell.platform == platform and cell.policy in accusing
    )


def platform_page(editions: Sequence[ArchivedEdition], platform: str, lang: str) -> str:
    """The page of a platform from the newest edition of each week, the newest week first."""
    newest = editions[0]
    messages, findings = newest.msg, newest.findings
    weeks = weeks_between([editions[-1].findings.week, findings.week])[-WEEKS:]
    recent = [edition for edition in editions if edition.findings.week in weeks]
    audited = [
        edition
        for edition in recent
        if edition.findings.edition is not EditionKind.provisional
        and any(cell.platform == platform and cell.audited for cell in edition.findings.cells)
    ]
    summary = next(p for p in messages.summary.platforms if p.finding.id == platform)
    used_cells = [cell for cell in messages.used_cells if cell.platform == platform]
    judged = {cell.policy for cell in (*summary.cells, *used_cells)}
    row = coverage_by_platform(findings).get(platform)
    is_public = any(edition.findings.withheld is not None for edition in editions)
    of_sellers, of_goods = (
        [
            case
            for case in (() if is_public else of_question.cases)
            if case.platform == platform and stands_proven(case)
        ]
        for of_question in (findings, messages.used_clothing)
    )
    letters = {
        (event.at, event.ref or event.note or "–")
        for case in (*of_sellers, *of_goods)
        for event in case.events
        if event.kind is CaseEventKind.reported
    }
    seasons: dict[str, list[str]] = defaultdict(list)
    for cell in (*summary.cells, *used_cells):
        for season in filter(None, (cell.season, cell.rolling)):
            seasons[messages.season_text(season)].append(messages.cluster_name(cell.cluster))
    title = messages("platform_page.title", platform=summary.finding.name)
    if messages.simulated:
        title = f"{messages('banner.simulated_title')}: {title}"
    return PlatformContext(
        msg=messages,
        title=title,
        style=edition_style(messages, title, draft=findings.edition is EditionKind.provisional),
        simulated=messages.simulated,
        findings=findings,
        platform=summary.finding,
        summary=summary,
        address=f"../../{newest.folder}{newest.page}",
        archive=f"../../{main_file(lang)}",
        confirmed_weeks=sum(has_confirmed(edition, platform) for edition in audited),
        audited_weeks=len(audited),
        looked_back=len(weeks),
        lines=[_week_line(edition, platform) for edition in recent],
        seasons={
            sentence: messages.enumeration([*names[:1], *(name.lower() for name in names[1:])])
            for sentence, names in seasons.items()
        },
        policies=[
            policy
            for policy in ordered_policies(findings.policies)
            if policy.id in judged
            or (policy.kind is PolicyKind.promise and platform in policy.platforms)
        ],
        promise_pages=findings.promise_pages,
        row=row,
        refusals=reason_counts(row)[:6] if row else (),
        lost=[rate for rate in findings.signals.get(platform, ()) if rate.is_lost],
        figures=None if is_public else case_figures(of_sellers),
        open_cases=_oldest_open(of_sellers),
        used_figures=case_figures(of_goods) if of_goods else None,
        open_used_cases=_oldest_open(of_goods),
        sellers=seller_league(of_sellers)[:SELLERS_SHOWN],
        prices=price_rows(recent, platform),
        price_weeks=[
            edition.msg.week_short(edition.findings.week) for edition in recent[:WEEKS_OF_PRICES]
        ],
        letters=[(messages.day(at), letter) for at, letter in sorted(letters, reverse=True)],
    ).render()


def _oldest_open(cases: Sequence[Case]) -> list[Case]:
    """The first of the open cases, the oldest first."""
    is_open = (case for case in cases if case.is_open)
    return sorted(is_open, key=lambda case: (case.confirmed, case.id))[:OPEN_SHOWN]


def _week_line(edition: ArchivedEdition, platform: str) -> WeekLine:
    """What an edition says of a platform."""
    messages = edition.msg

    def verdict(cell: Cell) -> tuple[str, str, str, str, str]:
        """A cell in words."""
        group = messages.cluster_name(cell.cluster)
        return group, cell.verdict, messages.verdict_text(cell), *messages.glance(cell)

    return WeekLine(
        week=messages.week_name(),
        edition=messages(f"edition.{edition.findings.edition}"),
        address=f"../../{edition.folder}{edition.page}",
        verdicts=tuple(
            verdict(cell)
            for cell in (*messages.summary.cells, *messages.used_cells)
            if cell.platform == platform
        ),
    )


def write_platform_pages(
    folder: Path, editions: Sequence[ArchivedEdition], lang: str
) -> dict[str, str]:
    """Write the page of each platform that the newest edition watches; returns the addresses below
    ``folder`` by the platforms' names. ``editions`` stand newest first."""
    by_week: dict[str, ArchivedEdition] = {}
    for edition in editions:
        by_week.setdefault(edition.findings.week, edition)
    newest = list(by_week.values())
    pages = {}
    for platform in newest[0].findings.platforms if newest else ():
        if platform.role == "closed" or not re.fullmatch(r"[a-z0-9-]+", platform.id):
            continue
        address = f"{FOLDER}/{platform.id}/{main_file(lang)}"
        path = folder / address
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(platform_page(newest, platform.id, lang), encoding="utf-8")
        pages[platform.name] = address
    return pages
