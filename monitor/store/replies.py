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
from monitor.store.database import Database
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
            connection.execute(insert(db.ReplyRequest), row)
            for key in cases:
                listing = connection.scalar(
                    select(db.Listing.c.id).where(
                        db.Listing.c.platform == key.platform, db.Listing.c.item == key.item_id
                    )
                )
                if listing is None:
                    raise StoreError(f"{key.platform} {key.item_id}: no such listing in the store")
                event = row_of(db.CaseEvent, asked, listing_id=listing, question=key.question)
                connection.execute(insert(db.CaseEvent), event)

    def all(self, week: str | None = None) -> tuple[ReplyRequest, ...]:
        """All requests, or those about a week, the first one first."""
        query = select(db.ReplyRequest).order_by(db.ReplyRequest.c.id)
        if week is not None:
            query = query.where(db.ReplyRequest.c.week == week)
        with self.database.read() as connection:
            return tuple(value_of(ReplyRequest, row) for row in connection.execute(query))

    def unasked(self, week: str, kind: EditionKind, as_of: datetime) -> dict[str, int]:
        """How many open, proven cases of an edition each platform was never told of.

        Neither by a letter nor before a release; by platform, those without such a case left out.
        """
        case = db.EditionCase
        told = (
            select(db.CaseEvent.c.id)
            .join(db.Listing, db.Listing.c.id == db.CaseEvent.c.listing_id)
            .where(
                db.Listing.c.platform == case.c.platform,
                db.Listing.c.item == case.c.item,
                (db.CaseEvent.c.question == Question.used_clothing)
                == (case.c.cluster == Cluster.used_clothing),
                db.CaseEvent.c.kind.in_([CaseEventKind.asked, CaseEventKind.reported]),
            )
        )
        query = (
            select(case.c.platform, func.count().label("cases"))
            .join(db.Edition, db.Edition.c.id == case.c.edition_id)
            .where(
                db.Edition.c.week == week,
                db.Edition.c.kind == kind,
                db.Edition.c.as_of == as_of,
                case.c.is_proven,
                case.c.state.in_([state for state in CaseState if state.is_open]),
                ~exists(told),
            )
            .group_by(case.c.platform)
            .order_by(case.c.platform)
        )
        with self.database.read() as connection:
            return {row.platform: row.cases for row in connection.execute(query)}
