"""Reading what stood where, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select
from sqlalchemy.orm import aliased

from monitor.model import DetailVisit, Listing, Observation
from monitor.store import schema as db
from monitor.store.database import AnyRow, AnySelect, streamed
from monitor.store.rows import (
    DECISION,
    LISTING,
    RECEIVED,
    classification_value,
    drift_of,
    listing_value,
    received_value,
    robots_of,
    robots_value,
)

_VISIT: tuple[Any, ...] = (
    db.Response.url.label("asked_url"),
    db.Response.state,
    db.Response.origin,
    db.Response.reason,
    db.Response.observed_at.label("visited_at"),
    *robots_of(db.Response),
    db.DetailVisit.week.label("visit_week"),
    db.DetailVisit.screenshot,
    db.DetailVisit.screenshot_sha256,
)


def of_week(
    connection: Connection, week: str | None, classifier: str | None, planned: bool | None
) -> Iterator[Observation]:
    """Observations of a week (None: of pages that do not tell their time), each page's last
    reading, in the order of the plan and the places."""
    query = _observations(_decision_of(classifier)).where(
        db.Observation.week.is_not_distinct_from(week),
        db.Observation.parser == db.Response.parser,
    )
    if planned is not None:
        inside = db.Observation.unit_id
        query = query.where(inside.is_not(None) if planned else inside.is_(None))
    return _stream(connection, query)


def screened(connection: Connection, week: str) -> Iterator[Observation]:
    """Observations of the frozen screen of a week, with the decision that stands."""
    frozen = db.Classification.id == db.Screen.classification_id
    query = _observations(frozen, screen=True).where(db.Screen.week == week)
    return _stream(connection, query)


def history(connection: Connection, platform: str, item_id: str) -> tuple[Observation, ...]:
    """All observations of one listing, oldest first, undated ones last."""
    query = (
        _observations(_decision_of(None))
        .where(
            db.Listing.platform == platform,
            db.Listing.item == item_id,
            db.Observation.parser == db.Response.parser,
        )
        .order_by(None)
        .order_by(db.Observation.observed_at.is_(None), db.Observation.observed_at)
        .order_by(db.Observation.id)
    )
    return tuple(_stream(connection, query))


def seen_before(
    connection: Connection, week: str, platform: str | None
) -> Iterator[tuple[str, str]]:
    """(platform, item_id) of listings observed in any week before."""
    query = (
        select(db.Listing.platform, db.Listing.item)
        .join(db.ListingVersion, db.ListingVersion.listing_id == db.Listing.id)
        .join(db.Observation, db.Observation.listing_version_id == db.ListingVersion.id)
        .where(db.Observation.week < week)
        .distinct()
    )
    if platform is not None:
        query = query.where(db.Listing.platform == platform)
    for row in streamed(connection, query):
        yield row.platform, row.item


def unclassified(connection: Connection, classifier: str) -> Iterator[tuple[int, Listing]]:
    """Listing versions this classifier version has not decided yet, with their numbers."""
    decided = and_(
        db.Classification.listing_version_id == db.ListingVersion.id,
        db.Classification.classifier == classifier,
    )
    query = (
        select(*LISTING, db.ListingVersion.id)
        .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
        .outerjoin(db.Seller, db.Seller.id == db.ListingVersion.seller_id)
        .outerjoin(db.Classification, decided)
        .where(db.Classification.id.is_(None))
        .order_by(db.ListingVersion.id)
    )
    for row in streamed(connection, query):
        yield row.id, listing_value(row)


def contents(connection: Connection) -> Iterator[tuple[str, Listing]]:
    """Every listing version with its content hash, in the order they were first seen."""
    query = (
        select(*LISTING, db.ListingVersion.version)
        .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
        .outerjoin(db.Seller, db.Seller.id == db.ListingVersion.seller_id)
        .order_by(db.ListingVersion.id)
    )
    for row in streamed(connection, query):
        yield row.version, listing_value(row)


def visits(connection: Connection, week: str) -> tuple[DetailVisit, ...]:
    """Visits to listings' own pages that a week's audit asked for, in the order they were made."""
    query = (
        select(*LISTING, *RECEIVED, *_VISIT, *drift_of(db.DetailVisit))
        .select_from(db.DetailVisit)
        .join(db.Response, db.Response.id == db.DetailVisit.response_id)
        .join(db.Listing, db.Listing.id == db.DetailVisit.listing_id)
        .outerjoin(db.ListingVersion, db.ListingVersion.id == db.DetailVisit.listing_version_id)
        .outerjoin(db.Seller, db.Seller.id == db.ListingVersion.seller_id)
        .where(db.DetailVisit.week == week)
        .order_by(db.DetailVisit.response_id)
    )
    return tuple(_visit(row) for row in connection.execute(query))


def _decision_of(classifier: str | None) -> ColumnElement[bool]:
    mine = db.Classification.listing_version_id == db.ListingVersion.id
    if classifier is not None:
        return and_(mine, db.Classification.classifier == classifier)
    other = aliased(db.Classification)
    latest = select(func.max(other.id)).where(other.listing_version_id == db.ListingVersion.id)
    return and_(mine, db.Classification.id == latest.scalar_subquery())


def _first_seen() -> ColumnElement[str | None]:
    seen, version = aliased(db.Observation), aliased(db.ListingVersion)
    first = select(func.min(seen.week)).where(seen.listing_version_id == version.id)
    query = select(func.min(first.scalar_subquery())).where(version.listing_id == db.Listing.id)
    return query.correlate(db.Listing).scalar_subquery()


_PLACE: tuple[Any, ...] = (
    db.Observation.id,
    db.Observation.listing_version_id,
    db.Observation.unit_id,
    db.Observation.observed_at,
    db.ListingVersion.version,
    db.Response.origin,
    db.Entry.entry.label("entry_id"),
    db.Entry.query,
    db.Entry.cluster,
    db.Entry.stratum,
)


def _observations(decision: ColumnElement[bool], *, screen: bool = False) -> AnySelect:
    query = (
        select(
            *_PLACE,
            _first_seen().label("first_seen"),
            *LISTING,
            *drift_of(db.Observation),
            *DECISION,
            *RECEIVED,
        )
        .select_from(db.Observation)
        .join(db.Response, db.Response.id == db.Observation.response_id)
        .join(db.ListingVersion, db.ListingVersion.id == db.Observation.listing_version_id)
        .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
        .outerjoin(db.Seller, db.Seller.id == db.ListingVersion.seller_id)
        .outerjoin(db.SampleUnit, db.SampleUnit.id == db.Observation.unit_id)
        .outerjoin(db.Entry, db.Entry.id == db.SampleUnit.entry_id)
    )
    if screen:
        query = query.join(db.Screen, db.Screen.observation_id == db.Observation.id)
    return query.outerjoin(db.Classification, decision).order_by(
        db.SampleUnit.position.is_(None),
        db.SampleUnit.position,
        db.Response.platform,
        db.Observation.response_id,
        db.Observation.place,
    )


def _stream(connection: Connection, query: AnySelect) -> Iterator[Observation]:
    for row in streamed(connection, query):
        yield _observation(row)


def _observation(row: AnyRow) -> Observation:
    return Observation(
        id=row.id,
        listing_version_id=row.listing_version_id,
        version=row.version,
        listing=listing_value(row, drift=True),
        origin=row.origin,
        unit_id=row.unit_id,
        entry_id=row.entry_id,
        query=row.query,
        cluster=row.cluster,
        stratum=row.stratum,
        rank=row.rank,
        observed_at=row.observed_at,
        first_seen=row.first_seen,
        classification=classification_value(row),
        received=received_value(row),
    )


def _visit(row: AnyRow) -> DetailVisit:
    return DetailVisit(
        platform=row.platform,
        item_id=row.item_id,
        url=row.asked_url,
        week=row.visit_week,
        state=row.state,
        origin=row.origin,
        reason=row.reason,
        visited_at=row.visited_at,
        robots=robots_value(row),
        received=received_value(row),
        screenshot=row.screenshot,
        screenshot_sha256=row.screenshot_sha256,
        listing=listing_value(row, drift=True) if row.title is not None else None,
    )
