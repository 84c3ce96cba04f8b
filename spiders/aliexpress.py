"""AliExpress, the reference for direct cross-border trade: search answers, pages, one item.

The country of manufacture ("Origin") is not where an item ships from.
"""

from monitor.crawl.spider import Fields, PlatformSpider, read


class AliexpressSpider(PlatformSpider):
    name = "aliexpress"
    markers = ("www.aliexpress.com", "aliexpress-media.com")
    unproven = ("own page", "page data", "description")
    minimum_listings = 20
    no_results_texts = ("sorry, your search",)
    gone_texts = ("sorry, this item is no longer available",)
    default_currency = None
    listing_scripts = ("window._dida_config_._init_data_",)
    listing_paths = ("content", "data.data.root.fields.mods.itemList.content")
    listing_keys = (frozenset({"productId", "title", "prices"}),)
    item_paths = ("result.item && [merge(result.item, result)]",)
    item_id_pattern = r"/item/(\d+)\.html"
    total_paths = ("pageInfo.totalResults", "data.data.root.fields.pageInfo.totalResults")
    fields = Fields(
        item_id=read.ident("productId || itemId"),
        title=read.text("title.displayTitle || title"),
        url=read.link("itemUrl") | read.address("https://www.aliexpress.com/item/{productId}.html"),
        image_url=read.picture("image.imgUrl || images[0]"),
        price=read.number("prices.salePrice.minPrice")
        | read.number("sku.def.promotionPrice || sku.def.price", textual=True),
        currency=read.currency("prices.salePrice.currencyCode || settings.currency"),
        seller_id=read.ident("store.storeId || seller.storeId"),
        seller_name=read.text("store.storeName || seller.storeTitle"),
        ship_from=read.text("delivery.shippingFrom"),
        ship_from_country=read.country("delivery.shippingFromCode"),
        category_id=read.ident("trace.exposure.postCategoryId || catId"),
        brand=read.brand("properties.list[?name=='Brand Name'].value | [0]"),
        rating=read.rating("evaluation.starRating"),
        sold=read.count("trade.tradeDesc || sales"),
        sponsored=read.flag("productType && productType == 'ad'"),
    )
