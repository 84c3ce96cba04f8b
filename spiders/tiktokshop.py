"""TikTok Shop, whose catalogue is served on shop-id.tokopedia.com: category answers, cards.

Cards, and the data of pages (``__MODERN_ROUTER_DATA__``), as public scrapers describe them, in no
capture yet. Only a listing's own page may tell where it ships from.
"""

import re

from monitor.crawl.spider import Cards, Fields, PlatformSpider, read

_PRICE, _CURRENCY = "sale_price_decimal", "currency_name"
_OWN_PRICE = "promotion_model.promotion_product_price.min_price"


class TiktokshopSpider(PlatformSpider):
    name = "tiktokshop"
    markers = ("shop-id.tokopedia.com", '"product_price_info"', '"seo_pdp_url"')
    unproven = ("cards", "own page", "page data", "description")
    minimum_listings = 20
    no_results_texts = ("produk tidak ditemukan", "no products found")
    gone_texts = ("produk ini sudah tidak tersedia", "this product is no longer available")
    listing_scripts = ("#__MODERN_ROUTER_DATA__",)
    listing_paths = ("data.productList",)
    listing_keys = (frozenset({"product_id", "title"}),)
    item_scripts = ("#__MODERN_ROUTER_DATA__", "application/ld+json")
    item_paths = (
        "item.product_id && [item]",
        *(
            f"loaderData.values(@)[].page_config.components_map{parts}"
            ".component_data.product_info | [?product_model.product_id]"
            for parts in ("[]", ".values(@)[]")
        ),
    )
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
        item_id=read.ident("product_id || product_model.product_id"),
        title=read.text("title || product_model.name"),
        url=read.link("seo_url.canonical_url || seo_pdp_url", base="https://shop-id.tokopedia.com"),
        image_url=read.picture(
            "image.url_list[0] || picture || product_model.images[0].url_list[0]"
        ),
        price=read.number(f"product_price_info.{_PRICE} || {_OWN_PRICE}.{_PRICE}", textual=True)
        | read.money("priceShow"),
        currency=read.currency(f"product_price_info.{_CURRENCY} || {_OWN_PRICE}.{_CURRENCY}"),
        seller_id=read.ident("seller_info.seller_id || shop_info.seller_id"),
        seller_name=read.text("seller_info.shop_name || seller_model.shop_name"),
        rating=read.rating("rate_info.score || review_model.product_overall_score"),
        sold=read.count("sold_info.sold_count || soldShow"),
    )
