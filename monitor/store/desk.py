"""Who works on which unit of the inspectors, and what they handed in."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, exists, func, select, update

from monitor.model import ListingKey, OwnPage, PlannedUnit, UnitState, Value
from monitor.store import schema as db
from monitor.store.archived import require_unarchived
from monitor.store.database import AnyRow, Database, insert_missing, upsert
from monitor.store.errors import StoreError
from monitor.store.rows import robots_of

Key = TypeVar("Key", bound=Hashable)
CLAIM = timedelta(minutes=30)
"""How long a unit that an inspector was shown is theirs."""


class TakenPage(Value):
    """A page that an inspector handed in.

    ``unit_id`` is the unit it was taken for, None outside the plan; ``listings`` counts what was
    read from it, ``stripped`` the personal values taken out. ``logged_in`` is None where the
    inspector was not asked. ``screenshot`` is the path of a picture of it. A page that was struck
    out has ``struck_at``, and one of a week whose audit was drawn ``is_frozen``: it can be no more.
    """

    response_id: int
    inspector: int
    platform: str
    unit_id: str | None
    state: UnitState
    reason: str | None
    listings: int
    stripped: int
    logged_in: bool | None
    screenshot: str | None
    screenshot_sha256: str | None
    taken_at: datetime
    observed_at: datetime | None
    struck_at: datetime | None
    is_frozen: bool


@dataclass(frozen=True)
class InspectorWork:
    """Claims on units, and the pages that inspectors handed in."""

    database: Database

    def claim(
        self, open_units: Sequence[PlannedUnit], inspector: int, now: datetime, count: int
    ) -> tuple[PlannedUnit, ...]:
        """The next ``count`` of the units for an inspector, theirs for the next ``CLAIM``.

        Units that another inspector has claimed are passed over, and what was put off comes last.
        """
        claim = db.UnitClaim
        weeks = {unit.week for unit in open_units}
        with self.database.write() as connection:
            # Two inspectors who ask at the same time come one after the other.
            connection.execute(
                select(db.Plan.c.week).where(db.Plan.c.week.in_(weeks)).with_for_update()
            )
            query = select(claim.c.unit_id, claim.c.inspector, claim.c.until, claim.c.skipped_at)
            query = query.join(db.SampleUnit, db.SampleUnit.c.id == claim.c.unit_id)
            rows = connection.execute(query.where(db.SampleUnit.c.week.in_(weeks)))
            claims = {row.unit_id: row for row in rows}
            order = next_up((unit.id for unit in open_units), claims, inspector, now)[:count]
            claimed = [
                {"unit_id": unit_id, "inspector": inspector, "until": now + CLAIM}
                for unit_id in order
            ]
            upsert(connection, claim, claimed, ["unit_id"])
        units = {unit.id: unit for unit in open_units}
        return tuple(units[unit_id] for unit_id in order)

    def claim_own_pages(
        self, pages: Sequence[OwnPage], inspector: int, now: datetime, count: int
    ) -> tuple[OwnPage, ...]:
        """The next ``count`` of the listings' own pages for an inspector, as ``claim`` does it."""
        claim, by_key = db.OwnPageClaim, {page.key: page for page in pages}
        platforms = {key.platform for key in by_key}
        with self.database.write() as connection:
            # As above: the plans stand for the worklist, of which these pages are the second part.
            connection.execute(select(db.Plan.c.week).with_for_update())
            rows = connection.execute(select(*claim.columns).where(claim.c.platform.in_(platforms)))
            claims = {ListingKey(row.platform, row.item_id): row for row in rows}
            order = next_up(by_key, claims, inspector, now)[:count]
            claimed = [
                key._asdict() | {"inspector": inspector, "until": now + CLAIM} for key in order
            ]
            upsert(connection, claim, claimed, ["platform", "item_id"])
        return tuple(by_key[key] for key in order)

    def held(self, inspector: int, now: datetime) -> frozenset[str]:
        """The units that an inspector has claimed, and whose claim has not lapsed."""
        claim = db.UnitClaim
        query = select(claim.c.unit_id).where(claim.c.inspector == inspector, claim.c.until > now)
        with self.database.read() as connection:
            return frozenset(connection.scalars(query))

    def put_off(self, unit_id: str, inspector: int, now: datetime) -> None:
        """Ends an inspector's claim on a unit and puts it at the end of the worklist."""
        skipped = {"unit_id": unit_id, "inspector": inspector, "until": now, "skipped_at": now}
        with self.database.write() as connection:
            upsert(connection, db.UnitClaim, [skipped], ["unit_id"])

    def put_off_own_page(self, key: ListingKey, inspector: int, now: datetime) -> None:
        """The same for the own page of a listing."""
        skipped = key._asdict() | {"inspector": inspector, "until": now, "skipped_at": now}
        with self.database.write() as connection:
            upsert(connection, db.OwnPageClaim, [skipped], ["platform", "item_id"])

    def record(
        self,
        response_id: int,
        unit_id: str | None,
        inspector: int,
        at: datetime,
        stripped: int = 0,
        logged_in: bool | None = None,
        screenshot: str | None = None,
        screenshot_sha256: str | None = None,
    ) -> None:
        """Enters a stored page as handed in by an inspector; a second entry changes nothing.

        ``screenshot`` is the path below the evidence of a picture of it.
        """
        row = {
            "response_id": response_id,
            "inspector": inspector,
            "unit_id": unit_id,
            "taken_at": at,
            "stripped": stripped,
            "logged_in": logged_in,
            "screenshot": screenshot,
            "screenshot_sha256": screenshot_sha256,
        }
        with self.database.write() as connection:
            insert_missing(connection, db.TakenPage, [row])

    def taken(self, since: datetime) -> tuple[TakenPage, ...]:
        """What was handed in since a time, newest first."""
        taken, response, observation = db.TakenPage, db.Response, db.Observation
        listings = (
            select(func.count())
            .select_from(observation)
            .where(
                observation.c.response_id == response.c.id,
                observation.c.parser == response.c.parser,
            )
            .scalar_subquery()
        )
        drawn = exists().where(db.AuditDraw.c.week == response.c.week)
        query = (
            select(
                *taken.columns,
                response.c.platform,
                response.c.state,
                response.c.reason,
                response.c.observed_at,
                listings.label("listings"),
                drawn.label("is_frozen"),
            )
            .join(response, response.c.id == taken.c.response_id)
            .where(taken.c.taken_at >= since)
            .order_by(taken.c.taken_at.desc(), taken.c.response_id.desc())
        )
        with self.database.read() as connection:
            return tuple(TakenPage(**row) for row in connection.execute(query).mappings())

    def people(self, week: str) -> int:
        """How many inspectors handed in what stands for the units of a week."""
        taken = db.TakenPage
        query = (
            select(func.count(taken.c.inspector.distinct()))
            .join(db.SampleUnit, db.SampleUnit.c.id == taken.c.unit_id)
            .where(db.SampleUnit.c.week == week, taken.c.struck_at.is_(None))
        )
        with self.database.read() as connection:
            return int(connection.scalar(query) or 0)

    def strike_out(self, response_id: int, inspector: int, now: datetime) -> None:
        """Takes a page that an inspector handed in out of the plan; the page itself stays.

        Its unit is what the response before made it, or planned again. Raises ``StoreError`` where
        the page is not theirs, is struck out already, or stands on a screen that an audit was drawn
        from.
        """
        taken, response = db.TakenPage, db.Response
        with self.database.write() as connection:
            page = connection.execute(
                select(taken.c.inspector, taken.c.struck_at, response.c.unit_id, response.c.week)
                .join(response, response.c.id == taken.c.response_id)
                .where(response.c.id == response_id)
                .with_for_update(of=response)
            ).one_or_none()
            if page is None or page.inspector != inspector or page.struck_at is not None:
                raise StoreError(f"page {response_id}: is not yours to strike out")
            if connection.scalar(select(exists().where(db.AuditDraw.c.week == page.week))):
                raise StoreError(f"page {response_id}: the screen of {page.week} is frozen")
            require_unarchived(connection, page.week)
            connection.execute(
                update(taken).where(taken.c.response_id == response_id).values(struck_at=now)
            )
            on_page = db.Observation.c.response_id == response_id
            connection.execute(update(db.Observation).where(on_page).values(unit_id=None))
            connection.execute(
                update(response)
                .where(response.c.id == response_id)
                .values(unit_id=None, comparison=False)
            )
            if page.unit_id is not None:
                _set_back(connection, page.unit_id)


