"""Where own pages hold a description, as captures show it; null where there is no such place."""

import json

import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from monitor.classify.displayed import OwnTexts
from monitor.crawl.spider import load_spiders

SPIDERS = load_spiders()
LAYOUT = {
    "ROOT_QUERY": {
        "pdpGetLayout": {
            "basicInfo": {"productID": "1"},
            "components": [
                {"name": "product_content", "data": [{"name": "Abon"}]},
                {"name": "product_detail", "data": [{"content": []}]},
            ],
        }
    }
}


def answer(document: object, url: str) -> Response:
    return TextResponse(url, body=json.dumps(document).encode(), encoding="utf-8")


def tokopedia(*rows: tuple[str, str]) -> Response:
    layout = json.loads(json.dumps(LAYOUT))
    content = [{"title": title, "subtitle": subtitle} for title, subtitle in rows]
    layout["ROOT_QUERY"]["pdpGetLayout"]["components"][1]["data"][0]["content"] = content
    body = f"<html><script>window.__cache={json.dumps(layout)};</script></html>"
    return HtmlResponse("https://www.tokopedia.com/toko/abon", body=body.encode(), encoding="utf-8")


def shopee(item: dict[str, object]) -> Response:
    return answer(
        {"data": {"itemid": 1, "name": "Abon", **item}}, "https://shopee.co.id/api/v4/item"
    )


def product(**fields: object) -> Response:
    document = {"@type": "Product", "sku": "1", "name": "Abon", **fields}
    body = f'<html><script type="application/ld+json">{json.dumps(document)}</script></html>'
    return HtmlResponse("https://www.lazada.co.id/-i1.html", body=body.encode(), encoding="utf-8")


@pytest.mark.parametrize(
    ("platform", "response", "texts"),
    [
        (
            "tokopedia",
            tokopedia(("Kondisi", "Baru"), ("Deskripsi", "Enak")),
            OwnTexts(("Enak",), ("Kondisi: Baru",)),
        ),
        ("tokopedia", tokopedia(("Kondisi", "Baru")), OwnTexts((), ("Kondisi: Baru",))),
        (
            "shopee",
            shopee({"description": "Enak", "attributes": [{"name": "No. BPOM", "value": "MD 1"}]}),
            OwnTexts(("Enak",), ("No. BPOM: MD 1",)),
        ),
        ("shopee", shopee({"description": ""}), OwnTexts(())),
        ("shopee", shopee({}), None),
        ("shopee", shopee({"product_description": None}), None),
        ("lazada", product(description="Enak"), OwnTexts(("Enak",))),
        ("lazada", product(), None),
    ],
)
def test_a_description_is_read_where_it_stands(
    platform: str, response: Response, texts: OwnTexts | None
) -> None:
    assert SPIDERS[platform].own_texts(response) == texts


def test_what_no_capture_shows_is_called_unproven() -> None:
    unproven = {name for name, spider in SPIDERS.items() if "description" in spider.unproven}
    assert unproven == SPIDERS.keys() - {"tokopedia"}
