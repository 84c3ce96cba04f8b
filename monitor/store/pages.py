"""Writing a page: unit, response, sellers, listings, versions and observations at once.

The first answer of a unit that speaks (``sampled`` or ``empty``) stands: later fetches of that unit
change nothing. A failed fetch is overwritten by what comes after it. Of a unit that both modes are
asked for, the first answer of the other mode is kept beside it for comparison; the crawler's is the
unit's, unless the week's audit was already drawn from the inspector's. The same response read by
another parser version adds that reading and makes it the current one, unless it reads less than
the one before; earlier observations stay, because a screen may stand on them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select, update

from monitor.config import week_of
from monitor.model import CollectedBy, Mode, SampledPage, UnitState, UnreadablePosition
from monitor.store import schema as db
from monitor.store.archived import require_unarchived
from monitor.store.content import clean
from monitor.store.database import AnyRow, Database, streamed
from monitor.store.erasures import ErasureList
from monitor.store.errors import StoreError
from monitor.store.listings import ensure_platform, version_ids
from monitor.store.origins import OriginRule
from monitor.store.responses import UNVERSIONED, add_response, observed_week, same_response
from monitor.store.rows import (
    RECEIVED,
    drift_columns,
    received_value,
    robots_columns,
    robots_of,
    robots_value,
    value_of,
)

_READING = ("state", "reason", "total_results", "foreign_results")
# Fields of a page that are not one column of a response each.
_PARTS = {"listings", "unreadable", "robots", "received", "displayed"}
_PAGE = [name for name in SampledPage.__struct_fields__ if name not in _PARTS]
_UNIT_COLUMNS = ("id", "week", "platform", "state", "mode", "collection")
# Asked and written for each page: made once, and so compiled once.
_UNIT = (
    select(*(db.SampleUnit.c[name] for name in _UNIT_COLUMNS))
    .where(db.SampleUnit.c.id == bindparam("unit"))
    .with_for_update()
)
_SET_UNIT = update(db.SampleUnit).where(db.SampleUnit.c.id == bindparam("unit"))
_ADD_OBSERVATIONS = insert(db.Observation)


@dataclass(frozen=True)
class Pages:
    """Result pages as they were received and read."""

    database: Database
    origin_rule: OriginRule
    erasures: ErasureList = ErasureList(None)  # noqa: RUF009 (a frozen value)

    def save(self, run_id: int, page: SampledPage) -> int | None:
        """Stores a page whole or not at all; listings are stored of a ``sampled`` page only.

        A seller who was erased after the page was received is left out.
        Returns the number of a response that is new to the store, None for one that is not.
        """
        _check(page)
        page = self.erasures.page(page)
        with self.origin_rule.write(page.origin) as connection:
            unit = _unit(connection, page)
            week = unit.week if unit else observed_week(page.observed_at)
            if unit is None:
                ensure_platform(connection, page.platform)
            earlier = same_response(connection, "page", page)
            comparison = earlier is not None and bool(earlier.comparison)
            if earlier is None:
                if unit and UnitState(unit.state).speaks:
                    if not _is_other_mode(connection, unit, page):
                        return None
                    comparison = not _replaces(connection, unit, page)
                require_unarchived(connection, week)
                response = add_response(connection, "page", run_id, week, page, comparison)
            elif earlier.parser == (page.parser or UNVERSIONED):
                if earlier.observed_at is None and page.observed_at is not None and unit is None:
                    require_unarchived(connection, week)
                    _date(connection, earlier.id, page.observed_at)
                return None
            elif _reads_less(earlier, page) or (
                unit and not comparison and _answered_otherwise(unit, earlier)
            ):
                return None
            else:
                require_unarchived(connection, week)
                response = earlier.id
                _read_again(connection, response, page)
            if unit and not comparison:
                _set_unit(connection, page)
            if page.state is UnitState.sampled:
                numbers = version_ids(connection, page.listings)
                rows = _observations(response, week, page, numbers)
                connection.execute(_ADD_OBSERVATIONS, rows)
                _add_unreadable(connection, response, page)
            return response if earlier is None else None

    def of_week(self, week: str | None) -> tuple[SampledPage, ...]:
        """Pages of a week (None: undated ones) whose evidence was kept, without their listings."""
        response = db.Response
        query = (
            select(
                response.c.id,
                *(response.c[name] for name in _PAGE),
                *RECEIVED,
                *robots_of(response),
            )
            .where(
                response.c.kind == "page",
                response.c.week.is_not_distinct_from(week),
                response.c.evidence.is_not(None),
            )
            .order_by(response.c.id)
        )
        with self.database.read() as connection:
            unreadable = _unreadable(connection, week)
            return tuple(
                value_of(
                    SampledPage,
                    row,
                    listings=(),
                    displayed=None,
                    unreadable=tuple(unreadable[row.id]),
                    robots=robots_value(row),
                    received=received_value(row),
                )
                for row in streamed(connection, query)
            )


def _check(page: SampledPage) -> None:
    if page.state is UnitState.planned:
        raise StoreError(f"{page.url}: a fetched page is not 'planned'")
    if page.state is UnitState.sampled and not page.listings:
        raise StoreError(f"{page.url}: a sampled page has listings; without any it is 'empty'")
    for name in ("total_results", "foreign_results"):
        count = getattr(page, name)
        if count is not None and not 0 <= count < 2**63:
            raise StoreError(f"{page.url}: {name}: {count} is not a count")
    if other := {x.platform for x in page.listings} - {page.platform}:
        raise StoreError(f"{page.url}: listings of {', '.join(sorted(other))} on {page.platform}")


def _reads_less(earlier: AnyRow, page: SampledPage) -> bool:
    return UnitState(earlier.state).speaks and not page.state.speaks


def _answered_otherwise(unit: AnyRow, earlier: AnyRow) -> bool:
    return UnitState(unit.state).speaks and not UnitState(earlier.state).speaks


def _unit(connection: Connection, page: SampledPage) -> AnyRow | None:
    if page.unit_id is None:
        return None
    unit = connection.execute(_UNIT, {"unit": page.unit_id}).one_or_none()
    if unit is None or unit.platform != page.platform:
        raise StoreError(f"{page.unit_id}: {page.platform} has no such planned unit")
    return unit


def _is_other_mode(connection: Connection, unit: AnyRow, page: SampledPage) -> bool:
    """Whether a unit that both modes are asked for meets the mode that has not spoken of it yet."""
    if unit.collection is not CollectedBy.both or unit.mode is page.mode:
        return False
    spoken = exists().where(
        db.Response.c.unit_id == unit.id,
        db.Response.c.mode == page.mode,
        db.Response.c.state.in_([state for state in UnitState if state.speaks]),
    )
    return not connection.scalar(select(spoken))


def _replaces(connection: Connection, unit: AnyRow, page: SampledPage) -> bool:
    """Let the crawler's answer take the place of an inspector's, kept from now on for comparison.

    Returns False where the inspector's stands: the crawler said nothing, or the audit was drawn.
    """
    drawn = exists().where(db.AuditDraw.c.week == unit.week)
    if page.mode is not Mode.crawler or not page.state.speaks or connection.scalar(select(drawn)):
        return False
    of_unit = db.Response.c.unit_id == unit.id
    connection.execute(update(db.Response).where(of_unit).values(comparison=True))
    return True


def _read_again(connection: Connection, response: int, page: SampledPage) -> None:
    reading = {name: getattr(page, name) for name in _READING}
    reading["parser"] = page.parser or UNVERSIONED
    connection.execute(update(db.Response).where(db.Response.c.id == response).values(reading))


def _date(connection: Connection, response: int, moment: datetime) -> None:
    times = {"observed_at": moment, "week": week_of(moment)}
    connection.execute(update(db.Response).where(db.Response.c.id == response).values(times))
    on_page = db.Observation.c.response_id == response
    connection.execute(update(db.Observation).where(on_page).values(times))


def _set_unit(connection: Connection, page: SampledPage) -> None:
    outcome = {name: getattr(page, name) for name in (*_READING, "mode", "observed_at")}
    outcome |= robots_columns(page.robots)
    connection.execute(_SET_UNIT, outcome | {"unit": page.unit_id})


def _observations(
    response: int, week: str | None, page: SampledPage, numbers: Sequence[int]
) -> list[dict[str, Any]]:
    unreadable = {position.place for position in page.unreadable}
    places = (place for place in count(1) if place not in unreadable)
    return [
        {
            "response_id": response,
            "unit_id": page.unit_id,
            "listing_version_id": number,
            "parser": page.parser or UNVERSIONED,
            "place": place,
            "week": week,
            "observed_at": page.observed_at,
        }
        | drift_columns(listing)
        for listing, number, place in zip(page.listings, numbers, places, strict=False)
    ]


def _add_unreadable(connection: Connection, response: int, page: SampledPage) -> None:
    rows = [
        {
            "response_id": response,
            "parser": page.parser or UNVERSIONED,
            "place": position.place,
            "item": clean(position.item_id),
            "reason": clean(position.reason),
        }
        for position in page.unreadable
    ]
    if rows:
        connection.execute(insert(db.UnreadablePosition), rows)


def _unreadable(connection: Connection, week: str | None) -> dict[int, list[UnreadablePosition]]:
    """The unreadable positions of a week's pages by the number of the response, as last read."""
    position = db.UnreadablePosition
    query = (
        select(
            position.c.response_id,
            position.c.place,
            position.c.reason,
            position.c.item.label("item_id"),
        )
        .join(db.Response, db.Response.c.id == position.c.response_id)
        .where(
            db.Response.c.week.is_not_distinct_from(week), db.Response.c.parser == position.c.parser
        )
        .order_by(position.c.response_id, position.c.place)
    )
    by_response: dict[int, list[UnreadablePosition]] = defaultdict(list)
    for row in connection.execute(query):
        by_response[row.response_id].append(value_of(UnreadablePosition, row))
    return by_response
