"""What every request of a run passes, in this order: robots.txt, retries, its turn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware as ScrapyRetryMiddleware
from scrapy.exceptions import IgnoreRequest

from monitor.crawl.network import on_site
from monitor.crawl.pace import Stopped, retry_after
from monitor.crawl.robots import Disallowed, Fetched, UnverifiedError
from monitor.crawl.run_state import RunComponent, run_of
from monitor.crawl.transport import FAILURES, unverified

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response


NO_ANSWER: tuple[type[Exception], ...] = (*FAILURES, IgnoreRequest)


class RobotsMiddleware(RunComponent):
    """Decides about every request; ``request.meta["robots"]`` carries the decision on."""

    async def process_request(self, request: Request) -> None:
        """Let the request pass; raises ``Disallowed`` where robots.txt forbids it.

        A robots.txt that leads to another site than its own or the platform's is not followed.
        """
        if robots_host := request.meta.get("robots_of"):
            if not on_site(request.url, [robots_host, *self.run.platform.hosts]):
                raise IgnoreRequest("robots.txt leads to another site")
            return
        decision, rules = await self.run.robots.decide(
            request.url, partial(fetch_robots, self.crawler)
        )
        request.meta["robots"] = decision
        self.run.gate.pace.honour(rules.crawl_delay())
        if not decision.allowed:
            raise Disallowed(request.url, decision, rules.reason)


async def fetch_robots(crawler: Crawler, url: str) -> Fetched:
    """Fetch a robots.txt through the same downloader, so that it is kept as evidence too.

    Raises ``UnverifiedError`` where the server's certificate is refused.
    """
    # Its own slot: the page that asks, in the browser, still holds the platform's only one.
    meta = {
        "robots_of": urlsplit(url).hostname,
        "allow_offsite": True,
        "download_slot": "robots",
    }
    run_of(crawler).counts.add("robots")
    try:
        response = await crawler.engine.download_async(Request(url, meta=meta))
    except Stopped:
        raise
    except NO_ANSWER as error:
        if unverified(error):
            raise UnverifiedError(url) from error
        return None, b""
    return (None, b"") if "dataloss" in response.flags else (response.status, response.body)


class GentleMiddleware(RunComponent):
    """Every request of a run waits here for its turn, robots.txt and retries included."""

    async def process_request(self, request: Request) -> None:
        """Wait for the request's turn; raises ``Stopped``."""
        await self.run.gate.wait_turn()

    def process_response(self, request: Request, response: Response) -> Response:
        """Begin the pause before the next request."""
        self.run.gate.pace.rest()
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Begin the pause before the next request, unless none went out."""
        if not isinstance(exception, Stopped):
            self.run.gate.pace.rest()


class RetryMiddleware(ScrapyRetryMiddleware):
    """Scrapy's retries with a backoff, ``Retry-After`` within bounds, and broken-off bodies."""

    def process_response(
        self, request: Request, response: Response, spider: Any = None
    ) -> Request | Response:
        """The request again, or the response where it is not to be retried."""
        if "dataloss" in response.flags and not request.meta.get("dont_retry"):
            return self._retry(request, "truncated") or response
        if response.status in self.retry_http_codes:
            run = run_of(self.crawler)
            header = response.headers.get("Retry-After")
            seconds = retry_after(header.decode("latin-1") if header else None, run.now())
            if seconds is not None and seconds > run.gate.pace.retry_after_max:
                return response
            run.gate.pace.hold(seconds or 0.0)
            run.gate.remember()
        return super().process_response(request, response)

    def process_exception(
        self, request: Request, exception: Exception, spider: Any = None
    ) -> Request | Response | None:
        """The request again, unless the failure would only be repeated."""
        # A refused certificate is an answer: asked again, the server would show the same one.
        return None if unverified(exception) else super().process_exception(request, exception)

    def _retry(self, request: Request, reason: Any) -> Request | None:
        again = super()._retry(request, reason)
        if again is not None:
            run = run_of(self.crawler)
            run.counts.add("retries")
            run.gate.pace.back_off(request.meta.get("retry_times", 0))
        return again
