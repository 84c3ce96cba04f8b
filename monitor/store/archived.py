"""What the rest of the store has to know of archived weeks.

Of a position that was moved into a file the store remembers which content stood on which page, in
which week: what first sight, retention and the erasure of a seller rest on. All else of it, its
rank, its unit and its screen, is in the file alone; whoever needs that is told to put it back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, union_all

from monitor.store import schema as db
from monitor.store.database import chunks
from monitor.store.errors import StoreError


class ArchivedWeekError(StoreError):
    """The positions of a week that are asked for lie in the archive."""

    def __init__(self, week: str) -> None:
        super().__init__(
            f"{week}: its positions are archived; put them back first: pantau db unarchive {week}"
        )


def require_unarchived(connection: Connection, first_week: str | None, last_week: str = "") -> None:
    """Raises ``ArchivedWeekError`` where a week, or one of those up to ``last_week``, is archived.

    Pages that do not tell their week, None, are never archived.
    """
    if first_week is None:
        return
    file = db.ArchivedFile
    weeks = select(func.min(file.c.week)).where(
        file.c.week.between(first_week, last_week or first_week)
    )
    if (week := connection.scalar(weeks)) is not None:
        raise ArchivedWeekError(week)


class ContentOnPage(NamedTuple):
    """A content on a page: their numbers, the week, and at how many positions it stood there."""

    version: int
    response: int
    week: str | None
    positions: int


def by_version(connection: Connection, versions: Collection[int]) -> Iterator[ContentOnPage]:
    """Where contents stood, in the store and in the archive, any reading of a page counted."""
    return _contents_on_pages(connection, "listing_version_id", versions)


def by_page(connection: Connection, responses: Collection[int]) -> Iterator[ContentOnPage]:
    """What stood on pages, in the store and in the archive, any reading of a page counted."""
    return _contents_on_pages(connection, "response_id", responses)


def _contents_on_pages(
    connection: Connection, column: str, numbers: Collection[int]
) -> Iterator[ContentOnPage]:
    seen, archived = db.Observation, db.ArchivedSighting
    key = (seen.c.listing_version_id, seen.c.response_id, seen.c.week)
    present = select(*key, func.count()).group_by(*key)
    moved = select(
        archived.c.listing_version_id,
        archived.c.response_id,
        archived.c.week,
        archived.c.all_readings,
    )
    for part in chunks(sorted(numbers)):
        for query in (present.where(seen.c[column].in_(part)),
                      moved.where(archived.c[column].in_(part))):  # fmt: skip
            yield from (ContentOnPage(*row) for row in connection.execute(query))


def least_of(*scalars: Any) -> ColumnElement[Any]:
    """The least of some scalar subqueries, those that are null left out; a scalar subquery.

    SQLite's ``min`` of several values and PostgreSQL's ``least`` differ about null.
    """
    candidates = union_all(*(select(scalar.label("week")) for scalar in scalars)).subquery()
    return select(func.min(candidates.c.week)).scalar_subquery()
