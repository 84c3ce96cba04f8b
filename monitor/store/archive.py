"""Moving the positions of a week out of the database and back: each is one transaction.

The rows go only after they were held, one by one, against the copy that was read back. Positions of
offers that were ever drawn, labelled, visited or made a case stay, as labels and cases rest on
them. ``monitor.store.archived`` says what is remembered of the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, zip_longest
from typing import Any

from sqlalchemy import (
    Connection,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    union,
    update,
)

from monitor.model import ListingKey, ResponseRecord, Value
from monitor.store import schema as db
from monitor.store import triggers
from monitor.store.database import BATCH, Database, streamed
from monitor.store.errors import StoreError
from monitor.store.listings import by_platform
from monitor.store.migrations import REVISIONS
from monitor.store.observations import not_second_way
from monitor.store.rows import RECEIVED, received_value, row_of, value_of

TABLES = (db.Observation, db.Screen)
"""The tables whose rows of a week are archived, each before those that refer to it."""
SCHEMA_VERSION = REVISIONS[-1]
StoredRow = tuple[Any, ...]


class ArchivedFile(Value):
    """A file that holds the rows of a week of one table; fields as the columns of its table."""

    week: str
    name: str
    path: str
    rows: int
    size: int
    sha256: str
    schema_version: str
    software: str
    archived_at: datetime
    retained: int = 0


class ArchivedPage(Value):
    """A page of an archived week that showed an offer, at one of its positions."""

    week: str
    observed_at: datetime | None
    received: ResponseRecord | None


@dataclass(frozen=True)
class Archive:
    """Weeks whose positions lie in files."""

    database: Database

    def files(self, week: str | None = None) -> tuple[ArchivedFile, ...]:
        """The files of a week, or of all weeks, the oldest week first."""
        file = db.ArchivedFile
        query = select(file).order_by(file.c.week, file.c.name)
        if week is not None:
            query = query.where(file.c.week == week)
        with self.database.read() as connection:
            return tuple(value_of(ArchivedFile, row) for row in connection.execute(query))

    def weeks(self) -> tuple[str, ...]:
        """The archived weeks, the oldest first."""
        return tuple(sorted({file.week for file in self.files()}))

    def weeks_before(self, week: str) -> tuple[str, ...]:
        """Weeks before ``week`` that have positions and are not archived, the oldest first."""
        seen, file = db.Observation.c.week, db.ArchivedFile.c.week
        query = select(seen).where(seen < week, seen.not_in(select(file))).distinct()
        with self.database.read() as connection:
            return tuple(sorted(connection.scalars(query)))

    def rows(self, week: str, table: str) -> Iterator[StoredRow]:
        """All rows of a week of one of the ``TABLES``, in the order of their numbers."""
        with self.database.read() as connection:
            yield from _rows(connection, week, db.METADATA.tables[table])

    def move(self, files: Sequence[ArchivedFile], copies: Mapping[str, Iterable[StoredRow]]) -> int:
        """Enter the files of a week and take its rows out of the tables; returns how many
        positions went.

        ``copies`` are the rows as read back from the files, by table. Raises ``StoreError``, and
        leaves all as it is, where one differs from the row in the table, where the week is archived
        already, and where the store has no newer position.
        """
        week = files[0].week
        with self.database.write() as connection, triggers.suspended(connection):
            if connection.scalar(select(exists().where(db.ArchivedFile.c.week == week))):
                raise StoreError(f"{week}: is archived already")
            for table in TABLES:
                _require_same(_rows(connection, week, table), copies[table.name], week, table)
            newest = select(func.max(db.Observation.c.id))
            newest_position = connection.scalar(newest)
            _remember(connection, week)
            moved_rows = {
                table.name: connection.execute(
                    delete(table).where(_key(table).in_(_movable(week, db.Observation.c.id)))
                ).rowcount
                for table in reversed(TABLES)
            }
            # SQLite would give the number of the newest row a second time.
            if connection.scalar(newest) != newest_position:
                raise StoreError(
                    f"{week}: holds the newest positions of the store, and their numbers would be"
                    " given again; archive it after the next crawl"
                )
            connection.execute(
                insert(db.ArchivedFile),
                [
                    row_of(db.ArchivedFile, file, retained=file.rows - moved_rows[file.name])
                    for file in files
                ],
            )
        return moved_rows[db.Observation.name]

    def put_back(self, week: str, copies: Mapping[str, Iterable[StoredRow]]) -> int:
        """Put the rows of a week back and forget its files; returns how many positions came.

        Raises ``StoreError``, and leaves all as it is, where the tables then do not hold what the
        files tell.
        """
        unit, file, archived = db.SampleUnit, db.ArchivedFile, db.ArchivedSighting
        returned_rows = 0
        with self.database.write() as connection, triggers.suspended(connection):
            of_week = select(file.c.name, file.c.rows).where(file.c.week == week)
            rows_by_table = {row.name: row.rows for row in connection.execute(of_week)}
            if not rows_by_table:
                raise StoreError(f"{week}: is not archived")
            for table in TABLES:
                returned = _insert_missing_rows(connection, week, table, copies[table.name])
                stored = select(func.count()).select_from(table).where(table.c.week == week)
                if connection.scalar(stored) != rows_by_table[table.name]:
                    raise StoreError(f"{week}: the file of {table.name} is not that of the week")
                returned_rows += returned if table is db.Observation else 0
            connection.execute(delete(archived).where(archived.c.week == week))
            connection.execute(delete(file).where(file.c.week == week))
            connection.execute(
                update(unit).where(unit.c.week == week).values(archived_positions=None)
            )
        return returned_rows

    def pages_of_listings(
        self, keys: Iterable[ListingKey]
    ) -> dict[ListingKey, tuple[ArchivedPage, ...]]:
        """The archived pages that showed each of some listings, oldest first, undated ones last.

        By the pages' current readings; a page at several of whose positions an offer stood comes as
        often.
        """
        archived, version, response = db.ArchivedSighting, db.ListingVersion, db.Response
        query = (
            select(
                db.Listing.c.platform,
                db.Listing.c.item,
                archived.c.week,
                archived.c.positions,
                response.c.observed_at,
                *RECEIVED,
            )
            .select_from(archived)
            .join(version, version.c.id == archived.c.listing_version_id)
            .join(db.Listing, db.Listing.c.id == version.c.listing_id)
            .join(response, response.c.id == archived.c.response_id)
            .order_by(response.c.observed_at.is_(None), response.c.observed_at, response.c.id)
        )
        pages: dict[ListingKey, list[ArchivedPage]] = defaultdict(list)
        with self.database.read() as connection:
            for platform, items in by_platform(keys):
                of_items = (db.Listing.c.platform == platform) & db.Listing.c.item.in_(items)
                for row in connection.execute(query.where(of_items)):
                    page = ArchivedPage(
                        week=row.week, observed_at=row.observed_at, received=received_value(row)
                    )
                    pages[ListingKey(row.platform, row.item)] += [page] * row.positions
        return {key: tuple(of_listing) for key, of_listing in pages.items()}


def _key(table: Table) -> Any:
    (key,) = table.primary_key.columns
    return key


def _rows(connection: Connection, week: str, table: Table) -> Iterator[StoredRow]:
    query = select(table).where(table.c.week == week).order_by(_key(table))
    yield from map(tuple, streamed(connection, query))


def _require_same(
    rows: Iterator[StoredRow], copy: Iterable[StoredRow], week: str, table: Table
) -> None:
    for row, copied in zip_longest(rows, copy):
        if row != copied:
            raise StoreError(
                f"{week}: the copy of {table.name} is not what the store holds"
                f" ({copied} for {row}); the store is as it was, archive the week again"
            )


def _movable(week: str, *columns: Any) -> Any:
    """A query of the positions of a week that may go."""
    retained = union(
        *(
            select(db.ListingVersion.c.listing_id).where(
                db.ListingVersion.c.id == model.c.listing_version_id
            )
            for model in (db.Label, db.ControlAnswer, db.SampledListing, db.Control)
        ),
        select(db.DetailVisit.c.listing_id),
        select(db.CaseEvent.c.listing_id),
        select(db.Listing.c.id).where(
            db.Listing.c.platform == db.EditionCase.c.platform,
            db.Listing.c.item == db.EditionCase.c.item,
        ),
    ).subquery()
    contents = select(db.ListingVersion.c.id).where(
        db.ListingVersion.c.listing_id.in_(select(retained.c.listing_id))
    )
    return select(*columns).where(
        db.Observation.c.week == week, db.Observation.c.listing_version_id.not_in(contents)
    )


def _remember(connection: Connection, week: str) -> None:
    """Enter which page showed what, and how many positions each unit had."""
    seen, response, unit = db.Observation, db.Response, db.SampleUnit
    is_current = seen.c.parser == response.c.parser
    sightings = (
        _movable(
            week,
            seen.c.listing_version_id,
            seen.c.response_id,
            literal(week),
            func.sum(case((is_current, 1), else_=0)),
            func.count(),
            ~not_second_way(seen.c.unit_id),
        )
        .select_from(seen)
        .join(response, response.c.id == seen.c.response_id)
        .group_by(seen.c.listing_version_id, seen.c.response_id, seen.c.unit_id)
    )
    columns = [column.name for column in db.ArchivedSighting.columns]
    connection.execute(insert(db.ArchivedSighting).from_select(columns, sightings))
    counts = (
        _movable(week, seen.c.unit_id, func.count())
        .select_from(seen)
        .join(response, response.c.id == seen.c.response_id)
        .where(and_(is_current, ~response.c.comparison, seen.c.unit_id.is_not(None)))
        .group_by(seen.c.unit_id)
    )
    for unit_id, positions in connection.execute(counts).all():
        of_unit = update(unit).where(unit.c.id == unit_id)
        connection.execute(of_unit.values(archived_positions=positions))


def _insert_missing_rows(
    connection: Connection, week: str, table: Table, copy: Iterable[StoredRow]
) -> int:
    """Insert the rows that are not in the table; returns how many those were."""
    key = _key(table)
    retained = set(connection.scalars(select(key).where(table.c.week == week)))
    names = [column.name for column in table.columns]
    rows = (dict(zip(names, row, strict=True)) for row in copy)
    missing = (row for row in rows if row[key.name] not in retained)
    count = 0
    while batch := list(islice(missing, BATCH)):
        connection.execute(insert(table), batch)
        count += len(batch)
    return count
