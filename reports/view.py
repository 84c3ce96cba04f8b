"""From findings to what the templates lay out: sorted, grouped, added up, drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec.structs import replace

from monitor.model import (
    Cell,
    ChangeCounts,
    Cluster,
    CoverageRow,
    Findings,
    ModeCounts,
    Policy,
    PolicyKind,
    Season,
    TrendPoint,
    Value,
    Verdict,
)

from . import charts
from .summary import CLUSTERS, WeekSummary

TREND_WEEKS = 12
_Row = TypeVar("_Row", ChangeCounts, CoverageRow)
_KINDS = tuple(PolicyKind)
_UNIT_COUNTS = ("planned", *charts.STATES, "places", "refused_crawler")


class Panel(Value):
    """One trend panel: a cell over the weeks, newest last, and its chart as SVG."""

    platform: str
    cluster: Cluster
    points: tuple[TrendPoint, ...]
    svg: str
    seasons: tuple[Season, ...] = ()

    def at(self, week: str) -> TrendPoint | None:
        """The point of a week; None where no edition was made."""
        return next((point for point in self.points if point.week == week), None)


class PolicyResult(Value):
    """A policy, its cells by platform and cluster, and how many listings of marketplaces it
    forbids."""

    policy: Policy
    cells: tuple[Cell, ...]
    listings: int


def ordered_policies(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """AKAR first, then promises, regulations, closures and context, each by date."""

    def order(policy: Policy) -> tuple[bool, int, str, str]:
        """The sort key of a policy; one without a date comes last of its kind."""
        since = policy.announced or (policy.from_.date() if policy.from_ else None)
        return not policy.akar, _KINDS.index(policy.kind), str(since or "9999"), policy.id

    return tuple(sorted(policies, key=order))


def policy_results(findings: Findings) -> tuple[PolicyResult, ...]:
    """What the week says under each policy, the policies in the order of the page."""
    references = {platform.id for platform in findings.platforms if platform.is_reference}
    forbidden = Counter(
        policy
        for entry in findings.listings
        if entry.listing.platform not in references
        for policy in entry.policies
    )
    cells: dict[str, list[Cell]] = defaultdict(list)
    for cell in sorted(findings.cells, key=lambda c: (c.platform, CLUSTERS.index(c.cluster))):
        cells[cell.policy].append(cell)
    return tuple(
        PolicyResult(policy=policy, cells=tuple(cells[policy.id]), listings=forbidden[policy.id])
        for policy in ordered_policies(findings.policies)
    )


def direction(cell: Cell) -> str:
    """``up``, ``down`` or ``flat`` by the interval of the change; ``unknown`` without one.

    A change that is not ``significant`` among those of its week is flat.
    """
    if cell.change is None:
        return "unknown"
    if cell.change.significant is False:
        return "flat"
    if cell.change.low > 0:
        return "up"
    return "down" if cell.change.high < 0 else "flat"


def is_drawn(cell: Cell) -> bool:
    """Whether a cell's interval may be shown: there is one, and its policy may be judged by."""
    limits = cell.low is not None and cell.high is not None
    return limits and cell.verdict is not Verdict.unconfirmed_policy


def panels(
    findings: Findings, summary: WeekSummary, lang: str, prefix: str = ""
) -> tuple[Panel, ...]:
    """A trend panel for each primary cell that has an interval in any of the last 12 weeks.

    None at all where fewer than two weeks are to be shown. ``prefix`` stands before a week's
    number on the axis, which is the same in all panels.
    """
    history: dict[tuple[str, Cluster, str], list[TrendPoint]] = defaultdict(list)
    for point in sorted(findings.trend, key=lambda point: point.week):
        if point.week < findings.week:
            history[point.platform, point.cluster, point.policy].append(point)
    series = []
    for cell in summary.cells:
        earlier = history[cell.platform, cell.cluster, cell.policy]
        points = (*earlier, TrendPoint.of(cell))[-TREND_WEEKS:]
        measured = any(point.high is not None for point in points)
        if measured and cell.verdict is not Verdict.unconfirmed_policy:
            series.append((cell, points))
    # One week is no trend; its numbers stand among the verdicts.
    weeks = weeks_between(point.week for _, points in series for point in points)
    if len(weeks) < 2:
        return ()
    bands = [_band(cell, weeks) for cell, _ in series]
    highs = [point.high for _, points in series for point in points]
    highs += [limits["high"] for band in bands for limits in band]
    top = charts.ceiling([*highs, *(cell.tolerance * 1.2 for cell, _ in series)])
    return tuple(
        Panel(
            platform=cell.platform,
            cluster=cell.cluster,
            points=points,
            svg=charts.trend(points, weeks, cell.tolerance, top, lang, prefix, band=band),
            seasons=_seasons(cell),
        )
        for (cell, points), band in zip(series, bands, strict=True)
    )


