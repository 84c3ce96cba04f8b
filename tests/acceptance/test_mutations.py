"""Damaged captures raise only what is declared; ``python -m tests.bench damaged`` has more."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.spider import PageError, load_spiders
from monitor.model import to_json
from monitor.store.content import content
from tests.acceptance.mutations import damaged

pytestmark = pytest.mark.acceptance
SPIDERS = load_spiders()


@pytest.mark.parametrize("name", SPIDERS)
def test_damaged_captures(shared: Path, name: str) -> None:
    spider, read = SPIDERS[name], 0
    for capture, response in damaged(shared / "captures" / name, spider, 150, seed=7):
        pages = [judge(spider, response), judge_item(spider, response)]
        for reader in (spider.listings, spider.total_results, spider.foreign_results):
            with contextlib.suppress(PageError):
                reader(response)
        for listing in (listing for page in pages for listing in page.listings):
            assert to_json(listing), capture
            assert content(listing), capture
            read += 1
    assert read
