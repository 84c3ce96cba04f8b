"""Which keys a platform's listings carry: new ones that no field reads, lost ones that one does.

A key is told by what earlier runs stored of the platform, so no list of known keys is kept by hand.
"""

from __future__ import annotations

from collections.abc import Mapping

from monitor.crawl.spider import PlatformSpider
from monitor.model import Value

COMMON = 0.5
"""Share of listings from which a key is told when it appears or vanishes."""
LEAST_LISTINGS = 30
"""Listings from which their keys are compared."""
NAMED = 8
"""Keys that a line names; more are counted."""


class KeyChanges(Value):
    """Keys that listings never had and no field reads; and those they lost that a field reads.

    A key that no field reads takes nothing with it when it goes.
    ``shares`` are the shares of listings that have each key, as they are to be compared next time.
    """

    shares: dict[str, float]
    unread: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = {"keys nobody reads": self.unread, "keys that vanished": self.vanished}
        return "; ".join(f"{what}: {_named(keys)}" for what, keys in told.items() if keys)


def compared(
    spider: type[PlatformSpider],
    keys: Mapping[str, int],
    listings: int,
    earlier: Mapping[str, float],
) -> KeyChanges:
    """What changed in the keys of ``listings`` against ``earlier`` shares.

    ``keys`` counts the listings that have each key. Without earlier shares, or with fewer than
    ``LEAST_LISTINGS``, nothing has changed.
    """
    if listings < LEAST_LISTINGS:
        return KeyChanges(shares=dict(earlier))
    shares = {key: number / listings for key, number in keys.items()}
    read = spider.keys_read()
    changes = KeyChanges(shares=dict.fromkeys(earlier, 0.0) | shares)
    if not earlier:
        return changes
    unread = {
        key
        for key, share in shares.items()
        if share >= COMMON and key not in earlier and _last(key) not in read
    }
    vanished = {
        key
        for key, share in earlier.items()
        if share >= COMMON and key not in shares and _last(key) in read
    }
    return KeyChanges(
        shares=changes.shares, unread=_outermost(unread), vanished=_outermost(vanished)
    )


def _last(key: str) -> str:
    """The name of a key without those that it stands in."""
    return key.rpartition(".")[2]


def _outermost(keys: set[str]) -> tuple[str, ...]:
    """The keys without those that stand in another one of them."""
    return tuple(sorted(key for key in keys if key.partition(".")[0] not in keys - {key}))


def _named(keys: tuple[str, ...]) -> str:
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    return ", ".join(keys[:NAMED]) + more
