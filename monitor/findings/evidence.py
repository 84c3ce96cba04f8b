"""The listings an edition shows: one entry a listing, with all positions it was seen at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from monitor.model import (
    GONE,
    Answer,
    CitedPage,
    CrossBorder,
    DetailVisit,
    FlaggedListing,
    ListingKey,
    ListingState,
    Sighting,
    UnitState,
)
from monitor.registry import Registry, asks_who_sells, forbids

from .screen import ScreenedObservation


def is_breach(screened: ScreenedObservation) -> bool:
    """Whether it breaches any policy in force on its day."""
    return bool(screened.policies)


def is_suspected(screened: ScreenedObservation) -> bool:
    """Whether only weak signals speak of a foreign seller, and nobody knows better."""
    suspected = screened.observation.status is CrossBorder.suspected
    return suspected and screened.label is not Answer.no and not screened.policies


def is_waiting(registry: Registry, screened: ScreenedObservation) -> bool:
    """Whether only the unknown start of a policy keeps it from forbidding what was observed, and
    no policy that is in force forbids it."""
    observation, decision = screened.observation, screened.observation.classification
    if screened.policies or screened.label is Answer.no or decision is None:
        return False
    rates, categories, moment = registry.rates, registry.categories, observation.observed_at
    return any(
        forbids(
            replace(policy, from_=moment), observation.listing, decision, moment, rates, categories
        )
        for policy in registry.policies
        if policy.from_ is None and asks_who_sells(policy)
    )


def is_imported(screened: ScreenedObservation) -> bool:
    """Whether a seller who is not foreign, as far as anybody knows, offers imported goods."""
    decision = screened.observation.classification
    foreign = {CrossBorder.cross_border, CrossBorder.suspected}
    imported = bool(decision and decision.imported_goods and decision.cross_border not in foreign)
    return imported and not screened.policies


def flagged_listings(
    observations: Iterable[ScreenedObservation],
    *,
    before: Collection[ListingKey] = (),
    visits: Mapping[ListingKey, DetailVisit] | None = None,
    week: str = "",
) -> tuple[FlaggedListing, ...]:
    """One entry for each listing observed, the surest ones first.

    ``before`` are the listings of the week before. What is among them, or was seen in any week
    before ``week``, is ``still`` there: a platform that refused for a week does not make its old
    offers ``new``. ``visits`` are this week's, of listings' own pages. Raises ``ValueError`` for a
    listing without a classification.
    """
    groups: dict[ListingKey, list[ScreenedObservation]] = defaultdict(list)
    for screened in observations:
        groups[screened.key].append(screened)
    entries = []
    for key, group in groups.items():
        first_seen = group[0].observation.first_seen
        seen_before = key in before or (first_seen is not None and first_seen < week)
        state = ListingState.still if seen_before else ListingState.new
        entries.append(_entry(group, state=state, visit=(visits or {}).get(key)))
    return tuple(sorted(entries, key=_order))


def not_seen_again(
    before: Mapping[ListingKey, FlaggedListing],
    seen: Collection[ListingKey],
    visits: Mapping[ListingKey, DetailVisit],
    *,
    older: Mapping[ListingKey, FlaggedListing] | None = None,
) -> tuple[FlaggedListing, ...]:
    """Last week's listings that were not ``seen`` this week; gone only if its own page said so.

    ``older`` ones, of the weeks before, are named once their own page said so.
    """
    gone = {key for key, visit in visits.items() if visit.reason == GONE}
    missing = dict(before) | {key: entry for key, entry in (older or {}).items() if key in gone}
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


def _entry(
    group: list[ScreenedObservation], *, state: ListingState, visit: DetailVisit | None
) -> FlaggedListing:
    first = group[0].observation
    if first.classification is None:
        raise ValueError(f"{first.listing.platform} {first.listing.item_id}: not classified")
    proofs = [shown.proof for shown in group if shown.confirmed]
    sampled_visit = visit if visit and visit.state is UnitState.sampled else None
    own_visit = proofs[0] if proofs else sampled_visit
    screenshot = Path(visit.screenshot) if visit and visit.screenshot else None
    return FlaggedListing(
        listing=first.listing,
        classification=first.classification,
        policies=tuple(sorted(frozenset[str]().union(*(shown.policies for shown in group)))),
        state=state,
        first_seen=first.first_seen,
        found_at=tuple(
            Sighting(
                unit_id=shown.observation.unit_id,
                query=shown.observation.query,
                rank=shown.observation.rank,
                observed_at=shown.observation.observed_at,
            )
            for shown in group
        ),
        confirmed=bool(proofs),
        label=group[0].label,
        judged_cluster=group[0].judged_cluster,
        frame_cluster=first.cluster,
        detail=visit.listing if visit else None,
        thumbnail=screenshot.with_suffix(".jpg").name if screenshot else None,
        screenshot=screenshot.name if screenshot else None,
        sha256=first.received.sha256 if first.received else None,
        evidence=first.received.evidence if first.received else None,
        origin=first.origin,
        result_page=CitedPage.of(first.received, first.observed_at) if first.received else None,
        marked=any(shown.is_marked for shown in group) if proofs else None,
        own_page=(
            CitedPage.of(own_visit.received, own_visit.visited_at)
            if own_visit and own_visit.received
            else None
        ),
    )


def _order(entry: FlaggedListing) -> tuple[bool, int, str, str, str]:
    cluster = entry.frame_cluster or entry.classification.cluster
    status = list(CrossBorder).index(entry.classification.cross_border)
    return not entry.confirmed, status, entry.listing.platform, cluster, entry.listing.item_id
