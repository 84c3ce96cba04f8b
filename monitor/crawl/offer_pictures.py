"""The number of an offer's first picture, learnt while its own page is visited.

The picture is asked for once, the way every request of the run goes: robots.txt of its host, the
pauses, the week's budget. It is neither retried nor followed elsewhere, and it is not kept. What
goes wrong is counted, and says nothing of the platform: a picture's host is often another's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace
from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from monitor.classify.picture_hash import PictureError, picture_hash
from monitor.crawl import settings
from monitor.crawl.pace import Stopped
from monitor.crawl.pipeline import NOT_KEPT
from monitor.crawl.robots import Disallowed
from monitor.crawl.transport import FAILURES, TOO_LARGE, reason_of
from monitor.model import DetailVisit, UnitState

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from monitor.crawl.listing_crawl import StoredPage
    from monitor.crawl.run_state import CrawlRun

REFUSALS = (401, 403, 429, 503)
"""HTTP states after which the run asks for no further picture."""


class NoPicture(Exception):  # noqa: N818 (an outcome, not an error)
    """A visit ends without a number; ``reason`` is counted."""

    def __init__(self, reason: str, *, is_refusal: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_refusal = is_refusal


class OfferPictures:
    """Learns numbers of pictures for one run; those that the store has are not asked for again."""

    def __init__(self, crawler: Crawler, run: CrawlRun) -> None:
        self._crawler = crawler
        self._run = run
        self._failures_in_a_row = 0
        self._known_hashes = {
            _address(url): number
            for url, number in run.store.visits.hashes_by_address(run.platform.id).items()
        }

    async def of(self, visit: StoredPage) -> StoredPage:
        """The visit with its picture's number, or as it is; never raises."""
        if not isinstance(visit, DetailVisit) or visit.state is not UnitState.sampled:
            return visit
        url = visit.listing.image_url if visit.listing else None
        try:
            number = await self._number(url)
        except NoPicture as miss:
            self._run.counts.add(f"no_picture: {miss.reason}")
            return visit
        return replace(visit, picture_hash=number)

    async def _number(self, url: str | None) -> str:
        """The number of the picture at ``url``; raises ``NoPicture``."""
        if not url or not (address := _address(url)):
            raise NoPicture("no address")
        if number := self._known_hashes.get(address):
            self._run.counts.add("pictures_known")
            return number
        self._require_room()
        try:
            number = picture_hash(await self._download(url))
        except PictureError as error:
            raise NoPicture(error.reason) from error
        except NoPicture as miss:
            self._failures_in_a_row += 1
            if miss.is_refusal:
                self._failures_in_a_row = settings.UNREACHABLE_BEFORE_STOP
            raise
        self._failures_in_a_row = 0
        self._known_hashes[address] = number
        self._run.counts.add("pictures")
        return number

    def _require_room(self) -> None:
        """Raise ``NoPicture`` where pictures are refused, or the requests are needed for pages."""
        if self._failures_in_a_row >= settings.UNREACHABLE_BEFORE_STOP:
            raise NoPicture("given up")
        run = self._run
        # One request for the picture, and one for the robots.txt of its host.
        needed = run.counts.planned - run.counts.totals["pages"] - 1 + 2
        if run.ending.stopped or run.gate.closed() or run.gate.requests_left < needed:
            raise NoPicture("no room")

    async def _download(self, url: str) -> bytes:
        """The file at ``url``; raises ``NoPicture``."""
        timeout = self._crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        request = Request(
            url,
            headers={"Accept": "image/*"},
            meta={
                NOT_KEPT: True,
                "allow_offsite": True,
                "dont_redirect": True,
                "dont_retry": True,
                "download_maxsize": settings.PICTURE_BYTES,
                "download_timeout": min(timeout, settings.PICTURE_TIMEOUT),
            },
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except Stopped as error:
            raise NoPicture("no room") from error
        except Disallowed as refusal:
            raise NoPicture(refusal.reason) from refusal
        except IgnoreRequest as error:
            too_large = "DOWNLOAD_MAXSIZE" in str(error)
            raise NoPicture(TOO_LARGE if too_large else "not asked for") from error
        except FAILURES as error:
            raise NoPicture(reason_of(error)) from error
        if response.status != 200:
            refused = response.status in REFUSALS
            raise NoPicture(f"HTTP {response.status}", is_refusal=refused)
        if "dataloss" in response.flags:
            raise NoPicture("truncated")
        return response.body


def _address(url: str) -> str | None:
    """What names a picture on whichever of a platform's hosts: its path and query; None of no URL.

    A picture's file name alone would not do: some shops call every first picture the same.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return f"{parts.path}?{parts.query}"
