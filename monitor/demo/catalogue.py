"""What every simulated platform sells and shows for a query in a week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from monitor.demo.foreign_shares import (
    COUNTRY_ON_RESULT_PAGES,
    World,
    cluster_shares,
    entry_shares,
    seasonal_factor,
    used_shares,
)
from monitor.demo.offers import Offer, Stock, Visibility, week_number
from monitor.demo.randomness import hash_of, splitmix64, uniform
from monitor.demo.vocabulary import canonical, tokens, vocabulary
from monitor.model import Cluster
from monitor.registry import Registry, page_url

LAST_PAGE = 10
MISJUDGED_DOMESTIC, MISJUDGED_FOREIGN = 0.02, 0.1
"""Shares of the offers of which people say the opposite, in the world ``hard``."""
REFUSED_PAGES = 0.25
"""The share of a platform's pages that it refuses at most, in the world ``refusing``."""
_STRAY_SHARE, _NEIGHBOUR_SHARE, _SPONSORED_SHARE = 0.05, 0.02, 0.06


@dataclass(frozen=True)
class ShownOffer:
    """An offer at a position of a result page (``rank`` from 0)."""

    rank: int
    offer: Offer
    sponsored: bool


@dataclass(frozen=True)
class ResultPage:
    """One result page; ``total`` is the number of results that the site claims."""

    query: str
    page: int
    shown: tuple[ShownOffer, ...]
    total: int


@dataclass(frozen=True)
class _Topic:
    """Products for a query, by index: answers, those that share a word, strays, and the others.

    ``forbidden`` are those that nobody may offer: where there are any, they hold the share that
    foreign sellers hold elsewhere, and no foreign seller is shown.
    """

    cluster: Cluster
    answers: tuple[int, ...]
    neighbours: tuple[int, ...]
    strays: tuple[int, ...]
    others: tuple[int, ...]
    forbidden: tuple[int, ...] = ()


