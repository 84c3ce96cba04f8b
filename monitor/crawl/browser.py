"""Pages that need JavaScript, in a Chromium that obeys robots.txt with every request of a page.

What a page asks for by itself is decided like our own requests and denied where robots.txt (or
our list of resource types) says so. Three readings of a page are kept as evidence: the server's
document, the JSON answers the page was allowed to fetch, and the document after its scripts ran.

Chromium has no network of its own: what it may ask for is fetched by Scrapy's handler, with the
same proof of who the server is, the same addresses and the same limits as every other request, and
handed to it. What would go out by another way (WebRTC, WebSockets, look-ups ahead) finds no host.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin
from weakref import WeakSet

from playwright.async_api import BrowserContext, Route
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as BrowserPage
from playwright.async_api import Request as PageRequest
from playwright.async_api import Response as PageResponse
from scrapy import Request
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import Headers, HtmlResponse, Response, TextResponse
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod

from monitor.crawl import settings
from monitor.crawl.chromium import OFFLINE, MemoryWatch, find_chromium, launch_options
from monitor.crawl.middlewares import fetch_robots
from monitor.crawl.network import on_site
from monitor.crawl.parsing import GONE_STATUS, Page
from monitor.crawl.robots import FORBIDDEN
from monitor.crawl.saved_responses import LARGEST_BODY, TooLargeError, decoded
from monitor.crawl.transport import FAILURES, TLS, DownloadHandler, unverified, user_agent
from monitor.model import ResponseRecord, RobotsDecision, UnitState

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import Settings

    from monitor.crawl.run_state import CrawlRun

_log = logging.getLogger(__name__)

NEEDED = {"document", "script", "stylesheet", "xhr", "fetch"}
PICTURES = {"image", "font"}
STATIC = {"script", "stylesheet"}
CODINGS = "gzip, deflate, br"
_CODING = ("content-encoding", "content-length")  # true of the body only before it is decoded
ASKED_BY_PAGE = {"xhr", "fetch"}
SHELL = "empty-shell"
"""Reason of a page that is the frame of an application without its content."""
OFFSITE = "offsite"
"""Reason of a page that led away from the platform."""

_PATIENCE = 3
"""A page may be loaded, settle and be read in so many times the longest that a request may take."""

_SCROLL = """async () => {
  for (let step = 0; step < 12; step++) {
    window.scrollBy(0, window.innerHeight);
    await new Promise(done => setTimeout(done, 30));
  }
  window.scrollTo(0, 0);
}"""


class BrowserHandler(ScrapyPlaywrightDownloadHandler, DownloadHandler):  # type: ignore[misc]
    """Requests marked ``playwright`` go through Chromium, the others as ever."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.config.target_closed_max_retries = 1

    async def _get_response_and_download(
        self, request: Request, page: BrowserPage, spider: Any
    ) -> tuple[PageResponse | None, None]:
        """The page alone: a download that it starts beside itself is refused and no error of it.

        Raises ``PlaywrightError`` where the answer itself is a download.
        """
        response, download = await super()._get_response_and_download(request, page, spider)
        if response is None and download is not None:
            raise PlaywrightError("net::ERR_ABORTED: a download, not a page")
        return response, None

    async def _download_request_with_page(
        self, request: Request, page: BrowserPage, spider: Any
    ) -> Response:
        """The page as its scripts left it; raises ``PlaywrightError`` for one that never rests.

        A script that keeps the page busy leaves the questions that are put to it unanswered.
        """
        visit: BrowserVisit = request.meta["visit"]
        try:
            async with asyncio.timeout(_PATIENCE * visit.timeout):
                response: Response = await super()._download_request_with_page(
                    request, page, spider
                )
                return response
        except TimeoutError as error:
            raise PlaywrightError("Timeout: a script keeps the page busy") from error


_PREPARED: WeakSet[BrowserPage] = WeakSet()


def undecided(request: PageRequest) -> bool:
    """Whether no ``BrowserVisit`` decides about this request's page: then it does not leave."""
    try:
        return request.frame.page not in _PREPARED
    except PlaywrightError:
        return True


async def _deny(route: Route) -> None:
    with contextlib.suppress(PlaywrightError):
        await route.abort("blockedbyclient")


