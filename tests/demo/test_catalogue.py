"""The simulated catalogue: repeatable, full for every entry, alive over the weeks, not circular."""

from __future__ import annotations

import inspect
from statistics import mean, pvariance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classify.classifier import Classifier
from monitor.config import previous_week
from monitor.demo import Catalogue
from monitor.demo.foreign_shares import COUNTRY_ON_RESULT_PAGES, cluster_shares, entry_shares
from monitor.demo.offers import Offer, Stock, Visibility, week_number
from monitor.demo.vocabulary import canonical, tokens, vocabulary
from monitor.model import GOODS_CLUSTERS, Cluster, Listing
from monitor.registry import Registry

WEEK = "2026-W47"


@pytest.fixture(scope="module")
def catalogue(registry: Registry) -> Catalogue:
    return Catalogue(1, registry)


def offers(catalogue: Catalogue, platform: str, week: str = WEEK, only: str = "") -> list[Offer]:
    return [
        shown.offer
        for entry in catalogue.registry.frame.entries
        if entry.platform == platform and entry.query.startswith(only)
        for shown in catalogue.results(platform, entry.query, week, 1, 40).shown
    ]


def test_every_entry_has_full_pages(catalogue: Catalogue) -> None:
    for entry in catalogue.registry.frame.entries:
        size = catalogue.registry.platforms[entry.platform].page_size
        for page in (1, 2) if entry.core else (1,):
            shown = catalogue.results(entry.platform, entry.query, WEEK, page, size).shown
            assert len(shown) == size, (entry.platform, entry.query, page)
            assert len({each.offer.item_id for each in shown}) == size


def test_pages_follow_each_other(catalogue: Catalogue) -> None:
    long = catalogue.results("lazada", "gamis", WEEK, 1, 80).shown
    short = [catalogue.results("lazada", "gamis", WEEK, page, 40).shown for page in (1, 2)]
    assert [each.offer for each in long] == [each.offer for part in short for each in part]


def test_unknown_words_find_nothing(catalogue: Catalogue) -> None:
    found = catalogue.results("lazada", "zzqx wbrk", WEEK, 1, 40)
    assert (found.shown, found.total) == ((), 0)


def test_query_spelling_of_urls_does_not_matter(catalogue: Catalogue) -> None:
    assert canonical("Gamis  Wanita") == canonical("gamis-wanita") == "gamis-wanita"
    pages = {
        catalogue.results("lazada", query, WEEK, 1, 40).shown
        for query in ("gamis wanita", "gamis-wanita", "Gamis Wanita")
    }
    assert len(pages) == 1


def test_same_seed_same_catalogue_other_seed_another(registry: Registry) -> None:
    one, again, other = (
        Catalogue(seed, registry).results("shopee", "batik couple", WEEK, 1, 60)
        for seed in (5, 5, 6)
    )
    assert one == again
    assert not {each.offer.item_id for each in one.shown} & {
        each.offer.item_id for each in other.shown
    }


@pytest.mark.parametrize("seed", range(20))
def test_levels_have_a_clean_and_a_high_marketplace(registry: Registry, seed: int) -> None:
    levels = cluster_shares(seed, registry)
    sold = [each.id for each in registry.platforms.values() if each.role == "marketplace"]
    worst = {each: [levels[each, cluster] for cluster in GOODS_CLUSTERS] for each in sold}
    promised = ("lazada", "shopee", "tiktokshop")
    assert any(max(worst[each]) == 0 for each in promised)
    assert [
        each for each in promised if each in COUNTRY_ON_RESULT_PAGES and min(worst[each]) >= 0.1
    ]
    assert all(level <= 0.05 or level >= 0.14 for shares in worst.values() for level in shares)


def test_clean_platform_has_no_foreign_seller_at_all(catalogue: Catalogue) -> None:
    clean = [
        each.id
        for each in catalogue.registry.platforms.values()
        if each.role == "marketplace"
        and all(catalogue.cluster_shares[each.id, cluster] == 0 for cluster in GOODS_CLUSTERS)
    ]
    assert clean
    for platform in clean:
        assert not any(offer.seller.foreign for offer in offers(catalogue, platform))


def test_entries_differ_as_their_icc_says() -> None:
    shares = list(entry_shares(3, "lazada", 0.2, [f"kata {n}" for n in range(600)]).values())
    assert mean(shares) == pytest.approx(0.2, abs=0.01)
    assert 0.06 < pvariance(shares) / (0.2 * 0.8) < 0.14


def test_offers_come_go_and_return_under_another_id(catalogue: Catalogue) -> None:
    weeks = [WEEK]
    for _ in range(30):
        weeks.insert(0, previous_week(weeks[0]))
    seen: dict[int, list[Offer]] = {}
    for week in weeks:
        for offer in offers(catalogue, "lazada", week, "ke"):
            seen.setdefault(offer.stock_number, []).append(offer)
    ids = {number: {offer.item_id for offer in each} for number, each in seen.items()}
    titles = {number: {offer.title for offer in each} for number, each in seen.items()}
    returned = [number for number, each in ids.items() if len(each) > 1]
    assert returned
    assert sum(len(titles[number]) > 1 for number in returned) > 0.9 * len(returned)
    prices = [{offer.price for offer in each} for each in seen.values() if len(each) > 5]
    assert sum(len(each) > 1 for each in prices) > 0.9 * len(prices)
    this, before = (
        {offer.item_id: offer.price for offer in offers(catalogue, "lazada", week, "ke")}
        for week in weeks[-2:]
    )
    both = this.keys() & before.keys()
    assert 0.7 < len(both) / len(this) < 1
    assert 0.7 < mean(this[each] == before[each] for each in both) < 0.95


