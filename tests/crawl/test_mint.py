"""Pages that may be sent away: nobody is named on them, and what is measured stays."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, TextResponse

from monitor.crawl.parsing import judge, judge_item
from monitor.crawl.saved.invented import Inventor
from monitor.crawl.saved.mint import Mint
from monitor.crawl.saved.page_cases import case_files, case_response
from monitor.crawl.spider import load_spiders
from monitor.model import Listing

SPIDERS = load_spiders()
PAGES = Path(__file__).parent.parent / "pages"
SECRET = b"only of this test"


def measured(listing: Listing) -> tuple[object, ...]:
    """What a verdict rests on, besides words that may name the seller."""
    return (
        *(listing.price, listing.currency, listing.ship_from, listing.ship_from_country),
        *(listing.cross_border_flag, listing.official_store, listing.sold, listing.rank),
    )


@pytest.mark.parametrize(
    "path", list(case_files(PAGES)), ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_a_minted_page_reads_like_the_page_and_names_nobody(path: Path) -> None:
    spider, response = SPIDERS[path.parent.name], case_response(path)
    minted = Mint(spider, SECRET).mint(response)
    again = response.replace(body=minted.body)
    for read in (lambda page: judge(spider, page, control=True), lambda p: judge_item(spider, p)):
        before, after = read(response), read(again)
        assert (after.state, after.reason) == (before.state, before.reason)
        assert [*map(measured, after.listings)] == [*map(measured, before.listings)]
        for listing in before.listings:
            assert not listing.seller_name or listing.seller_name not in minted.body.decode()


def lazada(**fields: object) -> TextResponse:
    """A result page of one listing."""
    node = {
        "itemId": "61234567",
        "name": "Kain tenun",
        "itemUrl": "//www.lazada.co.id/products/kain-tenun-i61234567.html",
        "price": "26350.00",
        "sellerName": "Toko Ibu Siti Aminah",
        "sellerId": "40012345",
        "location": "Kota Surakarta",
    }
    document = {"mods": {"listItems": [node | fields]}}
    return TextResponse("https://www.lazada.co.id/catalog/", body=json.dumps(document).encode())


def minted_text(response: TextResponse) -> str:
    return Mint(SPIDERS["lazada"], SECRET).mint(response).body.decode()


@pytest.mark.parametrize(
    "name",
    ["Toko Ibu Siti Aminah", "toko-ibu-siti-aminah", "TOKO IBU SITI AMINAH", "tokoibusitiaminah"],
)
def test_a_seller_is_replaced_wherever_she_is_written(name: str) -> None:
    text = minted_text(lazada(description=f"dari {name}", shopUrl=f"//toko.example/{name}/x"))
    assert name.casefold() not in text.casefold()
    assert "Kota Surakarta" in text


def test_what_reaches_people_and_tells_the_visit_is_gone() -> None:
    text = minted_text(
        lazada(
            description="WA 0812-3456-7890 atau siti@toko.example",
            shopAddress="Jalan Melati 5",
            phone="+62 812 3456 7891",
            reviewer={"name": "Budi Santoso", "id": "99887766"},
            clickTrace="a1b2c3d4e5f6a7b8",
            accessToken="eyJhbGciOiJIUzI1NiJ9",
        )
    )
    for word in (
        *("0812-3456-7890", "siti@toko.example", "Melati", "812 3456 7891", "Budi", "Santoso"),
        *("99887766", "a1b2c3d4e5f6a7b8", "eyJhbGciOiJIUzI1NiJ9", "61234567", "40012345"),
    ):
        assert word not in text, word


def test_one_seller_is_one_invented_seller_on_all_pages_of_a_batch() -> None:
    mint = Mint(SPIDERS["lazada"], SECRET)
    names = [
        json.loads(mint.mint(page).body)["mods"]["listItems"][0]["sellerName"]
        for page in (lazada(), lazada(itemId="71234567", name="Kain lurik"))
    ]
    assert names[0] == names[1]
    assert re.fullmatch(r"Toko [A-Z][a-z]{2} [A-Z][a-z]{3} [A-Z][a-z]{5}", names[0])
    other = Mint(SPIDERS["lazada"], b"another secret").mint(lazada()).body.decode()
    assert names[0] not in other


def test_scripts_that_no_spider_reads_and_forms_are_left_out() -> None:
    body = """<html><head><script>var visitor = "Budi"</script></head><body>
      <form><input name="email" value="budi@kantor.example"></form>
      <div data-qa-locator="product-item" data-item-id="61234567"><a title="Kain tenun"
      href="//www.lazada.co.id/products/kain-i61234567.html" onclick="send('Budi')">x</a>
      Rp26.350<!-- Budi --></div></body></html>"""
    page = HtmlResponse("https://www.lazada.co.id/catalog/?q=kain", body=body.encode())
    minted = Mint(SPIDERS["lazada"], SECRET).mint(page)
    assert "budi" not in minted.body.decode().casefold()
    [listing] = SPIDERS["lazada"].listings(page.replace(body=minted.body))
    assert listing.title == "Kain tenun"


@given(st.text(min_size=1, max_size=40))
def test_an_invented_name_has_the_shape_of_the_name(name: str) -> None:
    invented = Inventor(SECRET).name(name)
    assert Inventor(SECRET).name(name) == invented
    for before, after in zip(name, invented, strict=False):
        assert before.isalnum() == after.isalnum()
    assert [char for char in name if not char.isalnum()] == [
        char for char in invented if not char.isalnum()
    ]
