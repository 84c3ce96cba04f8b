"""Pages that only a browser completes: what is drawn, and what robots.txt keeps unasked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, Route, sync_playwright
from protego import Protego
from scrapy.http import HtmlResponse

from monitor.crawl import parsing
from monitor.crawl.spider import load_spiders
from monitor.demo import DemoServer
from monitor.demo.shops import HOSTS
from monitor.model import UnitState

from .conftest import Visitor

pytestmark = pytest.mark.browser
Tab = tuple[Page, list[str], list[str]]
"""A page, the URLs asked by it, and those that robots.txt denies."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        for path in (None, shutil.which("chromium"), shutil.which("google-chrome")):
            try:
                opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            except Error:
                continue
            yield opened
            opened.close()
            return
        pytest.skip("no Chromium on this machine: playwright install chromium")


@pytest.fixture
def tab(browser: Browser, visitor: Visitor) -> Iterator[Tab]:
    """A page whose requests go to the demo, with the URLs asked and those robots.txt denies."""
    page, asked, denied = browser.new_page(), [], []

    def carry(route: Route) -> None:
        url = route.request.url
        asked.append(url)
        parts = urlsplit(url)
        shop = HOSTS.get(parts.netloc)
        if shop is None or not Protego.parse(shop.robots).can_fetch(url, "PantauImpor"):
            denied.append(url)
            route.abort()
            return
        status, headers, body = visitor.ask(url)
        route.fulfill(status=status, headers=headers, body=body)

    page.route("**/*", carry)
    yield page, asked, denied
    page.unroute_all(behavior="ignoreErrors")  # a picture may still be on its way
    page.close()


def read(platform: str, page: Page) -> parsing.Page:
    response = HtmlResponse(page.url, body=page.content().encode(), encoding="utf-8")
    return parsing.judge(load_spiders()[platform], response)


@pytest.mark.parametrize(
    ("platform", "url", "card", "places"),
    [
        ("shopee", "https://shopee.co.id/search?keyword=kopi", '[data-sqe="item"]', 60),
        (
            "lazada",
            "https://www.lazada.co.id/catalog/?q=kopi",
            '[data-qa-locator="product-item"]',
            40,
        ),
    ],
)
def test_cards_are_drawn_by_the_pages_script(
    tab: Tab, visitor: Visitor, platform: str, url: str, card: str, places: int
) -> None:
    page, _, _ = tab
    page.goto(url)
    page.locator(card).nth(places - 1).wait_for()
    rendered = read(platform, page)
    assert (rendered.state, len(rendered.listings)) == (UnitState.sampled, places)
    assert page.locator(".simulasi").is_visible()
    if platform == "shopee":
        assert card.strip("[]") not in visitor.text(url)


def test_what_robots_denies_is_not_needed(tab: Tab) -> None:
    page, _, denied = tab
    page.goto("https://www.blibli.com/jual/kopi?page=1", wait_until="networkidle")
    assert any("/backend/search/products" in url for url in denied)
    rendered = read("blibli", page)
    assert (rendered.state, len(rendered.listings)) == (UnitState.sampled, 40)


def test_own_pages_have_their_picture(tab: Tab, server: DemoServer) -> None:
    page, _, _ = tab
    shown = server.catalogue.results("lazada", "kopi", "2026-W47", 1, 40).shown[0]
    item = 6_000_000_000 + shown.offer.item_id
    page.goto(f"https://www.lazada.co.id/products/-i{item}.html", wait_until="networkidle")
    assert page.locator("img").evaluate("picture => picture.naturalWidth") > 0
    assert page.locator("h1").inner_text() == shown.offer.title
