"""TikTok Shop: category pages with ``data.productList``, no place, no mark of foreign sellers."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from monitor.demo.catalogue import ShownOffer
from monitor.demo.shops.base import (
    Routes,
    Shop,
    ShopRequest,
    ShopResponse,
    json_response,
    page,
    rupiah,
    slug,
)


class TiktokShop(Shop):
    """shop-id.tokopedia.com."""

    id = "tiktokshop"
    title = "TikTok Shop"
    hosts = ("shop-id.tokopedia.com",)
    offset = 1_730_000_000_000_000_000
    robots = "User-agent: *\nDisallow: /api/\nDisallow: /cart\nAllow: /\n"
    no_results = "Produk tidak ditemukan"
    removed = "Produk ini sudah tidak tersedia"
    removed_status = 200
    new_layout: ClassVar = {"cursor-pointer": "card-tile", "productList": "cardList", "<h3>": "<b>"}

    def category(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """A category page as the server renders it."""
        query = match["query"]
        return page(
            "tiktokshop.html",
            shop=self,
            query=query,
            number=request.number("page", 1),
            nodes=self.nodes(request, query),
        )

    def products(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """What the page's script asks for; robots.txt forbids it."""
        nodes = self.nodes(request, request.query.get("path", ""))
        return json_response({"code": 0, "message": "success", "data": {"productList": nodes}})

    def nodes(self, request: ShopRequest, query: str) -> list[dict[str, Any]]:
        """The ``data.productList`` of a category."""
        results = self.results(request, query)
        return [self.node(shown) for shown in results.shown]

    def node(self, shown: ShownOffer) -> dict[str, Any]:
        """An element of ``data.productList``."""
        offer = shown.offer
        item, name, price = self.item_id(offer), slug(offer.title), str(offer.price)
        grouped = rupiah(offer.price)[2:]
        url = f"https://shop-id.tokopedia.com/pdp/{name}/{item}"
        return {
            "product_id": item,
            "title": offer.title,
            "image": {"height": 800, "width": 800, "uri": f"gambar-simulasi/{item}.png"},
            "product_price_info": {
                "sku_id": str(int(item) + 1),
                "currency_name": "IDR",
                "currency_symbol": "Rp",
                "sale_price_decimal": price,
                "sale_price_format": grouped,
                "single_product_price_format": grouped,
                "single_product_price_decimal": price,
            },
            "rate_info": {"score": float(offer.rating or 0), "review_count": str(offer.reviews)},
            "sold_info": {"sold_count": offer.sold},
            "seller_info": {
                "seller_id": str(7_490_000_000_000_000_000 + offer.seller.id),
                "shop_name": offer.seller.name,
            },
            "seo_url": {"canonical_url": url, "slug": name, "type": 2, "version": 2},
            "seo_pdp_url": url,
        }

    routes: ClassVar[Routes] = (
        (r"/c/(?P<query>.+)", category),
        (r"/api/shop/category/products", products),
        (r"/pdp/(?:[^/]+/)?(?P<item>\d+)", Shop.detail),
    )
