"""Invented words in place of those that name people: same length, script and case.

The same word becomes the same invented one wherever it stands, under a secret that is drawn for
one batch of pages and thrown away: nobody can try names until one fits.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterable

_VOWELS, _CONSONANTS = "aeiou", "bdgjklmnprstwy"
_GENERIC = frozenset(
    ["official", "store", "shop", "toko", "mall", "global", "overseas", "indonesia", "resmi"]
)
"""Words of sellers' names that name a kind of seller and nobody; a name of them alone is one."""
_SCRIPTS = {
    "CJK": "山川木林田石水火土金日月風雨花草",
    "CYRILLIC": "абвгдежзиклмнопрст",
    "ARABIC": "ابتجدرسشعقكلمن",
    "THAI": "กขคงจชดตนบปมยรลว",
    "HANGUL": "가나다라마바사아자차카타",
}
_WORD = re.compile(r"[^\W\d_]+|\d+")


class Inventor:
    """Invents words under a ``secret``; ``taken`` are words that none may come out as."""

    def __init__(self, secret: bytes, taken: Iterable[str] = ()) -> None:
        self._secret = secret
        self._taken = {word.casefold() for word in taken}

    def name(self, original: str) -> str:
        """An invented name of the same shape; words for a kind of seller stay where others do not.

        A name that has neither letters nor digits has nothing to invent and stays.
        """
        words = [word.casefold() for word in _WORD.findall(original)]
        keeps_kind = any(word not in _GENERIC for word in words)

        def replaced(match: re.Match[str]) -> str:
            """A word of the name."""
            is_kind = keeps_kind and match[0].casefold() in _GENERIC
            return match[0] if is_kind else self.word(match[0])

        for number in range(64):
            self._salt = number
            invented = _WORD.sub(replaced, original)
            if invented == original or invented.casefold() not in self._taken:
                return invented
        return invented

    _salt = 0

    def word(self, original: str) -> str:
        """An invented word: letters for letters of the same script and case, digits for digits."""
        key = f"{self._salt}/{original.casefold()}".encode()
        stream = hmac.digest(self._secret, key, "sha512")
        letters = []
        for place, char in enumerate(original):
            number = stream[place % len(stream)] + 7 * (place // len(stream))
            letters.append(_invented(char, number, place))
        return "".join(letters)


def _invented(char: str, number: int, place: int) -> str:
    """A character of the same kind as ``char``, chosen by ``number``; never the same one."""
    if not char.isalnum():
        return char
    if char.isdecimal():
        shift = 1 + number % (8 if place == 0 else 9)
        digit = (unicodedata.decimal(char) + shift) % 10
        return str(digit or (1 if place == 0 else 0))
    if char.isascii():
        pool = _VOWELS if place % 2 else _CONSONANTS
    else:
        script = next((name for name in _SCRIPTS if name in unicodedata.name(char, "")), None)
        pool = _SCRIPTS[script] if script else _CONSONANTS
    others = [letter for letter in pool if letter != char.lower()]
    letter = others[number % len(others)]
    return letter.upper() if char.isupper() else letter
