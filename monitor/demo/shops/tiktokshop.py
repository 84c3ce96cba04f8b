"""TikTok Shop: category pages with ``data.productList``, no place, no mark of foreign sellers."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from monitor.demo.catalogue import Shown
from monitor.demo.offers import Offer
from monitor.demo.shops.base import Ask, Handler, Reply, Shop, json_reply, page, priced, slug


class TiktokShop(Shop):
    """shop-id.tokopedia.com."""

    id = "tiktokshop"
    title = "TikTok Shop"
    hosts = ("shop-id.tokopedia.com",)
    offset = 1_730_000_000_000_000_000
    robots = "User-agent: *\nDisallow: /api/\nDisallow: /cart\nAllow: /\n"
    nothing = "Produk tidak ditemukan"
    removed = "Produk ini sudah tidak tersedia"
    removed_status = 200
    drift: ClassVar = {"cursor-pointer": "card-tile", "productList": "cardList", "<h3>": "<b>"}

    def category(self, ask: Ask, found: re.Match[str]) -> Reply:
        """A category page as the server renders it."""
        query, number = found["query"], ask.number("page", 1)
        return page(
            "tiktokshop.html",
            shop=self,
            query=query,
            number=number,
            nodes=self.nodes(ask, query, number),
        )

    def products(self, ask: Ask, found: re.Match[str]) -> Reply:
        """What the page's script asks for; robots.txt forbids it."""
        nodes = self.nodes(ask, ask.query.get("path", ""), ask.number("page", 1))
        return json_reply({"code": 0, "message": "success", "data": {"productList": nodes}})

    def nodes(self, ask: Ask, query: str, number: int) -> list[dict[str, Any]]:
        """The ``data.productList`` of a category."""
        results = self.results(ask, query, number, self.places(ask))
        return [self.node(each) for each in results.shown]

    def detail(self, ask: Ask, found: re.Match[str]) -> Reply:
        """A listing's own page."""
        return self.own_page(ask, found["item"])

    def own_data(self, offer: Offer) -> object:
        """The node of a result page and where the page says it is sent from."""
        return {"item": self.node(Shown(0, offer, False)), "ship_from": offer.own_place}

    def node(self, shown: Shown) -> dict[str, Any]:
        """An element of ``data.productList``."""
        offer = shown.offer
        item, name, price = self.item_id(offer), slug(offer.title), str(offer.price)
        grouped = priced(offer.price)[2:]
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

    routes: ClassVar[tuple[tuple[str, Handler], ...]] = (
        (r"/c/(?P<query>.+)", category),
        (r"/api/shop/category/products", products),
        (r"/pdp/(?:[^/]+/)?(?P<item>\d+)", detail),
    )
