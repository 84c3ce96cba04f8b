"""Blibli: /c and /jual pages whose script asks for JSON that robots forbids."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from monitor.demo.catalogue import ResultPage, ShownOffer
from monitor.demo.offers import COUNTRIES, Offer
from monitor.demo.randomness import hash_of
from monitor.demo.shops.base import (
    Routes,
    Shop,
    ShopRequest,
    ShopResponse,
    discount,
    json_response,
    page,
    rupiah,
    slug,
)


class Blibli(Shop):
    """www.blibli.com. The server renders its cards; nobody needs the JSON."""

    id = "blibli"
    title = "Blibli"
    hosts = ("www.blibli.com",)
    robots = (
        "User-agent: *\nAllow: /p/*$\nDisallow: /p/*?*\nDisallow: /p/*/pc*\nDisallow: /search\n"
        "Disallow: /cari/*\nDisallow: /backend/search/*\nDisallow: /jual/*.*\nDisallow: /harga/*\n"
        "Disallow: /cart\n"
    )
    no_results = "Pencarian tidak ditemukan"
    removed = "Produk tidak ditemukan"
    lost_origin: ClassVar = {
        '"location"': '"place_v2"',
        "els-product__seller-name": "els-product__place",
    }
    new_layout: ClassVar = {
        "elf-product-card": "blu-tile",
        "els-product__title": "blu-tile__name",
        '"products"': '"productCards"',
    }

    def listing_page(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """A category or keyword page."""
        query = match["query"]
        results = self.results(request, query)
        return page(
            "blibli.html",
            shop=self,
            query=query.replace("-", " "),
            number=results.page,
            nodes=[self.node(shown) for shown in results.shown],
        )

    def backend(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """What the page's script asks for; robots.txt forbids it."""
        query = request.query.get("searchTerm", "")
        results = self.results(request, query)
        return json_response(self.result_document(results, self.page_size(request)))

    def result_document(self, results: ResultPage, size: int) -> dict[str, Any]:
        """``data.products`` with paging and the facet of sellers abroad."""
        abroad = sum(shown.offer.openly_foreign for shown in results.shown)
        facet = {
            "label": "Dikirimkan dari luar negeri",
            "value": "international",
            "count": results.total * abroad // (len(results.shown) or 1),
            "selected": False,
        }
        return {
            "code": 200,
            "status": "OK",
            "data": {
                "searchTerm": results.query,
                "products": [self.node(shown) for shown in results.shown],
                "filters": [
                    {
                        "name": "International Seller",
                        "type": "MULTIPLE_SELECT",
                        "searchable": False,
                        "parameter": "shipment",
                        "data": [facet],
                        "horizontal": False,
                    }
                ],
                "paging": {
                    "page": results.page,
                    "total_page": -(-results.total // size),
                    "item_per_page": size,
                    "total_item": results.total,
                },
            },
        }

    def item_id(self, offer: Offer) -> str:
        """``SIM-01234-56789``."""
        return f"SIM-{offer.item_id // 100_000:05d}-{offer.item_id % 100_000:05d}"

    def number(self, item_id: str) -> int:
        """The catalogue's number of an id, 0 where it is none of this shop's."""
        match = re.fullmatch(r"SIM-(\d{5})-(\d{5})", item_id)
        return int(match[1] + match[2]) if match else 0

    def node(self, shown: ShownOffer) -> dict[str, Any]:
        """An element of ``data.products``."""
        offer = shown.offer
        sku = self.item_id(offer)
        path = offer.filed_under.path.split("/")
        return {
            "id": sku,
            "sku": sku,
            "merchantCode": f"SIM-{offer.seller.id % 100_000:05d}",
            "status": "AVAILABLE",
            "name": offer.title,
            "price": {
                "priceDisplay": rupiah(offer.price),
                "strikeThroughPriceDisplay": rupiah(offer.full_price),
                "discount": discount(offer),
                "minPrice": float(offer.price),
                "offerPriceDisplay": rupiah(offer.price),
                "isPriceRange": False,
            },
            "images": [f"https://www.blibli.com/gambar-simulasi/{sku}.png"],
            "rootCategory": {"id": _category(path[0]), "name": path[0]},
            "brand": offer.brand or "no brand",
            "review": {
                "rating": int(offer.rating or 0),
                "count": offer.reviews,
                "absoluteRating": float(offer.rating or 0),
            },
            "itemCount": 1,
            "defaultSku": f"{sku}-00001",
            "itemSku": f"{sku}-00001",
            "tags": ["REGULAR"],
            "formattedId": f"ps--{sku}",
            "url": f"/p/{slug(offer.title)}/ps--{sku}",
            "storeClosingInfo": {"storeClosed": False, "delayShipping": False},
            "location": _place(offer.place),
            "numLocations": 1,
            "merchantName": offer.seller.name,
            "soldRangeCount": {"en": str(offer.sold), "id": str(offer.sold)},
            "categoryIdHierarchy": [_category(part) for part in path],
            "categoryNameHierarchy": path,
            "official": offer.seller.official,
            "preorder": False,
            "buyable": True,
        }

    routes: ClassVar[Routes] = (
        (r"/jual/(?P<query>[^/]+)", listing_page),
        (r"/c/(?P<query>.+)", listing_page),
        (r"/backend/search/products", backend),
        (r"/p/[^/]+/ps--(?P<item>SIM-\d{5}-\d{5})", Shop.detail),
    )


def _place(place: str | None) -> str:
    return place if place in COUNTRIES else (place or "").replace("Kab. ", "Kabupaten ")


def _category(name: str) -> str:
    return str(50_000 + hash_of(name) % 9000)
