"""One harness for every platform: each saved page against what it is expected to hold.

A page is ``tests/pages/<platform>/<case>.json`` or ``.html``; its ``<case>.expected.json`` is
written where it is missing, and the test fails until a person has read it.
"""

import json
from pathlib import Path

import pytest

from monitor.crawl.parsing import judge, recognise
from monitor.crawl.saved.page_cases import (
    case_files,
    case_response,
    expectation,
    expectation_file,
    expectation_json,
)
from monitor.crawl.spider import load_spiders
from monitor.model import UnitState

PAGES = Path(__file__).resolve().parent.parent / "pages"
SPIDERS = load_spiders()
CASES = list(case_files(PAGES))


@pytest.mark.parametrize("name", SPIDERS)
def test_spider_has_a_page_with_listings(name: str) -> None:
    pages = [path for path in CASES if path.parent.name == name]
    states = [judge(SPIDERS[name], case_response(path)).state for path in pages]
    assert UnitState.sampled in states, f"save a page of {name} in {PAGES / name}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_page(path: Path) -> None:
    found = expectation(SPIDERS[path.parent.name], case_response(path))
    expected = expectation_file(path)
    if not expected.exists():
        expected.write_text(expectation_json(found), encoding="utf-8")
        pytest.fail(f"{expected.name} was written: review before proceeding")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_page_with_listings_is_recognised(path: Path) -> None:
    response = case_response(path)
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
