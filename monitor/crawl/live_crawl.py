"""The live check of one platform: robots.txt and at most three pages, by the crawler's own rules.

Nothing of it enters the week's measurement: what came is kept as evidence and told to the parent.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from scrapy.http import Response

from monitor.config import Config
from monitor.crawl.details import target_of
from monitor.crawl.listing_crawl import NEEDS_BROWSER, FetchResult, ListingCrawl
from monitor.crawl.middlewares import fetch_robots
from monitor.crawl.network import on_site
from monitor.crawl.pace import Stopped
from monitor.crawl.parsing import Page, judge, judge_item, settled
from monitor.crawl.process import close_killed_crawls, platform_lock, require_contact
from monitor.crawl.robots import UNREACHABLE
from monitor.crawl.run import CrawlError, can_browse, logged_run, run_spider
from monitor.crawl.run_state import Report
from monitor.crawl.spider import load_spiders
from monitor.model import (
    Entry,
    EntryKind,
    Listing,
    PageRole,
    RobotsDecision,
    RunOutcome,
    UnitState,
)
from monitor.registry import Platform, load_registry, page_url
from monitor.store import Store

LIVE_JOB = "live"
NO_SUCH_GOODS = "zqxvwkpantau"
"""A search word that names no goods in any language we know."""
NO_SUCH_ID = "9" * 12
"""An item id that no platform has given out, as far as we know."""
_UNANSWERED = {UnitState.blocked, UnitState.disallowed, UnitState.unreachable}


def check_platform(
    config: Config, platform_id: str, week: str, words: str | None, report: Report
) -> RunOutcome:
    """Ask a platform for robots.txt and at most three pages, and report each as an event ``asked``.

    ``words`` are searched for; those of the frame's first entry of the platform if not given. The
    night window does not count, since a person waits; the weekly budget does. Raises
    ``PantauError`` before anything is fetched.
    """
    require_contact(config)
    registry = load_registry(config.registry, config.confirmations)
    platform, spider = registry.platforms.get(platform_id), load_spiders().get(platform_id)
    if platform is None or spider is None:
        raise CrawlError(f"{platform_id}: no such platform; known: {', '.join(registry.platforms)}")
    entries = [entry for entry in registry.frame.entries if entry.platform == platform_id]
    searches = searches_of(platform, entries, words)
    if not searches:
        raise CrawlError(
            f"{platform_id}: no entry of the frame tells what to look for there; give --words,"
            " where the registry has an entrance by keyword"
        )
    with (
        platform_lock(config, platform_id),
        Store.of_home(config, origin=config.origin) as store,
        store.claims.hold(platform_id) as claim,
    ):
        close_killed_crawls(config, store, platform_id)
        with logged_run(config, registry, platform, week, store, LIVE_JOB, report, claim) as run:
            run.gate.night = None
            run.begin(len(PageRole) - 1)
            crawl = type("LiveCheckCrawl", (LiveCheckCrawl,), {"searches": searches})
            browser = platform.browser and can_browse(config)
            run_spider(run, crawl, spider, (), control=None, browser=browser)
    return run.outcome


def searches_of(
    platform: Platform, entries: list[Entry], words: str | None
) -> tuple[tuple[EntryKind, str], ...]:
    """A result page's address for each way into a platform; ``words`` are for keywords only."""
    first_queries = {entry.kind: entry.query for entry in reversed(entries)}
    if words:
        first_queries[EntryKind.keyword] = words
    return tuple(
        (kind, page_url(platform, kind, first_queries[kind], 1))
        for kind in platform.url_templates
        if kind in first_queries
    )


