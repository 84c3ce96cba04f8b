"""One saved response as a page: recognised, judged, matched to the plan, kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from monitor.config import week_of
from monitor.crawl.evidence import Evidence
from monitor.crawl.parsing import NO_LISTINGS, PARSER, Page, judge, platform_of, recognise
from monitor.crawl.saved.addresses import Addresses
from monitor.crawl.saved.privacy import safe_body, safe_headers, safe_url
from monitor.crawl.saved.responses import BEGINNINGS, SavedError, SavedResponse
from monitor.crawl.spider import PlatformSpider, host_of
from monitor.listing import Origin, PlannedUnit, Received, SampledPage, UnitState
from monitor.registry import Platform
from monitor.store import Store

_SKEW = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Where saved pages go, and what is known of them beside the files.

    A dated page belongs to its own week, an undated one to ``week`` where that is given; only then
    is it matched to a planned unit. Without ``store`` nothing is kept; ``on_page`` sees every page.
    """

    spiders: Mapping[str, type[PlatformSpider]]
    platforms: Mapping[str, Platform]
    now: datetime
    store: Store | None = None
    run_id: int = 0
    evidence: Evidence | None = None
    platform: str | None = None
    week: str | None = None
    observed_at: datetime | None = None
    on_page: Callable[[SampledPage], None] = lambda page: None
    _addresses: dict[tuple[str, str], Addresses] = field(default_factory=dict)

    def addresses(self, platform: str, week: str) -> Addresses:
        """At which other addresses the planned pages of a platform may have been saved."""
        known = self._addresses.get((platform, week))
        if known is None:
            assert self.store is not None
            units = (record.unit for record in self.store.units(week, platform))
            known = Addresses(self.platforms[platform], units)
            self._addresses[platform, week] = known
        return known

    @cached_property
    def hosts(self) -> dict[str, str]:
        """The platforms' hosts with their ids."""
        return {host: each.id for each in self.platforms.values() for host in each.hosts}


class SavedPage(NamedTuple):
    """A response of a known platform, and what it is."""

    platform: str
    saved: SavedResponse
    page: Page
    url: str
    seen: datetime | None
    unit: PlannedUnit | None
    elsewhere: str | None = None

    @property
    def name(self) -> str:
        """The platform, with the place in its file where there are several."""
        return f"{self.saved.entry} {self.platform}" if self.saved.entry else self.platform

    @property
    def line(self) -> str:
        """What the page is, in one line."""
        page = self.page
        if page.state is UnitState.unparseable:
            return f"{self.name}, broken, nothing stored: {page.reason}"
        state = f"{page.state}, {page.reason}" if page.reason else f"{page.state}"
        count = len(page.listings)
        what = f"{count} listing{'s' if count > 1 else ''}" if count else state
        where = self.unit.id if self.unit else "unplanned"
        when = self.seen.isoformat(timespec="seconds") if self.seen else "undated"
        elsewhere = f" ({self.elsewhere})" if self.elsewhere else ""
        return f"{self.name}, {what}, {where}, {when}{elsewhere}"


def read_page(path: Path, saved: SavedResponse, intake: Intake) -> SavedPage | None:
    """The response as a page, None for what is none; raises ``SavedError``."""
    if saved.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in BEGINNINGS:
        return None
    response = saved.as_response(path.name)
    platform = _platform(path, saved, recognise(response, intake.spiders, intake.hosts), intake)
    if platform is None:
        return None
    page = judge(intake.spiders[platform], response)
    if saved.observed_at and saved.observed_at > intake.now + _SKEW:
        raise SavedError(f"its time, {saved.observed_at.isoformat()}, is yet to come")
    elsewhere = _elsewhere(platform, saved.url, page, intake)
    seen = None if elsewhere else saved.observed_at or intake.observed_at
    unit = None if elsewhere else _unit(platform, saved.url, seen, intake)
    # An archive holds all that a browser asked for: what was refused on the side is no result.
    beside = saved.entry is not None and unit is None
    refused = not page.listings and page.state is not UnitState.unparseable
    if page.reason == NO_LISTINGS or (beside and refused):
        return None
    url = safe_url(saved.url) if saved.url else f"file:{path.name}"
    return SavedPage(platform, saved, page, url, seen, unit, elsewhere)


def _platform(
    path: Path, saved: SavedResponse, recognised: str | None, intake: Intake
) -> str | None:
    if intake.platform and recognised not in {None, intake.platform}:
        if saved.entry is None:
            raise SavedError(f"looks like {recognised}, not {intake.platform}")
        return None
    platform = intake.platform or recognised or path.parent.name
    return platform if platform in intake.spiders else None


def _elsewhere(platform: str, url: str | None, page: Page, intake: Intake) -> str | None:
    """Why a page is not of the site that is watched, such as a sister site's.

    It is kept without a time, so that no breach can follow from another country's listings.
    """
    watched = intake.platforms.get(platform)
    if watched is None:
        return f"{platform} is not in the registry"
    addresses = [url, *(listing.url for listing in page.listings)]
    for address in filter(None, addresses):
        if platform_of(address, intake.hosts) != platform:
            return f"{host_of(address)} is no host of {platform}"
    currencies = {listing.currency for listing in page.listings} - {watched.currency, None}
    if currencies and watched.role != "reference":
        return f"priced in {', '.join(sorted(filter(None, currencies)))}"
    return None


def _unit(
    platform: str, url: str | None, seen: datetime | None, intake: Intake
) -> PlannedUnit | None:
    week = week_of(seen) if seen else intake.week
    if intake.store is None or url is None or week is None or intake.week not in {None, week}:
        return None
    found = intake.store.unit_by_url(platform, url, week)
    return found or intake.addresses(platform, week).unit(url)


def keep_page(found: SavedPage, intake: Intake) -> None:
    """Hand the page on, without cookies, authorisation and tokens."""
    page = SampledPage(
        platform=found.platform,
        url=found.url,
        state=found.page.state,
        origin=Origin.saved,
        unit_id=found.unit.id if found.unit else None,
        reason=found.page.reason,
        observed_at=found.seen,
        received=_received(found, intake),
        listings=found.page.listings,
        total_results=found.page.total_results,
        foreign_results=found.page.foreign_results,
        parser=PARSER,
    )
    intake.on_page(page)
    if intake.store:
        intake.store.write_page(intake.run_id, page)


def _received(found: SavedPage, intake: Intake) -> Received:
    saved = found.saved
    safe = safe_body(saved.body)
    stripped = safe if safe != saved.body else None
    if intake.evidence:
        return intake.evidence.keep(
            week=week_of(found.seen) if found.seen else intake.week or week_of(intake.now),
            platform=found.platform,
            url=found.url,
            status=saved.status,
            headers=safe_headers(saved.headers),
            body=saved.raw,
            at=found.seen,
            stripped=stripped,
            decoded=stripped is not None or saved.raw == saved.body,
        )
    return Received(
        url=found.url,
        size=len(saved.raw),
        sha256=hashlib.sha256(saved.raw).hexdigest(),
        status=saved.status,
        content_type=saved.header("content-type") or None,
        sha256_kept=hashlib.sha256(stripped).hexdigest() if stripped is not None else None,
    )
