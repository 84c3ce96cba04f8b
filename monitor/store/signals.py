"""Whether a platform's pages still tell what listings are judged by.

A field that vanishes from the pages raises no error: all listings become unknown, or none is
flagged any more, and the week looks like any other. So its share is held against what is usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from statistics import median

from monitor.config import previous_week
from monitor.model import Presence, SignalField, SignalRate
from monitor.registry import Registry
from monitor.store.store import Store

USUAL_WEEKS = 8
"""The median over so many weeks before is what is usual."""
LEAST_SHARE = 0.5
"""Below this part of what is usual a field is lost."""
LEAST_USUAL = 0.1
"""Share of listings; a field that fewer of them usually have is not judged by what is usual."""
LEAST_LISTINGS = 30
"""Listings of a week from which its shares are judged."""


def signal_rates(store: Store, registry: Registry, week: str) -> dict[str, tuple[SignalRate, ...]]:
    """How often each field was present in a week, by platform, and whether it is lost."""
    present = store.observations.presence(week, week)
    if not present:
        return {}
    first, last = previous_week(week, USUAL_WEEKS), previous_week(week)
    earlier: dict[str, list[Presence]] = {}
    for (platform, _), presence in store.observations.presence(first, last).items():
        earlier.setdefault(platform, []).append(presence)
    rates = {}
    for (platform, _), now in present.items():
        known = registry.platforms.get(platform)
        floors = known.floors if known else {}
        rates[platform] = tuple(field_rates(now, earlier.get(platform, ()), floors))
    return rates


def field_rates(
    now: Presence, earlier: Iterable[Presence], floors: Mapping[SignalField, float]
) -> Iterator[SignalRate]:
    """One rate a field. ``floors`` are the least shares of fields that the registry tells."""
    earlier = [week for week in earlier if week.listings >= LEAST_LISTINGS]
    for field, number in now.present.items():
        share = number / now.listings
        usual = median(week.present[field] / week.listings for week in earlier) if earlier else None
        least = floors.get(field, 0.0)
        if usual is not None and usual >= LEAST_USUAL:
            least = max(least, LEAST_SHARE * usual)
        yield SignalRate(
            field=field,
            listings=now.listings,
            share=share,
            usual=usual,
            is_lost=now.listings >= LEAST_LISTINGS and share < least,
        )
