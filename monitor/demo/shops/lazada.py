"""Lazada: ``mods.listItems`` as JSON or in ``window.pageData``; the page draws its own cards."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import quote

from monitor.demo.catalogue import Results, Shown
from monitor.demo.dice import digest
from monitor.demo.offers import Offer
from monitor.demo.shops.base import (
    Ask,
    Handler,
    Reply,
    Shop,
    json_reply,
    off,
    page,
    priced,
    script,
    slug,
)

_ENGLISH = {"Korea Selatan": "South Korea", "Jepang": "Japan"}
_WORDS = ("China", "China", "Overseas", "Luar Negeri")


class Lazada(Shop):
    """www.lazada.co.id."""

    id = "lazada"
    title = "Lazada"
    hosts = ("www.lazada.co.id",)
    offset = 6_000_000_000
    robots = (
        "User-agent: *\nDisallow: /cart/\nDisallow: /checkout/\nDisallow: /customer/\n"
        "Disallow: /wangpu/\nAllow: /catalog/\n"
    )
    nothing = "Pencarian tidak ada hasil"
    removed = "Maaf! Produk ini tidak lagi tersedia"
    removed_status = 200
    drift: ClassVar = {
        "listItems": "gridCells",
        "product-item": "grid-cell",
        "pageData": "pageModel",
    }

    def catalog(self, ask: Ask, found: re.Match[str]) -> Reply:
        """Search results as JSON (``ajax=true``) or as a page."""
        query = ask.query.get("q", found.groupdict().get("tag") or "")
        results = self.results(ask, query, ask.number("page", 1), self.places(ask))
        data = {
            "mods": {"listItems": [self.node(results, each) for each in results.shown]},
            "mainInfo": {"totalResults": str(results.total)},
        }
        if ask.query.get("ajax") == "true":
            return json_reply(data)
        return page(
            "lazada.html", shop=self, query=query, data=script(data), found=bool(results.shown)
        )

    def detail(self, ask: Ask, found: re.Match[str]) -> Reply:
        """A listing's own page."""
        return self.own_page(ask, found["item"])

    def own_data(self, offer: Offer) -> object:
        """The node of a result page, with the place its own page names."""
        node = self.node(Results("", 1, (), 1), Shown(0, offer, False))
        return {"item": {**node, "location": self.place(offer, offer.own_place)}}

    def place(self, offer: Offer, place: str | None) -> str:
        """How the site words a place."""
        if place == "China":
            return _WORDS[offer.seller.id % len(_WORDS)]
        return _ENGLISH.get(place or "", place or "")

    def node(self, results: Results, shown: Shown) -> dict[str, Any]:
        """An element of ``mods.listItems``."""
        offer = shown.offer
        item = self.item_id(offer)
        sku, picture = f"{item}_ID", f"https://www.lazada.co.id/gambar-simulasi/{item}.png"
        trace = f"{digest(results.query, results.page):032x}"
        place = self.place(offer, offer.place)
        url = f"//www.lazada.co.id/products/{slug(offer.title)}-i{item}.html"
        return {
            "name": offer.title,
            "nid": item,
            "itemId": item,
            "icons": [_icon("lazMall", "3")] if offer.seller.official else [_icon("VZbE7j", "6")],
            "image": picture,
            "originalPriceShow": priced(offer.full_price),
            "priceShow": priced(offer.price),
            "discount": f"-{off(offer)}%",
            "ratingScore": str(offer.rating or ""),
            "review": str(offer.reviews),
            "location": place,
            "description": [offer.kind.details[0]],
            "thumbs": [{"image": picture, "sku": sku, "skuId": f"1{item}", "itemUrl": url[18:]}],
            "sellerName": offer.seller.name,
            "sellerId": str(offer.seller.id),
            "brandName": offer.brand or "No Brand",
            "brandId": str(8000 + digest(offer.brand) % 900),
            "skuId": f"1{item}",
            "sku": sku,
            "categories": [1 + digest(part) % 15_000 for part in offer.shelf.path.split("/")],
            "price": f"{offer.price}.00",
            "inStock": True,
            "originalPrice": str(offer.full_price),
            "itemSoldCntShow": f"{offer.sold:,} Terjual" if offer.sold else "",
            "isSponsored": shown.sponsored,
            "isAD": int(shown.sponsored),
            "tItemType": "nt_product",
            "itemUrl": url,
            "querystring": f"source=search&search=1&location={quote(place)}&stock=1&lang=id",
            "utLogMap": {"srp_name": "LazadaMainSrp", "x_object_type": "item", "SN": trace},
        }

    routes: ClassVar[tuple[tuple[str, Handler], ...]] = (
        (r"/catalog/?", catalog),
        (r"/tag/(?P<tag>[^/]+)/?", catalog),
        (r"/products/(?:.*-)?i(?P<item>\d+)(?:-s\d+)?\.html", detail),
    )


def _icon(kind: str, group: str) -> dict[str, Any]:
    return {
        "domClass": kind,
        "alias": kind,
        "type": "img",
        "group": group,
        "showType": "0",
        "order": 0,
        "bizType": kind,
    }
