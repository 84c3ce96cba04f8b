"""Blibli: search and category answers, bare or wrapped once more, and rendered cards.

Cards as public scrapers describe them, in no capture yet: the last of the two or three names below
the price is the place.
"""

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
    trail,
)


class BlibliSpider(PlatformSpider):
    name = "blibli"
    markers = ("www.static-src.com", "www.blibli.com", '"merchantCode"')
    minimum_listings = 20
    no_results = ("pencarian tidak ditemukan", "produk tidak ditemukan")
    places = ("data.products", "data.data.products")
    items = ("item.merchantCode && [item]",)
    item_url = r"--([A-Z]+-\d[\w-]*)"
    total = ("data.paging.total_item", "data.data.paging.total_item")
    cards = Cards(
        "a.elf-product-card",
        id=("a::attr(href)", r"--([A-Z]+-\d[\w-]*)"),
        name=".els-product__title",
        url="a::attr(href)",
        image="img::attr(src)",
        priceShow=re.compile(r"Rp\s*\d[\d.]*"),
        seller="span.els-product__seller-name:nth-last-of-type(2)",
        location="span.els-product__seller-name ~ span.els-product__seller-name:last-of-type",
        soldShow=".els-product__sold",
    )
    fields = Fields(
        item_id=ident("id"),
        title=text("name"),
        url=link("url", base="https://www.blibli.com"),
        image_url=picture("images[0] || image"),
        price=number("price.minPrice") | money("priceShow"),
        seller_id=ident("merchantCode"),
        seller_name=text("merchantName || seller"),
        official_store=flag("official"),
        ship_from=text("location"),
        category_id=ident("categoryIdHierarchy[-1] || rootCategory.id"),
        category_path=trail("categoryNameHierarchy || rootCategory.name"),
        brand=brand("brand"),
        rating=rating("review.absoluteRating || review.rating"),
        sold=count("soldRangeCount.id || soldShow"),
    )
