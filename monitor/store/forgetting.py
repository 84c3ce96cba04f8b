"""Retention of sellers: who was not seen for long, and was never accused, becomes a pseudonym."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, or_, select, union_all

from monitor.model import CrossBorder
from monitor.store import schema as db
from monitor.store.database import Database
from monitor.store.pseudonyms import PREFIX, Names
from monitor.store.rewriting import rewrite_versions

_ACCUSED = (CrossBorder.cross_border, CrossBorder.suspected)


class SellerKey(NamedTuple):
    """A seller by the platform's id, else by the name of offers that are shown without one."""

    platform: str
    id: str | None
    name: str | None

    @property
    def kind(self) -> str:
        """What the seller is known by: ``id`` or ``name``."""
        return "id" if self.id else "name"

    @property
    def word(self) -> str:
        """The id, else the name."""
        return self.id or self.name or ""


@dataclass(frozen=True)
class SellerRetention:
    """Sellers whose names nothing rests on any more."""

    database: Database

    def due(self, week: str) -> tuple[SellerKey, ...]:
        """Sellers last seen before ``week``, of whom no offer was ever taken for a foreign
        seller's, for imported or for prohibited goods, drawn, labelled, visited or made a case."""
        with self.database.read() as connection:
            last_seen = {_key(row): row.last for row in connection.execute(_last_seen())}
            accused = {_key(row) for query in _accused() for row in connection.execute(query)}
        due = (
            key
            for key, week_seen in last_seen.items()
            if week_seen < week and key.word and key not in accused
        )
        unnamed = (key for key in due if not key.word.startswith(PREFIX))
        return tuple(sorted(unnamed, key=lambda key: (key.platform, key.kind, key.word)))

    def forget(self, keys: tuple[SellerKey, ...], pseudonym: Callable[[SellerKey], str]) -> int:
        """Put pseudonyms in the place of these sellers; returns how many versions changed."""
        changed = 0
        with self.database.write() as connection:
            if self.database.sqlite:
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            for key in keys:
                changed += _forget(connection, key, pseudonym(key))
        return changed


def _key(row: Any) -> SellerKey:
    return SellerKey(row.platform, row.seller, None if row.seller else row.seller_name)


def _sellers(*columns: Any) -> Select[Any]:
    version = db.ListingVersion
    return (
        select(db.Listing.c.platform, db.Seller.c.seller, version.c.seller_name, *columns)
        .select_from(version)
        .join(db.Listing, db.Listing.c.id == version.c.listing_id)
        .outerjoin(db.Seller, db.Seller.c.id == version.c.seller_id)
    )


def _last_seen() -> Select[Any]:
    """Each seller with the last week of any of its offers; one with two names stands twice."""
    version = db.ListingVersion
    weeks = union_all(
        *(
            select(seen.c.listing_version_id.label("version"), func.max(seen.c.week).label("week"))
            .where(seen.c.week.is_not(None))
            .group_by(seen.c.listing_version_id)
            for seen in (db.Observation, db.ArchivedSighting)
        )
    ).subquery()
    last = func.max(weeks.c.week).label("last")
    return (
        _sellers(last)
        .join(weeks, weeks.c.version == version.c.id)
        .group_by(db.Listing.c.platform, db.Seller.c.seller, version.c.seller_name)
        .order_by(last)
    )


def _accused() -> Iterator[Select[Any]]:
    """Queries for the sellers of offers on which something rests."""
    version, decided, case = db.ListingVersion, db.Classification, db.EditionCase
    rests = or_(
        decided.c.cross_border.in_(_ACCUSED), decided.c.imported_goods.is_(True),
        decided.c.prohibited.is_not(None),
    )  # fmt: skip
    yield (
        _sellers()
        .join(decided, decided.c.listing_version_id == version.c.id)
        .where(rests)
        .distinct()
    )
    for model in (db.Label, db.ControlAnswer, db.SampledListing, db.Control):
        yield _sellers().join(model, model.c.listing_version_id == version.c.id).distinct()
    for offer in (db.DetailVisit.c.listing_id, db.CaseEvent.c.listing_id):
        yield _sellers().join(offer.table, offer == version.c.listing_id).distinct()
    of_case = (case.c.platform == db.Listing.c.platform) & (case.c.item == db.Listing.c.item)
    yield _sellers().join(case, of_case).distinct()


def _forget(connection: Connection, key: SellerKey, pseudonym: str) -> int:
    version = db.ListingVersion
    of_seller = db.Seller.c.seller == key.id
    if key.id is None:
        of_seller = version.c.seller_id.is_(None) & (version.c.seller_name == key.name)
    query = (
        select(version.c.id, version.c.seller_id, version.c.seller_name)
        .join(db.Listing, db.Listing.c.id == version.c.listing_id)
        .outerjoin(db.Seller, db.Seller.c.id == version.c.seller_id)
        .where(db.Listing.c.platform == key.platform, of_seller)
        .order_by(version.c.id)
    )
    rows = connection.execute(query).all()
    names = Names(
        pseudonym,
        frozenset(filter(None, [key.id])),
        frozenset(row.seller_name for row in rows if row.seller_name),
    )
    numbers = [row.id for row in rows]
    rewrite_versions(connection, key.platform, rows[0].seller_id, numbers, names)
    return len(rows)