class Catalogue:
    """The simulated offers of all platforms of a registry under one seed.

    Queries of the frame always have a full page; a query that neither the frame nor the
    vocabulary knows has none.
    """

    def __init__(self, seed: int, registry: Registry, world: World = World.plain) -> None:
        self.seed = seed
        self.world = world
        self.registry = registry
        self._products = vocabulary().product
        self._stocks = {
            platform.id: Stock(
                seed,
                platform.id,
                vocabulary(),
                names_countries=platform.id in COUNTRY_ON_RESULT_PAGES,
                sells_from_abroad=platform.role == "reference",
                churning=world is World.churning,
            )
            for platform in registry.platforms.values()
        }
        self._clusters = {
            (entry.platform, canonical(entry.query)): entry.cluster
            for entry in registry.frame.entries
        }
        # Apart from those of the list, whose shares are drawn among themselves.
        self._categories = {
            (entry.platform, canonical(entry.query)): entry.cluster
            for entry in registry.frame.second_way
        }
        self._category_queries = {
            (entry.platform, entry.query.rpartition("/")[2]): entry.query
            for entry in registry.frame.second_way
        }
        self.cluster_shares = cluster_shares(seed, registry, world)
        for platform, share in used_shares(seed, registry, world).items():
            self.cluster_shares[platform, Cluster.used_clothing] = share
        self._entry_shares = self._shares_of_entries()
        self.results = lru_cache(maxsize=4_000)(self._results)

    def find(self, platform: str, item_id: int, week: str) -> Offer | None:
        """The offer with this number on a platform, None where it is not on sale in the week."""
        stock = self._stocks.get(platform)
        return stock.find(item_id, week_number(week)) if stock else None

    def stock_number(self, platform: str, item_id: int) -> int | None:
        """The goods under a number of a platform, in any week; None where there are none."""
        stock = self._stocks.get(platform)
        return stock.goods(item_id) if stock else None

    def category(self, platform: str, number: str) -> str:
        """The category page of a platform that has this id; empty where the frame has none."""
        return self._category_queries.get((platform, number), "")

    def open_sellers(self, platform: str, clusters: Collection[Cluster], week: str) -> set[int]:
        """Sellers whom a platform's result pages call foreign, by their ids.

        Of all offers on sale in a week that the frame's entries of some groups may lead to,
        whichever page they stand on. A group in which foreign sellers hold no position has none.
        """
        frame, stock, at = self.registry.frame, self._stocks[platform], week_number(week)
        products: set[int] = set()
        for entry in (*frame.entries, *frame.second_way):
            topic = None
            if entry.platform == platform and entry.cluster in clusters:
                topic = self._topic(platform, canonical(entry.query))
            if topic and self.cluster_shares[platform, topic.cluster]:
                products.update(topic.answers, topic.neighbours, topic.strays)
        sellers = (seller for product in products for seller in stock.foreign_sellers(product, at))
        return {seller.id for seller in sellers if seller.visibility is Visibility.result_page}

    def goods(self, platform: str, item_id: int) -> int:
        """The stock number behind an offer's number, which its later offers share."""
        return self._stocks[platform].number(item_id)

    def is_misjudged(self, platform: str, offer: Offer) -> bool:
        """Whether everybody who reads an offer's page says the opposite of what it says."""
        if self.world is not World.hard:
            return False
        is_yes = offer.recognisable or offer.product.used_import
        share = MISJUDGED_FOREIGN if is_yes else MISJUDGED_DOMESTIC
        return uniform(self.seed, platform, offer.stock_number, "misjudged") < share

    def refused_pages(self, platform: str, week: str) -> frozenset[str]:
        """The addresses of the result pages of the frame that a platform refuses in a week.

        They have more recognisable foreign offers than the other pages, and at least one.
        """
        if self.world is not World.refusing or platform not in self._stocks:
            return frozenset()
        settings = self.registry.platforms[platform]
        foreign: dict[str, int] = {}
        for entry in self.registry.frame.entries:
            for page in range(1, entry.pages + 1) if entry.platform == platform else ():
                results = self.results(platform, entry.query, week, page, settings.page_size)
                url = page_url(settings, entry.kind, entry.query, page)
                foreign[url] = sum(shown.offer.recognisable for shown in results.shown)
        ranked = sorted(foreign.values(), reverse=True)
        most_shown = ranked[int(REFUSED_PAGES * len(ranked))] if ranked else 0
        return frozenset(url for url, count in foreign.items() if count > most_shown)

    def _results(self, platform: str, query: str, week: str, page: int, size: int) -> ResultPage:
        """Result page ``page`` (from 1) with up to ``size`` positions; any spelling of a query."""
        key = canonical(query)
        topic = self._topic(platform, key)
        if topic is None or not 1 <= page <= LAST_PAGE:
            return ResultPage(query, page, (), 0)
        ranked = self._ranked(platform, key, week_number(week), topic, page * size)
        total = 300 + hash_of(self.seed, platform, key, "total") % 40_000
        return ResultPage(query, page, ranked[(page - 1) * size :], total)

    def _shares_of_entries(self) -> dict[tuple[str, str], float]:
        """The foreign share of each entry of the frame, by platform and canonical query."""
        queries: defaultdict[tuple[str, Cluster], list[str]] = defaultdict(list)
        for (platform, query), cluster in self._clusters.items():
            queries[platform, cluster].append(query)
        shares: dict[tuple[str, str], float] = {}
        for (platform, cluster), group in queries.items():
            share = self.cluster_shares[platform, cluster]
            for query, entry_share in entry_shares(self.seed, platform, share, group).items():
                shares[platform, query] = entry_share
        return shares

    def _foreign_share(self, platform: str, query: str, week: int, cluster: Cluster) -> float:
        """The share of a query's positions that foreign sellers hold in a week."""
        share = self._entry_shares.get((platform, query))
        if share is None:
            share = self.cluster_shares[platform, cluster]
        if share in (0.0, 1.0) or self.world is World.tolerance:
            return share
        return min(0.95, share * seasonal_factor(self.seed, platform, query, week))

    def _topic(self, platform: str, query: str) -> _Topic | None:
        """Which products answer a query; None where neither frame nor vocabulary knows it."""
        words = set(tokens(query))
        hits = [len(words.intersection(product.search)) for product in self._products]
        named = [
            index
            for index, product in enumerate(self._products)
            if hits[index] and product.shelf is None
        ]
        cluster = self._clusters.get((platform, query)) or self._categories.get((platform, query))
        if cluster is None:
            if not named:
                return None
            cluster = self._products[max(named, key=hits.__getitem__)].cluster
        shelf = sorted(
            (
                index
                for index, product in enumerate(self._products)
                if not product.echoes
                and not product.used_import
                and cluster in (product.shelf or product.cluster, Cluster.unknown)
            ),
            key=lambda index: uniform(self.seed, query, index),
        )
        most = max(hits[index] for index in shelf)
        answers = [index for index in shelf if most and hits[index] == most] or shelf[:6]
        return _Topic(
            cluster=cluster,
            answers=tuple(answers),
            neighbours=tuple(index for index in named if index not in shelf),
            strays=tuple(i for i, stray in enumerate(self._products) if cluster in stray.echoes),
            others=tuple(index for index in shelf if index not in answers),
            forbidden=tuple(
                index
                for index, product in enumerate(self._products)
                if product.used_import and product.shelf is cluster
            ),
        )

    def _ranked(
        self, platform: str, query: str, week: int, topic: _Topic, positions: int
    ) -> tuple[ShownOffer, ...]:
        """The offers at the first positions of a query's results."""
        share = self._foreign_share(platform, query, week, topic.cluster)
        queues = {
            (foreign, products): self._on_sale(platform, query, week, products, foreign)
            for products in {
                topic.answers,
                topic.neighbours,
                topic.strays,
                topic.others,
                topic.forbidden,
            }
            for foreign in (False, True)
        }
        shown: list[ShownOffer] = []
        for rank in range(positions):
            foreign = uniform(self.seed, platform, query, rank, "whose") < share
            chance = uniform(self.seed, platform, query, rank, "what")
            preferred = topic.answers
            if chance < _STRAY_SHARE:
                preferred = topic.strays
            elif chance < _STRAY_SHARE + _NEIGHBOUR_SHARE:
                preferred = topic.neighbours
            if foreign and topic.forbidden:
                foreign, preferred = False, topic.forbidden
            for products in (preferred, topic.answers, topic.others):
                offer = next(queues[foreign, products], None)
                if offer is not None:
                    chance = uniform(self.seed, platform, query, rank, "ad")
                    shown.append(ShownOffer(rank, offer, chance < _SPONSORED_SHARE))
                    break
        return tuple(shown)

    def _on_sale(
        self, platform: str, query: str, week: int, products: tuple[int, ...], foreign: bool
    ) -> Iterator[Offer]:
        """One sort of sellers' offers of the products in a week, in the query's own order."""
        stock = self._stocks[platform]
        numbers = [
            number
            for product in products
            for number in stock.numbers(product, foreign=foreign)
            if stock.life(number, week) is not None
        ]
        salt = hash_of(self.seed, platform, query, "order")
        for number in sorted(numbers, key=lambda number: splitmix64(number ^ salt)):
            yield stock.offer(number, week)
