"""Lazada: the catalogue's JSON and ``window.pageData``, bare lists, rendered cards."""

import re

from monitor.crawl.spider import (
    Cards,
    Fields,
    PlatformSpider,
    brand,
    count,
    flag,
    ident,
    link,
    money,
    number,
    picture,
    rating,
    text,
)


class LazadaSpider(PlatformSpider):
    name = "lazada"
    markers = ("www.lazada.", "slatic.net", "LazadaMainSrp", "lazada-id")
    minimum_listings = 20
    no_results = (
        "pencarian tidak ada hasil",
        "tidak ada hasil",
        "no results found",
        "search no result",
        "tìm kiếm không có kết quả",
        "không tìm thấy kết quả",
    )
    embedded = ("window.pageData",)
    places = (
        "mods.listItems",
        (
            "runs[].sample[].{itemId: externalProductId, name: title, itemUrl: productUrl,"
            " priceShow: price, itemSoldCntShow: rawSoldCount, location: location}"
        ),
        "[?nid] && [*]",
    )
    items = ("item.itemId && [item]",)
    item_url = r"-i(\d+)(?:-s\d+)?\.html"
    total = ("mainInfo.totalResults",)
    cards = Cards(
        '[data-qa-locator="product-item"]',
        itemId="::attr(data-item-id)",
        name="a[title]::attr(title)",
        itemUrl="a::attr(href)",
        image="img::attr(src)",
        priceShow=re.compile(r"(?m)^(?:Rp|₱)\s*\d.*$"),
        itemSoldCntShow=re.compile(r"(?mi)^\d.*\b(?:terjual|sold)$"),
        location="span[title]::attr(title)",
    )
    fields = Fields(
        item_id=ident("itemId || nid"),
        title=text("name"),
        url=link("itemUrl"),
        image_url=picture("image"),
        price=number("price", textual=True) | money("priceShow"),
        seller_id=ident("sellerId"),
        seller_name=text("sellerName"),
        official_store=flag("icons && contains(icons[].domClass, 'lazMall')"),
        ship_from=text("location"),
        category_id=ident("categories[-1]"),
        brand=brand("brandName"),
        rating=rating("ratingScore"),
        sold=count("itemSoldCntShow"),
        sponsored=flag("isSponsored || isAD"),
    )
