"""Stored answers of result pages, for reading them again."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from monitor.model import SampledPage
from monitor.store import schema as db
from monitor.store.database import streamed
from monitor.store.rows import RECEIVED, received_value, robots_of, robots_value


def of_week(connection: Connection, week: str | None) -> Iterator[SampledPage]:
    """Pages of a week (None: that do not tell their time) of which evidence was kept, as stored,
    without their listings."""
    response = db.Response
    query = (
        select(
            response.platform,
            response.url,
            response.state,
            response.origin,
            response.unit_id,
            response.reason,
            response.observed_at,
            response.total_results,
            response.foreign_results,
            response.parser,
            *RECEIVED,
            *robots_of(response),
        )
        .where(
            response.kind == "page",
            response.week.is_not_distinct_from(week),
            response.evidence.is_not(None),
        )
        .order_by(response.id)
    )
    for row in streamed(connection, query):
        yield SampledPage(
            platform=row.platform,
            url=row.url,
            state=row.state,
            origin=row.origin,
            unit_id=row.unit_id,
            reason=row.reason,
            observed_at=row.observed_at,
            robots=robots_value(row),
            received=received_value(row),
            total_results=row.total_results,
            foreign_results=row.foreign_results,
            parser=row.parser,
        )
