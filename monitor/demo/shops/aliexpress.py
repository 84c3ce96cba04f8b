"""AliExpress, where everything comes from abroad; its own pages say from which country."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from monitor.demo.catalogue import Shown
from monitor.demo.dice import digest
from monitor.demo.offers import COUNTRIES, Offer
from monitor.demo.shops.base import Ask, Handler, Reply, Shop, off, page, script

_RUPIAH_A_DOLLAR = 16_000
_ENGLISH = {"Korea Selatan": "South Korea", "Jepang": "Japan"}


class Aliexpress(Shop):
    """www.aliexpress.com, priced in dollars."""

    id = "aliexpress"
    title = "AliExpress"
    hosts = ("www.aliexpress.com",)
    currency = "USD"
    offset = 3_256_800_000_000_000
    robots = "User-agent: *\nDisallow: /cart/\nDisallow: /order/\nDisallow: /api/\n"
    nothing = "Sorry, your search did not match any products"
    removed = "Sorry, this item is no longer available"
    removed_status = 200
    drift: ClassVar = {
        "_init_data_": "_first_data_",
        "itemList": "cardList",
        '"content"': '"cells"',
    }

    def wholesale(self, ask: Ask, found: re.Match[str]) -> Reply:
        """A result page as the server renders it."""
        query = found["query"]
        results = self.results(ask, query, ask.number("page", 1), self.places(ask))
        nodes = [self.node(each) for each in results.shown]
        fields = {
            "mods": {"itemList": {"content": nodes}},
            "pageInfo": {"totalResults": results.total, "page": results.page},
        }
        return page(
            "aliexpress.html",
            shop=self,
            query=query.replace("-", " "),
            data=script({"data": {"root": {"fields": fields}}}),
            cards=[
                {
                    "url": f"https://www.aliexpress.com/item/{node['productId']}.html",
                    "title": each.offer.title,
                    "price": node["prices"]["salePrice"]["formattedPrice"],
                    "picture": self.picture(each.offer),
                }
                for node, each in zip(nodes, results.shown, strict=True)
            ],
        )

    def detail(self, ask: Ask, found: re.Match[str]) -> Reply:
        """A listing's own page."""
        return self.own_page(ask, found["item"])

    def price(self, offer: Offer) -> str:
        """Dollars with two decimals."""
        return _dollars(offer.price)

    def own_data(self, offer: Offer) -> object:
        """Item, delivery and seller."""
        item = self.item_id(offer)
        country = _ENGLISH.get(offer.seller.country, offer.seller.country)
        store = 1_100_000_000 + offer.seller.id % 10_000_000
        return {
            "result": {
                "settings": {"locale": "en_US", "currency": "USD", "itemId": item},
                "item": {
                    "available": True,
                    "itemId": item,
                    "title": offer.title,
                    "catId": 1 + digest(offer.shelf.path) % 200_000_000,
                    "sales": str(offer.sold),
                    "itemUrl": f"//www.aliexpress.com/item/{item}.html",
                    "images": [f"//www.aliexpress.com/gambar-simulasi/{item}.png"],
                    "sku": {"def": {"quantity": offer.stock, "price": self.price(offer)}},
                },
                "delivery": {
                    "shippingFrom": country,
                    "shippingFromCode": COUNTRIES[offer.seller.country],
                },
                "seller": {"storeTitle": offer.seller.name, "storeId": store},
            }
        }

    def node(self, shown: Shown) -> dict[str, Any]:
        """An element of ``content``."""
        offer = shown.offer
        item, store = self.item_id(offer), 1_100_000_000 + offer.seller.id % 10_000_000
        sale, full = _dollars(offer.price), _dollars(offer.full_price)
        return {
            "image": {
                "imgUrl": f"//www.aliexpress.com/gambar-simulasi/{item}.png",
                "imgWidth": 350,
                "imgHeight": 350,
                "imgType": "0",
            },
            "itemType": "productV3",
            "productId": item,
            "store": {
                "storeUrl": f"//www.aliexpress.com/store/{store}",
                "storeName": offer.seller.name,
                "storeId": store,
            },
            "title": {"displayTitle": offer.title, "seoTitle": offer.title, "shortTitle": False},
            "trace": {
                "exposure": {"postCategoryId": str(1 + digest(offer.shelf.path) % 200_000_000)}
            },
            "trade": {"tradeDesc": f"{offer.sold} sold"},
            "prices": {
                "builderType": "skuCoupon",
                "originalPrice": {
                    "formattedPrice": f"US ${full}",
                    "cent": round(float(full) * 100),
                    "minPrice": float(full),
                    "priceType": "original_price",
                    "currencyCode": "USD",
                },
                "salePrice": {
                    "formattedPrice": f"US ${sale}",
                    "cent": round(float(sale) * 100),
                    "minPrice": float(sale),
                    "priceType": "sale_price",
                    "discount": off(offer),
                    "currencyCode": "USD",
                },
                "currencySymbol": "$",
            },
            "productType": "natural",
            "evaluation": {"starRating": float(offer.rating or 0)},
        }

    routes: ClassVar[tuple[tuple[str, Handler], ...]] = (
        (r"/w/wholesale-(?P<query>.+)\.html", wholesale),
        (r"/item/(?P<item>\d+)\.html", detail),
    )


def _dollars(rupiah: int) -> str:
    return f"{max(rupiah, 1000) / _RUPIAH_A_DOLLAR:.2f}"
