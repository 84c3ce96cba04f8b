"""Both decisions on listings, with their signals."""

from collections.abc import Callable
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.classify.classifier import Classifier, classify_listings
from monitor.model import Classification, Cluster, CrossBorder, Listing
from monitor.registry import load_registry

Classify = Callable[..., Classification]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


@pytest.fixture(scope="module")
def classify(classifier: Classifier) -> Classify:
    def one(title: str, platform: str = "shopee", **given: object) -> Classification:
        return classifier.classify(Listing(platform=platform, item_id="1", title=title, **given))

    return one


@pytest.mark.parametrize(
    ("title", "cluster", "category"),
    [
        ("Mukena Katun Jepang Dewasa Terusan", Cluster.textile_fashion, "mukena"),
        ("Kemeja Batik Pria Lengan Panjang", Cluster.textile_fashion, "batik"),
        ("Kebaya Wisuda Brokat Modern", Cluster.textile_fashion, "kebaya"),
        ("HIJAB SEGI EMPAT VOAL PREMIUM", Cluster.textile_fashion, "hijab"),
        ("Kopi Gayo Arabika 250gr", Cluster.food_beverage, "coffee_tea"),
        ("Keripik Singkong Pedas Balado", Cluster.food_beverage, "snacks"),
        ("Kaligrafi Hiasan Dinding Kayu Jati", Cluster.crafts, None),
        ("Powerbank 10000mAh Fast Charging", Cluster.other, "electronics"),
        ("Jeruk Bali Manis 1kg", Cluster.food_beverage, None),
        ("Susu Formula Bayi 0-6 Bulan 400 gr", Cluster.other, "baby_care"),
        ("Susu Pertumbuhan Anak 1-3 Tahun Vanila 800 gr", Cluster.other, "baby_care"),
        ("Susu UHT Full Cream 1 liter", Cluster.food_beverage, "dairy_eggs"),
        ("Kapsul Stamina Pria Perkasa", Cluster.other, None),
    ],
)
def test_titles(classify: Classify, title: str, cluster: Cluster, category: str | None) -> None:
    decided = classify(title)
    assert decided.cluster is cluster
    assert category is None or decided.category == category
    assert decided.cluster_score >= 0.9
    assert decided.signals


def test_misspelt_commodity_is_recognised_and_named(classify: Classify) -> None:
    decided = classify("Keebaya encim lengan panjang")
    assert decided.category == "kebaya"
    assert any(s.kind == "title" and "kebaya" in s.text for s in decided.signals)


@pytest.mark.parametrize("title", ["", " ", "12345", "!!!", "\u200b\u202e", "🔥🔥🔥", "xqzjw"])
def test_meaningless_titles_stay_unknown(classify: Classify, title: str) -> None:
    decided = classify(title)
    assert decided.cluster is Cluster.unknown
    assert decided.cluster_score == 0
    assert decided.category is None


@pytest.mark.parametrize("title", ["pria", "Base", "PREMIUM", "Wanita dewasa ukuran besar, isi 3"])
def test_words_that_name_no_good_tell_no_cluster(classify: Classify, title: str) -> None:
    assert classify(title).cluster is Cluster.unknown


@pytest.mark.parametrize("title", ["jagung", "Benih jagung hibrida", "Pizza base", "Kopi pria"])
def test_such_words_make_nothing_a_garment(classify: Classify, title: str) -> None:
    assert classify(title).cluster is not Cluster.textile_fashion
    assert classify(f"Kemeja {title}").cluster is not Cluster.unknown


def test_tricks_do_not_hide_a_title(classify: Classify) -> None:
    plain = classify("Mukena Bali Katun")
    for trick in [
        "M\u200buk\u200dena B\u00adali Katun",
        "𝐌𝐮𝐤𝐞𝐧𝐚 𝐁𝐚𝐥𝐢 𝐊𝐚𝐭𝐮𝐧",
        "Ｍｕｋｅｎａ Ｂａｌｉ Ｋａｔｕｎ",
        "<b>Mukena</b> Bali <i>Katun</i>",
        "\u202eMukena\u202c Bali Katun",
        "MUKENA   BALI\tKATUN",
    ]:
        decided = classify(trick)
        assert (decided.cluster, decided.category) == (plain.cluster, plain.category), trick


