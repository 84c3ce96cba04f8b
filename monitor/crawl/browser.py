"""Pages that need JavaScript, in a Chromium that obeys robots.txt with every request of a page.

What a page asks for by itself is decided like our own requests and denied where robots.txt (or
our list of resource types) says so. Three readings of a page are kept as evidence: the server's
document, the JSON answers the page was allowed to fetch, and the document after its scripts ran.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

from playwright.async_api import APIResponse, BrowserContext, Route
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as BrowserPage
from playwright.async_api import Request as PageRequest
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod

from monitor.crawl import settings
from monitor.crawl.chromium import find_chromium, launch_options
from monitor.crawl.middlewares import fetch_robots
from monitor.crawl.parsing import GONE_STATUS, Page
from monitor.crawl.robots import FORBIDDEN
from monitor.crawl.transport import TLS, DownloadHandler, simulated, unverified, user_agent
from monitor.model import ResponseRecord, RobotsDecision, UnitState

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.settings import Settings

    from monitor.crawl.session import Session

_log = logging.getLogger(__name__)

NEEDED = {"document", "script", "stylesheet", "xhr", "fetch"}
PICTURES = {"image", "font"}
STATIC = {"script", "stylesheet"}
ASKED_BY_PAGE = {"xhr", "fetch"}
SHELL = "empty-shell"
"""Reason of a page that is the frame of an application without its content."""
OFFSITE = "offsite"
"""Reason of a page that led away from the platform."""

_SCROLL = """async () => {
  for (let step = 0; step < 12; step++) {
    window.scrollBy(0, window.innerHeight);
    await new Promise(done => setTimeout(done, 30));
  }
  window.scrollTo(0, 0);
}"""


class BrowserHandler(ScrapyPlaywrightDownloadHandler, DownloadHandler):  # type: ignore[misc]
    """Requests marked ``playwright`` go through Chromium, the others as ever."""


_PREPARED: WeakSet[BrowserPage] = WeakSet()


def undecided(request: PageRequest) -> bool:
    """Whether nobody decides about this request's page: then it does not leave."""
    try:
        return request.frame.page not in _PREPARED
    except PlaywrightError:
        return True


def configure(made: Settings, timeout: float, *, pictures: bool) -> None:
    """Set Scrapy up for the browser; ``timeout`` in seconds, ``pictures`` for screenshots."""
    path = find_chromium()
    assert path is not None
    handler = "monitor.crawl.browser.BrowserHandler"
    made.set("DOWNLOAD_HANDLERS", {"http": handler, "https": handler})
    made.set("PLAYWRIGHT_ABORT_REQUEST", undecided)
    made.set("PLAYWRIGHT_LAUNCH_OPTIONS", launch_options(path, pictures=pictures))
    made.set("PLAYWRIGHT_MAX_PAGES_PER_CONTEXT", 1)
    made.set("PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT", timeout * 1000)
    # Playwright's driver, which asks for the pages, trusts the authorities that plain requests do,
    # and no variable of the environment switches its verification off.
    os.environ["NODE_USE_SYSTEM_CA"] = "1"
    os.environ.pop("NODE_TLS_REJECT_UNAUTHORIZED", None)


@dataclass
class Reading:
    """One way a page was read, with where it is kept."""

    response: Response
    received: ResponseRecord


@dataclass
class Shared:
    """What the visits of a run share: contexts that serve some pages each, scripts and styles."""

    pages: int = 0
    current: BrowserContext | None = None
    files: dict[str, tuple[dict[str, str], bytes]] = field(default_factory=dict)
    room: int = settings.STATIC_BYTES

    def name(self) -> str:
        """The context for the next page."""
        self.pages += 1
        return f"pages-{(self.pages - 1) // settings.PAGES_PER_CONTEXT}"

    async def take(self, context: BrowserContext) -> None:
        """Close the context before: its memory and its cookies go with it."""
        if self.current is not None and self.current is not context:
            with contextlib.suppress(PlaywrightError):
                await self.current.close()
        self.current = context

    def remember(self, url: str, headers: dict[str, str], body: bytes) -> None:
        """Ask for a script or a style once a run: what we answer, Chromium does not cache."""
        if len(body) <= self.room:
            self.room -= len(body)
            gone = ("content-encoding", "content-length")
            kept = {name: value for name, value in headers.items() if name not in gone}
            self.files[url] = kept, body