async def _close(page: BrowserPage) -> None:
    """Close a window that a page opened; the crawl's own pages have no opener."""
    with contextlib.suppress(PlaywrightError):
        if await page.opener():
            await page.close()


def configure(scrapy_settings: Settings, timeout: float, *, pictures: bool) -> None:
    """Set Scrapy up for the browser: ``timeout`` in seconds, images loaded if ``pictures``."""
    path = find_chromium()
    assert path is not None
    handler = "monitor.crawl.browser.BrowserHandler"
    scrapy_settings.set("DOWNLOAD_HANDLERS", {"http": handler, "https": handler})
    scrapy_settings.set("PLAYWRIGHT_ABORT_REQUEST", undecided)
    options = launch_options(path, pictures=pictures)
    options["args"] += OFFLINE
    scrapy_settings.set("PLAYWRIGHT_LAUNCH_OPTIONS", options)
    scrapy_settings.set("PLAYWRIGHT_MAX_PAGES_PER_CONTEXT", 1)
    scrapy_settings.set("PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT", timeout * 1000)


@dataclass
class Reading:
    """One form of a page (as served, as rendered, an answer to it), and where that is kept."""

    response: Response
    received: ResponseRecord


@dataclass
class BrowserShare:
    """What the visits of a run share: contexts that serve some pages each, scripts and styles.

    ``static_files`` are headers and body by URL, ``free_bytes`` what more of them may be kept,
    ``memory`` watches what Chromium takes.
    """

    memory: MemoryWatch
    pages: int = 0
    current: BrowserContext | None = None
    static_files: dict[str, tuple[dict[str, str], bytes]] = field(default_factory=dict)
    free_bytes: int = settings.STATIC_BYTES

    def next_context(self) -> str:
        """The name of the context for the next page."""
        self.pages += 1
        return f"pages-{(self.pages - 1) // settings.PAGES_PER_CONTEXT}"

    async def use(self, context: BrowserContext) -> bool:
        """Close the context before this one with its memory and cookies; True for a new one."""
        if self.current is context:
            return False
        if self.current is not None:
            with contextlib.suppress(PlaywrightError):
                await self.current.close()
        self.current = context
        return True

    def remember(self, url: str, headers: dict[str, str], body: bytes) -> None:
        """Keep a script or a style for the next pages, if there is room.

        Chromium itself does not cache what is served to it through a route.
        """
        if len(body) <= self.free_bytes:
            self.free_bytes -= len(body)
            self.static_files[url] = headers, body


