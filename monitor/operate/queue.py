"""The crawls that wait for a worker or run at one: Procrastinate's tables, beside the store's own.

They have a PostgreSQL schema to themselves and hold nothing that cannot be made anew: what ran, and
how it ended, says the run log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

from monitor.config import PantauError
from monitor.model import Value
from monitor.store.database import libpq_address

if TYPE_CHECKING:
    from procrastinate import App, PsycopgConnector
    from procrastinate.jobs import Job

SCHEMA = "pantau_queue"
TASK = "crawl"
DEAD_SECONDS = 60.0
"""Without a sign of life for so long a worker is dead; it gives one every ``BEAT_SECONDS``."""
BEAT_SECONDS = 10.0
LIBRARY = "procrastinate"
T = TypeVar("T")


class QueueError(PantauError):
    """The queue cannot be used."""


class CrawlOrder(Value):
    """A crawl to be done: what of, and the firing (UTC) that it is due since."""

    platform: str
    week: str
    due_at: datetime


@dataclass(frozen=True)
class QueuedCrawl:
    """An order in the queue; ``is_taken`` once a worker has it."""

    order: CrawlOrder
    is_taken: bool


def queue_name(platform: str) -> str:
    """The queue, and the lock, of a platform's crawls: one waits and one runs at most."""
    return f"crawl-{platform}"


def require_library() -> None:
    """Raise ``QueueError`` where Procrastinate is not installed."""
    if find_spec(LIBRARY) is None:
        raise QueueError(
            "workers need Procrastinate, which is not installed: pip install"
            " 'pantau-impor[distributed]'"
        )


@dataclass(frozen=True)
class CrawlQueue:
    """The queue in the database at ``url``; every method raises ``QueueError``."""

    url: str

    def make_tables(self) -> bool:
        """Make the tables, or make them anew for another version of Procrastinate.

        Returns whether any were made. Raises ``QueueError`` where another version's still hold an
        order: what waits there is lost otherwise.
        """
        return self._call(_make_tables)

    def require_tables(self) -> None:
        """Raise ``QueueError`` where the tables are not those of the installed Procrastinate."""
        if self._call(_tables_version) != version(LIBRARY):
            raise QueueError(
                f"the queue of the workers is missing, or of another version than {LIBRARY}"
                f" {version(LIBRARY)}; run: pantau db upgrade"
            )

    def put(self, order: CrawlOrder, *, delay: int = 0) -> bool:
        """Put an order into the queue, to be taken in ``delay`` seconds.

        Returns False where another of its platform waits already, which does the same.
        """

        async def put(app: App) -> bool:
            """Put it there."""
            return await put_order(app, order, delay=delay)

        return self._call(put)

    def crawls(self) -> tuple[QueuedCrawl, ...]:
        """The orders that wait or run, by platform."""
        return self._call(_crawls)

    def orders(self) -> tuple[CrawlOrder, ...]:
        """The newest order of each platform, also one that is done and not forgotten yet."""

        async def orders(app: App) -> tuple[CrawlOrder, ...]:
            """Those of all jobs, the oldest first."""
            jobs = await app.job_manager.list_jobs_async(task=TASK)
            by_platform = {job.queue: _order(job) for job in sorted(jobs, key=_id)}
            return tuple(by_platform.values())

        return self._call(orders)

    def forget(self, platform: str) -> None:
        """Remove the orders of a platform that are done."""

        async def forget(app: App) -> None:
            """Delete the jobs that have ended, however they did."""
            await app.job_manager.delete_old_jobs(
                nb_hours=0,
                queue=queue_name(platform),
                include_failed=True,
                include_cancelled=True,
                include_aborted=True,
            )

        self._call(forget)

    def withdraw(self, platform: str) -> bool:
        """Take back an order that no worker has taken; returns whether there was one."""

        async def withdraw(app: App) -> bool:
            """Cancel what waits."""
            jobs = await app.job_manager.list_jobs_async(queue=queue_name(platform), status="todo")
            withdrawn = [
                await app.job_manager.cancel_job_by_id_async(_id(job), delete_job=True)
                for job in jobs
            ]
            return any(withdrawn)

        return self._call(withdraw)

    def take_over(self, platform: str, *, dead_after: float = DEAD_SECONDS) -> bool:
        """Put the order of a dead worker into the queue anew; returns whether there was one.

        Anew, since a retry of the same job would meet its own queueing lock.
        """

        async def take_over(app: App) -> bool:
            """End the jobs of dead workers, and put one in their place."""
            from procrastinate.jobs import Status

            stalled = await app.job_manager.get_stalled_jobs(
                queue=queue_name(platform), seconds_since_heartbeat=dead_after
            )
            for job in list(stalled):
                await app.job_manager.finish_job_by_id_async(
                    _id(job), Status.FAILED, delete_job=True
                )
                await put_order(app, _order(job))
                return True
            return False

        return self._call(take_over)

    def _call(self, work: Callable[[App], Awaitable[T]]) -> T:
        """Do some work on the queue, with a connection of its own."""

        async def call() -> T:
            """Open the queue for this alone."""
            async with opened(self.url) as app:
                return await work(app)

        return asyncio.run(call())


