"""Titles as words: Unicode tricks undone, markup dropped, digits made alike."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

MAX_TITLE = 2_000

_TAG = re.compile(r"<[^<>]{0,300}>")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_DROPPED = {"Cf", "Mn", "Me", "Cc", "Cs"}


def _byte(code: int) -> int:
    char = chr(code)
    if char.isdigit():
        return ord("0")
    return ord(char.lower()) if char.isalpha() or char == "\x1f" else ord(" ")


_TABLE = bytes(_byte(code) if code < 128 else code for code in range(256))


@lru_cache(maxsize=20_000)
def _plain_run(run: str) -> str:
    """A run of characters beyond ASCII, made plain."""
    chars = []
    for char in unicodedata.normalize("NFKD", run):
        category = unicodedata.category(char)
        if category not in _DROPPED:
            chars.append(char if category[0] in "LN" else " ")
    return "".join(chars).lower()


def plain(title: str) -> str:
    """The title without markup, invisible characters, accents and look-alike letters.

    NFKD undoes styled letters and full-width forms, format characters (zero-width, right-to-left
    marks) vanish, other signs become spaces. Only the first 2,000 characters count.
    """
    title = title[:MAX_TITLE].replace("\x1f", " ")
    if "&" in title:
        title = html.unescape(title)
    if "<" in title:
        title = _TAG.sub(" ", title)
    if title.isascii():
        return title
    return _BEYOND_ASCII.sub(lambda match: _plain_run(match[0]), title)


def encode(titles: Iterable[str]) -> bytes:
    """The titles as words for ``features.split``: every title ends with 0x1F.

    A word is a run of letters and digits, lower case, every digit written ``0``, UTF-8.
    """
    joined = "\x1f".join([plain(title) for title in titles]) + "\x1f"
    return joined.encode("utf-8", "replace").translate(_TABLE)
