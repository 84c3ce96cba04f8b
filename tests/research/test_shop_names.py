"""No spelling of a shop's name passes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.model.shop_names import letters, names_a_shop, without_names


@pytest.mark.parametrize(
    ("title", "name", "shown"),
    [
        ("Gamis HOUSE OF SMITH hitam", "House.Of.Smith", "Gamis […] hitam"),
        ("Kaos house-of-smith", "House Of Smith", "Kaos […]"),
        ("Kaos HouseofSmith asli", "HOUSE  OF SMITH", "Kaos […] asli"),
        ("Sabun watsons 100 ml", "Watsons", "Sabun […] 100 ml"),
        ("Bagus sekali", "Bu", "Bagus sekali"),
        ("Sambal Bu pedas", "Bu", "Sambal […] pedas"),
        ("Kaos ★★ polos", "★★", "Kaos […] polos"),
        ("Kaos polos", " ", "Kaos polos"),
        ("Kaos ＨＯＵＳＥ polos", "house", "Kaos […] polos"),
        ("Kaos ＨＯＵＳＥ polos", "toko", "Kaos ＨＯＵＳＥ polos"),
    ],
)
def test_a_name_is_blotted_out_however_it_is_written(title: str, name: str, shown: str) -> None:
    assert without_names(title, [name]) == shown


@given(name=st.text(min_size=1), around=st.tuples(st.text(), st.text()))
@example(name="Straße", around=("", "STRASSE"))
@example(name="a.b.c.d", around=("a b", " c d"))
def test_no_name_of_four_letters_can_be_read(name: str, around: tuple[str, str]) -> None:
    shown = without_names(name.join(around), [name])
    if len(letters(name)) >= 4:
        assert letters(name) not in letters(shown)


@pytest.mark.parametrize(
    ("brand", "names", "is_name"),
    [
        ("Watsons", ["watsons"], True),
        ("HOUSE OF SMITH", ["house.of.smith"], True),
        ("House of Smith", ["House of Smith Official"], True),
        ("Smith Official Store", ["smith"], True),
        ("Wardah", ["Watsons"], False),
        ("Wardah", [], False),
        ("3M", ["Toko 3M Jaya"], False),
        ("3M", ["3m"], True),
    ],
)
def test_a_brand_that_is_the_shops_name_is_known(
    brand: str, names: list[str], is_name: bool
) -> None:
    assert names_a_shop(brand, names) is is_name
