"""Workers: homes that crawl for the home of a database, and the evidence that they brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from monitor.model import UploadedFile, WorkerHome
from monitor.store import schema as db
from monitor.store.database import Database, insert_missing, now, upsert
from monitor.store.homes import Home
from monitor.store.migrations import REVISIONS

SCHEMA = REVISIONS[-1]


@dataclass(frozen=True)
class Workers:
    """Homes with the role of a worker, and files that are on the way from them."""

    database: Database

    def is_owner(self, home: Home) -> bool:
        """Whether the database belongs to this home."""
        with self.database.read() as connection:
            return connection.scalar(select(db.StoreHome.c.home)) == home.id

    def required_versions(self) -> dict[str, str] | None:
        """What a worker's versions and settings must be; None where no daemon has workers."""
        with self.database.read() as connection:
            return connection.scalar(select(db.StoreHome.c.versions))

    def require_versions(self, versions: Mapping[str, str] | None) -> None:
        """Note what the versions and settings of workers must be; None: there are none."""
        with self.database.write() as connection:
            connection.execute(
                update(db.StoreHome).values(versions=dict(versions) if versions else None)
            )

    def enter(self, home: Home, platforms: Iterable[str]) -> None:
        """Enter a home as a worker that has started."""
        at = now()
        row = {
            "home": home.id,
            "host": home.host,
            "path": home.path,
            "platforms": sorted(platforms),
            "since": at,
            "seen_at": at,
            "ended_at": None,
        }
        with self.database.write() as connection:
            upsert(connection, db.WorkerHome, [row], ["home"])

    def beat(self, home: Home, *, ended: bool = False) -> None:
        """Note a worker's sign of life; ``ended``: the last one, since it stops in order."""
        times = {"seen_at": now()} | ({"ended_at": now()} if ended else {})
        with self.database.write() as connection:
            connection.execute(
                update(db.WorkerHome).where(db.WorkerHome.c.home == home.id).values(times)
            )

    def all(self) -> tuple[WorkerHome, ...]:
        """All homes that ever worked for this one, the last that was seen first."""
        query = select(db.WorkerHome).order_by(db.WorkerHome.c.seen_at.desc())
        with self.database.read() as connection:
            rows = connection.execute(query).mappings()
            return tuple(
                WorkerHome(**{**row, "platforms": tuple(row["platforms"])}) for row in rows
            )

    def clock(self) -> datetime:
        """The time by the clock of the database."""
        with self.database.read() as connection:
            moment: datetime = connection.execute(select(func.now())).scalar_one()
            return moment

    def note_upload(self, file: UploadedFile, home: Home, *, arrived: bool) -> None:
        """Note an evidence file that was brought whole; the same file again changes nothing."""
        at = now()
        row = {
            "path": file.path,
            "size": file.size,
            "sha256": file.sha256,
            "home": home.id,
            "uploaded_at": at,
            "arrived_at": at if arrived else None,
        }
        with self.database.write() as connection:
            insert_missing(connection, db.UploadedFile, [row])

    def note_arrival(self, path: str) -> None:
        """Note that a brought file is in the evidence folder."""
        with self.database.write() as connection:
            connection.execute(
                update(db.UploadedFile)
                .where(db.UploadedFile.c.path == path)
                .values(arrived_at=now())
            )

    def on_the_way(self) -> tuple[UploadedFile, ...]:
        """The files that were brought and are not in the evidence folder yet, oldest first."""
        query = (
            select(db.UploadedFile.c.path, db.UploadedFile.c.size, db.UploadedFile.c.sha256)
            .where(db.UploadedFile.c.arrived_at.is_(None))
            .order_by(db.UploadedFile.c.uploaded_at, db.UploadedFile.c.path)
        )
        with self.database.read() as connection:
            return tuple(UploadedFile(**row) for row in connection.execute(query).mappings())
