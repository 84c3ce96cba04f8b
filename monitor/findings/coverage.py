"""What became of the planned units: the page on which silence is told from compliance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from monitor.model import (
    Cluster,
    CoverageRow,
    CrossBorder,
    Mode,
    ModeComparison,
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
                refused_crawler=sum(r.refused_crawler and r.state.speaks for r in records),
                **{state.value: number for state, number in states.items()},
            )
        )
    return tuple(rows)


def compared(
    own: Iterable[Observation], beside: Iterable[Observation]
) -> tuple[ModeComparison, ...]:
    """One row for each platform with a unit at which both modes saw listings.

    ``own`` are the observations of the units, ``beside`` those of the other mode.
    """
    pages: dict[tuple[str, str | None], dict[Mode, list[Observation]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for observation in (*own, *beside):
        pages[observation.listing.platform, observation.unit_id][observation.mode].append(
            observation
        )
    platforms: dict[str, list[dict[Mode, list[Observation]]]] = defaultdict(list)
    for (platform, _), by_mode in pages.items():
        if len(by_mode) == len(Mode):
            platforms[platform].append(by_mode)
    return tuple(_comparison(platform, met) for platform, met in sorted(platforms.items()))


def _comparison(platform: str, pages: Iterable[Mapping[Mode, list[Observation]]]) -> ModeComparison:
    units = offers = seen_by_both = 0
    positions, cross_border = Counter[Mode](), Counter[Mode]()
    for by_mode in pages:
        units += 1
        crawled, inspected = ({o.listing.item_id for o in by_mode[mode]} for mode in Mode)
        offers += len(crawled)
        seen_by_both += len(crawled & inspected)
        for mode, shown in by_mode.items():
            positions[mode] += len(shown)
            cross_border[mode] += sum(o.status is CrossBorder.cross_border for o in shown)
    return ModeComparison(
        platform=platform,
        units=units,
        offers=offers,
        seen_by_both=seen_by_both,
        positions=_counts(positions),
        cross_border=_counts(cross_border),
    )


def _counts(counter: Counter[Mode]) -> ModeCounts:
    return ModeCounts(crawler=counter[Mode.crawler], inspector=counter[Mode.inspector])


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
