"""Sellers and offers of one simulated platform: all of it follows from seed, stock number and week.

A stock number stands for one good that one seller keeps on sale. It is listed for some weeks, is
gone for some, and comes back under another id and wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from monitor.config import week_start
from monitor.demo.dice import Dice, digest
from monitor.demo.titles import compose, shop_name
from monitor.demo.words import Kind, Words

DOMESTIC_STOCK, FOREIGN_STOCK = 180, 80
STOCK = DOMESTIC_STOCK + FOREIGN_STOCK
_DOMESTIC_SELLERS, _FOREIGN_SELLERS = 70, 12
_LIVES = 1000
_PRIME = 2**31 - 1
_EPOCH = date(2000, 1, 3)
_ABROAD = ("China", "China", "China", "China", "Hong Kong", "Korea Selatan", "Jepang", "Malaysia")
COUNTRIES = {
    "China": "CN",
    "Hong Kong": "HK",
    "Korea Selatan": "KR",
    "Jepang": "JP",
    "Malaysia": "MY",
    "Indonesia": "ID",
}


class Seen(StrEnum):
    """Where a foreign seller can be recognised: result page, own page, or nowhere."""

    results = "results"
    detail = "detail"
    never = "never"


@dataclass(frozen=True)
class Seller:
    """A shop. ``country`` is where it truly ships from, in the words of ``COUNTRIES``.

    Result pages name no place for a ``silent`` one.
    """

    id: int
    name: str
    country: str
    city: str
    official: bool
    silent: bool
    seen: Seen | None

    @property
    def foreign(self) -> bool:
        """Whether goods come from abroad."""
        return self.seen is not None


@dataclass(frozen=True)
class Offer:
    """One listing in one week. ``place`` is the location on result pages, ``own_place`` on its own.

    A place is an Indonesian town, a foreign country, or None where the page says nothing.
    Prices are whole rupiah; ``shelf`` is the kind under which the seller filed it.
    """

    number: int
    item_id: int
    title: str
    kind: Kind
    shelf: Kind
    seller: Seller
    place: str | None
    own_place: str | None
    price: int
    full_price: int
    rating: float | None
    reviews: int
    sold: int
    stock: int
    brand: str | None

    @property
    def recognisable(self) -> bool:
        """Whether a public page shows that it ships from abroad."""
        return self.seller.seen in (Seen.results, Seen.detail)

    @property
    def open(self) -> bool:
        """Whether the result page already shows it."""
        return self.seller.seen is Seen.results


def week_number(week: str) -> int:
    """Weeks since 2000, for a week such as ``2026-W47``; raises ``ValueError``."""
    number = (week_start(week).date() - _EPOCH).days // 7
    if number < 0:
        raise ValueError(f"{week}: the simulated catalogue begins in 2000")
    return number


class Stock:
    """All goods of one platform under one seed."""

    def __init__(
        self, seed: int, platform: str, words: Words, *, speaks: bool, abroad: bool = False
    ) -> None:
        """``speaks``: result pages name foreign places; ``abroad``: everybody sells from abroad."""
        self._key = (seed, platform)
        self._words = words
        self._speaks = speaks
        self._abroad = abroad
        self._factor = digest(*self._key, "ids") % (_PRIME - 2) + 1
        self._inverse = pow(self._factor, -1, _PRIME)
        self._lives: dict[int, tuple[int, int, int]] = {}
        self.offer = lru_cache(maxsize=30_000)(self._offer)
        self.seller = lru_cache(maxsize=None)(self._seller)

    def numbers(self, kind: int, *, foreign: bool) -> range:
        """Stock numbers of a kind (its place in the vocabulary) that one sort of sellers holds."""
        start = kind * STOCK
        if foreign:
            return range(start + DOMESTIC_STOCK, start + STOCK)
        return range(start, start + DOMESTIC_STOCK)

    def life(self, number: int, week: int) -> int | None:
        """Which listing of the good is on sale in a week, counted from 0; None while it is gone."""
        known = self._lives.get(number)
        if known is None:
            dice = Dice(*self._key, "life", number)
            length = dice.whole(7, 40)
            known = self._lives[number] = (length, dice.whole(0, length), dice.whole(0, 3))
        length, shift, gap = known
        return (week + shift) // length if (week + shift) % length >= gap else None

    def find(self, item_id: int, week: int) -> Offer | None:
        """The offer with this id, None where there is none or not in this week."""
        if not 0 < item_id < _PRIME:
            return None
        number, life = divmod(item_id * self._inverse % _PRIME - 1, _LIVES)
        if number >= len(self._words.kind) * STOCK or self.life(number, week) != life:
            return None
        return self.offer(number, week)

    def _offer(self, number: int, week: int) -> Offer:
        life = self.life(number, week)
        if life is None:
            raise LookupError(f"stock {number} is not on sale in week {week}")
        place, within = divmod(number, STOCK)
        kind = self._words.kind[place]
        lasting = Dice(*self._key, "good", number)
        seller = self._whose(kind, within, lasting)
        price = self._price(kind, lasting, foreign=seller.foreign)
        shown, own = self._places(seller, lasting)
        shelf = lasting.pick(self._words.kind) if lasting.chance(0.04) else kind
        fame = lasting.random() ** 4
        brand = lasting.pick(self._words.speech.brand) if lasting.chance(0.2) else None
        listed = Dice(*self._key, "listed", number, life)
        title = compose(kind, self._words.speech, listed, foreign=seller.foreign)
        span = lasting.whole(3, 10)
        tag = Dice(*self._key, "price", number, (week + lasting.whole(0, span)) // span)
        price = round(price * tag.between(0.93, 1.07) / 100) * 100
        full = round(price * tag.between(1.1, 2.2) / 1000) * 1000 if tag.chance(0.5) else price
        now = Dice(*self._key, "now", number, week)
        reviews = int(fame * 4000) + now.whole(0, 5)
        return Offer(
            number=number,
            item_id=(number * _LIVES + life + 1) * self._factor % _PRIME,
            title=title,
            kind=kind,
            shelf=shelf,
            seller=seller,
            place=shown,
            own_place=own,
            price=price,
            full_price=max(full, price),
            rating=round(now.between(4.0, 5.0), 2) if reviews > 2 else None,
            reviews=reviews,
            sold=reviews * lasting.whole(2, 6),
            stock=now.whole(1, 900),
            brand=brand,
        )

    def _whose(self, kind: Kind, within: int, dice: Dice) -> Seller:
        if within < DOMESTIC_STOCK:
            return self.seller(kind.cluster, int(dice.random() ** 2 * _DOMESTIC_SELLERS), False)
        few = Dice(*self._key, "importers", kind.id).shuffled(range(_FOREIGN_SELLERS))[:5]
        return self.seller(kind.cluster, few[int(dice.random() ** 2 * len(few))], True)

    def _seller(self, cluster: str, index: int, foreign: bool) -> Seller:
        dice = Dice(*self._key, "seller", cluster, index, foreign)
        posing = foreign and not self._abroad and index >= _FOREIGN_SELLERS - 4
        seen = self._visibility(index) if foreign else None
        return Seller(
            id=400_000_000_000 + dice.whole(0, 999_999_999),
            name=shop_name(self._words.speech, dice, foreign=foreign, posing=posing),
            country=dice.pick(_ABROAD) if foreign else "Indonesia",
            city=self._town(dice),
            official=dice.chance(0.08),
            silent=dice.chance(0.4 if foreign else 0.12),
            seen=seen,
        )

    def _visibility(self, index: int) -> Seen:
        if self._abroad:
            return Seen.detail
        if index == _FOREIGN_SELLERS - 1:
            return Seen.never
        if index >= _FOREIGN_SELLERS - 4 or not self._speaks:
            return Seen.detail
        return Seen.results

    def _town(self, dice: Dice) -> str:
        places = self._words.places
        if dice.chance(0.6):
            return f"Kota {dice.pick(places.cities)}"
        return f"Kab. {dice.pick(places.regencies)}"

    def _places(self, seller: Seller, dice: Dice) -> tuple[str | None, str | None]:
        if seller.seen is Seen.results:
            return seller.country, seller.country
        shown = None if seller.silent or self._abroad else seller.city
        if seller.seen is Seen.detail:
            return shown, seller.country
        return shown, None if seller.silent and dice.chance(0.1) else seller.city

    @staticmethod
    def _price(kind: Kind, dice: Dice, *, foreign: bool) -> float:
        low, high = kind.price
        price: float = low * (high / low) ** dice.random()
        return price * (0.7 if foreign else 1.0)
