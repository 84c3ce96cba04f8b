"""An edition against the weeks before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence

from msgspec.structs import replace

from monitor.classify.relisting import relistings
from monitor.estimate.indicators import relisting_rate
from monitor.model import (
    ChangeCounts,
    Findings,
    FlaggedListing,
    ListingState,
    Relisting,
    TrendPoint,
)

from .evidence import Key


def by_key(listings: Iterable[FlaggedListing]) -> dict[Key, FlaggedListing]:
    """Listings of an edition by (platform, item_id)."""
    return {(entry.listing.platform, entry.listing.item_id): entry for entry in listings}


def taken_down(entries: Iterable[FlaggedListing]) -> dict[Key, FlaggedListing]:
    """Those of an edition's missing listings whose own page said that they are gone."""
    return by_key(entry for entry in entries if entry.state is ListingState.confirmed_gone)


def older(earlier: Sequence[Findings], known: Container[Key]) -> dict[Key, FlaggedListing]:
    """What editions of weeks past, newest first, showed besides ``known`` and not as gone."""
    found: dict[Key, FlaggedListing] = {}
    gone: set[Key] = set()
    for findings in earlier:
        gone |= taken_down(findings.gone).keys()
        for key, entry in by_key(findings.listings).items():
            if key not in known and key not in gone:
                found.setdefault(key, entry)
    return found


def with_relistings(
    listings: Sequence[FlaggedListing], gone: Sequence[FlaggedListing]
) -> tuple[FlaggedListing, ...]:
    """``listings`` with those marked that ``gone`` ones resemble, under another id or wording."""
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


def relisting(
    earlier: Sequence[Findings],
    listings: Iterable[FlaggedListing],
    gone: Mapping[Key, FlaggedListing],
) -> tuple[Relisting, ...]:
    """A platform's relisting rate over this week and the ``earlier`` editions.

    ``gone`` holds what was confirmed gone in all of them, ``listings`` this week's.
    """
    shown = [*listings, *(entry for findings in earlier for entry in findings.listings)]
    back = {(entry.listing.platform, entry.relisted_from) for entry in shown}
    found = []
    for platform in sorted({platform for platform, _ in gone}):
        keys = {key for key in gone if key[0] == platform}
        if told := relisting_rate(len(keys), len(keys & back)):
            rate, low, high = told
            found.append(
                Relisting(
                    platform=platform,
                    weeks=len(earlier) + 1,
                    taken_down=len(keys),
                    relisted=len(keys & back),
                    rate=rate,
                    low=low,
                    high=high,
                )
            )
    return tuple(found)


def trend(earlier: Iterable[Findings]) -> tuple[TrendPoint, ...]:
    """The primary cells of earlier editions, oldest week first."""
    return tuple(
        TrendPoint.of(cell)
        for findings in sorted(earlier, key=lambda findings: findings.week)
        for cell in findings.cells
        if cell.primary
    )
