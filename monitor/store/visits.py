"""Visits to listings' own pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, insert, select

from monitor.model import DetailVisit, DisplayedInformation, ListingKey
from monitor.store import schema as db
from monitor.store.database import AnyRow, Database
from monitor.store.erasures import ErasureList
from monitor.store.errors import StoreError
from monitor.store.listings import by_platform, ensure_platform, listing_ids, version_ids
from monitor.store.origins import OriginRule
from monitor.store.responses import add_response, same_response
from monitor.store.rows import (
    LISTING,
    RECEIVED,
    drift_columns,
    drift_of,
    listing_value,
    received_value,
    robots_of,
    robots_value,
    row_of,
    value_of,
)

_VISIT: tuple[Any, ...] = (
    db.Response.c.url.label("asked_url"),
    db.Response.c.state,
    db.Response.c.origin,
    db.Response.c.mode,
    db.Response.c.reason,
    db.Response.c.observed_at.label("visited_at"),
    *robots_of(db.Response),
    db.DetailVisit.c.week,
    db.DetailVisit.c.screenshot,
    db.DetailVisit.c.screenshot_sha256,
    db.DetailVisit.c.displayed,
    db.DetailVisit.c.picture_hash,
)


@dataclass(frozen=True)
class Visits:
    """Visits that the weeks' audits asked for."""

    database: Database
    origin_rule: OriginRule
    erasures: ErasureList = ErasureList(None)  # noqa: RUF009 (a frozen value)

    def save(self, run_id: int, visit: DetailVisit) -> int | None:
        """Stores a visit; the same visit again changes nothing.

        A seller who was erased after the visit is left out.
        Returns the number of a response that is new to the store, None for one that is not.
        """
        visit = self.erasures.visit(visit)
        with self.origin_rule.write(visit.origin) as connection:
            ensure_platform(connection, visit.platform)
            if same_response(connection, "detail", visit) is not None:
                return None
            key = (visit.platform, visit.item_id)
            response = add_response(connection, "detail", run_id, visit.week, visit)
            listing = visit.listing
            if listing and (listing.platform, listing.item_id) != key:
                raise StoreError(f"visit of {visit.platform} {visit.item_id} read another listing")
            row = row_of(
                db.DetailVisit,
                visit,
                response_id=response,
                listing_id=listing_ids(connection, [key])[key],
                listing_version_id=version_ids(connection, [listing])[0] if listing else None,
                displayed=visit.displayed and msgspec.to_builtins(visit.displayed),
                **drift_columns(listing),
            )
            connection.execute(insert(db.DetailVisit), row)
            return response

    def of_week(self, week: str) -> tuple[DetailVisit, ...]:
        """Visits that a week's audit asked for, in the order they were made."""
        return self._read(db.DetailVisit.c.week == week)

    def of_listing(self, platform: str, item_id: str) -> tuple[DetailVisit, ...]:
        """All visits to one listing's own page, in the order they were made."""
        key = ListingKey(platform, item_id)
        return self.of_listings([key]).get(key, ())

    def of_listings(self, keys: Iterable[ListingKey]) -> dict[ListingKey, tuple[DetailVisit, ...]]:
        """All visits to the own pages of each of some listings, in the order they were made."""
        visits: dict[ListingKey, list[DetailVisit]] = defaultdict(list)
        for platform, items in by_platform(keys):
            for visit in self._read(
                db.Listing.c.platform == platform, db.Listing.c.item.in_(items)
            ):
                visits[visit.key].append(visit)
        return {key: tuple(history) for key, history in visits.items()}

    def hashes_by_address(self, platform: str) -> dict[str, str]:
        """The numbers of a platform's pictures that visits learnt, by the picture's address."""
        query = (
            select(db.ListingVersion.c.image_url, db.DetailVisit.c.picture_hash)
            .select_from(db.DetailVisit)
            .join(db.Listing, db.Listing.c.id == db.DetailVisit.c.listing_id)
            .join(db.ListingVersion, db.ListingVersion.c.id == db.DetailVisit.c.listing_version_id)
            .where(
                db.Listing.c.platform == platform,
                db.DetailVisit.c.picture_hash.is_not(None),
                db.ListingVersion.c.image_url.is_not(None),
            )
            .order_by(db.DetailVisit.c.response_id)
        )
        with self.database.read() as connection:
            return {row.image_url: row.picture_hash for row in connection.execute(query)}

    def hashes_by_listing(self, as_of: datetime) -> dict[ListingKey, str]:
        """The number of each visited listing's picture, as last learnt by ``as_of``."""
        query = (
            select(db.Listing.c.platform, db.Listing.c.item, db.DetailVisit.c.picture_hash)
            .select_from(db.DetailVisit)
            .join(db.Response, db.Response.c.id == db.DetailVisit.c.response_id)
            .join(db.Listing, db.Listing.c.id == db.DetailVisit.c.listing_id)
            .where(db.DetailVisit.c.picture_hash.is_not(None), db.Response.c.observed_at <= as_of)
            .order_by(db.DetailVisit.c.response_id)
        )
        with self.database.read() as connection:
            return {
                ListingKey(row.platform, row.item): row.picture_hash
                for row in connection.execute(query)
            }

    def _read(self, *criteria: ColumnElement[bool]) -> tuple[DetailVisit, ...]:
        query = (
            select(*LISTING, *RECEIVED, *_VISIT, *drift_of(db.DetailVisit))
            .select_from(db.DetailVisit)
            .join(db.Response, db.Response.c.id == db.DetailVisit.c.response_id)
            .join(db.Listing, db.Listing.c.id == db.DetailVisit.c.listing_id)
            .outerjoin(
                db.ListingVersion, db.ListingVersion.c.id == db.DetailVisit.c.listing_version_id
            )
            .outerjoin(db.Seller, db.Seller.c.id == db.ListingVersion.c.seller_id)
            .where(*criteria)
            .order_by(db.DetailVisit.c.response_id)
        )
        with self.database.read() as connection:
            return tuple(_visit(row) for row in connection.execute(query))


def _visit(row: AnyRow) -> DetailVisit:
    return value_of(
        DetailVisit,
        row,
        url=row.asked_url,
        robots=robots_value(row),
        received=received_value(row),
        listing=listing_value(row, drift=True) if row.title is not None else None,
        displayed=row.displayed and msgspec.convert(row.displayed, DisplayedInformation),
    )
