"""``python -m tests.bare_scrapy ADDRESSES [--fields shopee|tokopedia --out FILE]``: Scrapy alone.

The reference of the benchmarks: fetches the pages of a file of addresses one after another and
throws them away, or writes each listing's fields to JSON lines as a hand-written spider would.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response, TextResponse


class Discarding(scrapy.Spider):
    """Fetches and throws away."""

    name = "discarding"
    addresses: tuple[str, ...] = ()

    async def start(self) -> AsyncIterator[Any]:
        for address in self.addresses:
            yield scrapy.Request(address)

    def parse(self, response: Response, **_: object) -> Iterator[dict[str, Any]]:
        yield from ()


class Shopee(Discarding):
    """The twenty fields of ``items[].item_basic``."""

    name = "shopee"

    def parse(self, response: Response, **_: object) -> Iterator[dict[str, Any]]:
        assert isinstance(response, TextResponse)
        for rank, item in enumerate(response.json()["items"], 1):
            node = item["item_basic"]
            yield {
                "item_id": str(node["itemid"]),
                "title": node["name"],
                "url": f"https://shopee.co.id/product/{node['shopid']}/{node['itemid']}",
                "image_url": f"https://down-id.img.susercontent.com/file/{node['image']}",
                "price": node["price"] // 100_000,
                "currency": node["currency"],
                "seller_id": str(node["shopid"]),
                "seller_name": node.get("shop_name"),
                "official_store": node.get("is_official_shop"),
                "ship_from": node["shop_location"],
                "ship_from_country": None,
                "cross_border_flag": bool(node["cb_option"]),
                "category_id": str(node["catid"]),
                "category_path": None,
                "brand": node["brand"] or None,
                "rating": node["item_rating"]["rating_star"],
                "sold": node["historical_sold"],
                "condition": None,
                "rank": rank,
                "sponsored": item["adsid"] is not None,
            }


class Tokopedia(Discarding):
    """The twenty fields of the products in the Apollo cache of a rendered page."""

    name = "tokopedia"

    def parse(self, response: Response, **_: object) -> Iterator[dict[str, Any]]:
        assert isinstance(response, TextResponse)
        script = response.css("script::text").re_first(r"(?s)window\.__cache=(\{.*\});?")
        cache = json.loads(script or "{}")
        products = [node for node in cache.values() if node.get("__typename") == PRODUCT]
        for rank, node in enumerate(products, 1):
            shop = _entity(cache, node["shop"])
            yield {
                "item_id": str(node["id"]),
                "title": node["name"],
                "url": node["url"],
                "image_url": node["imageUrl"],
                "price": int(re.sub(r"\D", "", node["price"])),
                "currency": "IDR",
                "seller_id": str(shop["id"]),
                "seller_name": shop["name"],
                "official_store": shop["isOfficial"],
                "ship_from": shop["city"],
                "ship_from_country": None,
                "cross_border_flag": None,
                "category_id": str(node["categoryId"]),
                "category_path": node["categoryBreadcrumb"],
                "brand": None,
                "rating": node["rating"],
                "sold": [_entity(cache, label)["title"] for label in node["labelGroups"]],
                "condition": None,
                "rank": rank,
                "sponsored": bool(_entity(cache, node["ads"])["id"]),
            }


PRODUCT = "AceSearchUnifyProduct"
SPIDERS = {spider.name: spider for spider in (Discarding, Shopee, Tokopedia)}


def _entity(cache: dict[str, Any], link: dict[str, Any]) -> dict[str, Any]:
    """What a link of an Apollo cache leads to."""
    entity: dict[str, Any] = cache[link["id"]] if link.get("type") == "id" else link
    return entity


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bare_scrapy")
    parser.add_argument("addresses", type=Path)
    parser.add_argument("--fields", choices=sorted(SPIDERS), default=Discarding.name)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    settings: dict[str, Any] = {
        "CONCURRENT_REQUESTS": 1,
        "DOWNLOAD_DELAY": 0,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": logging.ERROR,
    }
    if options.out:
        settings["FEEDS"] = {str(options.out): {"format": "jsonlines"}}
    process = CrawlerProcess(settings)
    addresses = options.addresses.read_text(encoding="utf-8").split()
    process.crawl(SPIDERS[options.fields], addresses=tuple(addresses))
    process.start()


if __name__ == "__main__":
    main()
