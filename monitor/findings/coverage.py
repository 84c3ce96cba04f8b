"""What became of the planned units: the page on which silence is told from compliance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from monitor.model import (
    Cluster,
    CoverageRow,
    CrossBorder,
    ModeCounts,
    Observation,
    ReasonCount,
    Stratum,
    UnitRecord,
    UnitState,
    Unplanned,
)

from .screen import ScreenedObservation


def coverage(units: Iterable[UnitRecord]) -> tuple[CoverageRow, ...]:
    """One row for each platform × cluster × stratum with a planned unit."""
    strata: dict[tuple[str, Cluster, Stratum], list[UnitRecord]] = defaultdict(list)
    for record in units:
        unit = record.unit
        strata[unit.platform, unit.cluster, unit.stratum].append(record)
    rows = []
    for (platform, cluster, stratum), records in sorted(strata.items()):
        states = Counter(record.state for record in records)
        reasons = Counter(
            (record.state, record.reason)
            for record in records
            if record.reason and not record.state.speaks
        )
        rows.append(
            CoverageRow(
                platform=platform,
                cluster=cluster,
                stratum=stratum,
                planned=len(records),
                not_fetched=states.pop(UnitState.planned, 0),
                places=sum(record.places for record in records),
                unreadable=sum(record.unreadable for record in records),
                reasons=tuple(
                    ReasonCount(state=state, reason=reason, units=number)
                    for (state, reason), number in sorted(reasons.items())
                ),
                modes=ModeCounts.of(records),
                **{state.value: number for state, number in states.items()},
            )
        )
    return tuple(rows)


def unplanned(observations: Iterable[ScreenedObservation]) -> tuple[Unplanned, ...]:
    """Saved pages outside the plan, counted by platform.

    Listings, and those of them that are ``cross_border``, ``suspected`` or whose page tells no time
    (``undated``), count once each.
    """
    platforms: dict[str, list[Observation]] = defaultdict(list)
    for screened in observations:
        platforms[screened.key.platform].append(screened.observation)
    return tuple(
        Unplanned(
            platform=platform,
            pages=len({o.received for o in group}),
            listings=len({o.listing.key for o in group}),
            cross_border=len(
                {o.listing.key for o in group if o.status is CrossBorder.cross_border}
            ),
            suspected=len({o.listing.key for o in group if o.status is CrossBorder.suspected}),
            undated=len({o.listing.key for o in group if o.observed_at is None}),
        )
        for platform, group in sorted(platforms.items())
    )
