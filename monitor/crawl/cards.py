"""Listings that a browser has drawn: where each part of a card stands."""

from __future__ import annotations

import re
from functools import cached_property

from parsel import Selector
from scrapy.http import TextResponse

Location = str | re.Pattern[str] | tuple[str, str]
"""Where a part of a card stands; see ``Cards``."""


class Cards:
    """Rendered listings: a CSS selector for the card, and for each key where its text stands.

    A location is a CSS selector (``::attr``, ``::text``, or neither for all words of the element),
    a CSS selector with a pattern for the part that counts, or a pattern alone, which is searched in
    the words of the card, one text a line (class names drift, words do not). Keys are those of the
    platform's JSON where it has them, so that one field reads both.
    """

    def __init__(self, css: str, **locations: Location) -> None:
        self.css, self.locations = css, locations

    def nodes(self, response: TextResponse) -> list[dict[str, str | None]]:
        """One node a card, in the order of the page; a part that is not there is None."""
        return [
            {key: card.text_at(location) for key, location in self.locations.items()}
            for card in map(_Card, response.css(self.css))
        ]


class _Card:
    """A card, whose words are read once."""

    def __init__(self, element: Selector) -> None:
        self._element = element

    @cached_property
    def _lines(self) -> str:
        return "\n".join(_words(self._element))

    def text_at(self, location: Location) -> str | None:
        """The text of a part of it; None where it has no such part."""
        match location:
            case (css, pattern):
                return _counting_part(re.search(pattern, self.text_at(css) or ""))
            case re.Pattern():
                return _counting_part(location.search(self._lines))
            case _ if "::" in location:
                return self._element.css(location).get()
        element = next(iter(self._element.css(location)), None)
        return None if element is None else " ".join(_words(element))


def _counting_part(match: re.Match[str] | None) -> str | None:
    """The last group of a match, or all of it where its pattern has none."""
    return match and match[match.lastindex or 0]


def _words(element: Selector) -> list[str]:
    texts = (" ".join(words.split()) for words in element.xpath(".//text()").getall())
    return [words for words in texts if words]
