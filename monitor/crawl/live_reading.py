"""A page of a live check, read as the crawl reads it and held against the known shapes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace
from scrapy.http import TextResponse

from monitor.crawl.parsing import Page, judge, judge_item, settled
from monitor.crawl.shapes import Shape, nearest, shape_of_page
from monitor.crawl.spider import PlatformSpider
from monitor.model import LivePage, PageRole


@dataclass(frozen=True)
class ReadPage:
    """A page with its response, what that holds, and the known shape that it resembles most.

    ``response`` is None where none came.
    """

    live: LivePage
    page: Page
    response: TextResponse | None = None
    shape: Shape | None = None
    resembled: Shape | None = None

    @property
    def role(self) -> PageRole:
        """What it was asked for."""
        return self.live.role


def read_page(
    spider: type[PlatformSpider],
    live: LivePage,
    response: TextResponse | None,
    shapes: Iterable[Shape],
    *,
    control: bool,
) -> ReadPage:
    """Read a page in its role; ``control`` says whether the result page had listings.

    What the crawl decided on the way (a refusal, an address it did not follow) stands.
    """
    decided = Page(state=live.state, reason=live.reason)
    if response is None:
        return ReadPage(live, decided)
    is_own = live.role in {PageRole.own_page, PageRole.gone}
    judged = judge_item(spider, response) if is_own else judge(spider, response)
    page = settled(judged, control)
    if page.state is not live.state:
        return ReadPage(live, decided, response)
    role = PageRole.own_page if is_own else PageRole.listings
    shape = shape_of_page(spider, response, role, page)
    like = nearest(shape, shapes) if shape else None
    live_page = replace(
        live,
        listings=len(page.listings),
        fields=shape.fields if shape else {},
        resembles=like[0].name if like else None,
        likeness=round(like[1], 2) if like else None,
    )
    return ReadPage(live_page, page, response, shape, like[0] if like else None)
