"""The numbers of product pictures, measured on pictures changed as shops change them.

The pictures are product pictures that are drawn here, and photographs cut into tiles: the two that
scikit-learn brings and, where it is installed (``pip install scikit-image``), thirteen of
scikit-image. A true pair is a picture and itself, changed. A false pair is the changed picture and
whichever other picture is the most alike; of each drawn product copies in the other colours of
clothes are among the others. So there is one false pair, the hardest, to each true one.
"""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from monitor.classify.picture_hash import PictureError, difference, picture_hash

Row = dict[str, object]
Change = Callable[[Image.Image], Image.Image]
Colour = tuple[int, int, int]

SIDE = 400
TILES = 3
PHOTOGRAPHS = {
    "sklearn": ("datasets/images", ("china.jpg", "flower.jpg")),
    "skimage": (
        "data",
        (
            *("astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png"),
            *("coins.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png"),
            *("motorcycle_left.png", "retina.jpg", "rocket.jpg"),
        ),
    ),
}
OUTLINES = {
    "shirt": (
        *((0.3, 0.15), (0.42, 0.2), (0.58, 0.2), (0.7, 0.15), (0.92, 0.35), (0.8, 0.47)),
        *((0.71, 0.4), (0.71, 0.88), (0.29, 0.88), (0.29, 0.4), (0.2, 0.47), (0.08, 0.35)),
    ),
    "dress": ((0.4, 0.1), (0.6, 0.1), (0.62, 0.4), (0.85, 0.9), (0.15, 0.9), (0.38, 0.4)),
    "trousers": (
        *((0.3, 0.1), (0.7, 0.1), (0.78, 0.92), (0.58, 0.92), (0.5, 0.4)),
        *((0.42, 0.92), (0.22, 0.92)),
    ),
    "bag": ((0.15, 0.4), (0.85, 0.4), (0.92, 0.9), (0.08, 0.9)),
    "box": ((0.15, 0.25), (0.85, 0.25), (0.85, 0.8), (0.15, 0.8)),
    "bottle": (
        *((0.43, 0.05), (0.57, 0.05), (0.57, 0.25), (0.68, 0.4), (0.68, 0.95)),
        *((0.32, 0.95), (0.32, 0.4), (0.43, 0.25)),
    ),
    "shoe": ((0.08, 0.45), (0.3, 0.4), (0.5, 0.58), (0.85, 0.65), (0.95, 0.78), (0.08, 0.78)),
    "scarf": ((0.1, 0.2), (0.9, 0.1), (0.8, 0.5), (0.95, 0.95), (0.05, 0.85), (0.25, 0.5)),
}
PATTERNS = ("plain", "stripes", "bars", "dots", "checks", "label")
COLOURS: tuple[Colour, ...] = (
    *((20, 20, 20), (20, 25, 80), (190, 20, 30), (100, 15, 30), (110, 70, 40), (215, 195, 165)),
    *((240, 160, 180), (150, 170, 140), (205, 160, 40), (130, 130, 130), (20, 120, 120)),
    (110, 50, 140),
)
"""Black, navy, red, maroon, brown, beige, pink, sage, mustard, grey, teal and purple."""
DESIGNS = 2
"""Products of each outline and pattern; they differ in the pattern's size, a little in form."""


def tiles() -> Iterator[Image.Image]:
    """Each photograph that is here, whole and in three by three tiles."""
    for package, (folder, names) in PHOTOGRAPHS.items():
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            sys.stderr.write(f"pictures: no {package}, so none of its photographs\n")
            continue
        for name in names:
            path = Path(spec.submodule_search_locations[0]) / folder / name
            with Image.open(path) as file:
                photograph = file.convert("RGB")
            yield ImageOps.fit(photograph, (SIDE, SIDE))
            width, height = photograph.width // TILES, photograph.height // TILES
            for row in range(TILES):
                for column in range(TILES):
                    x, y = column * width, row * height
                    yield photograph.crop((x, y, x + width, y + height)).resize((SIDE, SIDE))


def products(step: int = 0) -> Iterator[Image.Image]:
    """The drawn products on white ground, each in its own colour or so many ``step``s after it."""
    dice = random.Random(1)
    for outline in OUTLINES.values():
        for pattern in PATTERNS:
            for _ in range(DESIGNS):
                colour = COLOURS[(dice.randrange(len(COLOURS)) + step) % len(COLOURS)]
                yield _product(outline, pattern, colour, dice.randrange(2**32))


def _product(
    outline: Sequence[tuple[float, float]], pattern: str, colour: Colour, seed: int
) -> Image.Image:
    dice = random.Random(seed)
    cloth = Image.new("RGB", (SIDE, SIDE), colour)
    _draw_pattern(ImageDraw.Draw(cloth), pattern, (235, 225, 200), dice)
    mask = Image.new("L", (SIDE, SIDE))
    points = [
        (SIDE * (x + dice.uniform(-0.03, 0.03)), SIDE * (y + dice.uniform(-0.03, 0.03)))
        for x, y in outline
    ]
    ImageDraw.Draw(mask).polygon(points, fill=255)
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    picture.paste((225, 225, 225), (8, 10, SIDE, SIDE), mask.crop((0, 0, SIDE - 8, SIDE - 10)))
    picture.paste(cloth, (0, 0), mask)
    return picture


