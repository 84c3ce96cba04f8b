"""How a refusal looks: one entry a signature, in ``data/refusals.toml``.

Seen in public captures and reports of scrapers' authors (shopeeCrawler issue 6, shopee-crawler
issues 16 and 17, printing-press pull request 1428, tokopaedi issue 7). A refusal is a result: it
is recorded and never worked around.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scrapy.http import TextResponse

from monitor.crawl.documents import documents, is_json
from monitor.crawl.jmespaths import search
from monitor.crawl.signatures import Refusal, refusals


def refusal_of(platform: str, response: TextResponse, *, bare: bool) -> Refusal | None:
    """The first signature that a response matches; None where it is no known refusal.

    ``bare`` says that the response is known to hold no listings.
    """
    return _first(
        platform,
        lambda refusal: (
            refusal.failure is None and (bare or not refusal.bare) and _matches(refusal, response)
        ),
    )


def refusal_of_address(platform: str, url: str) -> Refusal | None:
    """The first signature that an address alone shows: to it a refused request is sent on."""
    return _first(platform, lambda refusal: bool(refusal.url and re.search(refusal.url, url)))


def refusal_of_failure(platform: str, words: str) -> Refusal | None:
    """The first signature that a network error matches, by the words of the exception."""
    return _first(
        platform, lambda refusal: bool(refusal.failure and re.search(refusal.failure, words))
    )


def _first(platform: str, matches: Callable[[Refusal], bool]) -> Refusal | None:
    of_platform = (each for each in refusals() if platform in (each.platforms or (platform,)))
    return next(filter(matches, of_platform), None)


def _matches(refusal: Refusal, response: TextResponse) -> bool:
    if refusal.status and response.status not in refusal.status:
        return False
    if refusal.url and not (
        response.url.startswith("http") and re.search(refusal.url, response.url)
    ):
        return False
    if is_json(response):
        if refusal.text or refusal.xpath:
            return False
        try:
            return not refusal.json or any(
                search(refusal.json, document) for document in documents(response)
            )
        except ValueError:
            return False
    if refusal.text and not re.search(refusal.text, response.text, re.IGNORECASE | re.DOTALL):
        return False
    return not refusal.json and (not refusal.xpath or bool(response.xpath(refusal.xpath)))
