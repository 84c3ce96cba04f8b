"""The real captures: counts as SOURCES.md names them, fields equal to the raw ones.

The raw fields are read here on their own, with plain ``json`` and regular expressions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse, TextResponse

from monitor.crawl.parsing import judge, judge_item, recognise
from monitor.crawl.refusals import refusal_of, refusal_of_failure, refusals
from monitor.crawl.saved import ingest
from monitor.crawl.saved.page_cases import case_response
from monitor.crawl.saved.privacy import safe_body
from monitor.crawl.spider import load_spiders
from monitor.model import EntryKind, Listing, UnitState
from monitor.registry import load_registry
from monitor.store import Store

pytestmark = pytest.mark.acceptance
SPIDERS = load_spiders()

Raw = tuple[str, str, Decimal | None, str | None, bool | None]


def rupiah(words: str) -> Decimal:
    return Decimal(re.sub(r"\D", "", words))


def per_100000(price: int) -> Decimal:
    return Decimal(price) / 100_000


def lazada_items(data: Any) -> list[Raw]:
    return [(x["itemId"], x["name"], Decimal(x["price"]), x["location"], None) for x in data]


def lazada_cards(data: Any) -> list[Raw]:
    return [
        (x["externalProductId"], x["title"], rupiah(x["price"]), x["location"], None)
        for run in data["runs"]
        for x in run["sample"]
    ]


def shopee(items: list[Any]) -> list[Raw]:
    return [
        (
            str(x["itemid"]),
            x["name"],
            per_100000(x["price"]),
            x["shop_location"],
            x["cb_option"] == 1,
        )
        for x in items
    ]


def shopee_own_page(data: Any) -> list[Raw]:
    item = data["data"]["item"]
    return [
        (
            str(item["item_id"]),
            item["title"],
            per_100000(item["price"]),
            item["shop_location"],
            item["cb_option"],
        )
    ]


def shopee_item_2019(data: Any) -> list[Raw]:
    return shopee([data["item"]])


def shopee_card_2026(data: Any) -> list[Raw]:
    return [
        (
            str(x["itemid"]),
            x["item_card_displayed_asset"]["name"],
            per_100000(x["item_data"]["item_card_display_price"]["price"]),
            None,
            None,
        )
        for x in data["items"]
    ]


def tokopedia_own_page(data: Any) -> list[Raw]:
    main = data["data"]["pdpMainInfo"]
    content = main["components"][0]["data"][0]
    price = Decimal(content["price"]["value"])
    return [(main["data"]["basicInfo"]["id"], content["name"], price, None, None)]


def tokopedia_v5(data: Any) -> list[Raw]:
    return [
        (x["id"], x["name"], Decimal(x["price"]["number"]), x["shop"]["city"], None) for x in data
    ]


def tokopedia_feed(data: Any) -> list[Raw]:
    return [
        (x["id"], x["name"], Decimal(x["priceInt"]), x["shop"]["city"], None) for x in data["cards"]
    ]


def tokopedia_ads(data: Any) -> list[Raw]:
    return [
        (
            x["product"]["id"],
            x["product"]["name"],
            rupiah(x["product"]["price"]),
            x["shop"]["city"],
            None,
        )
        for x in data[0]["data"]["displayAdsV3"]["data"]
    ]


def blibli(products: list[Any]) -> list[Raw]:
    return [
        (x["id"], x["name"], Decimal(str(x["price"]["minPrice"])), x["location"], None)
        for x in products
    ]


def bukalapak_deals(data: Any) -> list[Raw]:
    return [
        (x["product_id"], x["name"], Decimal(x["reduced_price"]), x["city"], None)
        for x in data["data"]
    ]


def bukalapak_product(x: Any) -> list[Raw]:
    return [(x["id"], x["name"], Decimal(x["price"]), x["store"]["address"]["city"], None)]


def tiktokshop(data: Any) -> list[Raw]:
    return [
        (
            x["product_id"],
            x["title"],
            Decimal(x["product_price_info"]["sale_price_decimal"]),
            None,
            None,
        )
        for x in data["data"]["productList"]
    ]


def aliexpress_search(data: Any) -> list[Raw]:
    return [
        (
            x["productId"],
            x["title"]["displayTitle"],
            Decimal(x["prices"]["salePrice"]["cent"]) / 100,
            None,
            None,
        )
        for x in data["content"]
    ]


def aliexpress_item(data: Any) -> list[Raw]:
    item = data["result"]["item"]
    low = item["sku"]["def"]["price"].split()[0]
    return [
        (
            item["itemId"],
            item["title"],
            Decimal(low),
            data["result"]["delivery"]["shippingFrom"],
            None,
        )
    ]


PAYLOADS: list[tuple[str, int, Callable[[Any], list[Raw]]]] = [
    ("lazada/lazada_id_catalog_sandal_2022-12_listItems_a.json", 20, lazada_items),
    ("lazada/lazada_id_rendered_card_samples_2026-10.json", 15, lazada_cards),
    (
        "lazada/lazada_id_search_bebelac_2026-05.json",
        20,
        lambda d: lazada_items(d["mods"]["listItems"]),
    ),
    (
        "shopee/shopee_id_search_lactogrow_2026-05.json",
        20,
        lambda d: shopee([x["item_basic"] for x in d["items"]]),
    ),
    ("shopee/shopee_id_pdp_get_pc_2025-06.json", 1, shopee_own_page),
    ("shopee/shopee_v2_item_get_2019-05.json", 1, shopee_item_2019),
    ("shopee/shopee_br_search_card_2026-07.json", 1, shopee_card_2026),
    ("tokopedia/tokopedia_pdpMainInfo_2026-08.json", 1, tokopedia_own_page),
    (
        "tokopedia/searchProductV5_sgm_2026-05.json",
        20,
        lambda d: tokopedia_v5(d[0]["data"]["searchProductV5"]["data"]["products"]),
    ),
    ("blibli/blibli_search_dancow_2026-05.json", 20, lambda d: blibli(d["data"]["products"])),
    ("shopee/shopee_id_search_kaos_2020-05.json", 50, lambda d: shopee(d["items"])),
    (
        "shopee/shopee_id_search_2022-07_one_item.json",
        1,
        lambda d: shopee([x["item_basic"] for x in d["items"]]),
    ),
    ("shopee/shopee_id_item_detail_2022-07.json", 1, lambda d: shopee([d["data"]])),
    (
        "shopee/shopee_id_search_2026_one_item.json",
        1,
        lambda d: shopee([x["item_basic"] for x in d["items"]]),
    ),
    ("shopee/shopee_id_shop_listing_jiniso_2024-10.json", 28, lambda d: shopee(d[0]["response"])),
    ("tokopedia/searchProductV5_baju_2025-12_a.json", 164, tokopedia_v5),
    ("tokopedia/homepage_infinite_feed_2025-12.json", 16, tokopedia_feed),
    ("tokopedia/displayAdsV3_iphone11_2024-02.json", 25, tokopedia_ads),
    ("blibli/blibli_search_kaos_2020-05.json", 32, lambda d: blibli(d["data"]["data"]["products"])),
    ("blibli/blibli_search_samsung_2024-02.json", 40, lambda d: blibli(d["data"]["products"])),
    ("blibli/blibli_listing_vouchers_2023-10.json", 40, lambda d: blibli(d["data"]["products"])),
    ("bukalapak/bukalapak_flash_deal_2025_a.json", 20, bukalapak_deals),
    ("bukalapak/bukalapak_product_camelcase_2020-10.json", 1, bukalapak_product),
    ("bukalapak/bukalapak_product_raw_imported_true_2020-08_excerpt.json", 1, bukalapak_product),
    ("tiktokshop/tiktokshop_id_category_one_item_2025-06.json", 1, tiktokshop),
    ("aliexpress/aliexpress_search_tshirt_2024-09.json", 60, aliexpress_search),
    ("aliexpress/aliexpress_item_detail_api_2024-03.json", 1, aliexpress_item),
]


REFUSED = "lazada/lazada_id_punish_body_2026-05.html"


def response_of(path: Path) -> TextResponse:
    kind = HtmlResponse if path.suffix == ".html" else TextResponse
    return kind(f"file:{path.name}", body=path.read_bytes())


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def listings_of(path: Path) -> tuple[Listing, ...]:
    response = response_of(path)
    platform = recognise(response, SPIDERS)
    assert platform == path.parent.name
    page = judge(SPIDERS[platform], response)
    assert page.state is UnitState.sampled, page.reason
    assert page.unreadable == ()
    return page.listings


@pytest.mark.parametrize(
    ("name", "listings", "raw"), PAYLOADS, ids=[name for name, _, _ in PAYLOADS]
)
def test_payload(shared: Path, name: str, listings: int, raw: Callable[[Any], list[Raw]]) -> None:
    path = shared / "captures" / name
    read = [
        (x.item_id, x.title, x.price, x.ship_from, x.cross_border_flag) for x in listings_of(path)
    ]
    assert len(read) == listings
    assert read == raw(json.loads(path.read_text(encoding="utf-8")))


PAGES = (
    "lazada/lazada_ph_catalog_rendered_2024-02.html",
    "tokopedia/search_laptop_rendered_2020-12.html",
    "tokopedia/tokopedia_search_cards_laptop_2022-07.html",
    "tokopedia/tokopedia_pdp_page_2025-03.html",
)
SIDE_FIELDS = (
    *("url", "image_url", "currency", "seller_id", "seller_name", "official_store", "category_id"),
    *("category_path", "brand", "rating", "sold", "sponsored"),
)


def test_what_captures_do_not_say_of_side_fields_is_counted(shared: Path) -> None:
    """``side_nulls.json`` counts what is null in each capture; written where it is missing."""
    nulls = {}
    for name in (*(name for name, _, _ in PAYLOADS), *PAGES):
        listings = listings_of(shared / "captures" / name)
        counts = {field: sum(getattr(x, field) is None for x in listings) for field in SIDE_FIELDS}
        nulls[name] = {field: count for field, count in counts.items() if count}
    expected = Path(__file__).parent / "side_nulls.json"
    if not expected.exists():
        expected.write_text(json.dumps(nulls, indent=1) + "\n", encoding="utf-8")
        pytest.fail(f"{expected.name} was written: review before proceeding")
    assert nulls == json.loads(expected.read_text(encoding="utf-8"))


NODES = {
    "lazada/lazada_id_search_bebelac_2026-05.json": lambda d: d["mods"]["listItems"],
    "shopee/shopee_id_search_lactogrow_2026-05.json": lambda d: d["items"],
    "shopee/shopee_br_search_card_2026-07.json": lambda d: d["items"],
    "tokopedia/searchProductV5_sgm_2026-05.json": lambda d: d[0]["data"]["searchProductV5"]["data"][
        "products"
    ],
    "blibli/blibli_search_dancow_2026-05.json": lambda d: d["data"]["products"],
    "tiktokshop/tiktokshop_id_category_one_item_2025-06.json": lambda d: d["data"]["productList"],
    "aliexpress/aliexpress_search_tshirt_2024-09.json": lambda d: d["content"],
}


@pytest.mark.parametrize("name", NODES)
def test_listings_are_known_by_their_own_keys(shared: Path, name: str) -> None:
    path = shared / "captures" / name
    nodes = NODES[name](json.loads(path.read_text(encoding="utf-8")))
    moved = {
        "recommendations": {"cells": [*nodes, *nodes]},
        "layout": [{"part": {"cells": [nodes[0]]}}, {"sections": {"grid": {"entries": nodes}}}],
    }
    body = json.dumps(moved).encode()
    page = judge(SPIDERS[path.parent.name], TextResponse("https://saved.example/", body=body))
    expected = "layout[].sections.grid.entries[]" if nodes[1:] else "layout[].part.cells[]"
    assert page.envelope == expected
    assert page.listings == listings_of(path)


def test_one_shopee_listing_of_2020_is_flagged(shared: Path) -> None:
    listings = listings_of(shared / "captures/shopee/shopee_id_search_kaos_2020-05.json")
    flagged = [listing for listing in listings if listing.cross_border_flag]
    assert [listing.ship_from for listing in flagged] == ["Luar Negeri"]
    assert {listing.cross_border_flag for listing in listings} == {True, False}


def test_blibli_counts_its_own_listings_from_abroad(shared: Path) -> None:
    path = shared / "captures/blibli/blibli_search_kaos_2020-05.json"
    page = TextResponse("https://saved.example/", body=path.read_bytes())
    judged = judge(SPIDERS["blibli"], page)
    assert (judged.foreign_results, judged.total_results) == (11, 4633)


def test_lazada_philippines_has_the_shape_and_not_the_currency(shared: Path) -> None:
    path = shared / "captures/lazada/lazada_ph_catalog_rendered_2024-02.html"
    page = path.read_text(encoding="utf-8")
    listings = listings_of(path)
    assert len(listings) == 40
    assert [x.item_id for x in listings] == re.findall(
        r'product-item"[^>]*data-item-id="(\d+)"', page
    )
    prices = [words.replace(",", "") for words in re.findall(r">₱([\d.,]+)</span>", page)]
    assert [x.price for x in listings] == [Decimal(words) for words in prices]
    assert {x.currency for x in listings} == {"PHP"}


def test_tokopedia_cards_are_completed_from_the_cache(shared: Path) -> None:
    path = shared / "captures/tokopedia/search_laptop_rendered_2020-12.html"
    page = path.read_text(encoding="utf-8")
    listings = listings_of(path)
    assert len(listings) == 100
    prices = re.findall(r'data-testid="spnSRPProdPrice">(Rp[\d.]+)<', page)
    assert [x.price for x in listings] == [rupiah(words) for words in prices]
    cached = set(re.findall(r'"AceSearchUnifyProduct(\d+)":', page))
    assert len(cached) == 60
    assert cached <= {x.item_id for x in listings}


def test_an_own_page_of_tokopedia_tells_its_place_in_words(shared: Path) -> None:
    path = shared / "captures/tokopedia/tokopedia_pdp_page_2025-03.html"
    page = path.read_text(encoding="utf-8")
    content = re.search(r'"name":"([^"]+)","price":{"type":"id"', page)
    price = re.search(r'{"value":(\d+),"currency":"IDR"', page)
    place = re.search(r"Dikirim dari <b>([^<]+)</b>", page)
    item = re.search(r'"pdpBasicInfo(\d+)"', page)
    assert content and price and place and item
    (listing,) = listings_of(path)
    assert listing == SPIDERS["tokopedia"].detail(response_of(path))
    assert (listing.item_id, listing.title) == (item[1], content[1].replace("\\u0026", "&"))
    assert (listing.price, listing.currency) == (Decimal(price[1]), "IDR")
    assert (listing.ship_from, listing.rank) == (place[1], None)
    # The page's cards are other offers, which nobody reads.
    assert page.count('data-testid="linkProductName"') == 4


def test_cards_of_2022_tell_their_place_even_where_the_cache_does_not(shared: Path) -> None:
    path = shared / "captures/tokopedia/tokopedia_search_cards_laptop_2022-07.html"
    page = path.read_text(encoding="utf-8")
    advertised = [x for x in listings_of(path) if x.sponsored]
    assert len(listings_of(path)) == 41
    places = re.findall(r'spnSRPProdTabShopLoc">([^<]+)<', page)
    assert advertised
    assert {x.ship_from for x in advertised} <= {*places}


def test_marks_of_2026_on_lazada_are_read(shared: Path) -> None:
    listings = listings_of(shared / "captures/lazada/lazada_id_search_bebelac_2026-05.json")
    assert {x.sponsored for x in listings} == {False}
    assert None not in {x.official_store for x in listings}


def test_imported_is_not_cross_border(shared: Path) -> None:
    name = "bukalapak_product_raw_imported_true_2020-08_excerpt.json"
    (listing,) = listings_of(shared / "captures/bukalapak" / name)
    assert (listing.imported_flag, listing.cross_border_flag) == (True, None)
    assert listing.ship_from == "Jakarta Pusat"


@pytest.mark.parametrize("name", SPIDERS)
def test_what_no_capture_confirms_is_declared(shared: Path, name: str) -> None:
    spider, proven = SPIDERS[name], set()
    registry = load_registry()
    category = registry.platforms[name].url_templates.get(EntryKind.category, "").partition("{")[0]
    for path in (shared / "captures" / name).glob("*.html"):
        response = response_of(path)
        if category and case_response(path).url.startswith(category):
            proven.add("category page")
        if spider.cards and spider.cards.nodes(response) and spider.listings(response)[1:]:
            proven.add("cards")
        if judge_item(spider, response).listings:
            proven.add("own page")
        if (texts := spider.own_texts(response)) and texts.description:
            proven.add("description")
        if judge(spider, response).nodes:
            proven.add("page data")
    parts = {
        "own page": True,
        "cards": spider.cards,
        "page data": spider.listing_scripts,
        "description": True,
        "category page": any(entry.platform == name for entry in registry.frame.second_way),
    }
    declared = {part for part, declares in parts.items() if declares} - proven
    assert {*spider.unproven} == declared


def test_no_other_capture_is_a_page(shared: Path) -> None:
    payloads = {name for name, _, _ in PAYLOADS}
    for path in (shared / "captures").glob("*/*.json"):
        if name_of(path) in payloads:
            continue
        platform = recognise(response_of(path), SPIDERS)
        page = judge(SPIDERS[platform or "lazada"], response_of(path))
        assert page.state is UnitState.unparseable, path.name


def examples(shared: Path) -> list[dict[str, Any]]:
    path = shared / "captures/blocked/blocked_response_examples.json"
    quoted: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["examples"]
    return quoted


def as_responses(example: dict[str, Any]) -> list[HtmlResponse]:
    """What a crawler would have received, as far as the quotation tells."""
    url = example.get("url", "https://example.com/")
    status = int(str(example.get("http_status", 200))[:3])
    body, marks = example.get("body"), example.get("marks", [])
    match example["kind"]:
        case "url":
            return [HtmlResponse(f"https://example.com/{mark.lstrip('/')}") for mark in marks]
        case "json":
            return [HtmlResponse(url, status=200, body=json.dumps(body).encode())]
        case "html":
            page = (body or "<html><head><title>404 Not Found</title></head></html>").encode()
            return [HtmlResponse(url, status=code, body=page) for code in (status, 200)]
        case "rendered_text":
            words = f"<title>{example['title']}</title><p>{example['body_text']}</p>"
            return [HtmlResponse(url, body=words.encode())]
        case "html_shell" | "transient_zero_card_shell":
            return [HtmlResponse(url, body=b'<html><body><div id="main"></div></body></html>')]
        case "soft_block_rendered_text":
            return [
                HtmlResponse(url, body=f"<html><body><p>{words}</p></body></html>".encode())
                for words in example["texts_seen"]
            ]
        case other:
            raise AssertionError(f"unknown kind {other}")


def test_every_refusal_is_recognised(shared: Path) -> None:
    unproven = {refusal.id for refusal in refusals() if refusal.unproven}
    for example in examples(shared):
        platform = example["platform"].split()[0].replace("alibaba-baxia", "lazada")
        if example["kind"] == "network_error":
            assert all(refusal_of_failure(platform, mark) for mark in example["marks"]), example
            continue
        for response in as_responses(example):
            page = judge(SPIDERS[platform], response, control=False)
            assert page.state is UnitState.blocked, (example, page)
            assert page.reason not in unproven, "a real answer proves it"


def test_shell_of_an_item_page_is_a_refusal(shared: Path) -> None:
    path = shared / "captures/blocked/shopee_id_pdp_spa_shell_no_data_2024-02.html"
    response = response_of(path)
    assert recognise(response, SPIDERS) == "shopee"
    assert judge(SPIDERS["shopee"], response).state is UnitState.blocked


def test_no_real_page_is_a_refusal(shared: Path) -> None:
    pages = [*(shared / "captures").glob("*/*.json"), *(shared / "captures").glob("*/*.html")]
    for path in pages:
        if path.parent.name != "blocked":
            refusal = refusal_of(path.parent.name, response_of(path), bare=True)
            assert (refusal is not None) is (name_of(path) == REFUSED), path.name


def test_taking_tokens_out_takes_no_listing_out(shared: Path) -> None:
    changed = 0
    for path in (shared / "captures").glob("*/*.[jh]*"):
        spider = SPIDERS.get(path.parent.name)
        body = path.read_bytes()
        safe, _ = safe_body(body, spider.listing_keys if spider else ())
        changed += safe != body
        if spider:
            pages = [HtmlResponse("file:x", body=version) for version in (body, safe)]
            assert spider.listings(pages[0]) == spider.listings(pages[1]), path.name
    assert changed


def test_ingest_takes_every_payload_and_skips_the_rest_with_a_reason(
    shared: Path, tmp_path: Path
) -> None:
    folders = [shared / "captures/lazada", shared / "captures/shopee"]
    with Store.open(f"sqlite:///{tmp_path / 'pantau.db'}") as store:
        summary = ingest(
            folders, registry=load_registry(), store=store, evidence=tmp_path / "evidence"
        )
        again = ingest([shared / "captures"], registry=load_registry())
        (run,) = store.runs.newest("ingest")
    assert [file.file for file in again.files if file.outcome == "failed"] == []
    assert summary.counts == {
        "taken": 14, "skipped": 2, "pages": 14, "listings": 199
    }  # fmt: skip
    assert run.counts == summary.counts
    skipped = [file.line for file in summary.files if file.outcome == "skipped"]
    assert [line.split(": ")[1:3] for line in skipped] == [["skipped", "no listing page"]] * 2
    assert again.counts["listings"] == 783
