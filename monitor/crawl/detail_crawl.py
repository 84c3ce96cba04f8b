"""The visits of one run: named listings on their own pages, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from scrapy.http import Response

from monitor.crawl.details import Target
from monitor.crawl.listing_crawl import Answer, ListingCrawl
from monitor.crawl.parsing import Page, judge_item
from monitor.model import GONE, DetailVisit, UnitState
from monitor.store.matching import url_key


class DetailCrawl(ListingCrawl):
    """Mixed in before a platform's spider: turns its targets into ``DetailVisit`` items."""

    pictures: ClassVar[bool] = True

    def wanted(self) -> Sequence[Target]:
        """The listings to visit, in this order."""
        return self.session.targets

    def read(self, response: Response) -> Page:
        """A listing's own page holds that listing."""
        return judge_item(type(self), response)

    def looked_at(self, target: Any, answer: Answer) -> Answer:
        """Another listing's page says nothing about this one, nor does "gone" somewhere else."""
        page = answer.page
        problem = None
        if any(listing.item_id != target.item_id for listing in page.listings):
            problem = "another listing"
        elif page.reason == GONE and url_key(answer.url) != url_key(target.url):
            problem = "led elsewhere"
        if problem is None:
            return answer
        return replace(answer, page=Page(state=UnitState.unparseable, reason=problem))

    def item(self, target: Any, answer: Answer) -> DetailVisit:
        """The visit, with its picture kept."""
        page = answer.page
        screenshot = sha256 = None
        if answer.picture:
            screenshot, sha256 = self.session.keep_picture(target.item_id, answer.picture)
        return DetailVisit(
            platform=target.platform,
            item_id=target.item_id,
            url=target.url,
            week=self.session.week,
            state=page.state,
            origin=self.session.origin,
            reason=page.reason,
            visited_at=answer.at,
            robots=answer.robots,
            received=answer.received,
            screenshot=screenshot,
            screenshot_sha256=sha256,
            listing=next(iter(page.listings), None),
        )
