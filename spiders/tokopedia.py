"""Tokopedia: GraphQL answers (search V4 and V5, categories, advertisements), the homepage's feed,
and rendered pages with their Apollo cache."""

from monitor.crawl.spider import Cards, Fields, PlatformSpider, read


class TokopediaSpider(PlatformSpider):
    name = "tokopedia"
    markers = ("www.tokopedia.com", "tokopedia.net", "tokopedia-static.net")
    minimum_listings = 30
    no_results_texts = ("produk nggak ditemukan", "produk tidak ditemukan")
    gone_texts = ("waduh, tujuanmu nggak ada", "produk tidak ditemukan")
    listing_scripts = ("window.__cache",)
    listing_paths = (
        "[].data.values(@)[].data.products[]",
        "data.values(@)[].data.products[]",
        "ROOT_QUERY.values(@)[].data.products[]",
        "[].data.CategoryProducts.data[]",
        "[].data.displayAdsV3.data[].merge(product, {shop: shop, rating: '', isTopads: `true`})",
        "cards",
        "[?shop] && [*]",
    )
    card_detail_paths = ("values(@)[?name && (url || uri) && __typename != 'AceSearchUnifyShop']",)
    item_paths = ("item.shop && [item]",)
    total_paths = (
        "[].data.values(@)[].header.totalData | [0]",
        "data.values(@)[].header.totalData | [0]",
        "ROOT_QUERY.values(@)[].header.totalData | [0]",
        "[].data.CategoryProducts.count | [0]",
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
        item_id=read.ident("id"),
        title=read.text("name"),
        url=read.link("url || uri", through="r"),
        image_url=read.picture("mediaURL.image || imageUrl || image.imageUrl"),
        price=read.number("price.number || priceInt") | read.money("price || price_format"),
        seller_id=read.ident("shop.id || shop.shopId"),
        seller_name=read.text("shop.name || seller"),
        official_store=read.flag("shop.tier && shop.tier == `2`")
        | read.flag("shop.isOfficial")
        | read.flag("shop.official"),
        ship_from=read.text("shop.city || shop.location || city"),
        category_id=read.ident("category.id || categoryID || categoryId || catId"),
        category_path=read.trail("category.breadcrumb || categoryBreadcrumb || categoryBreadcrumbs")
        | read.trail("category_breadcrumb"),
        rating=read.rating("ratingAverage || rating"),
        sold=read.count("countSold")
        | read.count("(labelGroups || labelGroup)[?contains(title, 'erjual')].title | [0]"),
        sponsored=read.flag("isTopads")
        | read.flag("ads && ads.id != ''")
        | read.filled("advertised"),
    )
