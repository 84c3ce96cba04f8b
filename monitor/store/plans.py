"""The plan of a week and its units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, and_, exists, func, insert, or_, select

from monitor.config import week_of
from monitor.model import (
    CollectedBy,
    DrawnLists,
    Mode,
    Plan,
    PlannedUnit,
    Shortfall,
    Stratum,
    UnitRecord,
    UnitState,
)
from monitor.model.vocabulary import GONE_ANSWERS, ROBOTS_UNREACHABLE
from monitor.store import schema as db
from monitor.store.database import AnySelect, Database, chunks, insert_missing, table
from monitor.store.errors import StoreError
from monitor.store.matching import same_page, url_key
from monitor.store.rows import robots_of, robots_value, row_of, value_of

ASKED_AGAIN_AFTER = timedelta(hours=12)
"""Longer than a night, shorter than from one night's end to the next night."""
_PLANNED = (
    db.SampleUnit.id,
    db.SampleUnit.week,
    db.SampleUnit.platform,
    db.Entry.cluster,
    db.Entry.stratum,
    db.Entry.entry.label("entry_id"),
    db.Entry.kind,
    db.Entry.query,
    db.Entry.weight,
    db.Entry.core,
    db.SampleUnit.page,
    db.SampleUnit.url,
    db.SampleUnit.position,
    db.SampleUnit.probability,
    db.SampleUnit.collection,
    db.SampleUnit.inspector_probability,
)


@dataclass(frozen=True)
class Plans:
    """Plans of the weeks."""

    database: Database

    def save(self, plan: Plan) -> None:
        """Stores a plan once; the same again changes nothing, another one is refused."""
        with self.database.write() as connection:
            stored = _load(connection, plan.week)
            if stored is not None:
                if _drawn(stored) == _drawn(plan):
                    return
                raise StoreError(f"the plan of {plan.week} is already drawn, and stands")
            insert_missing(
                connection, db.Platform, [{"id": p} for p in {u.platform for u in plan.units}]
            )
            insert_missing(
                connection,
                db.FrameVersion,
                [{"version": plan.frame_version, "saved_at": plan.drawn_at}],
            )
            connection.execute(
                insert(table(db.Plan)),
                row_of(
                    db.Plan, plan, shortfalls=msgspec.to_builtins(plan.shortfalls), lists=plan.lists
                ),
            )
            entries = _entries(connection, plan)
            rows = [_unit_row(unit, entries[unit.platform, unit.entry_id]) for unit in plan.units]
            for part in chunks(rows):
                connection.execute(insert(table(db.SampleUnit)), list(part))

    def of_week(self, week: str) -> Plan | None:
        """The plan of a week, units in the order of their positions."""
        with self.database.read() as connection:
            return _load(connection, week)

    def lists(self, week: str) -> DrawnLists:
        """The lists of entries that a week was drawn from; without a plan an unknown one."""
        query = select(db.Plan.frame_version, db.Plan.lists).where(db.Plan.week == week)
        with self.database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return DrawnLists()
        return DrawnLists(frame_version=row.frame_version, hashes=row.lists or {})

    def weeks(self) -> tuple[str, ...]:
        """Weeks that have a plan or an observation, oldest first."""
        # From one week to the next by the index: DISTINCT would read every observation.
        week = db.Observation.week
        observed = select(func.min(week).label("week")).cte("observed", recursive=True)
        later = select(func.min(week)).where(week > observed.c.week).scalar_subquery()
        observed = observed.union_all(select(later).where(observed.c.week.is_not(None)))
        query = select(db.Plan.week).union(
            select(observed.c.week).where(observed.c.week.is_not(None))
        )
        with self.database.read() as connection:
            return tuple(sorted(connection.scalars(query)))


