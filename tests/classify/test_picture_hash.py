"""Numbers of product pictures: what they survive, what has none, and how far apart they are."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance

from monitor.classify.picture_hash import PictureDistance, PictureError, difference, picture_hash

HEX = st.text("0123456789abcdef", min_size=160, max_size=160)


def product(colour: str, side: int = 300, mode: str = "RGB") -> Image.Image:
    """A striped garment on white ground."""
    picture = Image.new(mode, (side, side), "white")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(60, 40), (240, 40), (200, 120), (260, 280), (40, 280)], fill=colour)
    for top in range(130, 270, 40):
        draw.rectangle((80, top, 220, top + 15), fill="gold")
    return picture


def file(picture: Image.Image, form: str = "PNG", **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def other_product() -> Image.Image:
    picture = Image.new("RGB", (300, 300), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((40, 90, 260, 210), fill="navy")
    draw.rectangle((140, 20, 160, 120), fill="gold")
    return picture


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: file(picture.resize((160, 160))),
        lambda picture: file(picture, "JPEG", quality=50),
        lambda picture: file(picture, "WEBP", quality=50),
        lambda picture: file(ImageEnhance.Brightness(picture).enhance(0.85)),
        lambda picture: file(picture.convert("P")),
        lambda picture: file(picture, "GIF"),
    ],
)
def test_a_picture_remade_by_a_shop_keeps_its_number(
    change: Callable[[Image.Image], bytes],
) -> None:
    picture = product("navy")
    assert difference(picture_hash(file(picture)), picture_hash(change(picture))).is_small


def test_other_goods_and_other_colours_have_other_numbers() -> None:
    number = picture_hash(file(product("navy")))
    assert len(number) == 160
    in_red = difference(number, picture_hash(file(product("red"))))
    assert in_red.shape < 40 < difference(number, picture_hash(file(other_product()))).shape
    assert not in_red.is_small


def test_what_is_transparent_is_white() -> None:
    picture = product("navy").convert("RGBA")
    pixels = [
        (0, 0, 0, 0) if pixel == (255, 255, 255, 255) else pixel
        for pixel in picture.get_flattened_data()
    ]
    picture.putdata(pixels)
    assert picture_hash(file(picture)) == picture_hash(file(product("navy")))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no-picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no-picture"),
        (file(product("navy"))[:400], "no-picture"),
        (file(Image.new("1", (6000, 5000))), "too-many-pixels"),
        (file(Image.new("RGB", (200, 200), "white")), "plain"),
        (file(Image.new("RGB", (1, 1), "red")), "plain"),
    ],
)
def test_what_has_no_number(content: bytes, reason: str) -> None:
    with pytest.raises(PictureError) as raised:
        picture_hash(content)
    assert raised.value.reason == reason


BROKEN = tuple(file(product("navy"), form) for form in ("PNG", "JPEG", "WEBP", "GIF"))


@given(
    content=st.sampled_from(BROKEN),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=4),
)
def test_a_damaged_file_has_a_number_or_none(
    content: bytes, changes: list[tuple[float, bytes]]
) -> None:
    damaged = bytearray(content)
    for place, patch in changes:
        start = int(place * (len(damaged) - 1))
        damaged[start : start + len(patch)] = patch
    try:
        assert len(picture_hash(bytes(damaged))) == 160
    except PictureError as error:
        assert error.reason in {"no-picture", "too-many-pixels", "plain"}


@given(one=HEX, other=HEX, third=HEX)
def test_differences_are_a_distance(one: str, other: str, third: str) -> None:
    assert difference(one, one) == PictureDistance(0, 0)
    assert difference(one, other) == difference(other, one)
    for direct, first, second in zip(
        difference(one, third), difference(one, other), difference(other, third), strict=True
    ):
        assert direct <= first + second
