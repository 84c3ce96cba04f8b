"""An edition against the weeks before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from msgspec.structs import replace

from monitor.classify.relisting import relistings
from monitor.listing import (
    ChangeCounts,
    Findings,
    FlaggedListing,
    ListingState,
    TrendPoint,
)

from .evidence import Key


def by_key(listings: Iterable[FlaggedListing]) -> dict[Key, FlaggedListing]:
    """Listings of an edition by (platform, item_id)."""
    return {(entry.listing.platform, entry.listing.item_id): entry for entry in listings}


def older(earlier: Sequence[Findings], known: Container[Key]) -> dict[Key, FlaggedListing]:
    """What editions of weeks past, newest first, showed besides ``known`` and not as gone."""
    found: dict[Key, FlaggedListing] = {}
    gone: set[Key] = set()
    for findings in earlier:
        gone |= {
            key
            for key, entry in by_key(findings.gone).items()
            if entry.state is ListingState.confirmed_gone
        }
        for key, entry in by_key(findings.listings).items():
            if key not in known and key not in gone:
                found.setdefault(key, entry)
    return found


def with_relistings(
    listings: Sequence[FlaggedListing], gone: Sequence[FlaggedListing]
) -> tuple[FlaggedListing, ...]:
    """``listings`` with those marked that were offered last week under another id or wording."""
    new = [entry.listing for entry in listings if entry.state is ListingState.new]
    found = {
        (match.platform, match.new): match
        for match in relistings([entry.listing for entry in gone], new)
    }
    return tuple(
        replace(
            entry,
            state=ListingState.relisted,
            relisted_from=match.gone,
            relisted_score=match.score,
        )
        if (match := found.get((entry.listing.platform, entry.listing.item_id)))
        else entry
        for entry in listings
    )


def change_counts(
    since: str, listings: Iterable[FlaggedListing], gone: Iterable[FlaggedListing]
) -> tuple[ChangeCounts, ...]:
    """Breaching listings a platform by what became of them since the week ``since``."""
    counts: dict[str, Counter[ListingState]] = {}
    for entry in [*listings, *gone]:
        counts.setdefault(entry.listing.platform, Counter())[entry.state] += 1
    return tuple(
        ChangeCounts(
            platform=platform,
            since=since,
            new=states[ListingState.new],
            still=states[ListingState.still],
            not_seen=states[ListingState.not_seen],
            confirmed_gone=states[ListingState.confirmed_gone],
            relisted=states[ListingState.relisted],
        )
        for platform, states in sorted(counts.items())
    )


def trend(earlier: Iterable[Findings]) -> tuple[TrendPoint, ...]:
    """The primary cells of earlier editions, oldest week first."""
    return tuple(
        TrendPoint.of(cell)
        for findings in sorted(earlier, key=lambda findings: findings.week)
        for cell in findings.cells
        if cell.primary
    )
