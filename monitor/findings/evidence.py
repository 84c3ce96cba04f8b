"""The listings an edition shows: one entry a listing, with all places it was seen at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from monitor.model import (
    GONE,
    Answer,
    Cluster,
    CrossBorder,
    DetailVisit,
    FlaggedListing,
    ListingState,
    Observation,
    Sighting,
    Value,
)

Key = tuple[str, str]
"""A listing: (platform, item_id)."""


class ScreenedObservation(Value):
    """An observation with the policies it breaches on its day, and what people say of it.

    ``breached`` is what the screen says until ``labelled.Audit.corrected`` puts people's word in
    its place; ``label`` is that word, None while it is open, and ``judged_cluster`` the product
    group they gave it.
    """

    observation: Observation
    breached: tuple[str, ...] = ()
    label: Answer | None = None
    judged_cluster: Cluster | None = None

    @property
    def key(self) -> Key:
        """The listing it shows."""
        return self.observation.listing.platform, self.observation.listing.item_id

    @property
    def status(self) -> CrossBorder:
        """Its cross-border status, ``unknown`` where it is not classified."""
        decision = self.observation.classification
        return decision.cross_border if decision else CrossBorder.unknown


def is_breach(seen: ScreenedObservation) -> bool:
    """Whether it breaches any policy in force on its day."""
    return bool(seen.breached)


def is_suspected(seen: ScreenedObservation) -> bool:
    """Whether only weak signals speak of a foreign seller, and nobody knows better."""
    return (
        seen.status is CrossBorder.suspected and seen.label is not Answer.no and not seen.breached
    )


def is_imported(seen: ScreenedObservation) -> bool:
    """Whether a seller who is not foreign offers imported goods."""
    decision = seen.observation.classification
    foreign = {CrossBorder.cross_border, CrossBorder.suspected}
    return decision is not None and bool(decision.imported_goods) and seen.status not in foreign


def flagged_listings(
    seen: Iterable[ScreenedObservation],
    keep: Callable[[ScreenedObservation], bool],
    *,
    before: Mapping[Key, FlaggedListing],
    visits: Mapping[Key, DetailVisit],
    confirmed: Collection[Key] = (),
    week: str = "",
) -> tuple[FlaggedListing, ...]:
    """One entry for each listing with a place that ``keep`` accepts, the surest ones first.

    ``before`` holds the week before. What is in it, or was seen in any week before ``week``, is
    ``still`` there: a platform that refused for a week does not make its old offers ``new``.
    """
    places: dict[Key, list[ScreenedObservation]] = defaultdict(list)
    for one in seen:
        if keep(one):
            places[one.key].append(one)
    found = (
        _entry(
            group,
            state=ListingState.still
            if key in before or _known_before(group, week)
            else ListingState.new,
            visit=visits.get(key),
            confirmed=key in confirmed,
        )
        for key, group in places.items()
    )
    return tuple(sorted(found, key=_order))


def not_seen_again(
    before: Mapping[Key, FlaggedListing],
    seen: Collection[Key],
    visits: Mapping[Key, DetailVisit],
    *,
    older: Mapping[Key, FlaggedListing] | None = None,
) -> tuple[FlaggedListing, ...]:
    """Last week's listings that no place showed this week; gone only if its own page said so.

    ``older`` ones, of the weeks before, are named once their own page said so.
    """
    gone = {key for key, visit in visits.items() if visit.reason == GONE}
    missing = dict(before) | {key: one for key, one in (older or {}).items() if key in gone}
    entries = (
        replace(
            entry,
            found_at=(),
            state=ListingState.confirmed_gone if key in gone else ListingState.not_seen,
        )
        for key, entry in missing.items()
        if key not in seen
    )
    return tuple(sorted(entries, key=_order))


def _known_before(group: list[ScreenedObservation], week: str) -> bool:
    first = group[0].observation.first_seen
    return first is not None and first < week


def _entry(
    group: list[ScreenedObservation],
    *,
    state: ListingState,
    visit: DetailVisit | None,
    confirmed: bool,
) -> FlaggedListing:
    first = group[0].observation
    if first.classification is None:
        raise ValueError(f"{first.listing.platform} {first.listing.item_id}: not classified")
    return FlaggedListing(
        listing=first.listing,
        classification=first.classification,
        policies=tuple(sorted({policy for seen in group for policy in seen.breached})),
        state=state,
        first_seen=first.first_seen,
        found_at=tuple(
            Sighting(
                unit_id=seen.observation.unit_id,
                query=seen.observation.query,
                rank=seen.observation.rank,
                observed_at=seen.observation.observed_at,
            )
            for seen in group
        ),
        confirmed=confirmed,
        label=group[0].label,
        judged_cluster=group[0].judged_cluster,
        frame_cluster=first.cluster,
        detail=visit.listing if visit else None,
        thumbnail=Path(visit.screenshot).with_suffix(".jpg").name
        if visit and visit.screenshot
        else None,
        screenshot=Path(visit.screenshot).name if visit and visit.screenshot else None,
        sha256=first.received.sha256 if first.received else None,
        evidence=first.received.evidence if first.received else None,
        origin=first.origin,
    )


def _order(entry: FlaggedListing) -> tuple[bool, int, str, str, str]:
    cluster = entry.frame_cluster or entry.classification.cluster
    status = list(CrossBorder).index(entry.classification.cross_border)
    return not entry.confirmed, status, entry.listing.platform, cluster, entry.listing.item_id
