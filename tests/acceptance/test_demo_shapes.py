"""Demo payloads hold only what real captures hold: key paths and types, so nothing is circular."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.demo import Catalogue
from monitor.demo.shops import SHOPS, Ask
from monitor.registry import load_registry

pytestmark = pytest.mark.acceptance

WEEK = "2026-W47"
Shape = set[tuple[str, str]]


def shape(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key path of a document with the type of what stands there; lists are ``[]``."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from shape(part, f"{path}.{key}")
    elif isinstance(value, list):
        for part in value:
            yield from shape(part, f"{path}[]")
    else:
        yield path, type(value).__name__


def real(folder: Path, *names: str) -> Shape:
    return {
        each for name in names for each in shape(json.loads((folder / name).read_text("utf-8")))
    }


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(1, load_registry())


def answered(catalogue: Catalogue, platform: str, path: str, **query: str) -> str:
    shop = SHOPS[platform]
    reply = shop.answer(Ask(shop.hosts[0], path, query, WEEK, catalogue))
    assert reply.status == 200, path
    return reply.body.decode()


def test_lazada_result_nodes(shared: Path, catalogue: Catalogue) -> None:
    demo = json.loads(answered(catalogue, "lazada", "/catalog/", ajax="true", q="kopi"))
    assert len(demo["mods"]["listItems"]) == 40
    capture = real(shared / "captures/lazada", "lazada_id_catalog_sandal_2022-12_listItems_a.json")
    assert set(shape(demo["mods"]["listItems"])) - capture == set()
    documented = {(".mainInfo.totalResults", "str")}
    assert set(shape({**demo, "mods": {}})) == documented


def test_shopee_results_and_item(shared: Path, catalogue: Catalogue) -> None:
    found = answered(
        catalogue, "shopee", "/api/v4/search/search_items", keyword="kopi", limit="60", newest="0"
    )
    capture = real(
        shared / "captures/shopee",
        "shopee_id_search_2022-07_one_item.json",
        "shopee_id_search_2026_one_item.json",
        "shopee_id_search_kaos_2020-05.json",
    )
    demo = json.loads(found)
    assert len(demo["items"]) == 60
    assert set(shape(demo)) - capture == set()
    item = str(demo["items"][0]["itemid"])
    own = json.loads(answered(catalogue, "shopee", "/api/v4/item/get", itemid=item))
    assert own["data"]["itemid"] == int(item)
    detail = real(shared / "captures/shopee", "shopee_id_item_detail_2022-07.json")
    assert set(shape(own)) - detail == set()
