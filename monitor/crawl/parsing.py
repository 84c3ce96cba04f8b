"""From a response to a state: refused, listings, the platform's own "nothing found", or unread.

No page without listings counts as ``empty`` unless the platform's own words say so *and* a control
entry of the same platform has listings; a detected crawler is shown the same words. Links to
listings beside those words mean that the page is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from scrapy.http import Response, TextResponse

from monitor.crawl.documents import is_json, readable
from monitor.crawl.refusals import refusal_of
from monitor.crawl.spider import PageError, PlatformSpider, host_of
from monitor.crawl.version import PARSER
from monitor.model import GONE, Listing, UnitState, Value

__all__ = [
    "GONE_STATUS",
    "NO_LISTINGS",
    "PARSER",
    "Page",
    "judge",
    "judge_item",
    "platform_of",
    "recognise",
    "settled",
]

GONE_STATUS = frozenset({404, 410})
NO_LISTINGS = "no listings, and no words of the platform that there are none"
"""Reason of an ``unparseable`` page that is whole but shows nothing known."""


class Page(Value):
    """What a response holds. ``needs_control``: ``empty`` only if a control entry has listings."""

    state: UnitState
    reason: str | None = None
    listings: tuple[Listing, ...] = ()
    total_results: int | None = None
    foreign_results: int | None = None
    needs_control: bool = False


def judge(spider: type[PlatformSpider], response: Response, *, control: bool | None = None) -> Page:
    """What a response of this platform is; never raises for what a response holds.

    ``control`` says whether a control entry of the platform had listings; while it is None, an
    ``empty`` page ``needs_control`` and is to be settled later.
    """
    page = readable(response)
    if refused := _refused(spider, page):
        return refused
    try:
        listings, total = spider.listings(page), spider.total_results(page)
        abroad = spider.foreign_results(page) if listings else None
    except PageError as error:
        return _unread(spider, page, f"{error.field}: {error.problem}")
    if listings:
        return Page(
            state=UnitState.sampled,
            listings=listings,
            total_results=total,
            foreign_results=abroad,
        )
    if total == 0 or _says_nothing_found(spider, page):
        nothing = Page(state=UnitState.empty, total_results=total, needs_control=True)
        return nothing if control is None else settled(nothing, control)
    return _unread(spider, page, NO_LISTINGS)


def judge_item(spider: type[PlatformSpider], response: Response) -> Page:
    """The same for a listing's own page: ``sampled`` with the one listing, or what came instead.

    Where the platform says that it is gone (404, 410, its own words) the page is ``empty`` for that
    reason and ``needs_control``: whoever answers so to everything says nothing about a listing.
    """
    page = readable(response)
    gone = Page(state=UnitState.empty, reason=GONE, needs_control=True)
    if page.status in GONE_STATUS:
        refusal = refusal_of(spider.name, page, bare=True)
        return Page(state=refusal.state, reason=refusal.id) if refusal else gone
    if refused := _refused(spider, page):
        return refused
    try:
        if spider.says_gone(page):
            return gone
        listing = spider.detail(page)
    except PageError as error:
        return _unread(spider, page, f"{error.field}: {error.problem}")
    if listing:
        return Page(state=UnitState.sampled, listings=(listing,))
    unread = _unread(spider, page, "no listing")
    return gone if unread.state is UnitState.unparseable and _says_gone(spider, page) else unread


def settled(page: Page, control: bool) -> Page:
    """An ``empty`` page after the control: empty indeed, or a block that looks like it."""
    if not page.needs_control:
        return page
    if control:
        return Page(state=UnitState.empty, reason=page.reason, total_results=page.total_results)
    return Page(state=UnitState.blocked, reason="soft-block", total_results=page.total_results)


def recognise(
    response: Response,
    spiders: Mapping[str, type[PlatformSpider]],
    hosts: Mapping[str, str] | None = None,
) -> str | None:
    """The platform a response comes from: by the host of its URL, else by its markers.

    ``hosts`` maps hosts to platform ids; a host below one of them is its own. Of several
    platforms whose markers stand in the body the one with the most counts; a tie is None.
    """
    if by_host := platform_of(response.url, hosts or {}):
        return by_host
    found = {
        name: sum(response.body.count(marker.encode()) for marker in spider.markers)
        for name, spider in spiders.items()
    }
    most = max(found.values(), default=0)
    best = [name for name, seen in found.items() if seen == most]
    return best[0] if most and len(best) == 1 else None


def platform_of(url: str, hosts: Mapping[str, str]) -> str | None:
    """The platform whose host, or a host below it, the URL names."""
    host = host_of(url)
    own = [name for name in hosts if f".{host}".endswith("." + name.removeprefix("www."))]
    return hosts[max(own, key=len)] if own else None


def _refused(spider: type[PlatformSpider], page: TextResponse) -> Page | None:
    if refusal := refusal_of(spider.name, page, bare=False):
        return Page(state=refusal.state, reason=refusal.id)
    if page.status >= 400:
        return Page(state=UnitState.unreachable, reason=f"http-{page.status}")
    return None


def _unread(spider: type[PlatformSpider], page: TextResponse, reason: str) -> Page:
    if refusal := refusal_of(spider.name, page, bare=True):
        return Page(state=refusal.state, reason=refusal.id)
    return Page(state=UnitState.unparseable, reason=reason)


def _says_nothing_found(spider: type[PlatformSpider], page: TextResponse) -> bool:
    if is_json(page) or _links_to_listings(spider, page):
        return False
    words = " ".join(" ".join(page.xpath("//body//text()[not(ancestor::script)]").getall()).split())
    return any(marker in words.casefold() for marker in spider.no_results)


def _says_gone(spider: type[PlatformSpider], page: TextResponse) -> bool:
    """Whether the platform's words stand alone as a text of the page."""
    if is_json(page):
        return False
    texts = page.xpath("//body//text()[not(ancestor::script or ancestor::noscript)]").getall()
    said = {" ".join(text.split()).casefold().rstrip(".!") for text in texts}
    return not said.isdisjoint(spider.gone)


def _links_to_listings(spider: type[PlatformSpider], page: TextResponse) -> bool:
    pattern = spider.item_url
    return pattern is not None and any(
        re.search(pattern, address) for address in page.xpath("//a/@href").getall()
    )
