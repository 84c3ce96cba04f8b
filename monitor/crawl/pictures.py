"""Pictures of kept pages: Chromium shows what the evidence holds, and nothing else.

Scripts are off, and there is no network: the page's own bytes are handed to the browser, and all
that the page asks for besides is refused. So the picture shows what was received, without what
scripts and further files would add.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FloatRect, Page, Route, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from monitor.crawl.chromium import OFFLINE, find_chromium, launch_options
from monitor.crawl.saved_responses import SavedError, decoded
from monitor.evidence import WarcRecord

WIDTH = 1024
"""Pixels: how wide a page is shown."""
LONGEST = 6000
"""Pixels: how much of a page a picture holds at most."""
_TOP, _BEFORE, _AROUND = 2400, 450, 1100
_SCALE = 0.9
_PATIENCE = 15_000
_SHORTEST_WORD, _LEAST_TEXT, _LEAST_HEIGHT, _MOST_MATCHES = 3, 40, 240, 60
_MARK = "#c2410c"
_ADDRESS = "https://kept.invalid/"

Missing = Literal["no_chromium", "no_page", "blank", "no_record", "not_taken"]
"""Why there is no picture: no Chromium, an answer that is data and no page, a page that shows
nothing of the offer without its scripts, a record that is not kept, or none was wanted."""


class PictureSubject(NamedTuple):
    """A kept page to show: its record, the ``words`` to point at, and the words ``around`` which
    the picture is taken, None for the top of the page."""

    record: WarcRecord
    words: tuple[str, ...]
    around: str | None = None


class Box(NamedTuple):
    """A rectangle on a page, in pixels from its top left corner."""

    x: float
    y: float
    width: float
    height: float


class Picture(NamedTuple):
    """A picture as WebP, and the words that are pointed at in it, by their numbers from 1."""

    image: bytes
    words: tuple[str, ...]


def take_pictures(pages: Mapping[str, PictureSubject]) -> dict[str, Picture | Missing]:
    """The picture of each page by its name, or why there is none.

    All are taken by one Chromium, in a thread of its own: Playwright's plain interface does not
    start where the caller already runs an event loop.
    """
    if not pages:
        return {}
    path = find_chromium()
    if path is None:
        return dict.fromkeys(pages, "no_chromium")
    with ThreadPoolExecutor(max_workers=1) as worker:
        return worker.submit(_take, path, pages).result()


def picture_of(screenshot: bytes) -> Picture:
    """The picture that a visit kept, as it is shown; raises ``OSError`` where it is none."""
    with Image.open(io.BytesIO(screenshot)) as image:
        width, height = image.size
        shown = image.crop((0, 0, width, min(height, LONGEST))).convert("RGB")
    return Picture(_webp(shown, WIDTH * _SCALE / width), ())


def _take(path: str, pages: Mapping[str, PictureSubject]) -> dict[str, Picture | Missing]:
    options = launch_options(path)
    options["args"] += OFFLINE
    taken: dict[str, Picture | Missing] = {}
    with sync_playwright() as playwright:
        stage = None
        for name, page in pages.items():
            try:
                if stage is None:
                    stage = Stage(playwright.chromium.launch(**options))
                taken[name] = stage.show(page)
            except PlaywrightError:
                taken[name] = "blank" if stage else "no_chromium"
                if stage:
                    stage.close()
                stage = None
        if stage:
            stage.close()
    return taken


class Stage:
    """A tab without scripts and network, in which one kept page after the other is shown."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        context = browser.new_context(
            java_script_enabled=False,
            offline=True,
            accept_downloads=False,
            service_workers="block",
            viewport={"width": WIDTH, "height": 800},
            locale="id-ID",
        )
        self._tab = context.new_page()
        self._tab.set_default_timeout(_PATIENCE)
        self._tab.route("**/*", self._answer)
        self._document: tuple[str, bytes] | None = None

    def close(self) -> None:
        """End the browser."""
        with suppress(PlaywrightError):
            self._browser.close()

    def show(self, kept: PictureSubject) -> Picture | Missing:
        """The picture of a kept page, or why there is none; raises ``PlaywrightError`` for one that
        the browser does not survive."""
        headers = {name.lower(): text for name, text in kept.record.headers}
        content_type = headers.get("content-type", "").lower()
        try:
            body = decoded(kept.record.body, headers.get("content-encoding", ""))
        except SavedError:
            return "no_page"
        if "html" not in content_type and body.lstrip()[:1] != b"<":
            return "no_page"
        # Another type than HTML would be offered as a download.
        self._document = (content_type if "html" in content_type else "text/html", body)
        self._tab.goto(_ADDRESS, wait_until="load")
        if len(self._tab.locator("body").inner_text().strip()) < _LEAST_TEXT:
            return "blank"
        middle = _place(self._tab, kept.around)
        if kept.around and middle is None:
            return "blank"
        return _photograph(self._tab, kept.words, middle)

    def _answer(self, route: Route) -> None:
        """The kept bytes for the page itself, once; a refusal for all else."""
        if not route.request.is_navigation_request():
            route.abort()
            return
        if self._document is None:
            # A page that sends its reader elsewhere without scripts stays as it is.
            route.fulfill(status=204)
            return
        content_type, body = self._document
        self._document = None
        route.fulfill(status=200, content_type=content_type, body=body)


