"""Shopee: search results (flat ``items`` of 2020, ``item_basic`` since), shop listings, items.

Rendered cards and the data of an item's page as public scrapers describe them, in no capture yet.
"""

import re

from monitor.crawl.spider import (
    Cards,
    Fields,
    PlatformSpider,
    address,
    brand,
    count,
    filled,
    flag,
    ident,
    money,
    number,
    picture,
    rating,
    text,
    trail,
)


class ShopeeSpider(PlatformSpider):
    name = "shopee"
    markers = ("shopee", '"shopid"', '"itemid"')
    minimum_listings = 30
    no_results = ("tidak ada hasil yang ditemukan", "produk tidak ditemukan")
    places = (
        "items[?shopid || item_basic] && items[].merge(@, item_basic || `{}`)",
        "[].response[]",
        "[?shopid] && [*]",
    )
    item_data = ("window.pdpData", "text/mfe-initial-data")
    items = (
        "data.itemid && [data]",
        "data.item && [merge(data.item, {shop: data.shop_detailed})]",
        "initialState.DOMAIN_PDP.data.PDP_BFF_DATA.cachedMap.values(@)"
        "[?item].merge(item, {shop: shop_detailed})",
    )
    item_url = r"(?:-i\.\d+\.|/product/\d+/)(\d+)"
    total = ("total_count",)
    cards = Cards(
        'li[data-sqe="item"]',
        itemid=("a[href*='-i.']::attr(href)", r"-i\.\d+\.(\d+)"),
        shopid=("a[href*='-i.']::attr(href)", r"-i\.(\d+)\.\d+"),
        name="img[alt]::attr(alt)",
        picture="img[src*='susercontent.com']::attr(src)",
        priceShow=re.compile(r"Rp\s*\d[\d.]*"),
        shop_location=("[aria-label^='location-']::attr(aria-label)", r"location-(.+)"),
        soldShow=re.compile(r"(?mi)^\d.*\b(?:terjual|sold)$"),
    )
    fields = Fields(
        item_id=ident("itemid || item_id"),
        title=text("name || title"),
        url=address("https://shopee.co.id/product/{shopid}/{itemid}")
        | address("https://shopee.co.id/product/{shop_id}/{item_id}"),
        image_url=address("https://down-id.img.susercontent.com/file/{image}") | picture("picture"),
        price=number("price", per=100_000) | money("priceShow"),
        currency=text("currency"),
        seller_id=ident("shopid || shop_id"),
        seller_name=text("shop_name || shop.name"),
        official_store=flag("is_official_shop"),
        ship_from=text("shop_location || shop_location_tr || shop.shop_location"),
        cross_border_flag=flag("cb_option"),
        category_id=ident("catid"),
        category_path=trail("categories[].display_name"),
        brand=brand("brand"),
        rating=rating("item_rating.rating_star"),
        sold=count("historical_sold || item_card_display_sold_count.display_sold_count")
        | count("soldShow"),
        sponsored=filled("adsid"),
    )
