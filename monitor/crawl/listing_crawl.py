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
from monitor.crawl.browser import OFFSITE, SHELL, Shared, Visit, best
from monitor.crawl.details import Target
from monitor.crawl.documents import is_json, readable
from monitor.crawl.pace import Stopped
from monitor.crawl.parsing import NO_LISTINGS, PARSER, Page, judge, settled
from monitor.crawl.refusals import refusal_of_failure
from monitor.crawl.robots import UNREACHABLE, Disallowed
from monitor.crawl.spider import PlatformSpider
from monitor.crawl.transport import CRASHED, FAILURES, TLS, reason_of, unverified, words_of
from monitor.model import (
    DetailVisit,
    PlannedUnit,
    ResponseRecord,
    RobotsDecision,
    SampledPage,
    UnitState,
)

if TYPE_CHECKING:
    from scrapy.http import Response

    from monitor.crawl.session import Session


NEEDS_BROWSER = "needs-browser"
"""A page of scripts fetched without a Chromium: no word about the platform."""

ANSWERS = {"http-404", "http-410"}
"""Reasons of an unreachable page that do not mean that the platform is."""


Wanted = PlannedUnit | Target
"""A page to ask for."""
Stored = SampledPage | DetailVisit
"""What comes of it."""


@dataclass(frozen=True)
class Answer:
    """What became of one request: the page, and the evidence of it."""

    page: Page
    url: str
    at: datetime
    robots: RobotsDecision | None = None
    received: ResponseRecord | None = None
    picture: bytes | None = None


