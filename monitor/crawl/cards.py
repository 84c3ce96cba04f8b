"""Listings that a browser has drawn: where each part of a card stands."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import Any

from lxml.etree import XPath
from parsel import css2xpath
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
            for card in map(_Card, _selector(self.css)(response.selector.root))
        ]


class _Card:
    """A card, whose words are read once."""

    def __init__(self, element: Any) -> None:
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
        part = next(iter(_selector(location)(self._element)), None)
        # A place with "::" is a text itself, any other an element.
        return part if part is None or "::" in location else " ".join(_words(part))


def _counting_part(match: re.Match[str] | None) -> str | None:
    """The last group of a match, or all of it where its pattern has none."""
    return match and match[match.lastindex or 0]


@cache
def _selector(css: str) -> XPath:
    """A CSS selector of the table above, made once: a parsel selector for each text took longer."""
    return XPath(css2xpath(css), smart_strings=False)


_TEXTS = XPath(".//text()", smart_strings=False)


def _words(element: Any) -> list[str]:
    texts = (" ".join(words.split()) for words in _TEXTS(element))
    return [words for words in texts if words]