@dataclass
class BrowserVisit:
    """One page in the browser: decides its requests, collects its answers.

    ``judge`` says what a response of the page holds. ``timeout`` in seconds is that of each
    request, ``selector`` finds the cards to wait for. The other values come of the visit:
    ``document`` is what the server sent and ``served`` the page in it, ``redirect`` where the
    document is instead, ``offsite`` that it is on another site, ``answers`` what the page asked
    for, ``denied`` what robots.txt did not let it ask for, ``unverified`` that a script, a style or
    data would have come from a server whose certificate was refused.
    """

    crawler: Crawler
    run: CrawlRun
    share: BrowserShare
    judge: Callable[[Response], Page]
    timeout: float
    selector: str | None = None
    screenshot: bool = False
    denied: list[RobotsDecision] = field(default_factory=list)
    redirect: str | None = None
    offsite: bool = False
    error: Exception | None = None
    unverified: bool = False
    document: Reading | None = None
    served: Page | None = None
    answers: list[Reading] = field(default_factory=list)
    picture: bytes | None = None
    _page: BrowserPage | None = None

    def meta(self) -> dict[str, Any]:
        """What a Scrapy request needs to become this visit."""
        return {
            "playwright": True,
            "playwright_context": self.share.next_context(),
            "playwright_context_kwargs": {
                "user_agent": user_agent(self.run.config),
                "locale": "id-ID",
                "timezone_id": "Asia/Jakarta",
                "accept_downloads": False,
                "service_workers": "block",
                "viewport": {"width": 1280, "height": 960},
            },
            "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
            "playwright_page_init_callback": self.prepare,
            "playwright_page_methods": [PageMethod(self.settle)],
            "visit": self,
        }

    async def prepare(self, page: BrowserPage, request: Request) -> None:
        """Decide about the requests of a new page from its first on; forget an earlier attempt."""
        if await self.share.use(page.context):
            # A window that a page opens has its own page, so that it is for the context to deny.
            await page.context.route("**/*", _deny)
            page.context.on("page", _close)
        self._page = page
        self.share.memory.exceeded = False
        self.denied.clear()
        self.answers.clear()
        self.document = self.served = None
        self.unverified = False
        await page.route("**/*", self._decide)
        _PREPARED.add(page)

    async def settle(self, page: BrowserPage) -> None:
        """Wait until the page has shown what it has, unless the server's document says enough.

        Raises ``TooLargeError`` for a document that scripts made larger than any page.
        """
        if self.document:
            self.served = self.judge(self.document.response)
        is_enough = self.served is not None and self.served.state is UnitState.sampled
        if self.screenshot or not is_enough:
            await self._wait(page)
        with contextlib.suppress(PlaywrightError):  # such as a page that goes elsewhere meanwhile
            if await page.evaluate("document.documentElement.outerHTML.length") > LARGEST_BODY:
                raise TooLargeError

    async def _wait(self, page: BrowserPage) -> None:
        """Scroll through the page, wait for its cards, and photograph it where that is wanted."""
        wait = min(settings.RENDER_TIMEOUT, self.timeout) * 1000
        with contextlib.suppress(PlaywrightError):
            await page.evaluate(_SCROLL)
            await page.wait_for_load_state("networkidle", timeout=wait)
        if self.selector:
            with contextlib.suppress(PlaywrightError):
                await page.wait_for_selector(self.selector, state="attached", timeout=wait / 10)
        if self.screenshot:
            with contextlib.suppress(PlaywrightError):
                self.picture = await page.screenshot(full_page=True, timeout=wait)

    def rendered(self, response: Response) -> Reading:
        """The document after its scripts ran, kept as a conversion of what was received."""
        headers = [("Content-Type", "text/html; charset=utf-8")]
        received = self.run.evidence.keep(
            response.url, response.status, headers, response.body, rendered=True
        )
        return Reading(response, received)

    async def _decide(self, route: Route) -> None:
        try:
            if not await self._is_allowed(route.request, route.request.url):
                await route.abort("blockedbyclient")
            elif (static_file := self.share.static_files.get(route.request.url)) is not None:
                await route.fulfill(status=200, headers=static_file[0], body=static_file[1])
            else:
                await self._answer(route)
        except FAILURES as error:
            self.error = error
            if route.request.resource_type in NEEDED:
                self.unverified = self.unverified or unverified(error)
            _log.info("%s: %s", route.request.url, error)
            with contextlib.suppress(PlaywrightError):
                await route.abort()

    async def _is_allowed(self, request: PageRequest, url: str) -> bool:
        """Whether the request may go to ``url``: of a needed type, and by robots.txt.

        Documents and data are asked for on the platform's hosts only; scripts and styles on any.
        """
        kinds = NEEDED | PICTURES if self.screenshot else NEEDED
        kind, on_platform = request.resource_type, self._is_on_platform(url)
        if kind not in kinds or not url.startswith(("http://", "https://")):
            return False
        if not on_platform and kind in {"document", *ASKED_BY_PAGE}:
            self.offsite = self.offsite or self._is_main(request)
            return False
        decision, rules = await self.run.robots.decide(url, partial(fetch_robots, self.crawler))
        if not decision.allowed and rules.reason == TLS:
            self.unverified = self.unverified or kind in NEEDED
        elif not decision.allowed and on_platform:
            self.denied.append(decision)
        return decision.allowed

    async def _answer(self, route: Route) -> None:
        """Fetch what a page asks for, every redirect decided like the request it came from.

        The browser would let redirects through undecided, so they are followed here; one of the
        page itself is left to Scrapy, which asks for the new address as for any other.
        """
        request, url = route.request, route.request.url
        for _ in range(settings.REDIRECT_MAX_TIMES + 1):
            self.run.counts.add("page_requests")
            answer = await self._fetch(request, url)
            location = answer.headers.get("Location")
            if not location or not 300 <= answer.status < 400:
                body = self._keep(request, answer)
                headers = _plain_headers(answer.headers)
                await route.fulfill(status=answer.status, headers=headers, body=body)
                return
            await self._set_cookies(request, answer)
            url = urljoin(url, location.decode("latin-1"))
            if self._is_main(request):
                self.redirect = url
                break
            if not await self._is_allowed(request, url):
                break
        await route.abort("blockedbyclient")

    async def _fetch(self, request: PageRequest, url: str) -> Response:
        """The response of ``url`` to what a page asks, content coding still on.

        Raises one of ``FAILURES``.
        """
        cookies = await request.frame.page.context.cookies(url)
        headers = {
            **{name: field for name, field in request.headers.items() if name[0] != ":"},
            "accept-encoding": CODINGS,
            "cookie": "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies),
        }
        response = await self.crawler.engine.downloader.handlers.download_request_async(
            Request(
                url,
                method=request.method,
                headers={name: field for name, field in headers.items() if field},
                body=request.post_data_buffer or b"",
                meta={"download_timeout": self.timeout},
            )
        )
        if "dataloss" in response.flags:
            raise ResponseDataLossError(url)
        return response

    async def _set_cookies(self, request: PageRequest, answer: Response) -> None:
        """Hand the browser the cookies of a redirect, which it does not see itself."""
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, field = line.decode("latin-1").partition(";")[0].partition("=")
            cookie = {"name": name.strip(), "value": field.strip(), "url": answer.url}
            await request.frame.page.context.add_cookies([cookie])  # type: ignore[list-item]

    def _keep(self, request: PageRequest, answer: Response) -> bytes:
        """Keep what listings may be read from, remember scripts and styles for the next page.

        Returns the body without its content coding; raises ``SavedError`` where that is larger than
        any page, before the whole of it is unpacked.
        """
        kind, main = request.resource_type, self._is_main(request)
        readable = main or kind in ASKED_BY_PAGE
        if readable:
            fields = [
                (name.decode("latin-1"), field.decode("latin-1"))
                for name, fields in answer.headers.items()
                for field in fields
            ]
            received = self.run.evidence.keep(answer.url, answer.status, fields, answer.body)
        coding = (answer.headers.get("Content-Encoding") or b"").decode("latin-1")
        body = decoded(answer.body, coding)
        if kind in STATIC and answer.status == 200:
            self.share.remember(request.url, _plain_headers(answer.headers), body)
        if readable:
            kind_of_response = HtmlResponse if main else TextResponse
            headers = {
                name: fields
                for name, fields in answer.headers.items()
                if name.decode("latin-1").lower() not in _CODING
            }
            response = kind_of_response(
                answer.url, status=answer.status, headers=headers, body=body
            )
            reading = Reading(response, received)
            if main:
                self.document = reading
            else:
                self.answers.append(reading)
        return body

    def _is_on_platform(self, url: str) -> bool:
        return on_site(url, self.run.platform.hosts)

    def _is_main(self, request: PageRequest) -> bool:
        page = self._page
        return (
            request.is_navigation_request()
            and page is not None
            and (request.frame == page.main_frame)
        )