@dataclass
class Visit:
    """One page in the browser: decides its requests, collects its answers."""

    crawler: Crawler
    session: Session
    shared: Shared
    read: Callable[[Response], Page]
    timeout: float
    selector: str | None = None
    screenshot: bool = False
    denied: list[RobotsDecision] = field(default_factory=list)
    redirect: str | None = None
    offsite: bool = False
    error: PlaywrightError | None = None
    unverified: bool = False
    """Whether a script, a style or data of the page came from a server that proved no identity."""
    document: Reading | None = None
    served: Page | None = None
    answers: list[Reading] = field(default_factory=list)
    picture: bytes | None = None
    _page: BrowserPage | None = None

    def meta(self) -> dict[str, Any]:
        """What a Scrapy request needs to become this visit."""
        return {
            "playwright": True,
            "playwright_context": self.shared.name(),
            "playwright_context_kwargs": {
                "user_agent": user_agent(self.session.config),
                "locale": "id-ID",
                "timezone_id": "Asia/Jakarta",
                "service_workers": "block",
                "viewport": {"width": 1280, "height": 960},
            },
            "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
            "playwright_page_init_callback": self.prepare,
            "playwright_page_methods": [PageMethod(self.settle)],
            "visit": self,
        }

    async def prepare(self, page: BrowserPage, request: Request) -> None:
        """Take hold of a new page before it goes anywhere."""
        await self.shared.take(page.context)
        self._page = page
        self.denied.clear()
        self.answers.clear()
        self.document = self.served = None
        self.unverified = False
        await page.route("**/*", self._decide)
        _PREPARED.add(page)

    async def settle(self, page: BrowserPage) -> None:
        """Wait until the page has shown what it has, unless the server's document says enough."""
        if self.document:
            self.served = self.read(self.document.response)
            if self.served.state is UnitState.sampled and not self.screenshot:
                return
        wait = settings.RENDER_TIMEOUT * 1000
        with contextlib.suppress(PlaywrightError):
            await page.evaluate(_SCROLL)
            await page.wait_for_load_state("networkidle", timeout=wait)
        if self.selector:
            with contextlib.suppress(PlaywrightError):
                await page.wait_for_selector(self.selector, state="attached", timeout=wait / 10)
        if self.screenshot:
            with contextlib.suppress(PlaywrightError):
                self.picture = await page.screenshot(full_page=True, timeout=wait)

    def _keep(
        self, url: str, status: int | None, fields: list[tuple[str, str]], body: bytes
    ) -> ResponseRecord:
        self.session.count("bytes", len(body))
        return self.session.evidence.keep(
            week=self.session.week,
            platform=self.session.platform.id,
            url=url,
            status=status,
            headers=fields,
            body=body,
            at=self.session.now(),
            decoded=True,
        )

    def rendered(self, response: Response) -> Reading:
        """The document after its scripts ran, kept as a conversion of what was received."""
        received = self.session.evidence.keep(
            week=self.session.week,
            platform=self.session.platform.id,
            url=response.url,
            status=response.status,
            headers=[("Content-Type", "text/html; charset=utf-8")],
            body=response.body,
            at=self.session.now(),
            rendered=True,
        )
        return Reading(response, received)

    async def _decide(self, route: Route) -> None:
        try:
            if not await self._may(route.request, route.request.url):
                await route.abort("blockedbyclient")
            elif (known := self.shared.files.get(route.request.url)) is not None:
                await route.fulfill(status=200, headers=known[0], body=known[1])
            else:
                await self._let(route)
        except PlaywrightError as error:
            self.error = error
            if route.request.resource_type in NEEDED:
                self.unverified = self.unverified or unverified(error)
            _log.info("%s: %s", route.request.url, error)
            with contextlib.suppress(PlaywrightError):
                await route.abort()

    async def _may(self, request: PageRequest, url: str) -> bool:
        kinds = NEEDED | PICTURES if self.screenshot else NEEDED
        kind, own = request.resource_type, self._own(url)
        if kind not in kinds or not url.startswith(("http://", "https://")):
            return False
        if not own and kind in {"document", *ASKED_BY_PAGE}:
            self.offsite = self.offsite or self._is_main(request)
            return False
        decision, rules = await self.session.robots.decide(url, self._fetch_robots)
        if not decision.allowed and rules.reason == TLS:
            self.unverified = self.unverified or kind in NEEDED
        elif not decision.allowed and own:
            self.denied.append(decision)
        return decision.allowed

    async def _let(self, route: Route) -> None:
        """Fetch what a page asks for, every redirect decided like the request it came from.

        Playwright lets redirects through undecided, so they are followed here; one of the page
        itself is left to Scrapy, which asks for the new address as for any other.
        """
        request, url = route.request, route.request.url
        for _ in range(settings.REDIRECT_MAX_TIMES + 1):
            self.session.count("page_requests")
            answer = await route.fetch(
                url=self._address(url), max_redirects=0, timeout=self.timeout * 1000
            )
            location = answer.headers.get("location")
            if not location or not 300 <= answer.status < 400:
                await self._take(request, url, answer)
                await route.fulfill(response=answer)
                return
            url = urljoin(url, location)
            if self._is_main(request):
                self.redirect = url
                break
            if not await self._may(request, url):
                break
        await route.abort("blockedbyclient")

    async def _take(self, request: PageRequest, url: str, answer: APIResponse) -> None:
        """Keep what listings may be read from, remember scripts and styles for the next page."""
        kind = request.resource_type
        if kind in STATIC and answer.status == 200:
            self.shared.remember(request.url, answer.headers, await answer.body())
        main = self._is_main(request)
        if not main and kind not in ASKED_BY_PAGE:
            return
        body = await answer.body()
        fields = [(one["name"], one["value"]) for one in answer.headers_array]
        made = HtmlResponse if main else TextResponse
        response = made(url, status=answer.status, headers=_decoded(fields), body=body)
        reading = Reading(response, self._keep(url, answer.status, fields, body))
        if main:
            self.document = reading
        else:
            self.answers.append(reading)

    def _address(self, url: str) -> str:
        demo_url = self.session.config.demo_url
        return simulated(url, demo_url) if demo_url else url

    async def _fetch_robots(self, url: str) -> tuple[int | None, bytes]:
        return await fetch_robots(self.crawler, url)

    def _own(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        names = [name.removeprefix("www.") for name in self.session.platform.hosts]
        return any(host == name or host.endswith(f".{name}") for name in names)

    def _is_main(self, request: PageRequest) -> bool:
        page = self._page
        return (
            request.is_navigation_request()
            and page is not None
            and (request.frame == page.main_frame)
        )


def best(
    visit: Visit, response: Response
) -> tuple[Page, ResponseRecord | None, RobotsDecision | None]:
    """What a visited page is, the evidence of that reading, and the refusal behind it if any.

    Listings are taken from the server's document, else from the cards on the rendered page, and
    only where neither says anything from an answer the page itself asked for: a page that is
    empty or refused may still load recommendations. Where robots.txt denied what the page asked
    for and nothing else shows listings, the page is ``disallowed``, unless the server's own
    document said already that there are none. It is ``unreachable`` where that was on a server
    whose certificate was refused.
    """
    if visit.document and visit.served and visit.served.state is UnitState.sampled:
        return visit.served, visit.document.received, None
    rendered = visit.rendered(response)
    page = visit.read(rendered.response)
    if page.state is UnitState.unparseable:
        for answer in visit.answers:
            if (found := visit.read(answer.response)).state is UnitState.sampled:
                return found, answer.received, None
    if visit.offsite and page.state is not UnitState.sampled:
        return Page(state=UnitState.blocked, reason=OFFSITE), rendered.received, None
    by_server = response.status in GONE_STATUS or (visit.served and visit.served.needs_control)
    told = page.needs_control and not by_server
    hidden = page.state is UnitState.unparseable or told or page.reason == SHELL
    if hidden and visit.unverified:
        return Page(state=UnitState.unreachable, reason=TLS), rendered.received, None
    if hidden and visit.denied:
        denied = Page(state=UnitState.disallowed, reason=FORBIDDEN)
        return denied, rendered.received, visit.denied[0]
    return page, rendered.received, None


def _decoded(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for name, value in fields:
        if name.lower() not in ("content-encoding", "content-length"):
            made.setdefault(name, []).append(value)
    return made
