"""Demo payloads hold only what real captures hold: key paths and types, so nothing is circular."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.demo import Catalogue
from monitor.demo.shops import SHOPS, ShopRequest
from monitor.registry import load_registry
from spiders.shopee import ShopeeSpider

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


def answered(catalogue: Catalogue, platform: str, path: str, /, **query: str) -> str:
    shop = SHOPS[platform]
    reply = shop.respond(ShopRequest(shop.hosts[0], path, query, WEEK, catalogue))
    assert reply.status == 200, path
    return reply.body.decode()


def embedded(text: str, name: str) -> Any:
    """The JavaScript object that a page assigns to ``name``."""
    after = text[text.index(f"{name}") + len(name) :].lstrip(" =")
    return json.JSONDecoder().raw_decode(after)[0]


def entities(cache: dict[str, Any]) -> dict[str, Shape]:
    """The shapes of a normalised Apollo cache, by the kind of entity."""
    found: dict[str, Shape] = {}
    for entity in cache.values():
        found.setdefault(entity.get("__typename", ""), set()).update(shape(entity))
    return found


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
    assert (".total_count", "int") in capture
    assert set(shape(demo)) - capture == set()
    item = str(demo["items"][0]["itemid"])
    own = json.loads(answered(catalogue, "shopee", "/api/v4/item/get", itemid=item))
    assert own["data"]["itemid"] == int(item)
    detail = real(shared / "captures/shopee", "shopee_id_item_detail_2022-07.json")
    assert set(shape(own)) - detail == set()


def test_tokopedia_cache_and_cards(shared: Path, catalogue: Catalogue) -> None:
    page = answered(catalogue, "tokopedia", "/find/kopi", page="1")
    capture = (shared / "captures/tokopedia/search_laptop_rendered_2020-12.html").read_text("utf-8")
    demo, real_cache = (entities(embedded(text, "window.__cache")) for text in (page, capture))
    assert len(demo) == 8
    for kind, found in demo.items():
        if kind:
            assert found - real_cache[kind] == set(), kind
    assert (".totalData", "int") in demo["AceSearchUnifyHeader"]
    marks = re.compile(r'data-testid="(\w[\w-]*)"')
    assert set(marks.findall(page)) - set(marks.findall(capture)) == set()
    assert page.count('data-testid="master-product-card"') == 60


def test_tokopedia_graphql(shared: Path, catalogue: Catalogue) -> None:
    demo = json.loads(answered(catalogue, "tokopedia", "/graphql/SearchProductV5Query", q="kopi"))
    products = demo[0]["data"]["searchProductV5"]["data"]["products"]
    capture = real(shared / "captures/tokopedia", "searchProductV5_baju_2025-12_a.json")
    assert len(products) == 60
    assert set(shape(products)) - capture == set()


def test_blibli_backend(shared: Path, catalogue: Catalogue) -> None:
    state = json.loads(answered(catalogue, "blibli", "/backend/search/products", searchTerm="kopi"))
    folder = shared / "captures/blibli"
    wrapped = json.loads((folder / "blibli_search_kaos_2020-05.json").read_text("utf-8"))
    capture = real(folder, "blibli_search_samsung_2024-02.json") | set(shape(wrapped["data"]))
    assert len(state["data"]["products"]) == 40
    assert (".data.paging.total_item", "int") in capture
    assert set(shape(state)) - capture == set()


def test_tiktokshop_category(shared: Path, catalogue: Catalogue) -> None:
    state = json.loads(
        answered(catalogue, "tiktokshop", "/api/shop/category/products", path="shoes/601352")
    )
    capture = real(shared / "captures/tiktokshop", "tiktokshop_id_category_one_item_2025-06.json")
    assert len(state["data"]["productList"]) == 30
    assert set(shape(state)) - capture == set()


def test_aliexpress_results_and_item(shared: Path, catalogue: Catalogue) -> None:
    page = answered(catalogue, "aliexpress", "/w/wholesale-hijab.html")
    fields = embedded(page, "_init_data_= { data:")["data"]["root"]["fields"]
    content = fields["mods"]["itemList"]["content"]
    documented = {(".pageInfo.totalResults", "int"), (".pageInfo.page", "int")}
    assert set(shape({**fields, "mods": {}})) == documented
    folder = shared / "captures/aliexpress"
    search = real(folder, "aliexpress_search_tshirt_2024-09.json")
    assert len(content) == 60
    assert set(shape({"content": content})) - search == set()


def test_own_page_of_shopee(shared: Path, catalogue: Catalogue) -> None:
    found = answered(
        catalogue, "shopee", "/api/v4/search/search_items", keyword="kopi", limit="60", newest="0"
    )
    item = json.loads(found)["items"][0]
    page = answered(catalogue, "shopee", f"/product/{item['shopid']}/{item['itemid']}")
    state = embedded(page, '"text/mfe-initial-data">')["initialState"]
    (cached,) = state["DOMAIN_PDP"]["data"]["PDP_BFF_DATA"]["cachedMap"].values()
    # A visitor who is not signed in sees no price.
    assert cached["item"].pop("price") is None
    captured = json.loads(
        (shared / "captures/shopee/shopee_id_pdp_get_pc_2025-06.json").read_text("utf-8")
    )["data"]
    numbers = {(path, "int") for path, kind in shape(cached) if kind == "float"}
    whole = {(path, kind) for path, kind in shape(cached) if kind != "float"} | numbers
    # In the capture there is no description; the spider says so.
    unproven = {path for path, _ in whole - set(shape(captured))}
    assert unproven == {
        f".product_description.paragraph_list[].{name}" for name in ("text", "type")
    }
    assert "description" in ShopeeSpider.unproven
    assert cached["item"]["item_id"] == item["itemid"]


def test_own_page_of_tokopedia(shared: Path, catalogue: Catalogue) -> None:
    results = answered(catalogue, "tokopedia", "/find/kopi", page="1")
    product = next(
        entity
        for entity in embedded(results, "window.__cache").values()
        if entity.get("__typename") == "AceSearchUnifyProduct"
    )
    page = answered(
        catalogue, "tokopedia", product["url"].removeprefix("https://www.tokopedia.com")
    )
    capture = (shared / "captures/tokopedia/tokopedia_pdp_page_2025-03.html").read_text("utf-8")
    demo, real_cache = (entities(embedded(text, "window.__cache")) for text in (page, capture))
    assert len(demo) == 12
    for kind, found in demo.items():
        if kind:
            wrong = {path for path, _ in found - real_cache[kind]}
            # A rating is a whole number in the one capture.
            assert wrong <= {".rating"}, kind
    marks = re.compile(r'data-testid="(\w[\w-]*)"')
    assert set(marks.findall(page)) - set(marks.findall(capture)) == set()
    assert page.count('data-testid="linkProductName"') == 4


def test_lazada_cards_use_the_marks_of_real_cards(shared: Path, catalogue: Catalogue) -> None:
    page = answered(catalogue, "lazada", "/catalog/", q="kopi")
    capture = (shared / "captures/lazada/lazada_ph_catalog_rendered_2024-02.html").read_text(
        "utf-8"
    )
    for mark in ("data-qa-locator", "data-item-id", "data-listno", "data-tracking"):
        assert f'"{mark}"' in page or f'{mark}="' in page
        assert f'{mark}="' in capture
    for name in re.findall(r'"class": "([\w+-]+)"', page):
        assert name in capture
