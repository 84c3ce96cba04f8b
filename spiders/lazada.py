"""Lazada: the catalogue's JSON and ``window.pageData``, bare lists, rendered cards."""

import re

from monitor.crawl.spider import Cards, Fields, PlatformSpider, read


class LazadaSpider(PlatformSpider):
    name = "lazada"
    markers = ("www.lazada.", "slatic.net", "LazadaMainSrp")
    minimum_listings = 20
    no_results_texts = (
        "pencarian tidak ada hasil",
        "no results found",
        "search no result",
        "tìm kiếm không có kết quả",
        "không tìm thấy kết quả",
    )
    gone_texts = (
        "maaf! produk ini tidak lagi tersedia",
        "sorry! this product is no longer available",
    )
    listing_scripts = ("window.pageData",)
    listing_paths = (
        "mods.listItems",
        (
            "runs[].sample[].{itemId: externalProductId, name: title, itemUrl: productUrl,"
            " priceShow: price, itemSoldCntShow: rawSoldCount, location: location}"
        ),
        "[?nid || itemId] && [*]",
    )
    item_paths = ("item.itemId && [item]",)
    item_id_pattern = r"-i(\d+)(?:-s\d+)?\.html"
    total_paths = ("mainInfo.totalResults",)
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
        item_id=read.ident("itemId || nid"),
        title=read.text("name"),
        url=read.link("itemUrl"),
        image_url=read.picture("image"),
        price=read.number("price", textual=True) | read.money("priceShow"),
        currency=read.sign("priceShow"),
        seller_id=read.ident("sellerId"),
        seller_name=read.text("sellerName"),
        official_store=read.flag("icons && contains(icons[].domClass, 'lazMall')"),
        ship_from=read.text("location"),
        category_id=read.ident("categories[-1]"),
        brand=read.brand("brandName"),
        rating=read.rating("ratingScore"),
        sold=read.count("itemSoldCntShow"),
        sponsored=read.flag("isSponsored || isAD"),
    )
