"""One platform's run: its pending units in the order of the plan, one page at a time.

A page that looks empty, or says that its listing is gone, is held back until a page with listings
follows it, or until the control (one that had listings this week) is asked again and still has
them: a crawler that is shown "nothing found" in place of a refusal is never told apart by the page
itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from monitor.crawl import settings
from monitor.crawl.browser import OFFSITE, SHELL, BrowserShare, BrowserVisit, best_reading
from monitor.crawl.details import Target
from monitor.crawl.documents import is_json, readable
from monitor.crawl.pace import Stopped
from monitor.crawl.parsing import NO_LISTINGS, Page, judge, settled
from monitor.crawl.refusals import refusal_of_address, refusal_of_failure
from monitor.crawl.robots import UNREACHABLE, Disallowed
from monitor.crawl.spider import PlatformSpider
from monitor.crawl.transport import (
    BROWSER_MEMORY,
    CRASHED,
    FAILURES,
    TLS,
    TOO_LARGE,
    reason_of,
    unverified,
    words_of,
)
from monitor.model import (
    DetailVisit,
    PlannedUnit,
    ResponseRecord,
    RobotsDecision,
    SampledPage,
    UnitState,
)
from monitor.model.vocabulary import GONE_ANSWERS

if TYPE_CHECKING:
    from scrapy.http import Response

    from monitor.crawl.chromium import MemoryWatch
    from monitor.crawl.run_state import CrawlRun


NEEDS_BROWSER = "needs-browser"
"""A page of scripts fetched without a Chromium: no word about the platform."""

NOT_RANKED = "no ranked listings"
"""Reason of an ``unparseable`` page that shows but recommendations, or one listing's own data."""

CrawlPage = PlannedUnit | Target
"""A page to ask for."""
StoredPage = SampledPage | DetailVisit
"""What is stored of it."""


@dataclass(frozen=True)
class FetchResult:
    """What became of one request: the page, and the evidence of it."""

    page: Page
    url: str
    at: datetime
    robots: RobotsDecision | None = None
    received: ResponseRecord | None = None
    picture: bytes | None = None


