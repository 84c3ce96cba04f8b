"""What an annotator sees of a listing: the frozen words of both pages, nothing of the screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal

from monitor.config import JAKARTA
from monitor.model import DetailVisit, Listing, Observation, UnitState, Value
from monitor.web.messages import PageMessages

IMAGE_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
"""Subtypes of ``image`` by suffix."""
_TELLING = ("seller", "ship_from", "flag", "imported", "condition", "official", "price")
"""Facts of which a difference between the two pages is marked."""
_SHOWN = (*_TELLING, "category", "brand", "rating", "sold")


class Fact(Value):
    """One line of evidence: what the result page and the listing's own page said."""

    name: str
    result_page: str | None
    own_page: str | None
    differs: bool


class EvidenceFacts(Value):
    """A listing's evidence on a page. ``screenshot`` is the path of a kept one."""

    title: str
    own_title: str | None
    platform: str
    facts: tuple[Fact, ...]
    seen_on: str
    own_on: str | None
    own_missing: str | None
    screenshot: Path | None


def evidence_facts(
    observation: Observation,
    visit: DetailVisit | None,
    folder: Path,
    platform: str,
    messages: PageMessages,
) -> EvidenceFacts:
    """The evidence of a sampled listing; ``visit`` None where its own page was not visited."""
    listing, own_listing = observation.listing, visit.listing if visit else None
    on_result_page = _lines(listing, own_listing, messages)
    on_own_page = _lines(own_listing, listing, messages) if own_listing else {}
    own_title = own_listing.title if own_listing else None
    facts = []
    for name in _SHOWN:
        first, second = on_result_page.get(name), on_own_page.get(name)
        if first or second:
            differ = bool(first and second and first.casefold() != second.casefold())
            facts.append(
                Fact(
                    name=messages[f"fact.{name}"],
                    result_page=first,
                    own_page=second,
                    differs=name in _TELLING and differ,
                )
            )
    return EvidenceFacts(
        title=listing.title,
        own_title=own_title if own_title != listing.title else None,
        platform=platform,
        facts=tuple(facts),
        seen_on=moment(observation.observed_at, messages),
        own_on=moment(visit.visited_at, messages) if visit and own_listing else None,
        own_missing=None if own_listing else _why_missing(visit, messages),
        screenshot=_screenshot(visit, folder),
    )


def _lines(
    listing: Listing, other: Listing | None, messages: PageMessages
) -> Mapping[str, str | None]:
    """What one page says, by fact; ``other`` is the listing as the other page has it."""
    return {
        "price": _price(listing, messages),
        "seller": _seller(listing, other),
        "official": _yes_no(listing.official_store, messages),
        "ship_from": listing.ship_from or listing.ship_from_country,
        "flag": _yes_no(listing.cross_border_flag, messages),
        "imported": _yes_no(listing.imported_flag, messages),
        "condition": messages[f"fact.{listing.condition}"] if listing.condition else None,
        "category": listing.category_path,
        "brand": listing.brand,
        "rating": _number(listing.rating, messages),
        "sold": _number(listing.sold, messages),
    }


def _seller(listing: Listing, other: Listing | None) -> str | None:
    """The seller's name; where this page has only a number, the name that the other gives it."""
    if listing.seller_name or listing.seller_id is None:
        return listing.seller_name
    if other and other.seller_id == listing.seller_id and other.seller_name:
        return other.seller_name
    return f"no. {listing.seller_id}"


def _price(listing: Listing, messages: PageMessages) -> str | None:
    """The price in the language's way; whole amounts without decimals."""
    if listing.price is None or listing.currency is None:
        return _number(listing.price, messages)
    whole = listing.price == listing.price.to_integral_value()
    return str(
        format_currency(
            listing.price,
            listing.currency,
            "¤\xa0#,##0.##" if whole else None,
            locale=messages.language,
            currency_digits=not whole,
        )
    )


def _number(number: float | Decimal | None, messages: PageMessages) -> str | None:
    return None if number is None else str(format_decimal(number, locale=messages.language))


def _yes_no(flag: bool | None, messages: PageMessages) -> str | None:
    return None if flag is None else messages["fact.yes" if flag else "fact.no"]


def moment(at: datetime | None, messages: PageMessages) -> str:
    """A time as Jakarta's clocks show it: ``16 Nov 2026, 22.00 WIB``."""
    if at is None:
        return messages["undated"]
    pattern = "d MMM y, HH.mm" if messages.language == "id" else "d MMM y, HH:mm"
    return f"{format_datetime(at, pattern, tzinfo=JAKARTA, locale=messages.language)} WIB"


def _why_missing(visit: DetailVisit | None, messages: PageMessages) -> str:
    if visit is None:
        return messages["own_not_visited"]
    state = "unparseable" if visit.state is UnitState.sampled else visit.state.value
    return messages[f"own_{state}"]


def _screenshot(visit: DetailVisit | None, folder: Path) -> Path | None:
    """The kept screenshot of the own page, if it lies inside the evidence folder."""
    if visit is None or not visit.screenshot:
        return None
    path = (folder / visit.screenshot).resolve()
    inside = path.is_relative_to(folder.resolve()) and path.suffix.lower() in IMAGE_TYPES
    return path if inside and path.is_file() else None
