"""Used clothing of the simulated shops: its truth, its screen, and the interval."""

from __future__ import annotations

import pytest

from monitor.classify.classifier import Classifier
from monitor.demo import Oracle, World
from monitor.demo.catalogue import Catalogue
from monitor.demo.shops import SHOPS
from monitor.model import Answer, Condition, Listing, Prohibited, Question
from monitor.registry import Registry
from tests.demo.used_clothing import WEEK, WORLDS, confirmed_registry, used_weeks

PLATFORM = "tokopedia"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return confirmed_registry()


def test_traps_are_sold_beside_used_clothes(registry: Registry) -> None:
    """People say no to all of them, and only what breaches is said to be imported used clothing."""
    catalogue, oracle = Catalogue(5, registry), Oracle(registry, 5)
    classifier, shop = Classifier.load(registry), SHOPS[PLATFORM]
    offers = {
        shown.offer.item_id: shown.offer
        for query in ("baju bekas", "jaket thrift", "thrift import")
        for shown in catalogue.results(PLATFORM, query, WEEK, 1, 60).shown
    }
    kinds = {offer.product.id for offer in offers.values()}
    assert {"bekas_impor", "bekas_pribadi", "gaya_thrift", "bekas_lain", "bekas_luka"} <= kinds
    flagged = 0
    for offer in offers.values():
        listing = Listing(platform=PLATFORM, item_id=shop.item_id(offer), title=offer.title)
        decision = classifier.classify(listing)
        answer, _ = oracle.label(PLATFORM, listing.item_id, WEEK, question=Question.used_clothing)
        assert (answer is Answer.yes) is offer.product.used_import
        is_candidate = decision.prohibited is Prohibited.used_clothing
        flagged += is_candidate
        if is_candidate:
            assert answer is Answer.yes, offer.title
        if offer.product.condition is Condition.new:
            assert decision.prohibited is None, offer.title
    assert flagged


def test_a_query_for_fashion_shows_none_of_them(registry: Registry) -> None:
    catalogue = Catalogue(5, registry)
    shown = catalogue.results(PLATFORM, "jaket pria", WEEK, 1, 60).shown
    assert shown and not any(each.offer.product.shelf for each in shown)


@pytest.mark.long
@pytest.mark.parametrize("world", WORLDS)
def test_the_interval_holds_the_truth(world: World) -> None:
    weeks = used_weeks(world, 5)
    assert weeks.cells == 20
    assert weeks.coverage >= 0.93
    assert weeks.accused == 0
