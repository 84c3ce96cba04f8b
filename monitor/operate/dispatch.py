"""The daemon's side of its workers: what they must be, what they get, what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.config import Config, PantauError, week_of
from monitor.evidence import seal
from monitor.model import RunOutcome
from monitor.operate.queue import DEAD_SECONDS, CrawlQueue
from monitor.operate.remote_crawl import POLL_SECONDS, RemoteCrawl
from monitor.operate.spool import fetch_brought
from monitor.operate.timetable import Due, Job, in_night
from monitor.operate.worker import worker_versions
from monitor.registry import load_registry
from monitor.store import Store

SILENT_SECONDS = 300.0
"""Without a sign of life for so long a crawl is told to be silent."""


@dataclass
class Dispatch:
    """Gives crawls to the workers of a database.

    The queue is looked at every ``poll_seconds``; a worker that gave no sign of life for
    ``dead_after`` seconds is dead, and another gets its crawl.
    """

    config: Config
    say: Callable[[str], object]
    poll_seconds: float = POLL_SECONDS
    dead_after: float = DEAD_SECONDS
    _arrival: str | None = field(default=None, init=False)

    @property
    def queue(self) -> CrawlQueue:
        """The queue in the database of the home."""
        return CrawlQueue(self.config.database_url)

    def begin(self, store: Store, jobs: Iterable[Job]) -> Iterator[RemoteCrawl]:
        """Say what workers must be; yields the crawls that an earlier daemon gave to them.

        Also those that ended while there was no daemon, so that they are judged.
        Raises ``QueueError`` where the queue is not there.
        """
        self.queue.require_tables()
        registry = load_registry(self.config.registry, self.config.confirmations)
        store.workers.require_versions(worker_versions(self.config, registry))
        if not store.count_pages():
            self.config.evidence.mkdir(parents=True, exist_ok=True)
        crawl_jobs = {job.platform: job for job in jobs}
        for order in self.queue.orders():
            if job := crawl_jobs.get(order.platform):
                due = Due(job=job, at=order.due_at, week=order.week)
                yield self._crawl(due, order.due_at)

    def put(self, due: Due, now: datetime) -> RemoteCrawl:
        """Give an overdue crawl to the workers; raises ``QueueError``."""
        crawl = self._crawl(due, now)
        crawl.put()
        return crawl

    def _crawl(self, due: Due, since: datetime) -> RemoteCrawl:
        return RemoteCrawl(
            self.config,
            self.queue,
            due,
            arrived=self._bring_in,
            since=since,
            say=self.say,
            poll_seconds=self.poll_seconds,
            dead_after=self.dead_after,
        )

    def _bring_in(self, week: str) -> None:
        """Fetch and seal what workers brought; what cannot be fetched now is ``trouble``."""
        try:
            with Store.of_home(self.config, create=False) as store:
                fetch_brought(self.config, store)
            seal(self.config.evidence, week)
        except PantauError as error:
            self._arrival = str(error)
        else:
            self._arrival = None

    def trouble(self, store: Store, jobs: Iterable[Job], now: datetime) -> str | None:
        """Fetch what came late, and return what is wrong with the workers, in one line."""
        if store.workers.on_the_way():
            self._bring_in(week_of(now))
        lines = silent_crawls(store, now)
        platforms = {job.platform for job in jobs if job.platform}
        missing = uncovered_platforms(store, platforms, now)
        if missing and (self.config.demo_url or in_night(self.config, now)):
            lines.append(f"no worker takes {', '.join(missing)}; start one: pantau worker")
        if self._arrival:
            lines.append(self._arrival)
        return f"workers: {'; '.join(lines)}" if lines else None


def silent_crawls(store: Store, now: datetime) -> list[str]:
    """A line for each crawl of the run log that gives no sign of life any more."""
    limit = now - timedelta(seconds=SILENT_SECONDS)
    return [
        f"the {run.job} of {run.platform} on {run.host} gives no sign of life since"
        f" {run.heartbeat_at:%H:%M} UTC"
        for run in store.runs.newest()
        if run.outcome is RunOutcome.running and run.heartbeat_at and run.heartbeat_at < limit
    ]


def uncovered_platforms(store: Store, platforms: set[str], now: datetime) -> list[str]:
    """The platforms that no living worker takes."""
    limit = now - timedelta(seconds=2 * DEAD_SECONDS)
    covered = {
        platform
        for worker in store.workers.all()
        if worker.ended_at is None and worker.seen_at > limit
        for platform in worker.platforms
    }
    return sorted(platforms - covered)
