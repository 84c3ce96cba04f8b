"""One saved response as a page: recognised, judged, matched to the plan, kept."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace
from scrapy.http import HtmlResponse

from monitor.config import previous_week, week_of
from monitor.crawl.documents import documents, is_json
from monitor.crawl.parsing import (
    CONTRADICTION,
    NO_LISTINGS,
    SOFT_BLOCK,
    Page,
    judge,
    judge_item,
    platform_of,
    recognise,
)
from monitor.crawl.saved.addresses import Addresses
from monitor.crawl.saved.contradictions import contradiction
from monitor.crawl.saved.privacy import safe_body, safe_headers, safe_url
from monitor.crawl.saved_responses import (
    NoListingPageError,
    SavedError,
    SavedResponse,
    begins_as_page,
)
from monitor.crawl.spider import PlatformSpider, host_of
from monitor.evidence import EvidenceStore
from monitor.model import (
    DetailVisit,
    Mode,
    Origin,
    PlannedUnit,
    ResponseRecord,
    RobotsDecision,
    SampledPage,
    UnitState,
)
from monitor.registry import Platform
from monitor.store import Store

_SKEW = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Where saved pages go, and what is known of them beside the files.

    A dated page belongs to its own week, an undated one to ``week`` where that is given; only then
    is it matched to a planned unit. Without ``store`` nothing is kept; ``on_page`` sees every page.
    ``nodes`` and ``keys`` count by platform the listings in the data of pages, and their keys.
    ``controls`` are platforms known to show listings beside those that the file itself shows.
    ``robots`` is what robots.txt says of the address that was opened, ``screenshot`` a picture
    (PNG) of what it showed; None where they are not known.
    """

    spiders: Mapping[str, type[PlatformSpider]]
    platforms: Mapping[str, Platform]
    now: datetime
    store: Store | None = None
    origin: Origin = Origin.saved
    run_id: int = 0
    evidence: EvidenceStore | None = None
    platform: str | None = None
    week: str | None = None
    observed_at: datetime | None = None
    on_page: Callable[[SampledPage], None] = lambda page: None
    robots: RobotsDecision | None = None
    screenshot: bytes | None = None
    controls: frozenset[str] = frozenset()
    nodes: Counter[str] = field(default_factory=Counter)
    keys: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _addresses: dict[tuple[str, str], Addresses] = field(default_factory=dict)

    def addresses(self, platform: str, week: str) -> Addresses:
        """At which other addresses the planned pages of a platform may have been saved."""
        if (platform, week) not in self._addresses:
            assert self.store is not None
            records = (
                *self.store.units.of_week(week, platform),
                *self.store.units.of_week(week, platform, second_way=True),
            )
            units = (record.unit for record in records)
            self._addresses[platform, week] = Addresses(self.platforms[platform], units)
        return self._addresses[platform, week]

    @cached_property
    def hosts(self) -> dict[str, str]:
        """The platforms' hosts with their ids."""
        return {
            host: platform.id for platform in self.platforms.values() for host in platform.hosts
        }


