"""The sentences of an edition: every one says what its numbers say, and no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from monitor.model import (
    Answer,
    ChangeCounts,
    Cluster,
    EditionKind,
    Findings,
    FlaggedListing,
    ListingState,
    Origin,
    PlatformReply,
    Question,
    Signal,
    Unplanned,
    Verdict,
)

from .cell_messages import CellMessages
from .messages import shorten
from .method_messages import MethodMessages
from .screening import ScreenOutcome, screening
from .summary import Conclusion, PlatformSummary, WeekSummary, summarise

NAMED = 3  # the headline names up to so many platforms, and counts more of them
_CERTAINTIES = {
    Conclusion.elsewhere: "certain_labels",
    Conclusion.within_tolerance: "certain_labels",
    Conclusion.pointed: "certain_labels",
    Conclusion.none_found: "certain_labels",
    Conclusion.compliant: "certain_labels",
    Conclusion.screened: "certain_none",
    Conclusion.compared: "certain_compared",
}


class EditionMessages(CellMessages, MethodMessages):
    """What one edition says, in one language. Raises ``ReportError`` for an unknown language.

    ``asked`` is what came of asking platforms by the time of its release; None of an edition that
    is not released.
    """

    def __init__(
        self, findings: Findings, lang: str, asked: Sequence[PlatformReply] | None = None
    ) -> None:
        super().__init__(findings, lang)
        self.asked = asked

    @property
    def simulated(self) -> bool:
        """Whether the edition shows simulated data."""
        return self.findings.origin is Origin.simulated

    @cached_property
    def summary(self) -> WeekSummary:
        """What the week comes to; raises ``ReportError`` if a verdict contradicts its numbers."""
        return summarise(self.findings)

    @cached_property
    def used_summary(self) -> WeekSummary:
        """What the week comes to on used clothing alone; raises as ``summary`` does."""
        return summarise(self.used_clothing)

    def used_conclusion(self, platform: str) -> Conclusion:
        """What the week comes to on a platform's used clothing."""
        platforms = self.used_summary.platforms
        return next(p.conclusion for p in platforms if p.finding.id == platform)

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
        if coverage := self.observed_pages():
            lines.append(("coverage", coverage))
        return lines

    def observed_pages(self) -> str:
        """How many of the planned pages of marketplaces were observed; empty without a plan."""
        rows = self.marketplace_coverage
        planned = sum(row.planned for row in rows)
        if not planned:
            return ""
        answered = sum(row.sampled + row.empty for row in rows)
        share = self.share(answered / planned)
        return self("lead.coverage", share=share, answered=answered, planned=planned)

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

    def change_limits(self, changes: Iterable[ChangeCounts]) -> list[str]:
        """Of each platform how many new offers, and how many no longer seen, are in breach."""
        limits = (
            (change.platform, key, low, high)
            for change in changes
            for key, low, high in (
                ("change.limits_new", change.new_low, change.new_high),
                ("change.limits_left", change.left_low, change.left_high),
            )
        )
        return [
            self(
                key,
                platform=self.platform_name(platform),
                low=self.number(low),
                high=self.number(high),
            )
            for platform, key, low, high in limits
            if low is not None and high is not None
        ]

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
            f"{self.policy_title(cell.policy)}, {self.subject(cell)['cluster']}: "
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

    def reply_lines(self, platform: str) -> list[str]:
        """When a platform was asked to answer before a release, and what came of it; of a released
        edition also that one in breach was not asked; else []."""
        lines = []
        for reply in self.findings.replies if self.asked is None else self.asked:
            if reply.platform != platform:
                continue
            lines.append(
                self(
                    "reply.asked",
                    platform=self.platform_name(platform),
                    day=self.day(reply.asked_at),
                    by=self.day(reply.answer_by),
                    n=reply.cases,
                )
            )
            if reply.answered:
                counts = {"taken_down": reply.taken_down, "disputed": reply.disputed}
                lines.append(
                    self("reply.answered", answered=reply.answered, n=reply.cases, **counts)
                )
            else:
                lines.append(self("reply.no_answer"))
            if reply.withdrawn:
                lines.append(self("reply.withdrawn", n=reply.withdrawn))
        in_breach = {entry.finding.id for entry in self.summary.of(Conclusion.still)}
        if self.asked is not None and not lines and platform in in_breach:
            lines.append(self("reply.not_asked", platform=self.platform_name(platform)))
        return lines

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
            clusters = self.enumeration(quiet[:1] + [group.lower() for group in quiet[1:]])
            sentences.append(self("answer.unconfirmed_none", clusters=clusters))
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

    def claim(self, entry: FlaggedListing) -> str:
        """How an entry may be called, as a key of the catalogue's ``evidence``.

        ``policy``: it breaches a policy; ``policy_screened``: it is a candidate, or confirmed
        where too little is confirmed to state a breach;
        ``policy_unmarked``: it is confirmed, and its page lacks the platform's mark, or, of used
        clothing, ``policy_unmarked_used``;
        ``policy_unconfirmed``: nobody confirmed its policy yet.
        """
        policies = [self.policies[name] for name in entry.policies if name in self.policies]
        if not any(policy.may_accuse for policy in policies):
            return "policy_unconfirmed"
        if self.findings.edition is EditionKind.provisional or not entry.confirmed:
            return "policy_screened"
        if entry.marked is False:
            is_used = entry.question is Question.used_clothing
            return "policy_unmarked_used" if is_used else "policy_unmarked"
        platform, cluster = entry.listing.platform, entry.frame_cluster
        cells = {(platform, cluster, policy.id) for policy in policies if policy.may_accuse}
        return "policy" if cells & self._established else "policy_screened"

    @cached_property
    def _established(self) -> frozenset[tuple[str, Cluster | None, str]]:
        """Platform, cluster and policy of the cells in which enough is confirmed to call an offer
        a breach."""
        return frozenset(
            (cell.platform, cell.cluster, cell.policy)
            for cell in (*self.findings.cells, *self.used_clothing.cells)
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
