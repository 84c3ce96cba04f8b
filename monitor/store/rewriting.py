"""Contents of offers under a pseudonym of their seller, with the hash of what is left."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from monitor.model import Signal
from monitor.store import schema as db
from monitor.store.content import content
from monitor.store.database import chunks
from monitor.store.pseudonyms import Names
from monitor.store.rows import LISTING, listing_value


def rewrite_versions(
    connection: Connection,
    platform: str,
    seller: int | None,
    versions: Sequence[int],
    names: Names,
) -> None:
    """Take the seller out of the contents of its offers and out of the reasons of decisions.

    ``seller`` is the number of its row, which goes; None where its offers showed no id.
    """
    replaced = None if seller is None else _pseudonymous(connection, platform, names.pseudonym)
    version, decided = db.ListingVersion, db.Classification
    for part in chunks(versions):
        query = (
            select(*LISTING, version.c.id, version.c.listing_id, version.c.seller_id)
            .join(db.Listing, db.Listing.c.id == version.c.listing_id)
            .outerjoin(db.Seller, db.Seller.c.id == version.c.seller_id)
            .where(version.c.id.in_(part))
        )
        for row in connection.execute(query).all():
            columns = content(names.listing(listing_value(row)))
            columns["version"] = _unused(connection, row, columns["version"])
            columns["seller_id"] = row[-1] and replaced
            connection.execute(update(version).where(version.c.id == row.id).values(columns))
        decisions = select(decided.c.id, decided.c.signals).where(
            decided.c.listing_version_id.in_(part)
        )
        for number, signals in connection.execute(decisions).all():
            known = msgspec.convert(signals, tuple[Signal, ...])
            blotted = msgspec.to_builtins(names.signals(known))
            if blotted != signals:
                of_row = update(decided).where(decided.c.id == number)
                connection.execute(of_row.values(signals=blotted))
    if seller is not None and seller != replaced:
        connection.execute(delete(db.Seller).where(db.Seller.c.id == seller))


def _pseudonymous(connection: Connection, platform: str, pseudonym: str) -> int:
    """The number of the seller's row under the pseudonym, which is made where there is none."""
    model = db.Seller
    here = (model.c.platform == platform) & (model.c.seller == pseudonym)
    if (number := connection.scalar(select(model.c.id).where(here))) is not None:
        return int(number)
    row = {"platform": platform, "seller": pseudonym}
    added = connection.execute(insert(model).values(row).returning(model.c.id))
    return int(added.scalar_one())


def _unused(connection: Connection, row: Any, sha256: str) -> str:
    """The hash of a version; another one where a version of the same offer has it already.

    Two versions that differed in the seller's name alone are the same without it.
    """
    version = db.ListingVersion
    of_others = (version.c.listing_id == row.listing_id) & (version.c.id != row.id)
    others = set(connection.scalars(select(version.c.version).where(of_others)))
    while sha256 in others:
        sha256 = hashlib.sha256(f"{sha256}/{row.id}".encode()).hexdigest()
    return sha256
