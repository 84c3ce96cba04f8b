"""What the store holds of one seller, for the seller who asks (UU 27/2022, article 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from monitor.model import Listing, Value
from monitor.store import schema as db
from monitor.store.archived import ContentOnPage, by_page, by_version
from monitor.store.database import Database, chunks
from monitor.store.rows import LISTING, listing_value


class StoredPage(Value):
    """A page that shows a seller: its hash, where it is kept, and whether it shows others, too."""

    url: str
    kind: str
    observed_at: datetime | None
    sha256: str | None
    evidence: str | None
    is_shared: bool


class StoredSeller(Value):
    """All that the store holds of one seller of a platform.

    ``ids`` and ``names`` are those its offers were shown with; ``contents`` are the contents of its
    offers, each with its number of positions and the first and last week it was seen in. ``labels``
    counts what people said of its offers, ``events`` what they did about its cases.
    """

    platform: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    contents: tuple[tuple[Listing, int, str | None, str | None], ...]
    pages: tuple[StoredPage, ...]
    labels: int
    events: int

    @property
    def items(self) -> frozenset[str]:
        """The ids of its offers."""
        return frozenset(listing.item_id for listing, *_ in self.contents)

    @property
    def weeks(self) -> tuple[str, ...]:
        """The first and last week it was seen in; () where no page told its time."""
        seen = [week for _, _, *span in self.contents for week in span if week]
        return (min(seen), max(seen)) if seen else ()


@dataclass(frozen=True)
class Sellers:
    """Sellers, one at a time."""

    database: Database

    def record(self, platform: str, seller: str) -> StoredSeller | None:
        """What is stored of a seller, named by the platform's id, or by the name as it is shown.

        None where no offer was ever shown with either.
        """
        with self.database.read() as connection:
            number = connection.scalar(
                select(db.Seller.c.id).where(
                    db.Seller.c.platform == platform, db.Seller.c.seller == seller
                )
            )
            version = db.ListingVersion
            is_theirs = version.c.seller_id == number if number else version.c.seller_name == seller
            return _record(connection, platform, is_theirs)


def _record(
    connection: Connection, platform: str, is_theirs: ColumnElement[bool]
) -> StoredSeller | None:
    version = db.ListingVersion
    query = (
        select(*LISTING, version.c.id, version.c.listing_id)
        .join(db.Listing, db.Listing.c.id == version.c.listing_id)
        .outerjoin(db.Seller, db.Seller.c.id == version.c.seller_id)
        .where(db.Listing.c.platform == platform, is_theirs)
        .order_by(version.c.id)
    )
    rows = connection.execute(query).all()
    if not rows:
        return None
    versions = [row.id for row in rows]
    on_pages: dict[int, list[ContentOnPage]] = defaultdict(list)
    for on_page in by_version(connection, versions):
        on_pages[on_page.version].append(on_page)
    contents = tuple((listing_value(row), *_span(on_pages[row.id])) for row in rows)
    listings = sorted({row.listing_id for row in rows})
    return StoredSeller(
        platform=platform,
        ids=tuple(sorted({listing.seller_id for listing, *_ in contents if listing.seller_id})),
        names=tuple(
            sorted({listing.seller_name for listing, *_ in contents if listing.seller_name})
        ),
        contents=contents,
        pages=tuple(_pages(connection, versions, on_pages)),
        labels=_count(connection, db.Label.c.listing_version_id, versions),
        events=_count(connection, db.CaseEvent.c.listing_id, listings),
    )


def _span(on_pages: Collection[ContentOnPage]) -> tuple[int, str | None, str | None]:
    """How many positions a content stood at, and the first and last week."""
    weeks = [on_page.week for on_page in on_pages if on_page.week is not None]
    positions = sum(on_page.positions for on_page in on_pages)
    return positions, min(weeks, default=None), max(weeks, default=None)


def _count(connection: Connection, column: Any, numbers: Collection[int]) -> int:
    """How many rows of a table refer to one of these."""
    parts = chunks(sorted(numbers))
    counts = (connection.scalar(select(func.count()).where(column.in_(part))) for part in parts)
    return sum(count or 0 for count in counts)


def _pages(
    connection: Connection, versions: list[int], on_pages: Mapping[int, list[ContentOnPage]]
) -> Iterator[StoredPage]:
    """The pages that show one of these contents, oldest response first."""
    response, visit = db.Response, db.DetailVisit
    numbers = {on_page.response for row in on_pages.values() for on_page in row}
    for part in chunks(versions):
        visits = select(visit.c.response_id).where(visit.c.listing_version_id.in_(part))
        numbers |= set(connection.scalars(visits))
    shown: dict[int, set[int]] = defaultdict(set)
    for on_page in by_page(connection, numbers):
        shown[on_page.response].add(on_page.version)
    for part in chunks(sorted(numbers)):
        query = select(
            response.c.id, response.c.url, response.c.kind, response.c.observed_at,
            response.c.sha256, response.c.evidence,
        ).where(response.c.id.in_(part)).order_by(response.c.id)  # fmt: skip
        for row in connection.execute(query):
            yield StoredPage(
                url=row.url,
                kind=row.kind,
                observed_at=row.observed_at,
                sha256=row.sha256,
                evidence=row.evidence,
                is_shared=not shown[row.id] <= set(versions),
            )
