"""Lazada: ``mods.listItems`` as JSON or in ``window.pageData``; the page draws its own cards."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import quote

from monitor.demo.catalogue import ResultPage, ShownOffer
from monitor.demo.offers import ENGLISH_NAMES, Offer
from monitor.demo.randomness import hash_of
from monitor.demo.shops.base import (
    Routes,
    Shop,
    ShopRequest,
    ShopResponse,
    assigned,
    discount,
    json_response,
    json_script,
    page,
    rupiah,
    script,
    slug,
)

_CHINA = ("China", "China", "Overseas", "Luar Negeri")


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
    no_results = "Pencarian tidak ada hasil"
    removed = "Maaf! Produk ini tidak lagi tersedia"
    removed_status = 200
    lost_origin: ClassVar = {'"location"': '"place_v2"'}
    new_layout: ClassVar = {
        "listItems": "gridCells",
        "product-item": "grid-cell",
        "pageData": "pageModel",
    }

    def catalog(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """Search results as JSON (``ajax=true``) or as a page."""
        query = request.query.get("q", match.groupdict().get("tag") or "")
        results = self.results(request, query)
        payload = {
            "mods": {"listItems": [self.node(results, shown) for shown in results.shown]},
            "mainInfo": {"totalResults": str(results.total)},
        }
        if request.query.get("ajax") == "true":
            return json_response(payload)
        return page(
            "lazada.html", shop=self, query=query, payload=script(payload), empty=not results.shown
        )

    def own_scripts(self, offer: Offer) -> tuple[str, ...]:
        """``__moduleData__`` without the place, and a ``Product`` whose offer is an aggregate."""
        item, price = self.item_id(offer), {"text": rupiah(offer.price), "value": offer.price}
        fields = {
            "primaryKey": {"itemId": item, "skuId": f"1{item}"},
            "product": {"title": offer.title, "brand": {"name": offer.brand or "No Brand"}},
            "seller": {"name": offer.seller.name, "sellerId": str(offer.seller.id)},
            "skuInfos": {"0": {"skuId": f"1{item}", "price": {"salePrice": price}}},
            "review": {"ratings": {"average": offer.rating or 0}},
            "tracking": {"pdt_name": offer.title, "pdt_price": rupiah(offer.price)},
        }
        product = self.product(offer)
        amount = product["offers"].pop("price")
        product["offers"] |= {"@type": "AggregateOffer", "lowPrice": amount, "highPrice": amount}
        return (
            assigned("var __moduleData__", {"data": {"root": {"fields": fields}}}),
            json_script("application/ld+json", product),
        )

    def worded(self, offer: Offer, place: str | None) -> str:
        """How the site words a place."""
        if place == "China":
            return _CHINA[offer.seller.id % len(_CHINA)]
        return ENGLISH_NAMES.get(place or "", place or "")

    def node(self, results: ResultPage, shown: ShownOffer) -> dict[str, Any]:
        """An element of ``mods.listItems``."""
        offer = shown.offer
        item, path = self.item_id(offer), offer.filed_under.path.split("/")
        sku, picture = f"{item}_ID", f"https://www.lazada.co.id/gambar-simulasi/{item}.png"
        trace = f"{hash_of(results.query, results.page):032x}"
        place = self.worded(offer, offer.place)
        url = f"//www.lazada.co.id/products/{slug(offer.title)}-i{item}.html"
        return {
            "name": offer.title,
            "nid": item,
            "itemId": item,
            "icons": [_icon("lazMall", "3")] if offer.seller.official else [_icon("VZbE7j", "6")],
            "image": picture,
            "originalPriceShow": rupiah(offer.full_price),
            "priceShow": rupiah(offer.price),
            "discount": f"-{discount(offer)}%",
            "ratingScore": str(offer.rating or ""),
            "review": str(offer.reviews),
            "location": place,
            "description": [offer.product.details[0]],
            "thumbs": [{"image": picture, "sku": sku, "skuId": f"1{item}", "itemUrl": url[18:]}],
            "sellerName": offer.seller.name,
            "sellerId": str(offer.seller.id),
            "brandName": offer.brand or "No Brand",
            "brandId": str(8000 + hash_of(offer.brand) % 900),
            "skuId": f"1{item}",
            "sku": sku,
            "categories": [1 + hash_of(part) % 15_000 for part in path],
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

    routes: ClassVar[Routes] = (
        (r"/catalog/?", catalog),
        (r"/tag/(?P<tag>[^/]+)/?", catalog),
        (r"/products/(?:.*-)?i(?P<item>\d+)(?:-s\d+)?\.html", Shop.detail),
    )


def _icon(kind: str, group: str) -> dict[str, Any]:
    """An element of ``icons``."""
    return {
        "domClass": kind,
        "alias": kind,
        "type": "img",
        "group": group,
        "showType": "0",
        "order": 0,
        "bizType": kind,
    }
