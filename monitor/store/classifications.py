"""Decisions of the classifier, and the screen of a week."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, case, delete, exists, func, insert, literal, select

from monitor.model import Classification, CrossBorder, ScreenStratum
from monitor.store import schema as db
from monitor.store.database import insert_missing, table
from monitor.store.errors import StoreError

BATCH = 1000


def write(connection: Connection, rows: Iterable[tuple[int, Classification]]) -> int:
    """Stores decisions by number of listing version; what one classifier version decided about
    one listing version stands. Returns how many were new."""
    return insert_missing(connection, db.Classification, [_row(*row) for row in rows])


def freeze(connection: Connection, week: str, classifier: str) -> int:
    """Takes one classifier version's decisions as the screen of a week; returns its places.

    Once an audit was drawn from it the screen stands and is left as it is.
    """
    if connection.scalar(select(db.AuditDraw.week).where(db.AuditDraw.week == week)) is None:
        _refuse_unclassified(connection, week, classifier)
        connection.execute(delete(db.Screen).where(db.Screen.week == week))
        chosen = _chosen(week, classifier)
        columns = ["observation_id", "week", "classification_id", "stratum"]
        connection.execute(insert(table(db.Screen)).from_select(columns, chosen))
    return int(
        connection.scalar(select(func.count()).select_from(db.Screen).where(db.Screen.week == week))
        or 0
    )


def _planned(week: str) -> tuple[Any, ...]:
    return (
        db.Observation.week == week,
        db.Observation.unit_id.is_not(None),
        db.Observation.parser == db.Response.parser,
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


def _chosen(week: str, classifier: str) -> Any:
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


def _row(number: int, decision: Classification) -> dict[str, Any]:
    return {
        "listing_version_id": number,
        "classifier": decision.classifier,
        "cluster": decision.cluster,
        "cluster_score": decision.cluster_score,
        "category": decision.category,
        "cross_border": decision.cross_border,
        "cross_border_score": decision.cross_border_score,
        "imported_goods": decision.imported_goods,
        "signals": [{"kind": x.kind, "text": x.text} for x in decision.signals],
    }
