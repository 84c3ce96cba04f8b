"""Lazada: the catalogue's JSON and ``window.pageData``, bare lists, rendered cards.

The data of own pages (``__moduleData__``) as public scrapers describe them, in no capture yet.
"""

import re

from monitor.crawl.spider import Cards, Fields, PlatformSpider, read


class LazadaSpider(PlatformSpider):
    name = "lazada"
    markers = ("www.lazada.", "slatic.net", "LazadaMainSrp")
    unproven = ("own page", "page data", "description")
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
    listing_keys = (
        frozenset({"itemId", "name", "itemUrl"}),
        frozenset({"nid", "name", "itemUrl"}),
    )
    item_scripts = ("__moduleData__", "application/ld+json")
    item_paths = (
        "data.root.fields.product && data.root.fields.[{itemId: primaryKey.itemId,"
        " name: product.title || tracking.pdt_name, itemUrl: product.link,"
        " image: skuGalleries.*[] | [?type=='img'].src | [0],"
        ' price: skuInfos."0".price.salePrice.value, priceShow: skuInfos."0".price.salePrice.text,'
        " sellerId: seller.sellerId, sellerName: seller.name,"
        " brandName: product.brand.name || tracking.brand_name,"
        " ratingScore: review.ratings.average}]",
    )
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
        price=read.agreeing(read.number("price", textual=True), read.money("priceShow")),
        currency=read.sign("priceShow"),
        seller_id=read.ident("sellerId"),
        seller_name=read.text("sellerName"),
        official_store=read.flag("icons[0] && contains(icons[].domClass, 'lazMall')")
        | read.filled("icons"),
        ship_from=read.text("location"),
        category_id=read.ident("categories[-1]"),
        brand=read.brand("brandName"),
        rating=read.rating("ratingScore"),
        sold=read.count("itemSoldCntShow"),
        sponsored=read.flag("isSponsored || isAD") | read.flag("adFlag"),
    )
