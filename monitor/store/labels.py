"""What people said of listings; labels are only ever appended."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Table, insert, select

from monitor.model import Label
from monitor.store import schema as db
from monitor.store.content import clean
from monitor.store.database import AnySelect, Database
from monitor.store.errors import StoreError
from monitor.store.rows import VERSION_KEY, row_of, value_of


@dataclass(frozen=True)
class Labels:
    """Labels, in the order of their arrival; or in another ``model`` the answers to controls."""

    database: Database
    model: Table = db.Label

    def append(self, label: Label) -> None:
        """Appends a label; refuses unknown listings, unknown annotators and the same again."""
        with self.database.write() as connection:
            number = connection.scalar(
                select(db.ListingVersion.c.id)
                .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
                .where(
                    db.Listing.c.platform == label.platform,
                    db.Listing.c.item == label.item_id,
                    db.ListingVersion.c.version == label.version,
                )
            )
            listing = f"{label.platform} {label.item_id} {label.version[:12]}"
            if number is None:
                raise StoreError(f"label of {listing}: no such listing version in the store")
            person = select(db.Annotator.c.name).where(db.Annotator.c.name == label.annotator)
            if connection.scalar(person) is None:
                raise StoreError(f"label of {listing}: {label.annotator!r} was not invited")
            same = select(self.model.c.id).where(
                self.model.c.listing_version_id == number,
                self.model.c.annotator == label.annotator,
                self.model.c.kind == label.kind,
                self.model.c.question == label.question,
                self.model.c.at == label.at,
            )
            if connection.scalar(same) is not None:
                raise StoreError(f"label of {listing} by {label.annotator}: is already stored")
            row = row_of(self.model, label, listing_version_id=number, note=clean(label.note))
            connection.execute(insert(self.model), row)

    def all(self, week: str | None = None, since: str | None = None) -> tuple[Label, ...]:
        """Labels of all audits, of one ``week``, or of all from the week ``since`` on."""
        query = self._labels()
        if week is not None:
            query = query.where(self.model.c.week == week)
        if since is not None:
            query = query.where(self.model.c.week >= since)
        return self._read(query)

    def carried_into(self, week: str) -> tuple[Label, ...]:
        """Labels of earlier audits whose listing version stands unchanged at a place this week."""
        seen = select(db.Observation.c.listing_version_id).where(db.Observation.c.week == week)
        return self._read(
            self._labels().where(
                self.model.c.week < week, self.model.c.listing_version_id.in_(seen)
            )
        )

    def _read(self, query: AnySelect) -> tuple[Label, ...]:
        with self.database.read() as connection:
            return tuple(value_of(Label, row) for row in connection.execute(query))

    def _labels(self) -> AnySelect:
        return (
            select(self.model, *VERSION_KEY)
            .join(db.ListingVersion, db.ListingVersion.c.id == self.model.c.listing_version_id)
            .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
            .order_by(self.model.c.id)
        )