@dataclass(frozen=True)
class Units:
    """Planned units of the weeks, in the order of their positions."""

    database: Database

    def pending(
        self, week: str, platform: str | None = None, mode: Mode | None = None
    ) -> tuple[PlannedUnit, ...]:
        """Units nobody has fetched yet; with a ``mode`` those it is asked for and has not met."""
        unit = db.SampleUnit
        query = _units(week, platform, *_PLANNED)
        if mode is None:
            query = query.where(unit.state == UnitState.planned)
        else:
            met = exists().where(db.Response.unit_id == unit.id, db.Response.mode == mode)
            query = query.where(
                or_(
                    and_(unit.collection == mode.value, unit.state == UnitState.planned),
                    and_(unit.collection == CollectedBy.both, ~met),
                )
            )
        with self.database.read() as connection:
            return tuple(value_of(PlannedUnit, row) for row in connection.execute(query))

    def unanswered(self, week: str, platform: str, now: datetime) -> tuple[PlannedUnit, ...]:
        """Units that the crawler asked for on an earlier night without an answer.

        None once the week is over at ``now``. A page that is gone, and a refusal, are answers.
        """
        if week_of(now) != week:
            return ()
        unit = db.SampleUnit
        is_gone = func.coalesce(unit.reason, "").in_(GONE_ANSWERS)
        query = _units(week, platform, *_PLANNED).where(
            unit.mode == Mode.crawler,
            unit.observed_at < now - ASKED_AGAIN_AFTER,
            or_(
                and_(unit.state == UnitState.unreachable, ~is_gone),
                and_(unit.state == UnitState.disallowed, unit.reason == ROBOTS_UNREACHABLE),
            ),
        )
        with self.database.read() as connection:
            return tuple(value_of(PlannedUnit, row) for row in connection.execute(query))

    def at_url(self, platform: str, url: str, week: str) -> PlannedUnit | None:
        """The planned unit that a page at this address is; see ``monitor.store.matching``."""
        query = _units(week, platform, *_PLANNED).where(db.SampleUnit.url_key == url_key(url))
        with self.database.read() as connection:
            units = [value_of(PlannedUnit, row) for row in connection.execute(query)]
        return next((unit for unit in units if same_page(unit.url, url)), None)

    def of_week(
        self, week: str, platform: str | None = None, *, second_way: bool = False
    ) -> tuple[UnitRecord, ...]:
        """The list's units of a week and what became of them, or those of the second way."""
        current = (
            select(db.Observation.unit_id, func.count().label("places"))
            .join(db.Response, db.Response.id == db.Observation.response_id)
            .where(
                db.Observation.week == week,
                db.Observation.parser == db.Response.parser,
                ~db.Response.comparison,
            )
            .group_by(db.Observation.unit_id)
            .subquery()
        )
        unreadable = _unreadable(week)
        refused = exists().where(
            db.Response.unit_id == db.SampleUnit.id,
            db.Response.mode == Mode.crawler,
            db.Response.state.in_([UnitState.blocked, UnitState.disallowed]),
            db.SampleUnit.mode == Mode.inspector,
        )
        query = _units(
            week,
            platform,
            *_PLANNED,
            *robots_of(db.SampleUnit),
            db.SampleUnit.state,
            db.SampleUnit.mode,
            db.SampleUnit.reason,
            db.SampleUnit.observed_at,
            db.SampleUnit.total_results,
            func.coalesce(current.c.places, 0).label("places"),
            func.coalesce(unreadable.c.positions, 0).label("unreadable"),
            refused.label("refused_crawler"),
        )
        query = query.where((db.Entry.stratum == Stratum.second_way) == second_way)
        query = query.outerjoin(current, current.c.unit_id == db.SampleUnit.id)
        query = query.outerjoin(unreadable, unreadable.c.unit_id == db.SampleUnit.id)
        with self.database.read() as connection:
            return tuple(
                value_of(UnitRecord, row, unit=value_of(PlannedUnit, row), robots=robots_value(row))
                for row in connection.execute(query)
            )


def _unreadable(week: str) -> Any:
    """How many positions of each unit could not be read, as a subquery.

    Of the reading on a frozen screen, since a later one is on none of its positions; else the last.
    """
    observation, position, response = db.Observation, db.UnreadablePosition, db.Response
    screened = (
        select(observation.parser)
        .join(db.Screen, db.Screen.observation_id == observation.id)
        .where(observation.response_id == response.id)
        .limit(1)
    )
    return (
        select(response.unit_id, func.count().label("positions"))
        .join(position, position.response_id == response.id)
        .where(
            response.week == week,
            ~response.comparison,
            position.parser == func.coalesce(screened.scalar_subquery(), response.parser),
        )
        .group_by(response.unit_id)
        .subquery()
    )


def _load(connection: Connection, week: str) -> Plan | None:
    row = connection.execute(select(table(db.Plan)).where(db.Plan.week == week)).one_or_none()
    if row is None:
        return None
    units = connection.execute(_units(week, None, *_PLANNED))
    return value_of(
        Plan,
        row,
        units=tuple(value_of(PlannedUnit, unit) for unit in units),
        shortfalls=msgspec.convert(row.shortfalls, tuple[Shortfall, ...]),
        lists=row.lists or {},
    )


def _drawn(plan: Plan) -> tuple[Any, ...]:
    ordered = sorted(plan.units, key=lambda unit: (unit.position, unit.platform))
    units = [replace(unit, core=None) for unit in ordered]  # not kept of every plan
    return plan.frame_version, plan.seed, units


def _entries(connection: Connection, plan: Plan) -> dict[tuple[str, str], int]:
    entries = {
        (unit.platform, unit.entry_id): row_of(
            db.Entry,
            unit,
            frame_version=plan.frame_version,
            entry=unit.entry_id,
            pages=None,
        )
        for unit in plan.units
    }
    insert_missing(connection, db.Entry, entries.values())
    rows = connection.execute(
        select(db.Entry.platform, db.Entry.entry, db.Entry.id).where(
            db.Entry.frame_version == plan.frame_version
        )
    )
    return {(row.platform, row.entry): row.id for row in rows}


def _unit_row(unit: PlannedUnit, entry: int) -> dict[str, Any]:
    return {
        "id": unit.id,
        "week": unit.week,
        "platform": unit.platform,
        "entry_id": entry,
        "page": unit.page,
        "url": unit.url,
        "url_key": url_key(unit.url),
        "position": unit.position,
        "probability": unit.probability,
        "collection": unit.collection,
        "inspector_probability": unit.inspector_probability,
        "state": UnitState.planned,
    }


def _units(week: str, platform: str | None, *columns: Any) -> AnySelect:
    query = (
        select(*columns)
        .select_from(db.SampleUnit)
        .join(db.Entry, db.Entry.id == db.SampleUnit.entry_id)
        .where(db.SampleUnit.week == week)
        .order_by(db.SampleUnit.position, db.SampleUnit.platform)
    )
    return query if platform is None else query.where(db.SampleUnit.platform == platform)
