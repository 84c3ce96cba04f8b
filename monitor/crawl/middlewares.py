"""What every request of a run passes, in this order: robots.txt, retries, its turn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware as ScrapyRetryMiddleware
from scrapy.exceptions import IgnoreRequest

from monitor.crawl.pace import Stopped, retry_after
from monitor.crawl.robots import Disallowed, Fetched
from monitor.crawl.transport import FAILURES

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from monitor.crawl.run_state import CrawlRun, RequestGate

NO_ANSWER: tuple[type[Exception], ...] = (*FAILURES, IgnoreRequest)


class RobotsMiddleware:
    """Decides about every request; ``request.meta["robots"]`` carries the decision on."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.run = _run_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware of a crawler whose spider has a run."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request pass; raises ``Disallowed`` where robots.txt forbids it."""
        if request.meta.get("robots_exempt"):
            return
        decision, rules = await self.run.robots.decide(
            request.url, partial(fetch_robots, self.crawler)
        )
        request.meta["robots"] = decision
        self.run.gate.pace.honour(rules.crawl_delay())
        if not decision.allowed:
            raise Disallowed(decision, rules.reason)


async def fetch_robots(crawler: Crawler, url: str) -> Fetched:
    """Fetch a robots.txt through the same downloader, so that it is kept as evidence too."""
    # Its own slot: the page that asks, in the browser, still holds the platform's only one.
    meta = {"robots_exempt": True, "allow_offsite": True, "download_slot": "robots"}
    _run_of(crawler).counts.add("robots")
    try:
        response = await crawler.engine.download_async(Request(url, meta=meta))
    except Stopped:
        raise
    except NO_ANSWER:
        return None, b""
    return (None, b"") if "dataloss" in response.flags else (response.status, response.body)


class GentleMiddleware:
    """Every request of a run waits here for its turn, robots.txt and retries included."""

    def __init__(self, gate: RequestGate) -> None:
        self.gate = gate

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware of a crawler whose spider has a run."""
        return cls(_run_of(crawler).gate)

    async def process_request(self, request: Request) -> None:
        """Wait for the request's turn; raises ``Stopped``."""
        await self.gate.wait_turn()

    def process_response(self, request: Request, response: Response) -> Response:
        """Begin the pause before the next request."""
        self.gate.pace.rest()
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Begin the pause before the next request, unless none went out."""
        if not isinstance(exception, Stopped):
            self.gate.pace.rest()


class RetryMiddleware(ScrapyRetryMiddleware):
    """Scrapy's retries with a backoff, ``Retry-After`` within bounds, and broken-off bodies."""

    def process_response(
        self, request: Request, response: Response, spider: Any = None
    ) -> Request | Response:
        """The request again, or the response where it is not to be retried."""
        if "dataloss" in response.flags:
            return self._retry(request, "truncated") or response
        if response.status in self.retry_http_codes:
            run = _run_of(self.crawler)
            header = response.headers.get("Retry-After")
            seconds = retry_after(header.decode("latin-1") if header else None, run.now())
            if seconds is not None and seconds > run.gate.pace.retry_after_max:
                return response
            run.gate.pace.hold(seconds or 0.0)
        return super().process_response(request, response)

    def _retry(self, request: Request, reason: Any) -> Request | None:
        again = super()._retry(request, reason)
        if again is not None:
            run = _run_of(self.crawler)
            run.counts.add("retries")
            run.gate.pace.back_off(request.meta.get("retry_times", 0))
        return again


def _run_of(crawler: Crawler) -> CrawlRun:
    return crawler.spider.run  # type: ignore[union-attr, no-any-return]
