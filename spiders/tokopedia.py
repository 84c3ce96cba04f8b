"""Tokopedia: GraphQL answers (search V4 and V5, categories, advertisements), the homepage's feed,
rendered pages with their Apollo cache, and own pages (``pdpGetLayout``, ``pdpMainInfo``).

An own page tells where it ships from in words only. Its cards are other offers.
"""

from monitor.crawl.spider import Cards, Fields, PlatformSpider, read

_ENVELOPES = ("ROOT_QUERY.values(@)", "data.values(@)", "[].data.values(@)[]")
_CONTENTS = tuple(
    f"{envelope}[?components] | [].components[] | [?name=='product_detail'].data[] | [0].content"
    for envelope in _ENVELOPES
)


class TokopediaSpider(PlatformSpider):
    name = "tokopedia"
    markers = ("www.tokopedia.com", "tokopedia.net", "tokopedia-static.net")
    unproven = ("category page",)
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
    listing_keys = (frozenset({"id", "name", "url", "shop"}),)
    plain_item_page = True
    item_scripts = ("window.__cache", "application/ld+json")
    item_paths = tuple(
        f"{envelope}[?components].merge(data.basicInfo || basicInfo,"
        " components[?name=='product_content'].data[] | [0])"
        for envelope in _ENVELOPES
    )
    description_paths = tuple(
        f"{content} | [?title=='Deskripsi'].subtitle" for content in _CONTENTS
    )
    attribute_paths = tuple(
        f"{content} | [?title!='Deskripsi'].join(': ', [title, subtitle])" for content in _CONTENTS
    )
    item_words = Cards("body", city=('h2:contains("Dikirim dari")', r"Dikirim dari\s+(.+)"))
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
        # One that stands alone may be the shop's name.
        city='[data-testid="spnSRPProdTabShopLoc"]:has(+ span)',
        seller='[data-testid="spnSRPProdTabShopLoc"] + span::text',
        advertised='[data-testid="divSRPTopadsIcon"]::text',
    )
    fields = Fields(
        item_id=read.ident("id || productID"),
        title=read.text("name"),
        url=read.link("url || uri", through="r"),
        image_url=read.picture("mediaURL.image || imageUrl || image.imageUrl || defaultMediaURL"),
        price=read.agreeing(
            read.number("price.number || price.value || priceInt"),
            read.money("price.text || price.priceFmt || price.text_idr"),
        )
        | read.money("price || price_format"),
        currency=read.currency("price.currency"),
        seller_id=read.ident("shop.id || shop.shopId || shopID"),
        seller_name=read.text("shop.name || shopName || seller"),
        official_store=read.flag("shop.tier && shop.tier == `2`")
        | read.flag("shop.isOfficial")
        | read.flag("shop.official")
        | read.flag("isOS"),
        ship_from=read.text("shop.city || shop.location || city"),
        category_id=read.ident("category.id || categoryID || categoryId || catId"),
        category_path=read.trail("category.breadcrumb || categoryBreadcrumb || categoryBreadcrumbs")
        | read.trail("category_breadcrumb || category.detail[].name"),
        rating=read.rating("ratingAverage || rating || stats.rating"),
        sold=read.count("countSold || txStats.countSold")
        | read.count("(labelGroups || labelGroup)[?contains(title, 'erjual')].title | [0]"),
        condition=read.condition("condition"),
        sponsored=read.flag("isTopads")
        | read.flag("ads && ads.id != ''")
        | read.filled("advertised"),
    )
