"""What every simulated platform sells and shows for a query in a week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from monitor.demo.dice import digest, mixed, roll
from monitor.demo.levels import SPOKEN, breach_levels, entry_levels, season
from monitor.demo.offers import Offer, Stock, week_number
from monitor.demo.words import canonical, tokens, words
from monitor.model import Cluster
from monitor.registry import Registry

LAST_PAGE = 10
_STRAY, _NEIGHBOUR, _SPONSORED = 0.05, 0.02, 0.06


@dataclass(frozen=True)
class Shown:
    """An offer on a place (``rank`` from 0)."""

    rank: int
    offer: Offer
    sponsored: bool


@dataclass(frozen=True)
class Results:
    """One result page; ``total`` is the number of results that the site claims."""

    query: str
    page: int
    shown: tuple[Shown, ...]
    total: int


@dataclass(frozen=True)
class _Topic:
    """What a query is about: kinds that answer it, others that share a word, strays, the rest.

    Kinds are given by their places in the vocabulary.
    """

    cluster: Cluster
    answers: tuple[int, ...]
    neighbours: tuple[int, ...]
    strays: tuple[int, ...]
    rest: tuple[int, ...]


class Catalogue:
    """The simulated offers of all platforms of a registry under one seed.

    Queries of the frame always have a full page; a query that neither the frame nor the
    vocabulary knows has none.
    """

    def __init__(self, seed: int, registry: Registry) -> None:
        self.seed = seed
        self.registry = registry
        self._kinds = words().kind
        self._stocks = {
            each.id: Stock(
                seed,
                each.id,
                words(),
                speaks=each.id in SPOKEN,
                abroad=each.role == "reference",
            )
            for each in registry.platforms.values()
        }
        self._entries = {
            (entry.platform, canonical(entry.query)): entry.cluster
            for entry in registry.frame.entries
        }
        self.levels = breach_levels(seed, registry)
        self._shares = self._entry_shares()
        self.results = lru_cache(maxsize=4_000)(self._results)

    def find(self, platform: str, item_id: int, week: str) -> Offer | None:
        """The offer with this number on a platform, None where it is not on sale in the week."""
        stock = self._stocks.get(platform)
        return stock.find(item_id, week_number(week)) if stock else None

    def _results(self, platform: str, query: str, week: str, page: int, size: int) -> Results:
        """Result page ``page`` (from 1) with up to ``size`` places for a query in any spelling."""
        key = canonical(query)
        topic = self._topic(platform, key)
        if topic is None or not 1 <= page <= LAST_PAGE:
            return Results(query, page, (), 0)
        number = week_number(week)
        ranked = self._ranked(platform, key, number, topic, page * size)
        total = 300 + digest(self.seed, platform, key, "total") % 40_000
        return Results(query, page, ranked[(page - 1) * size :], total)

    def _entry_shares(self) -> dict[tuple[str, str], float]:
        groups: dict[tuple[str, Cluster], list[str]] = {}
        for (platform, query), cluster in self._entries.items():
            groups.setdefault((platform, cluster), []).append(query)
        return {
            (platform, query): share
            for (platform, cluster), queries in groups.items()
            for query, share in entry_levels(
                self.seed, platform, self.levels[platform, cluster], queries
            ).items()
        }

    def _share(self, platform: str, query: str, week: int, topic: _Topic) -> float:
        share = self._shares.get((platform, query))
        if share is None:
            share = self.levels[platform, topic.cluster]
        if share in (0.0, 1.0):
            return share
        return min(0.95, share * season(self.seed, platform, query, week))

    def _topic(self, platform: str, query: str) -> _Topic | None:
        asked = set(tokens(query))
        found = [len(asked.intersection(kind.search)) for kind in self._kinds]
        named = [place for place, words_found in enumerate(found) if words_found]
        cluster = self._entries.get((platform, query))
        if cluster is None:
            if not named:
                return None
            cluster = self._kinds[max(named, key=found.__getitem__)].cluster
        shelf = self._shelf(cluster, query)
        best = max(found[place] for place in shelf)
        answers = [place for place in shelf if best and found[place] == best] or shelf[:6]
        return _Topic(
            cluster=cluster,
            answers=tuple(answers),
            neighbours=tuple(place for place in named if place not in shelf),
            strays=tuple(p for p, kind in enumerate(self._kinds) if cluster in kind.echoes),
            rest=tuple(place for place in shelf if place not in answers),
        )

    def _shelf(self, cluster: Cluster, query: str) -> list[int]:
        own = [
            place
            for place, kind in enumerate(self._kinds)
            if not kind.echoes and cluster in (kind.cluster, Cluster.unknown)
        ]
        return sorted(own, key=lambda place: roll(self.seed, query, place))

    def _ranked(
        self, platform: str, query: str, week: int, topic: _Topic, places: int
    ) -> tuple[Shown, ...]:
        share = self._share(platform, query, week, topic)
        order = {
            foreign: {
                kinds: self._order(platform, query, week, kinds, foreign)
                for kinds in {topic.answers, topic.neighbours, topic.strays, topic.rest}
            }
            for foreign in (False, True)
        }
        shown: list[Shown] = []
        for rank in range(places):
            foreign = roll(self.seed, platform, query, rank, "whose") < share
            what = roll(self.seed, platform, query, rank, "what")
            first = topic.answers
            if what < _STRAY:
                first = topic.strays
            elif what < _STRAY + _NEIGHBOUR:
                first = topic.neighbours
            for kinds in (first, topic.answers, topic.rest):
                offer = next(order[foreign][kinds], None)
                if offer is not None:
                    sponsored = roll(self.seed, platform, query, rank, "ad") < _SPONSORED
                    shown.append(Shown(rank, offer, sponsored))
                    break
        return tuple(shown)

    def _order(
        self, platform: str, query: str, week: int, kinds: tuple[int, ...], foreign: bool
    ) -> Iterator[Offer]:
        stock = self._stocks[platform]
        on_sale = [
            number
            for kind in kinds
            for number in stock.numbers(kind, foreign=foreign)
            if stock.life(number, week) is not None
        ]
        salt = digest(self.seed, platform, query, "order")
        on_sale.sort(key=lambda number: mixed(number ^ salt))
        for number in on_sale:
            yield stock.offer(number, week)
