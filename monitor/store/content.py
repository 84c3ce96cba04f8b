"""Which content makes a listing version, and money as integers.

A label depends on what an offer is and who makes it from where, so these make a new version:
title, price and currency, seller id and name, official store, ship-from and its country, the
platform's flags, condition, category, brand, address and picture. Rank, advertisement, units sold
and rating drift each minute and stand with the observation. Of addresses only the path counts:
their query strings carry tokens of the visit, and image hosts rotate.
"""

from __future__ import annotations

import hashlib
import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
from babel.numbers import get_currency_precision

from monitor.model import Listing
from monitor.store.errors import StoreError

_TEXTS = (
    "title",
    "url",
    "image_url",
    "seller_name",
    "ship_from",
    "category_id",
    "category_path",
    "brand",
)
_PLAIN = (
    "currency",
    "official_store",
    "ship_from_country",
    "cross_border_flag",
    "imported_flag",
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ADDRESS = re.compile(r"https?://([\w.-]+(?::\d+)?)(/[!-\"$->@-~]*)?(?:[?#][!-~]*)?", re.ASCII)
"""An address whose host and path need no more than to be cut out: printable ASCII, no brackets."""
_INT32, _INT64, _DECIMALS = 2**31 - 1, 2**63 - 1, 18


@lru_cache(maxsize=50_000)
def to_minor(price: Decimal, currency: str | None) -> tuple[int, int]:
    """``(price in minor units, minor units in one unit)``, without loss.

    The unit has the decimals of the currency (ISO 4217 by CLDR: two for IDR), two where the
    currency is unknown, and more where the price has more. Raises ``ValueError`` for a price that
    is negative, not finite, or too large for 64 bits.
    """
    if not price.is_finite() or price < 0:
        raise ValueError(f"{price} is not a price")
    if not -_DECIMALS < price.adjusted() <= _DECIMALS:
        raise ValueError(f"{price} is too large or too small to be a price")
    _, figures, power = price.as_tuple()
    assert isinstance(power, int)
    coefficient = int("".join(map(str, figures)))
    # Not Decimal.normalize(), which rounds to 28 figures.
    while power < 0 and coefficient % 10 == 0:
        coefficient, power = coefficient // 10, power + 1
    digits = max(get_currency_precision(currency) if currency else 2, -power)
    minor = coefficient * 10 ** (power + digits)
    if max(minor, 10**digits) > _INT64:
        raise ValueError(f"{price} is too large or has too many decimals to be a price")
    return minor, 10**digits


def from_minor(minor: int, per_unit: int) -> Decimal:
    """The price again: no decimals where it is whole, else all of its currency's."""
    whole, rest = divmod(minor, per_unit)
    if not rest:
        return Decimal(whole)
    digits = len(str(per_unit)) - 1
    return Decimal(f"{whole}.{rest:0{digits}d}")


def clean(text: str | None) -> str | None:
    """Text that both databases can hold: NUL and lone surrogates become U+FFFD."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def content(listing: Listing) -> dict[str, Any]:
    """The columns of a listing version, with its hash; raises ``StoreError`` naming the field."""
    texts = {name: clean(getattr(listing, name)) for name in _TEXTS}
    minor, per_unit = None, None
    if listing.price is not None:
        try:
            minor, per_unit = to_minor(listing.price, listing.currency)
        except ValueError as error:
            raise _wrong(listing, "price", str(error)) from error
    _check(listing, texts["title"])
    row: dict[str, Any] = {name: getattr(listing, name) for name in _PLAIN} | texts
    row["category"] = row.pop("category_id")
    return row | {
        "price_minor": minor,
        "minor_per_unit": per_unit,
        "condition": listing.condition,
        "version": _hash_of(listing, texts),
    }


def content_hash(listing: Listing) -> str:
    """SHA-256, hex, over what makes a version of a listing."""
    return _hash_of(listing, {name: clean(getattr(listing, name)) for name in _TEXTS})


def _hash_of(listing: Listing, texts: dict[str, str | None]) -> str:
    """The same, of a listing whose texts were made storable before."""
    price = None
    if listing.price is not None:
        price = str(from_minor(*to_minor(listing.price, listing.currency)))
    fields: dict[str, Any] = {name: getattr(listing, name) for name in _PLAIN} | texts
    ids = ("platform", "item_id", "currency", "seller_id")
    fields |= {name: clean(getattr(listing, name)) for name in ids}
    fields |= {
        "price": price,
        "url": _place(texts["url"], host=True),
        "image_url": _place(texts["image_url"], host=False),
    }
    # Left out where no page shows it, so that versions of before it was read keep their hashes.
    if listing.condition is not None:
        fields["condition"] = listing.condition
    return hashlib.sha256(msgspec.json.encode(fields, order="sorted")).hexdigest()


def _place(url: str | None, *, host: bool) -> str | None:
    if url is None:
        return None
    if plain := _ADDRESS.fullmatch(url):
        return (plain[1].lower() if host else "") + (plain[2] or "")
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return (parts.netloc.lower() if host else "") + parts.path


def _check(listing: Listing, title: str | None) -> None:
    if not listing.item_id:
        raise _wrong(listing, "item_id", "is empty")
    if not title:
        raise _wrong(listing, "title", "is empty")
    if listing.currency is not None and not re.fullmatch(r"[A-Z]{3}", listing.currency):
        raise _wrong(listing, "currency", f"{listing.currency!r} is not an ISO 4217 code")
    country = listing.ship_from_country
    if country is not None and not re.fullmatch(r"[A-Z]{2}", country):
        raise _wrong(listing, "ship_from_country", f"{country!r} is not an ISO 3166-1 alpha-2 code")
    for name, largest in (("rank", _INT32), ("sold", _INT64)):
        count = getattr(listing, name)
        if count is not None and not 0 <= count <= largest:
            raise _wrong(listing, name, f"{count} is not a count")
    if listing.rating is not None and not math.isfinite(listing.rating):
        raise _wrong(listing, "rating", f"{listing.rating} is not a number")


def _wrong(listing: Listing, field: str, problem: str) -> StoreError:
    return StoreError(f"{listing.platform} listing {listing.item_id}: {field}: {problem}")
