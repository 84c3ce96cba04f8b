"""From Findings to what the page's templates lay out: sorted, grouped, paged, drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitor.model import (
    Cell,
    Cluster,
    CoverageRow,
    Findings,
    Policy,
    PolicyKind,
    TrendPoint,
    Value,
    Verdict,
)

from . import charts
from .answer import CLUSTERS, Answer, PlatformAnswer

TREND_WEEKS = 12
_KINDS = tuple(PolicyKind)


class Panel(Value):
    """One trend panel: a cell over the weeks, newest last, and its picture."""

    platform: str
    cluster: Cluster
    tolerance: float
    points: tuple[TrendPoint, ...]
    svg: str

    def at(self, week: str) -> TrendPoint | None:
        """The point of a week; None where no edition was made."""
        return next((point for point in self.points if point.week == week), None)


class VerdictChange(Value):
    """A primary cell whose verdict is not the one of the week before."""

    platform: str
    cluster: Cluster
    policy: str
    before: Verdict
    after: Verdict


def promises(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """AKAR first, then promises, regulations, closures and context, each by date."""

    def order(policy: Policy) -> tuple[bool, int, str, str]:
        since = policy.announced or (policy.from_.date() if policy.from_ else None)
        return not policy.akar, _KINDS.index(policy.kind), str(since or "9999"), policy.id

    return tuple(sorted(policies, key=order))


def policy_cells(findings: Findings, policy: str) -> tuple[Cell, ...]:
    """The cells of a policy, by platform and cluster."""
    mine = (cell for cell in findings.cells if cell.policy == policy)
    return tuple(sorted(mine, key=lambda cell: (cell.platform, CLUSTERS.index(cell.cluster))))


def breach_counts(findings: Findings) -> Mapping[str, int]:
    """Listings of the edition that a policy forbids, by policy."""
    counts: dict[str, int] = defaultdict(int)
    for entry in findings.listings:
        for policy in entry.policies:
            counts[policy] += 1
    return counts


def direction(cell: Cell) -> str:
    """``up``, ``down`` or ``flat`` by the interval of the change; ``unknown`` without one."""
    if cell.change is None:
        return "unknown"
    if cell.change.low > 0:
        return "up"
    return "down" if cell.change.high < 0 else "flat"


def matrix(made: Answer) -> tuple[PlatformAnswer, ...]:
    """The platforms that have a row in the matrix."""
    return tuple(one for one in made.platforms if one.cells)


def clusters(made: Answer) -> tuple[Cluster, ...]:
    """The product groups of the matrix, in their order."""
    found = {cell.cluster for one in made.platforms for cell in one.cells}
    return tuple(cluster for cluster in CLUSTERS if cluster in found)


def verdicts(made: Answer) -> tuple[Verdict, ...]:
    """The verdicts that the matrix gives, the gravest first."""
    found = {cell.verdict for one in made.platforms for cell in one.cells}
    return tuple(verdict for verdict in Verdict if verdict in found)


def is_drawn(cell: Cell) -> bool:
    """Whether a cell's interval may be shown: there is one, and its policy may be judged by."""
    limits = cell.low is not None and cell.high is not None
    return limits and cell.verdict is not Verdict.unconfirmed_policy


def is_whole(one: PlatformAnswer) -> bool:
    """Whether all groups of a platform have the same verdict."""
    return len({cell.verdict for cell in one.cells}) == 1


def axis_ends(made: Answer) -> dict[str, float]:
    """The end of the axis that all intervals of a platform share."""
    return {
        one.platform.id: charts.ceiling(
            [share for cell in one.cells for share in (cell.high, cell.tolerance)]
        )
        for one in made.platforms
    }


def verdict_changes(findings: Findings) -> tuple[VerdictChange, ...]:
    """Primary cells whose verdict differs from the previous week's."""
    before = {
        (point.platform, point.cluster, point.policy): point.verdict
        for point in findings.trend
        if point.week == findings.previous_week
    }
    return tuple(
        VerdictChange(
            platform=cell.platform,
            cluster=cell.cluster,
            policy=cell.policy,
            before=old,
            after=cell.verdict,
        )
        for cell in findings.cells
        if cell.primary
        and (old := before.get((cell.platform, cell.cluster, cell.policy), cell.verdict))
        is not cell.verdict
    )


def panels(findings: Findings, made: Answer, lang: str, prefix: str = "") -> tuple[Panel, ...]:
    """A trend panel for each primary cell that has an estimate in any of the last 12 weeks."""
    found = []
    for cell in (cell for one in made.platforms for cell in one.cells):
        key = cell.platform, cell.cluster, cell.policy
        points = [
            point
            for point in findings.trend
            if (point.platform, point.cluster, point.policy) == key and point.week < cell.week
        ]
        points = [*sorted(points, key=lambda point: point.week), TrendPoint.of(cell)][-TREND_WEEKS:]
        judged = cell.verdict is not Verdict.unconfirmed_policy
        if judged and any(point.estimate is not None for point in points):
            found.append((cell, tuple(points)))
    weeks = weeks_between(point.week for _, points in found for point in points)
    if len(weeks) < 2:
        return ()
    return tuple(
        Panel(
            platform=cell.platform,
            cluster=cell.cluster,
            tolerance=cell.tolerance,
            points=points,
            svg=charts.trend(points, weeks, cell.tolerance, lang, prefix),
        )
        for cell, points in found
    )


def weeks_between(weeks: Iterable[str]) -> list[str]:
    """All ISO weeks from the first to the last, so that a week without an edition is a gap."""
    found = sorted(set(weeks))
    if not found:
        return []
    day = datetime.fromisocalendar(int(found[0][:4]), int(found[0][6:]), 1)
    through = []
    while (week := f"{day:%G-W%V}") <= found[-1]:
        through.append(week)
        day += timedelta(weeks=1)
    return through


def coverage_by_platform(findings: Findings) -> dict[str, CoverageRow]:
    """The coverage rows of each platform added up (cluster and stratum are the first row's)."""
    totals: dict[str, CoverageRow] = {}
    for row in findings.coverage:
        totals[row.platform] = _add(totals[row.platform], row) if row.platform in totals else row
    return totals


_COUNTS = ("planned", *charts.STATES, "places")


def _add(one: CoverageRow, other: CoverageRow) -> CoverageRow:
    counts = {name: getattr(one, name) + getattr(other, name) for name in _COUNTS}
    return CoverageRow(
        platform=one.platform,
        cluster=one.cluster,
        stratum=one.stratum,
        reasons=one.reasons + other.reasons,
        **counts,
    )


def reasons(row: CoverageRow) -> tuple[tuple[str, str, int], ...]:
    """(state, reason, units), what happened most often first."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for one in row.reasons:
        totals[one.state, one.reason] += one.units
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return tuple((state, reason, units) for (state, reason), units in ranked)
