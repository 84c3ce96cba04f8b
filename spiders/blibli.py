"""Blibli: search and category answers, bare or wrapped once more."""

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


class BlibliSpider(PlatformSpider):
    name = "blibli"
    markers = ("www.static-src.com", "www.blibli.com", '"merchantCode"')
    minimum_listings = 20
    no_results = ("pencarian tidak ditemukan", "produk tidak ditemukan")
    places = ("data.products", "data.data.products")
    total = ("data.paging.total_item", "data.data.paging.total_item")
    fields = Fields(
        item_id=ident("id"),
        title=text("name"),
        url=link("url", base="https://www.blibli.com"),
        image_url=picture("images[0]"),
        price=number("price.minPrice"),
        seller_id=ident("merchantCode"),
        seller_name=text("merchantName"),
        official_store=flag("official"),
        ship_from=text("location"),
        category_id=ident("categoryIdHierarchy[-1] || rootCategory.id"),
        category_path=trail("categoryNameHierarchy || rootCategory.name"),
        brand=brand("brand"),
        rating=rating("review.absoluteRating || review.rating"),
        sold=count("soldRangeCount.id"),
    )
