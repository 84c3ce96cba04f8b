"""Responses: each fetch or saved page, and each visit, is stored once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    cast,
    func,
    insert,
    or_,
    select,
    union_all,
)

from monitor.config import week_of
from monitor.model import DetailVisit, SampledPage
from monitor.store import schema as db
from monitor.store.database import AnyRow
from monitor.store.rows import received_columns, robots_columns, row_of

UNVERSIONED = "unversioned"
_ADD = insert(db.Response).returning(db.Response.c.id)


def observed_week(moment: datetime | None) -> str | None:
    """The week of a time of observation; None where it is unknown."""
    return week_of(moment) if moment else None


def same_response(
    connection: Connection, kind: str, page: SampledPage | DetailVisit
) -> AnyRow | None:
    """The row of this very response, if it is known.

    With a body: the same bytes from the same address for the same unit, outside the plan at the
    same time or with one of the times unknown. Without: the same failure at the same time.
    """
    response, unit = db.Response, getattr(page, "unit_id", None)
    moment = page.observed_at if isinstance(page, SampledPage) else page.visited_at
    at: ColumnElement[bool] = response.c.observed_at.is_not_distinct_from(moment)
    if page.received and unit is None and moment is None:
        at = and_(True)
    elif page.received and unit is None:
        at = or_(at, response.c.observed_at.is_(None))
    same = [
        response.c.kind == kind,
        response.c.platform == page.platform,
        response.c.url == page.url,
        response.c.unit_id.is_not_distinct_from(unit),
        response.c.sha256.is_not_distinct_from(page.received.sha256 if page.received else None),
    ]
    if unit is None or not page.received:
        same.append(at)
    if not page.received:
        week = page.week if isinstance(page, DetailVisit) else observed_week(moment)
        same.append(response.c.state == page.state)
        same.append(response.c.week.is_not_distinct_from(week) if unit is None else and_(True))
    names = ("id", "state", "parser", "observed_at", "comparison")
    query = select(*(response.c[name] for name in names))
    return connection.execute(query.where(*same).order_by(response.c.id)).first()


def add_response(
    connection: Connection,
    kind: str,
    run_id: int,
    week: str | None,
    page: SampledPage | DetailVisit,
    comparison: bool = False,
) -> int:
    """Stores a response; returns its number."""
    columns: dict[str, Any] = {
        "run_id": run_id,
        "kind": kind,
        "week": week,
        "comparison": comparison,
    }
    columns |= robots_columns(page.robots) | received_columns(page.received)
    if isinstance(page, SampledPage):
        columns["parser"] = page.parser or UNVERSIONED
    else:
        columns |= dict.fromkeys(("unit_id", "total_results", "foreign_results"))
        columns |= {"observed_at": page.visited_at, "parser": UNVERSIONED}
    row = row_of(db.Response, page, **columns)
    return int(connection.execute(_ADD, row).scalar_one())


def evidence_files(connection: Connection) -> dict[str, tuple[int, int]]:
    """Every file that responses, visits and pages of promises point to, by its name below the
    evidence folder.

    With how many records they point to in it, and the greatest offset in bytes: 1 and 0 for a
    screenshot, which is a whole file.
    """
    pointers = union_all(
        select(db.Response.c.evidence.label("pointer")).where(db.Response.c.evidence.is_not(None)),
        select(db.PromisePage.c.evidence.label("pointer")),
    ).subquery()
    pointer = pointers.c.pointer
    # "2026-W47/lazada-12.warc.gz#8192" without its digits is the file and "#", in both databases.
    file = func.rtrim(pointer, "0123456789")
    offset = cast(func.substr(pointer, func.length(file) + 1), BigInteger)
    files = select(file, func.count(), func.max(offset))
    rows = connection.execute(files.group_by(file).order_by(file))
    by_name = {name.removesuffix("#"): (count, last) for name, count, last in rows}
    shots = select(db.DetailVisit.c.screenshot).where(db.DetailVisit.c.screenshot.is_not(None))
    return by_name | {name: (1, 0) for (name,) in connection.execute(shots.distinct())}


def count_pages(connection: Connection, week: str | None) -> int:
    """How many result pages of a week (None: of all) have a pointer into the evidence."""
    response = db.Response
    pages = [response.c.kind == "page", response.c.evidence.is_not(None)]
    pages += [response.c.week == week] if week else []
    return int(connection.execute(select(func.count()).where(*pages)).scalar_one())
