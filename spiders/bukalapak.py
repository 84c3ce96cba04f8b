"""Bukalapak, whose trade in goods ended on 9 February 2025: products, flash deals, one product.

``imported`` says that a shop's stock was imported, not that the seller is abroad.
"""

from monitor.crawl.spider import (
    Fields,
    PlatformSpider,
    brand,
    count,
    flag,
    ident,
    link,
    number,
    picture,
    rating,
    text,
    trail,
)


class BukalapakSpider(PlatformSpider):
    name = "bukalapak"
    markers = ("bukalapak.com",)
    minimum_listings = 20
    no_results = ("barang tidak ditemukan", "produk tidak ditemukan")
    places = (
        "data[?reduced_price] && data[].merge(@, {id: product_id, price: reduced_price})",
        "data[?store] && data",
        "[?store] && [*]",
    )
    items = ("data.store && [data]", "store.address && [@]")
    total = ("meta.total",)
    fields = Fields(
        item_id=ident("id"),
        title=text("name"),
        url=link("url"),
        image_url=picture("images.large_urls[0] || images.largeUrls[0]"),
        price=number("price"),
        seller_id=ident("store.id"),
        seller_name=text("store.name"),
        official_store=flag("store.brand_seller") | flag("store.brandSeller"),
        ship_from=text("store.address.city || city"),
        category_id=ident("category.id"),
        category_path=trail("category.structure"),
        brand=brand("specs.brand"),
        rating=rating("rating.average_rate || rating.averageRate"),
        sold=count("stats.sold_count || stats.soldCount"),
        imported_flag=flag("imported"),
    )
