"""TikTok Shop, whose catalogue is served on shop-id.tokopedia.com: category answers."""

from monitor.crawl.spider import (
    Fields,
    PlatformSpider,
    count,
    ident,
    link,
    number,
    picture,
    rating,
    text,
)


class TiktokshopSpider(PlatformSpider):
    name = "tiktokshop"
    markers = ("shop-id.tokopedia.com", '"product_price_info"', '"seo_pdp_url"')
    minimum_listings = 20
    no_results = ("produk tidak ditemukan", "no products found")
    places = ("data.productList",)
    total = ("data.total",)
    fields = Fields(
        item_id=ident("product_id"),
        title=text("title"),
        url=link("seo_url.canonical_url || seo_pdp_url"),
        image_url=picture("image.url_list[0]"),
        price=number("product_price_info.sale_price_decimal", textual=True),
        currency=text("product_price_info.currency_name"),
        seller_id=ident("seller_info.seller_id"),
        seller_name=text("seller_info.shop_name"),
        rating=rating("rate_info.score"),
        sold=count("sold_info.sold_count"),
    )
