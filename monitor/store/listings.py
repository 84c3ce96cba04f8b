"""Listings, their versions and sellers: find them or make them, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from monitor.model import Listing
from monitor.store import schema as db
from monitor.store.content import clean, content
from monitor.store.database import chunks, insert_missing


def ensure_platform(connection: Connection, platform: str) -> None:
    """Makes sure a platform has its row."""
    if connection.scalar(select(db.Platform.id).where(db.Platform.id == platform)) is None:
        insert_missing(connection, db.Platform, [{"id": platform}])


def versions(connection: Connection, listings: Sequence[Listing]) -> list[int]:
    """Numbers of the listing versions, one a listing; what is new is stored."""
    contents = [content(listing) for listing in listings]
    sellers = _sellers(connection, listings)
    items = listing_ids(connection, {(x.platform, _key(x.item_id)) for x in listings})
    rows = {}
    for listing, row in zip(listings, contents, strict=True):
        row["listing_id"] = items[listing.platform, _key(listing.item_id)]
        row["seller_id"] = (
            sellers[listing.platform, _key(listing.seller_id)] if listing.seller_id else None
        )
        rows[row["listing_id"], row["version"]] = row
    known = _version_ids(connection, rows)
    if missing := [row for key, row in rows.items() if key not in known]:
        missing.sort(key=lambda row: (row["listing_id"], row["version"]))
        insert_missing(connection, db.ListingVersion, missing)
        known |= _version_ids(connection, {(row["listing_id"], row["version"]) for row in missing})
    return [known[row["listing_id"], row["version"]] for row in contents]


def listing_ids(
    connection: Connection, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Numbers of listings by (platform, item_id); what is new is stored."""
    return _ids(connection, db.Listing, db.Listing.item, set(keys))


def _sellers(connection: Connection, listings: Iterable[Listing]) -> dict[tuple[str, str], int]:
    keys = {(x.platform, _key(x.seller_id)) for x in listings if x.seller_id}
    return _ids(connection, db.Seller, db.Seller.seller, keys)


def _key(text: str | None) -> str:
    return clean(text) or ""


def _ids(
    connection: Connection, model: Any, column: Any, keys: set[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    found = _known(connection, model, column, keys)
    if missing := sorted(keys - found.keys()):
        rows = [{"platform": platform, column.key: key} for platform, key in missing]
        insert_missing(connection, model, rows)
        found |= _known(connection, model, column, missing)
    return found


# Both look-ups name each column on its own: SQLite scans the table for a list of pairs.
def _known(
    connection: Connection, model: Any, column: Any, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    wanted = sorted(keys)
    for platform in sorted({platform for platform, _ in wanted}):
        for part in chunks([key for owner, key in wanted if owner == platform]):
            query = select(column, model.id).where(model.platform == platform, column.in_(part))
            found |= {(platform, key): number for key, number in connection.execute(query)}
    return found


def _version_ids(
    connection: Connection, keys: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    model = db.ListingVersion
    found: dict[tuple[int, str], int] = {}
    for part in chunks(sorted(keys)):
        listings, wanted = zip(*part, strict=True)
        query = select(model.listing_id, model.version, model.id).where(
            model.listing_id.in_(set(listings)), model.version.in_(set(wanted))
        )
        found |= {(listing, key): number for listing, key, number in connection.execute(query)}
    return found
