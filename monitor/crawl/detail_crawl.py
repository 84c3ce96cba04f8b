"""The visits of one run: named listings on their own pages, one at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.http import Response

from monitor.crawl.listing_crawl import (
    NEEDS_BROWSER,
    CrawlPage,
    FetchResult,
    ListingCrawl,
    StoredPage,
)
from monitor.crawl.parsing import Page, judge_item
from monitor.model import GONE, DetailVisit, UnitState
from monitor.store.matching import url_key

if TYPE_CHECKING:
    from monitor.crawl.offer_pictures import OfferPictures


class DetailCrawl(ListingCrawl):
    """Mixed in before a platform's spider: turns its targets into ``DetailVisit`` items."""

    pictures: ClassVar[bool] = True

    _offer_pictures: OfferPictures | None = None

    async def fetch(self, url: str) -> FetchResult:
        """Fetch a listing's own page; by a plain request first where the platform answers it."""
        if self._browser and self.plain_item_page:
            fetched = await self._fetch(url, None)
            if fetched.page.reason != NEEDS_BROWSER:
                return fetched
        return await super().fetch(url)

    def judge(self, response: Response) -> Page:
        """What a listing's own page holds: that listing."""
        return judge_item(type(self), response)

    def checked(self, target: Any, fetched: FetchResult) -> FetchResult:
        """What was fetched, or an unparseable page where it says nothing about the target.

        So it is where another listing is shown, or where "gone" stands at another address.
        """
        page = fetched.page
        problem = None
        if any(listing.item_id != target.item_id for listing in page.listings):
            problem = "another listing"
        elif page.reason == GONE and url_key(fetched.url) != url_key(target.url):
            problem = "led elsewhere"
        if problem is None:
            return fetched
        return replace(fetched, page=Page(state=UnitState.unparseable, reason=problem))

    async def _visit(self, page: CrawlPage) -> list[StoredPage]:
        """Visit a listing; where that is configured, with the number of its first picture."""
        visits = await super()._visit(page)
        if not self.run.config.crawl.picture_hashes:
            return visits
        # Not at the top: it takes numpy, and few homes ask for pictures.
        from monitor.crawl.offer_pictures import OfferPictures

        if self._offer_pictures is None:
            self._offer_pictures = OfferPictures(self.crawler, self.run)
        return [await self._offer_pictures.of(visit) for visit in visits]

    def item(self, target: Any, fetched: FetchResult) -> DetailVisit:
        """What is stored of a visit, with its picture kept in the evidence."""
        page = fetched.page
        screenshot = sha256 = None
        if fetched.picture:
            screenshot, sha256 = self.run.evidence.keep_screenshot(target.item_id, fetched.picture)
        return DetailVisit(
            platform=target.platform,
            item_id=target.item_id,
            url=target.url,
            week=self.run.week,
            state=page.state,
            origin=self.run.config.origin,
            reason=page.reason,
            visited_at=fetched.at,
            robots=fetched.robots,
            received=fetched.received,
            screenshot=screenshot,
            screenshot_sha256=sha256,
            listing=next(iter(page.listings), None),
            displayed=page.displayed,
        )