def _draw_pattern(
    draw: ImageDraw.ImageDraw, pattern: str, colour: Colour, dice: random.Random
) -> None:
    step = dice.randrange(24, 70)
    x, y = dice.randrange(100, 220), dice.randrange(120, 240)
    places = range(0, SIDE, step)
    if pattern == "stripes":
        for top in places:
            draw.rectangle((0, top, SIDE, top + step // 2), fill=colour)
    elif pattern == "bars":
        for left in places:
            draw.rectangle((left, 0, left + step // 2, SIDE), fill=colour)
    elif pattern == "label":
        draw.rectangle((x, y, x + 110, y + 90), fill=colour)
        draw.ellipse((x + 25, y + 20, x + 80, y + 70), fill="black")
    elif pattern in ("dots", "checks"):
        shape = draw.ellipse if pattern == "dots" else draw.rectangle
        for row, top in enumerate(places):
            for column, left in enumerate(places):
                if (row + column) % 2:
                    shape((left, top, left + step * 0.9, top + step * 0.9), fill=colour)


def _encoded(picture: Image.Image, form: str, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(_file(picture, form, quality=quality))).convert("RGB")


def _with_banner(picture: Image.Image) -> Image.Image:
    banner = picture.copy()
    draw, height = ImageDraw.Draw(banner), int(picture.height * 0.13)
    top = picture.height - height
    draw.rectangle((0, top, picture.width, picture.height), fill=(200, 20, 20))
    font = ImageFont.load_default(height * 0.5)
    draw.text((10, top + height // 5), "PROMO GRATIS ONGKIR COD", fill="white", font=font)
    return banner


def _with_watermark(picture: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw, font = ImageDraw.Draw(layer), ImageFont.load_default(picture.width // 9)
    x, y = picture.width * 0.1, picture.height * 0.42
    draw.text((x + 2, y + 2), "toko serba ada", fill=(60, 60, 60, 110), font=font)
    draw.text((x, y), "toko serba ada", fill=(255, 255, 255, 150), font=font)
    return Image.alpha_composite(picture.convert("RGBA"), layer.rotate(20)).convert("RGB")


def _cropped(picture: Image.Image) -> Image.Image:
    edge = int(picture.width * 0.03)
    return picture.crop((edge, edge, picture.width - edge, picture.height - edge))


CHANGES: dict[str, Change] = {
    "made smaller (400 to 160 pixels)": lambda picture: picture.resize((160, 160)),
    "JPEG of quality 40": lambda picture: _encoded(picture, "JPEG", 40),
    "WebP of quality 30": lambda picture: _encoded(picture, "WEBP", 30),
    "a fifth darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.8),
    "a quarter brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.25),
    "watermark across": _with_watermark,
    "3 % cut off on each side": _cropped,
    "white border of 4 %": lambda picture: ImageOps.expand(picture, picture.width // 25, "white"),
    "banner below (13 %)": _with_banner,
    "mirrored": ImageOps.mirror,
}


def _file(picture: Image.Image, form: str = "PNG", **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def number(picture: Image.Image) -> str | None:
    """A picture's number; None for one that shows nothing."""
    try:
        return picture_hash(_file(picture, compress_level=0))
    except PictureError:
        return None


def run() -> Iterator[Row]:
    """For each change the precision and recall at the limits, then all of them together."""
    photographs, drawn = list(tiles()), list(products())
    pictures = [*photographs, *drawn]
    hashes = [number(picture) for picture in pictures]
    recoloured = [[number(p) for p in products(step)] for step in range(1, len(COLOURS))]
    known = [known_hash for known_hash in chain(hashes, *recoloured) if known_hash]
    yield _row("pictures: photographs", len(photographs), "whole and in tiles")
    yield _row("pictures: products", len(drawn), "drawn")
    yield from _recolour_rows(hashes[len(photographs) :], recoloured)
    totals = [0, 0, 0]
    for name, change in CHANGES.items():
        counts = [0, 0, 0]
        for picture, original in zip(pictures, hashes, strict=True):
            changed = number(change(picture)) if original else None
            if original is None or changed is None:
                continue
            others = (difference(changed, other) for other in known if other != original)
            counts[0] += 1
            counts[1] += difference(changed, original).is_small
            counts[2] += any(other.is_small for other in others)
        yield from _rows(name, *counts)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
    yield from _rows("all changes", *totals)


def _recolour_rows(
    hashes: Sequence[str | None], recoloured: Sequence[Sequence[str | None]]
) -> Iterator[Row]:
    """How many products in another colour are taken for the same picture."""
    pairs = [
        (one, other) for of_step in recoloured for one, other in zip(hashes, of_step, strict=True)
    ]
    differences = [difference(one, other) for one, other in pairs if one and other]
    taken = sum(apart.is_small for apart in differences) / len(differences)
    unit = f"share of {len(differences)} pairs taken"
    yield _row("pictures: same product in another colour", round(taken, 3), unit)


def _rows(name: str, pairs: int, true: int, false: int) -> Iterator[Row]:
    taken = true + false
    yield _row(f"pictures: {name}: recall", round(true / pairs, 3), f"share of {pairs} pairs")
    precision = round(true / taken, 3) if taken else None
    yield _row(f"pictures: {name}: precision", precision, f"share of {taken} pairs taken")


def _row(name: str, value: float | None, unit: str) -> Row:
    return {"name": name, "value": value, "unit": unit, "reference": None, "ratio": None}
