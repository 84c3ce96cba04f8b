"""What a week comes to: which platforms still list blocked imports, and how sure that is.

Everything rests on the verdicts of the cells, and no verdict is changed here. A verdict that its
own numbers contradict is refused: a word stronger than its numbers is worse than no report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from enum import StrEnum

from monitor.model import (
    Cell,
    Cluster,
    Findings,
    PlatformFinding,
    Policy,
    TrendPoint,
    Value,
    Verdict,
)

from .messages import ReportError
from .screening import Screening, screening

CLUSTERS = tuple(Cluster)


class Conclusion(StrEnum):
    """What a week comes to on a platform, the gravest first.

    ``still``: breaches are established (``Cell.is_established``). ``elsewhere``: offers are
    confirmed under a policy that the platform is not judged against. ``awaiting_second``: two
    people judged an offer to breach, and that is not enough to say so. ``pointed``: nothing is
    confirmed, yet the interval lies above zero. ``within_tolerance``: what is confirmed is
    tolerated. ``compared``: a platform that marketplaces are compared with, which no sum counts,
    whatever its verdicts. ``unwatched``: no cell.
    """

    still = "still"
    elsewhere = "elsewhere"
    awaiting_second = "awaiting_second"
    pointed = "pointed"
    screened = "screened"
    unconfirmed = "unconfirmed"
    within_tolerance = "within_tolerance"
    none_found = "none_found"
    compliant = "compliant"
    not_measurable = "not_measurable"
    compared = "compared"
    unwatched = "unwatched"
    closed = "closed"

    @property
    def icon(self) -> str:
        """The name of its picture, which most share with a verdict."""
        return _ICONS.get(self, self.value)


# What is not listed bears the name of the verdict.
_CONCLUSIONS = {
    Verdict.non_compliant: Conclusion.still,
    Verdict.breaches_found: Conclusion.still,
    Verdict.unconfirmed_policy: Conclusion.unconfirmed,
}
_ICONS = {
    Conclusion.elsewhere: Verdict.awaiting_second,
    Conclusion.unconfirmed: Verdict.unconfirmed_policy,
    Conclusion.compared: Verdict.screened,
    Conclusion.unwatched: Verdict.not_measurable,
}
_GRAVITY = tuple(Conclusion).index  # 0 is the gravest
_JUDGED = (
    Conclusion.still,
    Conclusion.elsewhere,
    Conclusion.awaiting_second,
    Conclusion.pointed,
    Conclusion.screened,
    Conclusion.within_tolerance,
    Conclusion.none_found,
    Conclusion.compliant,
)
_ACCUSING = {Verdict.non_compliant, Verdict.breaches_found}


class PlatformSummary(Value):
    """A platform's conclusion, the primary cells it rests on, and its new breaching listings.

    ``elsewhere`` are the other cells, of policies that may be held against a platform, in which
    offers are confirmed. ``screening`` is the screen's outcome over all its cells, primary or not;
    ``new`` is None where there is no week to compare with.
    """

    finding: PlatformFinding
    conclusion: Conclusion
    cells: tuple[Cell, ...]
    elsewhere: tuple[Cell, ...]
    screening: Screening
    new: int | None = None

    @property
    def has_one_verdict(self) -> bool:
        """Whether all product groups of the platform have the same verdict."""
        return len({cell.verdict for cell in self.cells}) == 1


class WeekSummary(Value):
    """The week in one value: its platforms and the counts of the headline.

    The gravest platforms stand first, of equally grave ones those with the highest lower limit.
    ``judged`` counts the platforms that could be judged, ``new`` the breaching listings of all
    marketplaces that were not there the week before (None where there is no week before).
    """

    platforms: tuple[PlatformSummary, ...]
    judged: int
    new: int | None = None

    def of(self, conclusion: Conclusion) -> tuple[PlatformSummary, ...]:
        """The platforms of one conclusion."""
        return tuple(platform for platform in self.platforms if platform.conclusion is conclusion)

    @property
    def conclusion(self) -> Conclusion:
        """What the headline speaks of: the gravest judgement, else why there is none."""
        reached = {platform.conclusion for platform in self.platforms}
        unjudged = (Conclusion.unconfirmed, Conclusion.not_measurable, Conclusion.compared)
        ranked = (*_JUDGED, *unjudged)
        return next((rank for rank in ranked if rank in reached), Conclusion.unwatched)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The primary cells of all platforms, in the order of the page."""
        return tuple(cell for platform in self.platforms for cell in platform.cells)

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """The product groups that have a cell, in their order."""
        watched = {cell.cluster for cell in self.cells}
        return tuple(cluster for cluster in CLUSTERS if cluster in watched)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts that are given, the gravest first."""
        verdicts = {cell.verdict for cell in self.cells}
        return tuple(verdict for verdict in Verdict if verdict in verdicts)


def summarise(findings: Findings) -> WeekSummary:
    """What the week comes to; raises ``ReportError`` where a verdict contradicts its numbers."""
    policies = {policy.id: policy for policy in findings.policies}
    for cell in findings.cells:
        _check(cell, policies)
    accusing = {policy.id for policy in findings.policies if policy.may_accuse}
    new = {change.platform: change.new for change in findings.changes}
    platforms = []
    for platform in findings.platforms:
        cells = tuple(cell for cell in findings.cells if cell.platform == platform.id)
        primary = (cell for cell in cells if cell.primary)
        elsewhere = tuple(
            cell
            for cell in cells
            if not cell.primary and cell.confirmed and cell.policy in accusing
        )
        ordered = sorted(primary, key=lambda cell: (CLUSTERS.index(cell.cluster), cell.policy))
        summary = PlatformSummary(
            finding=platform,
            conclusion=_conclude(platform, ordered, elsewhere, accusing),
            cells=tuple(ordered),
            elsewhere=elsewhere,
            screening=screening(cells),
            new=new.get(platform.id),
        )
        platforms.append(summary)
    platforms.sort(
        key=lambda platform: (
            _GRAVITY(platform.conclusion),
            platform.finding.is_reference,
            -max((cell.low or 0 for cell in platform.cells), default=0),
            platform.finding.name,
        )
    )
    references = {platform.id for platform in findings.platforms if platform.is_reference}
    return WeekSummary(
        platforms=tuple(platforms),
        judged=sum(platform.conclusion in _JUDGED for platform in platforms),
        new=sum(new[name] for name in new.keys() - references) if new else None,
    )


def above_zero(cell: Cell | TrendPoint) -> bool:
    """Whether the interval lies above zero although nothing is confirmed."""
    return cell.verdict is Verdict.none_found and bool(cell.low and cell.low > 0)


def _conclude(
    platform: PlatformFinding,
    cells: Sequence[Cell],
    elsewhere: Sequence[Cell],
    accusing: Set[str],
) -> Conclusion:
    """The gravest conclusion of a platform's primary cells, softened where a group is unknown.

    ``accusing`` are the ids of the policies that may be held against a platform, ``elsewhere``
    their other cells with confirmed offers: nothing weaker is said of the platform than they say.
    """
    if platform.role == "closed":
        return Conclusion.closed
    conclusions = {_conclude_cell(cell, cell.policy in accusing) for cell in cells}
    gravest = min(conclusions, key=_GRAVITY, default=Conclusion.unwatched)
    # What was not observed is never taken for compliance.
    if gravest is Conclusion.compliant and Conclusion.not_measurable in conclusions:
        gravest = Conclusion.none_found
    if platform.is_reference and gravest not in {Conclusion.not_measurable, Conclusion.unwatched}:
        return Conclusion.compared
    found = {Conclusion.awaiting_second, Conclusion.within_tolerance}
    if gravest in found and not any(cell.is_established for cell in elsewhere):
        return gravest
    return Conclusion.elsewhere if elsewhere and gravest is not Conclusion.still else gravest


def _conclude_cell(cell: Cell, may_accuse: bool) -> Conclusion:
    """What one cell comes to: a confirmed breach counts whether the share was measured or not."""
    if cell.verdict is Verdict.not_measurable and cell.confirmed and may_accuse:
        return Conclusion.still if cell.is_established else Conclusion.awaiting_second
    if above_zero(cell):
        return Conclusion.pointed
    return _CONCLUSIONS.get(cell.verdict) or Conclusion(cell.verdict.value)


def _check(cell: Cell, policies: Mapping[str, Policy]) -> None:
    """Raise ``ReportError`` naming the cell where its verdict is stronger than its numbers."""
    where = f"findings: cell {cell.platform} × {cell.cluster} × {cell.policy}"
    policy = policies.get(cell.policy)
    if policy is None:
        raise ReportError(f"{where}: no such policy in findings.policies")
    if cell.verdict in _ACCUSING and not policy.may_accuse:
        raise ReportError(
            f"{where}: {cell.verdict} although nobody confirmed the policy; expected "
            f"{Verdict.unconfirmed_policy}"
        )
    if cell.verdict in {Verdict.compliant, Verdict.none_found} and not cell.audited:
        raise ReportError(
            f"{where}: {cell.verdict} without a single label; expected {Verdict.screened}"
        )
    # Editions from before Holm's limit stood apart were judged by the one they show.
    low, high = cell.low if cell.level is None else cell.judged_low, cell.most
    shown = cell.confirmed > 0 and cell.is_established
    contradicted = {
        Verdict.non_compliant: not shown or low is None or low <= cell.tolerance,
        Verdict.breaches_found: not shown,
        Verdict.awaiting_second: cell.confirmed == 0,
        Verdict.within_tolerance: cell.proven == 0 or high is None or high >= cell.tolerance,
        Verdict.compliant: cell.confirmed > 0 or high is None or high >= cell.tolerance,
        Verdict.none_found: cell.confirmed > 0,
    }
    if contradicted.get(cell.verdict):
        raise ReportError(f"{where}: {cell.verdict} does not follow from its confirmed or limits")
