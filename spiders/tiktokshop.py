"""TikTok Shop, whose catalogue is served on shop-id.tokopedia.com: category answers, cards.

Cards as a public scraper describes them, in no capture yet. Only a listing's own page may tell
where it ships from.
"""

import re

from monitor.crawl.spider import Cards, Fields, PlatformSpider, read


class TiktokshopSpider(PlatformSpider):
    name = "tiktokshop"
    markers = ("shop-id.tokopedia.com", '"product_price_info"', '"seo_pdp_url"')
    unproven = ("cards", "own page")
    minimum_listings = 20
    no_results_texts = ("produk tidak ditemukan", "no products found")
    gone_texts = ("produk ini sudah tidak tersedia", "this product is no longer available")
    listing_paths = ("data.productList",)
    listing_keys = (frozenset({"product_id", "title"}),)
    item_paths = ("item.product_id && [item]",)
    item_id_pattern = r"/pdp/(?:[^/?]+/)?(\d+)"
    total_paths = ("data.total",)
    cards = Cards(
        "div.cursor-pointer:has(a[href*='/pdp/'])",
        product_id=("a[href*='/pdp/']::attr(href)", r"/pdp/(?:[^?]*/)?(\d+)"),
        title="h3",
        seo_pdp_url="a[href*='/pdp/']::attr(href)",
        picture="img::attr(src)",
        priceShow=re.compile(r"Rp\s*\d[\d.]*"),
        soldShow=re.compile(r"(?mi)^\d.*\b(?:terjual|sold)$"),
    )
    fields = Fields(
        item_id=read.ident("product_id"),
        title=read.text("title"),
        url=read.link("seo_url.canonical_url || seo_pdp_url", base="https://shop-id.tokopedia.com"),
        image_url=read.picture("image.url_list[0] || picture"),
        price=read.number("product_price_info.sale_price_decimal", textual=True)
        | read.money("priceShow"),
        currency=read.currency("product_price_info.currency_name"),
        seller_id=read.ident("seller_info.seller_id"),
        seller_name=read.text("seller_info.shop_name"),
        rating=read.rating("rate_info.score"),
        sold=read.count("sold_info.sold_count || soldShow"),
    )
