"""Visits to listings on their own pages: where it ships from, and how the page looked.

A visit asks robots.txt, waits its turn and keeps evidence like any page of a crawl. Where a
Chromium is found the page is shown in it and photographed in full; else its HTML is kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.config import Config
from monitor.crawl.process import CrawlResult, Progress, require_contact, run_children
from monitor.model import Listing, Value, to_json


class Target(Value):
    """A listing to visit, at its own address; ``again`` although it answered this week."""

    platform: str
    item_id: str
    url: str
    again: bool = False


def target_of(listing: Listing, detail: str | None = None) -> Target | None:
    """Where a listing is visited: its own URL, else by ``detail``, the platform's template for one.

    None where there is neither, or the template needs a seller that is not known.
    """
    url = listing.url
    if url is None and detail and ("{seller_id}" not in detail or listing.seller_id):
        url = detail.format(item_id=listing.item_id, seller_id=listing.seller_id)
    return Target(platform=listing.platform, item_id=listing.item_id, url=url) if url else None


def visit(
    config: Config,
    week: str,
    targets: Iterable[Target],
    *,
    progress: Progress | None = None,
) -> list[CrawlResult]:
    """Visit the targets that did not answer this week, or are to be visited again.

    One child process a platform; failures are stored as such.

    Raises ``ConfigError`` where no contact is configured for a live visit.
    """
    targets_by_platform: dict[str, dict[str, Target]] = {}
    for target in targets:
        targets_by_platform.setdefault(target.platform, {})[target.item_id] = target
    jobs = {
        platform: (["--visits"], to_json(tuple(by_item.values())) + b"\n")
        for platform, by_item in sorted(targets_by_platform.items())
    }
    if not jobs:
        return []
    require_contact(config)
    return run_children(config, week, jobs, progress=progress)
