"""How one field of a listing is read from a payload node: a JMESPath and a converter.

A field is declared as ``number("price.number") | money("price")``: the first that finds something
counts, and what it finds must be readable. A converter returns None for what says nothing (an
empty text, an id of 0, a rating of 0) and raises ``ValueError`` for what it does not understand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import replace as with_otherwise
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit, urlunsplit

from babel.numbers import NumberFormatError, parse_decimal
from msgspec.structs import replace

from monitor.crawl.jmespaths import finder, names_in
from monitor.model import Condition, Listing, Money


@dataclass(frozen=True)
class Field:
    """A way to read one value from a node; ``a | b`` reads b where a finds nothing.

    ``keys`` are the names of all keys that it looks at.
    """

    find: Callable[[Any], Any]
    read: Callable[[Any], Any]
    keys: frozenset[str]
    otherwise: Field | None = None

    def __or__(self, other: Field) -> Field:
        otherwise = self.otherwise | other if self.otherwise else other
        return with_otherwise(self, otherwise=otherwise, keys=self.keys | other.keys)

    def __call__(self, node: Any) -> Any:
        """The value in the node or None; raises ``ValueError`` for one that cannot be read."""
        raw = self.find(node)
        converted = None if raw is None else self.read(raw)
        if converted is None and self.otherwise is not None:
            return self.otherwise(node)
        return converted


class Converter:
    """Reads a raw value of a payload; called with a JMESPath it makes a field that does so."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read
        self.__doc__ = read.__doc__

    def __call__(self, path: str) -> Field:
        return Field(finder(path), self.read, names_in(path))


# --- words and ids ----------------------------------------------------------------------------

LONGEST_TEXT = 4000
"""Characters that are kept of a text; titles of the platforms end at some hundred."""


@Converter
def text(raw: Any) -> str | None:
    """Text as the platform wrote it; blank is None. Half a surrogate pair becomes U+FFFD.

    Of a text longer than ``LONGEST_TEXT`` the beginning is kept, with "…" at its end.
    """
    if not isinstance(raw, str):
        raise ValueError(f"{raw!r:.60} is no text")
    if len(raw) > LONGEST_TEXT:
        raw = f"{raw[: LONGEST_TEXT - 1]}…"
    return _encodable(raw) if raw.strip() else None


def _encodable(raw: str) -> str:
    return raw if raw.isascii() else raw.encode("utf-8", "surrogatepass").decode(errors="replace")


@Converter
def ident(raw: Any) -> str | None:
    """An id, a text or a whole number, as text; blank and 0 are None."""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise ValueError(f"{raw!r:.60} is no id")
    word = _encodable(str(raw).strip())
    return word if word not in {"", "0"} else None


_NO_BRAND = {"tidak ada merek", "no brand", "lainnya", "0", "-"}


@Converter
def brand(raw: Any) -> str | None:
    """A brand's name; the platforms' words for "none" are None."""
    word = (text.read(raw) or "").strip()
    return None if word.casefold() in _NO_BRAND else word or None


@Converter
def trail(raw: Any) -> str | None:
    """A category path, given as a list or joined by ``/`` or ``>``, as ``A > B > C``."""
    steps = raw if isinstance(raw, list) else re.split(r"\s*[/>]\s*", text.read(raw) or "")
    return " > ".join(words for step in steps if (words := text.read(step))) or None


@Converter
def country(raw: Any) -> str | None:
    """An ISO 3166-1 alpha-2 code, where the platform itself gives one."""
    code: str | None = text.read(raw)
    if code and not re.fullmatch(r"[A-Z]{2}", code):
        raise ValueError(f"{code!r} is no country code")
    return code


# --- numbers ----------------------------------------------------------------------------------


_LARGEST = 9 * 10**12
"""Above any price or count that a page shows, in any currency; in millionths still below 2**63."""
_FINEST = Decimal("0.000001")


def _plain(amount: Decimal) -> Decimal | None:
    """An amount to six decimals, without zeros at its end; None for 0."""
    if not amount.is_finite() or not 0 <= amount < _LARGEST:
        raise ValueError(f"{amount:.6g} is no amount")
    amount, whole = amount.quantize(_FINEST), amount.to_integral_value()
    return (whole if whole == amount else amount.normalize()) or None


