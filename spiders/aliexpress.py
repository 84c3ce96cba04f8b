"""AliExpress, the reference for direct cross-border trade: search answers, pages, one item.

The country of manufacture ("Origin") is not where an item ships from.
"""

from monitor.crawl.spider import (
    Fields,
    PlatformSpider,
    address,
    brand,
    count,
    country,
    flag,
    ident,
    link,
    number,
    picture,
    rating,
    text,
)


class AliexpressSpider(PlatformSpider):
    name = "aliexpress"
    markers = ("www.aliexpress.com", "aliexpress-media.com")
    minimum_listings = 20
    no_results = ("sorry, your search", "tidak ada hasil")
    currency = None
    embedded = ("window._dida_config_._init_data_",)
    places = ("content", "data.data.root.fields.mods.itemList.content")
    items = ("result.item && [merge(result.item, result)]",)
    item_url = r"/item/(\d+)\.html"
    total = ("pageInfo.totalResults", "data.data.root.fields.pageInfo.totalResults")
    fields = Fields(
        item_id=ident("productId || itemId"),
        title=text("title.displayTitle || title"),
        url=link("itemUrl") | address("https://www.aliexpress.com/item/{productId}.html"),
        image_url=picture("image.imgUrl || images[0]"),
        price=number("prices.salePrice.minPrice")
        | number("sku.def.promotionPrice || sku.def.price", textual=True),
        currency=text("prices.salePrice.currencyCode || settings.currency"),
        seller_id=ident("store.storeId || seller.storeId"),
        seller_name=text("store.storeName || seller.storeTitle"),
        ship_from=text("delivery.shippingFrom"),
        ship_from_country=country("delivery.shippingFromCode"),
        category_id=ident("trace.exposure.postCategoryId || catId"),
        brand=brand("properties.list[?name=='Brand Name'].value | [0]"),
        rating=rating("evaluation.starRating"),
        sold=count("trade.tradeDesc || sales"),
        sponsored=flag("productType && productType == 'ad'"),
    )