def _photograph(tab: Page, words: Sequence[str], middle: Box | None) -> Picture:
    """A picture of the page's top, or around its ``middle``, with the words pointed at."""
    page_box = tab.locator("html").bounding_box()
    height = int(page_box["height"]) if page_box else 0
    top = max(0, int(middle.y) - _BEFORE) if middle else 0
    boxes = [(word, box) for word in words if (box := _place(tab, word, middle))]
    lowest = max((int(box.y + box.height) for _, box in boxes), default=0)
    bottom = top + _AROUND if middle else max(_TOP, lowest + _BEFORE // 2)
    bottom = max(top + _LEAST_HEIGHT, min(bottom, height, top + LONGEST))
    clip = FloatRect(x=0, y=top, width=WIDTH, height=bottom - top)
    png = tab.screenshot(full_page=True, clip=clip, animations="disabled")
    image = Image.open(io.BytesIO(png)).convert("RGB")
    draw, pointed = ImageDraw.Draw(image), []
    for word, box in boxes:
        upper, lower = box.y - top - 3, box.y - top + box.height + 3
        if upper < 0 or lower > image.height:
            continue
        pointed.append(word)
        right = box.x + box.width + 3
        draw.rectangle((box.x - 3, upper, right, lower), outline=_MARK, width=3)
        draw.rectangle((right, upper, right + 22, lower), fill=_MARK)
        draw.text((right + 6, upper + 1), str(len(pointed)), fill="white", font_size=18)
    return Picture(_webp(image, _SCALE), tuple(pointed))


def _place(tab: Page, words: str | None, middle: Box | None = None) -> Box | None:
    """Where words stand to be seen: first of all, or else nearest to the ``middle``."""
    text = " ".join((words or "").split())[:60].strip()
    if len(text) < _SHORTEST_WORD:
        return None
    places = []
    matches = tab.get_by_text(text)
    for number in range(min(matches.count(), _MOST_MATCHES)):
        with suppress(PlaywrightError):
            box = matches.nth(number).bounding_box()
            if box and box["width"] > 0 and 0 < box["height"] < 400 and box["x"] >= 0:
                places.append(Box(box["x"], box["y"], box["width"], box["height"]))
                if middle is None:
                    break
    if middle is None:
        return next(iter(places), None)
    near = [box for box in places if abs(box.y - middle.y) < _BEFORE]
    return min(near, key=lambda box: abs(box.y - middle.y) + abs(box.x - middle.x), default=None)


def _webp(image: Image.Image, scale: float) -> bytes:
    size = max(1, int(image.width * scale)), max(1, int(image.height * scale))
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(buffer, "WEBP", quality=72, method=4)
    return buffer.getvalue()
