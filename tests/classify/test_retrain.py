"""What a home's own listings teach, and when the model made from them is worse."""

from __future__ import annotations

import pytest

from monitor.classify.classifier import Classifier
from monitor.classify.corpus import CorpusError, fold_of
from monitor.classify.model import TitleModel
from monitor.classify.retrain import BY_PATH, JUDGED, LEAST, own_examples, retrain
from monitor.model import Cluster, Listing
from monitor.registry import load_registry

TEXTILE, FOOD = "Fashion Muslim > Mukena", "Makanan & Minuman"
NAMES = {"Glimora": TEXTILE, "Varuntak": FOOD}


def listing(title: str, path: str | None = TEXTILE, **given: object) -> Listing:
    known: dict[str, object] = {"platform": "shopee", "item_id": "1", "seller_id": "a"}
    return Listing(title=title, category_path=path, **known | given)


def offers(shops: int = 40, *, swapped: bool = False) -> list[tuple[Listing, None]]:
    """Products with names nobody knows. ``swapped``: shops that are learned from put them where
    the held-out ones do not."""
    rows: list[tuple[Listing, None]] = []
    for shop in range(shops):
        seller = f"toko-{shop}"
        wrong = swapped and fold_of(f"shopee/{seller}") != 0
        for number in range(10):
            for name, other in zip(NAMES, reversed(NAMES), strict=True):
                path = NAMES[other if wrong else name]
                title = f"{name} seri {'abcdefghij'[number] * 3} {seller}"
                rows.append((listing(title, path, seller_id=seller, item_id=title), None))
    return rows


def test_paths_that_decide_and_people_teach() -> None:
    rows = [
        (listing("Mukena katun"), None),
        (listing("Sapu lidi", "rumah-tangga/laundry"), None),
        (listing("Sendok kayu", "Fashion Muslm > Muken"), None),
        (listing("Kopi gayo", None), None),
        (listing("Kopi aceh", None), Cluster.food_beverage),
        (listing("Keramik hias", TEXTILE), Cluster.crafts),
        (listing("Entah apa", TEXTILE), Cluster.unknown),
        (listing("!!!", TEXTILE), None),
    ]
    assert {(e.title, e.cluster, e.source) for e in own_examples(rows)} == {
        ("Mukena katun", Cluster.textile_fashion, BY_PATH),
        ("Kopi aceh", Cluster.food_beverage, JUDGED),
        ("Keramik hias", Cluster.crafts, JUDGED),
    }


def test_a_shop_s_same_words_are_one_example_and_people_s_word_stands() -> None:
    rows = [
        (listing("Mukena Bali"), Cluster.crafts),
        (listing("BALI mukena!"), None),
        (listing("Mukena Bali", seller_id="b"), None),
        (listing("Kain 10", None, seller_id=None, seller_name="c"), Cluster.textile_fashion),
        (listing("Kain 12", None, seller_id=None, seller_name="c"), Cluster.crafts),
    ]
    found = own_examples(rows)
    assert [(e.cluster, e.shop) for e in found] == [
        (Cluster.crafts, "shopee/a"),
        (Cluster.textile_fashion, "shopee/b"),
        (Cluster.crafts, "shopee/c"),
    ]


def test_without_a_seller_variants_stay_together() -> None:
    rows = [(listing(f"Kain {n} meter", seller_id=None), None) for n in (1, 2)]
    (found,) = own_examples(rows)
    assert found.shop == "shopee/0 kain meter"


def test_too_little_is_refused() -> None:
    with pytest.raises(CorpusError, match=f"1 titles .* {LEAST} are wanted"):
        retrain(own_examples(offers()[:1]), load_registry(), TitleModel.packaged())


def test_new_words_are_learned_and_old_ones_kept() -> None:
    pytest.importorskip("sklearn", reason="training needs scikit-learn")
    shipped = TitleModel.packaged()
    registry = load_registry()
    rows = own_examples(offers())
    made = retrain(rows, registry, shipped)
    assert made.worse is None
    assert made.new[0].right == made.new[0].rows == made.held_out
    assert made.present[0].right < made.held_out
    assert sum(made.examples.values()) + made.held_out == len(rows)
    model = TitleModel(made.packed)
    assert model.base == shipped.digest
    assert retrain(rows, registry, shipped).packed == made.packed
    now, before = Classifier(model, registry), Classifier(shipped, registry)
    assert now.version != before.version
    assert now.clusters(["Glimora terbaru"])[0][0] is Cluster.textile_fashion
    terms = [(t, c.id) for c in registry.clusters for each in c.categories for t in each.terms]
    titles = [term for term, _ in terms]
    both = zip(terms, before.clusters(titles), now.clusters(titles), strict=True)
    kept = [new is true for (_, true), (old, _), (new, _) in both if old is true]
    assert len(kept) > 1_000
    assert sum(kept) / len(kept) > 0.99


def test_what_contradicts_the_held_out_shops_is_worse() -> None:
    pytest.importorskip("sklearn", reason="training needs scikit-learn")
    registry = load_registry()
    taught = TitleModel(retrain(own_examples(offers()), registry, TitleModel.packaged()).packed)
    made = retrain(own_examples(offers(swapped=True)), registry, taught)
    assert made.worse is not None
    assert f"{made.held_out} at present" in made.worse
