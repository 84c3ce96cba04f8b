"""Real captures, minted: nobody is named on them, the shapes are known, and bundles hold.

``make acceptance CAPTURES=DIR`` holds the spiders against a bundle of ``pantau pilot bundle``, too.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.saved.capture import write_case
from monitor.crawl.saved.mint import Mint
from monitor.crawl.saved.page_cases import (
    case_files,
    case_response,
    expectation,
    expectation_file,
)
from monitor.crawl.shapes import known_shapes
from monitor.crawl.spider import load_spiders
from monitor.model import UnitState
from tests.shapes import shapes_in

pytestmark = pytest.mark.acceptance
SPIDERS = load_spiders()
CAPTURES = os.environ.get("PANTAU_CAPTURES", "")
BUNDLED = list(case_files(Path(CAPTURES))) if CAPTURES else []

NAMES = re.compile(
    r"seller_?name|shop_?name|merchant_?name|store_?name|username|nick_?name|e_?mail|phone|telp"
    r"|^address$|alamat|shop_?domain",
    re.IGNORECASE,
)
OWNERS = {"shop", "store", "seller", "seller_info", "merchant", "shop_info", "shop_detailed"}
PLATFORMS = set(SPIDERS)


def people(node: Any, owner: bool = False) -> Iterator[str]:
    """Every text that stands in a field for a seller, a name, an address, a phone or a mail."""
    if isinstance(node, list):
        for part in node:
            yield from people(part, owner)
    elif isinstance(node, dict):
        for key, part in node.items():
            if isinstance(part, str) and part.strip():
                if NAMES.search(key) or (owner and key in {"name", "domain", "email", "phone"}):
                    yield part.strip()
            else:
                yield from people(part, key in OWNERS)


def paths_of(shared: Path) -> list[Path]:
    return [path for path in case_files(shared / "captures") if path.parent.name in SPIDERS]


def test_no_seller_of_a_real_capture_is_left_and_it_reads_as_before(
    shared: Path, tmp_path: Path
) -> None:
    names_met = 0
    for path in paths_of(shared):
        spider = SPIDERS[path.parent.name]
        response = case_response(path)
        read = [
            *judge(spider, response, control=True).listings,
            *judge_item(spider, response).listings,
        ]
        names = {listing.seller_name for listing in read if listing.seller_name}
        if path.suffix == ".json":
            names |= set(people(json.loads(path.read_text(encoding="utf-8"))))
        minted = Mint(spider, b"acceptance").mint(response)
        write_case(tmp_path / path.parent.name / path.name, minted, spider, response)
        text = minted.body.decode().casefold()
        left = [
            name
            for name in names
            if name.casefold() not in PLATFORMS and standing_alone(name.casefold(), text)
        ]
        assert left == [], f"{path.name}: {left}"
        names_met += len(names)
    assert names_met > 300


def standing_alone(name: str, text: str) -> bool:
    """Whether a name stands in a text as words, or a short one as a whole value."""
    if len(name) < 3:
        return f'"{name}"' in text
    return bool(re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text))


def test_the_shapes_of_the_captures_are_known(shared: Path) -> None:
    for platform, shapes in shapes_in(shared / "captures", "captures").items():
        known = {shape.name: shape for shape in known_shapes()[platform]}
        assert [shape.name for shape in shapes if known.get(shape.name) != shape] == []


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_bundled_page_reads_as_it_was_read_where_it_was_met(path: Path) -> None:
    expected = json.loads(expectation_file(path).read_text(encoding="utf-8"))
    assert expectation(SPIDERS[path.parent.name], case_response(path)) == expected


@pytest.mark.skipif(not CAPTURES, reason="no bundle: make acceptance CAPTURES=DIR")
def test_no_mark_stands_that_the_bundle_disproves() -> None:
    marks = {"cards": "cards", "data": "page data"}
    shapes = shapes_in(Path(CAPTURES), "bundle")
    assert BUNDLED, f"{CAPTURES}: holds no page; unpack the bundle there"
    proven = []
    for platform, of_platform in shapes.items():
        for shape in of_platform:
            mark = "own page" if shape.role == "own_page" else marks.get(shape.form)
            if mark in SPIDERS[platform].unproven:
                proven.append(f"spiders/{platform}.py: take {mark!r} out of unproven: {shape.name}")
    assert proven == []


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_bundled_page_is_understood(path: Path) -> None:
    spider, response = SPIDERS[path.parent.name], case_response(path)
    pages = (judge(spider, response, control=True), judge_item(spider, response))
    assert any(page.state is not UnitState.unparseable for page in pages), pages[0].reason
