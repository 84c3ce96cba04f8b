"""Shopee: ``items[].item_basic`` as JSON, a page that holds nothing until its script has run."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from monitor.demo.catalogue import ShownOffer
from monitor.demo.descriptions import description
from monitor.demo.offers import COUNTRIES, Offer
from monitor.demo.pictures import goods_name
from monitor.demo.randomness import hash_of
from monitor.demo.shops.base import (
    Routes,
    Shop,
    ShopRequest,
    ShopResponse,
    discount,
    json_response,
    json_script,
    page,
)

_UNIT = 100_000


class Shopee(Shop):
    """shopee.co.id and its picture host."""

    id = "shopee"
    title = "Shopee"
    hosts = ("shopee.co.id", "down-id.img.susercontent.com")
    offset = 20_000_000_000
    robots = (
        "User-agent: *\nCrawl-delay: 1\nDisallow: /cart/\nDisallow: /checkout/\nDisallow: /user/\n"
        "Disallow: /mall/*-cat.\nDisallow: *-i.*/similar\nDisallow: /search*searchPrefill\n"
    )
    no_results = "Tidak ada hasil yang ditemukan"
    removed = "Produk ini tidak ada"
    removed_status = 200
    lost_origin: ClassVar = {'"shop_location"': '"place_v2"', '"cb_option"': '"cross_v2"'}
    new_layout: ClassVar = {"item_basic": "card_basic", "itemid": "uid", "shopid": "sid"}

    def search(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """Search results as JSON."""
        size = max(1, min(request.number("limit", 60), 100))
        number = request.number("newest", 0) // size + 1
        query = request.query.get("keyword", "")
        searched = query or request.catalogue.category(self.id, request.query.get("match_id", ""))
        results = request.catalogue.results(self.id, searched, request.week, number, size)
        return json_response(
            {
                "error": None,
                "error_msg": None,
                "total_count": results.total,
                "nomore": not results.shown,
                "items": [_entry(shown) for shown in results.shown],
                "total_ads_count": sum(shown.sponsored for shown in results.shown),
                "show_disclaimer": False,
                "query_rewrite": {
                    "fe_query_write_status": 0,
                    "ori_keyword": query,
                    "ori_total_count": results.total,
                },
                "need_next_search": bool(results.shown),
                "batch_size": size,
            }
        )

    def shell(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """The search page: an empty frame whose script asks for the JSON."""
        return page("shopee.html", shop=self, query=request.query.get("keyword", ""))

    def item(self, request: ShopRequest, match: re.Match[str]) -> ShopResponse:
        """A listing's own data as JSON."""
        offer = self.find(request, request.query.get("itemid", ""))
        return json_response(self.document(offer) if offer else {"error": 4, "data": None})

    def shown_place(self, offer: Offer) -> str | None:
        """The place in the words of its data: foreign offers all ship from "Luar Negeri"."""
        return _place(offer, offer.own_place) or None

    def own_scripts(self, offer: Offer) -> tuple[str, ...]:
        """The cached ``pdp/get_pc``, whose price a visitor who is not signed in does not see."""
        node, key = _node(offer, offer.own_place), f"{_shop_id(offer)}/{_item_id(offer)}"
        shop = {
            "shopid": _shop_id(offer),
            "name": offer.seller.name,
            "shop_location": node["shop_location"],
            "is_official_shop": offer.seller.official,
        }
        item = {
            "item_id": _item_id(offer),
            "shop_id": _shop_id(offer),
            "item_status": "normal",
            "title": offer.title,
            "image": node["image"],
            "cat_id": node["catid"],
            "currency": "IDR",
            "brand": node["brand"],
            "item_rating": {"rating_star": node["item_rating"]["rating_star"]},
            "cb_option": node["cb_option"],
            "shop_location": node["shop_location"],
            "categories": _categories(offer),
            "price": None,
        }
        page_data = {
            "item": item,
            "shop_detailed": shop,
            "product_description": {
                "paragraph_list": [
                    {"type": 0, "text": text} for text in [description(offer)] if text
                ]
            },
        }
        cached = {"currentKey": key, "cachedMap": {key: page_data}}
        state = {"DOMAIN_PDP": {"data": {"PDP_BFF_DATA": cached}}}
        return (json_script("text/mfe-initial-data", {"initialState": state}),)

    def document(self, offer: Offer) -> object:
        """The item's own answer: ``data`` with the place and mark of its own page."""
        node = _node(offer, offer.own_place)
        rating = {key: node["item_rating"][key] for key in ("rating_star", "rating_count")}
        document = {key: node[key] for key in node if key not in _ONLY_RESULTS} | {
            "description": description(offer),
            "item_rating": rating,
            "condition": 1,
            "categories": _categories(offer),
        }
        return {"error": None, "error_msg": None, "data": document}

    routes: ClassVar[Routes] = (
        (r"/api/v4/search/search_items/?", search),
        (r"/api/v4/item/get", item),
        (r"/search", shell),
        (r"/product/\d+/(?P<item>\d+)/?", Shop.detail),
        (r"/.*-i\.\d+\.(?P<item>\d+)", Shop.detail),
    )