def _number(raw: Any) -> Decimal:
    """A number of the payload; as text only plain digits with a decimal point."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError(f"{raw!r:.60} is no number")
    if isinstance(raw, int) and abs(raw) > _LARGEST**2:
        raise ValueError("a number of that many digits is no amount")
    if isinstance(raw, str) and not re.fullmatch(r"\d{1,15}(\.\d{1,20})?", raw.strip()):
        raise ValueError(f"{raw!r:.60} is no number")
    return Decimal(str(raw).strip())


def number(path: str, *, per: int = 1, textual: bool = False) -> Field:
    """A price as a number of the payload, divided by ``per``; 0 and -1 (not shown) are None.

    A number written as text is refused unless ``textual`` says that this platform does so; of a
    range (``96.46 - 127.37``) it is the lower end.
    """

    @Converter
    def price(raw: Any) -> Decimal | None:
        """The number as the options say."""
        if isinstance(raw, str):
            if not textual:
                raise ValueError(f"{raw!r:.60} is a text, not a number")
            raw = raw.partition(" - ")[0].strip()
        if isinstance(raw, list | dict):
            raise ValueError(f"{raw!r:.60} is no number")
        return None if raw in {"", -1} else _plain(_number(raw) / per)

    return price(path)


NO_CURRENCY = "XXX"
"""ISO 4217's code for "no currency": the payload says that it does not know it."""


@Converter
def currency(raw: Any) -> str | None:
    """An ISO 4217 code; ``NO_CURRENCY`` where the platform writes that it is unknown."""
    code: str | None = text.read(raw)
    if code and code != "UNKNOWN" and not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(f"{code!r:.60} is no currency")
    return NO_CURRENCY if code == "UNKNOWN" else code


_SIGNS = {
    "rp": "IDR",
    "idr": "IDR",
    "us $": "USD",
    "us$": "USD",
    "$": "USD",
    "₱": "PHP",
    "rm": "MYR",
    "฿": "THB",
}
_MONEY = re.compile(rf"({'|'.join(map(re.escape, _SIGNS))})\s*([\d.,]{{1,25}})", re.IGNORECASE)


@Converter
def money(raw: Any) -> Money | Decimal | None:
    """A price as shown, with its sign (``Rp26.350``, ``US $2.54``); of a range the lower end."""
    return _shown_price(raw) if isinstance(raw, str) else _plain(_number(raw))


@lru_cache(maxsize=4096)
def _shown_price(raw: str) -> Money | Decimal | None:
    """A price as text; a page's prices are asked for twice, for the amount and for the sign."""
    words = raw.replace("\xa0", " ").strip()
    if not words:
        return None
    price = _MONEY.fullmatch(words.partition(" - ")[0].strip())
    if price is None:
        raise ValueError(f"{raw!r:.60} is no price")
    currency = _SIGNS[price[1].casefold()]
    locale = "id_ID" if currency == "IDR" else "en_US"
    try:
        amount = parse_decimal(price[2], locale=locale, strict=True)
    except NumberFormatError as error:
        raise ValueError(f"{raw!r:.60} is no price") from error
    plain = _plain(amount)
    return plain and Money(amount=plain, currency=currency)


@Converter
def sign(raw: Any) -> str | None:
    """The currency of a price as shown, by its sign."""
    price = money.read(raw)
    return price.currency if isinstance(price, Money) else None


_MULTIPLES = {"rb": 10**3, "k": 10**3, "ribu": 10**3, "jt": 10**6, "juta": 10**6, "m": 10**6}
_COUNT = re.compile(
    rf"(?:terjual\s+)?(\d[\d.,]{{0,20}})\s*({'|'.join(_MULTIPLES)})?\s*\+?\s*(?:terjual|sold|orders)?",
    re.IGNORECASE,
)


@Converter
def count(raw: Any) -> int | None:
    """A count, as number or as shown (``1rb+ terjual``, ``9,999+ Terjual``, ``3.0K sold``)."""
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < _LARGEST:
        return raw
    words = text.read(raw)
    if words is None:
        return None
    match = _COUNT.fullmatch(words.replace("\xa0", " ").strip())
    if match is None:
        raise ValueError(f"{raw!r:.60} is no count")
    digits, multiple = match[1].rstrip(".,"), (match[2] or "").lower()
    # Before a multiple a point or comma is a decimal mark ("1,6 rb"), else it parts thousands.
    if multiple:
        return int(_number(digits.replace(",", ".")) * _MULTIPLES[multiple])
    whole = int(re.sub(r"[.,]", "", digits))
    if whole >= _LARGEST:
        raise ValueError(f"{whole} is no count")
    return whole


@Converter
def rating(raw: Any) -> float | None:
    """A rating of at most 5 stars; 0 (nobody rated) is None."""
    stars = float(_number(raw)) if raw != "" else 0.0
    if not math.isfinite(stars) or not 0 <= stars <= 5:
        raise ValueError(f"{raw!r:.60} is no rating")
    return stars or None


class ContradictionError(ValueError):
    """Two parts of a payload say different things of one field."""


