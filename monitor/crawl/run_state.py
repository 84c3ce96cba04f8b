"""One platform's run: what it is of, and its parts, each of which has one job."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from monitor.crawl.pace import Night, Pace, Stopped
from monitor.model import (
    DetailVisit,
    RememberedPace,
    ResponseRecord,
    RunOutcome,
    SampledPage,
    UnitState,
)

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from monitor.config import Config
    from monitor.crawl.robots import Robots
    from monitor.evidence import EvidenceStore
    from monitor.registry import Platform
    from monitor.store import Store
    from monitor.store.claims import PlatformClaim

Report = Callable[[Mapping[str, object]], None]
"""Hears of the run's events; ``monitor.crawl.process.Event`` names them."""


@dataclass
class RunCounts:
    """What a run did: ``totals`` by name for the run log, and the listings of each sampled page.

    ``planned`` is how many pages the run was to ask for. Of ``nodes`` listings in the data of pages
    ``keys`` counts those that have each key.
    """

    totals: Counter[str] = field(default_factory=Counter)
    listings_per_page: list[int] = field(default_factory=list)
    planned: int = 0
    nodes: int = 0
    keys: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, number: int = 1) -> None:
        """Raise a total."""
        self.totals[name] += number

    def add_page(self, page: SampledPage | DetailVisit) -> int:
        """Count a stored page and return how many listings it holds."""
        if isinstance(page, SampledPage):
            listings = len(page.listings)
        else:
            listings = int(page.listing is not None)
        self.totals.update({"pages": 1, page.state: 1, "listings": listings})
        if isinstance(page, SampledPage) and page.unreadable:
            self.add("unreadable", len(page.unreadable))
        if page.state is UnitState.sampled:
            self.listings_per_page.append(listings)
        return listings


class Ending:
    """Why a run ends before all its pages are fetched; of several reasons the first counts.

    ``stopped`` ends it in order, ``failure`` says what broke. ``remark`` is what a person should
    look at though the run ended well.
    """

    def __init__(self) -> None:
        self.stopped: str | None = None
        self.failure: str | None = None
        self.remark: str | None = None
        self._is_stopped = asyncio.Event()

    def stop(self, reason: str) -> None:
        """Ask for no further page; the one in flight is finished."""
        self.stopped = self.stopped or reason
        self._is_stopped.set()

    def fail(self, reason: str) -> None:
        """Stop, since the run itself is broken (the store cannot be written)."""
        self.failure = self.failure or reason
        self.stop("failed")

    async def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until the run is stopped."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self._is_stopped.wait(), seconds)
            except TimeoutError:
                return


@dataclass
class RequestGate:
    """Lets requests out one after another, within the week's budget and the night window.

    ``weekly_requests`` is the budget of all runs of a week, ``used`` what earlier ones took of it.
    ``night`` None means at any time. ``free_space`` returns the bytes that are free for evidence
    and database, of which ``least_free_space`` must be left. ``claim`` is the run's hold on the
    platform in the database, None where there is none; ``remember`` is called when a request goes
    out, and when pauses become longer.
    """

    pace: Pace
    ending: Ending
    counts: RunCounts
    now: Callable[[], datetime]
    weekly_requests: int
    used: int = 0
    night: Night | None = None
    free_space: Callable[[], int] = lambda: sys.maxsize
    least_free_space: int = 0
    claim: PlatformClaim | None = None
    remember: Callable[[], None] = lambda: None

    def resume(self, last: RememberedPace, week: str, most_blocks: int) -> None:
        """Go on as the platform was ``last`` asked, whichever run did it.

        Of an earlier night only the requests of the week count. ``most_blocks`` is how many
        refusals are taken over: the run may still ask once.
        """
        if last.week == week:
            self.used = max(self.used, last.requests)
        if not last.is_of_night(self.now()):
            return
        self.pace.blocks = min(last.blocks, most_blocks)
        if last.not_before:
            # A simulated clock begins anew with each run; a pause is never longer than it was.
            elapsed = max(self.now() - last.asked_at, timedelta())
            wait = last.not_before - last.asked_at - elapsed
            self.pace.hold(min(wait.total_seconds(), self.pace.retry_after_max))

    def memory(self, platform: str, week: str) -> RememberedPace:
        """What the next run must know of how the platform was asked."""
        return RememberedPace(
            platform=platform,
            week=week,
            asked_at=self.now(),
            requests=self.used + self.counts.totals["requests"],
            blocks=self.pace.blocks,
            not_before=self.now() + timedelta(seconds=self.pace.wait()),
        )

    @property
    def requests_left(self) -> int:
        """How many requests the week's budget still allows."""
        return self.weekly_requests - self.used - self.counts.totals["requests"]

    def closed(self) -> str | None:
        """Why no further request may go out now; None where one may."""
        if self.requests_left <= 0:
            return f"the week's {self.weekly_requests} requests are used up"
        if self.night and not self.night.is_open(self.now()):
            opening = self.night.opens(self.now())
            return f"outside the night window, which opens {opening:%F %R} WIB"
        if self.free_space() < self.least_free_space:
            least = self.least_free_space // 2**20
            return f"the disk has less than {least} MiB free; make room below the home"
        return None

    def check(self) -> None:
        """Raise ``Stopped``, and stop the run, where no further request may go out."""
        if reason := self.closed():
            self.ending.stop(reason)
        if self.ending.stopped:
            raise Stopped(self.ending.stopped)

    async def wait_turn(self) -> None:
        """Wait until the next request may go out and count it; raises ``Stopped``.

        A run that lost its hold on the platform asks for nothing more: another may have it.
        """
        self.check()
        await self.ending.sleep(self.pace.wait())
        if self.claim and not await asyncio.to_thread(self.claim.is_held):
            self.ending.fail("the connection that holds the platform in the database is gone")
        self.check()
        self.counts.add("requests")
        self.remember()


