"""Words, n-grams, terms, paths and relistings, each on its own."""

import io
from decimal import Decimal
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classify import corpus, features, text
from monitor.classify.lexicon import TermList
from monitor.classify.model import Batch, TitleModel, WordVocabulary
from monitor.classify.model_file import BUCKETS, GRAMS, ModelError
from monitor.classify.paths import decide_path, names
from monitor.classify.relisting import image_key, relistings
from monitor.model import Cluster, Listing

TITLES = st.lists(st.text(max_size=60), max_size=8)


def plain_words(title: str) -> list[bytes]:
    return [word[: features.MAX_WORD] for word in text.encode([title])[:-1].split()]


@settings(deadline=None)
@given(TITLES)
def test_split_finds_the_words_of_every_title(titles: list[str]) -> None:
    data = text.encode(titles) if titles else b""
    split = features.split(data)
    spelled = [
        data[a : a + n] for a, n in zip(split.start.tolist(), split.length.tolist(), strict=True)
    ]
    expected = [plain_words(title) for title in titles]
    assert split.words_a_title.tolist() == [len(words) for words in expected]
    assert spelled == [word for words in expected for word in words]
    assert len(set(split.hashes.tolist())) == len(set(spelled))


@given(st.sets(st.integers(1, 2**64 - 1), max_size=300), st.sets(st.integers(1, 2**64 - 1)))
def test_numbering_is_a_dictionary(numbered: set[int], others: set[int]) -> None:
    numbering = features.Numbering()
    first = np.array(sorted(numbered), np.uint64)
    numbering.add(first)
    assert numbering.find(first).tolist() == list(range(1, len(numbered) + 1))
    strangers = np.array(sorted(others - numbered), np.uint64)
    assert not numbering.find(strangers).any()


def test_numbering_grows() -> None:
    numbering = features.Numbering()
    stirred = features.stirred(np.arange(1, 120_001, dtype=np.uint64))
    hashes = np.concatenate([stirred, np.arange(1, 41, dtype=np.uint64)])
    for start in range(0, len(hashes), 7_000):
        numbering.add(hashes[start : start + 7_000])
    assert numbering.find(hashes).tolist() == list(range(1, len(hashes) + 1))


def test_grams_of_a_word() -> None:
    split = features.split(text.encode(["batik", "a"]))
    buckets, counts = features.hash_grams([b"batik", b"a"], split.hashes)
    grams_of_batik = sum(len(" batik ") - n + 1 for n in GRAMS)
    assert counts.tolist() == [grams_of_batik + 1, 2]
    alone, _ = features.hash_grams([b"a"], split.hashes[1:])
    assert buckets[counts[0] :].tolist() == alone.tolist()


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("T-Shirt 500gr", b"t shirt 000gr"),
        ("Café “Mukena”", b"cafe  mukena "),
        ("Ｋａｏｓ ｏｋ", b"kaos ok"),
        ("ba\u200btik", b"batik"),
        ("<a href='x'>Batik</a> &amp; Co", b" batik   co"),
        ("a\x1fb", b"a b"),
    ],
)
def test_plain_titles(title: str, words: bytes) -> None:
    assert text.encode([title])[:-1].split() == words.split()


def terms_in(title: str, terms: list[str]) -> list[str]:
    words = WordVocabulary(np.zeros((BUCKETS, 4), np.float32), b"")
    index = TermList(((term, i) for i, term in enumerate(terms)), misspelt=True)
    return [terms[value] for value in index.find(Batch(words, [title])).value.tolist()]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Sarung bantal polos", ["sarung bantal"]),
        ("Sarung, bantal, sarung", ["sarung bantal", "sarung"]),
        ("Kemeja batik tulis halus", ["kemeja batik", "batik tulis"]),
        ("Kebayya modern", ["kebaya"]),
        ("sarungan", []),
        ("", []),
    ],
)
def test_longest_terms_win(title: str, expected: list[str]) -> None:
    terms = ["sarung", "sarung bantal", "batik", "kemeja batik", "batik tulis", "kebaya"]
    assert terms_in(title, terms) == expected


