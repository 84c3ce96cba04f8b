"""How a run begins and ends: lock, run log, Scrapy in this process.

A Twisted reactor starts once in the life of a process, so every run has its own.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from monitor.config import Config, PantauError, utc_now
from monitor.crawl import settings
from monitor.crawl.browser import configure
from monitor.crawl.chromium import MemoryWatch, find_chromium
from monitor.crawl.listing_crawl import CrawlPage, ListingCrawl
from monitor.crawl.pace import Night, Pace
from monitor.crawl.process import close_killed_crawls, platform_lock, require_contact
from monitor.crawl.robots import Robots
from monitor.crawl.run_state import (
    CrawlRun,
    Ending,
    Report,
    RequestGate,
    RunCounts,
    RunEvidence,
)
from monitor.crawl.spider import PlatformSpider, load_spiders
from monitor.crawl.transport import user_agent
from monitor.crawl.version import PARSER
from monitor.evidence import EvidenceStore
from monitor.process import every, stop_signals
from monitor.registry import Platform, Registry, load_registry
from monitor.store import Store

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from monitor.store.claims import PlatformClaim


BEAT_SECONDS = 15.0
"""How often a run on PostgreSQL gives a sign of life."""
KEPT_LOGS = 30
"""Log files of a platform; those of earlier runs are removed."""


class CrawlError(PantauError):
    """A crawl cannot start; the message says what is missing."""


@contextmanager
def platform_run(
    config: Config, platform_id: str, week: str, job: str, report: Report
) -> Iterator[tuple[CrawlRun, type[PlatformSpider]]]:
    """Lock a platform, log a run, and yield the run and the platform's spider class.

    Context manager. The lock is held until the block ends. ``job`` is the name in the run log,
    ``crawl`` or ``visit``. ``report`` gets the event ``end`` where the block did not raise.
    Entries that killed runs of this platform left open are closed as failed, under the lock and
    before the plan is looked for. The new entry gets outcome, reason and counts when the block
    ends; where the block raises, even at an interrupt, the outcome is failed and the error goes on.
    Raises ``PantauError`` and makes no new entry where a live crawl has no contact, the platform
    is not in the registry or has no spider, another run holds it, or the week has no plan.
    """
    require_contact(config)
    registry = load_registry(config.registry, config.confirmations)
    platform = registry.platforms.get(platform_id)
    spider = load_spiders().get(platform_id)
    if platform is None or spider is None:
        raise CrawlError(f"{platform_id}: no such platform; known: {', '.join(registry.platforms)}")
    with (
        platform_lock(config, platform_id),
        Store.of_home(config, origin=config.origin) as store,
        store.claims.hold(platform_id) as claim,
    ):
        close_killed_crawls(config, store, platform_id)
        if store.plans.of_week(week) is None:
            raise CrawlError(f"{week}: has no plan; run: pantau plan --week {week}")
        with logged_run(config, registry, platform, week, store, job, report, claim) as run:
            yield run, spider


@contextmanager
def logged_run(
    config: Config,
    registry: Registry,
    platform: Platform,
    week: str,
    store: Store,
    job: str,
    report: Report,
    claim: PlatformClaim | None,
) -> Iterator[CrawlRun]:
    """Enter a run in the run log, yield it, and close the entry after the block.

    Context manager. It takes no lock; ``claim`` is the run's hold on the platform in the database,
    without which it asks for nothing more. The run's weekly limit is reduced by the requests of all
    earlier runs of this platform in this week, whatever their job. A run of the same night begins
    with the pauses that the last one left: its refusals, and when the platform may be asked.
    Evidence that the block keeps is filed under the run's id; its files are closed after the entry.
    The entry gets the outcome that ``run`` has at the end of the block (done, stopped or failed),
    its counts, and its reason, else the warning.
    Where the block raises anything, even an interrupt, the entry is closed as failed, no event is
    reported and the error goes on. Else ``report`` gets one event ``end`` with outcome, reason,
    counts and warning.
    """
    earlier_runs = store.runs.newest(week=week, platform=platform.id)
    versions = {
        "software": version("pantau-impor"),
        "parser": PARSER,
        "registry": registry.version,
    }
    counts, ending = RunCounts(), Ending()
    now = clock_of(config, counts)
    run_id = store.runs.start(
        job,
        config.origin,
        now(),
        week=week,
        platform=platform.id,
        versions=versions,
        host=socket.gethostname(),
    )
    signs_of_life = every(BEAT_SECONDS, lambda: store.runs.beat(run_id, utc_now()))
    about = {"software": user_agent(config), "operator": config.contact or ""}
    permissions = [
        permission for permission in registry.permissions if permission.platform == platform.id
    ]
    gate = RequestGate(
        pace_of(config),
        ending,
        counts,
        now,
        weekly_requests=config.crawl.weekly_requests,
        used=sum(earlier.counts.get("requests", 0) for earlier in earlier_runs),
        night=night_of(config),
        free_space=lambda: shutil.disk_usage(config.home).free,
        least_free_space=config.crawl.least_free_space * 2**20,
        claim=claim,
        remember=lambda: store.claims.remember(gate.memory(platform.id, week)),
    )
    if last := store.claims.pace(platform.id):
        gate.resume(last, week, most_blocks=config.crawl.blocks_before_stop - 1)
    with (
        EvidenceStore(config.evidence, run=run_id, about=about) as evidence,
        signs_of_life if claim else nullcontext(),
    ):
        run = CrawlRun(
            id=run_id,
            config=config,
            platform=platform,
            week=week,
            store=store,
            evidence=RunEvidence(evidence, week, platform.id, counts, now),
            robots=Robots(platform.hosts, permissions, now),
            gate=gate,
            counts=counts,
            ending=ending,
            now=now,
            report=report,
        )
        try:
            yield run
        except BaseException as error:
            ending.fail(f"{type(error).__name__}: {error}")
            raise
        finally:
            store.runs.finish(
                run_id,
                run.outcome,
                now(),
                reason="; ".join(filter(None, (run.reason, ending.remark))) or None,
                counts=dict(counts.totals),
            )
    report(
        {
            "event": "end",
            "outcome": run.outcome,
            "reason": run.reason,
            "counts": dict(counts.totals),
            "warning": ending.remark,
        }
    )


def clock_of(config: Config, counts: RunCounts) -> Callable[[], datetime]:
    """The clock of a run. In a simulation each request takes the delay it would take live."""

    def now() -> datetime:
        """The time, moved on by the delays of the requests so far."""
        if config.simulated_now is None:
            return config.now()
        delay = config.crawl.delay * counts.totals["requests"]
        return config.simulated_now + timedelta(seconds=delay)

    return now


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


def run_spider(
    run: CrawlRun,
    role: type[ListingCrawl],
    spider: type[PlatformSpider],
    pages: Sequence[CrawlPage],
    *,
    control: str | None,
    browser: bool,
) -> None:
    """Ask for the pages in a Scrapy of this process, until the last one is stored.

    ``role`` says what is made of a page, ``control`` is the URL of one that had listings this week,
    ``browser`` says whether pages are shown in Chromium. After SIGTERM and SIGINT the page in
    flight is the last. What goes wrong is in ``run.ending``.
    """
    process = AsyncCrawlerProcess(scrapy_settings(run.config, browser, pictures=role.pictures))
    log_to(run.config.home / "logs", f"crawl-{run.platform.id}", run.id)
    # The platform's spider, which only reads, with the role's methods, which fetch.
    crawling_spider = type(spider.__name__, (role, spider), {"__module__": spider.__module__})
    crawler = process.create_crawler(crawling_spider)

    def fail(failure: Failure, **_: object) -> None:
        """Fail the run with the first error of spider or pipeline."""
        run.ending.fail(f"{type(failure.value).__name__}: {failure.getErrorMessage()}")

    for event in (signals.spider_error, signals.item_error):
        crawler.signals.connect(fail, event, weak=False)
    watch = MemoryWatch(run.config.crawl.browser_memory * 2**20) if browser else None
    process.crawl(crawler, run=run, pages=pages, control=control, browser=watch)
    loop = asyncio.get_event_loop()
    with (
        watch or nullcontext(),
        # In the event loop, so that a pause ends at once.
        stop_signals(lambda name: loop.call_soon_threadsafe(run.ending.stop, name)),
    ):
        process.start(install_signal_handlers=False)
    if crawler.stats is None or crawler.stats.get_value("finish_reason") is None:
        run.ending.fail("the crawler did not start; see its log")


def scrapy_settings(config: Config, browser: bool, *, pictures: bool) -> Settings:
    """Scrapy's settings: the constants, and what the configuration says."""
    scrapy_values = Settings()
    scrapy_values.setmodule(settings)
    timeout = config.crawl.timeout
    own_hosts = config.own_hosts
    if config.demo_url:
        own_hosts = (urlsplit(config.demo_url).hostname or "",)
        page_timeout = settings.SIMULATED_PAGE_TIMEOUT if browser else settings.SIMULATED_TIMEOUT
        timeout = min(timeout, page_timeout)
        # Scrapy would send loopback through a proxy of the environment.
        scrapy_values.set("HTTPPROXY_ENABLED", False)
    handler = "monitor.crawl.transport.DownloadHandler"
    scrapy_values.set("DOWNLOAD_HANDLERS", {"http": handler, "https": handler})
    if config.stand_in:
        own_hosts = (urlsplit(config.stand_in).hostname or "",)
        scrapy_values.set("HTTPPROXY_ENABLED", False)
    if browser:
        configure(scrapy_values, timeout, pictures=pictures)
    scrapy_values.set("DOWNLOAD_TIMEOUT", timeout)
    scrapy_values.set("PANTAU_DEMO_URL", config.demo_url or config.stand_in)
    scrapy_values.set("PANTAU_OWN_HOSTS", own_hosts)
    scrapy_values.set("USER_AGENT", user_agent(config))
    return scrapy_values


def log_to(folder: Path, name: str, run_id: int) -> None:
    """Write the log of this process, warnings included, into a file of its run.

    That is ``NAME-RUN.log`` below ``folder``, with the number of the run in each line. The newest
    ``KEPT_LOGS`` files of that name are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(folder / f"{name}-{run_id}.log", mode="w", encoding="utf-8")
    words = f"%(asctime)s %(levelname)s run={run_id} %(name)s: %(message)s"
    handler.setFormatter(logging.Formatter(words))
    handler.setLevel(settings.LOG_LEVEL)
    logging.getLogger().addHandler(handler)
    logging.captureWarnings(True)
    stems = (path.stem.removeprefix(f"{name}-") for path in folder.glob(f"{name}-*.log"))
    for number in sorted(int(stem) for stem in stems if stem.isdigit())[:-KEPT_LOGS]:
        (folder / f"{name}-{number}.log").unlink(missing_ok=True)
