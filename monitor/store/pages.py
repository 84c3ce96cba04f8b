"""Writing a page: unit, response, sellers, listings, versions and observations at once.

The first answer of a unit that speaks (``sampled`` or ``empty``) stands: later fetches of that unit
change nothing. A failed fetch is overwritten by what comes after it. The same response read by
another parser version adds that reading and makes it the current one, unless it reads less than
the one before; earlier observations stay, because a screen may stand on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from monitor.config import week_of
from monitor.model import DetailVisit, Listing, SampledPage, UnitState
from monitor.store import schema as db
from monitor.store.database import AnyRow, table
from monitor.store.errors import StoreError
from monitor.store.listings import ensure_platform, listing_ids, versions
from monitor.store.rows import robots_columns

_UNVERSIONED = "unversioned"


def write_page(connection: Connection, run_id: int, page: SampledPage) -> None:
    """Stores a page; listings are stored of a ``sampled`` page only."""
    _check(page)
    unit = _unit(connection, page)
    week = unit.week if unit else _week(page.observed_at)
    ensure_platform(connection, page.platform)
    earlier = _same_response(connection, "page", page)
    if earlier is None:
        if unit and UnitState(unit.state).speaks:
            return
        response = _add_response(connection, "page", run_id, week, page)
    elif earlier.parser == (page.parser or _UNVERSIONED):
        if earlier.observed_at is None and page.observed_at is not None and unit is None:
            _date(connection, earlier.id, page.observed_at)
        return
    elif _reads_less(earlier, page) or (unit and _answered_otherwise(unit, earlier)):
        return
    else:
        response = earlier.id
        _read_again(connection, response, page)
    if unit:
        _set_unit(connection, page)
    if page.state is UnitState.sampled:
        _observe(connection, response, week, page)


def write_visit(connection: Connection, run_id: int, visit: DetailVisit) -> None:
    """Stores a visit to a listing's own page; the same visit again changes nothing."""
    ensure_platform(connection, visit.platform)
    if _same_response(connection, "detail", visit) is not None:
        return
    key = (visit.platform, visit.item_id)
    response = _add_response(connection, "detail", run_id, visit.week, visit)
    listing = visit.listing
    if listing and (listing.platform, listing.item_id) != key:
        raise StoreError(f"visit of {visit.platform} {visit.item_id} read another listing")
    row = {
        "response_id": response,
        "listing_id": listing_ids(connection, [key])[key],
        "week": visit.week,
        "listing_version_id": versions(connection, [listing])[0] if listing else None,
        "screenshot": visit.screenshot,
        "screenshot_sha256": visit.screenshot_sha256,
    }
    drift = _drift(listing) if listing else {}
    connection.execute(insert(table(db.DetailVisit)), row | drift)


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


def _week(moment: datetime | None) -> str | None:
    return week_of(moment) if moment else None


def _unit(connection: Connection, page: SampledPage) -> AnyRow | None:
    if page.unit_id is None:
        return None
    columns: list[Any] = [db.SampleUnit.week, db.SampleUnit.platform, db.SampleUnit.state]
    query = select(*columns).where(db.SampleUnit.id == page.unit_id).with_for_update()
    unit = connection.execute(query).one_or_none()
    if unit is None or unit.platform != page.platform:
        raise StoreError(f"{page.unit_id}: {page.platform} has no such planned unit")
    return unit