def _seasons(cell: Cell) -> tuple[Season, ...]:
    """The quarter of a cell; while it is not over, the last thirteen weeks, too."""
    rolling = None if cell.season and cell.season.over else cell.rolling
    return tuple(filter(None, (cell.season, rolling)))


def _band(cell: Cell, weeks: Iterable[str]) -> list[dict[str, Any]]:
    """The limits of the quarter, or of the last thirteen weeks, in each of its weeks shown."""
    season = next((season for season in _seasons(cell) if season.high is not None), None)
    return [
        {"week": week, "low": season.low, "high": season.high}
        for week in weeks
        if season and season.includes(week)
    ]


def season_cells(summary: WeekSummary) -> dict[str, tuple[Cell, ...]]:
    """The cells of a quarter that is over, by platform, each with its season's figures as its own.

    Empty where no quarter ends with the week.
    """
    cells = {
        platform.finding.id: tuple(
            _over_the_season(cell, cell.season)
            for cell in platform.cells
            if cell.season and cell.season.over
        )
        for platform in summary.platforms
    }
    return {platform: of_platform for platform, of_platform in cells.items() if of_platform}


def _over_the_season(cell: Cell, season: Season) -> Cell:
    """The cell with the figures of its season; sellers of an edition made before a season counted
    them are those of its last week."""
    if season.marked_sellers is not None:
        cell = replace(cell, marked_sellers=season.marked_sellers, third_looks=season.third_looks)
    return replace(
        cell,
        verdict=season.verdict or cell.verdict,
        audited=season.labels,
        change=None,
        checked=None,
        **{
            name: getattr(season, name)
            for name in (
                "confirmed", "marked_offers", "estimate", "low", "high", "judged_low", "level",
                "high_with_refused", "reason",
            )
        },
    )  # fmt: skip


def weeks_between(weeks: Iterable[str]) -> list[str]:
    """All ISO weeks from the first to the last, so that a week without an edition is a gap."""
    ends = sorted(weeks)
    if not ends:
        return []
    day = datetime.fromisocalendar(int(ends[0][:4]), int(ends[0][6:]), 1)
    through = []
    while (week := f"{day:%G-W%V}") <= ends[-1]:
        through.append(week)
        day += timedelta(weeks=1)
    return through


def worst_first(summary: WeekSummary) -> tuple[Cell, ...]:
    """The primary cells of marketplaces with an interval to show, the highest lower limit first."""
    cells = (
        cell
        for platform in summary.platforms
        if not platform.finding.is_reference
        for cell in platform.cells
    )
    return tuple(
        sorted(filter(is_drawn, cells), key=lambda cell: (-(cell.low or 0), -(cell.high or 0)))
    )


def by_gravity(rows: Iterable[_Row], summary: WeekSummary) -> list[_Row]:
    """The rows in the order of the summary's platforms, the gravest first."""
    ranks = {platform.finding.id: rank for rank, platform in enumerate(summary.platforms)}
    return sorted(rows, key=lambda row: ranks.get(row.platform, len(ranks)))


def coverage_by_platform(findings: Findings) -> dict[str, CoverageRow]:
    """The coverage rows of each platform added up (cluster and stratum are the first row's)."""
    totals: dict[str, CoverageRow] = {}
    for row in findings.coverage:
        total = totals.get(row.platform)
        if total is None:
            totals[row.platform] = row
            continue
        counts = {name: getattr(total, name) + getattr(row, name) for name in _UNIT_COUNTS}
        modes = (total.modes or ModeCounts()) + row.modes if row.modes else total.modes
        totals[row.platform] = replace(
            total, reasons=total.reasons + row.reasons, modes=modes, **counts
        )
    return totals


def reason_counts(row: CoverageRow) -> tuple[tuple[str, str, int], ...]:
    """(state, reason, units) of what was not observed, the most frequent first."""
    units: Counter[tuple[str, str]] = Counter()
    for reason in row.reasons:
        units[reason.state, reason.reason] += reason.units
    ranked = sorted(units.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple((state, reason, number) for (state, reason), number in ranked)