def next_up(
    keys: Iterable[Key], claims: Mapping[Key, AnyRow], inspector: int, now: datetime
) -> list[Key]:
    """Those of ``keys`` that an inspector may claim, in their order; what was put off comes last.

    ``claims`` are rows with ``inspector``, ``until`` and ``skipped_at``.
    """

    def order(key: Key) -> tuple[bool, datetime]:
        """Not put off, then by the time since which it is."""
        skipped_at = claims[key].skipped_at if key in claims else None
        return skipped_at is not None, skipped_at or now

    free = (
        key
        for key in keys
        if key not in claims or claims[key].inspector == inspector or claims[key].until <= now
    )
    return sorted(free, key=order)


def _set_back(connection: Connection, unit_id: str) -> None:
    """Makes a unit what the last of its responses says, or planned where it has none."""
    response, unit = db.Response, db.SampleUnit
    names = ["reason", "mode", "observed_at", "total_results", "foreign_results"]
    names += [column.key for column in robots_of(unit)]
    columns: list[Any] = [response.c.state, *(response.c[name] for name in names)]
    query = select(*columns).where(
        response.c.unit_id == unit_id, response.c.kind == "page", ~response.c.comparison
    )
    earlier = connection.execute(query.order_by(response.c.id.desc()).limit(1)).one_or_none()
    outcome = dict(earlier._mapping) if earlier else dict.fromkeys(names)
    outcome.setdefault("state", UnitState.planned)
    connection.execute(update(unit).where(unit.c.id == unit_id).values(outcome))
