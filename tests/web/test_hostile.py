"""Hostile texts at the desk: names of files that are handed in, titles of own pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from monitor.model import OwnPage, Role, UnitRecord
from monitor.operate.desk import InspectionDesk
from monitor.store import Store
from monitor.web import invite
from tests.hostile_texts import TEXTS

pytestmark = pytest.mark.browser
SENDABLE = [text[:200] for text in TEXTS if text.isascii() or "\ud800" not in text]


@pytest.fixture
def desk_page(
    browser: Browser, store: Store, address: str, worklist: list[UnitRecord]
) -> Iterator[Page]:
    """The desk of an inspector; what leaves it, and what speaks up in it, fails the test."""
    events: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("dialog", lambda dialog: events.append(dialog.message))
    page.on("request", lambda request: events.append(request.url))
    page.goto(invite(store, "Ani", address, Role.inspector))
    page.goto(f"{address}/inspect/")
    yield page
    assert page.evaluate("window.owned") is None
    assert [event for event in events if not event.startswith(address)] == []
    context.close()


def readable(text: str) -> str:
    """The letters and digits of a text."""
    return "".join(character for character in text if character.isascii() and character.isalnum())


def parts(texts: list[str], size: int) -> list[list[str]]:
    """The texts, at most so many at a time."""
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def test_names_of_files_stay_text(desk_page: Page) -> None:
    for names in parts(SENDABLE, 20):
        files = [{"name": f"{name}.har", "mimeType": "", "buffer": b"x"} for name in names]
        desk_page.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
        desk_page.locator(".receipts li").nth(len(names) - 1).wait_for(timeout=60_000)
        shown = readable(desk_page.locator(".receipts").text_content() or "")
        # Of a name the desk shows the end of what follows the last slash.
        ends = (name.replace("\\", "/").rpartition("/")[2][-20:] for name in names)
        assert [end for end in ends if readable(end) not in shown] == []
        desk_page.reload()


def test_titles_of_own_pages_stay_text(desk_page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    for titles in parts(SENDABLE, 12):
        pages = [
            OwnPage(
                platform="lazada", item_id=f"{n}", title=title, url="https://www.lazada.co.id/x"
            )
            for n, title in enumerate(titles)
        ]
        monkeypatch.setattr(InspectionDesk, "own_pages", lambda self, pages=pages: pages)
        desk_page.reload()
        shown = readable(desk_page.locator("main, body").first.text_content() or "")
        assert [title for title in titles if readable(title) not in shown] == []