def _plain_headers(headers: Headers) -> dict[str, str]:
    """Headers as Playwright takes them, without those of a coding that is off the body."""
    return {
        name.decode("latin-1").lower(): "\n".join(field.decode("latin-1") for field in fields)
        for name, fields in headers.items()
        if name.decode("latin-1").lower() not in (*_CODING, "transfer-encoding")
    }


def best_reading(
    visit: BrowserVisit, response: Response
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
    page = visit.judge(rendered.response)
    if page.state is UnitState.unparseable:
        for answer in visit.answers:
            if (answer_page := visit.judge(answer.response)).state is UnitState.sampled:
                return answer_page, answer.received, None
    if visit.offsite and page.state is not UnitState.sampled:
        return Page(state=UnitState.blocked, reason=OFFSITE), rendered.received, None
    by_server = response.status in GONE_STATUS or (visit.served and visit.served.needs_control)
    empty_by_script = page.needs_control and not by_server
    hidden = page.state is UnitState.unparseable or empty_by_script or page.reason == SHELL
    if hidden and visit.unverified:
        return Page(state=UnitState.unreachable, reason=TLS), rendered.received, None
    if hidden and visit.denied:
        disallowed = Page(state=UnitState.disallowed, reason=FORBIDDEN)
        return disallowed, rendered.received, visit.denied[0]
    return page, rendered.received, None
