"""The table of median prices of a platform's page: commodity and origin, from week to week."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from monitor.model import MedianPrice, Value

if TYPE_CHECKING:
    from .archive import ArchivedEdition

COMMODITIES, WEEKS = 12, 6
"""How many commodities and weeks the table shows at most."""


class PriceRow(Value):
    """A commodity from one origin. ``medians`` are those of the weeks, the newest first, None where
    too few shops told a price; ``interval`` and ``n`` are of the newest week."""

    commodity: str
    origin: str
    medians: tuple[str | None, ...]
    interval: str
    n: int


def price_rows(editions: Sequence[ArchivedEdition], platform: str) -> list[PriceRow]:
    """The rows of a platform from the newest edition of each week, the newest week first.

    Commodities that the newest week knows from both origins come first, then those of more offers.
    """
    weeks = [
        {
            (price.category, price.origin): price
            for price in edition.findings.prices
            if price.platform == platform
        }
        for edition in editions[:WEEKS]
    ]
    newest = weeks[0] if weeks else {}
    offers: dict[str, list[MedianPrice]] = {}
    for (category, _), price in newest.items():
        offers.setdefault(category, []).append(price)
    order = sorted(offers, key=lambda c: (-len(offers[c]), -sum(p.n for p in offers[c]), c))
    rows = []
    for category in order[:COMMODITIES]:
        for price in sorted(offers[category], key=lambda price: price.origin, reverse=True):
            messages = editions[0].msg
            medians = [week.get((category, price.origin)) for week in weeks]
            limits = [messages.money(_whole(limit), "IDR") for limit in (price.low, price.high)]
            rows.append(
                PriceRow(
                    commodity=messages.category_name(category),
                    origin=messages(f"price.{price.origin}"),
                    medians=tuple(
                        messages.money(_whole(at.median), "IDR") if at else None for at in medians
                    ),
                    interval="–".join(limits),
                    n=price.n,
                )
            )
    return rows


def _whole(amount: float) -> Decimal:
    """An amount in whole rupiah."""
    return Decimal(round(amount))
