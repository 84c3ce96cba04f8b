"""The screen of a week: the decisions its audit and its editions stand on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, delete, exists, func, insert, literal, or_, select

from monitor.model import (
    Cluster,
    Condition,
    CrossBorder,
    Observation,
    Prohibited,
    ScreenStratum,
)
from monitor.store import schema as db
from monitor.store.archived import require_unarchived
from monitor.store.database import SAMPLED_ROWS, AnySelect, Database
from monitor.store.errors import StoreError
from monitor.store.observations import not_second_way, observations_with, stream


@dataclass(frozen=True)
class Screens:
    """The screens of the weeks."""

    database: Database

    def freeze(self, week: str, classifier: str) -> int:
        """Takes a classifier version's decisions as the week's screen; returns its places.

        Once an audit was drawn from it the screen stands and is left as it is.
        """
        drawn = select(db.AuditDraw.c.week).where(db.AuditDraw.c.week == week)
        places = select(func.count()).select_from(db.Screen).where(db.Screen.c.week == week)
        with self.database.write() as connection:
            require_unarchived(connection, week)
            if connection.scalar(drawn) is None:
                _refuse_unclassified(connection, week, classifier)
                connection.execute(delete(db.Screen).where(db.Screen.c.week == week))
                columns = ["observation_id", "week", "classification_id", "stratum"]
                decisions = _decisions(week, classifier)
                connection.execute(insert(db.Screen).from_select(columns, decisions))
            screened = int(connection.scalar(places) or 0)
        # A week has come in: what the planner knew of the tables is a week old, or nothing.
        self.database.optimize(SAMPLED_ROWS)
        return screened

    def of_week(self, week: str) -> Iterator[Observation]:
        """The places of a week's screen, with the decisions that stand."""
        query = _with_frozen_decisions().where(db.Screen.c.week == week)
        with self.database.read() as connection:
            require_unarchived(connection, week)
            yield from stream(connection, query)

    def of_observations(self, ids: Collection[int]) -> tuple[Observation, ...]:
        """The places of any week's screen that have these ids, at most some thousands."""
        query = _with_frozen_decisions().where(db.Screen.c.observation_id.in_(ids))
        with self.database.read() as connection:
            return tuple(stream(connection, query))


def _with_frozen_decisions() -> AnySelect:
    frozen = db.Classification.c.id == db.Screen.c.classification_id
    return observations_with(frozen, screen=True)


def _planned(week: str) -> tuple[Any, ...]:
    return (
        db.Observation.c.week == week,
        db.Observation.c.unit_id.is_not(None),
        db.Observation.c.parser == db.Response.c.parser,
        ~db.Response.c.comparison,
        not_second_way(db.Observation.c.unit_id),
    )


def _refuse_unclassified(connection: Connection, week: str, classifier: str) -> None:
    decided = exists().where(
        db.Classification.c.listing_version_id == db.Observation.c.listing_version_id,
        db.Classification.c.classifier == classifier,
    )
    missing = connection.scalar(
        select(func.count())
        .select_from(db.Observation)
        .join(db.Response, db.Response.c.id == db.Observation.c.response_id)
        .where(*_planned(week), ~decided)
    )
    if missing:
        raise StoreError(
            f"{week}: {missing} places are not classified by {classifier}; classify them first"
        )


def _decisions(week: str, classifier: str) -> Any:
    kind = db.Screen.c.stratum.type
    flagged, unknown, domestic = (literal(stratum, kind) for stratum in ScreenStratum)
    decided = db.Classification
    is_foreign = decided.c.cross_border.in_([CrossBorder.cross_border, CrossBorder.suspected])
    asks_of_goods = db.Entry.c.cluster == Cluster.used_clothing
    may_be_used = and_(
        decided.c.cluster.in_([Cluster.textile_fashion, Cluster.unknown]),
        decided.c.condition != Condition.new,
    )
    # The same as ``ScreenStratum.of``, which reads decisions one at a time.
    of_goods = case(
        (decided.c.prohibited == Prohibited.used_clothing, flagged),
        (or_(decided.c.prohibited.is_not(None), may_be_used), unknown),
        else_=domestic,
    )
    of_seller = case(
        (is_foreign, flagged),
        (decided.c.cross_border == CrossBorder.domestic, domestic),
        else_=unknown,
    )
    stratum = case((asks_of_goods, of_goods), else_=of_seller)
    return (
        select(db.Observation.c.id, literal(week), db.Classification.c.id, stratum)
        .select_from(db.Observation)
        .join(db.Response, db.Response.c.id == db.Observation.c.response_id)
        .join(
            db.Classification,
            db.Classification.c.listing_version_id == db.Observation.c.listing_version_id,
        )
        .join(db.SampleUnit, db.SampleUnit.c.id == db.Observation.c.unit_id)
        .join(db.Entry, db.Entry.c.id == db.SampleUnit.c.entry_id)
        .where(*_planned(week), db.Classification.c.classifier == classifier)
    )