def _same_response(
    connection: Connection, kind: str, page: SampledPage | DetailVisit
) -> AnyRow | None:
    """The row of this very response, if it is known.

    With a body: the same bytes from the same address for the same unit, outside the plan at the
    same time or with one of the times unknown. Without: the same failure at the same time.
    """
    response, unit = db.Response, getattr(page, "unit_id", None)
    moment = page.observed_at if isinstance(page, SampledPage) else page.visited_at
    at: ColumnElement[bool] = response.observed_at.is_not_distinct_from(moment)
    if page.received and unit is None and moment is None:
        at = and_(True)
    elif page.received and unit is None:
        at = or_(at, response.observed_at.is_(None))
    same = [
        response.kind == kind,
        response.platform == page.platform,
        response.url == page.url,
        response.unit_id.is_not_distinct_from(unit),
        response.sha256.is_not_distinct_from(page.received.sha256 if page.received else None),
    ]
    if unit is None or not page.received:
        same.append(at)
    if not page.received:
        week = page.week if isinstance(page, DetailVisit) else _week(moment)
        same.append(response.state == page.state)
        same.append(response.week.is_not_distinct_from(week) if unit is None else and_(True))
    columns: list[Any] = [response.id, response.state, response.parser, response.observed_at]
    query = select(*columns)
    return connection.execute(query.where(*same).order_by(response.id)).first()


def _add_response(
    connection: Connection,
    kind: str,
    run_id: int,
    week: str | None,
    page: SampledPage | DetailVisit,
) -> int:
    received = page.received
    row: dict[str, Any] = {
        "run_id": run_id,
        "platform": page.platform,
        "kind": kind,
        "week": week,
        "origin": page.origin,
        "state": page.state,
        "reason": page.reason,
        "url": page.url,
        "parser": _UNVERSIONED,
    } | robots_columns(page.robots)
    if isinstance(page, SampledPage):
        row |= {
            "unit_id": page.unit_id,
            "observed_at": page.observed_at,
            "total_results": page.total_results,
            "foreign_results": page.foreign_results,
            "parser": page.parser or _UNVERSIONED,
        }
    else:
        row["observed_at"] = page.visited_at
    if received:
        row |= {
            "received_url": received.url,
            "status": received.status,
            "content_type": received.content_type,
            "size": received.size,
            "sha256": received.sha256,
            "sha256_kept": received.sha256_kept,
            "evidence": received.evidence,
        }
    added = connection.execute(insert(table(db.Response)).values(row).returning(db.Response.id))
    return int(added.scalar_one())


def _read_again(connection: Connection, response: int, page: SampledPage) -> None:
    connection.execute(
        update(db.Response)
        .where(db.Response.id == response)
        .values(
            parser=page.parser or _UNVERSIONED,
            state=page.state,
            reason=page.reason,
            total_results=page.total_results,
            foreign_results=page.foreign_results,
        )
    )


def _date(connection: Connection, response: int, moment: datetime) -> None:
    known = {"observed_at": moment, "week": week_of(moment)}
    connection.execute(update(db.Response).where(db.Response.id == response).values(known))
    mine = db.Observation.response_id == response
    connection.execute(update(db.Observation).where(mine).values(known))


def _set_unit(connection: Connection, page: SampledPage) -> None:
    known = {
        "state": page.state,
        "reason": page.reason,
        "observed_at": page.observed_at,
        "total_results": page.total_results,
        "foreign_results": page.foreign_results,
    } | robots_columns(page.robots)
    unit = db.SampleUnit.id == page.unit_id
    connection.execute(update(db.SampleUnit).where(unit).values(known))


def _observe(connection: Connection, response: int, week: str | None, page: SampledPage) -> None:
    numbers = versions(connection, page.listings)
    connection.execute(insert(table(db.Observation)), _observations(response, week, page, numbers))


def _observations(
    response: int, week: str | None, page: SampledPage, numbers: Sequence[int]
) -> list[dict[str, Any]]:
    pairs = zip(page.listings, numbers, strict=True)
    return [
        {
            "response_id": response,
            "unit_id": page.unit_id,
            "listing_version_id": number,
            "parser": page.parser or _UNVERSIONED,
            "place": place,
            "week": week,
            "observed_at": page.observed_at,
        }
        | _drift(listing)
        for place, (listing, number) in enumerate(pairs, start=1)
    ]


def _drift(listing: Listing) -> dict[str, Any]:
    return {
        "rank": listing.rank,
        "sponsored": listing.sponsored,
        "sold": listing.sold,
        "rating": listing.rating,
    }
