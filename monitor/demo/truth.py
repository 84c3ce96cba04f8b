"""The truth behind the simulated pages: breach shares of a week and the right answer of a label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from monitor.config import week_start
from monitor.demo.catalogue import Catalogue
from monitor.demo.foreign_shares import World
from monitor.demo.offers import COUNTRIES, Offer, Visibility
from monitor.demo.shops import SHOPS
from monitor.model import (
    Answer,
    Classification,
    Cluster,
    Condition,
    CrossBorder,
    Listing,
    PlannedUnit,
    Policy,
    PolicyScope,
    Prohibited,
    Question,
    UnitRecord,
)
from monitor.registry import Registry, applicable, forbids, primary, question_of


class TrueShare(TypedDict):
    """The true share of positions in breach; ``share`` and ``tolerance`` in [0, 1].

    ``primary``: the cell's policy carries the verdict.
    """

    week: str
    platform: str
    cluster: str
    policy: str
    share: float
    tolerance: float
    primary: bool


class TruePage(TypedDict):
    """The offers on one result page of an entry in a week, by item id, in their order.

    ``answered``: the page was read, so that its offers were seen. ``foreign`` are the offers whose
    result page (``open``) or own page shows that they ship from abroad, ``forbidden`` those of them
    that a policy in force forbids; among used clothing those that it forbids whoever sells them.
    ``hidden`` ones ship from abroad and no page shows it. Of ``misjudged`` ones people say the
    opposite.
    """

    week: str
    platform: str
    cluster: str
    entry: str
    page: int
    answered: bool
    offers: list[str]
    foreign: list[str]
    open: list[str]
    forbidden: list[str]
    hidden: list[str]
    misjudged: list[str]


class TrueChanges(TypedDict):
    """What became of a platform's forbidden offers since the week ``since``, by item id.

    Only the panel counts, the ``entries`` that answered in both weeks. ``new`` offers stand on it
    and were seen in no week before, ``relisted`` ones of these as goods that had another id.
    ``gone`` offers stood on it the week before and were seen nowhere this week. ``off_sale`` ones
    were seen in any entry in any week before and are no longer offered, as their own pages say.
    ``misjudged`` are the offers of which all this may be said although they are not forbidden, by
    the words of these changes: those that people misjudge.
    """

    week: str
    since: str
    platform: str
    entries: int
    new: list[str]
    relisted: list[str]
    gone: list[str]
    off_sale: list[str]
    misjudged: dict[str, list[str]]


class TrueSellers(TypedDict):
    """How many ``sellers`` of a platform its result pages call foreign in a week, seen or not.

    Of the ``clusters`` of which the plan has category pages as a second way of looking.
    """

    week: str
    platform: str
    clusters: list[str]
    sellers: int


def true_sellers(
    catalogue: Catalogue, week: str, second_way: Iterable[PlannedUnit]
) -> list[TrueSellers]:
    """The true numbers of foreign sellers, of each platform with a second way of looking."""
    clusters: defaultdict[str, set[Cluster]] = defaultdict(set)
    for unit in second_way:
        clusters[unit.platform].add(unit.cluster)
    return [
        TrueSellers(
            week=week,
            platform=platform,
            clusters=sorted(groups),
            sellers=len(catalogue.open_sellers(platform, groups, week)),
        )
        for platform, groups in sorted(clusters.items())
    ]


def truth(
    catalogue: Catalogue, week: str, units: Sequence[PlannedUnit], positions: int | None = None
) -> list[TrueShare]:
    """The true shares over exactly the positions of ``units``, by platform × cluster × policy.

    ``positions`` counts only the first ones of each page. A position counts
    ``weight / probability`` times, as in the mean over the frame. An offer counts where a public
    page shows that it ships from abroad, or that it is imported used clothing, and the policy
    forbids it. A policy that leaves an offer undecided (no rate of the day, duties of information)
    has no share and is left out, and so is one that asks something else than the cluster does.
    """
    registry, moment = catalogue.registry, week_start(week)
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
        primary_policy = primary(registry, platform, cluster, moment)
        for policy in applicable(registry, platform, moment):
            if question_of(policy) is not cluster.question:
                continue
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
                        tolerance=policy.tolerance,
                        primary=policy == primary_policy,
                    )
                )
    return shares


def true_pages(catalogue: Catalogue, records: Iterable[UnitRecord]) -> list[TruePage]:
    """What planned result pages truly show, whether or not they answered."""
    return [_true_page(catalogue, record) for record in records]


def _true_page(catalogue: Catalogue, record: UnitRecord) -> TruePage:
    unit, registry = record.unit, catalogue.registry
    shop, moment = SHOPS[unit.platform], week_start(unit.week)
    size = registry.platforms[unit.platform].page_size
    results = catalogue.results(unit.platform, unit.query, unit.week, unit.page, size)
    offers = {shop.item_id(shown.offer): shown.offer for shown in results.shown}
    foreign = {item_id: offer for item_id, offer in offers.items() if offer.recognisable}
    breaches = [
        _Breaches(registry, policy, unit.platform, moment)
        for policy in applicable(registry, unit.platform, moment)
        if question_of(policy) is unit.cluster.question
    ]
    of_goods = unit.cluster.question is Question.used_clothing
    return TruePage(
        week=unit.week,
        platform=unit.platform,
        cluster=unit.cluster.value,
        entry=unit.entry_id,
        page=unit.page,
        answered=record.state.speaks,
        offers=list(offers),
        foreign=list(foreign),
        open=[item_id for item_id, offer in foreign.items() if offer.openly_foreign],
        forbidden=[
            item_id
            for item_id, offer in (offers if of_goods else foreign).items()
            if any(policy.forbidden(offer) for policy in breaches)
        ],
        hidden=[
            item_id
            for item_id, offer in offers.items()
            if offer.seller.visibility is Visibility.nowhere
        ],
        misjudged=[
            item_id
            for item_id, offer in offers.items()
            if catalogue.is_misjudged(unit.platform, offer)
        ],
    )


def true_changes(catalogue: Catalogue, weeks: Sequence[Sequence[TruePage]]) -> list[TrueChanges]:
    """What changed from the last but one to the last of consecutive weeks, by platform.

    Used clothing is not compared.
    """
    *earlier_weeks, pages = (
        [page for page in week if page["cluster"] != Cluster.used_clothing] for week in weeks
    )
    if not earlier_weeks:
        return []
    changes: list[TrueChanges] = []
    for platform in sorted({page["platform"] for page in pages}):
        now, before, *older = (
            [page for page in week if page["platform"] == platform and page["answered"]]
            for week in (pages, *reversed(earlier_weeks))
        )
        panel = {page["entry"] for page in now} & {page["entry"] for page in before}
        seen_before = {
            item for week in (before, *older) for page in week for item in page["offers"]
        }
        seen_now = {item for page in now for item in page["offers"]}
        number = SHOPS[platform].number
        week = now[0]["week"] if now else pages[0]["week"]
        changed: dict[str, dict[str, list[str]]] = {}
        for kind in ("forbidden", "misjudged"):
            known = {item for at in (before, *older) for item in _items(at, kind)}
            changed[kind] = {
                "new": sorted(_items(now, kind, panel) - seen_before),
                "gone": sorted(_items(before, kind, panel) - seen_now),
                "off_sale": sorted(
                    item for item in known if not catalogue.find(platform, number(item), week)
                ),
            }
        new = changed["forbidden"]["new"]
        goods_before = {catalogue.goods(platform, number(item)) for item in seen_before}
        changes.append(
            TrueChanges(
                week=week,
                since=earlier_weeks[-1][0]["week"],
                platform=platform,
                entries=len(panel),
                new=new,
                relisted=[
                    item for item in new if catalogue.goods(platform, number(item)) in goods_before
                ],
                gone=changed["forbidden"]["gone"],
                off_sale=changed["forbidden"]["off_sale"],
                misjudged=changed["misjudged"],
            )
        )
    return changes


def _items(pages: Iterable[TruePage], kind: str, entries: Set[str] | None = None) -> set[str]:
    """The offers of a kind (``forbidden``, …) on pages, of some entries where they are given."""
    shown = (page for page in pages if entries is None or page["entry"] in entries)
    return {item for page in shown for item in page[kind]}  # type: ignore[literal-required]


class Oracle:
    """Knows the label of every listing: what a careful person reads on its own page."""

    def __init__(self, registry: Registry, seed: int, world: World = World.plain) -> None:
        self._catalogue = Catalogue(seed, registry, world)

    def label(
        self,
        platform: str,
        item_id: str,
        week: str,
        *,
        again: bool = False,
        question: Question = Question.cross_border,
    ) -> tuple[Answer, Cluster]:
        """The right answer to a question about it, and its cluster; raises ``LookupError``.

        A foreign seller whom no public page gives away is answered ``no``, a page that names no
        place at all ``cannot_tell``; of an offer that everybody misjudges the opposite is said.
        ``again``: its own page was asked for again in the week.
        """
        offer = self._offer(platform, item_id, week)
        if question is Question.used_clothing:
            misjudged = self._catalogue.is_misjudged(platform, offer)
            is_used = offer.product.used_import is not misjudged
            return Answer.yes if is_used else Answer.no, offer.product.cluster
        if (offer.late_place if again else offer.own_place) is None:
            return Answer.cannot_tell, offer.product.cluster
        is_yes = offer.recognisable is not self._catalogue.is_misjudged(platform, offer)
        return Answer.yes if is_yes else Answer.no, offer.product.cluster

    def says_used_import(self, platform: str, item_id: str, week: str) -> bool:
        """Whether its pages have words of used and imported goods, whatever people make of them;
        raises ``LookupError``."""
        return self._offer(platform, item_id, week).product.used_import

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
        if question_of(self._policy) is Question.used_clothing and not offer.product.used_import:
            return False  # used clothes without a word of import, or no clothes
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
        condition=offer.product.condition or Condition.unknown,
        prohibited=Prohibited.used_clothing if offer.product.used_import else None,
    )
