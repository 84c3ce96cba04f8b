"""What a test plants in the simulated shops: pages that are other than registry and spider claim.

Each plant changes the answers of one platform in one respect, and names what a live check has to
say of it: the claim that is contradicted, the difference, and what came instead.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import lxml.html
from msgspec.structs import replace
from scrapy.http import HtmlResponse, TextResponse

from monitor.crawl.live_crawl import NO_SUCH_GOODS, NO_SUCH_ID, searches_of
from monitor.crawl.live_reading import ReadPage, read_page
from monitor.crawl.parsing import judge, judge_item, settled
from monitor.crawl.shapes import known_shapes
from monitor.crawl.spider import load_spiders
from monitor.demo import Catalogue
from monitor.demo.shops import HOSTS, SHOPS, ShopRequest, ShopResponse
from monitor.model import DifferenceKind, EntryKind, LivePage, PageRole, UnitState
from monitor.registry import load_registry, page_url

Plant = Callable[[ShopRequest, ShopResponse], ShopResponse]
"""What is made of the answer of a simulated shop; status 0 closes the connection without one."""
Node = dict[str, Any]
REGISTRY = load_registry()
SPIDERS = load_spiders()
NOW = datetime(2026, 11, 27, tzinfo=UTC)

WEEK = "2026-W47"
OTHER_SIZE = 24
HINTED = "Barang yang kamu cari lagi kosong"
"""Words that no spider declares, with one that such sentences have."""
UNHINTED = "Yah, coba lain kali"
PAGES = Path(__file__).parent / "pages"
_DATA = re.compile(r"(?:window\.pageData|window\.__cache)=|_init_data_= \{ data: ")
"""What stands before the data of a page."""


class Planted(NamedTuple):
    """A plant, and what a live check has to say: a claim, a difference, and what came instead."""

    platform: str
    name: str
    plant: Plant
    claim: str
    role: PageRole
    kind: DifferenceKind
    difference: str
    seen: str


def untouched(_: ShopRequest, answer: ShopResponse) -> ShopResponse:
    """The answer as it is."""
    return answer


@cache
def catalogue_of(page_size: int | None = None) -> Catalogue:
    """The simulated offers, on pages of the registry's sizes or of another one."""
    platforms = {
        name: replace(platform, page_size=page_size or platform.page_size)
        for name, platform in REGISTRY.platforms.items()
    }
    return Catalogue(7, replace(REGISTRY, platforms=platforms))