class ListingCrawl(PlatformSpider):
    """Mixed in before a platform's spider: turns its planned units into ``SampledPage`` items.

    ``pages`` are asked for in their order. ``control`` is the URL of a page that had listings this
    week, None while there is none. ``browser`` watches the Chromium in which pages are shown, None
    where they are not.
    """

    pictures: ClassVar[bool] = False
    """Whether a page shown in the browser is photographed."""

    def __init__(
        self,
        run: CrawlRun,
        pages: Sequence[CrawlPage],
        *,
        control: str | None,
        browser: MemoryWatch | None,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.run = run
        self.allowed_domains = [host.removeprefix("www.") for host in run.platform.hosts]
        self._pages = pages
        self._control = control
        self._browser = BrowserShare(browser) if browser else None
        self._held_pages: list[tuple[CrawlPage, FetchResult]] = []
        self._unreachable_in_a_row = 0

    async def start(self) -> AsyncIterator[Any]:
        """Yield what is stored of each page; ends early where the run is stopped."""
        try:
            for page in self._pages:
                self.run.gate.check()
                for stored_page in await self._visit(page):
                    yield stored_page
                    await self._page_is_stored()
            for stored_page in await self._settle():
                yield stored_page
                await self._page_is_stored()
        except Stopped:
            # Pages still held stay planned; a platform that refuses gets no control request.
            if self._is_refused:
                for stored_page in self._release(control=False):
                    yield stored_page
                    await self._page_is_stored()

    async def _page_is_stored(self) -> None:
        """Wait until the page handed on went through the pipeline: none is asked for before.

        An engine that finds an item under way at the end looks again only 5 s later.
        """
        scraper = self.crawler.engine.scraper
        while scraper.slot and not scraper.slot.is_idle():
            await asyncio.sleep(0.001)

    async def fetch(self, url: str) -> FetchResult:
        """Fetch one URL and judge what comes; raises ``Stopped`` only."""
        fetched = await self._fetch(url, self._browser)
        if fetched.page.reason == CRASHED:
            fetched = await self._fetch(url, self._browser)
        return fetched

    async def _fetch(
        self,
        url: str,
        share: BrowserShare | None,
        redirects: int = settings.REDIRECT_MAX_TIMES,
    ) -> FetchResult:
        visit = self._browser_visit(share) if share else None
        request = Request(url, meta=visit.meta() if visit else None)
        try:
            response = await self.crawler.engine.download_async(request)
        except Stopped:
            raise
        except Disallowed as refusal:
            return self._fetched(self._denied(refusal, url), request, robots=refusal.decision)
        except IgnoreRequest as error:
            if "DOWNLOAD_MAXSIZE" in str(error):  # only when it was unpacked
                page = Page(state=UnitState.unreachable, reason=TOO_LARGE)
                return self._fetched(page, request)
            code = OFFSITE if "offsite" in str(error) else "redirects"
            return self._fetched(Page(state=UnitState.blocked, reason=code), request)
        except FAILURES as error:
            if visit and visit.redirect and redirects:
                return await self._fetch(visit.redirect, share, redirects - 1)
            cause = error if reason_of(error) == CRASHED else (visit and visit.error) or error
            return self._fetched(self._failed(cause, share), request)
        final_request = response.request or request
        if "dataloss" in response.flags:
            page = Page(state=UnitState.unreachable, reason="truncated")
            return self._fetched(page, final_request)
        if visit:
            page, received, denied = best_reading(visit, response)
            fetched = self._fetched(page, final_request, robots=denied)
            return replace(fetched, received=received, picture=visit.picture)
        page = self.judge(response)
        if self._needs_browser(response, page):
            page = Page(state=UnitState.unparseable, reason=NEEDS_BROWSER)
        return self._fetched(page, final_request)

    def _browser_visit(self, share: BrowserShare) -> BrowserVisit:
        return BrowserVisit(
            self.crawler,
            self.run,
            share,
            self.judge,
            timeout=self.crawler.settings.getfloat("DOWNLOAD_TIMEOUT"),
            selector=self.cards.css if self.cards else None,
            screenshot=self.pictures,
        )

    def judge(self, response: Response) -> Page:
        """What a response of this run's pages holds."""
        return judge(type(self), response)

    def _needs_browser(self, response: Response, page: Page) -> bool:
        """Return whether a page fetched without a browser looks empty because scripts draw it.

        It does if all of these hold: the platform uses a browser, or this crawl takes screenshots;
        the response is not JSON; the page was judged a shell or to have no listings; and the crawl
        has no control page. The control page is any page of this platform that was sampled this
        week, in this run or before it, with a browser or without. Nothing is changed.
        """
        drawn_by_scripts = self.run.platform.browser or self.pictures
        says_nothing = page.reason in (SHELL, NO_LISTINGS) and not is_json(readable(response))
        return drawn_by_scripts and says_nothing and self._control is None

    def _fetched(
        self, page: Page, request: Request, *, robots: RobotsDecision | None = None
    ) -> FetchResult:
        """The page with what the middlewares noted about its request; ``robots`` goes first."""
        meta = request.meta
        decision = robots or meta.get("robots")
        return FetchResult(page, request.url, self.run.now(), decision, meta.get("received"))

    def _denied(self, refusal: Disallowed, url: str) -> Page:
        """The page of a request for ``url`` that robots.txt did not let out, or not further."""
        if refusal.reason == TLS:
            self.run.ending.stop(f"unreachable: {TLS}")
            return Page(state=UnitState.unreachable, reason=TLS)
        # Sent on to a log-in or a captcha: a refusal, whatever robots.txt says of its address.
        if sent_on := refusal.url != url and refusal_of_address(self.name, refusal.url):
            return Page(state=sent_on.state, reason=sent_on.id)
        return Page(state=UnitState.disallowed, reason=refusal.reason)

    def _failed(self, error: Exception, share: BrowserShare | None) -> Page:
        """The page of a request that got no usable response."""
        if share and share.memory.exceeded:
            return Page(state=UnitState.unreachable, reason=BROWSER_MEMORY)
        if unverified(error):
            return Page(state=UnitState.unreachable, reason=TLS)
        if refusal := refusal_of_failure(self.name, words_of(error)):
            return Page(state=refusal.state, reason=refusal.id)
        return Page(state=UnitState.unreachable, reason=reason_of(error))

    async def _visit(self, page: CrawlPage) -> list[StoredPage]:
        """Fetch a page; returns what can be stored now, the pages that it proves included."""
        fetched = self.checked(page, await self.fetch(page.url))
        if fetched.page.needs_control:
            self._held_pages.append((page, fetched))
            full = len(self._held_pages) >= settings.HELD_BEFORE_CONTROL
            return await self._settle() if full else []
        stored_pages = []
        if fetched.page.state is UnitState.sampled:
            self._control = page.url
            stored_pages = self._release(control=True)
        self._note(fetched.page)
        return [*stored_pages, self.item(page, fetched)]

    def checked(self, page: CrawlPage, fetched: FetchResult) -> FetchResult:
        """What was fetched, unless it is not what was asked for: listings that a search ranked.

        That they stand in an unknown place is counted, and told once a run; so are their keys.
        """
        listings, envelope = fetched.page.listings, fetched.page.envelope
        if listings and all(listing.rank is None for listing in listings):
            return replace(fetched, page=Page(state=UnitState.unparseable, reason=NOT_RANKED))
        self.run.counts.nodes += fetched.page.nodes
        self.run.counts.keys.update(fetched.page.keys)
        if envelope:
            self.run.counts.add("unknown_envelopes")
            self.run.ending.remark = self.run.ending.remark or f"unknown envelope: {envelope}"
        return fetched

    async def _settle(self) -> list[StoredPage]:
        """Decide about the held pages by asking for the control entry again."""
        if not self._held_pages:
            return []
        control = False
        if self._control:
            self.run.counts.add("controls")
            control = (await self.fetch(self._control)).page.state is UnitState.sampled
        return self._release(control=control)

    def _release(self, *, control: bool) -> list[StoredPage]:
        """What is stored of the held pages; ``control`` says whether another has listings."""
        held_pages, self._held_pages = self._held_pages, []
        stored_pages = []
        for page, fetched in held_pages:
            settled_page = settled(fetched.page, control)
            self._note(settled_page)
            stored_pages.append(self.item(page, replace(fetched, page=settled_page)))
        return stored_pages

    @property
    def _is_refused(self) -> bool:
        """Whether the platform refused as often as ends the run."""
        return self.run.gate.pace.blocks >= self.run.config.crawl.blocks_before_stop

    def _note(self, page: Page) -> None:
        """Slow the run after a block and stop it after repeated ones: a block is not fought.

        A platform that does not answer, or cannot be read without a browser, stops it too.
        """
        ending = self.run.ending
        silent = page.state is UnitState.unreachable and page.reason not in GONE_ANSWERS
        self._unreachable_in_a_row = self._unreachable_in_a_row + 1 if silent else 0
        if page.state is UnitState.blocked:
            self.run.gate.pace.slow()
            self.run.gate.remember()
            if self._is_refused:
                ending.stop(f"refused: {page.reason or 'blocked'}")
        elif page.reason == NEEDS_BROWSER:
            ending.stop(f"{NEEDS_BROWSER}: pantau doctor names the mend")
        elif page.reason == UNREACHABLE:
            ending.stop(page.reason)
        elif self._unreachable_in_a_row >= settings.UNREACHABLE_BEFORE_STOP:
            ending.stop(f"unreachable: {page.reason}")

    def item(self, unit: Any, fetched: FetchResult) -> StoredPage:
        """What is stored of a planned unit."""
        return SampledPage(
            platform=unit.platform,
            url=unit.url,
            origin=self.run.config.origin,
            unit_id=unit.id,
            observed_at=fetched.at,
            robots=fetched.robots,
            received=fetched.received,
            **fetched.page.reading(),
        )