class ListingCrawl(PlatformSpider):
    """Mixed in before a platform's spider: turns its planned units into ``SampledPage`` items."""

    pictures: ClassVar[bool] = False
    """Whether a page shown in the browser is photographed."""

    def __init__(self, session: Session, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.session = session
        self.allowed_domains = [host.removeprefix("www.") for host in session.platform.hosts]
        self._shared = Shared()
        self._held: list[tuple[Wanted, Answer]] = []
        self._unreachable = 0

    async def start(self) -> AsyncIterator[Any]:
        """Ask for each page that is wanted; ends early where the session is stopped."""
        try:
            for wanted in self.wanted():
                self.session.check_may_ask()
                for page in await self._visit(wanted):
                    yield page
                    await self.stored()
            for page in await self._settle():
                yield page
                await self.stored()
        except Stopped:
            # Units still held stay planned; a platform that refuses gets no control request.
            if self.session.refused:
                for page in self._release(control=False):
                    yield page
                    await self.stored()

    def wanted(self) -> Sequence[Wanted]:
        """What to ask for, in this order."""
        return self.session.units

    async def stored(self) -> None:
        """Wait until the page handed on went through the pipeline: none is asked for before.

        An engine that finds an item under way at the end looks again only 5 s later.
        """
        scraper = self.crawler.engine.scraper
        while scraper.slot and not scraper.slot.is_idle():
            await asyncio.sleep(0.001)

    async def ask(self, url: str) -> Answer:
        """Fetch one URL and judge what comes; raises ``Stopped`` only."""
        answer = await self._ask(url, settings.REDIRECT_MAX_TIMES)
        if answer.page.reason == CRASHED:
            answer = await self._ask(url, settings.REDIRECT_MAX_TIMES)
        return answer

    async def _ask(self, url: str, redirects: int) -> Answer:
        visit = self._browser_visit() if self.session.browser else None
        request = Request(url, meta=visit.meta() if visit else None)
        try:
            response = await self.crawler.engine.download_async(request)
        except Stopped:
            raise
        except Disallowed as refusal:
            state = UnitState.disallowed
            if refusal.reason == TLS:
                state = UnitState.unreachable
                self.session.stop(f"unreachable: {TLS}")
            page = Page(state=state, reason=refusal.reason)
            return self._answer(page, request, robots=refusal.decision)
        except IgnoreRequest as error:
            code = OFFSITE if "offsite" in str(error) else "redirects"
            return self._answer(Page(state=UnitState.blocked, reason=code), request)
        except FAILURES as error:
            if visit and visit.redirect and redirects:
                return await self._ask(visit.redirect, redirects - 1)
            return self._answer(self._failed((visit and visit.error) or error), request)
        if "dataloss" in response.flags:
            page = Page(state=UnitState.unreachable, reason="truncated")
            return self._answer(page, response.request or request)
        return self._judged(response, visit)

    def _browser_visit(self) -> Visit:
        return Visit(
            self.crawler,
            self.session,
            self._shared,
            self.read,
            timeout=self.crawler.settings.getfloat("DOWNLOAD_TIMEOUT"),
            selector=self.cards.css if self.cards else None,
            screenshot=self.pictures,
        )

    def read(self, response: Response) -> Page:
        """What a response of this run's pages holds."""
        return judge(type(self), response)

    def _judged(self, response: Response, visit: Visit | None) -> Answer:
        request = response.request
        assert request is not None
        if visit:
            page, received, denied = best(visit, response)
            answer = self._answer(page, request, robots=denied)
            return replace(answer, received=received, picture=visit.picture)
        page = self.read(response)
        if self._unshown(response, page):
            page = Page(state=UnitState.unparseable, reason=NEEDS_BROWSER)
        return self._answer(page, request)

    def _unshown(self, response: Response, page: Page) -> bool:
        """Whether only its scripts would show what a page holds: none has come without them yet."""
        scripted = self.session.platform.browser or self.pictures
        bare = page.reason in (SHELL, NO_LISTINGS) and not is_json(readable(response))
        return scripted and bare and self.session.control is None

    def _answer(
        self, page: Page, request: Request, *, robots: RobotsDecision | None = None
    ) -> Answer:
        meta = request.meta
        decision = robots or meta.get("robots")
        return Answer(page, request.url, self.session.now(), decision, meta.get("received"))

    def _failed(self, error: Exception) -> Page:
        if unverified(error):
            return Page(state=UnitState.unreachable, reason=TLS)
        if refusal := refusal_of_failure(self.name, words_of(error)):
            return Page(state=refusal.state, reason=refusal.id)
        return Page(state=UnitState.unreachable, reason=reason_of(error))

    async def _visit(self, wanted: Wanted) -> list[Stored]:
        answer = self.looked_at(wanted, await self.ask(wanted.url))
        if answer.page.needs_control:
            self._held.append((wanted, answer))
            full = len(self._held) >= settings.HELD_BEFORE_CONTROL
            return await self._settle() if full else []
        pages = []
        if answer.page.state is UnitState.sampled:
            self.session.control = wanted.url
            pages = self._release(control=True)
        self.note(answer.page)
        return [*pages, self.item(wanted, answer)]

    def looked_at(self, wanted: Wanted, answer: Answer) -> Answer:
        """The answer, held against what was wanted."""
        return answer

    async def _settle(self) -> list[Stored]:
        """Decide about the held pages by asking for the control entry again."""
        if not self._held:
            return []
        control = False
        if self.session.control:
            self.session.count("controls")
            control = (await self.ask(self.session.control)).page.state is UnitState.sampled
        return self._release(control=control)

    def _release(self, *, control: bool) -> list[Stored]:
        held, self._held = self._held, []
        pages = []
        for wanted, answer in held:
            page = settled(answer.page, control)
            self.note(page)
            pages.append(self.item(wanted, replace(answer, page=page)))
        return pages

    def note(self, page: Page) -> None:
        """Blocks slow and then stop the run, and so does a platform that does not answer."""
        silent = page.state is UnitState.unreachable and page.reason not in ANSWERS
        self._unreachable = self._unreachable + 1 if silent else 0
        if page.state is UnitState.blocked:
            self.session.blocked(page.reason or "blocked")
        elif page.reason == NEEDS_BROWSER:
            self.session.stop(f"{NEEDS_BROWSER}: pantau doctor names the mend")
        elif page.reason == UNREACHABLE:
            self.session.stop(page.reason)
        elif self._unreachable >= settings.UNREACHABLE_BEFORE_STOP:
            self.session.stop(f"unreachable: {page.reason}")

    def item(self, unit: Any, answer: Answer) -> Stored:
        """What is stored of one answer."""
        page = answer.page
        return SampledPage(
            platform=unit.platform,
            url=unit.url,
            state=page.state,
            origin=self.session.origin,
            unit_id=unit.id,
            reason=page.reason,
            observed_at=answer.at,
            robots=answer.robots,
            received=answer.received,
            listings=page.listings,
            total_results=page.total_results,
            foreign_results=page.foreign_results,
            parser=PARSER,
        )
