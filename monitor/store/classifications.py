"""Decisions of the classifier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import and_, select

from monitor.model import Classification, Listing, VersionKey
from monitor.store import schema as db
from monitor.store.database import BATCH, Database, insert_missing, streamed
from monitor.store.rows import LISTING, VERSION_KEY, listing_value, row_of, value_of


@dataclass(frozen=True)
class Classifications:
    """What classifier versions decided about listing versions."""

    database: Database

    def pending(self, classifier: str) -> Iterator[tuple[int, Listing]]:
        """Listing versions a classifier version has not decided yet, with their numbers."""
        decided = and_(
            db.Classification.c.listing_version_id == db.ListingVersion.c.id,
            db.Classification.c.classifier == classifier,
        )
        query = (
            select(*LISTING, db.ListingVersion.c.id)
            .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
            .outerjoin(db.Seller, db.Seller.c.id == db.ListingVersion.c.seller_id)
            .outerjoin(db.Classification, decided)
            .where(db.Classification.c.id.is_(None))
            .order_by(db.ListingVersion.c.id)
        )
        with self.database.read() as connection:
            for row in streamed(connection, query):
                yield row.id, listing_value(row)

    def save(self, decisions: Iterable[tuple[int, Classification]]) -> int:
        """Stores decisions by number of listing version, in batches; returns how many were new.

        What one classifier version decided about one listing version stands.
        """
        remaining, new = iter(decisions), 0
        while batch := list(islice(remaining, BATCH)):
            with self.database.write() as connection:
                rows = [
                    row_of(db.Classification, decision, listing_version_id=number)
                    for number, decision in batch
                ]
                new += insert_missing(connection, db.Classification, rows)
        return new

    def of_sampled(self, week: str, classifier: str) -> dict[VersionKey, Classification]:
        """What a classifier version says of the listing versions in a week's audit sample, but why.

        Those it has not decided are left out.
        """
        query = (
            select(db.Classification, *VERSION_KEY)
            .select_from(db.SampledListing)
            .join(
                db.ListingVersion, db.ListingVersion.c.id == db.SampledListing.c.listing_version_id
            )
            .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
            .join(
                db.Classification, db.Classification.c.listing_version_id == db.ListingVersion.c.id
            )
            .where(db.SampledListing.c.week == week, db.Classification.c.classifier == classifier)
        )
        with self.database.read() as connection:
            return {
                VersionKey(row.platform, row.item_id, row.version): value_of(
                    Classification, row, signals=()
                )
                for row in connection.execute(query)
            }
