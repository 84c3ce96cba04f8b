"""Reading what stood where, streamed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from monitor.model import ListingKey, Observation, Presence, SignalField, Stratum
from monitor.store import schema as db
from monitor.store.archived import least_of, require_unarchived
from monitor.store.database import AnySelect, Database, streamed
from monitor.store.listings import by_platform
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
        parser = _first_parser() if second_way else db.Response.c.parser
        query = observations_with(_decision_of(classifier)).where(
            db.Observation.c.week.is_not_distinct_from(week), db.Observation.c.parser == parser
        )
        if comparisons is not None:
            query = query.where(db.Response.c.comparison == comparisons)
        if planned is not None:
            inside = db.Observation.c.unit_id
            query = query.where(inside.is_not(None) if planned else inside.is_(None))
        if planned:
            of_list = not_second_way(db.Observation.c.unit_id)
            query = query.where(~of_list if second_way else of_list)
        with self.database.read() as connection:
            require_unarchived(connection, week)
            yield from stream(connection, query)

    def listing_keys(self, week: str) -> set[ListingKey]:
        """The listings of which a page of the week shows any version, by its last reading.

        Pages of the second way of looking do not count.
        """
        query = (
            select(db.Listing.c.platform, db.Listing.c.item)
            .select_from(db.Observation)
            .join(db.Response, db.Response.c.id == db.Observation.c.response_id)
            .join(db.ListingVersion, db.ListingVersion.c.id == db.Observation.c.listing_version_id)
            .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
            .where(
                db.Observation.c.week == week,
                db.Observation.c.parser == db.Response.c.parser,
                ~db.Response.c.comparison,
                not_second_way(db.Observation.c.unit_id),
            )
            .distinct()
        )
        with self.database.read() as connection:
            require_unarchived(connection, week)
            return {ListingKey(*row) for row in connection.execute(query)}

    def presence(self, first_week: str, last_week: str) -> dict[tuple[str, str], Presence]:
        """How often result pages of the list told each field, by platform and week.

        Of all weeks from the first to the last; each page's last reading.
        """
        version = db.ListingVersion
        fields: dict[SignalField, ColumnElement[Any]] = {
            "ship_from": func.coalesce(version.c.ship_from, version.c.ship_from_country),
            "cross_border_flag": version.c.cross_border_flag.expression,
            "seller_id": version.c.seller_id.expression,
            "price": version.c.price_minor.expression,
            "category": func.coalesce(version.c.category, version.c.category_path),
        }
        query = (
            select(
                db.Response.c.platform,
                db.Observation.c.week,
                func.count(),
                *(func.count(column) for column in fields.values()),
            )
            .select_from(db.Observation)
            .join(db.Response, db.Response.c.id == db.Observation.c.response_id)
            .join(version, version.c.id == db.Observation.c.listing_version_id)
            .where(
                db.Observation.c.week.between(first_week, last_week),
                db.Observation.c.parser == db.Response.c.parser,
                db.Observation.c.unit_id.is_not(None),
                ~db.Response.c.comparison,
                not_second_way(db.Observation.c.unit_id),
            )
            .group_by(db.Response.c.platform, db.Observation.c.week)
        )
        with self.database.read() as connection:
            require_unarchived(connection, first_week, last_week)
            return {
                (str(platform), str(week)): Presence(
                    listings=listings, present=dict(zip(fields, counts, strict=True))
                )
                for platform, week, listings, *counts in connection.execute(query)
            }

    def of_listing(self, platform: str, item_id: str) -> tuple[Observation, ...]:
        """All observations of one listing, oldest first, undated ones last."""
        key = ListingKey(platform, item_id)
        return self.of_listings([key]).get(key, ())

    def of_listings(self, keys: Iterable[ListingKey]) -> dict[ListingKey, tuple[Observation, ...]]:
        """All observations of each of some listings, oldest first, undated ones last."""
        observations: dict[ListingKey, list[Observation]] = defaultdict(list)
        with self.database.read() as connection:
            for platform, items in by_platform(keys):
                query = (
                    observations_with(_decision_of(None))
                    .where(
                        db.Listing.c.platform == platform,
                        db.Listing.c.item.in_(items),
                        db.Observation.c.parser == db.Response.c.parser,
                    )
                    .order_by(None)
                    .order_by(db.Observation.c.observed_at.is_(None), db.Observation.c.observed_at)
                    .order_by(db.Observation.c.id)
                )
                for observation in stream(connection, query):
                    observations[observation.listing.key].append(observation)
        return {key: tuple(history) for key, history in observations.items()}


def _decision_of(classifier: str | None) -> ColumnElement[bool]:
    of_version = db.Classification.c.listing_version_id == db.ListingVersion.c.id
    if classifier is not None:
        return and_(of_version, db.Classification.c.classifier == classifier)
    other = db.Classification.alias()
    latest = select(func.max(other.c.id)).where(
        other.c.listing_version_id == db.ListingVersion.c.id
    )
    return and_(of_version, db.Classification.c.id == latest.scalar_subquery())


def not_second_way(unit_id: Any) -> ColumnElement[bool]:
    """Whether a page is of the list or outside the plan, by the id of its unit (or null)."""
    # Asked once for a query, not for each of its rows.
    second_way = (
        select(db.SampleUnit.c.id)
        .join(db.Entry, db.Entry.c.id == db.SampleUnit.c.entry_id)
        .where(db.Entry.c.stratum == Stratum.second_way)
        .correlate(None)
    )
    return func.coalesce(unit_id, "").not_in(second_way)


def _first_parser() -> Any:
    """The parser version that first read a page."""
    reading = db.Observation.alias()
    first = select(reading.c.parser).where(reading.c.response_id == db.Response.c.id)
    return first.order_by(reading.c.id).limit(1).correlate(db.Response).scalar_subquery()


def _first_seen() -> ColumnElement[str | None]:
    """The first week in which the list, or a saved page, showed the listing."""
    seen, version = db.Observation.alias(), db.ListingVersion.alias()
    archived = db.ArchivedSighting
    firsts = (
        select(func.min(seen.c.week)).where(
            seen.c.listing_version_id == version.c.id, not_second_way(seen.c.unit_id)
        ),
        select(func.min(archived.c.week)).where(
            archived.c.listing_version_id == version.c.id, ~archived.c.second_way
        ),
    )
    of_listing = (
        select(func.min(first.correlate(version).scalar_subquery()))
        .where(version.c.listing_id == db.Listing.c.id)
        .correlate(db.Listing)
        .scalar_subquery()
        for first in firsts
    )
    return least_of(*of_listing)


_PLACE: tuple[Any, ...] = (
    db.Observation.c.id,
    db.Observation.c.listing_version_id,
    db.Observation.c.unit_id,
    db.Observation.c.observed_at,
    db.Observation.c.week,
    db.ListingVersion.c.version,
    db.Response.c.origin,
    db.Response.c.mode,
    db.Entry.c.entry.label("entry_id"),
    db.Entry.c.query,
    db.Entry.c.cluster,
    db.Entry.c.stratum,
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
        .join(db.Response, db.Response.c.id == db.Observation.c.response_id)
        .join(db.ListingVersion, db.ListingVersion.c.id == db.Observation.c.listing_version_id)
        .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
        .outerjoin(db.Seller, db.Seller.c.id == db.ListingVersion.c.seller_id)
        .outerjoin(db.SampleUnit, db.SampleUnit.c.id == db.Observation.c.unit_id)
        .outerjoin(db.Entry, db.Entry.c.id == db.SampleUnit.c.entry_id)
    )
    if screen:
        query = query.join(db.Screen, db.Screen.c.observation_id == db.Observation.c.id)
    return query.outerjoin(db.Classification, decision).order_by(
        db.SampleUnit.c.position.is_(None),
        db.SampleUnit.c.position,
        db.Response.c.platform,
        db.Observation.c.response_id,
        db.Observation.c.place,
    )


def stream(connection: Connection, query: AnySelect) -> Iterator[Observation]:
    """Observations of a query made by ``observations_with``."""
    read = observation_reader([column.name for column in query.selected_columns])
    for row in streamed(connection, query):
        yield read(row)
