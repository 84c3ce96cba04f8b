"""The sentences of the page: every one says what its numbers say, and no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from monitor.model import (
    GROUP_SIGNALS,
    Cell,
    Cluster,
    CoverageRow,
    EditionKind,
    FlaggedListing,
    Indicator,
    ListingState,
    Policy,
    Signal,
    TrendPoint,
    Verdict,
)

from . import view
from .answer import (
    Answer,
    PlatformAnswer,
    Standing,
    above_zero,
    listing_word,
    verdict_words,
)
from .measures import Measure
from .names import Names, shorten
from .screening import ScreenOutcome, screening

_LEAD_ICONS = {
    Standing.still: "breaches_found",
    Standing.pointed: "none_found",
    Standing.screened: "screened",
    Standing.unconfirmed: "unconfirmed_policy",
    Standing.none_found: "none_found",
    Standing.compliant: "compliant",
    Standing.not_measurable: "not_measurable",
    Standing.compared: "screened",
    Standing.closed: "closed",
    Standing.unwatched: "not_measurable",
}


_AUDIT_STEPS = ("draw", "label", "estimate")


def _lead_forms(standing: Standing, answers: Iterable[PlatformAnswer]) -> dict[str, list[str]]:
    """The names of a standing's platforms by the sentence that may be said of them."""
    if standing is not Standing.screened:
        return {standing.value: [answer.platform.name for answer in answers]}
    forms: dict[str, list[str]] = defaultdict(list)
    for answer in sorted(answers, key=lambda answer: answer.screening.outcome.rank):
        forms[answer.screening.key(standing)].append(answer.platform.name)
    return forms


