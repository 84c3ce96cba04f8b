"""Words that name a shop, found in titles and brands however they are written there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

BLOT = "[…]"
_LEAST_LETTERS = 4
"""Letters of a name that is blotted out inside of words, too; shorter ones only as words."""


def letters(text: str) -> str:
    """The letters and digits of a text alone, so that dots, blanks and case make no difference."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


def without_names(title: str, names: Iterable[str]) -> str:
    """A title with every name in it blotted out; a blot alone where one could still be read.

    A title without a name stays as it is; in others each character is the plain one of its kind.

    Between the letters of a name, signs and blanks count for nothing: ``toko.abc`` is ``Toko ABC``.
    """
    normal = blotted = unicodedata.normalize("NFKC", title)
    named = [name for name in names if name.strip()]
    for name in sorted(named, key=len, reverse=True):
        blotted = _pattern(name).sub(BLOT, blotted)
    remaining = letters(blotted)
    inside = (letters(name) for name in named)
    if any(len(name) >= _LEAST_LETTERS and name in remaining for name in inside):
        return BLOT
    return title if blotted == normal else blotted


def names_a_shop(brand: str, names: Iterable[str]) -> bool:
    """Whether a brand is the name of one of the shops, or holds it or a part of it."""
    branded = letters(brand)
    for name in filter(None, map(letters, names)):
        shorter, longer = sorted((branded, name), key=len)
        if branded and (branded == name or (len(shorter) >= _LEAST_LETTERS and shorter in longer)):
            return True
    return False


@lru_cache(maxsize=20_000)
def _pattern(name: str) -> re.Pattern[str]:
    folded = unicodedata.normalize("NFKC", name)
    spelled = [re.escape(char) for char in folded if char.isalnum()]
    if not spelled:
        return re.compile(re.escape(folded.strip()))
    inner = r"[\W_]*".join(spelled)
    bound = "" if len(spelled) >= _LEAST_LETTERS else r"\b"
    return re.compile(f"{bound}{inner}{bound}", re.IGNORECASE)
