"""What a child process does: crawl one platform's planned pages, or visit named listings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

from monitor.config import Config
from monitor.crawl import settings
from monitor.crawl.detail_crawl import DetailCrawl
from monitor.crawl.details import Target
from monitor.crawl.listing_crawl import ListingCrawl
from monitor.crawl.run import can_browse, ended, mixed, outcome_of, run_spider, started
from monitor.crawl.session import Report, Session
from monitor.model import RunOutcome, UnitState
from monitor.store import Store


def crawl_platform(config: Config, platform_id: str, week: str, report: Report) -> RunOutcome:
    """Fetch what is still planned of one platform; each page is stored before the next is asked.

    Raises ``PantauError`` before anything is fetched.
    """
    with started(config, platform_id, week, "crawl", report) as (session, spider):
        store = session.store
        session.browser = session.platform.browser and can_browse(config)
        session.units = store.units.pending(week, platform_id)
        session.wanted = len(session.units)
        session.control = known_good(store, platform_id, week)
        report({"event": "run", "run": session.run_id, "units": session.wanted})
        if session.units:
            run_spider(session, mixed(ListingCrawl, spider))
            expect(session, spider.minimum_listings)
        session.remark = against_past(store, session)
    report({"event": "end", **ended(session), "warning": session.remark})
    return outcome_of(session)


def visit_platform(
    config: Config, platform_id: str, week: str, targets: Sequence[Target], report: Report
) -> RunOutcome:
    """Visit listings on their own pages, except those that answered this week.

    Raises ``PantauError`` before anything is fetched.
    """
    with started(config, platform_id, week, "visit", report) as (session, spider):
        visits = [
            visit for visit in session.store.visits.of_week(week) if visit.platform == platform_id
        ]
        answered = {
            visit.item_id for visit in visits if visit.state in (UnitState.sampled, UnitState.empty)
        }
        sampled_urls = [visit.url for visit in visits if visit.state is UnitState.sampled]
        session.control = sampled_urls[-1] if sampled_urls else None
        session.browser = can_browse(config)
        session.targets = tuple(target for target in targets if target.item_id not in answered)
        session.wanted = len(session.targets)
        report({"event": "run", "run": session.run_id, "units": session.wanted})
        if session.targets:
            run_spider(session, mixed(DetailCrawl, spider))
    report({"event": "end", **ended(session), "warning": None})
    return outcome_of(session)


def expect(session: Session, minimum: int) -> None:
    """Fail a run whose pages hold fewer listings than ``minimum`` in the median.

    Then the layout may have changed, so that most listings are overlooked.
    """
    if len(session.sizes) >= settings.PAGES_TO_JUDGE and median(session.sizes) < minimum:
        session.fail(f"pages hold {median(session.sizes):g} listings, {minimum} are expected")


def against_past(store: Store, session: Session) -> str | None:
    """A remark where pages hold far fewer listings than in earlier runs; None where they do not.

    The median of this run's pages is held against the median of those runs' means.
    """
    if len(session.sizes) < settings.PAGES_TO_JUDGE:
        return None
    earlier = [
        run.counts.get("listings", 0) / run.counts["sampled"]
        for run in store.runs.newest(job="crawl", platform=session.platform.id)
        if run.id != session.run_id and run.counts.get("sampled", 0) >= settings.PAGES_TO_JUDGE
    ]
    if not earlier or median(session.sizes) >= settings.EXPECTED_SHARE * median(earlier):
        return None
    return f"{median(session.sizes):g} listings a page, {median(earlier):.0f} in earlier runs"


def known_good(store: Store, platform: str, week: str) -> str | None:
    """The URL of the unit that showed listings most recently this week; None where none did.

    It is the control: a page that is asked again to tell a refusal from an empty answer.
    """
    sampled = [
        unit
        for unit in store.units.of_week(week, platform)
        if unit.state is UnitState.sampled and unit.places
    ]
    early = datetime.min.replace(tzinfo=UTC)
    latest = max(sampled, key=lambda unit: unit.observed_at or early, default=None)
    return latest.unit.url if latest else None
