"""From responses to states, on purpose and at random."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, Response, TextResponse

from monitor.crawl import version
from monitor.crawl.parsing import NO_LISTINGS, Page, judge, judge_item, recognise, settled
from monitor.crawl.refusals import refusal_of_failure, refusals
from monitor.crawl.spider import (
    Cards,
    Fields,
    PageError,
    PlatformSpider,
    SpiderError,
    check_attributes,
    load_spiders,
    read,
)
from monitor.model import UnitState

SPIDERS = load_spiders()
PAGES = Path(__file__).resolve().parent.parent / "pages"
NOTHING = (PAGES / "lazada/nothing_found.html").read_bytes()


def html(body: str | bytes, url: str = "https://www.lazada.co.id/catalog/?q=a") -> HtmlResponse:
    return HtmlResponse(url, body=body if isinstance(body, bytes) else body.encode())


def shopee(**changes: Any) -> TextResponse:
    item = {"itemid": 1, "shopid": 2, "name": "Kaos", "price": 100_000, "cb_option": 0, **changes}
    return TextResponse("https://shopee.co.id/api", body=json.dumps({"items": [item]}).encode())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"itemid": None}, "item_id: listing 1: missing"),
        ({"itemid": 0}, "item_id: listing 1: missing"),
        ({"name": ""}, "title: listing 1: missing"),
        ({"name": ["Kaos"]}, "title: listing 1: ['Kaos'] is no text"),
        ({"price": "85000"}, "price: listing 1: '85000' is a text, not a number"),
        ({"price": "gratis"}, "price: listing 1: 'gratis' is a text, not a number"),
        ({"price": -5}, "price: listing 1: -0.00005 is no amount"),
        ({"cb_option": 7}, "cross_border_flag: listing 1: 7 is neither yes nor no"),
        ({"shop_location": {"city": "Bandung"}}, "ship_from: listing 1: "),
    ],
)
def test_decisive_field_that_is_wrong_makes_the_page_unparseable(
    changes: dict[str, Any], reason: str
) -> None:
    page = judge(SPIDERS["shopee"], shopee(**changes))
    assert page.state is UnitState.unparseable
    assert page.reason is not None
    assert page.reason.startswith(reason)
    assert page.listings == ()


@pytest.mark.parametrize(
    ("number", "odd", "read"),
    [(1, 0, 1), (1, 1, 0), (2, 1, 1), (3, 2, 0), (39, 2, 0), (40, 2, 38), (60, 3, 57), (60, 4, 0)],
)
def test_one_odd_listing_does_not_lose_its_page(number: int, odd: int, read: int) -> None:
    items = [
        {"itemid": n, "shopid": 2, "name": "Kaos", "price": 100_000} for n in range(1, 1 + number)
    ]
    for item in items[number - odd :]:
        item["price"] = "1.000"
    page = judge(
        SPIDERS["shopee"], TextResponse("https://x", body=json.dumps({"items": items}).encode())
    )
    assert page.state is (UnitState.sampled if read else UnitState.unparseable)
    assert [listing.rank for listing in page.listings] == [*range(1, 1 + read)]
    if read:
        places = [(odd.place, odd.item_id) for odd in page.unreadable]
        assert places == [(n, str(n)) for n in range(1 + read, 1 + number)]


@pytest.mark.parametrize("odd", [None, 7, "kaos", [], ["kaos"], {"item_basic": 5}, {"price": {}}])
def test_what_is_no_listing_at_all_has_a_place_and_no_id(odd: Any) -> None:
    items = [{"nid": str(n), "name": "Kain", "itemUrl": "//x/i.html"} for n in range(1, 4)]
    payload = {"mods": {"listItems": [items[0], odd, *items[1:]]}}
    page = judge(SPIDERS["lazada"], TextResponse("https://x", body=json.dumps(payload).encode()))
    assert [(position.place, position.item_id) for position in page.unreadable] == [(2, None)]
    assert [listing.rank for listing in page.listings] == [1, 3, 4]


def test_other_field_that_is_wrong_is_null() -> None:
    page = judge(
        SPIDERS["shopee"], shopee(historical_sold="banyak", item_rating={"rating_star": 9})
    )
    assert page.state is UnitState.sampled
    assert (page.listings[0].sold, page.listings[0].rating) == (None, None)


def test_page_error_names_url_and_field() -> None:
    with pytest.raises(PageError, match=r"https://shopee\.co\.id/api: title: listing 1: missing"):
        SPIDERS["shopee"].listings(shopee(name=None))


@pytest.mark.parametrize(
    "raw, price",
    [(18700000000, "187000"), (100000000, "1000"), (99900000, None), (18700000, None), (-1, None)],
)
def test_a_price_of_a_shops_endpoint_is_unknown_where_its_unit_is(
    raw: int, price: str | None
) -> None:
    card = {"itemid": 1, "shopid": 2, "name": "Kaos", "item_card_display_price": {"price": raw}}
    item = {"itemid": 1, "shopid": 2, "name": "Kaos", "price": raw}
    for payload in (
        {"data": {"centralize_item_card": {"item_cards": [card]}}},
        {"centralize_item_card": {"item_cards": [card]}},
        {"data": {"centralize_item_card": {"item_cards": [{**card, "item_data": dict(card)}]}}},
        {"data": {"items": [item]}},
    ):
        body = json.dumps(payload).encode()
        [listing] = judge(SPIDERS["shopee"], TextResponse("https://x", body=body)).listings
        assert (listing.rank, listing.price) == (None, price and Decimal(price))


def test_missing_is_null_and_never_guessed() -> None:
    (listing,) = judge(SPIDERS["shopee"], shopee(cb_option=None, price=None)).listings
    assert listing.cross_border_flag is None
    assert (listing.price, listing.currency) == (None, None)
    assert (listing.ship_from, listing.ship_from_country) == (None, None)


def test_nothing_found_needs_a_control() -> None:
    page = judge(SPIDERS["lazada"], html(NOTHING))
    assert (page.state, page.needs_control) == (UnitState.empty, True)
    assert settled(page, True) == Page(state=UnitState.empty)
    assert settled(page, False) == Page(state=UnitState.blocked, reason="soft-block")
    assert judge(SPIDERS["lazada"], html(NOTHING), control=False).reason == "soft-block"


def test_a_total_of_nothing_needs_a_control_too() -> None:
    body = {"mods": {"listItems": []}, "mainInfo": {"totalResults": "0"}}
    page = judge(SPIDERS["lazada"], TextResponse("https://x", body=json.dumps(body).encode()))
    assert (page.state, page.needs_control, page.total_results) == (UnitState.empty, True, 0)


def test_no_listings_and_no_words_is_never_empty() -> None:
    for control in (True, False, None):
        page = judge(
            SPIDERS["lazada"],
            html("<html><body><h1>Selamat datang</h1></body></html>"),
            control=control,
        )
        assert (page.state, page.reason) == (UnitState.unparseable, NO_LISTINGS)


def test_words_beside_listings_are_not_understood() -> None:
    layout = (PAGES / "lazada/changed_layout.html").read_text()
    page = judge(SPIDERS["lazada"], html(f"{layout}<p>Pencarian tidak ada hasil</p>"), control=True)
    assert (page.state, page.reason) == (UnitState.unparseable, NO_LISTINGS)


def test_words_of_a_script_are_not_words_of_the_page() -> None:
    page = judge(
        SPIDERS["lazada"], html("<body><script>t='pencarian tidak ada hasil'</script>a</body>")
    )
    assert page.state is UnitState.unparseable


def test_listings_win_over_marks_that_only_count_on_bare_pages() -> None:
    cards = (PAGES / "lazada/rendered_cards.html").read_text()
    page = judge(
        SPIDERS["lazada"], html(cards + '<div id="nc_1_wrapper"></div><div id="app"></div>')
    )
    assert page.state is UnitState.sampled


@pytest.mark.parametrize(
    ("status", "state"),
    [(503, "unreachable"), (404, "unreachable"), (403, "blocked"), (429, "blocked")],
)
def test_status(status: int, state: str) -> None:
    page = judge(SPIDERS["lazada"], HtmlResponse("https://x", status=status, body=b"<p>x</p>"))
    assert (page.state.value, page.reason) == (state, f"http-{status}")


def test_search_for_the_punisher_is_no_refusal() -> None:
    body = (PAGES / "lazada/catalogue.json").read_bytes()
    url = "https://www.lazada.co.id/catalog/?ajax=true&page=1&q=punisher+captcha"
    assert judge(SPIDERS["lazada"], TextResponse(url, body=body)).state is UnitState.sampled
    moved = "https://www.lazada.co.id/catalog/_____tmd_____/punish?x5secdata=a"
    assert judge(SPIDERS["lazada"], TextResponse(moved, body=body)).reason == "punish-url"


def test_plain_response_is_read_as_text() -> None:
    body = (PAGES / "shopee/item.json").read_bytes()
    assert judge(SPIDERS["shopee"], Response("https://x", body=body)).state is UnitState.sampled


LOGIN = "<p>Halaman Tidak Tersedia</p><p>Silakan log in dan coba lagi</p>"
ITEM = '{"data": {"itemid": 1, "name": "a", "item_status": "normal"}}'
REMOVED = "<h1>Produk ini tidak ada!</h1>"


@pytest.mark.parametrize(
    ("platform", "status", "body", "expected"),
    [
        ("lazada", 404, "", ("empty", "gone")),
        ("blibli", 410, "<p>Not found</p>", ("empty", "gone")),
        ("shopee", 200, REMOVED, ("empty", "gone")),
        ("shopee", 200, "<p>Ulasan: produk ini tidak ada!</p>", ("unparseable", "no listing")),
        ("shopee", 200, f"<script>'{REMOVED}'</script>", ("unparseable", "no listing")),
        ("lazada", 200, REMOVED, ("unparseable", "no listing")),
        ("shopee", 404, LOGIN, ("blocked", "shopee-login")),
        ("shopee", 200, LOGIN + REMOVED, ("blocked", "shopee-login")),
        ("shopee", 200, f'<div id="main"></div>{REMOVED}', ("blocked", "empty-shell")),
        ("lazada", 404, '<div id="nc_1_wrapper">Geser</div>', ("blocked", "punish-page")),
        ("tiktokshop", 404, "", ("blocked", "tiktokshop-404")),
        ("lazada", 503, "", ("unreachable", "http-503")),
        ("shopee", 200, '{"error": 4, "data": null}', ("empty", "gone")),
        ("shopee", 200, ITEM.replace("normal", "banned"), ("empty", "gone")),
        ("shopee", 200, ITEM, ("sampled", None)),
        ("shopee", 200, '{"error": 90309999}', ("blocked", "shopee-error")),
        ("lazada", 200, '{"error": 4, "data": null}', ("unparseable", "no listing")),
    ],
)  # fmt: skip
def test_item_page_is_gone_only_by_the_platforms_own_word(
    platform: str, status: int, body: str, expected: tuple[str, str | None]
) -> None:
    response = HtmlResponse("https://x.example/-i1.html", status=status, body=body.encode())
    page = judge_item(SPIDERS[platform], response)
    assert (page.state, page.reason) == expected
    if expected == ("empty", "gone"):
        assert page.needs_control
        assert (settled(page, True).state, settled(page, True).reason) == ("empty", "gone")
        assert settled(page, False).reason == "soft-block"


def test_cards_are_the_places_and_data_completes_them() -> None:
    node = {
        "itemId": "7000000021",
        "name": "Selendang",
        "price": "18500",
        "sellerName": "Toko",
        "location": "Overseas",
    }
    stale = {"itemId": "1", "name": "Halaman sebelumnya", "price": "1"}
    data = json.dumps({"mods": {"listItems": [stale, node]}})
    cards = (PAGES / "lazada/rendered_cards.html").read_text()
    page = judge(SPIDERS["lazada"], html(f"{cards}<script>window.pageData={data};</script>"))
    assert [listing.item_id for listing in page.listings] == ["7000000020", "7000000021"]
    assert [listing.seller_name for listing in page.listings] == [None, "Toko"]
    assert page.listings[1].ship_from == "Overseas"


def test_card_that_is_not_known_is_not_taken_for_another() -> None:
    cards = (PAGES / "tokopedia/rendered_v4.html").read_text()
    nameless = cards.replace('"id": "302"', '"id": ""').replace("notebook-15?src=topads", "lain")
    page = judge(SPIDERS["tokopedia"], html(nameless, "https://www.tokopedia.com/find/laptop"))
    [unknown] = page.unreadable
    assert (unknown.place, unknown.reason) == (1, "item_id: listing 1: missing")
    assert [listing.rank for listing in page.listings] == [2]


def test_recognition() -> None:
    hosts = {"www.tokopedia.com": "tokopedia", "shop-id.tokopedia.com": "tiktokshop"}
    urls = {
        "https://gql.tokopedia.com/graphql": "tokopedia",
        "https://shop-id.tokopedia.com/c/1": "tiktokshop",
        "https://tokopedia.com.evil.example/": None,
        "https://nottokopedia.com/": None,
    }
    for url, platform in urls.items():
        assert recognise(html("<p>x</p>", url), SPIDERS, hosts) == platform
    assert recognise(html("www.lazada. bukalapak.com"), SPIDERS) is None


def test_every_signature_has_a_condition_and_an_id_of_its_own() -> None:
    assert len({refusal.id for refusal in refusals()}) == len(refusals())
    for refusal in refusals():
        conditions = (refusal.status, refusal.url, refusal.text, refusal.json, refusal.xpath)
        assert any([*conditions, refusal.failure]), refusal.id
        assert set(refusal.platforms) <= SPIDERS.keys(), refusal.id


def test_network_errors() -> None:
    reset = refusal_of_failure(
        "tokopedia", "HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR"
    )
    late = refusal_of_failure("lazada", "User timeout caused connection failure")
    assert reset is not None
    assert late is not None
    assert (reset.state, late.state) == (UnitState.blocked, UnitState.unreachable)
    assert refusal_of_failure("lazada", "DNS lookup failed") is None


def test_spider_with_a_field_nobody_knows_is_refused() -> None:
    with pytest.raises(TypeError, match="colour: not in Listing"):
        Fields(item_id=read.ident("id"), title=read.text("name"), colour=read.text("colour"))


def test_version_follows_the_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = {path.name for path in version._sources()}
    assert {"fields.py", "parsing.py", "refusals.py", "refusals.toml", "lazada.py"} <= names
    source = tmp_path / "lazada.py"
    monkeypatch.setattr(version, "_sources", lambda: [source])
    versions = []
    for text in ("a = 1", "a = 2", "a = 1"):
        source.write_text(text)
        versions.append(version._version())
    assert versions[0] == versions[2] != versions[1]


def test_a_platform_is_a_short_module() -> None:
    class Market(PlatformSpider):
        name = "market"
        markers = ("market.example",)
        listing_paths = ("products",)
        cards = Cards("article", id="::attr(id)", name="h2")
        fields = Fields(item_id=read.ident("id"), title=read.text("name"))

    listings = Market.listings(html('<article id="7"><h2>Batik <b>tulis</b></h2></article>'))
    assert [(x.platform, x.item_id, x.title, x.rank) for x in listings] == [
        ("market", "7", "Batik tulis", 1)
    ]


def test_the_platform_of_the_manual_reads_a_page() -> None:
    manual = (PAGES.parent.parent / "docs/spiders.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?) +```", manual, re.DOTALL)
    assert example
    module: dict[str, Any] = {}
    exec(textwrap.dedent(example[1]), module)
    shop = {"id": 7, "name": "Toko", "city": "Kota Solo", "abroad": False}
    product = {"sku": "P-1", "name": "Batik", "path": "/b/1?x=1", "price": 150_000, "shop": shop}
    body = json.dumps({"result": {"total": 1, "products": [product]}}).encode()
    (listing,) = module["PasarSpider"].listings(TextResponse("https://x", body=body))
    assert (listing.item_id, listing.url, listing.ship_from) == (
        "P-1",
        "https://www.pasar.example/b/1",
        "Kota Solo",
    )


def test_the_manual_lists_every_attribute_of_a_platform() -> None:
    manual = (PAGES.parent.parent / "docs/spiders.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| .+ \|$", manual, re.MULTILINE)
    declared = {"name": ("`str`", "required")}
    for name, annotation in PlatformSpider.__annotations__.items():
        kinds = annotation.removeprefix("ClassVar[").removesuffix("]").split(" | ")
        default = f"`{getattr(PlatformSpider, name)!r}`" if hasattr(PlatformSpider, name) else ""
        declared[name] = (" or ".join(f"`{kind}`" for kind in kinds), default or "required")
    assert {name: (kind, default) for name, kind, default in rows} == declared


def test_an_attribute_that_no_platform_has_is_named_with_the_nearest() -> None:
    misspelt = type("Pasar", (PlatformSpider,), {"name": "pasar", "listing_path": ("a",)})
    with pytest.raises(SpiderError, match=rf"{__name__}: listing_path: .* is listing_paths$"):
        check_attributes(misspelt)


def test_a_misspelt_attribute_stops_the_command_that_loads_it(tmp_path: Path) -> None:
    """A copy of the platforms stands first on the path; one of them has a typo."""
    folder = Path(shutil.copytree(PAGES.parent.parent / "spiders", tmp_path / "spiders"))
    module = folder / "blibli.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("gone_texts", "gone_text"), encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(PAGES.parent.parent)])
    run = subprocess.run(
        [sys.executable, "-P", "-m", "monitor", "ingest", "--dry-run", str(PAGES / "blibli")],
        env={**os.environ, "PANTAU_HOME": str(tmp_path), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert (
        "spiders.blibli: gone_text: is no attribute of a platform; the nearest is gone_texts"
        in run.stderr
    )
    assert "Traceback" not in run.stderr


# --- at random ----------------------------------------------------------------------------------

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "items",
                    "data",
                    "shopid",
                    "itemid",
                    "name",
                    "price",
                    "nid",
                    "mods",
                    "listItems",
                    "store",
                    "content",
                    "cards",
                    "shop",
                    "response",
                    "products",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
SAVED = [
    json.loads(path.read_bytes())
    for path in sorted(PAGES.glob("*/*.json"))
    if not path.name.endswith(".expected.json")
]


def judged_everywhere(response: Response) -> None:
    recognise(response, SPIDERS)
    for spider in SPIDERS.values():
        for page in (judge(spider, response), judge_item(spider, response)):
            assert bool(page.listings) is (page.state is UnitState.sampled)
            assert page.state is UnitState.sampled or page.reason or page.needs_control


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_bytes_never_break_it(body: bytes) -> None:
    judged_everywhere(Response("https://x.example/", body=body))


@given(JSON)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_json_never_breaks_it(document: Any) -> None:
    judged_everywhere(TextResponse("https://x.example/", body=json.dumps(document).encode()))


@given(st.data())
@settings(max_examples=100)
def test_a_changed_page_never_breaks_it(data: st.DataObject) -> None:
    document = json.loads(json.dumps(data.draw(st.sampled_from(SAVED))))
    place, node = document, document
    key: Any = None
    while isinstance(node, dict | list) and node:
        place, key = (
            node,
            data.draw(
                st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node)))
            ),
        )
        node = place[key]
        if data.draw(st.integers(0, 4)) == 0:
            break
    place[key] = data.draw(LEAVES | st.lists(LEAVES, max_size=2) | st.just({}))
    judged_everywhere(TextResponse("https://x.example/", body=json.dumps(document).encode()))


@given(st.text(alphabet="<>divscript \"'=abc/window.pageData{}[]:,1", max_size=200))
@settings(max_examples=50)
def test_markup_never_breaks_it(words: str) -> None:
    judged_everywhere(html(f"<html><body>window.pageData={words}", "https://x.example/"))


def test_deep_nesting_is_unparseable() -> None:
    deep = b"[" * 200_000
    assert judge(SPIDERS["lazada"], Response("https://x", body=deep)).state is UnitState.unparseable
    nested = b'{"items":' * 50_000
    page = judge(SPIDERS["shopee"], Response("https://x", body=nested))
    assert page.state is UnitState.unparseable
