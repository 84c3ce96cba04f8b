"""Visits: which listings are looked at on their own pages, and the visiting itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeGuard

from msgspec.structs import replace

from monitor.config import Config, previous_week
from monitor.crawl.details import Target, target_of, visit
from monitor.crawl.process import CrawlResult
from monitor.findings.history import older
from monitor.model import AuditSample, Listing, Mode, RunOutcome, Stratum, UnitState
from monitor.operate.run_log import recorded
from monitor.registry import Platform, Registry
from monitor.store import Store
from monitor.web.audit.work import Work, visit_times

LOOK_BACK_WEEKS = 12
"""The editions of so many weeks before name the listings that are visited again."""


def visit_drawn(
    config: Config, registry: Registry, store: Store, draw: AuditSample
) -> list[CrawlResult]:
    """Visit the drawn listings that have not answered yet, and those to be visited again.

    Returns how the run on each platform ended. The run log has one entry for all of them, which is
    stopped or failed where one of them was.
    """
    targets = drawn_targets(registry, store, draw)
    targets += revisit_targets(registry, store, draw.week, config.crawl.revisits, targets)
    with recorded(store, "visits", store.origin, week=draw.week, now=config.now) as run:
        results = visit(config, draw.week, targets)
        run.counts["visited"] = sum(result.counts.get("pages", 0) for result in results)
        for outcome in (RunOutcome.stopped, RunOutcome.failed):
            if ended := [result for result in results if result.outcome is outcome]:
                run.outcome = outcome
                run.remark = f"{ended[0].reason} ({', '.join(crawl.platform for crawl in ended)})"
    return results


def drawn_targets(registry: Registry, store: Store, draw: AuditSample) -> list[Target]:
    """The drawn listings whose own page has not answered in the week of the draw.

    Also unflagged ones of which one person said "cannot tell" since it answered, and nobody else
    anything. Left out are those without an address, and those of platforms the registry no longer
    has or only inspectors collect.
    """
    drawn = {item.observation_id for item in draw.items}
    times = visit_times(store.visits.of_week(draw.week))
    work = Work(draw, store.labels.all(week=draw.week), visited_at=times)
    unclear = {item.listing_key for item in draw.items if work.awaits_visit(item.label_key)}
    answered = times.keys() - unclear
    targets = []
    for observation in store.screens.of_observations(drawn):
        listing = observation.listing
        platform = registry.platforms.get(listing.platform)
        if not _is_crawled(platform) or listing.key in answered:
            continue
        if target := target_of(listing, platform.detail):
            targets.append(replace(target, again=listing.key in unclear))
    return targets


def revisit_targets(
    registry: Registry,
    store: Store,
    week: str,
    most: int,
    first_targets: Iterable[Target] = (),
) -> list[Target]:
    """Return listings of earlier editions to visit again, to see whether they are gone.

    They come from the newest edition of each of the ``LOOK_BACK_WEEKS`` weeks before, newest
    first, at most ``most`` a platform. Left out are listings that a page of ``week`` shows, that an
    edition since then reported gone, that have no address, or that a visit of this week reached
    (any state but unreachable), and those of platforms that left the registry, that only inspectors
    collect, or that showed no listing this week. First of each platform that has such a listing
    comes one more target, a listing shown this week: if its page answers, the silence of the others
    is no block. It is not added where a visit found a listing of the platform this week, where
    ``first_targets`` (visited before) has a target of the platform, or where no shown listing has
    an address. Platforms are sorted by id.
    """
    weeks = (previous_week(week, back) for back in range(1, LOOK_BACK_WEEKS + 1))
    editions = [edition for earlier in weeks if (edition := store.editions.latest(earlier))]
    if not editions:
        return []
    shown: dict[str, dict[str, Listing]] = defaultdict(dict)
    for observation in store.observations.of_week(week):
        if observation.stratum is Stratum.second_way:
            continue
        listing = observation.listing
        shown[listing.platform].setdefault(listing.item_id, listing)
    answered = [
        visit for visit in store.visits.of_week(week) if visit.state is not UnitState.unreachable
    ]
    answered_keys = {visit.key for visit in answered}
    controlled = {visit.platform for visit in answered if visit.state is UnitState.sampled}
    controlled |= {target.platform for target in first_targets}
    chosen: dict[str, list[Target]] = defaultdict(list)
    for entry in older(editions, (), used_clothing=True).values():
        listing = entry.listing
        platform = registry.platforms.get(listing.platform)
        if not _is_crawled(platform) or not shown[listing.platform]:
            continue
        is_shown = listing.item_id in shown[listing.platform]
        if is_shown or listing.key in answered_keys:
            continue
        target = target_of(listing, platform.detail)
        if target and len(chosen.get(listing.platform, ())) < most:
            chosen[listing.platform].append(target)
    for platform_id in chosen.keys() - controlled:
        detail = registry.platforms[platform_id].detail
        addresses = (target_of(listing, detail) for listing in shown[platform_id].values())
        if control := next(filter(None, addresses), None):
            chosen[platform_id].insert(0, control)
    return [target for platform_id in sorted(chosen) for target in chosen[platform_id]]


def _is_crawled(platform: Platform | None) -> TypeGuard[Platform]:
    """Whether the registry has the platform and asks the crawler for its pages."""
    return platform is not None and platform.collection.includes(Mode.crawler)
