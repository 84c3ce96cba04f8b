"""The keys that listings of a platform carried when they were last looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from monitor.store import schema as db
from monitor.store.database import Database
from monitor.store.listings import ensure_platform


@dataclass(frozen=True)
class ListingKeys:
    """Keys of the payloads that listings are read from."""

    database: Database

    def shares(self, platform: str) -> dict[str, float]:
        """The share of a platform's listings that had each key it was ever seen with."""
        query = select(db.ListingKeyShare.c.key, db.ListingKeyShare.c.share).where(
            db.ListingKeyShare.c.platform == platform
        )
        with self.database.read() as connection:
            return {row.key: row.share for row in connection.execute(query)}

    def save(self, platform: str, shares: Mapping[str, float]) -> None:
        """Replaces what is known of a platform's keys."""
        rows = [{"platform": platform, "key": key, "share": shares[key]} for key in sorted(shares)]
        of_platform = db.ListingKeyShare.c.platform == platform
        with self.database.write() as connection:
            ensure_platform(connection, platform)
            connection.execute(delete(db.ListingKeyShare).where(of_platform))
            if rows:
                connection.execute(insert(db.ListingKeyShare), rows)