def test_terms_do_not_reach_into_the_next_title() -> None:
    words = WordVocabulary(np.zeros((BUCKETS, 4), np.float32), b"")
    index = TermList([("sarung bantal", 0)])
    assert len(index.find(Batch(words, ["kain sarung", "bantal"])).value) == 0


@pytest.mark.parametrize(
    ("path", "cluster", "trusted"),
    [
        ("fashion-pria/atasan-pria/kaos-pria", Cluster.textile_fashion, True),
        ("Fashion Muslim > Mukena", Cluster.textile_fashion, True),
        ("Makanan & Minuman", Cluster.food_beverage, True),
        ("rumah-tangga/dekorasi/hiasan-dinding", Cluster.crafts, True),
        ("Rumah Tangga › Dekorasi › Karpet", Cluster.textile_fashion, True),
        ("Men's Fashion", Cluster.textile_fashion, True),
        ("TV, Audio / Video, Gaming & Wearables > TV Accessories", Cluster.other, True),
        ("Ibu & Anak > Susu Formula di Bawah 1 Tahun", Cluster.other, True),
        ("Ibu & Anak > Susu Formula di Atas 1 Tahun", Cluster.other, True),
        ("ibu-bayi/susu-bayi-anak/susu-anak", Cluster.other, True),
        ("Minuman > Susu & Olahan Lainnya > Susu UHT", Cluster.food_beverage, True),
        ("Makanan & Minuman Halal > Minuman Halal > Susu", Cluster.food_beverage, False),
        ("Makanan & Minumann", Cluster.food_beverage, False),
        ("mainan-hobi/boneka/boneka-karakter", Cluster.other, False),
    ],
)
def test_paths(path: str, cluster: Cluster, trusted: bool) -> None:
    decided = decide_path(path)
    assert decided is not None
    assert (decided.cluster, decided.trusted) == (cluster, trusted)


@pytest.mark.parametrize("path", ["", "catid:33", ">>>", "Galeri Indonesia", "///"])
def test_paths_that_say_nothing(path: str) -> None:
    assert decide_path(path) is None


def test_no_training_reads_a_set_that_is_for_testing_only(tmp_path: Path) -> None:
    header = "title,cluster_label,category_path,extra\n"
    rows = {
        "learned": "Kain batik,textile_fashion,,\n",
        "milk_health_2026": "Sneaker,other,,\nSusu 1+,,Susu Anak,\nLain,,,\n",
    }
    for name, lines in rows.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "listings.csv").write_text(header + lines, encoding="utf-8")
    assert [row.title for row in corpus.labelled(tmp_path)] == ["Kain batik"]
    outside = [(row.title, row.cluster) for row in corpus.outside(tmp_path)]
    assert outside == [("Sneaker", Cluster.other), ("Susu 1+", Cluster.other)]


def test_names_of_a_path() -> None:
    assert names("Tas & Koper > Tas-Wanita") == ["tas koper", "tas wanita"]


