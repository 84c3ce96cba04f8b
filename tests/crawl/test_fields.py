"""Converters: what they read, what they refuse, and that they never read a wrong number."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl import fields
from monitor.model import Money

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def read(field: fields.Field, value: Any) -> Any:
    return field({"x": value})


@pytest.mark.parametrize(
    ("words", "amount", "currency"),
    [
        ("Rp26.350", "26350", "IDR"),
        ("Rp 99.000", "99000", "IDR"),
        ("Rp\xa01.234.567", "1234567", "IDR"),
        ("Rp1.234,50", "1234.5", "IDR"),
        ("US $2.54", "2.54", "USD"),
        ("US $1,002.54", "1002.54", "USD"),
        ("₱305", "305", "PHP"),
        ("₱963.99", "963.99", "PHP"),
        ("Rp10.000 - Rp25.000", "10000", "IDR"),
    ],
)
def test_money(words: str, amount: str, currency: str) -> None:
    assert read(fields.money("x"), words) == Money(amount=Decimal(amount), currency=currency)


@pytest.mark.parametrize("words", ["murah", "26.350", "Rp", "Rp?.000", "Rp41,5rb", "€5", "Rp1.23"])
def test_money_that_cannot_be_read(words: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        read(fields.money("x"), words)


@given(st.integers(min_value=1, max_value=10**12))
def test_rupiah_are_read_as_written(amount: int) -> None:
    words = "Rp" + f"{amount:,}".replace(",", ".")
    assert read(fields.money("x"), words) == Money(amount=Decimal(amount), currency="IDR")


@given(st.integers(min_value=1, max_value=10**12))
def test_numbers_are_exact(amount: int) -> None:
    assert read(fields.number("x", per=100_000), amount) * 100_000 == amount
    assert read(fields.number("x", textual=True), str(amount)) == amount


@pytest.mark.parametrize("value", ["8500000000", "murah", True, [1], {"a": 1}, -2, 10**400])
def test_number_refuses_what_is_none(value: Any) -> None:
    with pytest.raises(ValueError, match=r"is no|is a text"):
        read(fields.number("x"), value)


def test_numbers_are_kept_to_six_decimals() -> None:
    assert read(fields.number("x"), 0.1 + 0.2) == Decimal("0.3")
    assert read(fields.number("x", textual=True), "26350.24") == Decimal("26350.24")


@pytest.mark.parametrize("value", [0, -1, None, ""])
def test_number_that_is_not_shown(value: Any) -> None:
    assert read(fields.number("x", textual=True), value) is None


@pytest.mark.parametrize(
    ("words", "sold"),
    [
        ("1rb+ terjual", 1000),
        ("10rb+ terjual", 10_000),
        ("1,6 rb", 1600),
        ("Terjual 1.0 rb", 1000),
        ("Terjual 967", 967),
        ("9,999+ Terjual", 9999),
        ("643 Terjual", 643),
        ("3.0K sold", 3000),
        ("2k+ sold", 2000),
        ("2,000+ sold", 2000),
        ("1,2jt+ terjual", 1_200_000),
        ("10RB+ terjual", 10_000),
        ("297", 297),
        (0, 0),
        ("", None),
        (None, None),
    ],
)
def test_count(words: Any, sold: int | None) -> None:
    assert read(fields.count("x"), words) == sold


@pytest.mark.parametrize("words", ["banyak", "-3", "1,2,3rb", True, 2.5])
def test_count_that_cannot_be_read(words: Any) -> None:
    with pytest.raises(ValueError, match="is no"):
        read(fields.count("x"), words)


@given(st.integers(min_value=0, max_value=10**9))
def test_thousands_never_become_decimals(sold: int) -> None:
    for separator in ".,":
        words = f"{sold:,}".replace(",", separator)
        assert read(fields.count("x"), f"{words} terjual") == sold


def test_identifiers() -> None:
    assert read(fields.ident("x"), 11719461426) == "11719461426"
    assert read(fields.ident("x"), " abc ") == "abc"
    assert [read(fields.ident("x"), value) for value in ("", 0, "0", None)] == [None] * 4
    for value in (True, 1.5, ["a"]):
        with pytest.raises(ValueError, match="is no id"):
            read(fields.ident("x"), value)


def test_flags() -> None:
    assert [read(fields.flag("x"), value) for value in (1, 0, True, False, "1", "0")] == [
        True,
        False,
    ] * 3
    assert read(fields.flag("x"), None) is None
    for value in (2, "ya", []):
        with pytest.raises(ValueError, match="neither"):
            read(fields.flag("x"), value)


def test_filled_tells_absent_from_empty() -> None:
    field = fields.filled("adsid")
    assert [field(node) for node in ({}, {"adsid": None}, {"adsid": 5})] == [None, False, True]


def test_trail_rating_brand_country() -> None:
    trail = fields.trail("x")
    assert read(trail, "a / b / c") == read(trail, ["a", "b", "c"]) == "a > b > c"
    assert read(trail, "Audio, Kamera & Lainnya/Audio") == "Audio, Kamera & Lainnya > Audio"
    assert [read(fields.rating("x"), value) for value in (0, "4.9", 5, "")] == [None, 4.9, 5, None]
    with pytest.raises(ValueError, match="is no rating"):
        read(fields.rating("x"), 99)
    assert [read(fields.brand("x"), value) for value in ("Tidak Ada Merek", "ALOPE ")] == [
        None,
        "ALOPE",
    ]
    with pytest.raises(ValueError, match="is no country code"):
        read(fields.country("x"), "Luar Negeri")


def test_links_lose_tracking_and_keep_the_target() -> None:
    link = fields.link("x", base="https://www.blibli.com", through="r")
    assert read(link, "/p/kaos/pc--MTA-1?ds=1#top") == "https://www.blibli.com/p/kaos/pc--MTA-1"
    assert read(link, "//www.lazada.co.id/a.html") == "https://www.lazada.co.id/a.html"
    advertised = (
        "https://ta.tokopedia.com/promo/x?t=1&r=https%3A%2F%2Fwww.tokopedia.com%2Fa%2Fb%3Fc"
    )
    assert read(link, advertised) == "https://www.tokopedia.com/a/b"
    assert read(link, "javascript:alert(1)") is None
    assert read(fields.picture("x"), "data:image/gif;base64,R0") is None


def test_address_needs_all_its_parts() -> None:
    field = fields.address("https://shopee.co.id/product/{shopid}/{itemid}")
    assert field({"shopid": 1, "itemid": "2"}) == "https://shopee.co.id/product/1/2"
    assert field({"itemid": 2}) is None


def test_first_field_that_finds_something_counts_and_must_be_readable() -> None:
    field = fields.number("a") | fields.money("b")
    assert field({"b": "Rp1.000"}) == Money(amount=Decimal(1000), currency="IDR")
    with pytest.raises(ValueError, match="is a text"):
        field({"a": "seribu", "b": "Rp1.000"})


@given(ANYTHING)
def test_converters_read_or_refuse(value: Any) -> None:
    makers = (
        fields.text,
        fields.ident,
        fields.brand,
        fields.trail,
        fields.country,
        fields.number,
        fields.money,
        fields.count,
        fields.rating,
        fields.flag,
        fields.link,
        fields.picture,
    )
    for maker in makers:
        try:
            read(maker("x"), value)
        except ValueError as error:
            assert str(error)


def test_half_a_surrogate_pair_can_be_stored() -> None:
    assert fields.text("a")({"a": "Kain \ud800 é"}) == "Kain ��� é"
    assert fields.ident("a")({"a": "x\udfff"}) == "x���"
    assert fields.text("a")({"a": "Kain 🧵"}) == "Kain 🧵"


def test_a_text_beyond_all_measure_is_cut_with_a_mark() -> None:
    text = read(fields.text("x"), "kain " * 10_000)
    assert len(text) == fields.LONGEST_TEXT
    assert text.endswith("…")


@pytest.mark.parametrize(
    "shown",
    [
        "https://shop.example/p/a-1?x=1#f",
        "//shop.example/p/a-1",
        "/p/a-1",
        "p/a-1",
        "http://Shop.example",
        "https:///p",
        "https:p/a-1",
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "?x",
        "https://shop.example/a;b/c;d?e",
        "ftp://shop.example/p",
        "mailto:a@shop.example",
    ],
)
@pytest.mark.parametrize("base", ["https:", "https://www.shop.example/search/x"])
def test_an_address_is_made_absolute_as_browsers_do(shown: str, base: str) -> None:
    joined = urljoin(base, shown)
    absolute = joined if re.match(r"https?://[^/?#]", joined) else None
    assert fields.picture("x", base=base)({"x": shown}) == absolute
    without_query = re.split(r"[?#]", absolute)[0] if absolute else None
    assert fields.link("x", base=base)({"x": shown}) == without_query
