"""Cross-border status by strength of evidence, and the traps."""

from collections.abc import Callable

import pytest

from monitor.classify.classifier import Classifier
from monitor.classify.locations import province_of
from monitor.model import Classification, CrossBorder, Listing

Classify = Callable[..., Classification]
CROSS, SUSPECTED = CrossBorder.cross_border, CrossBorder.suspected
DOMESTIC, UNKNOWN = CrossBorder.domestic, CrossBorder.unknown


@pytest.fixture(scope="module")
def classify() -> Classify:
    classifier = Classifier.load()

    def one(title: str = "Kaos Polos", platform: str = "shopee", **given: object) -> Classification:
        return classifier.classify(Listing(platform=platform, item_id="1", title=title, **given))

    return one


def kinds(decided: Classification) -> set[str]:
    return {signal.kind for signal in decided.signals}


@pytest.mark.parametrize("flag", [True, False])
def test_the_platform_flag_decides(classify: Classify, flag: bool) -> None:
    decided = classify(cross_border_flag=flag)
    assert decided.cross_border is (CROSS if flag else DOMESTIC)
    assert decided.cross_border_score >= 0.9
    assert "platform_flag" in kinds(decided)


@pytest.mark.parametrize(
    "place",
    [
        *("Luar Negeri", "Overseas", "Mainland China", "China", "Cina", "Tiongkok", "Hong Kong"),
        *("Jepang", "Korea Selatan", "LUAR NEGERI", "Guangdong, China", "Dikirim dari luar negeri"),
        *("Singapura", "Malaysia", "Shipped from Overseas", "中国", "Amerika Serikat", "Viet Nam"),
        *(),
    ],
)
def test_foreign_places(classify: Classify, place: str) -> None:
    decided = classify(ship_from=place)
    assert decided.cross_border is CROSS
    assert "ship_from" in kinds(decided)


@pytest.mark.parametrize(
    "place",
    [
        *(
            "KOTA BANDUNG",
            "KAB. BANDUNG",
            "Kab. Majalengka",
            "Jakarta Barat",
            "Kota Adm. Jakarta Barat",
        ),
        *("Kab. Kepulauan Seribu", "DKI Jakarta", "D.I. Yogyakarta", "Jawa Barat", "Bekasi Kota"),
        *("Surabya", "Bandnug", "Kota Pematang Siantar", "Sidoardjo", "Batam, Indonesia", "Bali"),
        *(
            "Kota Cina",
            "Kota Cina, Medan",
            "Kampung Cina",
            "Jepang, Indonesia",
            "Malaka",
            "Kab. Malaka",
            "Kota Batu",
        ),
        *(),
    ],
)
def test_places_in_indonesia(classify: Classify, place: str) -> None:
    assert classify(ship_from=place).cross_border is DOMESTIC


@pytest.mark.parametrize(
    "place",
    [
        "Toko Kami",
        "xx",
        "-",
        "Luar Kota",
        "Gudang 3",
        "Kota Guangzhou",
        "Chna",
        "Jakarta, China",
        "Global",
    ],
)
def test_places_that_say_nothing_stay_unknown(classify: Classify, place: str) -> None:
    assert classify(ship_from=place).cross_border is UNKNOWN


@pytest.mark.parametrize(
    "title",
    [
        *("Batik Malaysia motif bunga", "Jeruk Bali manis", "Kaos Korea style oversize"),
        *("Grosir Tanah Abang gamis murah", "Dress model Jepang lucu", "Sepatu import quality"),
        *("Petai cina segar 1kg", "Teh China hijau", "Baju cheongsam Imlek", "Mie Korea Samyang"),
        *("Kemeja kualitas import", "Kebaya encim peranakan Cina", "Kerupuk Bangka Kota China"),
        *("Keripik tempe oleh oleh Malang", "Tas wanita gaya Korea bahan import"),
        *(),
    ],
)
def test_words_that_only_sound_foreign_accuse_nobody(classify: Classify, title: str) -> None:
    decided = classify(title)
    assert decided.cross_border is UNKNOWN
    local = classify(title, ship_from="Kota Medan")
    assert local.cross_border is DOMESTIC


@pytest.mark.parametrize(
    "title",
    [
        *(
            "PO China tas selempang wanita",
            "READY STOCK CHINA dress pesta",
            "Preorder China kebaya",
        ),
        *("Kaos dikirim dari China 14 hari", "女装 连衣裙 夏季 新款", "Jaket ship from overseas"),
        *(),
    ],
)
def test_weak_signals_alone_only_suspect(classify: Classify, title: str) -> None:
    decided = classify(title)
    assert decided.cross_border is SUSPECTED
    assert 0 < decided.cross_border_score < 0.9
    assert classify(title, ship_from="Kota Medan").cross_border is DOMESTIC


