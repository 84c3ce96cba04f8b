"""How a run begins and ends: lock, ledger, session, Scrapy in this process.

A Twisted reactor starts once in the life of a process, so every run has its own.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from monitor.config import Config, PantauError
from monitor.crawl import settings
from monitor.crawl.browser import configure
from monitor.crawl.chromium import find_chromium
from monitor.crawl.listing_crawl import ListingCrawl
from monitor.crawl.pace import Night, Pace
from monitor.crawl.parsing import PARSER
from monitor.crawl.process import require_contact
from monitor.crawl.robots import Robots
from monitor.crawl.session import Report, Session
from monitor.crawl.spider import PlatformSpider, load_spiders
from monitor.crawl.transport import user_agent
from monitor.evidence import EvidenceStore
from monitor.evidence.warc import records
from monitor.model import Run, RunOutcome, UnitState
from monitor.registry import Platform, Registry, load_registry
from monitor.store import Store

if TYPE_CHECKING:
    from twisted.python.failure import Failure


class CrawlError(PantauError):
    """A crawl cannot start; the message says what is missing."""


@contextmanager
def started(
    config: Config, platform_id: str, week: str, job: str, report: Report
) -> Iterator[tuple[Session, type[PlatformSpider]]]:
    """A session alone on its platform, with its entry in the ledger from the first to the last.

    Raises ``PantauError`` before anything is fetched; a week without a plan is one reason.
    """
    require_contact(config)
    registry = load_registry(config.registry, config.confirmations)
    platform = registry.platforms.get(platform_id)
    spider = load_spiders().get(platform_id)
    if platform is None or spider is None:
        raise CrawlError(f"{platform_id}: no such platform; known: {', '.join(registry.platforms)}")
    with (
        only_one(config.home, platform_id),
        Store.of_home(config, origin=config.origin) as store,
    ):
        bury(store, config.evidence, platform_id)
        if store.plans.of_week(week) is None:
            raise CrawlError(f"{week}: has no plan; run: pantau plan --week {week}")
        with opened(config, registry, platform, week, store, job, report) as session:
            yield session, spider


@contextmanager
def opened(
    config: Config,
    registry: Registry,
    platform: Platform,
    week: str,
    store: Store,
    job: str,
    report: Report,
) -> Iterator[Session]:
    """A session whose run stands in the ledger from its start to its end, however it ends."""
    origin = config.origin
    used = sum(
        run.counts.get("requests", 0) for run in store.runs.newest(week=week, platform=platform.id)
    )
    versions = {
        "software": version("pantau-impor"),
        "parser": PARSER,
        "registry": registry.version,
    }
    counts: Counter[str] = Counter()
    now = clock_of(config, counts)
    run_id = store.runs.start(
        job, origin, now(), week=week, platform=platform.id, versions=versions
    )
    about = {"software": user_agent(config), "operator": config.contact or ""}
    permissions = [given for given in registry.permissions if given.platform == platform.id]
    with EvidenceStore(config.evidence, run=run_id, about=about) as evidence:
        session = Session(
            config=config,
            platform=platform,
            week=week,
            origin=origin,
            run_id=run_id,
            store=store,
            evidence=evidence,
            robots=Robots(platform.hosts, permissions, now=now),
            pace=pace_of(config),
            budget=max(0, config.crawl.weekly_requests - used),
            night=night_of(config),
            report=report,
            now=now,
            counts=counts,
        )
        try:
            yield session
        except BaseException as error:
            session.fail(f"{type(error).__name__}: {error}")
            raise
        finally:
            end = ended(session)
            store.runs.finish(
                run_id,
                RunOutcome(str(end["outcome"])),
                now(),
                reason=reason_of_end(session) or session.remark,
                counts=dict(session.counts),
            )


def clock_of(config: Config, counts: Mapping[str, int]) -> Callable[[], datetime]:
    """The time in a run. In a rehearsal each request takes the delay it would take live."""

    def now() -> datetime:
        if config.simulated_now is None:
            return config.now()
        waited = config.crawl.delay * counts["requests"]
        return config.simulated_now + timedelta(seconds=waited)

    return now


def outcome_of(session: Session) -> RunOutcome:
    if session.failure:
        return RunOutcome.failed
    return RunOutcome.stopped if session.stopped else RunOutcome.done


def reason_of_end(session: Session) -> str | None:
    """Why a run ended early, or that it ended without one sampled page."""
    if session.failure or session.stopped:
        return session.failure or session.stopped
    if session.wanted and not session.counts[UnitState.sampled]:
        return "no page was sampled"
    return None if session.wanted else "nothing was left to fetch"


def ended(session: Session) -> dict[str, object]:
    return {
        "outcome": outcome_of(session),
        "reason": reason_of_end(session),
        "counts": dict(session.counts),
    }


def can_browse(config: Config) -> bool:
    """Whether pages may be shown in a browser, and one is there."""
    return config.crawl.browser and find_chromium() is not None


def pace_of(config: Config) -> Pace:
    """Pauses as configured; hardly any where the marketplaces are simulated."""
    if config.demo_url:
        return Pace(
            settings.SIMULATED_DELAY,
            config.crawl.jitter,
            scale=settings.SIMULATED_PACE,
            retry_after_max=settings.SIMULATED_RETRY_AFTER_MAX,
        )
    return Pace(config.crawl.delay, config.crawl.jitter)


def night_of(config: Config) -> Night | None:
    """The night window; none where the marketplaces are simulated."""
    if config.demo_url:
        return None
    return Night(config.crawl.night_from, config.crawl.night_until)


def bury(store: Store, folder: Path, platform: str) -> None:
    """End the ledger entries of runs that were killed; the lock says that none of them lives."""
    dead = [
        run for run in store.runs.newest(platform=platform) if run.outcome is RunOutcome.running
    ]
    for run in dead:
        if run.job in ("crawl", "visit"):
            counts = {"requests": kept_by(folder, run)} | run.counts
            store.runs.finish(
                run.id, RunOutcome.failed, datetime.now(UTC), reason="killed", counts=counts
            )


def kept_by(folder: Path, run: Run) -> int:
    """How many responses a run kept: what it asked for, where the ledger does not say."""
    files = folder.glob(f"*/{run.platform}-{run.id}.*warc.gz")
    return sum(1 for path in files for _ in records(path))


@contextmanager
def only_one(home: Path, platform: str) -> Iterator[None]:
    """One run of a platform at a time on this machine; raises ``CrawlError``."""
    folder = home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{platform}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CrawlError(f"{platform}: is being crawled already; wait for it to end") from error
        yield


def mixed(role: type[ListingCrawl], spider: type[PlatformSpider]) -> type[ListingCrawl]:
    """A platform's spider that fetches."""
    return type(spider.__name__, (role, spider), {"__module__": spider.__module__})


