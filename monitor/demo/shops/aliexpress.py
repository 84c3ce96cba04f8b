"""AliExpress, where everything comes from abroad; its own pages say from which country."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from monitor.demo.catalogue import ShownOffer
from monitor.demo.offers import Offer
from monitor.demo.randomness import hash_of
from monitor.demo.shops.base import Routes, Shop, ShopRequest, ShopResponse, discount, page, script

_RUPIAH_A_DOLLAR = 16_000


class Aliexpress(Shop):
    """www.aliexpress.com, priced in dollars."""

    id = "aliexpress"
    title = "AliExpress"
    hosts = ("www.aliexpress.com",)
    currency = "USD"
    offset = 3_256_800_000_000_000
    robots = "User-agent: *\nDisallow: /cart/\nDisallow: /order/\nDisallow: /api/\n"
    no_results = "Sorry, your search did not match any products"
    removed = "Sorry, this item is no longer available"
    removed_status = 200
    new_layout: ClassVar = {
        "_init_data_": "_first_data_",
        "itemList": "cardList",
        '"content"': '"cells"',
    }

    def wholesale(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """A result page as the server renders it."""
        query = match["query"]
        results = self.results(request, query)
        nodes = [self.node(shown) for shown in results.shown]
        fields = {
            "mods": {"itemList": {"content": nodes}},
            "pageInfo": {"totalResults": results.total, "page": results.page},
        }
        return page(
            "aliexpress.html",
            shop=self,
            query=query.replace("-", " "),
            payload=script({"data": {"root": {"fields": fields}}}),
            cards=[
                {
                    "url": f"https://www.aliexpress.com/item/{node['productId']}.html",
                    "title": shown.offer.title,
                    "price": node["prices"]["salePrice"]["formattedPrice"],
                    "picture": self.picture(shown.offer),
                }
                for node, shown in zip(nodes, results.shown, strict=True)
            ],
        )

    def price(self, offer: Offer) -> str:
        """Dollars with two decimals."""
        return _dollars(offer.price)

    def node(self, shown: ShownOffer) -> dict[str, Any]:
        """An element of ``content``."""
        offer = shown.offer
        item, store = self.item_id(offer), _store(offer)
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
            "trace": {"exposure": {"postCategoryId": str(_category(offer))}},
            "trade": {"tradeDesc": f"{offer.sold} sold"},
            "prices": {
                "builderType": "skuCoupon",
                "originalPrice": _price(offer.full_price, "original_price"),
                "salePrice": _price(offer.price, "sale_price", discount=discount(offer)),
                "currencySymbol": "$",
            },
            "productType": "natural",
            "evaluation": {"starRating": float(offer.rating or 0)},
        }

    routes: ClassVar[Routes] = (
        (r"/w/wholesale-(?P<query>.+)\.html", wholesale),
        (r"/item/(?P<item>\d+)\.html", Shop.detail),
    )


def _dollars(rupiah: int) -> str:
    return f"{max(rupiah, 1000) / _RUPIAH_A_DOLLAR:.2f}"


def _price(rupiah: int, kind: str, **details: int) -> dict[str, Any]:
    """An element of ``prices``, in dollars."""
    dollars = _dollars(rupiah)
    return {
        "formattedPrice": f"US ${dollars}",
        "cent": round(float(dollars) * 100),
        "minPrice": float(dollars),
        "priceType": kind,
        **details,
        "currencyCode": "USD",
    }


def _category(offer: Offer) -> int:
    return 1 + hash_of(offer.filed_under.path) % 200_000_000


def _store(offer: Offer) -> int:
    return 1_100_000_000 + offer.seller.id % 10_000_000
