"""The truth behind the simulated pages: breach shares of a week and the right answer of a label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from monitor.config import week_start
from monitor.demo.catalogue import Catalogue
from monitor.demo.foreign_shares import World
from monitor.demo.offers import COUNTRIES, Offer
from monitor.demo.shops import SHOPS
from monitor.model import (
    Answer,
    Classification,
    Cluster,
    CrossBorder,
    Listing,
    PlannedUnit,
    Policy,
    PolicyScope,
)
from monitor.registry import Registry, applicable, forbids


class TrueShare(TypedDict):
    """The true share of positions in breach; ``share`` in [0, 1]."""

    week: str
    platform: str
    cluster: str
    policy: str
    share: float


def truth(
    registry: Registry,
    seed: int,
    week: str,
    units: Sequence[PlannedUnit],
    positions: int | None = None,
    world: World = World.plain,
) -> list[TrueShare]:
    """The true shares over exactly the positions of ``units``, by platform × cluster × policy.

    ``positions`` counts only the first ones of each page. A position counts
    ``weight / probability`` times, as in the mean over the frame. An offer counts where a public
    page shows that it ships from abroad and the policy forbids it. A policy that leaves an offer
    undecided (no rate of the day, duties of information) has no share and is left out.
    """
    catalogue = Catalogue(seed, registry, world)
    moment = week_start(week)
    cells: defaultdict[tuple[str, Cluster], list[tuple[float, Offer]]] = defaultdict(list)
    for unit in units:
        size = registry.platforms[unit.platform].page_size
        page = catalogue.results(unit.platform, unit.query, unit.week, unit.page, size)
        weight = unit.weight / unit.probability
        cells[unit.platform, unit.cluster] += (
            (weight, shown.offer) for shown in page.shown[:positions]
        )
    shares: list[TrueShare] = []
    for (platform, cluster), offers in cells.items():
        total_weight = sum(weight for weight, _ in offers)
        for policy in applicable(registry, platform, moment):
            breaches = _Breaches(registry, policy, platform, moment)
            decided = [(weight, breaches.forbidden(offer)) for weight, offer in offers]
            if total_weight and not any(forbidden is None for _, forbidden in decided):
                breaching_weight = sum(weight for weight, forbidden in decided if forbidden)
                shares.append(
                    TrueShare(
                        week=week,
                        platform=platform,
                        cluster=cluster.value,
                        policy=policy.id,
                        share=breaching_weight / total_weight,
                    )
                )
    return shares


class Oracle:
    """Knows the right label of every listing: what a careful person reads on its own page."""

    def __init__(self, registry: Registry, seed: int, world: World = World.plain) -> None:
        self._catalogue = Catalogue(seed, registry, world)

    def label(self, platform: str, item_id: str, week: str) -> tuple[Answer, Cluster]:
        """Whether a foreign seller offers it, and its cluster; raises ``LookupError``.

        A foreign seller whom no public page gives away is answered ``no``, a page that names no
        place at all ``cannot_tell``.
        """
        offer = self._offer(platform, item_id, week)
        if offer.own_place is None:
            return Answer.cannot_tell, offer.product.cluster
        return Answer.yes if offer.recognisable else Answer.no, offer.product.cluster

    def commodity(self, platform: str, item_id: str, week: str) -> str:
        """The category of the registry that it truly is; raises ``LookupError``."""
        return self._offer(platform, item_id, week).product.category

    def _offer(self, platform: str, item_id: str, week: str) -> Offer:
        offer = self._catalogue.find(platform, SHOPS[platform].number(item_id), week)
        if offer is None:
            raise LookupError(f"{platform} {item_id}: not on sale in {week}")
        return offer


class _Breaches:
    """Which offers a policy forbids; those that are alike to it are asked about once."""

    def __init__(self, registry: Registry, policy: Policy, platform: str, moment: datetime) -> None:
        self._registry = registry
        self._policy, self._platform, self._moment = policy, platform, moment
        self._answers: dict[tuple[str, bool, int | None], bool | None] = {}

    def forbidden(self, offer: Offer) -> bool | None:
        """Whether the policy forbids the offer, None where that cannot be told."""
        priced = self._policy.scope is PolicyScope.price_floor
        key = (offer.product.id, offer.recognisable, offer.price if priced else None)
        if key not in self._answers:
            self._answers[key] = forbids(
                self._policy,
                _listing(self._platform, offer),
                _classification(offer),
                self._moment,
                self._registry.rates,
                self._registry.categories,
            )
        return self._answers[key]


def _listing(platform: str, offer: Offer) -> Listing:
    """An offer as a careful reader of its own page would record it."""
    shop = SHOPS[platform]
    return Listing(
        platform=platform,
        item_id=shop.item_id(offer),
        title=offer.title,
        price=Decimal(shop.price(offer)),
        currency=shop.currency,
        ship_from=offer.own_place,
        ship_from_country=COUNTRIES[offer.seller.country],
    )


def _classification(offer: Offer) -> Classification:
    """What an offer truly is, as far as a public page shows it."""
    return Classification(
        cluster=offer.product.cluster,
        cluster_score=1.0,
        cross_border=CrossBorder.cross_border if offer.recognisable else CrossBorder.domestic,
        cross_border_score=1.0,
        classifier="truth",
        category=offer.product.category,
    )
