"""Tokopedia: GraphQL answers (search V4 and V5, categories, advertisements), the homepage's feed,
and rendered pages with their Apollo cache."""

from monitor.crawl.spider import (
    Cards,
    Fields,
    PlatformSpider,
    count,
    filled,
    flag,
    ident,
    link,
    money,
    number,
    picture,
    rating,
    text,
    trail,
)


class TokopediaSpider(PlatformSpider):
    name = "tokopedia"
    markers = ("www.tokopedia.com", "tokopedia.net", "tokopedia-static.net")
    minimum_listings = 30
    no_results = ("produk nggak ditemukan", "produk tidak ditemukan")
    embedded = ("window.__cache",)
    places = (
        "[].data.values(@)[].data.products[]",
        "data.values(@)[].data.products[]",
        "ROOT_QUERY.values(@)[].data.products[]",
        "[].data.displayAdsV3.data[].merge(product, {shop: shop, rating: '', isTopads: `true`})",
        "cards",
        "[?shop] && [*]",
    )
    known = "values(@)[?name && (url || uri) && __typename != 'AceSearchUnifyShop']"
    items = ("item.shop && [item]",)
    total = (
        "[].data.values(@)[].header.totalData | [0]",
        "data.values(@)[].header.totalData | [0]",
        "ROOT_QUERY.values(@)[].header.totalData | [0]",
    )
    cards = Cards(
        '[data-testid="master-product-card"]',
        name='[data-testid="spnSRPProdName"]::text',
        url="a::attr(href)",
        imageUrl="img::attr(src)",
        price='[data-testid="spnSRPProdPrice"]::text',
        city='[data-testid="spnSRPProdTabShopLoc"]:has(+ [data-testid="spnSRPProdTabShopLoc"])',
        seller='[data-testid="spnSRPProdTabShopLoc"] + [data-testid="spnSRPProdTabShopLoc"]::text',
        advertised='[data-testid="divSRPTopadsIcon"]::text',
    )
    fields = Fields(
        item_id=ident("id"),
        title=text("name"),
        url=link("url || uri", through="r"),
        image_url=picture("mediaURL.image || imageUrl || image.imageUrl"),
        price=number("price.number || priceInt") | money("price || price_format"),
        seller_id=ident("shop.id || shop.shopId"),
        seller_name=text("shop.name || seller"),
        official_store=flag("shop.tier && shop.tier == `2`")
        | flag("shop.isOfficial")
        | flag("shop.official"),
        ship_from=text("shop.city || shop.location || city"),
        category_id=ident("category.id || categoryID || categoryId"),
        category_path=trail("category.breadcrumb || categoryBreadcrumb || categoryBreadcrumbs")
        | trail("category_breadcrumb"),
        rating=rating("ratingAverage || rating"),
        sold=count("countSold")
        | count("(labelGroups || labelGroup)[?contains(title, 'erjual')].title | [0]"),
        sponsored=flag("isTopads") | flag("ads && ads.id != ''") | filled("advertised"),
    )
