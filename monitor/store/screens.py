"""The screen of a week: the decisions its audit and its editions stand on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, delete, exists, func, insert, literal, select

from monitor.model import CrossBorder, Observation, ScreenStratum
from monitor.store import schema as db
from monitor.store.database import SAMPLED_ROWS, AnySelect, Database, table
from monitor.store.errors import StoreError
from monitor.store.observations import observations_with, stream


@dataclass(frozen=True)
class Screens:
    """The screens of the weeks."""

    database: Database

    def freeze(self, week: str, classifier: str) -> int:
        """Takes a classifier version's decisions as the week's screen; returns its places.

        Once an audit was drawn from it the screen stands and is left as it is.
        """
        drawn = select(db.AuditDraw.week).where(db.AuditDraw.week == week)
        places = select(func.count()).select_from(db.Screen).where(db.Screen.week == week)
        with self.database.write() as connection:
            if connection.scalar(drawn) is None:
                _refuse_unclassified(connection, week, classifier)
                connection.execute(delete(db.Screen).where(db.Screen.week == week))
                columns = ["observation_id", "week", "classification_id", "stratum"]
                decisions = _decisions(week, classifier)
                connection.execute(insert(table(db.Screen)).from_select(columns, decisions))
            screened = int(connection.scalar(places) or 0)
        # A week has come in: what the planner knew of the tables is a week old, or nothing.
        self.database.optimize(SAMPLED_ROWS)
        return screened

    def of_week(self, week: str) -> Iterator[Observation]:
        """The places of a week's screen, with the decisions that stand."""
        query = _with_frozen_decisions().where(db.Screen.week == week)
        with self.database.read() as connection:
            yield from stream(connection, query)

    def of_observations(self, ids: Collection[int]) -> tuple[Observation, ...]:
        """The places of any week's screen that have these ids, at most some thousands."""
        query = _with_frozen_decisions().where(db.Screen.observation_id.in_(ids))
        with self.database.read() as connection:
            return tuple(stream(connection, query))


def _with_frozen_decisions() -> AnySelect:
    frozen = db.Classification.id == db.Screen.classification_id
    return observations_with(frozen, screen=True)


def _planned(week: str) -> tuple[Any, ...]:
    return (
        db.Observation.week == week,
        db.Observation.unit_id.is_not(None),
        db.Observation.parser == db.Response.parser,
        ~db.Response.comparison,
    )


def _refuse_unclassified(connection: Connection, week: str, classifier: str) -> None:
    decided = exists().where(
        db.Classification.listing_version_id == db.Observation.listing_version_id,
        db.Classification.classifier == classifier,
    )
    missing = connection.scalar(
        select(func.count())
        .select_from(db.Observation)
        .join(db.Response, db.Response.id == db.Observation.response_id)
        .where(*_planned(week), ~decided)
    )
    if missing:
        raise StoreError(
            f"{week}: {missing} places are not classified by {classifier}; classify them first"
        )


def _decisions(week: str, classifier: str) -> Any:
    flagged = db.Classification.cross_border.in_([CrossBorder.cross_border, CrossBorder.suspected])
    kind = db.Screen.stratum.type
    stratum = case(
        (flagged, literal(ScreenStratum.flagged, kind)),
        (
            db.Classification.cross_border == CrossBorder.domestic,
            literal(ScreenStratum.domestic, kind),
        ),
        else_=literal(ScreenStratum.unknown, kind),
    )
    return (
        select(db.Observation.id, literal(week), db.Classification.id, stratum)
        .select_from(db.Observation)
        .join(db.Response, db.Response.id == db.Observation.response_id)
        .join(
            db.Classification,
            db.Classification.listing_version_id == db.Observation.listing_version_id,
        )
        .where(*_planned(week), db.Classification.classifier == classifier)
    )
