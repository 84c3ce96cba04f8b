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
    Note,
    PlatformFinding,
    Policy,
    PolicyKind,
    TrendPoint,
    Value,
    Verdict,
    to_json,
)

from . import charts
from .answer import CLUSTERS, Answer, PlatformAnswer, answer

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
        "evidence": _by_platform(findings),
        "suspected": findings.suspected,
        "imported": findings.imported,
        "gone": findings.gone,
        "unplanned": tuple(sorted(findings.unplanned_listings, key=_foreign_first)),
    }


def _foreign_first(entry: FlaggedListing) -> int:
    return _STATUSES.index(entry.classification.cross_border)


def _by_platform(findings: Findings) -> tuple[FlaggedListing, ...]:
    """Platforms in the order of the answer; of each what is confirmed first, then by policy."""
    platforms = {one.platform.id: at for at, one in enumerate(answer(findings).platforms)}
    policies = {policy.id: at for at, policy in enumerate(promises(findings.policies))}

    def order(entry: FlaggedListing) -> tuple[int, str, bool, int, float]:
        named = entry.listing.platform
        first = min((policies.get(name, len(policies)) for name in entry.policies), default=99)
        sure = -entry.classification.cross_border_score
        return platforms.get(named, len(platforms)), named, not entry.confirmed, first, sure

    return tuple(sorted(findings.listings, key=order))


class EvidenceGroup(Value):
    """A platform's evidence: its size, the part the first page shows, where it begins."""

    platform: str
    total: int
    confirmed: int
    start: int
    shown: tuple[FlaggedListing, ...]

    @property
    def page(self) -> int:
        """The page of the long list on which it begins."""
        return (self.start - 1) // PAGE + 1


def evidence_groups(listings: Sequence[FlaggedListing]) -> tuple[EvidenceGroup, ...]:
    """The evidence a platform, each with its share of what the first page has room for."""
    groups: dict[str, list[FlaggedListing]] = {}
    for entry in listings:
        groups.setdefault(entry.listing.platform, []).append(entry)
    whole = len(listings) <= SHOWN["evidence"]
    room = max(5, SHOWN["evidence"] // max(1, len(groups)))
    made, start = [], 1
    for platform, entries in groups.items():
        made.append(
            EvidenceGroup(
                platform=platform,
                total=len(entries),
                confirmed=sum(entry.confirmed for entry in entries),
                start=start,
                shown=tuple(entries if whole else entries[:room]),
            )
        )
        start += len(entries)
    return tuple(made)


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
        points = [*sorted(points, key=lambda point: point.week), _today(cell)][-TREND_WEEKS:]
        if any(point.estimate is not None for point in points):
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


class Measure(Value):
    """One measure of a PMSE point on a platform, by cluster (``None``: all clusters).

    Platforms on which it is not known for one ``reason`` stand together.
    """

    name: str
    platforms: tuple[str, ...]
    by_cluster: dict[str, Indicator]
    reason: Note | None = None


def indicator_clusters(indicators: Iterable[Indicator]) -> tuple[Cluster | None, ...]:
    """The clusters that have an indicator, in their order; None (all of them) last."""
    found = {indicator.cluster for indicator in indicators}
    known = tuple(cluster for cluster in CLUSTERS if cluster in found)
    return (*known, None) if None in found else known


def indicator_points(indicators: Iterable[Indicator]) -> dict[int, dict[str, list[Measure]]]:
    """The measures of each PMSE point by name, all four points present."""
    grouped: dict[int, dict[str, dict[str, list[Indicator]]]] = {1: {}, 2: {}, 3: {}, 4: {}}
    for one in indicators:
        platforms = grouped.setdefault(one.point, {}).setdefault(one.name, {})
        platforms.setdefault(one.platform, []).append(one)
    return {
        point: {name: list(_measures(name, platforms)) for name, platforms in names.items()}
        for point, names in grouped.items()
    }


def _measures(name: str, platforms: Mapping[str, list[Indicator]]) -> Iterator[Measure]:
    unknown: dict[bytes, tuple[Note, list[str]]] = {}
    for platform, found in platforms.items():
        if reason := _only_reason(found):
            unknown.setdefault(to_json(reason), (reason, []))[1].append(platform)
        else:
            by_cluster = {str(one.cluster): one for one in found}
            yield Measure(name=name, platforms=(platform,), by_cluster=by_cluster)
    for reason, left in unknown.values():
        yield Measure(name=name, platforms=tuple(left), by_cluster={}, reason=reason)


def _only_reason(indicators: Iterable[Indicator]) -> Note | None:
    """The one reason for which none of them has a value, or None."""
    found = [one.reason if one.value is None else None for one in indicators]
    return found[0] if all(reason == found[0] for reason in found) else None


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
