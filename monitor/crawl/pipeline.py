"""Into the evidence goes every response, into the store every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy.exceptions import DropItem

from monitor.model import DetailVisit, ResponseRecord, SampledPage
from monitor.store import StoreError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response

    from monitor.crawl.session import Session


class EvidenceMiddleware:
    """Keeps each response as received, the closest to the network; ``meta["received"]`` says where.

    Retried, redirected and refused responses are kept like all others. What the browser fetched
    has been kept by the browser's handler.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.spider.session)  # type: ignore[union-attr]

    def process_response(self, request: Request, response: Response) -> Response:
        if "playwright" not in response.flags:
            request.meta["received"] = keep(self.session, response)
        return response


def keep(session: Session, response: Response) -> ResponseRecord:
    """One Scrapy response into the evidence of the session's run."""
    session.count("bytes", len(response.body))
    return session.evidence.keep(
        week=session.week,
        platform=session.platform.id,
        url=response.url,
        status=response.status,
        headers=[
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        ],
        body=response.body,
        at=session.now(),
        truncated="dataloss" in response.flags,
    )


class StorePipeline:
    """One page, one transaction. An error of the store ends the run."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.spider.session)  # type: ignore[union-attr]

    def process_item(self, item: SampledPage | DetailVisit) -> SampledPage | DetailVisit:
        store, run_id = self.session.store, self.session.run_id
        try:
            if isinstance(item, SampledPage):
                store.pages.save(run_id, item)
            else:
                store.visits.save(run_id, item)
        except StoreError as error:
            self.session.fail(str(error))
            raise DropItem(str(error)) from error
        self.session.done(item)
        return item
