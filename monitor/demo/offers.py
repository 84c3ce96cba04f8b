"""Sellers and offers of one simulated platform: all follows from seed, stock number and week.

A stock number stands for goods that one seller keeps on sale. They are listed for some weeks, are
gone for some, and come back under another id and wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from monitor.config import week_start
from monitor.demo.randomness import RandomStream, hash_of
from monitor.demo.titles import compose_title, seller_name
from monitor.demo.vocabulary import GoodsVocabulary, Product

DOMESTIC_STOCK, FOREIGN_STOCK = 180, 80
"""Stock numbers of one product on one platform, by the sort of seller who holds them."""
STOCK = DOMESTIC_STOCK + FOREIGN_STOCK
_DOMESTIC_SELLERS, _FOREIGN_SELLERS = 70, 12
_POSING_SELLERS = 4
_IMPORTERS = 5
"""Foreign sellers of one product."""
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
ENGLISH_NAMES = {"Korea Selatan": "South Korea", "Jepang": "Japan"}


class Visibility(StrEnum):
    """On which public page a foreign seller can first be recognised."""

    result_page = "result_page"
    own_page = "own_page"
    nowhere = "nowhere"


@dataclass(frozen=True)
class Seller:
    """A shop. ``country`` is where it truly ships from, in the words of ``COUNTRIES``.

    Result pages name no place for a ``silent`` one. ``visibility`` is None for a domestic seller.
    """

    id: int
    name: str
    country: str
    city: str
    official: bool
    silent: bool
    visibility: Visibility | None

    @property
    def foreign(self) -> bool:
        """Whether goods come from abroad."""
        return self.visibility is not None


@dataclass(frozen=True)
class Offer:
    """One listing in one week. ``place`` is the location on result pages, ``own_place`` on its own,
    ``late_place`` there when it is asked for again in the week.

    A place is an Indonesian town, a foreign country, or None where the page says nothing.
    Prices are whole rupiah; ``filed_under`` is the product under which the seller filed it.
    """

    stock_number: int
    item_id: int
    title: str
    product: Product
    filed_under: Product
    seller: Seller
    place: str | None
    own_place: str | None
    late_place: str | None
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
        return self.seller.visibility in (Visibility.result_page, Visibility.own_page)

    @property
    def openly_foreign(self) -> bool:
        """Whether the result page already shows that it ships from abroad."""
        return self.seller.visibility is Visibility.result_page


def week_number(week: str) -> int:
    """Weeks since 2000, for a week such as ``2026-W47``; raises ``ValueError`` for earlier ones."""
    number = (week_start(week).date() - _EPOCH).days // 7
    if number < 0:
        raise ValueError(f"{week}: the simulated catalogue begins in 2000")
    return number


class Stock:
    """All goods of one platform under one seed.

    ``names_countries``: its result pages name foreign countries; ``sells_from_abroad``: everybody
    there does; ``churning``: goods are listed for one to six weeks and gone for one or two.
    """

    def __init__(
        self,
        seed: int,
        platform: str,
        vocabulary: GoodsVocabulary,
        *,
        names_countries: bool,
        sells_from_abroad: bool = False,
        churning: bool = False,
    ) -> None:
        self._key = (seed, platform)
        self._vocabulary = vocabulary
        self._plain_products = [p for p in vocabulary.product if p.shelf is None]
        self._names_countries = names_countries
        self._sells_from_abroad = sells_from_abroad
        self._lengths, self._gaps = ((3, 7), (1, 2)) if churning else ((7, 40), (0, 3))
        # Item ids are stock numbers multiplied modulo a prime: unlike each other, and reversible.
        self._factor = hash_of(*self._key, "ids") % (_PRIME - 2) + 1
        self._inverse = pow(self._factor, -1, _PRIME)
        self._cycles: dict[int, tuple[int, int, int]] = {}
        self.offer = lru_cache(maxsize=30_000)(self._offer)
        self.seller = lru_cache(maxsize=None)(self._seller)

    def numbers(self, product: int, *, foreign: bool) -> range:
        """Stock numbers of a product (its index in the vocabulary) that one sort of sellers has."""
        start = product * STOCK
        if foreign:
            return range(start + DOMESTIC_STOCK, start + STOCK)
        return range(start, start + DOMESTIC_STOCK)

    def foreign_sellers(self, product: int, week: int) -> set[Seller]:
        """The foreign sellers with a product (its index in the vocabulary) on sale in a week."""
        sellers: set[Seller] = set()
        for number in self.numbers(product, foreign=True):
            if self.life(number, week) is not None:
                lasting = RandomStream(*self._key, "good", number)
                lasting.random()  # as in ``_offer``, where the price is drawn before the seller
                within = number % STOCK
                sellers.add(self._seller_of(self._vocabulary.product[product], within, lasting))
            if len(sellers) == _IMPORTERS:
                break
        return sellers

    def life(self, number: int, week: int) -> int | None:
        """Which listing of a stock number is on sale in a week, from 0; None while it is gone."""
        cycle = self._cycles.get(number)
        if cycle is None:
            stream = RandomStream(*self._key, "life", number)
            length = stream.whole(*self._lengths)
            shift, gap = stream.whole(0, length), stream.whole(*self._gaps)
            cycle = self._cycles[number] = (length, shift, gap)
        length, shift, gap = cycle
        return (week + shift) // length if (week + shift) % length >= gap else None

    def number(self, item_id: int) -> int:
        """The stock number that is listed under an id."""
        return self._decoded(item_id)[0]

    def goods(self, item_id: int) -> int | None:
        """The stock number that is, was or will be listed under an id; None of no such id."""
        number = self.number(item_id) if 0 < item_id < _PRIME else -1
        return number if 0 <= number < len(self._vocabulary.product) * STOCK else None

    def _decoded(self, item_id: int) -> tuple[int, int]:
        """Stock number and life of an id."""
        return divmod(item_id * self._inverse % _PRIME - 1, _LIVES)

    def find(self, item_id: int, week: int) -> Offer | None:
        """The offer with this id, None where there is none or not in this week."""
        if not 0 < item_id < _PRIME:
            return None
        number, life = self._decoded(item_id)
        if number >= len(self._vocabulary.product) * STOCK or self.life(number, week) != life:
            return None
        return self.offer(number, week)

    def _offer(self, number: int, week: int) -> Offer:
        """The offer of a stock number in a week; raises ``LookupError`` while it is gone."""
        life = self.life(number, week)
        if life is None:
            raise LookupError(f"stock {number} is not on sale in week {week}")
        products, phrases = self._vocabulary.product, self._vocabulary.phrases
        index, within = divmod(number, STOCK)
        product = products[index]
        lasting = RandomStream(*self._key, "good", number)
        seller = self._seller_of(product, within, lasting)
        low, high = product.price
        base_price: float = low * (high / low) ** lasting.random()
        base_price *= 0.7 if seller.foreign else 1.0
        place, own_place = self._places(seller, lasting)
        misfiled = lasting.chance(0.04) and product.shelf is None
        filed_under = lasting.pick(self._plain_products) if misfiled else product
        fame = lasting.random() ** 4
        brand = lasting.pick(phrases.brand) if lasting.chance(0.2) else None
        listed = RandomStream(*self._key, "listed", number, life)
        title = compose_title(product, phrases, listed, foreign=seller.foreign)
        span = lasting.whole(3, 10)
        tag = RandomStream(*self._key, "price", number, (week + lasting.whole(0, span)) // span)
        price = round(base_price * tag.between(0.93, 1.07) / 100) * 100
        full = round(price * tag.between(1.1, 2.2) / 1000) * 1000 if tag.chance(0.5) else price
        this_week = RandomStream(*self._key, "now", number, week)
        reviews = int(fame * 4000) + this_week.whole(0, 5)
        return Offer(
            stock_number=number,
            item_id=(number * _LIVES + life + 1) * self._factor % _PRIME,
            title=title,
            product=product,
            filed_under=filed_under,
            seller=seller,
            place=place,
            own_place=own_place,
            late_place=own_place or self._late_place(seller, number),
            price=price,
            full_price=max(full, price),
            rating=round(this_week.between(4.0, 5.0), 2) if reviews > 2 else None,
            reviews=reviews,
            sold=reviews * lasting.whole(2, 6),
            stock=this_week.whole(1, 900),
            brand=brand,
        )

    def _seller_of(self, product: Product, within: int, stream: RandomStream) -> Seller:
        """Who holds the stock number ``within`` a product: of its sellers, some hold far more."""
        if within < DOMESTIC_STOCK:
            index = int(stream.random() ** 2 * _DOMESTIC_SELLERS)
            return self.seller(product.cluster, index, False)
        everybody = range(_FOREIGN_SELLERS)
        importers = RandomStream(*self._key, "importers", product.id).shuffled(everybody)[
            :_IMPORTERS
        ]
        index = importers[int(stream.random() ** 2 * len(importers))]
        return self.seller(product.cluster, index, True)

    def _seller(self, cluster: str, index: int, foreign: bool) -> Seller:
        """A seller of a cluster; foreign ones are ``posing`` as local from a certain index on."""
        stream = RandomStream(*self._key, "seller", cluster, index, foreign)
        posing = (
            foreign and not self._sells_from_abroad and index >= _FOREIGN_SELLERS - _POSING_SELLERS
        )
        return Seller(
            id=400_000_000_000 + stream.whole(0, 999_999_999),
            name=seller_name(self._vocabulary.phrases, stream, foreign=foreign, posing=posing),
            country=stream.pick(_ABROAD) if foreign else "Indonesia",
            city=self._town(stream),
            official=stream.chance(0.08),
            silent=stream.chance(0.4 if foreign else 0.12),
            visibility=self._visibility(index) if foreign else None,
        )

    def _visibility(self, index: int) -> Visibility:
        """Where the foreign seller of this index can first be recognised."""
        if self._sells_from_abroad:
            return Visibility.own_page
        if index == _FOREIGN_SELLERS - 1:
            return Visibility.nowhere
        if index >= _FOREIGN_SELLERS - _POSING_SELLERS or not self._names_countries:
            return Visibility.own_page
        return Visibility.result_page

    def _town(self, stream: RandomStream) -> str:
        if stream.chance(0.6):
            return f"Kota {stream.pick(self._vocabulary.towns.cities)}"
        return f"Kab. {stream.pick(self._vocabulary.towns.regencies)}"

    def _late_place(self, seller: Seller, number: int) -> str | None:
        """What an own page that named no place names when it is asked for again."""
        stays_silent = RandomStream(*self._key, "late", number).chance(0.04)
        return None if stays_silent else seller.city

    def _places(self, seller: Seller, stream: RandomStream) -> tuple[str | None, str | None]:
        """What result page and own page say of where an offer ships from."""
        if seller.visibility is Visibility.result_page:
            return seller.country, seller.country
        place = None if seller.silent or self._sells_from_abroad else seller.city
        if seller.visibility is Visibility.own_page:
            return place, seller.country
        return place, None if seller.silent and stream.chance(0.1) else seller.city