def packaged() -> bytes:
    return (resources.files("monitor.classify") / "data" / "title_model.npz").read_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        packaged()[:5_000],
        packaged()[:-30],
        packaged()[:600_000] + b"nonsense" + packaged()[600_008:],
    ],
)
def test_a_broken_model_of_a_home_is_refused_with_the_mend(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "title_model.npz"
    file.write_bytes(data)
    with pytest.raises(ModelError, match=r"title_model.npz: .*pantau train --shipped") as refused:
        TitleModel.of_home(file)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_model_made_for_other_features_is_refused(tmp_path: Path) -> None:
    with np.load(io.BytesIO(packaged())) as stored:
        parts = {name: stored[name] for name in stored.files}
    parts["features"] = np.frombuffer(b"n-grams 2-4", np.uint8)
    file = tmp_path / "title_model.npz"
    np.savez_compressed(file, **parts)
    with pytest.raises(ModelError, match="other features"):
        TitleModel.of_home(file)


def test_a_home_without_a_model_has_the_shipped_one(tmp_path: Path) -> None:
    assert TitleModel.of_home(tmp_path / "none.npz").digest == TitleModel.packaged().digest


def listing(item: str, title: str, price: int | None = 50_000, **given: object) -> Listing:
    cost = None if price is None else Decimal(price)
    return Listing(
        platform="shopee", item_id=item, title=title, price=cost, currency="IDR", **given
    )


def test_relisted_under_another_id_and_wording() -> None:
    gone = [
        listing(
            "1", "Tas Selempang Wanita Kulit Import Premium 2024", image_url="//c/abcdefgh1.jpg"
        ),
        listing("2", "Sepatu Sneakers Pria Casual"),
    ]
    new = [
        listing(
            "8",
            "PROMO tas selempang wanita kulit premium 2024",
            47_500,
            image_url="//d/abcdefgh1_tn.webp",
        ),
        listing("9", "Sepatu Pantofel Pria Formal"),
    ]
    (pair,) = relistings(gone, new)
    assert (pair.gone, pair.new) == ("1", "8")
    assert pair.score >= 0.9


def test_the_same_picture_under_another_name_is_evidence_of_a_relisting() -> None:
    gone = listing("1", "Gamis Wanita Katun Motif Bunga Lengan Panjang Merah")
    new = listing("8", "Gamis Wanita Katun Bunga Panjang Premium")
    number = "0f" * 32 + "80" * 48
    alike, unlike = "0e" * 4 + number[8:], "f0" * 32 + number[64:]
    score = {
        name: relistings([gone], [new], 0.0, {gone.key: number, new.key: other})[0].score
        for name, other in (("alike", alike), ("unlike", unlike))
    }
    (unknown,) = relistings([gone], [new], 0.0, {gone.key: number})
    assert score["unlike"] == unknown.score < 0.9 < score["alike"]


def test_a_picture_leads_to_pairs_that_share_no_word() -> None:
    gone, new = listing("1", "Tas Selempang"), listing("8", "Shoulder Bag")
    assert relistings([gone], [new], 0.0) == []
    number = "0f" * 80
    (pair,) = relistings([gone], [new], 0.0, {gone.key: number, new.key: number})
    assert pair.score < 0.9, "a picture alone says too little"


def test_variants_of_a_product_are_no_relisting() -> None:
    for gone, new in (
        (
            listing("1", "Kaos Polos Lengan Pendek Merah Maroon", seller_id="a"),
            listing("2", "Kaos Polos Lengan Pendek Biru Dongker", seller_id="a"),
        ),
        (
            listing("1", "Kopi Gayo Arabika 250 gr", seller_id="a"),
            listing("2", "Kopi Gayo Arabika 1000 gr", 180_000, seller_id="a"),
        ),
    ):
        (pair,) = relistings([gone], [new], threshold=0.0)
        assert pair.score < 0.5


def test_each_listing_is_relisted_once_and_never_as_itself() -> None:
    same = [listing("1", "Mukena Katun Jepang Dewasa Terusan", seller_id="a")]
    assert relistings(same, same) == []
    again = [listing(str(i), same[0].title, seller_id="a") for i in (7, 8, 9)]
    assert [r.gone for r in relistings(same, again)] == ["1"]


def test_platforms_are_kept_apart() -> None:
    gone = [listing("1", "Mukena Katun Jepang Dewasa Terusan")]
    elsewhere = [Listing(platform="lazada", item_id="2", title=gone[0].title)]
    assert relistings(gone, elsewhere) == []
    assert relistings([], []) == []


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://cf.shopee.co.id/file/ABCDEF123456_tn", "abcdef123456"),
        ("//img.lazada/x/abcdef123456.jpg_200x200q80.jpg_.webp", "abcdef123456"),
        ("https://x/1.jpg", None),
        (None, None),
        ("", None),
    ],
)
def test_image_keys(url: str | None, key: str | None) -> None:
    assert image_key(url) == key
