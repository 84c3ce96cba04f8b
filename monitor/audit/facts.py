"""What an annotator sees of a listing: the frozen words of both pages, nothing of the screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal

from monitor.audit.words import Words
from monitor.config import JAKARTA
from monitor.model import DetailVisit, Listing, Observation, UnitState, Value

PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


class Fact(Value):
    """One line of evidence: what the result page and the listing's own page said."""

    name: str
    found: str | None
    own: str | None
    differs: bool


class Evidence(Value):
    """A listing's evidence on a page. ``picture`` is the path of a kept screenshot."""

    title: str
    own_title: str | None
    platform: str
    facts: tuple[Fact, ...]
    found_on: str
    own_on: str | None
    own_missing: str | None
    picture: Path | None


def evidence(
    seen: Observation, visit: DetailVisit | None, folder: Path, platform: str, words: Words
) -> Evidence:
    """The evidence of a drawn listing; ``visit`` None where its own page was not visited."""
    own = visit.listing if visit else None
    first = _lines(seen.listing, own, words)
    second = _lines(own, seen.listing, words) if own else {}
    facts = tuple(
        Fact(
            name=words[f"fact.{name}"],
            found=first.get(name),
            own=second.get(name),
            differs=name in _TELLING and _differ(first.get(name), second.get(name)),
        )
        for name in _NAMES
        if first.get(name) or second.get(name)
    )
    return Evidence(
        title=seen.listing.title,
        own_title=own.title if own and own.title != seen.listing.title else None,
        platform=platform,
        facts=facts,
        found_on=_moment(seen.observed_at, words),
        own_on=_moment(visit.visited_at, words) if visit and own else None,
        own_missing=None if own else _why(visit, words),
        picture=_picture(visit, folder),
    )


_NAMES = (
    "seller", "ship_from", "flag", "imported", "official", "price", "category", "brand",
    "rating", "sold",
)  # fmt: skip


_TELLING = {"seller", "ship_from", "flag", "imported", "official", "price"}


def _lines(listing: Listing, other: Listing | None, words: Words) -> Mapping[str, str | None]:
    return {
        "price": _price(listing, words),
        "seller": _seller(listing, other),
        "official": _yes_no(listing.official_store, words),
        "ship_from": listing.ship_from or listing.ship_from_country,
        "flag": _yes_no(listing.cross_border_flag, words),
        "imported": _yes_no(listing.imported_flag, words),
        "category": listing.category_path,
        "brand": listing.brand,
        "rating": None if listing.rating is None else _number(listing.rating, words),
        "sold": None if listing.sold is None else _number(listing.sold, words),
    }


def _seller(listing: Listing, other: Listing | None) -> str | None:
    """The seller's name; where this page has only a number, the name that the other gives it."""
    if listing.seller_name or listing.seller_id is None:
        return listing.seller_name
    if other and other.seller_id == listing.seller_id and other.seller_name:
        return other.seller_name
    return f"no. {listing.seller_id}"


def _price(listing: Listing, words: Words) -> str | None:
    if listing.price is None:
        return None
    if listing.currency is None:
        return _number(listing.price, words)
    plain = "¤\xa0#,##0.##" if listing.price == listing.price.to_integral_value() else None
    return str(format_currency(listing.price, listing.currency, plain, locale=words.language,
                               currency_digits=plain is None))  # fmt: skip


def _number(value: float | Decimal, words: Words) -> str:
    return str(format_decimal(value, locale=words.language))


def _yes_no(value: bool | None, words: Words) -> str | None:
    return None if value is None else words["fact.yes" if value else "fact.no"]


def _differ(first: str | None, second: str | None) -> bool:
    return bool(first and second and first.casefold() != second.casefold())


def _moment(at: datetime | None, words: Words) -> str:
    if at is None:
        return words["undated"]
    pattern = "d MMM y, HH.mm" if words.language == "id" else "d MMM y, HH:mm"
    when = format_datetime(at, pattern, tzinfo=JAKARTA, locale=words.language)
    return f"{when} WIB"


def _why(visit: DetailVisit | None, words: Words) -> str:
    if visit is None:
        return words["own_not_visited"]
    state = "unparseable" if visit.state is UnitState.sampled else visit.state.value
    return words[f"own_{state}"]


def _picture(visit: DetailVisit | None, folder: Path) -> Path | None:
    if visit is None or not visit.screenshot:
        return None
    path = (folder / visit.screenshot).resolve()
    inside = path.is_relative_to(folder.resolve()) and path.suffix.lower() in PICTURES
    return path if inside and path.is_file() else None
