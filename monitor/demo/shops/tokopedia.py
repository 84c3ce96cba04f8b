"""Tokopedia: rendered cards with an Apollo cache on /find and /p; GraphQL that robots forbids."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from monitor.demo.catalogue import ResultPage, ShownOffer
from monitor.demo.descriptions import description
from monitor.demo.offers import Offer
from monitor.demo.randomness import hash_of
from monitor.demo.shops.base import (
    Routes,
    Shop,
    ShopRequest,
    ShopResponse,
    assigned,
    json_response,
    page,
    rupiah,
    script,
    slug,
)
from monitor.model import Condition


class Tokopedia(Shop):
    """www.tokopedia.com and its GraphQL host."""

    id = "tokopedia"
    title = "Tokopedia"
    hosts = ("www.tokopedia.com", "gql.tokopedia.com")
    offset = 100_000_000_000
    robots = (
        "User-agent: *\nAllow: /find/*?page\nDisallow: /find/*?shipping=*\nDisallow: /graphql\n"
        "Disallow: /search?*\nDisallow: /search/*\nDisallow: /*src=search*\n"
        "Disallow: /*?extParam=\nDisallow: /*?whid=*\nDisallow: /cart/*\n"
    )
    no_results = "Oops, produk nggak ditemukan"
    removed = "Waduh, tujuanmu nggak ada"
    place_in_heading = True
    lost_origin: ClassVar = {'"city"': '"place_v2"', "spnSRPProdTabShopLoc": "spnPlace"}
    new_layout: ClassVar = {
        "master-product-card": "product-card-v9",
        "spnSRPProdName": "lblTitle",
        "ace_search_product_v4": "ace_search_product_v9",
        "AceSearchUnify": "AceSearchNext",
        '"data":': '"payload":',
        '"shop":': '"merchant":',
    }

    def find_page(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """A result page as the server renders it."""
        query = match["query"]
        results = self.results(request, query)
        return page(
            "tokopedia.html",
            shop=self,
            query=query.replace("-", " "),
            shown=results.shown,
            node=self.node,
            cache=script(self.cache(results)),
        )

    def graphql(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """What the page's script asks for; robots.txt forbids it."""
        query = request.query.get("q", "")
        results = self.results(request, query)
        products = [self.node_v5(shown) for shown in results.shown]
        return json_response([{"data": {"searchProductV5": {"data": {"products": products}}}}])

    def own_scripts(self, offer: Offer) -> tuple[str, ...]:
        """``window.__cache`` with the layout of the page, which does not know the place."""
        item = self.item_id(offer)
        root = f'$ROOT_QUERY.pdpGetLayout({{"apiVersion":1,"productKey":"{item}"}})'
        basic, content = f"pdpBasicInfo{item}", f"{root}.components.0.data.0"
        path = offer.filed_under.path.split("/")
        steps = [(str(1 + hash_of(part) % 4000), part) for part in path]
        category = f"pdpCategory{steps[-1][0]}"
        entities: dict[str, Any] = {
            "ROOT_QUERY": {root.removeprefix("$ROOT_QUERY."): _link(root, "pdpLayout")},
            root: {
                "requestID": "",
                "name": "Default Layout Desktop",
                "basicInfo": _link(basic, "pdpBasicInfo", generated=False),
                "components": [
                    _link(f"{root}.components.{number}", "pdpComponent") for number in range(2)
                ],
                "__typename": "pdpLayout",
            },
            basic: {
                "alias": slug(offer.title),
                "productID": item,
                "shopID": str(offer.seller.id % 100_000_000),
                "shopName": offer.seller.name,
                "condition": "USED" if offer.product.condition is Condition.used else "NEW",
                "status": "ACTIVE",
                "url": self.url(offer),
                "category": _link(category, "pdpCategory", generated=False),
                "txStats": _link(f"${basic}.txStats", "pdpTxStats"),
                "stats": _link(f"${basic}.stats", "pdpStats"),
                "__typename": "pdpBasicInfo",
            },
            category: {
                "id": steps[-1][0],
                "name": path[-1],
                "detail": [
                    _link(f"pdpCategoryDetail{number}", "pdpCategoryDetail", generated=False)
                    for number, _ in steps
                ],
                "__typename": "pdpCategory",
            },
            f"${basic}.txStats": {"countSold": str(offer.sold), "__typename": "pdpTxStats"},
            f"${basic}.stats": {"rating": offer.rating or 0, "__typename": "pdpStats"},
            f"{root}.components.0": {
                "name": "product_content",
                "type": "product_content",
                "position": "[1,1,1,1]",
                "data": [_link(content, "pdpDataProductContent")],
                "__typename": "pdpComponent",
            },
            content: {
                "name": offer.title,
                "price": _link(f"{content}.price", "pdpContentSnapshotPrice"),
                "isOS": offer.seller.official,
                "__typename": "pdpDataProductContent",
            },
            f"{content}.price": {
                "value": offer.price,
                "currency": "IDR",
                "priceFmt": rupiah(offer.price),
                "__typename": "pdpContentSnapshotPrice",
            },
        }
        entities |= _detail_component(f"{root}.components.1", offer)
        for number, part in steps:
            entities[f"pdpCategoryDetail{number}"] = {
                "id": number,
                "name": part,
                "__typename": "pdpCategoryDetail",
            }
        return (assigned("window.__cache", entities),)

    def recommended(self, request: ShopRequest, offer: Offer) -> tuple[Offer, ...]:
        """Four other offers of the same goods."""
        results = request.catalogue.results(self.id, offer.product.names[0], request.week, 1, 5)
        others = [shown.offer for shown in results.shown if shown.offer.item_id != offer.item_id]
        return tuple(others[:4])

    def url(self, offer: Offer) -> str:
        """The address of a listing's own page."""
        name = f"{slug(offer.title)}-{self.item_id(offer)}"
        return f"https://www.tokopedia.com/{slug(offer.seller.name)}/{name}"

    def node(self, shown: ShownOffer) -> dict[str, Any]:
        """A product as a V4 page knows it, its shop and labels put in place."""
        offer = shown.offer
        path = "/".join(slug(part) for part in offer.filed_under.path.split("/"))
        return {
            "id": int(self.item_id(offer)),
            "name": offer.title,
            "ads": {"id": str(offer.stock_number) if shown.sponsored else "", **_ad()},
            "badges": [],
            "departmentId": 1 + hash_of(path) % 4000,
            "categoryBreadcrumb": path,
            "categoryId": 1 + hash_of(offer.filed_under.path.split("/")[0]) % 4000,
            "categoryName": offer.filed_under.path.split("/")[0],
            "countReview": offer.reviews,
            "discountPercentage": 0,
            "gaKey": f"/searchproduct/{path}",
            "imageUrl": f"https://www.tokopedia.com/gambar-simulasi/{self.item_id(offer)}.png",
            "labelGroups": [_label(offer)],
            "originalPrice": "",
            "price": rupiah(offer.price),
            "priceRange": "",
            "rating": round(offer.rating or 0),
            "shop": {
                "id": offer.seller.id % 100_000_000,
                "name": offer.seller.name,
                "url": f"https://www.tokopedia.com/{slug(offer.seller.name)}",
                "city": _city(offer.place),
                "isOfficial": offer.seller.official,
                "isPowerBadge": offer.reviews > 500,
                "__typename": "AceSearchUnifyShop",
            },
            "url": self.url(offer),
            "wishlist": False,
            "source_engine": "0",
            "__typename": "AceSearchUnifyProduct",
        }

    def node_v5(self, shown: ShownOffer) -> dict[str, Any]:
        """A product as GraphQL answers it."""
        offer, old = shown.offer, self.node(shown)
        return {
            "oldID": old["id"],
            "id": str(old["id"]),
            "name": offer.title,
            "url": old["url"],
            "mediaURL": {"image": old["imageUrl"], "__typename": "SearchProductV5MediaURL"},
            "shop": {
                "id": str(old["shop"]["id"]),
                "name": offer.seller.name,
                "url": old["shop"]["url"],
                "city": old["shop"]["city"],
                "tier": 2 if offer.seller.official else 1,
                "__typename": "SearchProductV5Shop",
            },
            "badge": {"title": old["shop"]["city"], "__typename": "SearchProductV5Badge"},
            "price": {
                "text": old["price"],
                "number": offer.price,
                "original": rupiah(offer.full_price),
                "__typename": "SearchProductV5Price",
            },
            "labelGroups": [
                {
                    "position": "ri_product_credibility",
                    "title": _sold(offer),
                    "__typename": "SearchProductV5LabelGroups",
                }
            ],
            "category": {
                "id": str(old["categoryId"]),
                "name": old["categoryName"],
                "breadcrumb": old["categoryBreadcrumb"],
                "__typename": "SearchProductV5Category",
            },
            "rating": str(offer.rating or ""),
            "ads": {"id": old["ads"]["id"], "__typename": "SearchProductV5Ads"},
            "__typename": "searchProductV5Product",
        }

    def cache(self, results: ResultPage) -> dict[str, Any]:
        """``window.__cache``: a normalised Apollo cache of the V4 search."""
        asked = f'ace_search_product_v4({{"params":"page={results.page}&q={results.query}"}})'
        root = f"$ROOT_QUERY.{asked}"
        entities: dict[str, Any] = {
            "ROOT_QUERY": {"isAuthenticated": 0, asked: _link(root, "AceSearchUnifyResponse")},
            root: {
                "header": _link(f"{root}.header", "AceSearchUnifyHeader"),
                "data": _link(f"{root}.data", "AceSearchUnifyData"),
                "__typename": "AceSearchUnifyResponse",
            },
            f"{root}.header": {
                "totalData": results.total,
                "totalDataText": f"{results.total // 1000}rb+",
                "responseCode": 0,
                "errorMessage": "",
                "__typename": "AceSearchUnifyHeader",
            },
        }
        products = []
        for shown in results.shown:
            node = self.node(shown)
            key = f"AceSearchUnifyProduct{node['id']}"
            shop, label = f"AceSearchUnifyShop{node['shop']['id']}", f"{key}.labelGroups.0"
            entities[shop] = node["shop"]
            entities[f"${key}.ads"] = node["ads"]
            entities[label] = node["labelGroups"][0]
            entities[key] = {
                **node,
                "ads": _link(f"${key}.ads", "AceSearchUnifyAds"),
                "labelGroups": [_link(label, "AceSearchUnifyLabelGroup")],
                "shop": _link(shop, "AceSearchUnifyShop", generated=False),
            }
            products.append(_link(key, "AceSearchUnifyProduct", generated=False))
        entities[f"{root}.data"] = {
            "isQuerySafe": True,
            "products": products,
            "__typename": "AceSearchUnifyData",
        }
        return entities

    routes: ClassVar[Routes] = (
        (r"/find/(?P<query>[^/]+)", find_page),
        (r"/p/(?P<query>.+)", find_page),
        (r"/graphql.*", graphql),
        (r"/[^/]+/(?:.*-)?(?P<item>\d+)", Shop.detail),
    )


