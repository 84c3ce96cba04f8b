"""One harness for every platform: each saved page against what it is expected to hold.

A page is ``tests/pages/<platform>/<case>.json`` or ``.html``; its ``<case>.expected.json`` is
written where it is missing, and the test fails until a person has read it.
"""

import json
import re
from pathlib import Path

import msgspec
import pytest
from scrapy.http import HtmlResponse, TextResponse

from monitor.crawl.parsing import judge, judge_item, recognise
from monitor.crawl.spider import PlatformSpider, load_spiders
from monitor.model import GONE, Listing, UnitState

PAGES = Path(__file__).resolve().parent.parent / "pages"
SPIDERS = load_spiders()
CASES = sorted(
    path
    for path in PAGES.glob("*/*")
    if path.suffix in {".json", ".html"} and not path.name.endswith(".expected.json")
)


def response_of(path: Path) -> TextResponse:
    """The page as received; an HTML page says in its canonical link where it was."""
    body = path.read_bytes()
    kind = HtmlResponse if path.suffix == ".html" else TextResponse
    link = re.search(rb'<link rel="canonical" href="([^"]+)"', body)
    return kind(link[1].decode() if link else f"https://saved.example/{path.name}", body=body)


def plain(listing: Listing) -> dict[str, object]:
    fields = msgspec.to_builtins(listing).items()
    return {key: value for key, value in fields if value is not None}


def found_in(spider: type[PlatformSpider], path: Path) -> object:
    """What the page is as a result page, and the listing it shows as a listing's own page."""
    page = judge(spider, response_of(path), control=True)
    item = judge_item(spider, response_of(path))
    gone = {"item_is": item.reason} if item.reason == GONE else {}
    count = page.foreign_results
    abroad = {} if count is None else {"foreign_results": count}
    return (
        gone
        | abroad
        | {
            "state": page.state.value,
            "reason": page.reason,
            "total_results": page.total_results,
            "listings": [plain(listing) for listing in page.listings],
            "item": [plain(listing) for listing in item.listings],
        }
    )


@pytest.mark.parametrize("name", SPIDERS)
def test_spider_has_a_page_with_listings(name: str) -> None:
    pages = [path for path in CASES if path.parent.name == name]
    states = [judge(SPIDERS[name], response_of(path)).state for path in pages]
    assert UnitState.sampled in states, f"save a page of {name} in {PAGES / name}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_page(path: Path) -> None:
    found = found_in(SPIDERS[path.parent.name], path)
    expected = path.with_suffix(".expected.json")
    if not expected.exists():
        written = json.dumps(found, indent=1, ensure_ascii=False)
        expected.write_text(written + "\n", encoding="utf-8")
        pytest.fail(f"{expected.name} was written: review before proceeding")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_page_with_listings_is_recognised(path: Path) -> None:
    response = response_of(path)
    if judge(SPIDERS[path.parent.name], response).listings:
        assert recognise(response, SPIDERS) == path.parent.name


def test_every_folder_of_pages_has_a_spider() -> None:
    assert {path.parent.name for path in CASES} <= SPIDERS.keys()


@pytest.mark.parametrize("name", SPIDERS)
def test_spider_declares_what_the_monitor_needs(name: str) -> None:
    spider = SPIDERS[name]
    assert spider.markers
    assert spider.minimum_listings >= 1
    assert {"item_id", "title", "url", "price"} <= spider.fields.keys()
    assert all(
        words == words.casefold() for words in (*spider.no_results_texts, *spider.gone_texts)
    )
    assert not any(words.endswith((".", "!")) for words in spider.gone_texts)
