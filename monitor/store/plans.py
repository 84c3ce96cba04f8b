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
from monitor.store.database import AnySelect, Database, chunks, insert_missing
from monitor.store.errors import StoreError
from monitor.store.matching import same_page, url_key
from monitor.store.rows import robots_of, robots_value, row_of, value_of

ASKED_AGAIN_AFTER = timedelta(hours=12)
"""Longer than a night, shorter than from one night's end to the next night."""
_PLANNED = (
    db.SampleUnit.c.id,
    db.SampleUnit.c.week,
    db.SampleUnit.c.platform,
    db.Entry.c.cluster,
    db.Entry.c.stratum,
    db.Entry.c.entry.label("entry_id"),
    db.Entry.c.kind,
    db.Entry.c.query,
    db.Entry.c.weight,
    db.Entry.c.core,
    db.SampleUnit.c.page,
    db.SampleUnit.c.url,
    db.SampleUnit.c.position,
    db.SampleUnit.c.probability,
    db.SampleUnit.c.collection,
    db.SampleUnit.c.inspector_probability,
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
                insert(db.Plan),
                row_of(
                    db.Plan, plan, shortfalls=msgspec.to_builtins(plan.shortfalls), lists=plan.lists
                ),
            )
            entries = _entries(connection, plan)
            rows = [_unit_row(unit, entries[unit.platform, unit.entry_id]) for unit in plan.units]
            for part in chunks(rows):
                connection.execute(insert(db.SampleUnit), list(part))

    def of_week(self, week: str) -> Plan | None:
        """The plan of a week, units in the order of their positions."""
        with self.database.read() as connection:
            return _load(connection, week)

    def lists(self, week: str) -> DrawnLists:
        """The lists of entries that a week was drawn from; without a plan an unknown one."""
        query = select(db.Plan.c.frame_version, db.Plan.c.lists).where(db.Plan.c.week == week)
        with self.database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return DrawnLists()
        return DrawnLists(frame_version=row.frame_version, hashes=row.lists or {})

    def weeks(self) -> tuple[str, ...]:
        """Weeks that have a plan or an observation, archived or not, oldest first."""
        # From one week to the next by the index: DISTINCT would read every observation.
        week = db.Observation.c.week
        observed = select(func.min(week).label("week")).cte("observed", recursive=True)
        later = select(func.min(week)).where(week > observed.c.week).scalar_subquery()
        observed = observed.union_all(select(later).where(observed.c.week.is_not(None)))
        query = select(db.Plan.c.week).union(
            select(observed.c.week).where(observed.c.week.is_not(None)),
            select(db.ArchivedFile.c.week),
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
            query = query.where(unit.c.state == UnitState.planned)
        else:
            met = exists().where(db.Response.c.unit_id == unit.c.id, db.Response.c.mode == mode)
            query = query.where(
                or_(
                    and_(unit.c.collection == mode.value, unit.c.state == UnitState.planned),
                    and_(unit.c.collection == CollectedBy.both, ~met),
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
        is_gone = func.coalesce(unit.c.reason, "").in_(GONE_ANSWERS)
        query = _units(week, platform, *_PLANNED).where(
            unit.c.mode == Mode.crawler,
            unit.c.observed_at < now - ASKED_AGAIN_AFTER,
            or_(
                and_(unit.c.state == UnitState.unreachable, ~is_gone),
                and_(unit.c.state == UnitState.disallowed, unit.c.reason == ROBOTS_UNREACHABLE),
            ),
        )
        with self.database.read() as connection:
            return tuple(value_of(PlannedUnit, row) for row in connection.execute(query))

    def at_url(self, platform: str, url: str, week: str) -> PlannedUnit | None:
        """The planned unit that a page at this address is; see ``monitor.store.matching``."""
        query = _units(week, platform, *_PLANNED).where(db.SampleUnit.c.url_key == url_key(url))
        with self.database.read() as connection:
            units = [value_of(PlannedUnit, row) for row in connection.execute(query)]
        return next((unit for unit in units if same_page(unit.url, url)), None)

    def of_week(
        self, week: str, platform: str | None = None, *, second_way: bool = False
    ) -> tuple[UnitRecord, ...]:
        """The list's units of a week and what became of them, or those of the second way."""
        current = (
            select(db.Observation.c.unit_id, func.count().label("places"))
            .join(db.Response, db.Response.c.id == db.Observation.c.response_id)
            .where(
                db.Observation.c.week == week,
                db.Observation.c.parser == db.Response.c.parser,
                ~db.Response.c.comparison,
            )
            .group_by(db.Observation.c.unit_id)
            .subquery()
        )
        archived = func.coalesce(db.SampleUnit.c.archived_positions, 0)
        places = func.coalesce(current.c.places, 0) + archived
        unreadable = _unreadable(week)
        refused = exists().where(
            db.Response.c.unit_id == db.SampleUnit.c.id,
            db.Response.c.mode == Mode.crawler,
            db.Response.c.state.in_([UnitState.blocked, UnitState.disallowed]),
            db.SampleUnit.c.mode == Mode.inspector,
        )
        query = _units(
            week,
            platform,
            *_PLANNED,
            *robots_of(db.SampleUnit),
            db.SampleUnit.c.state,
            db.SampleUnit.c.mode,
            db.SampleUnit.c.reason,
            db.SampleUnit.c.observed_at,
            db.SampleUnit.c.total_results,
            places.label("places"),
            func.coalesce(unreadable.c.positions, 0).label("unreadable"),
            refused.label("refused_crawler"),
        )
        query = query.where((db.Entry.c.stratum == Stratum.second_way) == second_way)
        query = query.outerjoin(current, current.c.unit_id == db.SampleUnit.c.id)
        query = query.outerjoin(unreadable, unreadable.c.unit_id == db.SampleUnit.c.id)
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
        select(observation.c.parser)
        .join(db.Screen, db.Screen.c.observation_id == observation.c.id)
        .where(observation.c.response_id == response.c.id)
        .limit(1)
    )
    return (
        select(response.c.unit_id, func.count().label("positions"))
        .join(position, position.c.response_id == response.c.id)
        .where(
            response.c.week == week,
            ~response.c.comparison,
            position.c.parser == func.coalesce(screened.scalar_subquery(), response.c.parser),
        )
        .group_by(response.c.unit_id)
        .subquery()
    )


def _load(connection: Connection, week: str) -> Plan | None:
    row = connection.execute(select(db.Plan).where(db.Plan.c.week == week)).one_or_none()
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
        select(db.Entry.c.platform, db.Entry.c.entry, db.Entry.c.id).where(
            db.Entry.c.frame_version == plan.frame_version
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
        .join(db.Entry, db.Entry.c.id == db.SampleUnit.c.entry_id)
        .where(db.SampleUnit.c.week == week)
        .order_by(db.SampleUnit.c.position, db.SampleUnit.c.platform)
    )
    return query if platform is None else query.where(db.SampleUnit.c.platform == platform)