def run_spider(session: Session, spider: type[ListingCrawl]) -> None:
    """Run Scrapy to the end; SIGTERM, SIGINT and a parent that is gone stop it after the page."""
    config = session.config
    process = AsyncCrawlerProcess(scrapy_settings(session))
    log_to(config.home / "logs" / f"crawl-{session.platform.id}.log")
    crawler = process.create_crawler(spider)

    def broken(failure: Failure, **_: object) -> None:
        session.fail(f"{type(failure.value).__name__}: {failure.getErrorMessage()}")

    for event in (signals.spider_error, signals.item_error):
        crawler.signals.connect(broken, event, weak=False)
    process.crawl(crawler, session=session)
    with stoppable(session.stop, watched=session.watched):
        process.start(install_signal_handlers=False)
    if crawler.stats is None or crawler.stats.get_value("finish_reason") is None:
        session.fail("the crawler did not start; see its log")


def scrapy_settings(session: Session) -> Settings:
    """The constants, and what the configuration says."""
    made = Settings()
    made.setmodule(settings)
    config = session.config
    timeout = config.crawl.timeout
    if config.demo_url:
        browser = settings.SIMULATED_PAGE_TIMEOUT
        timeout = min(timeout, browser if session.browser else settings.SIMULATED_TIMEOUT)
        # Scrapy would send loopback through a proxy of the environment.
        made.set("HTTPPROXY_ENABLED", False)
    handler = "monitor.crawl.transport.DownloadHandler"
    made.set("DOWNLOAD_HANDLERS", {"http": handler, "https": handler})
    if session.browser:
        configure(made, timeout, pictures=bool(session.targets))
    made.set("DOWNLOAD_TIMEOUT", timeout)
    made.set("PANTAU_DEMO_URL", config.demo_url)
    made.set("USER_AGENT", user_agent(config))
    return made


def log_to(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(settings.LOG_LEVEL)
    logging.getLogger().addHandler(handler)
    logging.captureWarnings(True)


@contextmanager
def stoppable(stop: Callable[[str], None], *, watched: bool) -> Iterator[None]:
    """Signals call ``stop`` within the event loop, so that a pause ends at once."""
    loop = asyncio.get_event_loop()

    def on_signal(number: int, _: object) -> None:
        loop.call_soon_threadsafe(stop, signal.Signals(number).name)

    before = {one: signal.signal(one, on_signal) for one in (signal.SIGTERM, signal.SIGINT)}
    if watched:
        threading.Thread(target=_watch_parent, args=(loop, stop), daemon=True).start()
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: Callable[[str], None]) -> None:
    sys.stdin.buffer.read()
    if not loop.is_closed():
        loop.call_soon_threadsafe(stop, "parent gone")
