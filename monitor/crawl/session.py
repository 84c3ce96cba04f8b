"""What one platform's run shares between spider, middlewares and pipeline."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.crawl.pace import Night, Pace, Stopped, sleep_unless
from monitor.model import DetailVisit, Origin, PlannedUnit, SampledPage, UnitState

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.crawl.details import Target
    from monitor.crawl.robots import Robots
    from monitor.evidence import EvidenceStore
    from monitor.registry import Platform
    from monitor.store import Store

Report = Callable[[Mapping[str, object]], None]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Session:
    """One run. ``counts`` goes into the ledger; ``stopped`` says why no more is asked,
    ``remark`` what a person should look at though the run ended well."""

    config: Config
    platform: Platform
    week: str
    origin: Origin
    run_id: int
    store: Store
    evidence: EvidenceStore
    robots: Robots
    pace: Pace
    budget: int
    units: tuple[PlannedUnit, ...] = ()
    targets: tuple[Target, ...] = ()
    wanted: int = 0
    control: str | None = None
    night: Night | None = None
    report: Report = lambda event: None
    browser: bool = False
    now: Callable[[], datetime] = _utc_now
    counts: Counter[str] = field(default_factory=Counter)
    sizes: list[int] = field(default_factory=list)
    blocks: int = 0
    stopped: str | None = None
    failure: str | None = None
    remark: str | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] += by

    def stop(self, reason: str) -> None:
        """Ask nothing more; the page in flight is finished. The first reason counts."""
        self.stopped = self.stopped or reason
        self._wake.set()

    def fail(self, reason: str) -> None:
        """The run itself is broken (the store cannot be written)."""
        self.failure = self.failure or reason
        self.stop("failed")

    def blocked(self, reason: str) -> None:
        """The first block slows the run, repeated ones stop it: a block is not fought."""
        self.blocks += 1
        self.pace.slow()
        if self.refused:
            self.stop(f"refused: {reason}")

    @property
    def refused(self) -> bool:
        """Whether the platform refused as often as ends the run."""
        return self.blocks >= self.config.crawl.blocks_before_stop

    def done(self, page: SampledPage | DetailVisit) -> None:
        """A page is stored: count and report it."""
        found = page.listings if isinstance(page, SampledPage) else [page.listing]
        listings = sum(1 for listing in found if listing)
        self.counts.update({"pages": 1, page.state: 1, "listings": listings})
        if page.state is UnitState.sampled:
            self.sizes.append(listings)
        self.report(
            {
                "event": "page",
                "platform": page.platform,
                "unit": page.unit_id if isinstance(page, SampledPage) else page.item_id,
                "state": page.state,
                "reason": page.reason,
                "listings": listings,
            }
        )

    def keep_picture(self, item_id: str, picture: bytes) -> tuple[str, str]:
        """A screenshot beside the records: its path and SHA-256."""
        name = re.sub(r"[^\w-]", "_", item_id)[:80]
        return self.evidence.keep_file(
            week=self.week, name=f"{self.platform.id}-{name}-{self.run_id}.png", data=picture
        )

    async def pause(self, seconds: float) -> None:
        """Wait, unless the run is stopped meanwhile."""
        await sleep_unless(self._wake, seconds)

    def check_may_ask(self) -> None:
        """Raises ``Stopped`` where no further request may go out."""
        if self.counts["requests"] >= self.budget:
            self.stop(f"the week's {self.config.crawl.weekly_requests} requests are used up")
        elif self.night and not self.night.is_open(self.now()):
            self.stop(
                f"outside the night window, which opens {self.night.opens(self.now()):%F %R} WIB"
            )
        if self.stopped:
            raise Stopped(self.stopped)
