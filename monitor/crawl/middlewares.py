"""What every request of a run passes, in this order: robots.txt, retries, its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware as ScrapyRetryMiddleware
from scrapy.exceptions import IgnoreRequest

from monitor.crawl.pace import Stopped, retry_after
from monitor.crawl.robots import Disallowed, Fetched, UnverifiedError
from monitor.crawl.session import Session
from monitor.crawl.transport import FAILURES, unverified

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

NO_ANSWER: tuple[type[Exception], ...] = (*FAILURES, IgnoreRequest)


class RobotsMiddleware:
    """Decides about every request; ``request.meta["robots"]`` carries the decision on."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.session: Session = crawler.spider.session  # type: ignore[union-attr]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots_exempt"):
            return
        decision, rules = await self.session.robots.decide(request.url, self._fetch)
        request.meta["robots"] = decision
        self.session.pace.honour(rules.crawl_delay())
        if not decision.allowed:
            raise Disallowed(decision, rules.reason)

    async def _fetch(self, url: str) -> Fetched:
        return await fetch_robots(self.crawler, url)


async def fetch_robots(crawler: Crawler, url: str) -> Fetched:
    """robots.txt through the same downloader, so that it is kept as evidence too.

    Raises ``UnverifiedError`` where the server's certificate is refused.
    """
    # Its own slot: the page that asks, in the browser, still holds the platform's only one.
    meta = {"robots_exempt": True, "allow_offsite": True, "download_slot": "robots"}
    request = Request(url, meta=meta)
    session: Session = crawler.spider.session  # type: ignore[union-attr]
    session.count("robots")
    try:
        response = await crawler.engine.download_async(request)
    except Stopped:
        raise
    except NO_ANSWER as error:
        if unverified(error):
            raise UnverifiedError(url) from error
        return None, b""
    return (None, b"") if "dataloss" in response.flags else (response.status, response.body)


class GentleMiddleware:
    """Every request of a run waits here for its turn, robots.txt and retries included."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.spider.session)  # type: ignore[union-attr]

    async def process_request(self, request: Request) -> None:
        self.session.check_may_ask()
        await self.session.pause(self.session.pace.wait())
        self.session.check_may_ask()
        self.session.count("requests")

    def process_response(self, request: Request, response: Response) -> Response:
        self.session.pace.rest()
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if not isinstance(exception, Stopped):
            self.session.pace.rest()


class RetryMiddleware(ScrapyRetryMiddleware):
    """Scrapy's retries with a backoff, ``Retry-After`` within bounds, and broken-off bodies."""

    def process_response(
        self, request: Request, response: Response, spider: Any = None
    ) -> Request | Response:
        if "dataloss" in response.flags:
            return self._retry(request, "truncated") or response
        session: Session = self.crawler.spider.session  # type: ignore[union-attr]
        if response.status in self.retry_http_codes:
            given = response.headers.get("Retry-After")
            asked = retry_after(given.decode("latin-1") if given else None, session.now())
            if asked is not None and asked > session.pace.retry_after_max:
                return response
            session.pace.hold(asked or 0.0)
        return super().process_response(request, response)

    def process_exception(
        self, request: Request, exception: Exception, spider: Any = None
    ) -> Request | Response | None:
        # A refused certificate is an answer: asked again, the server would show the same one.
        return None if unverified(exception) else super().process_exception(request, exception)

    def _retry(self, request: Request, reason: Any) -> Request | None:
        again = super()._retry(request, reason)
        if again is not None:
            session: Session = self.crawler.spider.session  # type: ignore[union-attr]
            session.count("retries")
            session.pace.back_off(request.meta.get("retry_times", 0))
        return again