def test_a_foreign_sounding_seller_alone_is_not_enough(classify: Classify) -> None:
    assert classify(seller_name="Shenzhen Fashion Store").cross_border is UNKNOWN
    both = classify("Import china langsung dress", seller_name="Shenzhen Fashion Store")
    assert both.cross_border is SUSPECTED


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"cross_border_flag": False, "ship_from": "China"}, {"platform_flag", "ship_from"}),
        ({"cross_border_flag": False, "ship_from": "Luar Negeri"}, {"platform_flag", "ship_from"}),
        ({"cross_border_flag": False, "ship_from_country": "CN"}, {"platform_flag", "ship_from"}),
        ({"cross_border_flag": True, "ship_from": "Kota Bandung"}, {"platform_flag", "ship_from"}),
        ({"platform": "aliexpress", "ship_from": "Jakarta Utara"}, {"platform", "ship_from"}),
        ({"ship_from": "Kota Bandung", "ship_from_country": "CN"}, {"ship_from"}),
        ({"ship_from": "Shenzhen", "ship_from_country": "ID"}, {"ship_from"}),
        ({"ship_from": "Luar Negeri", "ship_from_country": "ID"}, {"ship_from"}),
    ],
)
def test_a_platform_that_contradicts_itself_proves_nothing(
    classify: Classify, given: dict[str, object], told: set[str]
) -> None:
    decided = classify(**given)
    assert decided.cross_border is SUSPECTED
    assert decided.cross_border_score < 0.9
    assert told <= kinds(decided)
    assert decided.imported_goods is None


def test_agreeing_evidence_scores_highest(classify: Classify) -> None:
    both = classify(cross_border_flag=True, ship_from="Luar Negeri")
    alone = classify(ship_from="Luar Negeri")
    assert both.cross_border_score >= alone.cross_border_score


def test_country_code(classify: Classify) -> None:
    assert classify(ship_from_country="CN").cross_border is CROSS
    assert classify(ship_from_country="ID").cross_border is DOMESTIC


@pytest.mark.parametrize(
    ("country", "status"),
    [("id", DOMESTIC), ("Indonesia", DOMESTIC), ("cn", CROSS), ("Tiongkok", CROSS), ("ZZ", CROSS)],
)
def test_a_country_may_be_a_name(classify: Classify, country: str, status: CrossBorder) -> None:
    assert classify(ship_from_country=country).cross_border is status


@pytest.mark.parametrize("country", ["XQ", "-", "n/a", "62"])
def test_what_is_no_country_accuses_nobody(classify: Classify, country: str) -> None:
    decided = classify(ship_from_country=country)
    assert decided.cross_border is UNKNOWN
    assert kinds(decided) == {"title", "ship_from_unknown"}


def test_place_and_country_that_agree_are_told_once(classify: Classify) -> None:
    for place, country in (("Kota Bandung", "ID"), ("Shenzhen", "CN"), ("Luar Negeri", "CN")):
        decided = classify(ship_from=place, ship_from_country=country)
        assert decided.cross_border is (DOMESTIC if country == "ID" else CROSS)
        assert [s.kind for s in decided.signals] == ["title", "ship_from"]


def test_reference_platform_sells_from_abroad(classify: Classify) -> None:
    decided = classify(platform="aliexpress")
    assert decided.cross_border is CROSS
    assert "platform" in kinds(decided)


@pytest.mark.parametrize(
    ("given", "imported"),
    [
        ({"imported_flag": True, "ship_from": "Jakarta Utara"}, True),
        ({"imported_flag": False, "ship_from": "Jakarta Utara"}, False),
        ({"title": "Tas import Korea", "ship_from": "Jakarta Utara"}, True),
        ({"title": "Tas kulit", "ship_from": "Jakarta Utara"}, None),
        ({"title": "Tas import", "ship_from": "China"}, None),
        ({"title": "Tas bahan import", "ship_from": "Jakarta Utara"}, None),
    ],
)
def test_imported_goods_stand_apart(
    classify: Classify, given: dict[str, object], imported: bool | None
) -> None:
    decided = classify(**given)
    assert decided.imported_goods is imported


def test_invisible_signs_do_not_reach_the_signals(classify: Classify) -> None:
    decided = classify(ship_from="Chi\u200bna\u202e\n\tx")
    assert all(s.text.isprintable() for s in decided.signals)


@pytest.mark.parametrize(
    ("shown", "province"),
    [
        ("Kab. Demak", "Jawa Tengah"),
        ("KOTA BANDUNG", "Jawa Barat"),
        ("Jawa Timur", "Jawa Timur"),
        ("DKI Jakarta", "Daerah Khusus Ibukota Jakarta"),
        ("Kab. Banjar", "Kalimantan Selatan"),
        ("Kota Banjar", "Jawa Barat"),
        ("Banjar", None),
        ("Jabodetabek", None),
        ("Indonesia", None),
        ("Tiongkok", None),
        ("Gudang Kami", None),
    ],
)
def test_a_province_is_known_only_where_no_other_has_that_place(
    shown: str, province: str | None
) -> None:
    assert province_of(shown) == province