class SavedPage(NamedTuple):
    """A response of a known platform, and what it is.

    ``elsewhere`` says why it is not of the site that is watched. The page of a listing itself has
    ``is_item_page``. What was refused on the side, in an archive, has ``is_beside``: no result.
    """

    platform: str
    saved: SavedResponse
    page: Page
    url: str
    seen: datetime | None
    unit: PlannedUnit | None
    elsewhere: str | None = None
    is_item_page: bool = False
    is_beside: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether it is a known refusal, and not a page that merely shows nothing."""
        return self.page.state is UnitState.blocked and self.page.reason != SOFT_BLOCK

    @property
    def line(self) -> str:
        """What the page is, in one line, with its entry where the file has several."""
        page = self.page
        name = f"{self.saved.entry} {self.platform}" if self.saved.entry else self.platform
        if page.state is UnitState.unparseable:
            return f"{name}, broken, nothing stored: {page.reason}"
        state = f"{page.state}, {page.reason}" if page.reason else f"{page.state}"
        count = len(page.listings)
        what = f"{count} listing{'s' if count > 1 else ''}" if count else state
        what += f", {len(page.unreadable)} unreadable" if page.unreadable else ""
        what = f"own page of {page.listings[0].item_id}" if self.is_item_page else what
        where = self.unit.id if self.unit else "visit" if self.is_item_page else "unplanned"
        when = self.seen.isoformat(timespec="seconds") if self.seen else "undated"
        elsewhere = f" ({self.elsewhere})" if self.elsewhere else ""
        return f"{name}, {what}, {where}, {when}{elsewhere}"


def read_page(path: Path, saved: SavedResponse, intake: Intake) -> SavedPage | None:
    """The response as a page, None for what is none; raises ``SavedError``."""
    if not begins_as_page(saved.body):
        return None
    response = saved.as_response(path.name)
    if saved.entry is None and is_json(response):
        try:
            documents(response)
        except ValueError as error:
            raise SavedError(f"broken JSON: {error}"[:160]) from error
    platform = _platform(path, saved, recognise(response, intake.spiders, intake.hosts), intake)
    if platform is None:
        return None
    page, is_item_page = _judged(intake.spiders[platform], response)
    if saved.observed_at and saved.observed_at > intake.now + _SKEW:
        raise SavedError(f"its time, {saved.observed_at.isoformat()}, is yet to come")
    elsewhere = _elsewhere(platform, saved.url, page, intake)
    seen = None if elsewhere else saved.observed_at or intake.observed_at
    if is_item_page and (elsewhere or seen is None):
        if saved.entry is not None:
            return None
        why = elsewhere or "its time is not known; give --observed-at"
        raise NoListingPageError(f"own page of {page.listings[0].item_id}: {why}")
    is_planned = not elsewhere and not is_item_page
    unit = _unit(platform, saved.url, seen, intake) if is_planned else None
    # An archive holds all that a browser asked for: what was refused on the side is no result.
    unplanned_entry = saved.entry is not None and unit is None
    is_beside = unplanned_entry and not page.listings and page.state is not UnitState.unparseable
    url = safe_url(saved.url) if saved.url else f"file:{path.name}"
    saved_page = SavedPage(
        platform, saved, page, url, seen, unit, elsewhere, is_item_page, is_beside
    )
    is_nothing = page.reason == NO_LISTINGS or (is_beside and not saved_page.is_refused)
    return None if is_nothing else saved_page


def _judged(spider: type[PlatformSpider], response: HtmlResponse) -> tuple[Page, bool]:
    """What a saved page holds, and whether it is the own page of the one listing it holds.

    A page whose data contradict its own cards was edited, and is not read. An own page shows
    others beside it: its address decides, else that no result page can be read.
    """
    page = judge(spider, response)
    if page.listings and (edited := contradiction(spider, response)):
        return Page(state=UnitState.unparseable, reason=f"{CONTRADICTION}: {edited}"), False
    pattern = spider.item_id_pattern
    has_item_address = pattern is not None and re.search(pattern, response.url)
    if is_json(response) or not (has_item_address or page.reason == NO_LISTINGS):
        return page, False
    item_page = judge_item(spider, response)
    return (item_page, True) if item_page.listings else (page, False)


def _platform(
    path: Path, saved: SavedResponse, recognised: str | None, intake: Intake
) -> str | None:
    """The platform by option, content or folder; None for what is none or another's entry.

    Raises ``SavedError`` where a whole file is recognised as another platform's than the option's.
    """
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
    """The planned unit at this address, of the week in which the page was seen."""
    week = week_of(seen) if seen else intake.week
    if intake.store is None or url is None or week is None or intake.week not in {None, week}:
        return None
    unit = intake.store.units.at_url(platform, url, week)
    return unit or intake.addresses(platform, week).unit(url)


class KeptPicture(NamedTuple):
    """Path below the evidence and SHA-256 of a screenshot; both None where there is none."""

    screenshot: str | None = None
    screenshot_sha256: str | None = None


class KeptPage(NamedTuple):
    """How many personal values were taken out of a page, the number of its response, its picture.

    The number is None where the page was in the store already, or nothing is kept.
    """

    stripped: int
    response_id: int | None
    picture: KeptPicture


def keep_page(saved_page: SavedPage, intake: Intake) -> KeptPage:
    """Hand the page on without personal data, to the store where there is one."""
    keys = intake.spiders[saved_page.platform].listing_keys
    safe, count = safe_body(saved_page.saved.body, keys)
    received = _received(saved_page, safe if count else None, intake)
    page = SampledPage(
        platform=saved_page.platform,
        url=saved_page.url,
        origin=intake.origin,
        mode=Mode.inspector,
        unit_id=saved_page.unit.id if saved_page.unit else None,
        observed_at=saved_page.seen,
        robots=intake.robots,
        received=received,
        **saved_page.page.reading(),
    )
    intake.on_page(page)
    response_id = None
    picture = _kept_picture(saved_page, intake)
    if intake.store and saved_page.is_item_page:
        visit = replace(_visit(page, intake.store), **picture._asdict())
        response_id = intake.store.visits.save(intake.run_id, visit)
    elif intake.store:
        response_id = intake.store.pages.save(intake.run_id, page)
    return KeptPage(count, response_id, picture)


def _kept_picture(saved_page: SavedPage, intake: Intake) -> KeptPicture:
    """Keeps the screenshot among the evidence, of a page that a unit or an audit may need."""
    may_be_needed = saved_page.unit is not None or saved_page.is_item_page
    if not (may_be_needed and intake.screenshot and intake.evidence and saved_page.seen):
        return KeptPicture()
    address = hashlib.sha256(saved_page.url.encode()).hexdigest()[:12]
    path, sha256 = intake.evidence.keep_file(
        week=week_of(saved_page.seen),
        name=f"{saved_page.platform}-{intake.run_id}-{address}.png",
        content=intake.screenshot,
    )
    return KeptPicture(path, sha256)


def _visit(page: SampledPage, store: Store) -> DetailVisit:
    """A listing's own page as a visit for the audit that drew the listing.

    That is the audit of the page's own week or of the one before, else its own week counts.
    """
    assert page.observed_at is not None
    [listing] = page.listings
    own_week = week_of(page.observed_at)
    for week in (own_week, previous_week(own_week)):
        draw = store.audit_samples.of_week(week)
        if draw and any(
            (item.platform, item.item_id) == (page.platform, listing.item_id) for item in draw.items
        ):
            break
    else:
        week = own_week
    return DetailVisit(
        platform=listing.platform,
        item_id=listing.item_id,
        url=page.url,
        week=week,
        state=page.state,
        origin=page.origin,
        mode=page.mode,
        visited_at=page.observed_at,
        received=page.received,
        listing=listing,
        displayed=page.displayed,
    )


def _received(saved_page: SavedPage, stripped: bytes | None, intake: Intake) -> ResponseRecord:
    """What is kept of the response, ``stripped`` if given; without evidence only its hashes."""
    saved, seen = saved_page.saved, saved_page.seen
    if intake.evidence:
        return intake.evidence.keep(
            week=week_of(seen) if seen else intake.week or week_of(intake.now),
            platform=saved_page.platform,
            url=saved_page.url,
            status=saved.status,
            headers=safe_headers(saved.headers),
            body=saved.raw,
            at=seen,
            stripped=stripped,
            decoded=stripped is not None or saved.raw == saved.body,
        )
    return ResponseRecord(
        url=saved_page.url,
        size=len(saved.raw),
        sha256=hashlib.sha256(saved.raw).hexdigest(),
        status=saved.status,
        content_type=saved.header("content-type") or None,
        sha256_kept=hashlib.sha256(stripped).hexdigest() if stripped is not None else None,
    )
