"""Bukalapak, whose trade in goods ended on 9 February 2025: products, flash deals, one product.

``imported`` says that a shop's stock was imported, not that the seller is abroad.
"""

from monitor.crawl.spider import Fields, PlatformSpider, read


class BukalapakSpider(PlatformSpider):
    name = "bukalapak"
    markers = ("bukalapak.com",)
    unproven = ("own page", "description")
    minimum_listings = 20
    no_results_texts = ("barang tidak ditemukan", "produk tidak ditemukan")
    gone_texts = ("barang tidak ditemukan", "barang sudah tidak dijual")
    listing_paths = (
        "data[?reduced_price] && data[].merge(@, {id: product_id, price: reduced_price})",
        "data[?store] && data",
        "[?store] && [*]",
    )
    listing_keys = (frozenset({"id", "name", "store", "price"}),)
    item_paths = ("data.store && [data]", "store.address && [@]")
    total_paths = ("meta.total",)
    fields = Fields(
        item_id=read.ident("id"),
        title=read.text("name"),
        url=read.link("url"),
        image_url=read.picture("images.large_urls[0] || images.largeUrls[0]"),
        price=read.number("price"),
        seller_id=read.ident("store.id"),
        seller_name=read.text("store.name"),
        official_store=read.flag("store.brand_seller") | read.flag("store.brandSeller"),
        ship_from=read.text("store.address.city || city"),
        category_id=read.ident("category.id"),
        category_path=read.trail("category.structure"),
        brand=read.brand("specs.brand"),
        rating=read.rating("rating.average_rate || rating.averageRate"),
        sold=read.count("stats.sold_count || stats.soldCount"),
        imported_flag=read.flag("imported"),
        condition=read.condition("condition"),
    )
