"""The sentences of the page: every one says what its numbers say, and no more."""

from __future__ import annotations

from monitor.listing import (
    Cell,
    Cluster,
    CoverageRow,
    EditionKind,
    FlaggedListing,
    Indicator,
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

_LEAD_ICONS = {
    Standing.still: "breaches_found",
    Standing.pointed: "none_found",
    Standing.screened: "screened",
    Standing.unconfirmed: "unconfirmed_policy",
    Standing.none_found: "none_found",
    Standing.compliant: "compliant",
    Standing.not_measurable: "not_measurable",
    Standing.closed: "closed",
    Standing.unwatched: "not_measurable",
}


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
                return self.words("answer.screened", n=cell.flagged, places=cell.places)
            case Verdict.unconfirmed_policy:
                counts = {"flagged": cell.flagged, "confirmed": cell.confirmed}
                return self.words("answer.unconfirmed", **counts)
        if cell.confirmed:
            return self.words("answer.confirmed", n=cell.confirmed)
        return self.words("answer.confirmed_none", audited=cell.audited)

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
            case Verdict.none_found if cell.high is None:
                return self.words("answer.share_none")
        if cell.estimate is None or cell.low is None or cell.high is None:
            return f"{self.words('answer.share_none')} {self.words.note(cell.reason)}".strip()
        forms = {
            Verdict.non_compliant: "share_above",
            Verdict.breaches_found: "share_mixed",
            Verdict.compliant: "share_below",
        }
        form = forms.get(cell.verdict, "share_above_zero" if above_zero(cell) else "share_most")
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
        return self.words("answer.certain_none") if one.standing is Standing.screened else ""

    def lead(self, made: Answer) -> list[tuple[str, str]]:
        """(icon, sentence) below the headline: the platforms of each standing by name."""
        lines = []
        for standing in Standing:
            found = made.of(standing)
            groups = {standing.value: found}
            if standing is Standing.screened:
                groups = {
                    "screened": tuple(one for one in found if one.flagged),
                    "screened_none": tuple(one for one in found if not one.flagged),
                }
            for form, group in groups.items():
                if group and f"lead.{form}" in self.words:
                    named = self.words.listed([self._named(one) for one in group])
                    sentence = self.words(f"lead.{form}", platforms=named)
                    lines.append((_LEAD_ICONS[standing], sentence))
        if made.new and self.findings.previous_week:
            since = self.week_short(self.findings.previous_week)
            lines.append(("new", self.words("lead.new", n=made.new, since=since)))
        if self.findings.unplanned and not self.findings.cells:
            lines.insert(0, ("none_found", self.words("lead.only_unplanned")))
        elif not self.findings.cells:
            lines.insert(0, ("not_measurable", self.words("lead.nothing_planned")))
        return lines

    def _named(self, one: PlatformAnswer) -> str:
        """A platform, with its confirmed breaches a group where it has any to answer for."""
        if one.standing is not Standing.still:
            return one.platform.name
        confirmed = [
            self.words(
                "lead.confirmed_cell",
                cluster=self.words(f"cluster.{cell.cluster}"),
                n=cell.confirmed,
            )
            for cell in one.cells
            if cell.confirmed
        ]
        if not confirmed:
            return one.platform.name
        return self.words("lead.confirmed", platform=one.platform.name, cells=", ".join(confirmed))

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
        return self.words(
            "promise.result_line" if cell.primary else "promise.result_described",
            platform=self.platform_name(cell.platform),
            cluster=self.words(f"cluster.{cell.cluster}"),
            verdict=self.verdict_words(cell),
            flagged=cell.flagged,
            confirmed=cell.confirmed,
        )

    def breach_line(self, policy: Policy, number: int) -> str:
        form = "listings_flagged" if policy.may_accuse else "listings_unconfirmed"
        return self.words(f"promise.{form}", n=number)

    def signal_text(self, signal: Signal) -> str:
        """The words of a signal; what the classifier says in English is said in the language."""
        return self.words.said("signal_text", shorten(signal.text).removesuffix(" (abroad)"))

    def listing_word(self, entry: FlaggedListing) -> str:
        return listing_word(self.findings, entry)

    def coverage_words(self, platform: str, row: CoverageRow, *, short: bool = False) -> str:
        counts = {"answered": row.sampled + row.empty, "planned": row.planned}
        if short:
            share = (row.sampled + row.empty) / row.planned if row.planned else None
            return self.words("coverage.short", share=self.words.share(share), **counts)
        return self.words("coverage.chart", platform=self.platform_name(platform), **counts)

    def sample_words(self) -> str:
        rows = self.findings.coverage
        if not rows:
            return self.words("method.sample_none")
        return self.words(
            "method.sample",
            planned=sum(row.planned for row in rows),
            answered=sum(row.sampled + row.empty for row in rows),
            places=sum(row.places for row in rows),
        )

    def evidence_intro(self) -> str:
        provisional = self.findings.edition is EditionKind.provisional
        return self.words(f"evidence.intro_{'provisional' if provisional else 'final'}")
