"""Listings, their versions and sellers: find them or make them, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select

from monitor.model import Listing
from monitor.store import schema as db
from monitor.store.content import clean, content
from monitor.store.database import (
    AnySelect,
    Database,
    among,
    chunks,
    insert_missing,
    is_sqlite,
    parameter,
    streamed,
)
from monitor.store.rows import LISTING, listing_value


@dataclass(frozen=True)
class Listings:
    """Listings and the versions of their content."""

    database: Database

    def versions(self) -> Iterator[tuple[str, Listing]]:
        """Every listing version with its content hash, in the order they were first seen."""
        query = (
            select(*LISTING, db.ListingVersion.c.version)
            .join(db.Listing, db.Listing.c.id == db.ListingVersion.c.listing_id)
            .outerjoin(db.Seller, db.Seller.c.id == db.ListingVersion.c.seller_id)
            .order_by(db.ListingVersion.c.id)
        )
        with self.database.read() as connection:
            for row in streamed(connection, query):
                yield row.version, listing_value(row)


def ensure_platform(connection: Connection, platform: str) -> None:
    """Makes sure a platform has its row."""
    if connection.scalar(select(db.Platform.c.id).where(db.Platform.c.id == platform)) is None:
        insert_missing(connection, db.Platform, [{"id": platform}])


def version_ids(connection: Connection, listings: Sequence[Listing]) -> list[int]:
    """Numbers of the listing versions, one a listing; what is new is stored."""
    contents = [content(listing) for listing in listings]
    sellers = _sellers(connection, listings)
    items = listing_ids(
        connection, {(listing.platform, _key(listing.item_id)) for listing in listings}
    )
    rows = {}
    for listing, row in zip(listings, contents, strict=True):
        row["listing_id"] = items[listing.platform, _key(listing.item_id)]
        row["seller_id"] = (
            sellers[listing.platform, _key(listing.seller_id)] if listing.seller_id else None
        )
        rows[row["listing_id"], row["version"]] = row
    numbers = _version_ids(connection, rows)
    if missing := [row for key, row in rows.items() if key not in numbers]:
        missing.sort(key=lambda row: (row["listing_id"], row["version"]))
        insert_missing(connection, db.ListingVersion, missing)
        numbers |= _version_ids(
            connection, {(row["listing_id"], row["version"]) for row in missing}
        )
    return [numbers[row["listing_id"], row["version"]] for row in contents]


def listing_ids(
    connection: Connection, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Numbers of listings by (platform, item_id); what is new is stored."""
    return _ids(connection, db.Listing, db.Listing.c.item, set(keys))


def _sellers(connection: Connection, listings: Iterable[Listing]) -> dict[tuple[str, str], int]:
    keys = {
        (listing.platform, _key(listing.seller_id)) for listing in listings if listing.seller_id
    }
    return _ids(connection, db.Seller, db.Seller.c.seller, keys)


def _key(text: str | None) -> str:
    return clean(text) or ""


def _ids(
    connection: Connection, model: Table, column: Any, keys: set[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    numbers = _stored_ids(connection, model, column, keys)
    if missing := sorted(keys - numbers.keys()):
        rows = [{"platform": platform, column.key: key} for platform, key in missing]
        insert_missing(connection, model, rows)
        numbers |= _stored_ids(connection, model, column, missing)
    return numbers


def by_platform(keys: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Sequence[str]]]:
    """Platforms with the ids of keys of theirs, in parts short enough for a statement."""
    ids: dict[str, set[str]] = defaultdict(set)
    for platform, key in keys:
        ids[platform].add(key)
    for platform in sorted(ids):
        for part in chunks(sorted(ids[platform])):
            yield platform, part


def _stored_ids(
    connection: Connection, model: Table, column: Any, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    numbers: dict[tuple[str, str], int] = {}
    for platform, ids in by_platform(keys):
        values = {"platform": platform, "keys": parameter(is_sqlite(connection), ids)}
        rows = connection.execute(_id_query(model, column, is_sqlite(connection)), values)
        numbers |= {(platform, key): number for key, number in rows}
    return numbers


def _version_ids(
    connection: Connection, keys: Collection[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    if not keys:
        return {}
    listings, versions = map(sorted, map(set, zip(*keys, strict=True)))
    values = {
        "listings": parameter(is_sqlite(connection), listings),
        "versions": parameter(is_sqlite(connection), versions),
    }
    rows = connection.execute(_version_query(is_sqlite(connection)), values)
    return {(listing, version): number for listing, version, number in rows}


# Both name each column on its own: SQLite scans the table for a list of pairs.
@cache
def _id_query(model: Table, column: Any, is_sqlite: bool) -> AnySelect:
    is_wanted = model.c.platform == bindparam("platform"), among(is_sqlite, column)
    return select(column, model.c.id).where(*is_wanted)


@cache
def _version_query(is_sqlite: bool) -> AnySelect:
    model = db.ListingVersion
    return select(model.c.listing_id, model.c.version, model.c.id).where(
        among(is_sqlite, model.c.listing_id, "listings"),
        among(is_sqlite, model.c.version, "versions"),
    )