_ONLY_RESULTS = {
    "currency",
    "view_count",
    "discount",
    "can_use_cod",
    "global_sold_count",
    "shop_name",
    "is_shopee_choice",
    "show_official_shop_label",
}


def _entry(shown: ShownOffer) -> dict[str, Any]:
    """An element of ``items``."""
    return {
        "item_basic": _node(shown.offer, shown.offer.place),
        "adsid": shown.offer.stock_number if shown.sponsored else None,
        "campaignid": None,
        "itemid": _item_id(shown.offer),
        "shopid": _shop_id(shown.offer),
        "item_type": int(shown.sponsored),
        "match_type": 0,
    }


def _node(offer: Offer, place: str | None) -> dict[str, Any]:
    """``item_basic`` of an offer; ``place`` is where the page says that it ships from."""
    abroad = place in COUNTRIES
    picture = goods_name(offer.stock_number)
    price, full, cut = offer.price * _UNIT, offer.full_price * _UNIT, discount(offer)
    stars = offer.reviews * 9 // 10
    return {
        "itemid": _item_id(offer),
        "shopid": _shop_id(offer),
        "name": offer.title,
        "label_ids": [1_000_000 + hash_of(offer.seller.id) % 9999],
        "image": picture,
        "images": [picture],
        "currency": "IDR",
        "stock": offer.stock,
        "status": 1,
        "ctime": 1_600_000_000 + offer.stock_number * 1000,
        "sold": offer.sold // 12,
        "historical_sold": offer.sold,
        "liked": False,
        "liked_count": offer.reviews // 2,
        "view_count": None,
        "catid": _catid(offer.filed_under.path.split("/")[0]),
        "brand": offer.brand or "",
        "cmt_count": offer.reviews,
        "flag": 131_072,
        "cb_option": int(abroad),
        "item_status": "normal",
        "price": price,
        "price_min": price,
        "price_max": price,
        "price_min_before_discount": full if cut else -1,
        "price_max_before_discount": full if cut else -1,
        "price_before_discount": full if cut else 0,
        "has_lowest_price_guarantee": False,
        "show_discount": cut,
        "raw_discount": cut,
        "discount": f"{cut}%",
        "tier_variations": [{"name": "Warna", "options": ["Hitam", "Cokelat"], "type": 0}],
        "item_rating": {
            "rating_star": float(offer.rating or 0),
            "rating_count": [offer.reviews, 0, 0, 0, offer.reviews - stars, stars],
            "rcount_with_context": offer.reviews // 3,
            "rcount_with_image": offer.reviews // 5,
        },
        "item_type": 0,
        "is_adult": False,
        "shopee_verified": offer.reviews > 100,
        "is_official_shop": offer.seller.official,
        "show_official_shop_label": offer.seller.official,
        "show_free_shipping": not abroad,
        "is_preferred_plus_seller": offer.reviews > 500,
        "shop_location": _place(offer, place),
        "can_use_cod": not abroad,
        "is_mart": False,
        "global_sold_count": offer.sold,
        "shop_name": offer.seller.name,
        "is_shopee_choice": False,
    }


def _categories(offer: Offer) -> list[dict[str, Any]]:
    return [
        {"catid": _catid(part), "display_name": part, "no_sub": False}
        for part in offer.filed_under.path.split("/")
    ]


def _place(offer: Offer, place: str | None) -> str:
    if place in COUNTRIES:
        return "Luar Negeri"
    if place and offer.seller.id % 3 == 0:
        return place.upper()
    return place or ""


def _item_id(offer: Offer) -> int:
    return Shopee.offset + offer.item_id


def _shop_id(offer: Offer) -> int:
    return offer.seller.id % 1_000_000_000


def _catid(name: str) -> int:
    return 100_000 + hash_of(name) % 900
