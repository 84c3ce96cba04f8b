"""Shopee: search results (flat ``items`` of 2020, ``item_basic`` since), shop listings, items.

Rendered cards and the data of an item's page as public scrapers describe them, in no capture yet;
of descriptions captures show those of an item's answer (2022) alone.
Of a shop's own endpoints (``rcmd_items``) no capture tells the unit of prices, and reports differ
(hundredths of a rupiah, or hundred-thousandths as elsewhere): what could be either is unknown.
An item's ``condition`` is a number (1 and 4 in captures) that no capture explains: it is not read.
"""

import re

from monitor.crawl.spider import Cards, Fields, PlatformSpider, read

# Under Rp1,000 by the smaller unit, under Rp1,000,000 by the larger one: no way to tell which.
_SURE_PRICE = "[?@ >= `100000000`] | [0]"
_CARD_PRICE = "[item_data.item_card_display_price.price || item_card_display_price.price]"
_CACHED = "initialState.DOMAIN_PDP.data.PDP_BFF_DATA.cachedMap"
_OWN_NODES = ("data", "item", f"{_CACHED}.values(@) | [0]")
# Cards of 2026 keep name, picture and place apart, those before all but the ids in one object.
_PARTS = "item_card_displayed_asset || `{}`, @, item_data || `{}`, item_basic || `{}`"


class ShopeeSpider(PlatformSpider):
    name = "shopee"
    markers = ("shopee", '"shopid"', '"itemid"', "PDP_BFF_DATA")
    unproven = ("cards", "own page", "description", "category page")
    minimum_listings = 30
    no_results_texts = ("tidak ada hasil yang ditemukan", "produk tidak ditemukan")
    gone_texts = ("produk ini tidak ada", "produk tidak ada", "the product doesn't exist")
    gone_paths = (
        "[data, data.item][?item_status == 'deleted' || item_status == 'banned']",
        "error == `4` && !data && [@]",
    )
    listing_paths = (
        f"items[?shopid || item_basic] && items[].merge({_PARTS})",
        "[].response[]",
        "[?shopid] && [*]",
    )
    listing_keys = (frozenset({"itemid", "shopid"}),)
    listing_node = f"merge({_PARTS})"
    unranked_paths = (
        "data.units[].item",
        f"(data || @).centralize_item_card.item_cards[].merge({_PARTS},"
        f" {{item_card_display_price: null, price: {_CARD_PRICE}{_SURE_PRICE}}})",
        f"data.items[?shopid].merge(@, {{price: [price]{_SURE_PRICE}}})",
    )
    plain_item_page = True
    item_scripts = ("text/mfe-initial-data",)
    item_paths = (
        "data.itemid && [data]",
        "item.itemid && [item]",
        "data.item && [merge(data.item, {shop: data.shop_detailed})]",
        f"{_CACHED}.values(@)[?item].merge(item, {{shop: shop_detailed}})",
    )
    description_paths = tuple(
        f"{node}.{part}"
        for node in _OWN_NODES
        for part in ("description", "product_description.paragraph_list[].text")
    )
    attribute_paths = tuple(
        f"{node}.{part}[].join(': ', [name, value])"
        for node in _OWN_NODES
        for part in ("attributes", "product_attributes.attrs")
    )
    item_id_pattern = r"(?:-i\.\d+\.|/product/\d+/)(\d+)"
    total_paths = ("total_count",)
    cards = Cards(
        'li[data-sqe="item"]',
        itemid=("a[href*='-i.']::attr(href)", r"-i\.\d+\.(\d+)"),
        shopid=("a[href*='-i.']::attr(href)", r"-i\.(\d+)\.\d+"),
        name="img[alt]::attr(alt)",
        picture="img[src*='susercontent.com']::attr(src)",
        priceShow=re.compile(r"Rp\s*\d[\d.]*"),
        shop_location=("[aria-label^='location-']::attr(aria-label)", r"location-(.+)"),
        soldShow=re.compile(r"(?mi)^\d.*\b(?:terjual|sold)$"),
    )
    fields = Fields(
        item_id=read.ident("itemid || item_id"),
        title=read.text("name || title"),
        url=read.address("https://shopee.co.id/product/{shopid}/{itemid}")
        | read.address("https://shopee.co.id/product/{shop_id}/{item_id}"),
        image_url=read.address("https://down-id.img.susercontent.com/file/{image}")
        | read.picture("picture"),
        price=read.number("price || item_card_display_price.price", per=100_000)
        | read.money("priceShow"),
        currency=read.currency("currency"),
        seller_id=read.ident("shopid || shop_id"),
        seller_name=read.text("shop_name || shop.name || shop_data.shop_name"),
        official_store=read.flag("is_official_shop")
        | read.flag("shop.is_official_shop")
        | read.flag("seller_flag && seller_flag.name == 'OFFICIAL_SHOP'"),
        ship_from=read.text("shop_location || shop_location_tr || shop.shop_location"),
        cross_border_flag=read.flag("cb_option"),
        category_id=read.ident("catid || cat_id"),
        category_path=read.trail("categories[].display_name"),
        brand=read.brand("brand || global_brand.display_name"),
        rating=read.rating("item_rating.rating_star"),
        sold=read.count("historical_sold || item_card_display_sold_count.historical_sold_count")
        | read.count("item_card_display_sold_count.display_sold_count")
        | read.count("soldShow"),
        sponsored=read.filled("adsid"),
    )