class Phrases(Names):
    """Sentences about one edition in one language."""

    def verdict_words(self, cell: Cell | TrendPoint) -> str:
        """The word of a verdict; ``none_found`` says the most that could still be there."""
        policy = self.policies.get(cell.policy)
        if above_zero(cell):
            interval = self.words.interval(cell.low, cell.high)
            return self.words("verdict.none_found_above_zero", interval=interval)
        if cell.verdict is Verdict.none_found and cell.high is not None:
            return self.words("verdict.none_found_most", high=self.words.share(cell.high))
        return verdict_words(self.words, cell.verdict, policy)

    def legend_words(self, verdict: str) -> str:
        if f"verdict.{verdict}" in self.words:
            return self.words(f"verdict.{verdict}")
        kinds = ("promise", "regulation")
        return " / ".join(self.words(f"verdict.{verdict}_{kind}") for kind in kinds)

    def existence(self, cell: Cell) -> str:
        """Whether a blocked import was seen for certain."""
        match cell.verdict:
            case Verdict.not_measurable if not cell.confirmed:
                return self.words("answer.not_measured_bare")
            case Verdict.screened:
                return self.screen_words(cell)
            case Verdict.unconfirmed_policy if cell.confirmed:
                counts = {"screen": self.screen_words(cell), "confirmed": cell.confirmed}
                return self.words("answer.unconfirmed", **counts)
            case Verdict.unconfirmed_policy:
                # Confirmed are breaches of the policy: 0 says nothing of what people took for
                # foreign under a policy whose date is unknown.
                return f"{self.screen_words(cell)}."
        if cell.confirmed:
            return self.words("answer.confirmed", n=cell.confirmed)
        return self.words("answer.confirmed_none", audited=cell.audited)

    def screen_words(self, cell: Cell) -> str:
        """How many positions the screen flagged, or took for cross-border though nothing forbids
        them, or that nobody counted them."""
        screen = screening([cell])
        return self.words(
            screen.key("screen.positions"),
            n=cell.flagged,
            screened=screen.screened,
            places=screen.places,
        )

    def prevalence(self, cell: Cell) -> str:
        """How large the share is, in the terms its verdict allows."""
        shares = {
            name: self.words.share(getattr(cell, name))
            for name in ("estimate", "low", "high", "tolerance")
        }
        match cell.verdict:
            case Verdict.not_measurable:
                return self.words.note(cell.reason) or self._response(cell)
            case Verdict.screened:
                return self.words("answer.screened_more")
            case Verdict.unconfirmed_policy:
                return self.words("answer.unconfirmed_share")
        if cell.low is None or cell.high is None:
            return f"{self.words('answer.share_none')} {self.words.note(cell.reason)}".strip()
        forms = {
            Verdict.non_compliant: "share_above",
            Verdict.breaches_found: "share_mixed",
            Verdict.compliant: "share_below",
        }
        form = forms.get(cell.verdict, "share_above_zero" if above_zero(cell) else "share_most")
        if cell.estimate is None and form not in {"share_below", "share_most"}:
            form = "share_between"
        said = self.words(f"answer.{form}", **shares)
        return f"{said} {self.words.note(cell.reason)}".strip()

    def _response(self, cell: Cell) -> str:
        return self.words("answer.not_measured", coverage=self.words.share(cell.coverage))

    def certainty(self, one: PlatformAnswer) -> str:
        """How sure the answer about a platform is; empty where the cells already say it."""
        audited = sum(cell.audited for cell in one.cells)
        sampled = sum(cell.sampled for cell in one.cells)
        if one.standing is Standing.still and not audited:
            return self.words("answer.certain_unmeasured")
        if one.standing is Standing.still:
            return self.words("answer.certain_confirmed", audited=audited)
        if one.standing in {Standing.pointed, Standing.none_found, Standing.compliant}:
            return self.words("answer.certain_labels", audited=audited, sampled=sampled)
        form = {Standing.screened: "certain_none", Standing.compared: "certain_compared"}
        return self.words(f"answer.{form[one.standing]}") if one.standing in form else ""

    def sureness(self, made: Answer) -> str:
        """What "confirmed" means, below a headline that rests on it."""
        found = made.of(Standing.still)
        if not any(cell.confirmed for one in found for cell in one.cells):
            return ""
        return self.words("headline.sureness", n=len(found), judged=made.judged)

    def lead(self, made: Answer) -> list[tuple[str, str]]:
        """(icon, sentence) below the headline: the platforms of each standing by name."""
        lines = []
        for standing in Standing:
            found = made.of(standing)
            if standing is Standing.still:
                lines += [(_LEAD_ICONS[standing], self._confirmed_on(one)) for one in found]
                continue
            for form, platforms in _lead_forms(standing, found).items():
                if platforms and f"lead.{form}" in self.words:
                    sentence = self.words(f"lead.{form}", platforms=self.words.listed(platforms))
                    lines.append((_LEAD_ICONS[standing], sentence))
        if made.new and self.findings.previous_week:
            lines.append(("new", self._new(made.new, self.findings.previous_week)))
        if planned := sum(row.planned for row in self.findings.coverage):
            answered = sum(row.sampled + row.empty for row in self.findings.coverage)
            counts = {"answered": answered, "planned": planned}
            share = self.words.share(answered / planned)
            lines.append(("coverage", self.words("lead.coverage", share=share, **counts)))
        if self.findings.unplanned and not self.findings.cells:
            lines.insert(0, ("none_found", self.words("lead.only_unplanned")))
        elif not self.findings.cells:
            lines.insert(0, ("not_measurable", self.words("lead.nothing_planned")))
        return lines

    def _confirmed_on(self, one: PlatformAnswer) -> str:
        """A platform with its confirmed breaches, in all and by product group."""
        name = one.platform.name
        cells = [cell for cell in one.cells if cell.confirmed]
        if not cells:
            return self.words("lead.still", platforms=name)
        groups = [
            f"{self.words(f'cluster.{cell.cluster}').lower()} {self.words.number(cell.confirmed)}"
            for cell in cells
        ]
        number = sum(cell.confirmed for cell in cells)
        return self.words("lead.confirmed", platform=name, n=number, cells=", ".join(groups))

    def _new(self, number: int, since: str) -> str:
        confirmed = sum(
            entry.confirmed
            and entry.state is ListingState.new
            and self.listing_word(entry) == "policy"
            for entry in self.findings.listings
        )
        form = "lead.new_confirmed" if confirmed else "lead.new"
        return self.words(form, n=number, confirmed=confirmed, since=self.week_short(since))

    def unconfirmed_basis(self, one: PlatformAnswer) -> str:
        """Which policy waits for its confirmation, and what it is known from."""
        policies = [
            self.policies[name]
            for name in dict.fromkeys(
                cell.policy for cell in one.cells if cell.verdict is Verdict.unconfirmed_policy
            )
        ]
        named = "; ".join(
            f"{self.words.text(policy.title)} ({self.words(f'verification.{policy.verification}')})"
            for policy in policies
        )
        return self.words("answer.unconfirmed_basis", policies=named)

    def unconfirmed_counts(self, one: PlatformAnswer) -> str:
        """What was flagged and judged foreign by group, the groups in which the screen took nothing
        for cross-border together."""
        waiting = [cell for cell in one.cells if cell.verdict is Verdict.unconfirmed_policy]
        quiet = [
            cell
            for cell in waiting
            if screening([cell]).outcome is ScreenOutcome.none and not cell.confirmed
        ]
        told = [
            f"{self.words(f'cluster.{cell.cluster}')}: {self.existence(cell)}"
            for cell in waiting
            if cell not in quiet
        ]
        if quiet:
            groups = self.words.listed([self.words(f"cluster.{cell.cluster}") for cell in quiet])
            told.append(self.words("answer.unconfirmed_none", clusters=groups))
        return " ".join(told)

    def unconfirmed_foreign(self, one: PlatformAnswer) -> str:
        """What it means where the screen took positions for cross-border that a waiting policy does
        not forbid; empty where there are none."""
        outcomes = {
            screening([cell]).outcome
            for cell in one.cells
            if cell.verdict is Verdict.unconfirmed_policy
        }
        if ScreenOutcome.foreign not in outcomes:
            return ""
        return self.words("answer.unconfirmed_foreign")

    def glance(self, cell: Cell) -> tuple[str, str]:
        """A cell of the matrix: what is known of its breaches, and of their share; or nothing."""
        match cell.verdict:
            case Verdict.not_measurable if not cell.confirmed:
                return self.coverage_share(cell), ""
            case Verdict.screened:
                return self.screen_words(cell), ""
            case Verdict.unconfirmed_policy:
                return self.words("matrix.unjudged"), ""
        confirmed = self.words("matrix.confirmed_n", n=cell.confirmed)
        if cell.low is None or cell.high is None:
            return confirmed, ""
        estimate = "" if cell.estimate is None else f"{self.words.share(cell.estimate)} "
        return confirmed, f"{estimate}({self.words.interval(cell.low, cell.high)})"

    def coverage_share(self, cell: Cell) -> str:
        return self.words("matrix.answered", share=self.words.share(cell.coverage))

    def standing_icon(self, one: PlatformAnswer) -> str:
        return _LEAD_ICONS[one.standing]

    def judged_against(self, one: PlatformAnswer) -> str:
        titles = dict.fromkeys(self.policy_title(cell.policy) for cell in one.cells)
        return self.words("matrix.policy", policies="; ".join(titles))

    def change_words(self, cell: Cell) -> str:
        change = cell.change
        if change is None:
            return ""
        return self.words(
            "direction.versus",
            difference=self.words.points(change.difference),
            since=self.week_short(change.since),
            low=self.words.points(change.low),
            high=self.words.points(change.high),
        )

    def chart_words(self, cell: Cell) -> str:
        return self.words(
            "matrix.chart_known",
            platform=self.platform_name(cell.platform),
            cluster=self.words(f"cluster.{cell.cluster}"),
            estimate=self.words.share(cell.estimate),
            interval=self.words.interval(cell.low, cell.high),
            tolerance=self.words.share(cell.tolerance),
        )

    def trend_last(self, panel: view.Panel) -> str:
        """The newest estimate of a panel, or that there is none."""
        return self.trend_cell(panel.points[-1])

    def trend_cell(self, point: TrendPoint | None) -> str:
        """A week of a panel: its estimate, why it has none, or nothing where no edition was."""
        if point is None:
            return ""
        if point.estimate is not None:
            return self.words.share(point.estimate)
        return "–" if point.high is not None else self.words(f"trend.{self._without(point)}")

    @staticmethod
    def _without(point: TrendPoint) -> str:
        return "screened" if point.verdict is Verdict.screened else "unmeasured"

    def trend_words(self, panel: view.Panel) -> str:
        last = panel.points[-1]
        return self.words(
            "trend.chart" if last.estimate is not None else "trend.chart_unmeasured",
            platform=self.platform_name(panel.platform),
            cluster=self.words(f"cluster.{panel.cluster}"),
            n=len(panel.points),
            estimate=self.words.share(last.estimate),
            interval=self.words.interval(last.low, last.high),
        )

    def verdict_changed(self, change: view.VerdictChange) -> str:
        policy = self.policies.get(change.policy)
        return self.words(
            "change.verdict_changed",
            platform=self.platform_name(change.platform),
            cluster=self.words(f"cluster.{change.cluster}"),
            before=verdict_words(self.words, change.before, policy),
            after=verdict_words(self.words, change.after, policy),
        )

    def indicator_value(self, indicator: Indicator, value: float | None) -> str:
        if value is None:
            return "–"
        if indicator.unit == "ratio":
            return self.words("indicator.ratio", value=self.words.number(value, 2))
        if indicator.unit == "count":
            return self.words.number(value, 0 if value == int(value) else 1)
        return self.words.share(value)

    def cluster_name(self, cluster: Cluster | None) -> str:
        return self.words(f"cluster.{cluster}" if cluster else "indicator.all_clusters")

    def indicator_cell(
        self, measure: Measure, cluster: Cluster | None
    ) -> tuple[str, tuple[str, ...]]:
        """Value of a measure in one cluster, and below it its interval and basis, or why none."""
        found = measure.by_cluster.get(str(cluster))
        if found is None or found.value is None:
            return "–", (self.words.note(found.reason),) if found and found.reason else ()
        below = [self.words("indicator.n", n=found.n)] if found.n else []
        if found.low is not None and found.high is not None:
            low, high = (self.indicator_value(found, limit) for limit in (found.low, found.high))
            below.insert(0, f"{low}–{high}")
        return self.indicator_value(found, found.value), tuple(below)

    def result_line(self, cell: Cell) -> str:
        """What a policy's cell came to; only a primary cell is given its verdict."""
        counts = [self.screen_words(cell)]
        if cell.confirmed or cell.verdict is not Verdict.unconfirmed_policy:
            counts.append(self.words("matrix.confirmed_n", n=cell.confirmed))
        group = f"{self.platform_name(cell.platform)}, {self.words(f'cluster.{cell.cluster}')}"
        verdict = f"{self.verdict_words(cell)}; " if cell.primary else ""
        return f"{group}: {verdict}{', '.join(counts)}"

    def quiet_lines(self, cells: Iterable[Cell]) -> list[str]:
        """The cells in which a policy forbids nothing, counted by what the screen says of them."""
        groups: dict[ScreenOutcome, list[Cell]] = defaultdict(list)
        for cell in cells:
            groups[screening([cell]).outcome].append(cell)
        lines = []
        for outcome in sorted(groups, key=lambda outcome: outcome.rank):
            group = groups[outcome]
            screen = screening(group)
            key = screen.key("promise.quiet")
            lines.append(self.words(key, n=len(group), screened=screen.screened))
        return lines

    def evidence_empty(self, all_answered: bool) -> str:
        """Why the edition shows no evidence."""
        screen = screening(self.findings.cells, self.findings.coverage)
        key = screen.key("evidence.empty")
        if screen.outcome is ScreenOutcome.none and not all_answered:
            key = "evidence.empty_none_unmeasured"
        return self.words(key, screened=screen.screened)

    def breach_line(self, policy: Policy, number: int) -> str:
        form = "listings_flagged" if policy.may_accuse else "listings_unconfirmed"
        return self.words(f"promise.{form}", n=number)

    def signal_text(self, signal: Signal) -> str:
        """The words of a signal; what the classifier says in English is said in the language."""
        return self.words.said("signal_text", shorten(signal.text).removesuffix(" (abroad)"))

    def origin_signals(self, entry: FlaggedListing) -> tuple[Signal, ...]:
        """The signals that tell where the seller is."""
        return tuple(s for s in entry.classification.signals if s.kind not in GROUP_SIGNALS)

    def group_signals(self, entry: FlaggedListing) -> tuple[Signal, ...]:
        """The signals that tell what the goods are."""
        return tuple(s for s in entry.classification.signals if s.kind in GROUP_SIGNALS)

    def listing_word(self, entry: FlaggedListing) -> str:
        return listing_word(self.findings, entry)

    def coverage_words(self, platform: str, row: CoverageRow, *, short: bool = False) -> str:
        counts = {"answered": row.sampled + row.empty, "planned": row.planned}
        if short:
            share = (row.sampled + row.empty) / row.planned if row.planned else None
            return self.words("coverage.short", share=self.words.share(share), **counts)
        return self.words("coverage.chart", platform=self.platform_name(platform), **counts)

    def method_steps(self) -> list[str]:
        """The steps from page to number, with this week's counts where there are any."""
        rows, audit = self.findings.coverage, self.findings.audit
        steps = [
            self.words(
                "method.step_plan",
                planned=sum(row.planned for row in rows),
                answered=sum(row.sampled + row.empty for row in rows),
            )
            if rows
            else self.words("method.step_plan_none"),
            self._step_screen(),
        ]
        if audit is None:
            return steps + [self.words(f"method.step_{name}_none") for name in _AUDIT_STEPS]
        counts = {"n": audit.drawn, "labels": audit.labels, "annotators": audit.annotators}
        return steps + [self.words(f"method.step_{name}", **counts) for name in _AUDIT_STEPS]

    def _step_screen(self) -> str:
        rows, cells = self.findings.coverage, self.findings.cells
        places, screen = sum(row.places for row in rows), screening(cells, rows)
        if screen.screened is None:
            return self.words("method.step_screen_uncounted", places=places)
        flagged = sum(cell.flagged for cell in cells if cell.primary)
        return self.words("method.step_screen", places=places, screened=screen.screened, n=flagged)

    def evidence_intro(self) -> str:
        provisional = self.findings.edition is EditionKind.provisional
        return self.words(f"evidence.intro_{'provisional' if provisional else 'final'}")