@dataclass
class RunEvidence:
    """Keeps what a run receives: responses under the run's week and platform, and screenshots."""

    store: EvidenceStore
    week: str
    platform: str
    counts: RunCounts
    now: Callable[[], datetime]

    def keep(
        self,
        url: str,
        status: int | None,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        **form: bool,
    ) -> ResponseRecord:
        """Keep one response; ``form`` is ``decoded``, ``truncated`` or ``rendered``.

        ``EvidenceStore.keep`` says what these mean.
        """
        if not form.get("rendered"):
            self.counts.add("bytes", len(body))
        return self.store.keep(
            week=self.week,
            platform=self.platform,
            url=url,
            status=status,
            headers=headers,
            body=body,
            at=self.now(),
            stripped=None,
            **form,
        )

    def keep_screenshot(self, item_id: str, png: bytes) -> tuple[str, str]:
        """Keep the picture of a listing's own page; returns its path and SHA-256."""
        safe_id = re.sub(r"[^\w-]", "_", item_id)[:80]
        name = f"{self.platform}-{safe_id}-{self.store.run}.png"
        return self.store.keep_file(week=self.week, name=name, content=png)


@dataclass(frozen=True)
class CrawlRun:
    """One run of one platform, ``id`` in the run log, with the parts it is made of."""

    id: int
    config: Config
    platform: Platform
    week: str
    store: Store
    evidence: RunEvidence
    robots: Robots
    gate: RequestGate
    counts: RunCounts
    ending: Ending
    now: Callable[[], datetime]
    report: Report

    def begin(self, pages: int) -> None:
        """Report how many pages the run is to ask for."""
        self.counts.planned = pages
        self.report({"event": "run", "run": self.id, "units": pages})

    @property
    def outcome(self) -> RunOutcome:
        """How the run ended, if it ended now."""
        if self.ending.failure:
            return RunOutcome.failed
        return RunOutcome.stopped if self.ending.stopped else RunOutcome.done

    @property
    def reason(self) -> str | None:
        """Why it ended early, or that it ended without one sampled page; else None."""
        if reason := self.ending.failure or self.ending.stopped:
            return reason
        if not self.counts.planned:
            return "nothing was left to fetch"
        return None if self.counts.totals[UnitState.sampled] else "no page was sampled"


def run_of(crawler: Crawler) -> CrawlRun:
    """The run that a crawler's spider fetches for."""
    run: CrawlRun = crawler.spider.run  # type: ignore[union-attr]
    return run


class RunComponent:
    """A middleware or pipeline of Scrapy that works for a run."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.run = run_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """As Scrapy makes its components."""
        return cls(crawler)
