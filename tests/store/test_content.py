"""Content hashes and money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Condition
from monitor.store.content import clean, content, content_hash, from_minor, to_minor
from tests.store.values import listing

PRICES = st.decimals(min_value=0, max_value=10**12, places=None, allow_nan=False).filter(
    lambda price: price.as_tuple().exponent >= -6  # type: ignore[operator]
)


@given(PRICES, st.sampled_from(["IDR", "USD", "JPY", "KWD", None]))
def test_a_price_makes_the_round_trip(price: Decimal, currency: str | None) -> None:
    minor, per_unit = to_minor(price, currency)
    assert isinstance(minor, int)
    assert from_minor(minor, per_unit) == price


@pytest.mark.parametrize(
    ("price", "currency", "expected", "again"),
    [
        ("129900", "IDR", (12990000, 100), "129900"),
        ("129900.00", "IDR", (12990000, 100), "129900"),
        ("1.299E+5", "IDR", (12990000, 100), "129900"),
        ("12.5", "USD", (1250, 100), "12.50"),
        ("0.05", "USD", (5, 100), "0.05"),
        ("500", "JPY", (500, 1), "500"),
        ("1.234", "KWD", (1234, 1000), "1.234"),
        ("1.2345", "IDR", (12345, 10000), "1.2345"),
        ("7", None, (700, 100), "7"),
        ("0", "IDR", (0, 100), "0"),
        ("0E+3", "IDR", (0, 100), "0"),
    ],
)
def test_minor_units(
    price: str, currency: str | None, expected: tuple[int, int], again: str
) -> None:
    assert to_minor(Decimal(price), currency) == expected
    assert str(from_minor(*expected)) == again


@pytest.mark.parametrize(
    "price", ["-1", "NaN", "Infinity", "1e19", "92233720368547758.08", "1e-30", "124." + "9" * 33]
)
def test_what_is_no_price(price: str) -> None:
    with pytest.raises(ValueError, match="price"):
        to_minor(Decimal(price), "IDR")


DRIFT: list[dict[str, Any]] = [
    {"rank": 9},
    {"sold": 400},
    {"rating": 1.0},
    {"sponsored": True},
    {"price": Decimal("129900.00")},
    {"url": "https://www.lazada.co.id/products/i101.html?clickTrackInfo=abc#top"},
    {"url": "HTTPS://WWW.LAZADA.CO.ID/products/i101.html"},
    {"image_url": "https://sg-live.slatic.net/p/101.jpg?x=1"},
]
CONTENT: list[dict[str, Any]] = [
    {"title": "Mukena"},
    {"price": Decimal("129901")},
    {"price": None},
    {"currency": "USD"},
    {"seller_id": "78"},
    {"seller_name": "Toko Lain"},
    {"official_store": None},
    {"ship_from": None},
    {"ship_from_country": "ID"},
    {"cross_border_flag": False},
    {"cross_border_flag": None},
    {"imported_flag": True},
    {"condition": Condition.used},
    {"category_id": "1"},
    {"category_path": None},
    {"brand": ""},
    {"url": "https://www.lazada.co.id/products/i102.html"},
    {"url": None},
    {"image_url": "https://id-live.slatic.net/p/new.jpg"},
    {"item_id": "102"},
    {"platform": "shopee"},
]


@pytest.mark.parametrize("changes", DRIFT)
def test_drift_keeps_the_version(changes: dict[str, Any]) -> None:
    assert content_hash(listing(**changes)) == content_hash(listing())


@pytest.mark.parametrize("changes", CONTENT)
def test_content_makes_a_version(changes: dict[str, Any]) -> None:
    assert content_hash(listing(**changes)) != content_hash(listing())


def test_every_field_either_drifts_or_is_content() -> None:
    named = {name for changes in DRIFT + CONTENT for name in changes}
    assert named == set(listing().__struct_fields__)


def test_the_hash_stays_as_it_is() -> None:
    known = "ced610cfb51c4f4f5f978735c8611bb53cd6036743fe698bfc73f0f916fb141c"
    assert content_hash(listing()) == known, "labels of existing stores hang on this hash"


@given(st.text())
def test_clean_text_can_be_stored(text: str) -> None:
    cleaned = clean(text + "\x00\udcff")
    assert cleaned is not None
    assert "\x00" not in cleaned
    assert cleaned.encode()


@given(st.text(min_size=1), st.text())
def test_any_text_makes_a_row(title: str, url: str) -> None:
    row = content(listing(title=title, url=url, seller_name=title, seller_id=title))
    assert len(row["version"]) == 64


@given(
    st.sampled_from(["https://", "http://", "HTTPS://", "//", ""]),
    st.sampled_from(["shopee.co.id", "A.b:80", "x_y", "u@h", "[::1]", ""]),
    st.text(alphabet="aZ9./:?#;@[]%-_~=| \té\\", max_size=12),
)
def test_only_host_and_path_of_an_address_count(scheme: str, host: str, rest: str) -> None:
    url = scheme + host + rest
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    versions = {
        content_hash(listing("1", url=address))
        for address in (url, f"{scheme}{parts.netloc}{parts.path}")
    }
    split_again = urlsplit(f"{scheme}{parts.netloc}{parts.path}")
    same = (split_again.netloc.lower(), split_again.path) == (parts.netloc.lower(), parts.path)
    assert len(versions) == (1 if same else 2)
