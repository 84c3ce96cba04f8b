"""Listings that a browser has drawn: where each part of a card stands."""

from __future__ import annotations

import re

from parsel import Selector
from scrapy.http import TextResponse


class Cards:
    """Rendered listings: a CSS selector for the card, and for each node key where it stands.

    A place is a CSS selector (``::attr``, ``::text``, or neither for all words of the element), a
    CSS selector with a pattern for the part that counts, or a pattern alone, for the words of the
    card, one text a line (class names drift, words do not). Keys are those of the platform's JSON
    where it has them, so that one field reads both.
    """

    def __init__(self, css: str, **keys: str | re.Pattern[str] | tuple[str, str]) -> None:
        self.css, self.keys = css, keys

    def nodes(self, response: TextResponse) -> list[dict[str, str | None]]:
        """One node a card, in the order of the page."""
        return [
            {key: self._found(card, place) for key, place in self.keys.items()}
            for card in response.css(self.css)
        ]

    @classmethod
    def _found(cls, card: Selector, place: str | re.Pattern[str] | tuple[str, str]) -> str | None:
        match place:
            case (css, pattern):
                return _part(re.search(pattern, cls._found(card, css) or ""))
            case re.Pattern():
                return _part(place.search("\n".join(_words(card))))
            case _ if "::" in place:
                return card.css(place).get()
        element = next(iter(card.css(place)), None)
        return None if element is None else " ".join(_words(element))


def _part(found: re.Match[str] | None) -> str | None:
    return found and found[found.lastindex or 0]


def _words(element: Selector) -> list[str]:
    texts = (" ".join(words.split()) for words in element.xpath(".//text()").getall())
    return [words for words in texts if words]
