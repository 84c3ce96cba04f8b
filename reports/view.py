"""From Findings to what the page's templates lay out: sorted, grouped, paged, drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from monitor.listing import (
    Cell,
    Cluster,
    CoverageRow,
    CrossBorder,
    Findings,
    FlaggedListing,
    Indicator,
    PlatformFinding,
    Policy,
    PolicyKind,
    TrendPoint,
    Value,
    Verdict,
)

from . import charts
from .answer import CLUSTERS, Answer, PlatformAnswer

SHOWN = {"evidence": 30, "suspected": 6, "imported": 6, "gone": 12, "unplanned": 12}
PAGE = 250
TREND_WEEKS = 12
_KINDS = tuple(PolicyKind)
_STATUSES = tuple(CrossBorder)


class Panel(Value):
    """One trend panel: a cell over the weeks, newest last, and its picture."""

    platform: str
    cluster: Cluster
    tolerance: float
    points: tuple[TrendPoint, ...]
    svg: str


class VerdictChange(Value):
    """A primary cell whose verdict is not the one of the week before."""

    platform: str
    cluster: Cluster
    policy: str
    before: Verdict
    after: Verdict


class Chunk(Value):
    """A page of a long list of listings; ``start`` numbers its first entry from 1."""

    kind: str
    page: int
    pages: int
    start: int
    listings: tuple[FlaggedListing, ...]


def lists(findings: Findings) -> dict[str, tuple[FlaggedListing, ...]]:
    """Every list of listings by its kind, what is confirmed first."""
    return {
        "evidence": tuple(sorted(findings.listings, key=_confirmed_first)),
        "suspected": findings.suspected,
        "imported": findings.imported,
        "gone": findings.gone,
        "unplanned": tuple(sorted(findings.unplanned_listings, key=_foreign_first)),
    }


def _foreign_first(entry: FlaggedListing) -> int:
    return _STATUSES.index(entry.classification.cross_border)


def _confirmed_first(entry: FlaggedListing) -> tuple[bool, str, str]:
    cluster = entry.frame_cluster or entry.classification.cluster
    return not entry.confirmed, entry.listing.platform, cluster


def chunks(kind: str, listings: Sequence[FlaggedListing]) -> Iterator[Chunk]:
    """The pages of a list that is too long for the first page; none where it is short."""
    if len(listings) <= SHOWN[kind]:
        return
    starts = range(0, len(listings), PAGE)
    for page, start in enumerate(starts, 1):
        part = tuple(listings[start : start + PAGE])
        yield Chunk(kind=kind, page=page, pages=len(starts), start=start + 1, listings=part)


def promises(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """AKAR first, then promises, regulations, closures and context, each by date."""

    def order(policy: Policy) -> tuple[bool, int, str, str]:
        since = policy.announced or (policy.from_.date() if policy.from_ else None)
        akar = "akar" in policy.id.split("-")
        return not akar, _KINDS.index(policy.kind), str(since or "9999"), policy.id

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


def common_axis(findings: Findings) -> float:
    """The end of the axis all intervals of the matrix share."""
    primary = [cell for cell in findings.cells if cell.primary]
    return charts.ceiling([cell.high for cell in primary] + [cell.tolerance for cell in primary])


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


def panels(findings: Findings, lang: str, prefix: str = "") -> tuple[Panel, ...]:
    """A trend panel for each primary cell that has an estimate in any of the last 12 weeks."""
    found = []
    for cell in findings.cells:
        key = cell.platform, cell.cluster, cell.policy
        points = [
            point
            for point in findings.trend
            if (point.platform, point.cluster, point.policy) == key and point.week < cell.week
        ]
        points = [*sorted(points, key=lambda point: point.week), _today(cell)][-TREND_WEEKS:]
        if cell.primary and any(point.estimate is not None for point in points):
            found.append((cell, tuple(points)))
    weeks = sorted({point.week for _, points in found for point in points})
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


def _today(cell: Cell) -> TrendPoint:
    return TrendPoint(
        week=cell.week,
        platform=cell.platform,
        cluster=cell.cluster,
        policy=cell.policy,
        verdict=cell.verdict,
        estimate=cell.estimate,
        low=cell.low,
        high=cell.high,
        flagged=cell.flagged,
        confirmed=cell.confirmed,
        places=cell.places,
    )


def indicator_points(indicators: Iterable[Indicator]) -> dict[int, list[Indicator]]:
    """The indicators of each PMSE point, all four points present."""
    points: dict[int, list[Indicator]] = {point: [] for point in (1, 2, 3, 4)}
    for indicator in indicators:
        points.setdefault(indicator.point, []).append(indicator)
    return points


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


def names(platforms: Iterable[PlatformFinding]) -> dict[str, str]:
    """Platform names by id."""
    return {platform.id: platform.name for platform in platforms}
