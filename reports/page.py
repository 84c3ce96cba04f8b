"""An edition's pages: HTML that asks nobody for anything and runs no script."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from monitor.model import (
    Case,
    Cell,
    Cluster,
    CoverageRow,
    EditionKind,
    FlaggedListing,
    Verdict,
)

from . import charts
from .case_figures import CaseFigures, case_figures, stands_proven
from .contexts import (
    MainContext,
    OffersContext,
    SeasonContext,
    SellersContext,
    edition_style,
    main_file,
    season_file,
    sellers_file,
)
from .edition_messages import EditionMessages
from .listings import (
    ListingLists,
    OffersPart,
    evidence_by_platform,
    offer_address,
    offers_file,
    offers_parts,
    offers_scripts,
)
from .measures import displayed_rows, indicator_clusters, indicator_points
from .next_steps import next_steps
from .platform_pages import FOLDER
from .sellers import RANKED, SellerRecord, origins, seller_league
from .view import (
    by_gravity,
    coverage_by_platform,
    panels,
    policy_results,
    season_cells,
    weeks_between,
    worst_first,
)

SECTIONS = (
    "answer",
    "matrix",
    "changes",
    "trend",
    "indicators",
    "used_clothing",
    "promises",
    "evidence",
    "waiting",
    "suspected",
    "imported",
    "coverage",
    "unplanned",
    "method",
    "replies",
    "downloads",
    "corrections",
)
STATES = (
    "confirmed",
    "judged",
    "flagged",
    "suspected",
    "waiting",
    "imported",
    "gone",
    "unplanned",
    "compared",
    "used_confirmed",
    "used_judged",
    "used_flagged",
)
PLACES_SHOWN = 15  # places of dispatch that the sellers' page draws
SELLERS_SHARE = ("msg", "style", "simulated", "findings", "offers_file")
NEW_SHOWN = 8  # how many new confirmed breaches the first page names


class EditionPages:
    """The pages of one edition in one language.

    ``pictures`` are the files in ``media/``, ``cases`` the address of the folder with a page for
    each case, ``replaced`` that of the edition which this one replaces; None where there is none to
    link.
    """

    def __init__(
        self,
        messages: EditionMessages,
        lists: ListingLists,
        pictures: Set[str] = frozenset(),
        cases: str | None = None,
        replaced: str | None = None,
    ) -> None:
        self.messages, self.lists, self.pictures = messages, lists, pictures
        self.root = cases.rpartition("/")[0] if cases else None
        self.replaced = replaced
        self.cases = {
            case.key: f"{cases}/{case.id}/index.html"
            for case in (*messages.findings.cases, *messages.used_clothing.cases)
            if cases
        }

    def render(self, documents: Sequence[tuple[str, str]] = ()) -> Iterator[tuple[str, str]]:
        """Every page and script by file name, the first page first, which links ``documents``."""
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
            "cases": self.cases,
            "offers_file": offers_file(messages.lang) if any(self.lists.values()) else None,
        }
        yield main_file(messages.lang), self._main(shared, documents).render()
        yield from self._explorer(shared)
        if league := seller_league(findings.cases):
            yield sellers_file(messages.lang), self._sellers(shared, league).render()
        if seasons := season_cells(messages.summary):
            yield season_file(messages.lang), self._season(shared, seasons).render()

    def _explorer(self, shared: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The parts of the explorer, each with its own address, and what its script reads."""
        messages = self.messages
        scripts = 0
        for scripts, text in enumerate(offers_scripts(self.lists, messages), 1):
            yield offers_file(messages.lang, scripts, "js"), text
        for part in offers_parts(self.lists, messages.lang):
            yield part.file, self._offers(shared, part, scripts).render()

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
        summary = messages.summary
        coverage = {
            row.platform: row
            for row in by_gravity(coverage_by_platform(findings).values(), summary)
        }
        worst = worst_first(summary)

        def coverage_svg(row: CoverageRow) -> Markup:
            """What became of a platform's planned pages."""
            return Markup(charts.coverage(row, lang))  # noqa: S704

        optional = {
            "corrections": findings.corrections,
            "unplanned": findings.unplanned,
            "downloads": documents,
            "used_clothing": messages.used_cells,
            "waiting": findings.waiting or (findings.withheld and findings.withheld.waiting),
        }
        trend = panels(findings, summary, lang, messages("unit.week_axis"))
        new_breaches, new_total = self._new_breaches()
        return MainContext(
            **shared,
            summary=summary,
            sections=[name for name in SECTIONS if optional.get(name, True)],
            lists=self.lists,
            evidence=evidence_by_platform(self.lists["evidence"]),
            new_breaches=new_breaches,
            new_total=new_total,
            interval_svg=_interval_svg(summary.cells, lang),
            coverage_svg=coverage_svg,
            next_steps=next_steps(messages, coverage),
            case_lines=self._case_lines(self.messages.findings.cases),
            used_case_lines=self._case_lines(self.messages.used_clothing.cases),
            sellers_file=sellers_file(lang) if seller_league(findings.cases) else None,
            season_file=season_file(lang) if season_cells(summary) else None,
            worst=worst,
            whiskers_svg=self._whiskers(worst),
            changes=by_gravity(findings.changes, summary),
            panels=trend,
            trend_weeks=weeks_between(point.week for panel in trend for point in panel.points),
            indicator_points=indicator_points(findings.indicators),
            indicator_clusters=indicator_clusters(findings.indicators),
            displayed_rows=displayed_rows(findings.indicators),
            policies=policy_results(findings),
            coverage=coverage,
            all_answered=bool(coverage)
            and all(row.sampled + row.empty == row.planned for row in coverage.values()),
            documents=documents,
            replaced_page=self.replaced,
        )

    def _case_lines(self, cases: Iterable[Case]) -> list[tuple[str, str | None, CaseFigures]]:
        """(platform, address of its page, what became of its cases), the gravest platform first."""
        of_platform: dict[str, list[Case]] = defaultdict(list)
        for case in cases:
            if stands_proven(case):
                of_platform[case.platform].append(case)
        page = main_file(self.messages.lang)
        return [
            (
                name,
                f"{self.root}/{FOLDER}/{name}/{page}" if self.root else None,
                case_figures(of_platform[name]),
            )
            for name in (platform.finding.id for platform in self.messages.summary.platforms)
            if of_platform[name]
        ]

    def _sellers(self, shared: Mapping[str, Any], league: Sequence[SellerRecord]) -> SellersContext:
        """The context of the page of the sellers."""
        messages = self.messages
        places = [
            (place or messages("sellers.no_origin"), count)
            for place, count in origins(self.lists["evidence"]).most_common(PLACES_SHOWN)
        ]
        return SellersContext(
            **{name: shared[name] for name in SELLERS_SHARE},
            title=f"{shared['title']}: {messages('sellers.title')}",
            sellers=league[:RANKED],
            total=len(league),
            repeated=sum(record.cases > 1 for record in league),
            origins=places,
            origin_svg=charts.bars(places, messages.lang) if places else "",
            main_file=main_file(messages.lang),
        )

    def _whiskers(self, cells: Sequence[Cell]) -> str:
        """The intervals of the cells on one scale; empty where there is none."""
        named = [(self.messages.cell_name(cell), cell) for cell in cells]
        return charts.whiskers(named, self.messages.lang) if named else ""

    def _new_breaches(self) -> tuple[list[tuple[FlaggedListing, str]], int]:
        """The new confirmed breaches that the first page names, each with the address of its
        evidence, and how many there are."""
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
                shown.append((entry, offer_address(number, self.messages.lang)))
        return shown, len(numbered)

    def _offers(self, shared: dict[str, Any], part: OffersPart, scripts: int) -> OffersContext:
        """The context of a part of the explorer, whose script reads so many ``scripts``."""
        messages, findings = self.messages, self.messages.findings
        title = messages("offers.title")
        names = {platform.id: platform.name for platform in findings.platforms}
        return OffersContext(
            **shared | {"title": f"{shared['title']}: {title}"},
            part=part,
            files=[offers_file(messages.lang, number) for number in range(1, part.parts + 1)],
            scripts=[offers_file(messages.lang, n, "js") for n in range(1, scripts + 1)],
            script=_script("offers.js"),
            names={
                "platform": names,
                "cluster": {cluster: messages(f"cluster.{cluster}") for cluster in Cluster},
                "state": {state: messages(f"offers.state_{state}") for state in STATES},
            },
            main_file=main_file(messages.lang),
        )


@cache
def _script(name: str) -> Markup:
    """A script of ours, which a page allows by its hash."""
    text = files("reports").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704


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