def answer_to(url: str, plant: Plant) -> TextResponse:
    """The simulated answer to an address, as ``plant`` leaves it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    request = ShopRequest(parts.netloc, unquote(parts.path), query, WEEK, catalogue_of())
    served = HOSTS.get(parts.netloc)
    answer = plant(request, served.respond(request) if served else bukalapak(request))
    kind = HtmlResponse if "html" in answer.content_type else TextResponse
    return kind(url, status=answer.status, body=answer.body)


@cache
def addresses_of(platform_id: str) -> dict[PageRole, str]:
    """What a live check asks a platform for; Bukalapak, which closed, has addresses of ours."""
    if platform_id == "bukalapak":
        api = "https://api.bukalapak.com/products"
        return {
            PageRole.listings: api,
            PageRole.own_page: f"{api}?id=eu0000",
            PageRole.nothing: f"{api}?none=1",
        }
    platform = REGISTRY.platforms[platform_id]
    entries = [entry for entry in REGISTRY.frame.entries if entry.platform == platform_id]
    [(_, search), *_] = searches_of(platform, entries, None)
    own_url = judge(SPIDERS[platform_id], answer_to(search, untouched)).listings[0].url
    assert own_url
    addresses = {PageRole.listings: search, PageRole.own_page: own_url}
    if EntryKind.keyword in platform.url_templates:
        return addresses | {
            PageRole.nothing: page_url(platform, EntryKind.keyword, NO_SUCH_GOODS, 1)
        }
    assert platform.detail
    return addresses | {
        PageRole.gone: platform.detail.format(item_id=NO_SUCH_ID, seller_id=NO_SUCH_ID)
    }


def live_pages(platform_id: str, plant: Plant = untouched) -> list[ReadPage]:
    """The pages of a live check of a platform; after a result page without listings no more."""
    spider = SPIDERS[platform_id]
    pages: list[ReadPage] = []
    for role, url in addresses_of(platform_id).items():
        if pages and pages[0].page.state is not UnitState.sampled:
            break
        response = answer_to(url, plant)
        judging = judge_item if role in {PageRole.own_page, PageRole.gone} else judge
        page = settled(judging(spider, response), True)
        live = LivePage(
            role=role,
            url=url,
            final_url=url,
            at=NOW,
            state=page.state,
            reason=page.reason,
            status=response.status,
        )
        pages.append(read_page(spider, live, response, known_shapes()[platform_id], control=True))
    return pages


def bukalapak(request: ShopRequest) -> ShopResponse:
    """Bukalapak, which no simulated shop stands for: a full page of its page of the tests."""
    document = json.loads((PAGES / "bukalapak" / "products.json").read_text(encoding="utf-8"))
    [first] = document["data"]
    if "none" in request.query:
        page = "<html><body><h1>Barang tidak ditemukan!</h1></body></html>"
        return ShopResponse(page.encode())
    nodes = [first | {"id": f"eu{number:04}"} for number in range(request.number("size", 50))]
    if "id" in request.query:
        return _json({"data": nodes[0] | {"id": request.query["id"]}})
    return _json({"data": nodes, "meta": {"total": 900}})


def _json(document: object) -> ShopResponse:
    return ShopResponse(json.dumps(document).encode(), "application/json")


def data_of(answer: ShopResponse) -> tuple[int, int, Any]:
    """Where the data of an answer begin and end in its text, and the data."""
    text = answer.body.decode()
    start = 0 if text[:1] in "{[" else match.end() if (match := _DATA.search(text)) else -1
    if start < 0:
        return 0, 0, None
    document, end = json.JSONDecoder().raw_decode(text, start)
    return start, end, document


def with_data(change: Callable[[Any], Any], request: ShopRequest, answer: ShopResponse) -> Any:
    """The answer with its data as ``change`` leaves them."""
    start, end, document = data_of(answer)
    if document is None:
        return answer
    text = answer.body.decode()
    changed = json.dumps(change(document)).replace("<", "\\u003c")
    return dataclasses.replace(answer, body=f"{text[:start]}{changed}{text[end:]}".encode())


def renamed(keys: dict[str, str], document: Any) -> Any:
    """A document in which keys have other names, wherever they stand."""
    if isinstance(document, dict):
        return {keys.get(key, key): renamed(keys, part) for key, part in document.items()}
    return [renamed(keys, part) for part in document] if isinstance(document, list) else document


def keys_renamed(**keys: str) -> Plant:
    """Data whose keys have other names."""
    return partial(with_data, partial(renamed, keys))


def text_replaced(old: str, new: str) -> Plant:
    """Words of a page in place of others."""

    def plant(_: ShopRequest, answer: ShopResponse) -> ShopResponse:
        """The answer with the other words."""
        return dataclasses.replace(answer, body=answer.body.replace(old.encode(), new.encode()))

    return plant


def elements_dropped(xpath: str) -> Plant:
    """A page without the elements at an XPath."""

    def plant(_: ShopRequest, answer: ShopResponse) -> ShopResponse:
        """The page without them; an answer that is no page stays."""
        if "html" not in answer.content_type:
            return answer
        tree = lxml.html.document_fromstring(answer.body.decode())
        for element in tree.xpath(xpath):
            element.getparent().remove(element)
        return dataclasses.replace(answer, body=lxml.html.tostring(tree, encoding="utf-8"))

    return plant


def both(*plants: Plant) -> Plant:
    """One plant after the other."""

    def plant(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
        """The answer as the last of them leaves it."""
        for change in plants:
            answer = change(request, answer)
        return answer

    return plant


def other_size(request: ShopRequest, _: ShopResponse) -> ShopResponse:
    """The answer with another number of positions."""
    if request.host not in HOSTS:
        return bukalapak(dataclasses.replace(request, query={**request.query, "size": "24"}))
    query = {**request.query, "limit": str(OTHER_SIZE)} if "limit" in request.query else None
    changed = dataclasses.replace(
        request, query=query or request.query, catalogue=catalogue_of(OTHER_SIZE)
    )
    return HOSTS[request.host].respond(changed)


def other_words(platform: str, words: str) -> Plant:
    """A platform that says in other words that it found nothing, or that an offer is gone."""

    def plant(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
        """The page with them; Shopee answers with a page in place of its data."""
        body = answer.body
        if platform == "shopee" and request.path.startswith("/api/"):
            if json.loads(body)["items"]:
                return answer
            body = b"<html><body><h1>Produk tidak ditemukan</h1></body></html>"
        for known_words in KNOWN_WORDS[platform]:
            body = body.replace(known_words.encode(), words.encode())
        kind = "text/html" if body[:1] == b"<" else answer.content_type
        return ShopResponse(body, kind, answer.status)

    return plant


KNOWN_WORDS = {shop.id: (shop.no_results, shop.removed) for shop in SHOPS.values()} | {
    "shopee": ("Produk tidak ditemukan",),
    "bukalapak": ("Barang tidak ditemukan",),
}

_PLACE = "els-product__seller-name"
_TOKOPEDIA_PLACE = "spnSRPProdTabShopLoc"
_OTHER_CARDS = text_replaced("master-product-card", "product-card-v9")
_PRICES = {
    "lazada": keys_renamed(price="amount", priceShow="amountShow"),
    "shopee": keys_renamed(price="amount"),
    "tokopedia": both(
        keys_renamed(price="amount"), elements_dropped('//*[@data-testid="spnSRPProdPrice"]')
    ),
    "blibli": elements_dropped('//span[@class="els-product__fixed-price"]'),
    "tiktokshop": elements_dropped('//div[@class="cursor-pointer"]/span[starts-with(.,"Rp")]'),
    "aliexpress": keys_renamed(prices="amounts"),
    "bukalapak": keys_renamed(price="amount"),
}
_FIELDS = {
    "lazada": ("ship_from", keys_renamed(location="place_v2")),
    "shopee": ("ship_from", keys_renamed(shop_location="place_v2")),
    "tokopedia": (
        "ship_from",
        both(
            keys_renamed(city="place_v2"),
            elements_dropped(
                f'//span[@data-testid="{_TOKOPEDIA_PLACE}" and following-sibling::span]'
            ),
        ),
    ),
    "blibli": (
        "ship_from",
        elements_dropped(
            f'//span[@class="{_PLACE}" and preceding-sibling::span[@class="{_PLACE}"]]'
        ),
    ),
    "tiktokshop": (
        "sold",
        elements_dropped('//div[@class="cursor-pointer"]/span[contains(.,"terjual")]'),
    ),
    "aliexpress": ("seller_name", keys_renamed(storeName="shopTitle")),
    "bukalapak": ("ship_from", keys_renamed(city="place_v2", address="addr")),
}
_ENVELOPES = {
    "lazada": ("mods.gridCells[]", keys_renamed(listItems="gridCells")),
    "shopee": ("cells[]", keys_renamed(items="cells")),
    "aliexpress": ("data.data.root.fields.mods.itemList.cells[]", keys_renamed(content="cells")),
    "bukalapak": ("payload[]", keys_renamed(data="payload")),
}
_CARDS = {
    "tokopedia": ('[data-testid="product-card-v9"]', "cards", _OTHER_CARDS),
    "blibli": ("a.blu-tile", "entrance", text_replaced("elf-product-card", "blu-tile")),
    "tiktokshop": ("div.card-tile", "entrance", text_replaced("cursor-pointer", "card-tile")),
    "aliexpress": (
        "div.grid",
        "entrance",
        both(keys_renamed(content="cells"), text_replaced("_init_data_", "_first_data_")),
    ),
}
_UNREAD = {
    "lazada": (
        "mods.gridCells[]",
        both(keys_renamed(listItems="gridCells"), text_replaced("pageData", "pageModel")),
    ),
    "shopee": ("items[]", keys_renamed(item_basic="card_basic", itemid="uid", shopid="sid")),
    "bukalapak": ("data[]", keys_renamed(store="outlet")),
}


def _plants() -> Iterator[Planted]:
    """Every plant of every platform."""
    listings = PageRole.listings
    for name in SPIDERS:
        yield Planted(
            name, "page size", other_size, "page size", listings, DifferenceKind.page_size,
            "page_size", str(OTHER_SIZE),
        )  # fmt: skip
        absent = PageRole.gone if name == "tiktokshop" else PageRole.nothing
        claim = "words for gone" if name == "tiktokshop" else "words for nothing found"
        yield Planted(
            name, "words", other_words(name, HINTED), claim, absent, DifferenceKind.words,
            HINTED, HINTED,
        )  # fmt: skip
        lost = DifferenceKind.missing_field
        yield Planted(
            name, "price", _PRICES[name], "fields", listings, lost, "price", "none of",
        )  # fmt: skip
        field, plant = _FIELDS[name]
        yield Planted(name, field, plant, "fields", listings, lost, field, "none of")
    moved = DifferenceKind.envelope
    for name, (place, plant) in _ENVELOPES.items():
        claim = "where listings stand"
        yield Planted(name, "envelope", plant, claim, listings, moved, place, place)
    for name, (css, claim, plant) in _CARDS.items():
        yield Planted(name, "cards", plant, claim, listings, DifferenceKind.cards, css, css)
    for name, (place, plant) in _UNREAD.items():
        yield Planted(name, "unread", plant, "entrance", listings, moved, place, "objects with")


PLANTS = tuple(_plants())
