"""What a page holds, and how it was received."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from monitor.model.base import Value
from monitor.model.displayed import DisplayedInformation
from monitor.model.vocabulary import (
    Condition,
    Mode,
    Origin,
    Prohibited,
    Question,
    SignalField,
    UnitState,
)

HOME = "ID"
"""Country of dispatch of an offer that is not from abroad."""


class ListingKey(NamedTuple):
    """What tells one listing from all others."""

    platform: str
    item_id: str


class VersionKey(NamedTuple):
    """What tells one version of a listing from all others; ``version`` is its content hash."""

    platform: str
    item_id: str
    version: str


class LabelKey(NamedTuple):
    """What labels are about: a version of a listing, and what was asked of it."""

    platform: str
    item_id: str
    version: str
    question: Question = Question.cross_border

    @property
    def version_key(self) -> VersionKey:
        """The listing version alone."""
        return VersionKey(self.platform, self.item_id, self.version)

    @property
    def names(self) -> tuple[str, ...]:
        """What chance is drawn by: of who sells as before there was another question."""
        return self.version_key if self.question is Question.cross_border else self


class Listing(Value):
    """One offer as a page showed it. ``item_id`` and ``title`` are never empty on a parsed page.

    ``condition`` is the platform's own field, ``used`` or ``new``; None where it shows none.
    """

    platform: str
    item_id: str
    title: str
    url: str | None = None
    image_url: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    seller_id: str | None = None
    seller_name: str | None = None
    official_store: bool | None = None
    ship_from: str | None = None
    ship_from_country: str | None = None
    cross_border_flag: bool | None = None
    category_id: str | None = None
    category_path: str | None = None
    brand: str | None = None
    rating: float | None = None
    sold: int | None = None
    rank: int | None = None
    sponsored: bool | None = None
    imported_flag: bool | None = None
    condition: Condition | None = None

    @property
    def key(self) -> ListingKey:
        """Its platform and item id."""
        return ListingKey(self.platform, self.item_id)

    def bears_mark_of(
        self, question: Question, home: str = HOME, prohibited: Prohibited | None = None
    ) -> bool:
        """Whether the platform's own fields bear out a yes.

        That an offer is from abroad: the cross-border mark, or a country of dispatch other than
        ``home``. That it is imported used clothing: the field of condition says used, where the
        screen read words of import or a bale beside it (``prohibited``); a used shirt alone is of
        its wearer.
        """
        if question is Question.used_clothing:
            is_used = self.condition is Condition.used
            return is_used and prohibited is Prohibited.used_clothing
        return bool(self.cross_border_flag) or self.ship_from_country not in {None, home}


def count_sellers(sellers: Iterable[tuple[str | None, str | None]]) -> int:
    """How many different sellers the (id, name) pairs are of; who is not shown is not counted.

    Names count only where no id is known: one seller may have an id here and a name there, and
    must not count twice.
    """
    pairs = list(sellers)
    ids = {seller_id for seller_id, _ in pairs if seller_id}
    return len(ids or {name for _, name in pairs if name})


class UnreadablePosition(Value):
    """A place of a result page, from 1, whose listing cannot be read, and why.

    ``item_id`` is the listing's id where that much of it is known.
    """

    place: int
    reason: str
    item_id: str | None = None


class Presence(Value):
    """In how many of ``listings`` shown on result pages each field was present, by its name."""

    listings: int
    present: dict[SignalField, int]


class RobotsDecision(Value):
    """What robots.txt (or a recorded permission) said about one URL."""

    allowed: bool
    robots_url: str
    rule: str | None = None
    fetched_at: datetime | None = None
    permission: str | None = None


class ResponseRecord(Value):
    """A response as received: its hashes (SHA-256, hex) and where the evidence keeps it.

    ``sha256`` is over the body as it came, ``sha256_kept`` over what was kept where tokens or
    cookies had to be stripped from it. ``evidence`` is ``<file>#<offset>`` below ``evidence/``.
    """

    url: str
    size: int
    sha256: str
    status: int | None = None
    content_type: str | None = None
    sha256_kept: str | None = None
    evidence: str | None = None


class SampledPage(Value):
    """One fetch of one result page: what a crawl or a saved file hands to the store, whole.

    ``unit_id`` is None for a page outside the plan, ``observed_at`` None where a saved file does
    not tell its time (no breach follows from it then). ``unreadable`` are places between those of
    the listings. Of ``total_results``, which the platform claims to have, ``foreign_results`` ship
    from abroad by its own count. ``mode`` says who met the page. ``displayed`` is what a listing's
    own page shows to consumers; None of a result page, and where it was read for nothing.
    """

    platform: str
    url: str
    state: UnitState
    origin: Origin
    mode: Mode = Mode.crawler
    unit_id: str | None = None
    reason: str | None = None
    observed_at: datetime | None = None
    robots: RobotsDecision | None = None
    received: ResponseRecord | None = None
    listings: tuple[Listing, ...] = ()
    unreadable: tuple[UnreadablePosition, ...] = ()
    total_results: int | None = None
    foreign_results: int | None = None
    parser: str | None = None
    displayed: DisplayedInformation | None = None


GONE = "gone"
"""Reason of an ``empty`` visit: the page itself says that its listing is no longer offered."""


class DetailVisit(Value):
    """A visit to a listing's own page; ``listing`` is what that page says, None if it failed.

    ``empty`` with the reason ``GONE`` where the platform itself says that the listing is no longer
    offered, and shows others. ``displayed`` is what the page shows to consumers, None where it was
    read for nothing, and of visits made before it was read. ``picture_hash`` is the number of its
    first picture (160 hex digits, ``monitor.classify.picture_hash``), None where none was learnt.
    """

    platform: str
    item_id: str
    url: str
    week: str
    state: UnitState
    origin: Origin
    mode: Mode = Mode.crawler
    reason: str | None = None
    visited_at: datetime | None = None
    robots: RobotsDecision | None = None
    received: ResponseRecord | None = None
    screenshot: str | None = None
    screenshot_sha256: str | None = None
    listing: Listing | None = None
    displayed: DisplayedInformation | None = None
    picture_hash: str | None = None

    @property
    def key(self) -> ListingKey:
        """The listing that was visited."""
        return ListingKey(self.platform, self.item_id)