@asynccontextmanager
async def opened(url: str, *, connections: int = 1) -> AsyncIterator[App]:
    """Procrastinate on the database at ``url``; raises ``QueueError``, one line each."""
    require_library()
    from procrastinate import App
    from procrastinate.exceptions import ConnectorException
    from psycopg_pool import PoolTimeout

    # Each failed attempt would be told, with its traceback, beside the one line of the error.
    for name in ("psycopg.pool", LIBRARY):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    app = App(connector=_connector(url, connections))
    try:
        async with app.open_async():
            yield app
    except (ConnectorException, PoolTimeout) as error:
        cause = " ".join(str(error.__cause__ or error).split())
        raise QueueError(f"the queue in the database cannot be used: {cause}") from error


def _connector(url: str, connections: int) -> PsycopgConnector:
    from procrastinate import PsycopgConnector

    return PsycopgConnector(
        conninfo=libpq_address(url),
        kwargs={"options": f"-c search_path={SCHEMA}", "application_name": "pantau queue"},
        min_size=1,
        max_size=connections,
        timeout=10.0,
    )


async def put_order(app: App, order: CrawlOrder, *, delay: int = 0) -> bool:
    """Put an order into the queue; False where another of its platform waits already."""
    from procrastinate.exceptions import AlreadyEnqueued

    name = queue_name(order.platform)
    task = app.configure_task(
        TASK,
        queue=name,
        lock=name,
        queueing_lock=name,
        schedule_in={"seconds": delay} if delay else None,
    )
    with suppress(AlreadyEnqueued):
        await task.defer_async(
            platform=order.platform, week=order.week, due_at=order.due_at.isoformat()
        )
        return True
    return False


async def _crawls(app: App) -> tuple[QueuedCrawl, ...]:
    waiting = await app.job_manager.list_jobs_async(task=TASK, status="todo")
    running = await app.job_manager.list_jobs_async(task=TASK, status="doing")
    crawls = [
        *(QueuedCrawl(_order(job), is_taken=False) for job in waiting),
        *(QueuedCrawl(_order(job), is_taken=True) for job in running),
    ]
    return tuple(sorted(crawls, key=lambda crawl: crawl.order.platform))


async def _tables_version(app: App) -> str | None:
    row = await app.connector.execute_query_one_async(
        "SELECT obj_description(to_regnamespace(%(schema)s), 'pg_namespace') AS version",
        schema=SCHEMA,
    )
    made_by = row["version"]
    return str(made_by) if made_by else None


async def _make_tables(app: App) -> bool:
    made_by, installed = await _tables_version(app), version(LIBRARY)
    if made_by == installed:
        return False
    if made_by and await _crawls(app):
        raise QueueError(
            f"the queue of {LIBRARY} {made_by} still holds crawls; when they are done, stop workers"
            " and daemon and run: pantau db upgrade"
        )
    execute: Callable[[str], Awaitable[None]] = app.connector.execute_query_async
    await execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    await execute(f"CREATE SCHEMA {SCHEMA}")
    await app.schema_manager.apply_schema_async()
    await execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{installed}'")
    return True


def _order(job: Job) -> CrawlOrder:
    words = {name: str(job.task_kwargs[name]) for name in ("platform", "week", "due_at")}
    return order_of(**words)


def order_of(platform: str, week: str, due_at: str) -> CrawlOrder:
    """An order as a task's arguments name it."""
    return CrawlOrder(platform=platform, week=week, due_at=datetime.fromisoformat(due_at))


def _id(job: Job) -> int:
    assert job.id is not None
    return job.id
