"""What people did about confirmed offers; only ever appended."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import insert, select

from monitor.model import CaseEvent, CaseKey
from monitor.store import schema as db
from monitor.store.content import clean
from monitor.store.database import Database
from monitor.store.errors import StoreError
from monitor.store.rows import row_of, value_of


@dataclass(frozen=True)
class CaseEvents:
    """Letters, answers and closings of cases, in the order of their arrival."""

    database: Database

    def append(self, key: CaseKey, event: CaseEvent) -> None:
        """Appends what people did; refuses an unknown offer, and what pages have to prove."""
        if not event.kind.is_entered:
            raise StoreError(f"{key.platform} {key.item_id}: {event.kind} is proved, not entered")
        with self.database.write() as connection:
            listing = connection.scalar(
                select(db.Listing.c.id).where(
                    db.Listing.c.platform == key.platform, db.Listing.c.item == key.item_id
                )
            )
            if listing is None:
                raise StoreError(f"{key.platform} {key.item_id}: no such listing in the store")
            row = row_of(
                db.CaseEvent,
                event,
                listing_id=listing,
                question=key.question,
                note=clean(event.note),
            )
            connection.execute(insert(db.CaseEvent), row)

    def all(self) -> dict[CaseKey, list[CaseEvent]]:
        """What people did about each case."""
        query = (
            select(db.CaseEvent, db.Listing.c.platform, db.Listing.c.item)
            .join(db.Listing, db.Listing.c.id == db.CaseEvent.c.listing_id)
            .order_by(db.CaseEvent.c.id)
        )
        events: dict[CaseKey, list[CaseEvent]] = defaultdict(list)
        with self.database.read() as connection:
            for row in connection.execute(query):
                key = CaseKey(row.platform, row.item, row.question)
                events[key].append(value_of(CaseEvent, row))
        return events
