"""Which listings of a week people label."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from monitor.model import AuditSample, SampledListing
from monitor.store import schema as db
from monitor.store.database import Database, table
from monitor.store.errors import StoreError
from monitor.store.rows import VERSION_KEY, row_of, value_of


@dataclass(frozen=True)
class AuditSamples:
    """The audit samples of the weeks."""

    database: Database

    def save(self, draw: AuditSample) -> None:
        """Stores a week's sample once, before its first label; another one is refused."""
        with self.database.write() as connection:
            stored = _load(connection, draw.week)
            if stored is not None:
                if stored == draw:
                    return
                raise StoreError(f"the audit of {draw.week} is already drawn, and stands")
            numbers = _drawn_versions(connection, draw)
            connection.execute(insert(table(db.AuditDraw)), row_of(db.AuditDraw, draw))
            rows = [
                row_of(
                    db.SampledListing,
                    item,
                    week=draw.week,
                    position=position,
                    listing_version_id=numbers[item.observation_id],
                )
                for position, item in enumerate(draw.items)
            ]
            if rows:
                connection.execute(insert(table(db.SampledListing)), rows)

    def of_week(self, week: str) -> AuditSample | None:
        """The audit sample of a week."""
        with self.database.read() as connection:
            return _load(connection, week)


def _load(connection: Connection, week: str) -> AuditSample | None:
    query = select(table(db.AuditDraw)).where(db.AuditDraw.week == week)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    items = (
        select(table(db.SampledListing), *VERSION_KEY)
        .join(db.ListingVersion, db.ListingVersion.id == db.SampledListing.listing_version_id)
        .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
        .where(db.SampledListing.week == week)
        .order_by(db.SampledListing.position)
    )
    listings = tuple(value_of(SampledListing, item) for item in connection.execute(items))
    return value_of(AuditSample, row, items=listings)


def _drawn_versions(connection: Connection, draw: AuditSample) -> dict[int, int]:
    query = (
        select(
            db.Observation.id,
            db.Observation.listing_version_id,
            *VERSION_KEY,
        )
        .join(db.ListingVersion, db.ListingVersion.id == db.Observation.listing_version_id)
        .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
        .where(db.Observation.week == draw.week)
    )
    stood = {row.id: row for row in connection.execute(query)}
    for item in draw.items:
        row = stood.get(item.observation_id)
        expected = (item.platform, item.item_id, item.version)
        if row is None or (row.platform, row.item_id, row.version) != expected:
            raise StoreError(
                f"{draw.week}: drawn place {item.observation_id} does not hold"
                f" {item.platform} {item.item_id} in that version"
            )
    return {number: row.listing_version_id for number, row in stood.items()}
