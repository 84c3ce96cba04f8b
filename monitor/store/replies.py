"""What platforms were asked before a release; only ever appended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, insert, select

from monitor.model import (
    CaseEvent,
    CaseEventKind,
    CaseKey,
    CaseState,
    Cluster,
    EditionKind,
    Question,
    ReplyRequest,
)
from monitor.store import schema as db
from monitor.store.content import clean
from monitor.store.database import Database, table
from monitor.store.errors import StoreError
from monitor.store.rows import row_of, value_of


@dataclass(frozen=True)
class ReplyRequests:
    """Requests for a reply, in the order of asking."""

    database: Database

    def append(self, request: ReplyRequest, cases: Sequence[CaseKey]) -> None:
        """Appends a request, and of each of its ``cases`` that it was asked about, or nothing."""
        asked = CaseEvent(kind=CaseEventKind.asked, at=request.asked_at, ref=request.ref)
        with self.database.write() as connection:
            row = row_of(db.ReplyRequest, request, addressee=clean(request.addressee))
            connection.execute(insert(table(db.ReplyRequest)), row)
            for key in cases:
                listing = connection.scalar(
                    select(db.Listing.id).where(
                        db.Listing.platform == key.platform, db.Listing.item == key.item_id
                    )
                )
                if listing is None:
                    raise StoreError(f"{key.platform} {key.item_id}: no such listing in the store")
                event = row_of(db.CaseEvent, asked, listing_id=listing, question=key.question)
                connection.execute(insert(table(db.CaseEvent)), event)

    def all(self, week: str | None = None) -> tuple[ReplyRequest, ...]:
        """All requests, or those about a week, the first one first."""
        query = select(table(db.ReplyRequest)).order_by(db.ReplyRequest.id)
        if week is not None:
            query = query.where(db.ReplyRequest.week == week)
        with self.database.read() as connection:
            return tuple(value_of(ReplyRequest, row) for row in connection.execute(query))

    def unasked(self, week: str, kind: EditionKind, as_of: datetime) -> dict[str, int]:
        """How many open, proven cases of an edition each platform was never told of.

        Neither by a letter nor before a release; by platform, those without such a case left out.
        """
        case = db.EditionCase
        told = (
            select(db.CaseEvent.id)
            .join(db.Listing, db.Listing.id == db.CaseEvent.listing_id)
            .where(
                db.Listing.platform == case.platform,
                db.Listing.item == case.item,
                (db.CaseEvent.question == Question.used_clothing)
                == (case.cluster == Cluster.used_clothing),
                db.CaseEvent.kind.in_([CaseEventKind.asked, CaseEventKind.reported]),
            )
        )
        query = (
            select(case.platform, func.count().label("cases"))
            .join(db.Edition, db.Edition.id == case.edition_id)
            .where(
                db.Edition.week == week,
                db.Edition.kind == kind,
                db.Edition.as_of == as_of,
                case.is_proven,
                case.state.in_([state for state in CaseState if state.is_open]),
                ~exists(told),
            )
            .group_by(case.platform)
            .order_by(case.platform)
        )
        with self.database.read() as connection:
            return {row.platform: row.cases for row in connection.execute(query)}
