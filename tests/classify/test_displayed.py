"""What own pages show: numbers in their published forms, the language, the country of dispatch."""

import csv
import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.classify.displayed import (
    OwnTexts,
    displayed_information,
    language_of,
    registration_numbers,
)
from monitor.model import DisplayedItem, Listing, NumberKind

DATASETS = Path(os.environ.get("PANTAU_DATASETS", "/work/shared/datasets"))
INDONESIAN = "Bahan katun yang adem dan nyaman dipakai sehari-hari. Warna sesuai gambar."
ENGLISH = "100% brand new and high quality. Please allow 1-3 cm error due to manual measurement."
CHINESE = "全新正品，品质保证，厂家直销。如有任何问题请随时联系客服，我们会尽快为您处理。"


def read(text: str) -> list[tuple[str, str | None]]:
    return [(number.kind.value, number.number) for number in registration_numbers(text)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("BPOM RI MD 867011001234", [("bpom_md", "867011001234")]),
        ("BPOM: ML 8670.1100.1235", [("bpom_ml", "867011001235")]),
        ("No izin edar ML867011001236, halal", [("bpom_ml", "867011001236")]),
        ("BPOM NA18201234567", [("bpom_cosmetic", "18201234567")]),
        ("POM TR 072224589", [("bpom_supplement", "072224589")]),
        ("P-IRT No. 2063578010012-27", [("pirt", "206357801001227")]),
        ("PIRT: 206357801001327", [("pirt", "206357801001327")]),
        ("Sertifikat halal ID32110000123450521", [("halal", "32110000123450521")]),
        ("ID32110000123450521", [("halal", "32110000123450521")]),
        ("SNI 7656:2012", [("sni", "7656:2012")]),
        ("SNI ISO 8124-1:2010", [("sni", "8124-1:2010")]),
        ("sesuai SNI 01-3553-2006", [("sni", "01-3553:2006")]),
        ("NPB 113-003-170212", [("npb", "113003170212")]),
        # A number in another form is one, but none that is published.
        ("BPOM RI MD 86701100", [("bpom_md", None)]),
        ("BPOM MD 000000000000", [("bpom_md", None)]),
        ("BPOM MD 123456789012", [("bpom_md", None)]),
        ("BPOM ML 067011001234", [("bpom_ml", None)]),
        ("P-IRT 9063578010012-27", [("pirt", None)]),
        ("P-IRT 206357801", [("pirt", None)]),
        ("halal ID 3211000012345", [("halal", None)]),
        ("SNI 7656", [("sni", None)]),
        # Traps.
        ("isi 250 ML 081234567890 hubungi WA", []),
        ("botol 500ML 867011001234", []),
        ("halal, ID produk SKU-881", []),
        ("ID 32110000", []),
        ("helm berstandar SNI, sudah BPOM dan halal", []),
        ("MD 20 warna 12 ukuran", []),
        ("SD 072224589", []),
        ("WA 0812-3456-7890, toko kami buka 08.00", []),
    ],
)
def test_numbers_are_held_against_their_published_forms(
    text: str, numbers: list[tuple[str, str | None]]
) -> None:
    assert read(text) == numbers


@given(st.text("MLDP-IRT SNI.:0123456789\nID halal BPOM NPB", max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    for number in registration_numbers(text):
        assert isinstance(number.kind, NumberKind)


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        ((INDONESIAN,), "id"),
        ((ENGLISH,), "en"),
        ((CHINESE,), "zh"),
        ((f"{ENGLISH}\n{INDONESIAN}",), "id"),
        (("kaos oblong polos",), None),
        (
            ("Bahan: cotton combed 30s. Size chart: M 70x50, L 72x52. Ready all size. No return.",),
            None,
        ),
        (("https://example.com/very/long/address/that/is/no/description",), None),
        ((), None),
    ],
)
def test_a_language_is_told_where_it_is_clear(texts: tuple[str, ...], language: str | None) -> None:
    assert language_of(texts) == language


def shown(description: tuple[str, ...] | None, **listing: str) -> dict[str, bool | None]:
    texts = None if description is None else OwnTexts(description, ("Merek: Contoh",))
    page = Listing(platform="shopee", item_id="1", title="Snack", **listing)  # type: ignore[arg-type]
    displayed = displayed_information(texts, page)
    return {item.value: displayed.tells(item) if displayed else None for item in DisplayedItem}


def test_what_was_not_read_is_neither_shown_nor_missing() -> None:
    nothing = dict.fromkeys((item.value for item in DisplayedItem), None)
    assert shown(None) == nothing
    assert shown(("kaos polos",))["indonesian_description"] is None
    assert shown(("",))["indonesian_description"] is False
    assert shown((ENGLISH,))["indonesian_description"] is False
    assert shown((f"{INDONESIAN} BPOM ML 867011001234",)) == {
        "indonesian_description": True,
        "dispatch_country": None,
        "registration_number": True,
    }


@pytest.mark.parametrize(
    ("place", "shows"),
    [("Mainland China", True), ("Luar Negeri", False), ("KOTA BANDUNG", True), ("Xyzzy", None)],
)
def test_abroad_is_no_country(place: str, shows: bool | None) -> None:
    assert shown(None, ship_from=place)["dispatch_country"] is shows


@pytest.mark.long
@pytest.mark.skipif(not DATASETS.exists(), reason="the data sets are not here")
def test_languages_of_texts_that_others_wrote() -> None:
    """Of 2,000 titles in the English of Malaysia one in 500 at most is taken for Indonesian, of 600
    Indonesian descriptions of trades one in 200 at most for another language."""
    with (DATASETS / "lazada_cikm2017" / "listings.csv").open(encoding="utf-8") as file:
        titles = [row["title"] for row in csv.DictReader(file)]
    english = [language_of((title,)) for title in titles[:2000]]
    kbli = DATASETS / "category_trees" / "kbli2020_full_with_descriptions.csv.gz"
    with gzip.open(kbli, "rt", encoding="utf-8") as file:
        texts = [
            max(row.values(), key=lambda cell: len(cell or "")) for row in csv.DictReader(file)
        ]
    indonesian = [language_of((text,)) for text in texts if len(text or "") > 80][:600]
    assert (len(english), len(indonesian)) == (2000, 600)
    assert english.count("id") <= 4
    assert sum(language not in {"id", None} for language in indonesian) <= 3
    assert indonesian.count("id") >= 570
