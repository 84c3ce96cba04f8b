"""A person at the desk: a browser that shops, and the same browser's desk."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.request import Request as WebRequest
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, Page, Route

from monitor.demo import DemoServer


def shop_through(context: BrowserContext, shops: DemoServer) -> None:
    """Let the pages of the platforms' real hosts come from the simulated shops."""

    def answer(route: Route) -> None:
        """A request of the shopping browser."""
        address = route.request.url.partition("://")[2]
        with urlopen(WebRequest(f"{shops.url}/{address}")) as response:
            route.fulfill(
                status=response.status,
                content_type=response.headers["Content-Type"],
                body=response.read(),
            )

    context.route(re.compile("^https://"), answer)


def saved_har(browser: Browser, shops: DemoServer, addresses: list[str], path: Path) -> Path:
    """One log of a sitting in which all the addresses were opened, one after the other."""
    context = browser.new_context(record_har_path=path, record_har_content="embed")
    shop_through(context, shops)
    page = context.new_page()
    for address in addresses:
        page.goto(address, wait_until="networkidle")
    context.close()
    return path


def saved_mhtml(browser: Browser, shops: DemoServer, address: str, path: Path) -> Path:
    """A page as the browser saves it in one file."""
    context = browser.new_context()
    shop_through(context, shops)
    page: Page = context.new_page()
    page.goto(address, wait_until="networkidle")
    snapshot = context.new_cdp_session(page).send("Page.captureSnapshot", {"format": "mhtml"})
    path.write_text(snapshot["data"], newline="")
    context.close()
    return path
