"""From cells to the answer: which platforms still list blocked imports, and how sure that is.

Everything here is decided by the verdicts; nothing is decided anew. What contradicts itself is
refused: a word stronger than its numbers is worse than no report.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from monitor.model import (
    Cell,
    Cluster,
    EditionKind,
    Findings,
    FlaggedListing,
    PlatformFinding,
    Policy,
    PolicyKind,
    TrendPoint,
    Value,
    Verdict,
)

from .screening import Screening, screening
from .words import ReportError, Words

CLUSTERS = tuple(Cluster)
NAMED = 3  # the headline names up to so many platforms, and counts more of them


class Standing(StrEnum):
    """What the week says of a platform, the gravest first.

    ``pointed``: nothing is confirmed on an offer's own page, yet the interval lies above zero.
    ``compared``: a platform that marketplaces are compared with, screened and never audited.
    """

    still = "still"
    pointed = "pointed"
    screened = "screened"
    unconfirmed = "unconfirmed"
    none_found = "none_found"
    compliant = "compliant"
    not_measurable = "not_measurable"
    compared = "compared"
    unwatched = "unwatched"
    closed = "closed"


_STANDING = {
    Verdict.non_compliant: Standing.still,
    Verdict.breaches_found: Standing.still,
    Verdict.screened: Standing.screened,
    Verdict.unconfirmed_policy: Standing.unconfirmed,
    Verdict.none_found: Standing.none_found,
    Verdict.compliant: Standing.compliant,
    Verdict.not_measurable: Standing.not_measurable,
}
_ORDER = tuple(Standing)
_JUDGED = (
    Standing.still,
    Standing.pointed,
    Standing.screened,
    Standing.none_found,
    Standing.compliant,
)
_ACCUSING = {Verdict.non_compliant, Verdict.breaches_found}
_AUDITED = _ACCUSING | {Verdict.compliant, Verdict.none_found}


class PlatformAnswer(Value):
    """A platform's standing with the primary cells it rests on, and its new breaching listings.

    ``screening`` is the screen's outcome over all its cells, primary or not.
    """

    platform: PlatformFinding
    standing: Standing
    cells: tuple[Cell, ...]
    screening: Screening
    new: int | None = None


class Answer(Value):
    """The week in one value: platforms by standing, the gravest first, and the headline counts."""

    platforms: tuple[PlatformAnswer, ...]
    judged: int
    new: int | None = None

    def of(self, standing: Standing) -> tuple[PlatformAnswer, ...]:
        """The platforms of one standing."""
        return tuple(one for one in self.platforms if one.standing is standing)

    @property
    def standing(self) -> Standing:
        """What the headline speaks of: the gravest judgement, else why there is none."""
        found = {one.standing for one in self.platforms}
        ranked = (*_JUDGED, Standing.unconfirmed, Standing.not_measurable, Standing.compared)
        return next((standing for standing in ranked if standing in found), Standing.unwatched)


def answer(findings: Findings) -> Answer:
    """The answer of a week; raises ``ReportError`` where a verdict contradicts its numbers."""
    policies = {policy.id: policy for policy in findings.policies}
    for cell in findings.cells:
        _check(cell, policies)
    new = {change.platform: change.new for change in findings.changes}
    platforms = sorted(
        (_platform(one, findings, new) for one in findings.platforms),
        key=lambda one: (
            _ORDER.index(one.standing),
            one.platform.role == "reference",
            one.platform.name,
        ),
    )
    return Answer(
        platforms=tuple(platforms),
        judged=sum(one.standing in _JUDGED for one in platforms),
        new=sum(new.values()) if new else None,
    )


def _platform(
    platform: PlatformFinding, findings: Findings, new: Mapping[str, int]
) -> PlatformAnswer:
    cells = primary_cells(findings, platform.id)
    if platform.role == "closed":
        standing = Standing.closed
    else:
        accusing = {policy.id for policy in findings.policies if policy.may_accuse}
        found = (_standing(cell, cell.policy in accusing) for cell in cells)
        standing = min(found, key=_ORDER.index, default=Standing.unwatched)
        if standing is Standing.compliant and any(
            cell.verdict is Verdict.not_measurable for cell in cells
        ):
            standing = Standing.none_found
        if standing is Standing.screened and platform.role == "reference":
            standing = Standing.compared
    return PlatformAnswer(
        platform=platform,
        standing=standing,
        cells=cells,
        screening=screening(cell for cell in findings.cells if cell.platform == platform.id),
        new=new.get(platform.id),
    )


def _standing(cell: Cell, may_accuse: bool) -> Standing:
    """A confirmed breach answers the question whether there are any, measured or not."""
    if cell.verdict is Verdict.not_measurable and cell.confirmed and may_accuse:
        return Standing.still
    return Standing.pointed if above_zero(cell) else _STANDING[cell.verdict]


def above_zero(cell: Cell | TrendPoint) -> bool:
    """Whether the interval lies above zero although nothing is confirmed."""
    return cell.verdict is Verdict.none_found and bool(cell.low and cell.low > 0)


def primary_cells(findings: Findings, platform: str) -> tuple[Cell, ...]:
    """The cells that carry a platform's verdicts, in the order of the clusters."""
    mine = (cell for cell in findings.cells if cell.platform == platform and cell.primary)
    return tuple(sorted(mine, key=lambda cell: (CLUSTERS.index(cell.cluster), cell.policy)))


