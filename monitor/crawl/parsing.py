"""From a response to a state: refused, listings, the platform's own "nothing found", or unread.

No page without listings counts as ``empty`` unless the platform's own words say so *and* a control
entry of the same platform has listings; a detected crawler is shown the same words. Links to
listings beside those words mean that the page is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from scrapy.http import Response, TextResponse

from monitor.classify.displayed import displayed_information
from monitor.crawl.documents import is_json, readable
from monitor.crawl.refusals import refusal_of
from monitor.crawl.spider import PageError, PlatformSpider, host_of
from monitor.crawl.version import PARSER
from monitor.model import GONE, DisplayedInformation, Listing, UnitState, UnreadablePosition, Value

GONE_STATUS = frozenset({404, 410})
NO_LISTINGS = "no listings, and no words of the platform that there are none"
"""Reason of an ``unparseable`` page that is whole but shows nothing known."""
SOFT_BLOCK = "soft-block"
CONTRADICTION = "contradiction"
"""How the reason begins why a page whose data contradict its own cards is not read."""
"""Reason of a ``blocked`` page that says "nothing found" where other pages say so, too."""


class Page(Value):
    """What a response holds. ``needs_control``: ``empty`` only if a control entry has listings.

    ``envelope``, ``nodes`` and ``keys`` are those of ``ShownPage``.
    """

    state: UnitState
    reason: str | None = None
    listings: tuple[Listing, ...] = ()
    unreadable: tuple[UnreadablePosition, ...] = ()
    total_results: int | None = None
    foreign_results: int | None = None
    displayed: DisplayedInformation | None = None
    needs_control: bool = False
    envelope: str | None = None
    nodes: int = 0
    keys: dict[str, int] = msgspec.field(default_factory=dict)

    def reading(self) -> dict[str, Any]:
        """The fields of a ``SampledPage`` that reading its response decides about."""
        names = set(self.__struct_fields__) - {"needs_control", "envelope", "nodes", "keys"}
        return {"parser": PARSER} | {name: getattr(self, name) for name in names}


def judge(spider: type[PlatformSpider], response: Response, *, control: bool | None = None) -> Page:
    """What a response of this platform is; never raises for what a response holds.

    ``control`` says whether a control entry of the platform had listings; while it is None, an
    ``empty`` page ``needs_control`` and is to be settled later.
    """
    readable_response = readable(response)
    if refused := _refused(spider, readable_response):
        return refused
    try:
        shown = spider.shown_page(readable_response)
        total = spider.total_results(readable_response)
        foreign = spider.foreign_results(readable_response) if shown.listings else None
    except PageError as error:
        return _without_listings(spider, readable_response, f"{error.field}: {error.problem}")
    if shown.listings:
        return Page(
            state=UnitState.sampled,
            listings=shown.listings,
            unreadable=shown.unreadable,
            total_results=total,
            foreign_results=foreign,
            envelope=shown.envelope,
            nodes=shown.nodes,
            keys=shown.keys,
        )
    if total == 0 or _says_nothing_found(spider, readable_response):
        empty = Page(state=UnitState.empty, total_results=total, needs_control=True)
        return empty if control is None else settled(empty, control)
    return _without_listings(spider, readable_response, NO_LISTINGS)


def judge_item(spider: type[PlatformSpider], response: Response) -> Page:
    """The same for a listing's own page: ``sampled`` with the one listing, or what came instead.

    Where the platform says that it is gone (404, 410, its own words) the page is ``empty`` for that
    reason and ``needs_control``: whoever answers so to everything says nothing about a listing.
    """
    readable_response = readable(response)
    gone = Page(state=UnitState.empty, reason=GONE, needs_control=True)
    if response.status in GONE_STATUS:
        refusal = refusal_of(spider.name, readable_response, bare=True)
        return Page(state=refusal.state, reason=refusal.id) if refusal else gone
    if refused := _refused(spider, readable_response):
        return refused
    try:
        if spider.says_gone(readable_response):
            return gone
        listing = spider.detail(readable_response)
    except PageError as error:
        return _without_listings(spider, readable_response, f"{error.field}: {error.problem}")
    if listing:
        displayed = displayed_information(spider.own_texts(readable_response), listing)
        return Page(state=UnitState.sampled, listings=(listing,), displayed=displayed)
    page = _without_listings(spider, readable_response, "no listing")
    says_gone = page.state is UnitState.unparseable and _says_gone(spider, readable_response)
    return gone if says_gone else page


def settled(page: Page, control: bool) -> Page:
    """A page that ``needs_control`` once that is known: empty indeed, or a block that looks so.

    ``control`` says whether the control entry still has listings. Other pages stay as they are.
    """
    if not page.needs_control:
        return page
    if control:
        return Page(state=UnitState.empty, reason=page.reason, total_results=page.total_results)
    return Page(state=UnitState.blocked, reason=SOFT_BLOCK, total_results=page.total_results)


def recognise(
    response: Response,
    spiders: Mapping[str, type[PlatformSpider]],
    hosts: Mapping[str, str] | None = None,
) -> str | None:
    """The platform a response comes from: by the host of its URL, else by its markers.

    ``hosts`` maps hosts to platform ids, as for ``platform_of``. Of several platforms whose markers
    stand in the body it is the one with the most of them; where two have as many it is None.
    """
    if platform := platform_of(response.url, hosts or {}):
        return platform
    markers = {
        name: sum(response.body.count(marker.encode()) for marker in spider.markers)
        for name, spider in spiders.items()
    }
    most = max(markers.values(), default=0)
    platforms = [name for name, count in markers.items() if count == most]
    return platforms[0] if most and len(platforms) == 1 else None


def platform_of(url: str, hosts: Mapping[str, str]) -> str | None:
    """The platform of the URL's host by ``hosts`` (host to platform id); None for any other.

    A host below a known one (``m.shopee.co.id``) belongs to the same platform, unless it is known
    itself.
    """
    host = host_of(url)
    parents = [name for name in hosts if f".{host}".endswith("." + name.removeprefix("www."))]
    return hosts[max(parents, key=len)] if parents else None


def _refused(spider: type[PlatformSpider], response: TextResponse) -> Page | None:
    """The page of a response that is refused or failed by its status, whatever it holds."""
    if refusal := refusal_of(spider.name, response, bare=False):
        return Page(state=refusal.state, reason=refusal.id)
    if response.status >= 400:
        return Page(state=UnitState.unreachable, reason=f"http-{response.status}")
    return None


def _without_listings(spider: type[PlatformSpider], response: TextResponse, reason: str) -> Page:
    """A page without listings: refused where a signature says so, else unparseable."""
    if refusal := refusal_of(spider.name, response, bare=True):
        return Page(state=refusal.state, reason=refusal.id)
    return Page(state=UnitState.unparseable, reason=reason)


def _says_nothing_found(spider: type[PlatformSpider], response: TextResponse) -> bool:
    """Whether the platform's words stand on the page, and no link to a listing beside them."""
    if is_json(response):
        return False
    if spider.item_id_pattern is not None and any(
        re.search(spider.item_id_pattern, address)
        for address in response.xpath("//a/@href").getall()
    ):
        return False
    texts = response.xpath("//body//text()[not(ancestor::script)]").getall()
    words = " ".join(" ".join(texts).split()).casefold()
    return any(text in words for text in spider.no_results_texts)


def _says_gone(spider: type[PlatformSpider], response: TextResponse) -> bool:
    """Whether the platform's words stand alone as a text of the page."""
    if is_json(response):
        return False
    texts = response.xpath("//body//text()[not(ancestor::script or ancestor::noscript)]").getall()
    words = {" ".join(text.split()).casefold().rstrip(".!") for text in texts}
    return not words.isdisjoint(spider.gone_texts)
