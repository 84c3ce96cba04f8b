"""Into the evidence goes every response, into the store every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

from monitor.crawl.run_state import RunComponent
from monitor.model import DetailVisit, SampledPage
from monitor.store import StoreError

if TYPE_CHECKING:
    from scrapy.http import Request, Response

NOT_KEPT = "not_kept"
"""The mark of a request, in its ``meta``, whose response is no evidence."""


class EvidenceMiddleware(RunComponent):
    """Keeps each response as received, the closest to the network; ``meta["received"]`` says where.

    Retried, redirected and refused responses are kept like all others; offers' pictures are not.
    What the browser fetched has been kept by the browser's handler.
    """

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep the response and pass it on."""
        if request.meta.get(NOT_KEPT):
            self.run.counts.add("bytes", len(response.body))
        elif "playwright" not in response.flags:
            headers = [
                (name.decode("latin-1"), header.decode("latin-1"))
                for name, headers in response.headers.items()
                for header in headers
            ]
            request.meta["received"] = self.run.evidence.keep(
                response.url,
                response.status,
                headers,
                response.body,
                truncated="dataloss" in response.flags,
            )
        return response


class StorePipeline(RunComponent):
    """One page, one transaction. An error of the store ends the run."""

    def process_item(self, page: SampledPage | DetailVisit) -> SampledPage | DetailVisit:
        """Store the page, count and report it; raises ``DropItem`` where it cannot be stored."""
        run = self.run
        try:
            if isinstance(page, SampledPage):
                run.store.pages.save(run.id, page)
            else:
                run.store.visits.save(run.id, page)
        except StoreError as error:
            run.ending.fail(str(error))
            raise DropItem(str(error)) from error
        run.report(
            {
                "event": "page",
                "platform": page.platform,
                "unit": page.unit_id if isinstance(page, SampledPage) else page.item_id,
                "state": page.state,
                "reason": page.reason,
                "listings": run.counts.add_page(page),
            }
        )
        return page
