"""What a child process does: crawl one platform's planned pages, or visit named listings."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

from monitor.config import Config
from monitor.crawl import settings
from monitor.crawl.detail_crawl import DetailCrawl
from monitor.crawl.details import Target
from monitor.crawl.keys import compared
from monitor.crawl.listing_crawl import ListingCrawl
from monitor.crawl.run import can_browse, platform_run, run_spider
from monitor.crawl.run_state import CrawlRun, Report
from monitor.crawl.spider import PlatformSpider
from monitor.model import Mode, RunOutcome, UnitState
from monitor.store import Store

_log = logging.getLogger(__name__)


def crawl_platform(config: Config, platform_id: str, week: str, report: Report) -> RunOutcome:
    """Fetch what is still planned of one platform, then ask again what nobody answered before.

    Each page is stored before the next is asked.
    Raises ``PantauError`` before anything is fetched.
    """
    with platform_run(config, platform_id, week, "crawl", report) as (run, spider):
        units = (
            *run.store.units.pending(week, platform_id, Mode.crawler),
            *run.store.units.unanswered(week, platform_id, run.now()),
        )
        run.begin(len(units))
        if units:
            run_spider(
                run,
                ListingCrawl,
                spider,
                units,
                control=known_good(run.store, platform_id, week),
                browser=run.platform.browser and can_browse(config),
            )
            expect(run, spider.minimum_listings)
        remarks = (against_past(run), run.ending.remark, key_changes(run, spider))
        run.ending.remark = "; ".join(filter(None, remarks)) or None
    return run.outcome


def visit_platform(
    config: Config, platform_id: str, week: str, targets: Sequence[Target], report: Report
) -> RunOutcome:
    """Visit listings on their own pages, those that answered this week only where told to again.

    Raises ``PantauError`` before anything is fetched.
    """
    with platform_run(config, platform_id, week, "visit", report) as (run, spider):
        visits = [
            visit for visit in run.store.visits.of_week(week) if visit.platform == platform_id
        ]
        answered = {
            visit.item_id for visit in visits if visit.state in (UnitState.sampled, UnitState.empty)
        }
        sampled_urls = [visit.url for visit in visits if visit.state is UnitState.sampled]
        pages = [target for target in targets if target.again or target.item_id not in answered]
        run.begin(len(pages))
        if pages:
            run_spider(
                run,
                DetailCrawl,
                spider,
                pages,
                control=sampled_urls[-1] if sampled_urls else None,
                browser=can_browse(config),
            )
    return run.outcome


def expect(run: CrawlRun, minimum: int) -> None:
    """Fail a run whose pages hold fewer listings than ``minimum`` in the median.

    Then the layout may have changed, so that most listings are overlooked.
    """
    sizes = run.counts.listings_per_page
    if len(sizes) >= settings.PAGES_TO_JUDGE and median(sizes) < minimum:
        run.ending.fail(f"pages hold {median(sizes):g} listings, {minimum} are expected")


def against_past(run: CrawlRun) -> str | None:
    """A remark where pages hold far fewer listings than in earlier runs; None where they do not.

    The median of this run's pages is held against the median of those runs' means.
    """
    sizes = run.counts.listings_per_page
    if len(sizes) < settings.PAGES_TO_JUDGE:
        return None
    earlier = [
        past.counts.get("listings", 0) / past.counts["sampled"]
        for past in run.store.runs.newest(job="crawl", platform=run.platform.id)
        if past.id != run.id and past.counts.get("sampled", 0) >= settings.PAGES_TO_JUDGE
    ]
    if not earlier or median(sizes) >= settings.EXPECTED_SHARE * median(earlier):
        return None
    return f"{median(sizes):g} listings a page, {median(earlier):.0f} in earlier runs"


def key_changes(run: CrawlRun, spider: type[PlatformSpider]) -> str | None:
    """A remark on keys that appeared or vanished since earlier runs; None where none did.

    Their numbers are counted. What this run saw is what the next one is compared with.
    """
    earlier = run.store.listing_keys.shares(run.platform.id)
    changes = compared(spider, run.counts.keys, run.counts.nodes, earlier)
    if changes.shares != earlier:
        run.store.listing_keys.save(run.platform.id, changes.shares)
    for name, changed in (("unread_keys", changes.unread), ("vanished_keys", changes.vanished)):
        if changed:
            run.counts.add(name, len(changed))
    if remark := str(changes):
        _log.warning("%s: %s", run.platform.id, remark)
    return remark or None


def known_good(store: Store, platform: str, week: str) -> str | None:
    """The URL of the unit that showed the crawler listings most recently this week, else None.

    It is the control: a page that is asked again to tell a refusal from an empty answer.
    """
    sampled = [
        unit
        for unit in store.units.of_week(week, platform)
        if unit.state is UnitState.sampled and unit.places and unit.mode is Mode.crawler
    ]
    early = datetime.min.replace(tzinfo=UTC)
    latest = max(sampled, key=lambda unit: unit.observed_at or early, default=None)
    return latest.unit.url if latest else None
