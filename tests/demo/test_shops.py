"""What each platform shows and hides, over real HTTP."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from protego import Protego

from monitor.demo import DemoServer
from monitor.demo.offers import COUNTRIES
from monitor.demo.shops import SHOPS
from monitor.registry import Registry, page_url

from .conftest import Visitor

WEEK = "2026-W47"


def embedded(text: str, name: str) -> Any:
    return json.JSONDecoder().raw_decode(text[text.index(name) + len(name) :].lstrip(" ="))[0]


def own_url(platform: str, offer: Any) -> str:
    shop = SHOPS[platform]
    item = shop.item_id(offer)
    return {
        "lazada": f"https://www.lazada.co.id/products/-i{item}.html",
        "shopee": f"https://shopee.co.id/product/1/{item}",
        "tokopedia": f"https://www.tokopedia.com/toko/barang-{item}",
        "blibli": f"https://www.blibli.com/p/barang/ps--{item}",
        "tiktokshop": f"https://shop-id.tokopedia.com/pdp/{item}",
        "aliexpress": f"https://www.aliexpress.com/item/{item}.html",
    }[platform]


def test_every_shop_is_that_of_an_open_platform(registry: Registry) -> None:
    for name, shop in SHOPS.items():
        platform = registry.platforms[name]
        assert platform.url_templates
        assert set(platform.hosts) <= set(shop.hosts)
        assert shop.currency == platform.currency


def test_entrances_are_allowed_by_robots_and_other_ways_are_not(
    registry: Registry, visitor: Visitor
) -> None:
    for platform in (registry.platforms[name] for name in SHOPS):
        for kind in platform.url_templates:
            url = page_url(platform, kind, "kopi bubuk", 1)
            robots = Protego.parse(visitor.text(f"https://{platform.hosts[0]}/robots.txt"))
            assert robots.can_fetch(url, "PantauImpor"), url
    for url in (
        "https://www.tokopedia.com/graphql/SearchProductV5Query?q=kopi",
        "https://www.tokopedia.com/search?q=kopi",
        "https://www.blibli.com/backend/search/products?searchTerm=kopi",
        "https://www.blibli.com/cari/kopi",
        "https://shopee.co.id/search?keyword=kopi&searchPrefill=1",
    ):
        host = url.split("/")[2]
        robots = Protego.parse(visitor.text(f"https://{host}/robots.txt"))
        assert not robots.can_fetch(url, "PantauImpor"), url


@pytest.mark.parametrize("platform", sorted(SHOPS))
def test_own_pages_can_be_found_and_say_where_from(
    platform: str, server: DemoServer, registry: Registry, visitor: Visitor
) -> None:
    size = registry.platforms[platform].page_size
    entry = next(each for each in registry.frame.entries if each.platform == platform)
    shown = server.catalogue.results(platform, entry.query, WEEK, 1, size).shown
    for each in shown[:15]:
        text = visitor.text(own_url(platform, each.offer))
        assert f"<td>{each.offer.seller.name}" in text.replace("&#39;", "'")
        place = each.offer.own_place
        assert ("Dikirim dari" in text) is (place is not None)
        assert not place or f">{SHOPS[platform].shown_place(each.offer)}</" in text
        if platform in {"tokopedia", "shopee"}:
            assert "ld+json" not in text
            continue
        product = embedded(text, '"application/ld+json">')
        assert product["sku"] == SHOPS[platform].item_id(each.offer)
        origin = product["offers"].get("shippingDetails", {}).get("shippingOrigin", {})
        assert origin.get("addressRegion") == place
        if place:
            assert (origin["addressCountry"] != "ID") is each.offer.recognisable
    status, _, body = visitor.ask(own_url(platform, replace(shown[0].offer, item_id=1)))
    assert status == SHOPS[platform].removed_status
    assert b"SIMULASI" in body
    assert SHOPS[platform].removed in body.decode().replace("&#39;", "'")


@pytest.mark.parametrize("platform", sorted(SHOPS))
def test_listings_that_pages_link_to_exist(
    platform: str, registry: Registry, visitor: Visitor
) -> None:
    entry = next(each for each in registry.frame.entries if each.platform == platform)
    text = visitor.text(page_url(registry.platforms[platform], entry.kind, entry.query, 1))
    links = {
        "lazada": lambda: [
            "https:" + each["itemUrl"]
            for each in embedded(text, "window.pageData=")["mods"]["listItems"]
        ],
        "shopee": lambda: [
            f"https://shopee.co.id/product/{each['shopid']}/{each['itemid']}"
            for each in json.loads(text)["items"]
        ],
        "tokopedia": lambda: [
            each["url"]
            for each in embedded(text, "window.__cache").values()
            if each.get("__typename") == "AceSearchUnifyProduct"
        ],
        "blibli": lambda: [
            "https://www.blibli.com" + each
            for each in re.findall(r'class="elf-product-card" href="([^"]+)"', text)
        ],
        "tiktokshop": lambda: re.findall(r'class="cursor-pointer"><a href="([^"]+)"', text),
        "aliexpress": lambda: [
            f"https://www.aliexpress.com/item/{each['productId']}.html"
            for each in embedded(text, "_init_data_= { data:")["data"]["root"]["fields"]["mods"][
                "itemList"
            ]["content"]
        ],
    }[platform]()
    assert len(links) == registry.platforms[platform].page_size
    for link in links[:10]:
        robots = Protego.parse(SHOPS[platform].robots)
        assert robots.can_fetch(link, "PantauImpor"), link
        assert visitor.ask(link)[0] == 200


@pytest.mark.parametrize("platform", ["tokopedia", "tiktokshop", "aliexpress"])
def test_result_pages_of_some_platforms_never_name_a_foreign_place(
    platform: str, server: DemoServer, registry: Registry
) -> None:
    places = {
        each.offer.place
        for entry in registry.frame.entries
        if entry.platform == platform
        for each in server.catalogue.results(platform, entry.query, WEEK, 1, 30).shown
    }
    assert not places & (COUNTRIES.keys() - {"Indonesia"})


@pytest.mark.parametrize("platform", ["lazada", "tokopedia", "blibli", "tiktokshop", "aliexpress"])
def test_no_results_in_the_sites_own_words(
    platform: str, registry: Registry, visitor: Visitor
) -> None:
    shop, entrances = SHOPS[platform], registry.platforms[platform].url_templates
    kind = next(iter(entrances))
    url = page_url(registry.platforms[platform], kind, "zzqx wbrk", 1)
    text = visitor.text(url.replace("ajax=true&", ""))
    assert shop.no_results in text
    full = visitor.text(page_url(registry.platforms[platform], kind, "kopi", 1))
    assert shop.no_results not in full


def test_blibli_counts_sellers_abroad_like_its_places(
    server: DemoServer, registry: Registry, visitor: Visitor
) -> None:
    for entry in registry.frame.entries:
        if entry.platform != "blibli" or not entry.core:
            continue
        query = quote(entry.query)
        url = f"https://www.blibli.com/backend/search/products?searchTerm={query}"
        data = visitor.json(url)["data"]
        (facet,) = data["filters"][0]["data"]
        abroad = sum(each["location"] in COUNTRIES for each in data["products"])
        assert (facet["count"] > 0) is (abroad > 0)
        assert facet["count"] <= data["paging"]["total_item"]


def test_requests_of_pages_are_counted(server: DemoServer, visitor: Visitor) -> None:
    before = server.requests.get("blibli", 0)
    visitor.text("https://www.blibli.com/jual/kopi")
    visitor.text("https://www.blibli.com/robots.txt")
    assert server.requests["blibli"] == before + 1