def test_ten_thousand_characters(classify: Classify) -> None:
    assert classify("batik " * 1_700).cluster is Cluster.textile_fashion
    assert classify("x" * 10_000).cluster in Cluster


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.none() | st.text(max_size=80), st.none() | st.text(max_size=40))
def test_anything_gets_a_decision(
    classifier: Classifier, title: str, path: str | None, ship_from: str | None
) -> None:
    listing = Listing(
        platform="x", item_id="1", title=title, category_path=path, ship_from=ship_from
    )
    decided = classifier.classify(listing)
    assert 0 <= decided.cluster_score <= 1
    assert 0 <= decided.cross_border_score <= 1
    assert decided == classifier.classify(listing)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet="batikmuken 1é中", max_size=40), max_size=12))
def test_a_batch_decides_like_single_listings(classifier: Classifier, titles: list[str]) -> None:
    listings = [Listing(platform="x", item_id=str(i), title=t) for i, t in enumerate(titles)]
    together = classifier.classify_many(listings)
    assert together == [classifier.classify(listing) for listing in listings]


def test_numbered_listings_keep_their_numbers(classifier: Classifier) -> None:
    listings = [(i, Listing(platform="x", item_id=str(i), title="Batik")) for i in range(9_500)]
    decided = list(classify_listings(classifier, iter(listings)))
    assert [number for number, _ in decided] == list(range(9_500))


def test_path_decides_and_is_named(classify: Classify) -> None:
    decided = classify("Produk terlaris 2025", category_path="Fashion Muslim > Mukena")
    assert (decided.cluster, decided.category) == (Cluster.textile_fashion, "mukena")
    assert decided.signals[0].kind == "category_path"
    assert decided.signals[0].text == "Fashion Muslim › Mukena"


def test_confident_title_beats_a_mixed_path(classify: Classify) -> None:
    decided = classify("Tas Selempang Wanita Kulit", category_path="rumah-tangga/laundry")
    assert decided.cluster is Cluster.textile_fashion


def test_policy_commodity_in_title_beats_plain_path(classify: Classify) -> None:
    decided = classify("Kemeja Batik Pria", category_path="fashion-pria/atasan-pria/kemeja-pria")
    assert decided.category == "batik"


def test_status_of_plain_title_is_unknown(classify: Classify) -> None:
    decided = classify("Kemeja Batik Pria")
    assert decided.cross_border is CrossBorder.unknown
    assert decided.cross_border_score == 0
    assert decided.imported_goods is None


def test_version_follows_the_registry(classifier: Classifier) -> None:
    registry = load_registry()
    assert classifier.version == Classifier.load(registry).version
    first, *rest = registry.clusters
    fewer = replace(registry, clusters=(replace(first, categories=first.categories[1:]), *rest))
    assert Classifier.load(fewer).version != classifier.version


def test_version_follows_platform_roles_and_what_policies_name(classifier: Classifier) -> None:
    registry = load_registry()
    shopee = replace(registry.platforms["shopee"], role="reference")
    abroad = replace(registry, platforms={**registry.platforms, "shopee": shopee})
    silent = tuple(replace(policy, categories=()) for policy in registry.policies)
    dated = tuple(replace(policy, tolerance=0.5) for policy in registry.policies)
    versions = {
        Classifier.load(changed).version
        for changed in (registry, abroad, replace(registry, policies=silent))
    }
    assert len(versions) == 3
    assert Classifier.load(replace(registry, policies=dated)).version == classifier.version


def test_model_is_small() -> None:
    file = resources.files("monitor.classify") / "data" / "title_model.npz"
    assert len(file.read_bytes()) < 3_000_000
