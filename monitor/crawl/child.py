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


def crawl_platform(
    config: Config, platform_id: str, week: str, report: Report, *, watched: bool = False
) -> RunOutcome:
    """Fetch what is still planned of one platform; every page is stored as soon as it is judged.

    ``watched``: standard input ends when the parent does, and then this run stops too. Raises
    ``PantauError`` before anything is fetched.
    """
    with started(config, platform_id, week, "crawl", report) as (session, spider):
        store = session.store
        session.watched = watched
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
    config: Config,
    platform_id: str,
    week: str,
    targets: Sequence[Target],
    report: Report,
    *,
    watched: bool = False,
) -> RunOutcome:
    """Visit listings on their own pages; those that spoke this week are left out."""
    with started(config, platform_id, week, "visit", report) as (session, spider):
        made = [one for one in session.store.visits.of_week(week) if one.platform == platform_id]
        seen = {one.item_id for one in made if one.state in (UnitState.sampled, UnitState.empty)}
        standing = [one.url for one in made if one.state is UnitState.sampled]
        session.control = standing[-1] if standing else None
        session.watched = watched
        session.browser = can_browse(config)
        session.targets = tuple(target for target in targets if target.item_id not in seen)
        session.wanted = len(session.targets)
        report({"event": "run", "run": session.run_id, "units": session.wanted})
        if session.targets:
            run_spider(session, mixed(DetailCrawl, spider))
    report({"event": "end", **ended(session), "warning": None})
    return outcome_of(session)


def expect(session: Session, minimum: int) -> None:
    """A run whose usual page holds too few listings has failed: the layout may have changed."""
    if len(session.sizes) >= settings.PAGES_TO_JUDGE and median(session.sizes) < minimum:
        session.fail(f"pages hold {median(session.sizes):g} listings, {minimum} are expected")


def against_past(store: Store, session: Session) -> str | None:
    """A remark where pages hold far fewer listings than in the runs before."""
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
    """The page of this week that had listings most recently: the control entry."""
    sampled = [
        unit
        for unit in store.units.of_week(week, platform)
        if unit.state is UnitState.sampled and unit.places
    ]
    early = datetime.min.replace(tzinfo=UTC)
    latest = max(sampled, key=lambda unit: unit.observed_at or early, default=None)
    return latest.unit.url if latest else None
