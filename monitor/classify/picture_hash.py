"""The number of a product picture (a perceptual hash): how alike two pictures look.

A number is 160 hex digits. The first 64 are the 256-bit pHash of the grey picture: the signs of its
lowest 16 × 16 frequencies (C. Zauner, Implementation and Benchmarking of Perceptual Image Hash
Functions, 2010), by ImageHash. Colours are lost to it, and shops show one product in many: the last
96 are the mean colours of 4 × 4 fields, a byte for each of red, green and blue, as shares of the
brightest field. The picture cannot be made again from them. ``docs/classifier.md`` has what the
two limits cost, as measured.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import NamedTuple

import imagehash
import numpy as np
from PIL import Image

SHAPE_BITS = 40
"""Bits of 256 by which the shapes of one picture may differ."""
COLOUR_LEVELS = 12
"""Levels of 255 by which the colour of any of its fields may."""
MOST_PIXELS = 25_000_000
"""Of a larger picture nothing is decoded: 100 MB in memory."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
DIGITS = 160

_SIDE, _FIELDS = 16, 4
_SHAPE_DIGITS = _SIDE**2 // 4
_WORKING_SIDE = 512
_FLAT = 4.0
"""Standard deviation of grey levels below which a picture shows nothing."""
_UNREADABLE = (
    *(OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError),
    *(struct.error, zlib.error, Image.DecompressionBombWarning),
)
"""What Pillow raises at files that are broken, or meant to be."""


class PictureError(Exception):
    """A file has no number; ``reason`` is ``no-picture``, ``too-many-pixels`` or ``plain``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PictureDistance(NamedTuple):
    """How far two numbers are apart: ``shape`` in bits of 256 (Hamming distance), ``colour`` in
    levels of 255, those of the field that differs most."""

    shape: int
    colour: int

    @property
    def is_small(self) -> bool:
        """Whether both are of one picture, as far as the limits can tell."""
        return self.shape <= SHAPE_BITS and self.colour <= COLOUR_LEVELS


def picture_hash(content: bytes) -> str:
    """The number of a picture file; raises ``PictureError`` for one that has none.

    A picture of one plain colour has none: all such would be alike.
    """
    picture = _decoded(content)
    if np.asarray(picture.convert("L"), np.float64).std() < _FLAT:
        raise PictureError("plain")
    fields = np.asarray(picture.resize((_FIELDS, _FIELDS), Image.Resampling.BOX), np.float64)
    colours = np.round(fields * (255 / max(fields.max(), 1))).astype(np.uint8)
    return f"{imagehash.phash(picture, hash_size=_SIDE)}{colours.tobytes().hex()}"


def difference(one_hash: str, other_hash: str) -> PictureDistance:
    """How far two numbers are apart."""
    one_shape, other_shape = (int(number[:_SHAPE_DIGITS], 16) for number in (one_hash, other_hash))
    levels = zip(
        bytes.fromhex(one_hash[_SHAPE_DIGITS:]),
        bytes.fromhex(other_hash[_SHAPE_DIGITS:]),
        strict=True,
    )
    return PictureDistance(
        shape=(one_shape ^ other_shape).bit_count(),
        colour=max(abs(one_level - other_level) for one_level, other_level in levels),
    )


def _decoded(content: bytes) -> Image.Image:
    """The picture on white ground, at most 512 pixels wide and high."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise PictureError("too-many-pixels")
            picture.draft("RGB", (_WORKING_SIDE, _WORKING_SIDE))
            layer = picture.convert("RGBA")
            layer.thumbnail((_WORKING_SIDE, _WORKING_SIDE))
    except Image.DecompressionBombError as error:
        raise PictureError("too-many-pixels") from error
    except _UNREADABLE as error:
        raise PictureError("no-picture") from error
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")
