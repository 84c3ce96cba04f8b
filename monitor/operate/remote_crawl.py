"""A crawl that a worker does for the daemon, followed through queue and run log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.config import Config, PantauError
from monitor.model import Run, RunOutcome
from monitor.operate.queue import DEAD_SECONDS, CrawlOrder, CrawlQueue
from monitor.operate.timetable import Due, MisfireAction, misfire_action
from monitor.store import Store

POLL_SECONDS = 10.0
SLACK = timedelta(minutes=2)
"""By how much the clock of a worker may differ; it refuses to start with half of that."""


@dataclass
class RemoteCrawl:
    """A platform's crawl at some worker; the daemon follows it as it does a process of its own.

    ``arrived`` is called with its week when no more of it will come. The end of the daemon ends
    only the following: the crawl goes on, and the next daemon follows it.
    """

    config: Config
    queue: CrawlQueue
    due: Due
    arrived: Callable[[str], object]
    since: datetime
    say: Callable[[str], object]
    poll_seconds: float = POLL_SECONDS
    dead_after: float = DEAD_SECONDS
    last_words: str = ""
    _over: threading.Event = field(default_factory=threading.Event, init=False)

    @property
    def platform(self) -> str:
        """The platform that is crawled."""
        assert self.due.job.platform
        return self.due.job.platform

    def put(self) -> None:
        """Put it into the queue, where the next free worker takes it; raises ``QueueError``."""
        due = self.due
        self.queue.put(CrawlOrder(platform=self.platform, week=due.week, due_at=due.at))

    def follow(self) -> int:
        """Wait until no worker has it and none will take it; 0 where the run log says it went well.

        What a dead worker left is put into the queue anew. An order that nobody has taken when its
        night is over is withdrawn. While the database is away, this waits for it.
        """
        while not self._over.is_set():
            try:
                if self._is_done():
                    self.arrived(self.due.week)
                    return self._judged()
            except PantauError as error:
                self.last_words = str(error)
            self._over.wait(self.poll_seconds)
        return 1

    def _is_done(self) -> bool:
        if self.queue.take_over(self.platform, dead_after=self.dead_after):
            self.say(f"{self.due.job.id}: its worker is dead; it waits for another")
        crawls = [crawl for crawl in self.queue.crawls() if crawl.order.platform == self.platform]
        if crawls and not any(crawl.is_taken for crawl in crawls):
            action = misfire_action(self.due, datetime.now(UTC), self.config)
            if action is not MisfireAction.start and self.queue.withdraw(self.platform):
                self.last_words = "no worker took it in its night"
                return True
        return not crawls

    def _judged(self) -> int:
        with Store.of_home(self.config, create=False) as store:
            run = run_since(store, self.due, self.since)
        if run is None:
            self.last_words = self.last_words or "no worker entered it in the run log"
            return 1
        if run.outcome is RunOutcome.running:
            self.last_words = f"its worker on {run.host} was lost"
            return 1
        return int(run.outcome is RunOutcome.failed)

    def forget(self) -> None:
        """Remove it from the queue, once its end is judged; the next daemon follows it else."""
        self.queue.forget(self.platform)

    def terminate(self) -> None:
        """Follow it no longer."""
        self._over.set()

    def wait_or_kill(self, seconds: float) -> None:
        """Nothing is to be waited for: the crawl is not this machine's."""


def run_since(store: Store, due: Due, since: datetime) -> Run | None:
    """A crawl's entry in the run log that began since then: the newest that asked for a page.

    One that took over from a crawl that had just ended finds nothing left, and says less.
    """
    runs = [
        run
        for run in store.runs.newest(due.job.logged_as, due.week, due.job.platform)
        if run.started_at >= since - SLACK
    ]
    return next((run for run in runs if run.counts.get("pages")), runs[0] if runs else None)