def _check(cell: Cell, policies: Mapping[str, Policy]) -> None:
    where = f"findings: cell {cell.platform} × {cell.cluster} × {cell.policy}"
    policy = policies.get(cell.policy)
    if policy is None:
        raise ReportError(f"{where}: no such policy in findings.policies")
    if cell.verdict in _ACCUSING and not policy.may_accuse:
        raise ReportError(
            f"{where}: {cell.verdict} although nobody confirmed the policy; expected "
            f"{Verdict.unconfirmed_policy}"
        )
    if cell.verdict in _AUDITED and not (cell.audited or cell.confirmed):
        raise ReportError(
            f"{where}: {cell.verdict} without a single label; expected {Verdict.screened}"
        )
    if contradicts(cell):
        raise ReportError(f"{where}: {cell.verdict} does not follow from its confirmed or limits")


def contradicts(cell: Cell) -> bool:
    """Whether the verdict is stronger than the cell's numbers (rules of ``facts/statistics``)."""
    low, high = cell.low, cell.high
    match cell.verdict:
        case Verdict.non_compliant:
            return low is None or low <= cell.tolerance
        case Verdict.breaches_found:
            return cell.confirmed == 0
        case Verdict.compliant:
            return cell.confirmed > 0 or high is None or high >= cell.tolerance
        case Verdict.none_found:
            return cell.confirmed > 0
        case _:
            return False


def verdict_words(words: Words, cell_verdict: Verdict, policy: Policy | None) -> str:
    """The verdict's word: a promise is kept or not, a regulation obeyed or not."""
    if cell_verdict in {Verdict.non_compliant, Verdict.compliant}:
        kind = "promise" if policy and policy.kind is PolicyKind.promise else "regulation"
        return words(f"verdict.{cell_verdict}_{kind}")
    return words(f"verdict.{cell_verdict}")


def headline(words: Words, made: Answer, *, unplanned: bool = False) -> str:
    """The week in one sentence; ``unplanned`` where there are pages outside the plan."""
    if all(one.standing in {Standing.unwatched, Standing.closed} for one in made.platforms):
        return words("headline.only_unplanned" if unplanned else "headline.no_data")
    standing = made.standing
    number = len(made.of(standing))
    match standing:
        case Standing.still if number <= NAMED:
            names = words.listed([one.platform.name for one in made.of(standing)])
            return words("headline.still_named", n=number, platforms=names)
        case Standing.screened:
            screened = [one.screening for one in made.of(standing)]
            gravest = min(screened, key=lambda each: each.outcome.rank)
            number = sum(each.outcome is gravest.outcome for each in screened)
            return words(gravest.key("headline.screened"), n=number, judged=made.judged)
        case Standing.still | Standing.pointed:
            return words(f"headline.{standing}", n=number, judged=made.judged)
        case Standing.none_found | Standing.compliant:
            return words(f"headline.{standing}", n=made.judged)
        case _:
            return words(f"headline.{standing}")


def listing_word(findings: Findings, entry: FlaggedListing) -> str:
    """How an evidence entry may be called: breach, candidate, or waiting for its policy."""
    policies = {policy.id: policy for policy in findings.policies}
    accusing = [policy for name in entry.policies if (policy := policies.get(name))]
    if not any(policy.may_accuse for policy in accusing):
        return "policy_unconfirmed"
    if findings.edition is EditionKind.provisional or not entry.confirmed:
        return "policy_screened"
    return "policy"
