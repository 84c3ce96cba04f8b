"""What is said of a cell, of its week, its quarter and its trend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from monitor.model import (
    Cell,
    Change,
    Cluster,
    FlaggedListing,
    Indicator,
    Season,
    SeasonChange,
    TrendPoint,
    Verdict,
)

from .edition_names import EditionNames
from .measures import Measure
from .screening import ScreenOutcome, screening
from .summary import above_zero
from .view import Panel

_SHARES = {
    Verdict.non_compliant: "share_above",
    Verdict.breaches_found: "share_mixed",
    Verdict.awaiting_second: "share_between",
    Verdict.within_tolerance: "share_below",
    Verdict.compliant: "share_below",
}


class CellMessages(EditionNames):
    """Sentences of cells: each says what the cell's numbers say, and no more."""

    def confirmed_number(self, cell: Cell) -> str:
        """``18 of 31``: a cell's confirmed offers of those checked; the confirmed alone where
        nobody counted the others, or none was checked."""
        if not cell.checked:
            return self.number(cell.proven)
        return self("matrix.of_checked", n=cell.proven, checked=cell.checked)

    def confirmed_text(self, cell: Cell) -> str:
        """How many offers of a cell are confirmed, of how many that two people answered; or that
        people judged some in breach, and none bears the platform's mark."""
        if cell.confirmed and not cell.proven:
            return self("matrix.judged", n=cell.confirmed)
        form = "confirmed_of" if cell.checked else "confirmed_n"
        return self(f"matrix.{form}", n=cell.proven, checked=cell.checked)

    def reconciled(self, cell: Cell) -> str:
        """From flagged positions to the offers behind them, those checked and those confirmed;
        empty where these were not counted, or nothing was flagged or checked."""
        if cell.flagged_offers is None or cell.checked is None:
            return ""
        if not cell.flagged and not cell.checked:
            return ""
        return self(
            "answer.reconciled",
            positions=cell.flagged,
            offers=cell.flagged_offers,
            checked=cell.checked,
            confirmed=cell.proven,
        )

    def verdict_text(self, cell: Cell) -> str:
        """A verdict in words; ``none_found`` says the most that could still be there, and
        ``awaiting_second`` whether one offer is confirmed, or none but by people's word."""
        if above_zero(cell):
            interval = self.interval(cell.low, cell.high)
            return self("verdict.none_found_above_zero", interval=interval)
        if cell.verdict is Verdict.none_found and cell.most is not None:
            return self("verdict.none_found_most", high=self.share(cell.most))
        if cell.verdict is Verdict.awaiting_second and cell.proven <= 1:
            return self("verdict.awaiting_second_one" if cell.proven else "verdict.awaiting_mark")
        return self.verdict_name(cell.verdict, cell.policy)

    def screen_text(self, cell: Cell) -> str:
        """How many positions the screen flagged, or took for cross-border though nothing forbids
        them, or that nobody counted them."""
        screen = screening([cell])
        counts = {"n": cell.flagged, "screened": screen.screened, "places": screen.places}
        return self(screen.key("screen.positions"), **counts)

    def existence(self, cell: Cell) -> str:
        """Whether a blocked import was seen for certain."""
        match cell.verdict:
            case Verdict.not_measurable if not cell.confirmed:
                return self("answer.not_measured_bare")
            case Verdict.screened:
                return self.screen_text(cell)
            case Verdict.unconfirmed_policy if cell.confirmed:
                screen = self.screen_text(cell)
                return self("answer.unconfirmed", screen=screen, confirmed=cell.confirmed)
            case Verdict.unconfirmed_policy:
                # Confirmed are breaches of the policy: 0 says nothing of what people took for
                # foreign under a policy whose date is unknown.
                return f"{self.screen_text(cell)}."
        if not cell.confirmed:
            return self("answer.confirmed_none", audited=cell.audited)
        unmarked = cell.confirmed - cell.proven
        if not cell.proven:
            return self("answer.judged", n=unmarked)
        form = "confirmed" if cell.is_established else "confirmed_unestablished"
        if cell.checked is not None:
            form = f"{form}_of"
        sentence = self(f"answer.{form}", n=cell.proven, checked=cell.checked)
        return f"{sentence}; {self('answer.judged_more', n=unmarked)}" if unmarked else sentence

    def prevalence(self, cell: Cell) -> str:
        """How large the share is, in the terms its verdict allows."""
        match cell.verdict:
            case Verdict.not_measurable:
                coverage = self.share(cell.coverage)
                return self.note(cell.reason) or self("answer.not_measured", coverage=coverage)
            case Verdict.screened:
                return self("answer.screened_more")
            case Verdict.unconfirmed_policy:
                return self("answer.unconfirmed_share")
        form = "share_above_zero" if above_zero(cell) else "share_most"
        form = _SHARES.get(cell.verdict, form)
        if cell.low is None or cell.high is None:
            form = "share_none"
        elif cell.estimate is None and form not in {"share_below", "share_most"}:
            form = "share_between"
        names = ("estimate", "low", "high", "tolerance")
        shares = {name: self.share(getattr(cell, name)) for name in names}
        most = self.share(cell.most)
        sentences = [self(f"answer.{form}", judged=self.judged_limit(cell), most=most, **shares)]
        if cell.high_with_refused is not None:
            sentences.append(self("answer.with_refused", most=most))
        return " ".join(filter(None, [*sentences, self.note(cell.reason)]))

    def judged_limit(self, cell: Cell) -> str:
        """The lower limit a cell is judged by with its level; in editions in which these do not
        stand apart, the lower limit alone."""
        if cell.level is None:
            return self.share(cell.low)
        low, level = self.share(cell.judged_low), self.share(cell.level)
        return self("answer.judged_at", low=low, level=level)

    def glance(self, cell: Cell) -> tuple[str, str]:
        """A cell of the matrix: what is known of its breaches, and of their share; or nothing."""
        match cell.verdict:
            case Verdict.not_measurable if not cell.confirmed:
                return self("matrix.answered", share=self.share(cell.coverage)), ""
            case Verdict.screened:
                return self.screen_text(cell), ""
            case Verdict.unconfirmed_policy:
                return self("matrix.unjudged"), ""
        confirmed = self.confirmed_text(cell)
        if cell.low is None or cell.high is None:
            return confirmed, ""
        estimate = "" if cell.estimate is None else f"{self.share(cell.estimate)} "
        return confirmed, f"{estimate}({self.interval(cell.low, cell.high)})"

    @property
    def used_cells(self) -> list[Cell]:
        """The cells of used clothing that carry a verdict, by platform."""
        cells = (cell for cell in self.used_clothing.cells if cell.primary)
        return sorted(cells, key=lambda cell: self.platform_name(cell.platform))

    def used_existence(self, cell: Cell) -> str:
        """Whether imported used clothes were seen for certain; empty where nobody was asked."""
        if cell.verdict is Verdict.unconfirmed_policy:
            return self("used.unconfirmed", audited=cell.audited, confirmed=cell.confirmed)
        return "" if cell.verdict is Verdict.screened else self.existence(cell)

    def used_counts(self, cell: Cell) -> str:
        """What the screen made of a cell's positions, and on how many pages they stood."""
        return self(
            "used.counts",
            flagged=cell.flagged,
            suspected=cell.suspected,
            places=cell.places,
            sampled=cell.sampled,
            planned=cell.planned,
        )

    def used_offers(self, platform: str) -> list[FlaggedListing]:
        """The confirmed offers of used clothing of a platform whose own pages bear it out."""
        offers = self.used_clothing.used_clothing
        return [entry for entry in offers if entry.is_proven and entry.listing.platform == platform]

    def change_text(self, change: Change) -> str:
        """The change of a cell's estimate with its interval, in percentage points."""
        names = ("difference", "low", "high")
        points = {
            name: "" if (figure := getattr(change, name)) is None else self.points(figure)
            for name in names
        }
        form = "versus" if points["difference"] else "versus_limits"
        return self(f"direction.{form}", since=self.week_short(change.since), **points)

    def subject(self, cell: Cell | Panel) -> dict[str, str]:
        """The ``platform`` and the ``cluster`` of a cell as a sentence names them."""
        return {
            "platform": self.platform_name(cell.platform),
            "cluster": self.cluster_name(cell.cluster).lower(),
        }

    def interval_alt(self, cell: Cell) -> str:
        """The text alternative of a cell's interval chart."""
        return self(
            "matrix.chart_limits" if cell.estimate is None else "matrix.chart_known",
            **self.subject(cell),
            estimate=self.share(cell.estimate),
            interval=self.interval(cell.low, cell.high),
            tolerance=self.share(cell.tolerance),
        )

    def trend_cell(self, point: TrendPoint | None) -> str:
        """A week of a panel: its estimate, why it has none, or nothing where no edition was."""
        if point is None:
            return ""
        if point.estimate is not None:
            return self.share(point.estimate)
        if point.high is not None:
            return self("trend.most", high=self.share(point.high))
        return self("trend.screened" if point.verdict is Verdict.screened else "trend.unmeasured")

    def cell_name(self, cell: Cell) -> str:
        """A cell by its platform and product group."""
        return f"{self.platform_name(cell.platform)}: {self(f'cluster.{cell.cluster}')}"

    def worst_sentence(self, cells: Sequence[Cell]) -> str:
        """How many of ``cells``, the worst first, lie above their tolerance, and the worst."""
        above = sum(cell.low is not None and cell.low > cell.tolerance for cell in cells)
        interval = self.interval(cells[0].low, cells[0].high)
        return self(
            "chart.worst",
            n=len(cells),
            above=above,
            cell=self.cell_name(cells[0]),
            interval=interval,
        )

    def citation(self) -> str:
        """How a chart of the edition is cited."""
        findings = self.findings
        edition, as_of = self(f"edition.{findings.edition}"), self.moment(findings.as_of)
        return self("chart.cite", week=findings.week, edition=edition, as_of=as_of)

    def trend_alt(self, panel: Panel) -> str:
        """The text alternative of a trend chart."""
        newest = panel.points[-1]
        form = "chart" if newest.estimate is not None else "chart_limits"
        return self(
            f"trend.{form}" if newest.high is not None else "trend.chart_unmeasured",
            **self.subject(panel),
            n=len(panel.points),
            estimate=self.share(newest.estimate),
            interval=self.interval(newest.low, newest.high),
        )

    def season_name(self, season: Season) -> str:
        """A quarter by its number and year, or that it is the last thirteen weeks."""
        if ".." in season.id:
            return self("season.rolling")
        return self.quarter_name(season.id)

    def quarter_name(self, quarter: str) -> str:
        """A quarter, ``2026-Q4``, by its number and year."""
        return self("season.quarter", number=quarter[-1], year=quarter[:4])

    def season_change(self, change: SeasonChange) -> str:
        """How a cell's share moved since the quarter before, in percentage points."""
        return self(
            "season.change",
            since=self.quarter_name(change.since),
            direction=self(f"direction.{change.direction or 'flat'}"),
            low=self.points(change.low),
            high=self.points(change.high),
        )

    def season_text(self, season: Season) -> str:
        """What a cell's quarter, or its last thirteen weeks, come to, in a sentence."""
        name = self.season_name(season)
        if season.high is None:
            return self("season.none", name=name, reason=self.note(season.reason))
        if season.estimate is None:
            share = self("trend.most", high=self.share(season.high))
        else:
            share = f"{self.share(season.estimate)} ({self.interval(season.low, season.high)})"
        form = "quarter_over" if season.over else "running"
        return self(f"season.{form}", name=name, share=share, n=season.weeks)

    def season_sequence(self, season: Season) -> str:
        """The limits that may be read every week, and how much wider they are than the interval;
        empty for thirteen weeks that begin anew every week."""
        low, high = season.sequence_low, season.sequence_high
        if low is None or high is None:
            return ""
        check = self("season.sequence", interval=self.interval(low, high))
        if season.low is None or season.high is None:
            return check
        times = max(1, round((high - low) / (season.high - season.low)))
        return f"{check} {self('season.sequence_cost', n=times)}"

    def season_basis(self, season: Season) -> str:
        """How many weeks and labels a cell's quarter rests on."""
        parts = [self("season.weeks", n=season.weeks, missing=season.missing)]
        if season.other_list:
            parts.append(self("season.other_list", n=season.other_list))
        if season.labels:
            parts.append(self("season.labels", n=season.labels))
        return " ".join(parts)

    def indicator_cell(
        self, measure: Measure, cluster: Cluster | None
    ) -> tuple[str, tuple[str, ...]]:
        """A measure in one cluster, and below it its interval and basis, or why it has none."""
        return self.indicator_figure(measure.by_cluster.get(str(cluster)))

    def indicator_figure(self, indicator: Indicator | None) -> tuple[str, tuple[str, ...]]:
        """An indicator, and below it its interval and basis, or why it has none."""
        if indicator is None or indicator.value is None:
            reason = indicator and indicator.reason
            return "–", (self.note(reason),) if reason else ()
        below = [self("indicator.n", n=indicator.n)] if indicator.n else []
        if indicator.low is not None and indicator.high is not None:
            limits = (indicator.low, indicator.high)
            below.insert(0, "–".join(self._in_unit(indicator, limit) for limit in limits))
        return self._in_unit(indicator, indicator.value), tuple(below)

    def number_line(self) -> str:
        """How many visited own pages show numbers of registration, by platform and kind."""
        kinds = [
            self(
                "indicator.number_malformed" if count.malformed else "indicator.number",
                platform=self.platform_name(count.platform),
                kind=self.term("number_kind", count.kind),
                offers=count.offers,
                malformed=count.malformed,
            )
            for count in self.findings.registration_numbers
        ]
        return self("indicator.numbers", kinds="; ".join(kinds))

    def _in_unit(self, indicator: Indicator, figure: float) -> str:
        """A figure in the unit of its indicator: a ratio, a count or a share."""
        match indicator.unit:
            case "ratio":
                return self("indicator.ratio", value=self.number(figure, 2))
            case "count":
                return self.number(figure, 0 if figure == int(figure) else 1)
            case _:
                return self.share(figure)

    def result_line(self, cell: Cell) -> str:
        """What a policy's cell came to; only a primary cell is given its verdict."""
        counts = [self.screen_text(cell)]
        if cell.confirmed or cell.verdict is not Verdict.unconfirmed_policy:
            counts.append(self.confirmed_text(cell))
        verdict = f"{self.verdict_text(cell)}; " if cell.primary else ""
        return f"{', '.join(self.subject(cell).values())}: {verdict}{', '.join(counts)}"

    def quiet_cells(self, cells: Iterable[Cell]) -> list[Cell]:
        """The cells that are only counted together: their policy carries no verdict and forbids
        nothing there. A platform that others are compared with is never counted among them."""
        return [
            cell
            for cell in cells
            if not (cell.primary or cell.flagged or cell.confirmed)
            if not self.is_reference(cell.platform)
        ]

    def quiet_lines(self, cells: Iterable[Cell]) -> list[str]:
        """The cells in which a policy forbids nothing, counted by what the screen says of them."""
        groups: dict[ScreenOutcome, list[Cell]] = defaultdict(list)
        for cell in cells:
            groups[screening([cell]).outcome].append(cell)
        lines = []
        for outcome in sorted(groups, key=lambda outcome: outcome.rank):
            screen = screening(groups[outcome])
            counts = {"n": len(groups[outcome]), "screened": screen.screened}
            lines.append(self(screen.key("promise.quiet"), **counts))
        return lines
