"""A stored response as a page of the tests, on which nobody is named."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import TextResponse

from monitor.config import PantauError
from monitor.crawl.saved.mint import LeakError, Mint, Minted
from monitor.crawl.saved.page_cases import (
    add_source,
    case_response,
    expectation,
    expectation_file,
    expectation_json,
)
from monitor.crawl.saved_responses import from_evidence
from monitor.crawl.spider import PlatformSpider, load_spiders
from monitor.evidence import WarcRecord

PAGES = Path("tests/pages")


class CaptureError(PantauError):
    """No test page can be made of a response; the message says why."""


def spider_of(platform: str) -> type[PlatformSpider]:
    """The spider of a platform; raises ``CaptureError`` where there is none."""
    spiders = load_spiders()
    if platform not in spiders:
        raise CaptureError(f"{platform}: no such platform; known: {', '.join(spiders)}")
    return spiders[platform]


def capture(
    record: WarcRecord,
    platform: str,
    case: str,
    pages: Path = PAGES,
    *,
    day: str = "unknown",
    mint: Mint | None = None,
) -> Path:
    """Write a response as ``<pages>/<platform>/<case>.json`` or ``.html``, with its expectation.

    Sellers and people are invented ones; a ``mint`` that knows further pages invents the same ones
    for all of them. ``day`` is when it was received. A line is added to ``SOURCES.md``. Raises
    ``CaptureError`` where that page exists, still names somebody or reads otherwise than the
    response, ``PantauError`` where the response cannot be read.
    """
    mint = mint or Mint(spider_of(platform), secrets.token_bytes(32))
    response = from_evidence(record).as_response()
    try:
        minted = mint.mint(response)
    except LeakError as error:
        raise CaptureError(f"{platform}/{case}: {error}; nothing was written") from error
    path = pages / platform / f"{case}{'.json' if minted.is_json else '.html'}"
    if path.exists():
        raise CaptureError(f"{path}: exists; choose another name for the case")
    write_case(path, minted, mint.spider, response)
    host = urlsplit(response.url).hostname or "unknown"
    add_source(pages, f"{platform}/{path.name}", host, day, len(minted.names))
    return path


def write_case(
    path: Path, minted: Minted, spider: type[PlatformSpider], response: TextResponse
) -> None:
    """Write a minted page and what the spider reads of it.

    Raises ``CaptureError``, and leaves nothing written, where it does not read as the ``response``
    that it was made of: as many listings of the same fields, in the same state.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(minted.body)
    expected = expectation(spider, case_response(path))
    before, after = reading(expectation(spider, response)), reading(expected)
    if before != after:
        path.unlink()
        raise CaptureError(f"{path.stem}: reads otherwise once people are invented: {after}")
    expectation_file(path).write_text(expectation_json(expected), encoding="utf-8")


def reading(expected: Mapping[str, Any]) -> str:
    """What was read of a page, without its words: state, listings, and how many tell each field."""
    counts = Counter(
        name for kind in ("listings", "item") for row in expected[kind] for name in row
    )
    told = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    reason = expected.get("item_is") or expected["reason"]
    listings = f"{len(expected['listings'])} listings, {len(expected['item'])} of an own page"
    return f"{expected['state']} ({reason}), {listings}; {told}"
