"""Pages that somebody edited: what their data say of a listing is not what its card shows.

Real pages differ from themselves in small ways (a title with its variant, entities in the data, a
warehouse in place of a town), so only what no site does by itself counts: a listing on both sides
of the border, with two prices, or under titles that share no word.
"""

from __future__ import annotations

import html
import re
from typing import Any

from scrapy.http import TextResponse

from monitor.classify.locations import locate
from monitor.crawl.spider import PageError, PlatformSpider
from monitor.model import Money


def contradiction(spider: type[PlatformSpider], response: TextResponse) -> str | None:
    """Which field of which listing a page's data and its own cards contradict in; else None."""
    try:
        for place, card, in_data in spider.shown_twice(response):
            for field, agree in _AGREE.items():
                shown, hidden = card.get(field), in_data.get(field)
                if shown is not None and hidden is not None and not agree(shown, hidden):
                    return f"{field} of listing {place}"
    except PageError:
        # Such a page is unparseable already.
        pass
    return None


def _same_side(shown: str, hidden: str) -> bool:
    """Whether two places lie on one side of the border, as far as both are known."""
    places = [locate(shown), locate(hidden)]
    return None in places or len({place.country == "ID" for place in places if place}) == 1


def _same_price(shown: Any, hidden: Any) -> bool:
    amounts = {price.amount if isinstance(price, Money) else price for price in (shown, hidden)}
    return len(amounts) == 1


def _share_a_word(shown: str, hidden: str) -> bool:
    words = [set(re.findall(r"\w+", html.unescape(title).casefold())) for title in (shown, hidden)]
    return not words[0].isdisjoint(words[1]) or not all(words)


_AGREE = {"ship_from": _same_side, "price": _same_price, "title": _share_a_word}
