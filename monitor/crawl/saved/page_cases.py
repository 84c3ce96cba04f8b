"""Test pages: a page of a platform, and beside it what the spider reads of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from scrapy.http import HtmlResponse, TextResponse

from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.spider import PlatformSpider
from monitor.model import GONE, Listing

SOURCES = "SOURCES.md"
SOURCES_HEAD = """\
# Where test pages come from

Pages that a crawl or a live check received. Sellers and people on them are invented ones of the
same shape, and so are the ids of offers; what tells the visit is taken out.

| page | received from | on | people invented |
|---|---|---|---|
"""


def case_files(pages: Path) -> Iterator[Path]:
    """The pages below a folder, ``<platform>/<case>.json`` or ``.html``."""
    for path in sorted(pages.glob("*/*")):
        if path.suffix in {".json", ".html"} and not path.name.endswith(".expected.json"):
            yield path


def expectation_file(page: Path) -> Path:
    """Where it stands what a page is expected to hold."""
    return page.with_suffix(".expected.json")


def case_response(path: Path) -> TextResponse:
    """The page as received; an HTML page says in its canonical link where it was."""
    body = path.read_bytes()
    kind = HtmlResponse if path.suffix == ".html" else TextResponse
    link = re.search(rb'<link rel="canonical" href="([^"]+)"', body)
    url = link[1].decode().replace("&amp;", "&") if link else f"https://saved.example/{path.name}"
    return kind(url, body=body)


def expectation(spider: type[PlatformSpider], response: TextResponse) -> dict[str, object]:
    """What a page is as a result page, and the listing it shows as a listing's own page."""
    page = judge(spider, response, control=True)
    own_page = judge_item(spider, response)
    gone = {"item_is": own_page.reason} if own_page.reason == GONE else {}
    count = page.foreign_results
    abroad = {} if count is None else {"foreign_results": count}
    return (
        gone
        | abroad
        | {
            "state": page.state.value,
            "reason": page.reason,
            "total_results": page.total_results,
            "listings": [_plain(listing) for listing in page.listings],
            "item": [_plain(listing) for listing in own_page.listings],
        }
    )


def expectation_json(expected: dict[str, object]) -> str:
    """An expectation as its file has it."""
    return json.dumps(expected, indent=1, ensure_ascii=False) + "\n"


def add_source(pages: Path, case: str, host: str, day: str, names: int) -> None:
    """Add the line of a page to ``SOURCES.md``, which is made where there is none."""
    path = pages / SOURCES
    text = path.read_text(encoding="utf-8") if path.exists() else SOURCES_HEAD
    path.write_text(f"{text}| {case} | {host} | {day} | {names} |\n", encoding="utf-8")


def _plain(listing: Listing) -> dict[str, object]:
    fields = msgspec.to_builtins(listing).items()
    return {key: field for key, field in fields if field is not None}
