"""Reading what stood where, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select
from sqlalchemy.orm import aliased

from monitor.model import ListingKey, Observation, Presence, SignalField, Stratum
from monitor.store import schema as db
from monitor.store.database import AnySelect, Database, streamed
from monitor.store.rows import (
    DECISION,
    LISTING,
    RECEIVED,
    drift_of,
    observation_reader,
)


@dataclass(frozen=True)
class Observations:
    """What stood at the places of result pages."""

    database: Database

    def of_week(
        self,
        week: str | None,
        *,
        classifier: str | None = None,
        planned: bool | None = None,
        comparisons: bool | None = False,
        second_way: bool = False,
    ) -> Iterator[Observation]:
        """What stood at the places of a week, with the decision of ``classifier``, else the latest.

        Each page's last reading, in the order of the plan and the places. ``planned=False`` gives
        saved pages outside the plan by the week of their observation; ``week=None`` those that do
        not tell their time. ``comparisons=True`` gives what is kept beside the
        answers of units, ``None`` both. ``planned=True`` gives pages of the list, with
        ``second_way`` those of the second way of looking, in their first reading.
        """
        # Nothing freezes the second way: its pages' first reading stands.
        parser = _first_parser() if second_way else db.Response.parser
        query = observations_with(_decision_of(classifier)).where(
            db.Observation.week.is_not_distinct_from(week), db.Observation.parser == parser
        )
        if comparisons is not None:
            query = query.where(db.Response.comparison == comparisons)
        if planned is not None:
            inside = db.Observation.unit_id
            query = query.where(inside.is_not(None) if planned else inside.is_(None))
        if planned:
            query = query.where((db.Entry.stratum == Stratum.second_way) == second_way)
        with self.database.read() as connection:
            yield from stream(connection, query)

    def listing_keys(self, week: str) -> set[ListingKey]:
        """The listings of which a page of the week shows any version, by its last reading.

        Pages of the second way of looking do not count.
        """
        query = (
            select(db.Listing.platform, db.Listing.item)
            .select_from(db.Observation)
            .join(db.Response, db.Response.id == db.Observation.response_id)
            .join(db.ListingVersion, db.ListingVersion.id == db.Observation.listing_version_id)
            .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
            .where(
                db.Observation.week == week,
                db.Observation.parser == db.Response.parser,
                ~db.Response.comparison,
                not_second_way(db.Observation.unit_id),
            )
            .distinct()
        )
        with self.database.read() as connection:
            return {ListingKey(*row) for row in connection.execute(query)}

    def presence(self, first_week: str, last_week: str) -> dict[tuple[str, str], Presence]:
        """How often result pages of the list told each field, by platform and week.

        Of all weeks from the first to the last; each page's last reading.
        """
        version = db.ListingVersion
        fields: dict[SignalField, ColumnElement[Any]] = {
            "ship_from": func.coalesce(version.ship_from, version.ship_from_country),
            "cross_border_flag": version.cross_border_flag.expression,
            "seller_id": version.seller_id.expression,
            "price": version.price_minor.expression,
            "category": func.coalesce(version.category, version.category_path),
        }
        query = (
            select(
                db.Response.platform,
                db.Observation.week,
                func.count(),
                *(func.count(column) for column in fields.values()),
            )
            .select_from(db.Observation)
            .join(db.Response, db.Response.id == db.Observation.response_id)
            .join(version, version.id == db.Observation.listing_version_id)
            .where(
                db.Observation.week.between(first_week, last_week),
                db.Observation.parser == db.Response.parser,
                db.Observation.unit_id.is_not(None),
                ~db.Response.comparison,
                not_second_way(db.Observation.unit_id),
            )
            .group_by(db.Response.platform, db.Observation.week)
        )
        with self.database.read() as connection:
            return {
                (str(platform), str(week)): Presence(
                    listings=listings, present=dict(zip(fields, counts, strict=True))
                )
                for platform, week, listings, *counts in connection.execute(query)
            }

    def of_listing(self, platform: str, item_id: str) -> tuple[Observation, ...]:
        """All observations of one listing, oldest first, undated ones last."""
        query = (
            observations_with(_decision_of(None))
            .where(
                db.Listing.platform == platform,
                db.Listing.item == item_id,
                db.Observation.parser == db.Response.parser,
            )
            .order_by(None)
            .order_by(db.Observation.observed_at.is_(None), db.Observation.observed_at)
            .order_by(db.Observation.id)
        )
        with self.database.read() as connection:
            return tuple(stream(connection, query))


def _decision_of(classifier: str | None) -> ColumnElement[bool]:
    of_version = db.Classification.listing_version_id == db.ListingVersion.id
    if classifier is not None:
        return and_(of_version, db.Classification.classifier == classifier)
    other = aliased(db.Classification)
    latest = select(func.max(other.id)).where(other.listing_version_id == db.ListingVersion.id)
    return and_(of_version, db.Classification.id == latest.scalar_subquery())


def not_second_way(unit_id: Any) -> ColumnElement[bool]:
    """Whether a page is of the list or outside the plan, by the id of its unit (or null)."""
    # Asked once for a query, not for each of its rows.
    second_way = (
        select(db.SampleUnit.id)
        .join(db.Entry, db.Entry.id == db.SampleUnit.entry_id)
        .where(db.Entry.stratum == Stratum.second_way)
        .correlate(None)
    )
    return func.coalesce(unit_id, "").not_in(second_way)


def _first_parser() -> Any:
    """The parser version that first read a page."""
    reading = aliased(db.Observation)
    first = select(reading.parser).where(reading.response_id == db.Response.id)
    return first.order_by(reading.id).limit(1).correlate(db.Response).scalar_subquery()


def _first_seen() -> ColumnElement[str | None]:
    """The first week in which the list, or a saved page, showed the listing."""
    seen, version = aliased(db.Observation), aliased(db.ListingVersion)
    first = select(func.min(seen.week)).where(
        seen.listing_version_id == version.id, not_second_way(seen.unit_id)
    )
    query = select(func.min(first.scalar_subquery())).where(version.listing_id == db.Listing.id)
    return query.correlate(db.Listing).scalar_subquery()


_PLACE: tuple[Any, ...] = (
    db.Observation.id,
    db.Observation.listing_version_id,
    db.Observation.unit_id,
    db.Observation.observed_at,
    db.Observation.week,
    db.ListingVersion.version,
    db.Response.origin,
    db.Response.mode,
    db.Entry.entry.label("entry_id"),
    db.Entry.query,
    db.Entry.cluster,
    db.Entry.stratum,
)


def observations_with(decision: ColumnElement[bool], *, screen: bool = False) -> AnySelect:
    """A query of observations with a decision; ``screen``: of those on a frozen screen."""
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


def stream(connection: Connection, query: AnySelect) -> Iterator[Observation]:
    """Observations of a query made by ``observations_with``."""
    read = observation_reader([column.name for column in query.selected_columns])
    for row in streamed(connection, query):
        yield read(row)
