"""Blibli: search and category answers, bare or wrapped once more, and rendered cards.

Cards as public scrapers describe them, in no capture yet: the last of the two or three names below
the price is the place.
"""

import re

from monitor.crawl.spider import Cards, Fields, PlatformSpider, read


class BlibliSpider(PlatformSpider):
    name = "blibli"
    markers = ("www.static-src.com", "www.blibli.com", '"merchantCode"')
    unproven = ("cards", "own page", "description", "category page")
    minimum_listings = 20
    no_results_texts = ("pencarian tidak ditemukan", "produk tidak ditemukan")
    gone_texts = ("produk tidak ditemukan", "halaman tidak ditemukan")
    listing_paths = ("data.products", "data.data.products")
    listing_keys = (frozenset({"id", "name", "merchantCode", "price"}),)
    item_paths = ("item.merchantCode && [item]",)
    item_id_pattern = r"--([A-Z]+-\d[\w-]*)"
    total_paths = ("data.paging.total_item", "data.data.paging.total_item")
    foreign_total_paths = (
        "data.filters[?parameter=='shipment'].data[] | [?value=='international'].count | [0]",
        "data.data.filters[?parameter=='shipment'].data[] | [?value=='international'].count | [0]",
    )
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
        item_id=read.ident("id"),
        title=read.text("name"),
        url=read.link("url", base="https://www.blibli.com"),
        image_url=read.picture("images[0] || image"),
        price=read.number("price.minPrice") | read.money("priceShow"),
        seller_id=read.ident("merchantCode"),
        seller_name=read.text("merchantName || seller"),
        official_store=read.flag("official"),
        ship_from=read.text("location"),
        category_id=read.ident("categoryIdHierarchy[-1] || rootCategory.id"),
        category_path=read.trail("categoryNameHierarchy || rootCategory.name"),
        brand=read.brand("brand"),
        rating=read.rating("review.absoluteRating || review.rating"),
        sold=read.count("soldRangeCount.id || soldShow"),
    )
