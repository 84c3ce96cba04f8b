"""A worker: takes crawls of the queue, one a platform, and brings away what they received.

It may stand on any machine that reaches the database. Reading, pace and settings must be those of
the daemon: pages that one machine reads otherwise than another would be two measurements.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from monitor.config import Config, PantauError
from monitor.crawl.chromium import find_chromium
from monitor.crawl.process import STOP_SECONDS, CrawlResult, require_contact, run_children
from monitor.crawl.version import PARSER
from monitor.evidence.targets import target_of
from monitor.model import Origin
from monitor.operate.queue import (
    BEAT_SECONDS,
    DEAD_SECONDS,
    TASK,
    CrawlOrder,
    CrawlQueue,
    opened,
    order_of,
    put_order,
    queue_name,
    require_library,
)
from monitor.operate.spool import bring_spool
from monitor.process import Child, every, locked, stop_all, stop_signals
from monitor.registry import Registry, load_registry
from monitor.store import Store
from monitor.store.claims import ClaimedError
from monitor.store.homes import Home, home_at
from monitor.store.workers import SCHEMA

RETRY_SECONDS = 30
"""When a crawl is tried again whose platform somebody else holds."""
BRING_SECONDS = 600.0
"""How often a worker tries to bring what it could not bring before."""
LARGEST_CLOCK_SKEW = timedelta(seconds=60)
LONGEST_SECONDS = 20 * 3600.0
"""No crawl takes this long; one that hangs is ended."""


class WorkerError(PantauError):
    """A worker cannot work; the message says what to mend."""


def worker_versions(config: Config, registry: Registry) -> dict[str, str]:
    """What must be the same at the daemon and at its workers, by its name.

    ``settings`` is a hash of what decides how platforms are asked and where evidence goes; the
    browser and the disk are each machine's own.
    """
    crawl = msgspec.structs.replace(
        config.crawl, browser=True, browser_memory=2048, least_free_space=0
    )
    settings = [crawl, config.contact, config.information_page, config.evidence_target]
    return {
        "schema": SCHEMA,
        "parser": PARSER,
        "registry": registry.version,
        "settings": hashlib.sha256(msgspec.json.encode(settings)).hexdigest()[:12],
    }


def platforms_with_browser(config: Config, registry: Registry) -> set[str]:
    """The platforms whose pages are shown in a Chromium."""
    return {
        platform.id
        for platform in registry.platforms.values()
        if platform.browser and config.crawl.browser
    }


def require_chromium() -> None:
    """Raise ``WorkerError`` where this machine has no Chromium."""
    if find_chromium() is None:
        raise WorkerError("no Chromium is found; run: pantau doctor --install-browser")


MENDS = {
    "schema": "install the same Pantau on both",
    "parser": "install the same Pantau on both",
    "registry": "copy the registry and the confirmations of pantau.toml from there",
    "settings": "copy contact, information_page, [crawl] and [evidence] of pantau.toml from there",
}


def require_same(required: Mapping[str, str] | None, own: Mapping[str, str]) -> None:
    """Raise ``WorkerError``, one line, where a worker is not what the daemon requires."""
    if required is None:
        raise WorkerError(
            "no daemon of this database has workers; set workers = true in [schedule] of its"
            " pantau.toml and start pantau schedule run there first"
        )
    for name, mend in MENDS.items():
        if required.get(name) != own[name]:
            raise WorkerError(
                f"this worker has {name} {own[name]}, the daemon of this database"
                f" {required.get(name)}; {mend}"
            )


@dataclass
class CrawlWorker:
    """Works until SIGTERM or SIGINT; ``say`` is called with one line an event.

    ``platforms`` are those that it takes. It stops by itself, and raises ``WorkerError``, where the
    daemon turns out to be of another version.
    """

    config: Config
    platforms: Collection[str]
    say: Callable[[str], object]
    retry_seconds: int = RETRY_SECONDS
    beat_seconds: float = BEAT_SECONDS
    _home: Home = field(init=False)
    _own: dict[str, str] = field(init=False)
    _children: set[Child] = field(default_factory=set, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _failure: PantauError | None = field(default=None, init=False)
    _busy: dict[str, threading.Lock] = field(init=False)
    _stop: Callable[[], object] = field(default=lambda: None, init=False)

    def run(self) -> None:
        """Take crawls until a signal; those under way finish their page and are put back.

        Raises ``PantauError``, before any is taken, where this home cannot work for the database.
        """
        self._busy = {platform: threading.Lock() for platform in self.platforms}
        require_library()
        require_contact(self.config)
        registry = load_registry(self.config.registry, self.config.confirmations)
        self._own = worker_versions(self.config, registry)
        lock = locked(self.config.home / "worker.lock", "the worker of this home")
        with (
            Store.open(self.config.database_url, create=False, works_for_owner=True) as store,
            lock,
            stop_signals(lambda _: self._end()),
        ):
            self._prepare(store)
            self.say(f"worker: takes {', '.join(sorted(self.platforms))}; home {self.config.home}")
            with (
                every(self.beat_seconds, lambda: store.workers.beat(self._home)),
                every(BRING_SECONDS, lambda: self._bring_all(store)),
            ):
                asyncio.run(self._work(store))
            store.workers.beat(self._home, ended=True)
        if self._failure:
            raise self._failure
        self.say("worker: stopped")

    def _prepare(self, store: Store) -> None:
        """Check all that a crawl will need."""
        if store.simulated and self.config.origin is not Origin.simulated:
            raise WorkerError(
                "the database holds simulated data; set PANTAU_DEMO_URL as the daemon has it"
            )
        require_same(store.workers.required_versions(), self._own)
        skew = abs(store.workers.clock() - datetime.now(UTC))
        if skew > LARGEST_CLOCK_SKEW:
            raise WorkerError(
                f"the clocks of this machine and of the database differ by"
                f" {skew.total_seconds():.0f} seconds; set them"
            )
        CrawlQueue(self.config.database_url).require_tables()
        self._home = home_at(self.config.home, create=True)
        if not store.workers.is_owner(self._home):
            self.config = msgspec.structs.replace(self.config, is_worker=True)
            target_of(self.config).require_usable()
        store.workers.enter(self._home, self.platforms)

    async def _work(self, store: Store) -> None:
        """Let Procrastinate take one crawl after another, each in a thread, until the end."""
        async with opened(self.config.database_url, connections=4) as app:
            loop = asyncio.get_running_loop()
            threads = ThreadPoolExecutor(len(self.platforms))

            @app.task(name=TASK)
            async def crawl(platform: str, week: str, due_at: str) -> None:
                """Crawl a platform, and put it back where that has to be tried again."""
                order = order_of(platform, week, due_at)
                delay = await loop.run_in_executor(threads, self._crawl, store, order)
                if delay is not None:
                    await put_order(app, order, delay=delay)

            working = asyncio.create_task(
                app.run_worker_async(
                    queues=[queue_name(platform) for platform in self.platforms],
                    concurrency=len(self.platforms),
                    name=socket.gethostname(),
                    install_signal_handlers=False,
                    update_heartbeat_interval=self.beat_seconds,
                    stalled_worker_timeout=DEAD_SECONDS,
                )
            )
            self._stop = lambda: loop.call_soon_threadsafe(working.cancel)
            if self._stopping.is_set():
                working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            self._stop = lambda: None
            if not self._stopping.is_set():
                self._failure = WorkerError("the connection to the queue was lost; start it again")

    def _end(self) -> None:
        """Take no further crawl, and let those under way finish their page."""
        self._stopping.set()
        self._stop()
        stop_all(list(self._children), STOP_SECONDS)

    def _crawl(self, store: Store, order: CrawlOrder) -> int | None:
        """Crawl a platform; returns in how many seconds it is to be tried again, None: it is done.

        One that was ended from outside is put back for another worker.
        """
        if self._stopping.is_set():
            return 0
        try:
            require_same(store.workers.required_versions(), self._own)
            with store.claims.hold(order.platform):
                pass
        except ClaimedError as error:
            self.say(f"{order.platform}: {error}; tried again in {self.retry_seconds} seconds")
            return self.retry_seconds
        except PantauError as error:
            self._failure = error
            threading.Thread(target=self._end, daemon=True).start()
            return self.retry_seconds
        with self._busy[order.platform]:
            self.say(f"{order.platform}: {order.week} started")
            [result] = self._run(order)
            self.say(str(result))
            self._bring(store, order.platform)
        return 0 if result.is_cut_off and self._stopping.is_set() else None

    def _run(self, order: CrawlOrder) -> list[CrawlResult]:
        """One platform's crawl in a process of its own, ended where it takes too long."""
        children: list[Child] = []

        def note(started: Collection[Child]) -> None:
            """Remember the crawl's process, to be ended with the worker."""
            children.extend(started)
            self._children.update(started)

        timer = threading.Timer(LONGEST_SECONDS, lambda: stop_all(children, STOP_SECONDS))
        timer.daemon = True
        timer.start()
        try:
            jobs: dict[str, tuple[list[str], bytes]] = {order.platform: ([], b"")}
            return run_children(self.config, order.week, jobs, started=note)
        finally:
            timer.cancel()
            self._children.difference_update(children)

    def _bring_all(self, store: Store) -> None:
        """Bring what the spool holds of all platforms that are not crawled just now."""
        for platform, busy in self._busy.items():
            if busy.acquire(blocking=False):
                try:
                    self._bring(store, platform)
                finally:
                    busy.release()

    def _bring(self, store: Store, platform: str) -> None:
        """Bring the spool of a platform; what cannot be brought now stays for the next time."""
        if not self.config.is_worker:
            return
        try:
            files = bring_spool(self.config, store, self._home, platform)
        except PantauError as error:
            self.say(f"{platform}: evidence stays in the spool: {error}")
        else:
            if files:
                self.say(f"{platform}: {files} files of evidence brought")
