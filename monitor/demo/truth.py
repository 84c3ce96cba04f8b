"""The truth behind the simulated pages: breach shares of a week and the right answer of a label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from monitor.config import week_start
from monitor.demo.catalogue import Catalogue
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
    """The true share of places in breach; ``share`` in [0, 1]."""

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
    places: int | None = None,
) -> list[TrueShare]:
    """The true shares over exactly the places of ``units``, by platform × cluster × policy.

    A place counts ``weight / probability`` times, as in the mean over the frame.

    ``places`` counts only the first ones of each page. An offer counts where a public page shows
    that it ships from abroad and the policy forbids it. A policy that leaves an offer undecided
    (no rate of the day, duties of information) has no share and is left out.
    """
    catalogue = Catalogue(seed, registry)
    moment = week_start(week)
    cells: dict[tuple[str, Cluster], list[tuple[float, Offer]]] = {}
    for unit in units:
        held = _held(catalogue, unit, places)
        weight = unit.weight / unit.probability
        cells.setdefault((unit.platform, unit.cluster), []).extend((weight, each) for each in held)
    found: list[TrueShare] = []
    for (platform, cluster), offers in cells.items():
        whole = sum(weight for weight, _ in offers)
        for policy in applicable(registry, platform, moment):
            answers = _Answers(registry, policy, platform, moment)
            told = [(weight, answers.about(offer)) for weight, offer in offers]
            if whole and not any(answer is None for _, answer in told):
                found.append(
                    TrueShare(
                        week=week,
                        platform=platform,
                        cluster=cluster.value,
                        policy=policy.id,
                        share=sum(weight for weight, answer in told if answer) / whole,
                    )
                )
    return found


class Oracle:
    """Knows the right label of every listing: what a careful person reads on its own page."""

    def __init__(self, registry: Registry, seed: int) -> None:
        self._catalogue = Catalogue(seed, registry)

    def label(self, platform: str, item_id: str, week: str) -> tuple[Answer, Cluster]:
        """Whether a foreign seller offers it, and its cluster; raises ``LookupError``.

        A foreign seller whom no public page gives away is answered ``no``, a page that names no
        place at all ``cannot_tell``.
        """
        offer = self._catalogue.find(platform, SHOPS[platform].number(item_id), week)
        if offer is None:
            raise LookupError(f"{platform} {item_id}: not on sale in {week}")
        if offer.own_place is None:
            return Answer.cannot_tell, offer.kind.cluster
        return Answer.yes if offer.recognisable else Answer.no, offer.kind.cluster


def true_label(
    registry: Registry, seed: int, platform: str, item_id: str, week: str
) -> tuple[Answer, Cluster]:
    """``Oracle.label`` for a single question."""
    return Oracle(registry, seed).label(platform, item_id, week)


class _Answers:
    """What a policy says of offers; those that are alike for it are asked about once."""

    def __init__(self, registry: Registry, policy: Policy, platform: str, moment: datetime) -> None:
        self._policy, self._platform, self._moment = policy, platform, moment
        self._rates, self._categories = registry.rates, registry.categories
        self._known: dict[tuple[str, bool, int | None], bool | None] = {}

    def about(self, offer: Offer) -> bool | None:
        """Whether the policy forbids the offer, None where that cannot be told."""
        priced = self._policy.scope is PolicyScope.price_floor
        alike = (offer.kind.id, offer.recognisable, offer.price if priced else None)
        if alike not in self._known:
            listing, status = _listing(self._platform, offer), _status(offer)
            self._known[alike] = forbids(
                self._policy, listing, status, self._moment, self._rates, self._categories
            )
        return self._known[alike]


def _held(catalogue: Catalogue, unit: PlannedUnit, places: int | None) -> Iterator[Offer]:
    size = catalogue.registry.platforms[unit.platform].page_size
    page = catalogue.results(unit.platform, unit.query, unit.week, unit.page, size)
    return (each.offer for each in page.shown[:places])


def _listing(platform: str, offer: Offer) -> Listing:
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


def _status(offer: Offer) -> Classification:
    cross_border = CrossBorder.cross_border if offer.recognisable else CrossBorder.domestic
    return Classification(
        cluster=offer.kind.cluster,
        cluster_score=1.0,
        cross_border=cross_border,
        cross_border_score=1.0,
        classifier="truth",
        category=offer.kind.category,
    )