class LiveCheckCrawl(ListingCrawl):
    """Mixed in before a platform's spider: asks for a result page, an own page and nothing.

    ``searches`` are the kinds of ways in and an address of each; the first that robots.txt allows
    is asked for.
    """

    searches: tuple[tuple[EntryKind, str], ...] = ()

    def __init__(self, *arguments: Any, **named_arguments: Any) -> None:
        super().__init__(*arguments, **named_arguments)
        self._role = PageRole.listings

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the pages one after the other; yields nothing that would be stored."""
        with contextlib.suppress(Stopped):
            await self._ask_all()
        for page in self._pages:
            yield page

    async def _ask_all(self) -> None:
        """Ask for page after page; after a refusal for no further one."""
        search = await self._allowed_search()
        if search is None:
            return
        fetched = await self._ask(PageRole.listings, search[1])
        if fetched is None or fetched.page.state is not UnitState.sampled:
            return
        self._control = fetched.url
        own_url = self._own_page(fetched.page.listings)
        if own_url is None:
            self._skip(PageRole.own_page, "no listing on the page has an address of the platform")
        elif await self._ask(PageRole.own_page, own_url) is None:
            return
        template = self.run.platform.url_templates.get(EntryKind.keyword)
        detail = self.run.platform.detail
        if template:
            url = page_url(self.run.platform, EntryKind.keyword, NO_SUCH_GOODS, 1)
            await self._ask(PageRole.nothing, url)
        elif detail:
            url = detail.format(item_id=NO_SUCH_ID, seller_id=NO_SUCH_ID)
            await self._ask(PageRole.gone, url)
        else:
            self._skip(PageRole.nothing, "the registry knows no search by keyword")

    async def _allowed_search(self) -> tuple[EntryKind, str] | None:
        """The first way in that robots.txt leaves open; tells what it says of each.

        Where no robots.txt could be had the check fails: that may be this machine's network, and
        says nothing of the platform.
        """
        allowed, unanswered = None, True
        for kind, url in self.searches:
            decision, rules = await self.run.robots.decide(url, partial(fetch_robots, self.crawler))
            unanswered = unanswered and not decision.allowed and rules.reason == UNREACHABLE
            self.run.report({"event": "robots", "kind": kind, "url": url, **_robots(decision)})
            if decision.allowed and allowed is None:
                allowed = kind, url
        if allowed is None and unanswered:
            self.run.ending.fail(
                "robots.txt did not come, so nothing was asked; look at this machine's network, "
                "and try again"
            )
        elif allowed is None:
            self.run.ending.stop("robots.txt leaves no way in open")
        return allowed

    async def _ask(self, role: PageRole, url: str) -> FetchResult | None:
        """Fetch a page in its role and report it; None where the platform did not answer."""
        self._role = role
        if role in {PageRole.own_page, PageRole.gone} and self._browser and self.plain_item_page:
            fetched = await self._fetch(url, None)
            if fetched.page.reason == NEEDS_BROWSER:
                fetched = await self.fetch(url)
        else:
            fetched = await self.fetch(url)
        page = settled(fetched.page, self._control is not None)
        self.run.counts.add("pages")
        self.run.counts.add(page.state)
        self.run.report(
            {
                "event": "asked",
                "role": role,
                "url": url,
                "final_url": fetched.url,
                "at": fetched.at,
                "state": page.state,
                "reason": page.reason,
                "received": fetched.received,
                **(_robots(fetched.robots) if fetched.robots else {}),
            }
        )
        self._note(page)
        if page.state in _UNANSWERED:
            self.run.ending.stop(f"{page.state}: {page.reason or 'no word'}")
            return None
        return fetched

    def judge(self, response: Response) -> Page:
        """What a response holds, in the role of the page that is asked for."""
        is_own = self._role in {PageRole.own_page, PageRole.gone}
        return judge_item(type(self), response) if is_own else judge(type(self), response)

    def _own_page(self, listings: tuple[Listing, ...]) -> str | None:
        """The address of the first listing that has one on the platform."""
        for listing in listings:
            target = target_of(listing, self.run.platform.detail)
            if target and on_site(target.url, self.run.platform.hosts):
                return target.url
        return None

    def _skip(self, role: PageRole, reason: str) -> None:
        self.run.report({"event": "skipped", "role": role, "reason": reason})


def _robots(decision: RobotsDecision) -> dict[str, object]:
    """The words of a decision, for an event."""
    return {
        "allowed": decision.allowed,
        "rule": decision.rule,
        "permission": decision.permission,
        "robots_url": decision.robots_url,
    }
