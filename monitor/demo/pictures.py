"""Product pictures: a small PNG in two colours that follow from the product."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

from monitor.demo.randomness import hash_of

_SIDE = 48
"""Pixels."""


@lru_cache(maxsize=2_000)
def picture(name: str) -> bytes:
    """A square PNG of two colours that follow from ``name``."""
    colours = hash_of("picture", name).to_bytes(8)
    light, dark = colours[:3], colours[3:6]
    rows = b"".join(
        b"\0" + (light * column + dark * (_SIDE - column)) for column in range(1, _SIDE + 1)
    )
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
