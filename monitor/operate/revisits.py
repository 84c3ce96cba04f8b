"""Offers that earlier editions named and this week's pages do not show: are they gone?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from monitor.config import previous_week
from monitor.crawl.details import Target, target_of
from monitor.findings.history import older
from monitor.model import Listing, UnitState
from monitor.registry import Registry
from monitor.store import Store

LOOK_BACK_WEEKS = 12


def revisits(
    registry: Registry, store: Store, week: str, most: int, beside: Iterable[Target] = ()
) -> list[Target]:
    """Up to ``most`` of a platform, from the newest edition back, as each edition orders them.

    Only of platforms that showed listings this week: where all was refused, "not seen again" says
    nothing. Before them stands a listing that was seen this week, unless one of the platform is
    visited ``beside`` or was already: without one that answers nobody could tell "gone" from a
    refusal.
    """
    seen: dict[str, dict[str, Listing]] = defaultdict(dict)
    for place in store.observations.of_week(week):
        seen[place.listing.platform].setdefault(place.listing.item_id, place.listing)
    answered = [one for one in store.visits.of_week(week) if one.state is not UnitState.unreachable]
    visited = {(one.platform, one.item_id) for one in answered}
    stands = {one.platform for one in answered if one.state is UnitState.sampled}
    stands |= {target.platform for target in beside}
    found: dict[str, list[Target]] = defaultdict(list)
    for listing in _named_before(store, week):
        platform, known = listing.platform, registry.platforms.get(listing.platform)
        done = listing.item_id in seen[platform] or (platform, listing.item_id) in visited
        if known is None or not seen[platform] or done or len(found[platform]) >= most:
            continue
        if target := target_of(listing, known.detail):
            found[platform].append(target)
    for platform in found.keys() - stands:
        control = _first(registry, seen[platform])
        found[platform][:0] = [control] if control and found[platform] else []
    return [target for platform in sorted(found) for target in found[platform]]


def _named_before(store: Store, week: str) -> Iterator[Listing]:
    weeks = (previous_week(week, back) for back in range(1, LOOK_BACK_WEEKS + 1))
    editions = [found for one in weeks if (found := store.editions.latest(one))]
    return (entry.listing for entry in older(editions, ()).values())


def _first(registry: Registry, seen: dict[str, Listing]) -> Target | None:
    targets = (target_of(one, registry.platforms[one.platform].detail) for one in seen.values())
    return next(filter(None, targets), None)
