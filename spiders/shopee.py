"""Shopee: search results (flat ``items`` of 2020, ``item_basic`` since), shop listings, items."""

from monitor.crawl.spider import (
    Fields,
    PlatformSpider,
    address,
    brand,
    count,
    filled,
    flag,
    ident,
    number,
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
    items = ("data.itemid && [data]", "data.item.itemid && [data.item]")
    total = ("total_count",)
    fields = Fields(
        item_id=ident("itemid"),
        title=text("name"),
        url=address("https://shopee.co.id/product/{shopid}/{itemid}"),
        image_url=address("https://down-id.img.susercontent.com/file/{image}"),
        price=number("price", per=100_000),
        currency=text("currency"),
        seller_id=ident("shopid"),
        seller_name=text("shop_name"),
        official_store=flag("is_official_shop"),
        ship_from=text("shop_location || shop_location_tr"),
        cross_border_flag=flag("cb_option"),
        category_id=ident("catid"),
        category_path=trail("categories[].display_name"),
        brand=brand("brand"),
        rating=rating("item_rating.rating_star"),
        sold=count("historical_sold || item_card_display_sold_count.display_sold_count"),
        sponsored=filled("adsid"),
    )