def _detail_component(key: str, offer: Offer) -> dict[str, Any]:
    """The component with the platform's labels of the goods, and the seller's description."""
    rows = [("Kondisi", "Baru"), ("Min. Pemesanan", "1 Buah")]
    rows += [("Deskripsi", text)] if (text := description(offer)) else []
    contents = [f"{key}.data.0.content.{number}" for number in range(len(rows))]
    kind = "pdpContentProductDetail"
    return {
        key: {
            "name": "product_detail",
            "data": [_link(f"{key}.data.0", "pdpDataProductDetail")],
            "__typename": "pdpComponent",
        },
        f"{key}.data.0": {
            "content": [_link(content, kind) for content in contents],
            "__typename": "pdpDataProductDetail",
        },
    } | {
        content: {"title": title, "subtitle": subtitle, "__typename": kind}
        for content, (title, subtitle) in zip(contents, rows, strict=True)
    }


def _link(key: str, kind: str, *, generated: bool = True) -> dict[str, Any]:
    return {"type": "id", "generated": generated, "id": key, "typename": kind}


def _ad() -> dict[str, str]:
    return {
        "productClickUrl": "",
        "productWishlistUrl": "",
        "productViewUrl": "",
        "__typename": "AceSearchUnifyAds",
    }


def _label(offer: Offer) -> dict[str, str]:
    return {
        "position": "integrity",
        "title": _sold(offer).capitalize(),
        "type": "textDarkGrey",
        "__typename": "AceSearchUnifyLabelGroup",
    }


def _sold(offer: Offer) -> str:
    if offer.sold >= 1000:
        return f"{offer.sold // 1000}rb+ terjual"
    return f"{offer.sold} terjual"


def _city(place: str | None) -> str:
    return (place or "").removeprefix("Kota ")
