"""A browser that a person drives: what it was shown can be handed to the desk as a log.

It is Chromium with a window and a profile of its own, opened by Playwright, and says so to every
site (``navigator.webdriver``). Nothing is asked for that the person did not open, robots.txt
excepted. In a rehearsal all it shows comes from the simulated marketplaces.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image, ImageDraw
from playwright.sync_api import (
    BrowserContext,
    Playwright,
    Response,
    Route,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from monitor.config import Config, PantauError
from monitor.crawl.chromium import find_chromium, launch_options
from monitor.crawl.robots import Fetched, Robots
from monitor.crawl.saved_responses import LARGEST_BODY, begins_as_page
from monitor.crawl.transport import simulated, user_agent
from monitor.model import RobotsDecision
from monitor.registry import Permission

T = TypeVar("T")

ACCOUNT_CORNER = (0.5, 160)
"""The part of a page's width, from the right, and the height in pixels in which sites show who is
logged in; it is painted over in screenshots."""
_KINDS = {"document", "xhr", "fetch"}
_OPEN_SECONDS = 60
_SETTLE_SECONDS = 5
_TICK_MILLISECONDS = 50


class PersonalBrowser:
    """The window of an inspector, with what its pages received since the last was opened."""

    def __init__(
        self, config: Config, robots: Robots, playwright: Playwright, context: BrowserContext
    ) -> None:
        self._config = config
        self._context = context
        self._agent = playwright.request.new_context(extra_http_headers={
            "User-Agent": user_agent(config)
        })  # fmt: skip
        self._robots = robots
        self._received: list[Response] = []
        self._opened_at: datetime | None = None
        self._page = context.pages[0] if context.pages else context.new_page()
        context.on("response", self._note)

    def _note(self, response: Response) -> None:
        self._received.append(response)

    def robots(self, url: str) -> RobotsDecision:
        """What robots.txt says of an address to our crawler; it does not speak to people."""
        decision, _ = _finished(self._robots.decide(url, self._fetch_robots))
        return decision

    async def _fetch_robots(self, url: str) -> Fetched:
        demo_url = self._config.demo_url
        try:
            answer = self._agent.get(
                simulated(url, demo_url) if demo_url else url,
                max_redirects=0,
                timeout=_OPEN_SECONDS * 1000,
            )
        except PlaywrightError:
            return None, b""
        return answer.status, answer.body()

    def open(self, url: str) -> None:
        """Open an address; raises ``PantauError`` where nothing answers."""
        self._received.clear()
        self._opened_at = self._config.now()
        if self._page.is_closed():
            self._page = self._context.new_page()
        try:
            self._page.goto(url, wait_until="load", timeout=_OPEN_SECONDS * 1000)
        except PlaywrightError as error:
            raise PantauError(f"{url}: {error.message.splitlines()[0]}") from error

    def wait(self) -> None:
        """Let the window go on for a moment."""
        if self._page.is_closed():
            self._page = self._context.new_page()
        self._page.wait_for_timeout(_TICK_MILLISECONDS)

    def log(self) -> bytes:
        """What the pages received since an address was opened, as an HTTP Archive 1.2.

        It holds documents and the answers that scripts asked for, and nothing else: no cookies, no
        pictures. What the browser no longer has is left out.
        """
        assert self._opened_at is not None
        self._settle()
        started = self._opened_at.isoformat()
        entries = [
            {
                "startedDateTime": started,
                "request": {"method": "GET", "url": response.url},
                "response": {
                    "status": response.status,
                    "headers": [
                        {"name": "Content-Type", "value": response.headers.get("content-type", "")}
                    ],
                    "content": {"text": base64.b64encode(body).decode(), "encoding": "base64"},
                },
            }
            for response, body in self._bodies()
        ]
        return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()

    def _bodies(self) -> Iterator[tuple[Response, bytes]]:
        for response in self._received:
            if response.request.resource_type in _KINDS:
                try:
                    body = response.body()
                except PlaywrightError:
                    continue
                if begins_as_page(body) and len(body) <= LARGEST_BODY:
                    yield response, body

    def _settle(self) -> None:
        """Wait until the page asks for nothing more, or for a few seconds."""
        try:
            self._page.wait_for_load_state("networkidle", timeout=_SETTLE_SECONDS * 1000)
        except PlaywrightError:
            return

    def screenshot(self) -> bytes:
        """The whole page as a PNG, with the account's corner painted over."""
        picture = Image.open(io.BytesIO(self._page.screenshot(full_page=True)))
        part, height = ACCOUNT_CORNER
        corner = (int(picture.width * (1 - part)), 0, picture.width, min(height, picture.height))
        ImageDraw.Draw(picture).rectangle(corner, fill="grey")
        masked = io.BytesIO()
        picture.save(masked, "PNG")
        return masked.getvalue()


@contextmanager
def personal_browser(
    config: Config, hosts: Sequence[str], permissions: Sequence[Permission], profile: Path
) -> Iterator[PersonalBrowser]:
    """A window of Chromium with the profile of that folder, for a platform's hosts.

    Raises ``PantauError`` where there is no display or no Chromium, and where no window opens.
    """
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        raise PantauError("there is no display to open a window on; run it on a desktop")
    path = find_chromium()
    if path is None:
        raise PantauError("there is no Chromium; run: pantau doctor --install-browser")
    with sync_playwright() as playwright:
        options = launch_options(path) | {"headless": False}
        try:
            context = playwright.chromium.launch_persistent_context(
                profile, accept_downloads=False, service_workers="block", no_viewport=True,
                **options,
            )  # fmt: skip
        except PlaywrightError as error:
            raise PantauError(
                "no window opens: is the display there, and is another sitting of the same "
                "inspector still open?"
            ) from error
        try:
            if config.demo_url:
                context.route(re.compile("."), _rehearsed(config.demo_url))
            robots = Robots(hosts, permissions, config.now)
            yield PersonalBrowser(config, robots, playwright, context)
        finally:
            with suppress(PlaywrightError):
                context.close()


def _rehearsed(demo_url: str) -> Callable[[Route], None]:
    """Answers every request of a window from the simulated marketplaces."""

    def answer(route: Route) -> None:
        """The simulation's answer; nothing leaves it."""
        try:
            simulation = route.fetch(url=simulated(route.request.url, demo_url), max_redirects=0)
        except PlaywrightError:
            route.abort()
        else:
            route.fulfill(response=simulation)

    return answer


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits: Playwright holds the thread's only loop."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("it waits")
