"""An edition's pages: HTML that asks nobody for anything and runs no script."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any

from markupsafe import Markup

from monitor.model import Cell, CoverageRow, EditionKind, FlaggedListing, Verdict

from . import charts
from .contexts import (
    ListingPageContext,
    MainContext,
    SeasonContext,
    edition_style,
    main_file,
    season_file,
)
from .edition_messages import EditionMessages
from .listings import (
    ListingLists,
    ListingPage,
    PlatformEvidence,
    evidence_by_platform,
    listing_pages,
    page_file,
    page_of,
)
from .measures import indicator_clusters, indicator_points
from .view import coverage_by_platform, panels, policy_results, season_cells, weeks_between

SECTIONS = (
    "answer",
    "matrix",
    "changes",
    "trend",
    "indicators",
    "promises",
    "evidence",
    "waiting",
    "suspected",
    "imported",
    "coverage",
    "unplanned",
    "method",
    "versions",
    "replies",
    "downloads",
    "corrections",
)
NEW_SHOWN = 8  # how many new confirmed breaches the first page names


class EditionPages:
    """The pages of one edition in one language; ``pictures`` are the files in ``media/``."""

    def __init__(
        self,
        messages: EditionMessages,
        lists: ListingLists,
        pictures: Set[str] = frozenset(),
    ) -> None:
        self.messages, self.lists, self.pictures = messages, lists, pictures
        self.pages = {
            kind: listing_pages(kind, listings, messages.lang) for kind, listings in lists.items()
        }

    def render(self, documents: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
        """Every page by its file name, the first page first, which links the ``documents``."""
        messages, findings = self.messages, self.messages.findings
        week, edition = messages.week_name(), messages(f"edition.{findings.edition}")
        header = messages("page.print_header", week=week, edition=edition)
        draft = findings.edition is EditionKind.provisional
        title = messages("page.title", week=week)
        if messages.simulated:
            title = f"{messages('banner.simulated_title')}: {title}"
        shared = {
            "msg": messages,
            "title": title,
            "style": edition_style(messages, header, draft=draft),
            "simulated": messages.simulated,
            "findings": findings,
            "pictures": self.pictures,
        }
        texts = {main_file(messages.lang): self._main(shared, documents).render()}
        for pages in self.pages.values():
            texts |= {page.file: self._further(shared, page).render() for page in pages}
        if seasons := season_cells(messages.summary):
            texts[season_file(messages.lang)] = self._season(shared, seasons).render()
        return texts

    def _season(
        self, shared: dict[str, Any], seasons: Mapping[str, Sequence[Cell]]
    ) -> SeasonContext:
        """The context of the page of a quarter that is over, from its cells by platform."""
        cells = [cell for of_platform in seasons.values() for cell in of_platform]
        season = next(cell.season for cell in cells if cell.season)
        name = self.messages.season_name(season)
        shown = {cell.verdict for cell in cells}
        return SeasonContext(
            **shared | {"title": f"{name}: {shared['title']}"},
            on_main=False,
            summary=self.messages.summary,
            season=season,
            cells=seasons,
            verdicts=[verdict for verdict in Verdict if verdict in shown],
            interval_svg=_interval_svg(cells, self.messages.lang),
            main_file=main_file(self.messages.lang),
        )

    def _main(self, shared: dict[str, Any], documents: Sequence[tuple[str, str]]) -> MainContext:
        """The context of the first page."""
        messages, findings, lang = self.messages, self.messages.findings, self.messages.lang
        summary, coverage = messages.summary, coverage_by_platform(findings)

        def coverage_svg(row: CoverageRow) -> Markup:
            """What became of a platform's planned pages."""
            return Markup(charts.coverage(row, lang))  # noqa: S704

        optional = {
            "corrections": findings.corrections,
            "unplanned": findings.unplanned,
            "downloads": documents,
            "waiting": findings.waiting or (findings.withheld and findings.withheld.waiting),
        }
        trend = panels(findings, summary, lang, messages("unit.week_axis"))
        evidence = evidence_by_platform(self.lists["evidence"])
        new_breaches, new_total = self._new_breaches(evidence)
        return MainContext(
            **shared,
            on_main=True,
            summary=summary,
            sections=[name for name in SECTIONS if optional.get(name, True)],
            lists=self.lists,
            pages=self.pages,
            evidence=evidence,
            new_breaches=new_breaches,
            new_total=new_total,
            interval_svg=_interval_svg(summary.cells, lang),
            coverage_svg=coverage_svg,
            season_file=season_file(lang) if season_cells(summary) else None,
            panels=trend,
            trend_weeks=weeks_between(point.week for panel in trend for point in panel.points),
            indicator_points=indicator_points(findings.indicators),
            indicator_clusters=indicator_clusters(findings.indicators),
            policies=policy_results(findings),
            coverage=coverage,
            all_answered=bool(coverage)
            and all(row.sampled + row.empty == row.planned for row in coverage.values()),
            documents=documents,
        )

    def _new_breaches(
        self, evidence: Sequence[PlatformEvidence]
    ) -> tuple[list[tuple[FlaggedListing, str]], int]:
        """The new confirmed breaches that the first page names, each with the address of its
        evidence, and how many there are."""
        on_main = {part.start + rank for part in evidence for rank in range(len(part.shown))}
        numbered = [
            (entry, number)
            for number, entry in enumerate(self.lists["evidence"], 1)
            if self.messages.is_new_breach(entry)
        ]
        platforms = {entry.listing.platform for entry, _ in numbered}
        # One platform with many must not crowd out the others.
        room = max(2, NEW_SHOWN // max(1, len(platforms)))
        named: Counter[str] = Counter()
        shown = []
        for entry, number in numbered:
            named[entry.listing.platform] += 1
            if named[entry.listing.platform] <= room:
                file = page_file("evidence", page_of(number), self.messages.lang)
                address = f"{'' if number in on_main else file}#evidence-{number}"
                shown.append((entry, address))
        return shown, len(numbered)

    def _further(self, shared: dict[str, Any], page: ListingPage) -> ListingPageContext:
        """The context of a further page of a long list."""
        section, intro = page.kind, f"{page.kind}.intro"
        if page.kind == "gone":
            section, intro = "changes", "change.gone"
        elif page.kind == "compared":
            section = "evidence"
        evidence = page.kind == "evidence"
        return ListingPageContext(
            **shared,
            on_main=False,
            page=page,
            pages=self.pages[page.kind],
            section=section,
            intro=self.messages.evidence_intro() if evidence else self.messages(intro),
            main_file=main_file(self.messages.lang),
        )


def _interval_svg(cells: Iterable[Cell], lang: str) -> Callable[[Cell], Markup]:
    """What draws the interval of one of the ``cells``, all of a platform on one axis."""
    shares: dict[str, list[float | None]] = defaultdict(list)
    for cell in cells:
        shares[cell.platform] += (cell.high, cell.tolerance)
    ends = {platform: charts.ceiling(of_platform) for platform, of_platform in shares.items()}

    def interval_svg(cell: Cell) -> Markup:
        """The interval of a cell on the axis of its platform."""
        return Markup(charts.interval(cell, ends[cell.platform], lang))  # noqa: S704

    return interval_svg