@settings(max_examples=60, deadline=None)
@given(number=st.integers(0, 15_000), week=st.integers(1000, 2000), seed=st.integers(0, 50))
def test_every_offer_is_found_by_its_id_in_its_week(number: int, week: int, seed: int) -> None:
    stock = Stock(seed, "lazada", vocabulary(), names_countries=True)
    if stock.life(number, week) is None:
        return
    offer = stock.offer(number, week)
    assert stock.find(offer.item_id, week) == offer
    assert stock.find(offer.item_id, week + 60) is None


def test_foreign_sellers_are_open_hidden_or_never_recognisable(catalogue: Catalogue) -> None:
    high = max(
        COUNTRY_ON_RESULT_PAGES, key=lambda each: catalogue.cluster_shares[each, Cluster.crafts]
    )
    foreign = [offer for offer in offers(catalogue, high) if offer.seller.foreign]
    share = {
        seen: sum(offer.seller.visibility is seen for offer in foreign) / len(foreign)
        for seen in Visibility
    }
    assert share[Visibility.result_page] > 0.5
    assert 0.02 < share[Visibility.own_page] < 0.45
    assert 0 < share[Visibility.nowhere] < 0.25
    for offer in foreign:
        abroad = offer.seller.country
        assert (offer.place == abroad) is (offer.seller.visibility is Visibility.result_page)
        assert (offer.own_place == abroad) is offer.recognisable


def test_some_goods_are_filed_or_shown_where_they_do_not_belong(catalogue: Catalogue) -> None:
    misfiled, strays = [], []
    for entry in catalogue.registry.frame.entries:
        if entry.platform == "lazada":
            for shown in catalogue.results("lazada", entry.query, WEEK, 1, 40).shown:
                misfiled.append(shown.offer.filed_under is not shown.offer.product)
                if entry.cluster is not Cluster.used_clothing:
                    strays.append(shown.offer.product.cluster is not entry.cluster)
    assert 0.01 < mean(misfiled) < 0.08
    assert 0.02 < mean(strays) < 0.12


def test_titles_are_not_the_words_of_the_lexicon(catalogue: Catalogue) -> None:
    lexicon = {
        category.id: {tokens(term) for term in category.terms}
        for group in catalogue.registry.clusters
        for category in group.categories
    }
    terms = set().union(*lexicon.values())
    known = {word for term in terms for word in term}

    def named(title: str) -> bool:
        parts = tokens(title)
        return any(parts[at : at + len(term)] == term for term in terms for at in range(len(parts)))

    sample = list({offer.title for offer in offers(catalogue, "shopee")})[:600]
    share = mean(mean(word in known for word in tokens(title)) for title in sample)
    nameless = mean(not named(title) for title in sample)
    assert share < 0.5, "more than half of the words of an average title are lexicon words"
    assert nameless > 0.15, "nearly every title names a commodity in the lexicon's own words"


def test_vocabulary_never_reads_the_lexicon() -> None:
    import monitor.demo.offers
    import monitor.demo.titles
    import monitor.demo.vocabulary

    for module in (monitor.demo.vocabulary, monitor.demo.titles, monitor.demo.offers):
        assert "monitor.registry" not in inspect.getsource(module)


def test_categories_and_clusters_are_the_registrys(registry: Registry) -> None:
    for kind in vocabulary().product:
        # What belongs to no group, such as an ointment, has no category of the registry either.
        assert registry.categories.get(kind.category, Cluster.other) is kind.cluster, kind.id


def test_weeks_are_counted_in_jakarta() -> None:
    assert week_number("2026-W47") - week_number("2026-W46") == 1
    assert week_number("2027-W01") - week_number("2026-W53") == 1
    with pytest.raises(ValueError, match="2000"):
        week_number("1999-W01")


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_foreign_titles_name_a_commodity_that_the_classifier_knows(
    registry: Registry, seed: int
) -> None:
    """By the title alone nine in ten have a commodity, and nearly as many the true one."""
    catalogue = Catalogue(seed, registry)
    foreign = {
        offer.item_id: offer
        for platform in ("lazada", "shopee", "tokopedia", "blibli")
        for offer in offers(catalogue, platform)
        if offer.seller.foreign
    }
    listings = [
        Listing(platform="lazada", item_id=str(item_id), title=offer.title)
        for item_id, offer in foreign.items()
    ]
    classified = Classifier.load(registry).classify_many(listings)
    categories = [classification.category for classification in classified]
    assert len(categories) > 500
    assert sum(category is not None for category in categories) >= 0.9 * len(categories)
    right = sum(
        category == offer.product.category
        for category, offer in zip(categories, foreign.values(), strict=True)
    )
    assert right >= 0.85 * len(categories)
