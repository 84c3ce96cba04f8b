"""The sentences of an edition: every one says what its numbers say, and no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from monitor.model import (
    Answer,
    Cell,
    Change,
    Cluster,
    CoverageRow,
    EditionKind,
    ErrorRate,
    FlaggedListing,
    Indicator,
    ListingState,
    ModeCounts,
    Origin,
    Season,
    SeasonChange,
    Signal,
    TrendPoint,
    Unplanned,
    Verdict,
)

from .edition_names import EditionNames
from .measures import Measure
from .messages import shorten
from .screening import ScreenOutcome, screening
from .summary import Conclusion, PlatformSummary, WeekSummary, above_zero, summarise
from .view import Panel

NAMED = 3  # the headline names up to so many platforms, and counts more of them
_SHARES = {
    Verdict.non_compliant: "share_above",
    Verdict.breaches_found: "share_mixed",
    Verdict.awaiting_second: "share_between",
    Verdict.within_tolerance: "share_below",
    Verdict.compliant: "share_below",
}
_CERTAINTIES = {
    Conclusion.elsewhere: "certain_labels",
    Conclusion.within_tolerance: "certain_labels",
    Conclusion.pointed: "certain_labels",
    Conclusion.none_found: "certain_labels",
    Conclusion.compliant: "certain_labels",
    Conclusion.screened: "certain_none",
    Conclusion.compared: "certain_compared",
}


class EditionMessages(EditionNames):
    """What one edition says, in one language. Raises ``ReportError`` for an unknown language."""

    @property
    def simulated(self) -> bool:
        """Whether the edition shows simulated data."""
        return self.findings.origin is Origin.simulated

    @cached_property
    def summary(self) -> WeekSummary:
        """What the week comes to; raises ``ReportError`` if a verdict contradicts its numbers."""
        return summarise(self.findings)

    def headline(self) -> str:
        """The week in one sentence."""
        summary = self.summary
        unseen = {Conclusion.unwatched, Conclusion.closed}
        if {platform.conclusion for platform in summary.platforms} <= unseen:
            outside = "only_unplanned" if self.findings.unplanned else "no_data"
            return self(f"headline.{outside}")
        platforms = summary.of(summary.conclusion)
        match summary.conclusion:
            case Conclusion.still if len(platforms) <= NAMED:
                names = self.enumeration([platform.finding.name for platform in platforms])
                return self("headline.still_named", n=len(platforms), platforms=names)
            case Conclusion.screened:
                gravest = min((p.screening for p in platforms), key=lambda s: s.outcome.rank)
                number = sum(p.screening.outcome is gravest.outcome for p in platforms)
                return self(gravest.key("headline.screened"), n=number, judged=summary.judged)
            case (
                Conclusion.still
                | Conclusion.elsewhere
                | Conclusion.awaiting_second
                | Conclusion.pointed
                | Conclusion.within_tolerance
            ):
                key = f"headline.{summary.conclusion}"
                return self(key, n=len(platforms), judged=summary.judged)
            case _:
                return self(f"headline.{summary.conclusion}", n=summary.judged)

    def sureness(self) -> str:
        """What "confirmed" means, below a headline that rests on it; empty below another."""
        number = len(self.summary.of(Conclusion.still))
        return self("headline.sureness", n=number, judged=self.summary.judged) if number else ""

    def lead(self) -> list[tuple[str, str]]:
        """(icon, sentence) below the headline: the platforms of each conclusion by name."""
        findings, lines = self.findings, []
        if not findings.cells and findings.unplanned:
            lines.append(("none_found", self("lead.only_unplanned")))
        elif not findings.cells:
            lines.append(("not_measurable", self("lead.nothing_planned")))
        for conclusion in Conclusion:
            lines += [(conclusion.icon, sentence) for sentence in self._lead_of(conclusion)]
        if self.summary.new and findings.previous_week:
            since = self.week_short(findings.previous_week)
            confirmed = sum(map(self.is_new_breach, findings.listings))
            key = "lead.new_confirmed" if confirmed else "lead.new"
            sentence = self(key, n=self.summary.new, confirmed=confirmed, since=since)
            lines.append(("new", sentence))
        rows = self.marketplace_coverage
        if planned := sum(row.planned for row in rows):
            answered = sum(row.sampled + row.empty for row in rows)
            share = self.share(answered / planned)
            sentence = self("lead.coverage", share=share, answered=answered, planned=planned)
            lines.append(("coverage", sentence))
        return lines

    def _lead_of(self, conclusion: Conclusion) -> list[str]:
        """The sentences below the headline about the platforms of one conclusion."""
        platforms = self.summary.of(conclusion)
        if conclusion is Conclusion.still:
            return [self._confirmed_on(platform) for platform in platforms]
        names: dict[str, list[str]] = defaultdict(list)
        if conclusion is Conclusion.screened:
            for platform in sorted(platforms, key=lambda platform: platform.screening.outcome.rank):
                names[platform.screening.key("lead.screened")].append(platform.finding.name)
        elif platforms:
            names[f"lead.{conclusion}"] = [platform.finding.name for platform in platforms]
        return [self(key, platforms=self.enumeration(group)) for key, group in names.items()]

    def _confirmed_on(self, platform: PlatformSummary) -> str:
        """A platform with its confirmed breaches, in all and by product group."""
        cells = [cell for cell in platform.cells if cell.confirmed and cell.is_established]
        groups = ", ".join(
            f"{self(f'cluster.{cell.cluster}').lower()} {self.confirmed_number(cell)}"
            for cell in cells
        )
        checked = [cell.checked for cell in cells if cell.checked is not None]
        counts = {"n": sum(cell.proven for cell in cells), "checked": sum(checked)}
        form = "confirmed_of" if len(checked) == len(cells) else "confirmed"
        return self(f"lead.{form}", platform=platform.finding.name, cells=groups, **counts)

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
            "cluster": self(f"cluster.{cell.cluster}"),
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

    def verdict_changes(self) -> list[str]:
        """The primary cells whose verdict is not that of the week before, a sentence each."""
        before = {
            (point.platform, point.cluster, point.policy): point.verdict
            for point in self.findings.trend
            if point.week == self.findings.previous_week
        }
        sentences = []
        for cell in self.findings.cells:
            key = cell.platform, cell.cluster, cell.policy
            if cell.primary and before.get(key, cell.verdict) is not cell.verdict:
                sentence = self(
                    "change.verdict_changed",
                    **self.subject(cell),
                    before=self.verdict_name(before[key], cell.policy),
                    after=self.verdict_name(cell.verdict, cell.policy),
                )
                sentences.append(sentence)
        return sentences

    def certainty(self, platform: PlatformSummary) -> str:
        """How sure the answer about a platform is; empty where the cells already say it."""
        audited = sum(cell.audited for cell in platform.cells)
        sampled = sum(cell.sampled for cell in platform.cells)
        form = _CERTAINTIES.get(platform.conclusion)
        if platform.conclusion is Conclusion.compared and audited:
            form = "certain_labels"
        if platform.conclusion is Conclusion.still:
            form = "certain_confirmed" if audited else "certain_unmeasured"
        return self(f"answer.{form}", audited=audited, sampled=sampled) if form else ""

    def found_elsewhere(self, platform: PlatformSummary) -> str:
        """What is confirmed on a platform under policies that it is not judged against."""
        found = "; ".join(
            f"{self.policy_title(cell.policy)}, {self(f'cluster.{cell.cluster}')}: "
            f"{self.confirmed_text(cell)}"
            for cell in platform.elsewhere
        )
        return self("answer.elsewhere", found=found)

    def judged_against(self, platform: PlatformSummary) -> str:
        """The policies that a platform's cells are judged against."""
        titles = dict.fromkeys(self.policy_title(cell.policy) for cell in platform.cells)
        return self("matrix.policy", policies="; ".join(titles))

    def unconfirmed_basis(self, platform: PlatformSummary) -> str:
        """Which policy waits for its confirmation, and what it is known from."""
        unconfirmed = dict.fromkeys(
            cell.policy for cell in platform.cells if cell.verdict is Verdict.unconfirmed_policy
        )
        policies = "; ".join(
            f"{self.text(policy.title)} ({self(f'verification.{policy.verification}')})"
            for policy in map(self.policies.__getitem__, unconfirmed)
        )
        return self("answer.unconfirmed_basis", policies=policies)

    def outside_plan(self, saved: Unplanned) -> str:
        """What saved pages of a platform show, suspected offers too where they were counted."""
        form = "unplanned" if saved.suspected is None else "unplanned_suspected"
        counts = {"n": saved.cross_border, "suspected": saved.suspected, "pages": saved.pages}
        return self(f"answer.{form}", **counts)

    def unconfirmed_counts(self, platform: PlatformSummary) -> str:
        """What was flagged and judged foreign by group, the groups in which the screen took nothing
        for cross-border together."""
        sentences, quiet = [], []
        for cell in platform.cells:
            group = self(f"cluster.{cell.cluster}")
            if cell.verdict is not Verdict.unconfirmed_policy:
                continue
            if screening([cell]).outcome is ScreenOutcome.none and not cell.confirmed:
                quiet.append(group)
            else:
                sentences.append(f"{group}: {self.existence(cell)}")
        if quiet:
            sentences.append(self("answer.unconfirmed_none", clusters=self.enumeration(quiet)))
        return " ".join(sentences)

    def waiting_counts(self) -> list[str]:
        """What waits for the start of a policy, a platform a sentence: its offers, the positions
        they were seen at, and what people judged of them."""
        platforms: dict[str, list[FlaggedListing]] = defaultdict(list)
        for entry in self.findings.waiting:
            platforms[entry.listing.platform].append(entry)
        return [
            self(
                "waiting.counts",
                platform=self.platform_name(platform),
                n=len(entries),
                places=sum(len(entry.found_at) for entry in entries),
                judged=sum(entry.label is not None for entry in entries),
                foreign=sum(entry.label == Answer.yes for entry in entries),
            )
            for platform, entries in platforms.items()
        ]

    def unconfirmed_foreign(self, platform: PlatformSummary) -> str:
        """What it means where the screen took positions for cross-border that a waiting policy does
        not forbid; empty where there are none."""
        outcomes = {
            screening([cell]).outcome
            for cell in platform.cells
            if cell.verdict is Verdict.unconfirmed_policy
        }
        return self("answer.unconfirmed_foreign") if ScreenOutcome.foreign in outcomes else ""

    def trend_cell(self, point: TrendPoint | None) -> str:
        """A week of a panel: its estimate, why it has none, or nothing where no edition was."""
        if point is None:
            return ""
        if point.estimate is not None:
            return self.share(point.estimate)
        if point.high is not None:
            return self("trend.most", high=self.share(point.high))
        return self("trend.screened" if point.verdict is Verdict.screened else "trend.unmeasured")

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
        weeks = self("season.weeks", n=season.weeks, missing=season.missing)
        return f"{weeks} {self('season.labels', n=season.labels)}" if season.labels else weeks

    def indicator_cell(
        self, measure: Measure, cluster: Cluster | None
    ) -> tuple[str, tuple[str, ...]]:
        """A measure in one cluster, and below it its interval and basis, or why it has none."""
        indicator = measure.by_cluster.get(str(cluster))
        if indicator is None or indicator.value is None:
            reason = indicator and indicator.reason
            return "–", (self.note(reason),) if reason else ()
        below = [self("indicator.n", n=indicator.n)] if indicator.n else []
        if indicator.low is not None and indicator.high is not None:
            limits = (indicator.low, indicator.high)
            below.insert(0, "–".join(self._in_unit(indicator, limit) for limit in limits))
        return self._in_unit(indicator, indicator.value), tuple(below)

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

    def claim(self, entry: FlaggedListing) -> str:
        """How an entry may be called, as a key of the catalogue's ``evidence``.

        ``policy``: it breaches a policy; ``policy_screened``: it is a candidate, or confirmed
        where too little is confirmed to state a breach;
        ``policy_unmarked``: it is confirmed, and its page lacks the platform's mark;
        ``policy_unconfirmed``: nobody confirmed its policy yet.
        """
        policies = [self.policies[name] for name in entry.policies if name in self.policies]
        if not any(policy.may_accuse for policy in policies):
            return "policy_unconfirmed"
        if self.findings.edition is EditionKind.provisional or not entry.confirmed:
            return "policy_screened"
        if entry.marked is False:
            return "policy_unmarked"
        platform, cluster = entry.listing.platform, entry.frame_cluster
        cells = {(platform, cluster, policy.id) for policy in policies if policy.may_accuse}
        return "policy" if cells & self._established else "policy_screened"

    @cached_property
    def _established(self) -> frozenset[tuple[str, Cluster | None, str]]:
        """Platform, cluster and policy of the cells in which enough is confirmed to call an offer
        a breach."""
        return frozenset(
            (cell.platform, cell.cluster, cell.policy)
            for cell in self.findings.cells
            if cell.confirmed and cell.is_established
        )

    def is_new_breach(self, entry: FlaggedListing) -> bool:
        """Whether the entry is a confirmed breach that was not there the week before."""
        is_new = entry.state is ListingState.new and not self.is_reference(entry.listing.platform)
        return is_new and self.claim(entry) == "policy"

    def first_observed(self, entry: FlaggedListing) -> str:
        """When the entry was first seen this week."""
        moments = (s.observed_at for s in entry.found_at if s.observed_at)
        return self.moment(min(moments, default=None))

    def signal_text(self, signal: Signal) -> str:
        """The words of a signal; what the classifier says in English is said in the language."""
        return self.recorded("signal_text", shorten(signal.text).removesuffix(" (abroad)"))

    def evidence_intro(self) -> str:
        """What the entries of the evidence are."""
        provisional = self.findings.edition is EditionKind.provisional
        return self(f"evidence.intro_{'provisional' if provisional else 'final'}")

    def evidence_empty(self, all_answered: bool) -> str:
        """Why the edition shows no evidence."""
        screen = screening(self.marketplace_cells, self.marketplace_coverage)
        key = screen.key("evidence.empty")
        if screen.outcome is ScreenOutcome.none and not all_answered:
            key = "evidence.empty_none_unmeasured"
        return self(key, screened=screen.screened)

    @cached_property
    def modes(self) -> ModeCounts:
        """How many of the week's pages each mode observed."""
        counts = (row.modes for row in self.findings.coverage if row.modes)
        return sum(counts, start=ModeCounts())

    def access_lines(self, coverage: Mapping[str, CoverageRow]) -> list[str]:
        """What to do about each marketplace that refuses, from the coverage by platform."""
        lines = []
        for platform, total in coverage.items():
            finding = self.platforms.get(platform)
            if finding is None or finding.role != "marketplace" or not total.is_refused:
                continue
            basis = finding.inspection_basis
            access = self(
                "coverage.access",
                platform=self.platform_name(platform),
                answered=total.sampled + total.empty,
                planned=total.planned,
                refused=total.blocked + total.disallowed,
            )
            desk = f"coverage.access_{'desk' if basis else 'undecided'}"
            lines.append(f"{access} {self(desk, basis=basis)}")
        return lines

    def comparison_lines(self) -> list[str]:
        """What both modes saw of the same pages, a platform a sentence."""
        return [
            self(
                "coverage.compared",
                platform=self.platform_name(met.platform),
                n=met.units,
                offers=met.offers,
                share=self.share(met.seen_by_both / met.offers),
                crawler=self.share(met.cross_border.crawler / met.positions.crawler),
                inspector=self.share(met.cross_border.inspector / met.positions.inspector),
            )
            for met in self.findings.compared
        ]

    def annotator_error_lines(self) -> list[str]:
        """The error of annotators as measured by controls, a sentence each."""
        errors = self.findings.annotator_errors
        if errors is None:
            return [self("method.controls_none")]
        lines = [self("method.controls", n=errors.controls, since=self.week(errors.since))]
        for own in errors.people:
            missed, false_yes = self._error_rate(own.missed), self._error_rate(own.false_yes)
            lines.append(
                self("method.own_errors", person=own.person, missed=missed, false_yes=false_yes)
            )
        for pair in errors.pairs:
            form = "shared_errors" if pair.correlation is not None else "shared_errors_none"
            first, second = pair.people
            lines.append(
                self(
                    f"method.{form}",
                    first=first,
                    second=second,
                    n=pair.controls,
                    both=pair.both,
                    correlation=self.number(pair.correlation or 0.0, 2),
                    low=self.number(pair.low or 0.0, 2),
                    high=self.number(pair.high or 0.0, 2),
                )
            )
        if errors.false_confirmations is None:
            return [*lines, self("method.false_confirmations_none")]
        return [
            *lines,
            self(
                "method.false_confirmations",
                count=self.number(errors.false_confirmations, 1),
                low=self.number(errors.false_confirmations_low or 0.0, 1),
                high=self.number(errors.false_confirmations_high or 0.0, 1),
            ),
        ]

    def _error_rate(self, rate: ErrorRate | None) -> str:
        if rate is None:
            return self("method.error_rate_none")
        interval = self.interval(rate.low, rate.high)
        return self("method.error_rate", n=rate.answered, wrong=rate.wrong, interval=interval)

    def method_steps(self) -> list[str]:
        """The steps from page to number, with this week's counts where there are any."""
        rows, cells, audit = self.marketplace_coverage, self.marketplace_cells, self.findings.audit
        planned, answered = sum(r.planned for r in rows), sum(r.sampled + r.empty for r in rows)
        screen = screening(cells, rows)
        counted = "" if screen.screened is not None else "_uncounted"
        steps = [
            self(f"method.step_plan{'' if rows else '_none'}", planned=planned, answered=answered),
            self(
                f"method.step_screen{counted}",
                places=sum(row.places for row in rows),
                screened=screen.screened,
                n=sum(cell.flagged for cell in cells if cell.primary),
            ),
        ]
        names = ("draw", "label", "estimate")
        if audit is None:
            return steps + [self(f"method.step_{name}_none") for name in names]
        counts = {"n": audit.drawn, "labels": audit.labels, "annotators": audit.annotators}
        return steps + [self(f"method.step_{name}", **counts) for name in names]
