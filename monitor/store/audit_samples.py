"""Which listings of a week people label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from monitor.model import AuditSample, Control, SampledListing
from monitor.store import schema as db
from monitor.store.archived import require_unarchived
from monitor.store.database import AnyRow, Database, chunks
from monitor.store.errors import StoreError
from monitor.store.rows import VERSION_KEY, row_of, value_of


@dataclass(frozen=True)
class AuditSamples:
    """The audit samples of the weeks."""

    database: Database

    def save(self, draw: AuditSample) -> None:
        """Stores a week's sample once, before its first label; another one is refused."""
        with self.database.write() as connection:
            stored = load_sample(connection, draw.week)
            if stored is not None:
                if stored == draw:
                    return
                raise StoreError(f"the audit of {draw.week} is already drawn, and stands")
            require_unarchived(connection, draw.week)
            numbers = _versions(connection, draw.week, draw.items)
            connection.execute(insert(db.AuditDraw), row_of(db.AuditDraw, draw))
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
                connection.execute(insert(db.SampledListing), rows)
            for control in draw.controls:
                numbers |= _versions(connection, control.week, [control])
            if draw.controls:
                rows = [
                    row_of(
                        db.Control,
                        control,
                        week=draw.week,
                        position=position,
                        seen_week=control.week,
                        listing_version_id=numbers[control.observation_id],
                    )
                    for position, control in enumerate(draw.controls)
                ]
                connection.execute(insert(db.Control), rows)

    def of_week(self, week: str) -> AuditSample | None:
        """The audit sample of a week."""
        with self.database.read() as connection:
            return load_sample(connection, week)


def load_sample(connection: Connection, week: str) -> AuditSample | None:
    """The audit sample of a week; None where none is drawn."""
    query = select(db.AuditDraw).where(db.AuditDraw.c.week == week)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    items = (
        select(db.SampledListing, *VERSION_KEY)
        .join(db.ListingVersion, db.ListingVersion.c.id == db.SampledListing.c.listing_version_id)
        .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
        .where(db.SampledListing.c.week == week)
        .order_by(db.SampledListing.c.position)
    )
    listings = tuple(value_of(SampledListing, item) for item in connection.execute(items))
    controls = (
        select(db.Control, *VERSION_KEY)
        .join(db.ListingVersion, db.ListingVersion.c.id == db.Control.c.listing_version_id)
        .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
        .where(db.Control.c.week == week)
        .order_by(db.Control.c.position)
    )
    return value_of(
        AuditSample,
        row,
        items=listings,
        controls=tuple(
            value_of(Control, control, week=control.seen_week)
            for control in connection.execute(controls)
        ),
    )


def _versions(
    connection: Connection, week: str, drawn: Sequence[SampledListing | Control]
) -> dict[int, int]:
    """The listing versions at the places of a week that were drawn, by the observation's number.

    Raises ``StoreError`` where another one stood there.
    """
    stood: dict[int, AnyRow] = {}
    for part in chunks([listing.observation_id for listing in drawn]):
        query = (
            select(db.Observation.c.id, db.Observation.c.listing_version_id, *VERSION_KEY)
            .join(db.ListingVersion, db.ListingVersion.c.id == db.Observation.c.listing_version_id)
            .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
            .where(db.Observation.c.week == week, db.Observation.c.id.in_(part))
        )
        stood |= {row.id: row for row in connection.execute(query)}
    for listing in drawn:
        row = stood.get(listing.observation_id)
        if row is None or (row.platform, row.item_id, row.version) != listing.key:
            raise StoreError(
                f"{week}: drawn place {listing.observation_id} does not hold"
                f" {listing.platform} {listing.item_id} in that version"
            )
    return {number: row.listing_version_id for number, row in stood.items()}