def agreeing(price: Field, shown: Field) -> Field:
    """The price as a number of the payload, held against the one that is ``shown`` beside it.

    Whichever is there counts. Raises ``ContradictionError`` where they differ by more than the
    rounding of the one that is shown.
    """

    def find(node: Any) -> Money | Decimal | None:
        """The number, with the currency that is shown where it is."""
        amount: Decimal | None = price(node)
        words: Money | Decimal | None = shown(node)
        if amount is None or not isinstance(words, Money):
            return words if amount is None else amount
        if abs(amount - words.amount) >= Decimal(1).scaleb(int(words.amount.as_tuple().exponent)):
            raise ContradictionError(f"{amount} beside {words.amount}")
        return replace(words, amount=amount)

    return Field(find, lambda found: found, price.keys | shown.keys)


# --- yes and no -------------------------------------------------------------------------------


@Converter
def flag(raw: Any) -> bool:
    """Yes or no, as a boolean or as 1 and 0."""
    if raw not in (0, 1, "0", "1"):
        raise ValueError(f"{raw!r:.60} is neither yes nor no")
    return bool(int(raw))


def filled(key: str) -> Field:
    """Whether the key holds anything; None where the node has no such key."""
    return Field(
        lambda node: bool(node[key]) if isinstance(node, Mapping) and key in node else None,
        bool,
        frozenset({key}),
    )


_CONDITIONS = {"baru": "new", "new": "new", "newcondition": "new"} | dict.fromkeys(
    ("bekas", "used", "usedcondition"), "used"
)


@Converter
def condition(raw: Any) -> Condition | None:
    """Whether goods are used or new, in a platform's words or in those of schema.org; any other
    word says nothing."""
    word = (text.read(raw) or "").rpartition("/")[2].strip().lower()
    return Condition(_CONDITIONS[word]) if word in _CONDITIONS else None


# --- addresses --------------------------------------------------------------------------------


def _absolute(raw: Any, base: str) -> SplitResult | None:
    """The parts of an absolute http(s) address; None for any other."""
    word = (text.read(raw) or "").strip()
    if word.startswith("//"):
        word = f"{base.partition(':')[0]}:{word}"
    parts = urlsplit(word)
    if not parts.scheme or not parts.netloc:
        parts = urlsplit(urljoin(base, word))
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None


def link(path: str, *, base: str = "https:", through: str | None = None) -> Field:
    """A product's own address, absolute, without query (tracking, and what robots.txt forbids).

    ``through`` names the query parameter in which an advertisement's address holds the target.
    """

    @Converter
    def stripped(raw: Any) -> str | None:
        """The address as the options say."""
        parts = _absolute(raw, base)
        if parts is None:
            return None
        if through and (target := parse_qs(parts.query).get(through)):
            parts = urlsplit(target[0])
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))

    return stripped(path)


def picture(path: str, *, base: str = "https:") -> Field:
    """An image's address, absolute, as given; a place-holder inside the page is None."""

    @Converter
    def shown(raw: Any) -> str | None:
        """The address with its query."""
        parts = _absolute(raw, base)
        return parts and parts.geturl()

    return shown(path)


def address(template: str) -> Field:
    """An address made of a node's keys: ``https://shopee.co.id/product/{shopid}/{itemid}``."""
    keys = re.findall(r"{(\w+)}", template)

    def find(node: Any) -> str | None:
        """The address, None where a key is missing."""
        words = {key: ident.read(node.get(key) or "") for key in keys}
        return template.format_map(words) if all(words.values()) else None

    return Field(find, text.read, frozenset(keys))


# --- a listing ----------------------------------------------------------------------------------


class Fields(dict[str, Field]):
    """How the fields of ``Listing`` are read; raises ``TypeError`` for one it does not have."""

    def __init__(self, **fields: Field) -> None:
        if wrong := fields.keys() - set(Listing.__struct_fields__):
            raise TypeError(f"{', '.join(sorted(wrong))}: not in Listing")
        super().__init__(fields)


SCHEMA_ORG = "\"@type\" == 'Product' && [merge(@, {offers: offers[0] || offers})]"
_OFFER = "offers.shippingDetails.shippingOrigin || offers.shippingDetails[0].shippingOrigin"

PRODUCT = Fields(
    item_id=ident("sku"),
    title=text("name"),
    url=link("url || offers.url"),
    image_url=picture("image[0] || image"),
    price=number("offers.price || offers.lowPrice", textual=True),
    currency=currency("offers.priceCurrency"),
    seller_name=text("offers.seller.name"),
    ship_from=text(f"({_OFFER}).[addressRegion, addressCountry][?@] | [0]"),
    ship_from_country=country(f"({_OFFER}).addressCountry"),
    brand=brand("brand.name || brand"),
    rating=rating("aggregateRating.ratingValue"),
    condition=condition("offers.itemCondition || itemCondition"),
)
"""A schema.org ``Product`` (https://schema.org/Product), which a listing's own page may carry."""
PRODUCT_DESCRIPTION = "\"@type\" == 'Product' && description"
"""Its description."""
