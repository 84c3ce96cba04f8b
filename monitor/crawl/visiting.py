"""The visits of one run: named listings on their own pages, one at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy.http import Response

from monitor.crawl.details import Target
from monitor.crawl.fetch import Answer, Fetching
from monitor.crawl.gentle import Stopped
from monitor.crawl.parsing import Page, judge_item
from monitor.listing import DetailVisit, UnitState


class Visiting(Fetching):
    """Mixed in before a platform's spider: turns its targets into ``DetailVisit`` items."""

    async def start(self) -> AsyncIterator[Any]:
        """Visit each target; ends early where the session is stopped."""
        try:
            for target in self.session.targets:
                self.session.check_may_ask()
                answer = await self.ask(target.url, screenshot=self.session.browser)
                self.note(answer.page)
                yield self._visited(target, answer)
                await self.stored()
        except Stopped:
            return

    def read(self, response: Response) -> Page:
        """A listing's own page holds that listing."""
        return judge_item(type(self), response)

    def _visited(self, target: Target, answer: Answer) -> DetailVisit:
        page, listing = answer.page, next(iter(answer.page.listings), None)
        state, reason = page.state, page.reason
        if listing and listing.item_id != target.item_id:
            state, reason, listing = UnitState.unparseable, "another listing", None
        screenshot = sha256 = None
        if answer.picture:
            screenshot, sha256 = self.session.keep_picture(target.item_id, answer.picture)
        return DetailVisit(
            platform=target.platform,
            item_id=target.item_id,
            url=target.url,
            week=self.session.week,
            state=state,
            origin=self.session.origin,
            reason=reason,
            visited_at=answer.at,
            robots=answer.robots,
            received=answer.received,
            screenshot=screenshot,
            screenshot_sha256=sha256,
            listing=listing,
        )
