"""Product pictures: a small PNG, a mosaic in two colours that follows from the goods."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

from monitor.demo.randomness import hash_of

_SIDE = 48
_TILE = 8
"""Pixels."""


def goods_name(stock_number: int) -> str:
    """The name of the picture of all goods with a stock number, on whichever platform."""
    return f"{hash_of('picture', stock_number):032x}"


@lru_cache(maxsize=2_000)
def picture(name: str) -> bytes:
    """A square PNG of 6 × 6 tiles in two colours; colours and mosaic follow from ``name``."""
    colours = hash_of("picture", name).to_bytes(8)
    light = bytes(level | 0x80 for level in colours[:3])
    dark = bytes(level & 0x7F for level in colours[3:6])
    mosaic = hash_of("mosaic", name)
    tiles_a_row = _SIDE // _TILE
    rows = b""
    for row in range(tiles_a_row):
        bits = mosaic >> row * tiles_a_row
        tiles = (light if bits >> column & 1 else dark for column in range(tiles_a_row))
        rows += (b"\0" + b"".join(tile * _TILE for tile in tiles)) * _TILE
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
