"""Sellers behind the offers of an edition: who comes again, and from where they say they ship."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from monitor.model import Case, FlaggedListing, Value

from .messages import shorten

RANKED = 100  # sellers that the page ranks


class SellerRecord(Value):
    """A seller with what is on record against them.

    ``key`` is the platform and the seller's id, or the name where the page tells no id. ``cases``
    counts the proven cases that were not withdrawn, ``open`` those of them that stand, ``weeks``
    the different weeks in which their offers were seen.
    """

    key: str
    platform: str
    name: str
    cases: int
    open: int
    weeks: int
    first_week: str | None
    last_week: str | None


def seller_league(cases: Iterable[Case]) -> tuple[SellerRecord, ...]:
    """Sellers with a proven case, by cases, then weeks; who is not told is in no row."""
    by_seller: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        seller = case.seller_key or case.seller_name
        if seller and case.is_proven and case.state != "withdrawn":
            by_seller[f"{case.platform}/{shorten(seller)}"].append(case)
    records = [_record(key, of_seller) for key, of_seller in by_seller.items()]
    return tuple(sorted(records, key=lambda record: (-record.cases, -record.weeks, record.key)))


def _record(key: str, cases: list[Case]) -> SellerRecord:
    """The record of a seller from their cases."""
    weeks = sorted({week for case in cases for week in case.weeks})
    return SellerRecord(
        key=key,
        platform=cases[0].platform,
        name=next((shorten(case.seller_name) for case in reversed(cases) if case.seller_name), ""),
        cases=len(cases),
        open=sum(case.is_open for case in cases),
        weeks=len(weeks),
        first_week=weeks[0] if weeks else None,
        last_week=weeks[-1] if weeks else None,
    )


def origins(evidence: Iterable[FlaggedListing]) -> Counter[str | None]:
    """Proven offers by place of dispatch as the platform writes it; None where it tells none."""
    return Counter(shorten(e.listing.ship_from) or None for e in evidence if e.is_proven)
