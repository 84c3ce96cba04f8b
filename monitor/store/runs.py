"""The ledger of runs, and the rule that simulated data never mixes with other data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from monitor.model import Origin, Run, RunOutcome
from monitor.store import schema as db
from monitor.store.database import AnyRow, insert_missing, now, table
from monitor.store.errors import StoreError


def recorded_origin(connection: Connection) -> bool | None:
    """Whether the store holds simulated data; None before its first write."""
    return connection.scalar(select(db.StoreOrigin.simulated))


def claim(connection: Connection, origin: Origin) -> None:
    """Records what the store holds at its first write; refuses anything else afterwards."""
    simulated = recorded_origin(connection)
    if simulated is None:
        row = {"id": 1, "simulated": origin is Origin.simulated, "since": now()}
        insert_missing(connection, db.StoreOrigin, [row])
        simulated = recorded_origin(connection)
    refuse_mixing(bool(simulated), origin)


def refuse_mixing(simulated: bool, origin: Origin) -> None:
    """Raises ``StoreError`` where simulated data would meet other data."""
    if simulated is not (origin is Origin.simulated):
        holds, word = ("simulated", "real") if simulated else ("real", "simulated")
        raise StoreError(
            f"this store holds {holds} data and takes no {word} data ({origin});"
            " use another PANTAU_HOME or PANTAU_DATABASE_URL"
        )


def start(
    connection: Connection,
    job: str,
    origin: Origin,
    started_at: datetime,
    week: str | None,
    platform: str | None,
    versions: Mapping[str, str],
) -> int:
    """Begins an entry of the ledger; returns its number."""
    row = {
        "job": job,
        "origin": origin,
        "started_at": started_at,
        "outcome": RunOutcome.running,
        "week": week,
        "platform": platform,
        "versions": dict(versions),
        "counts": {},
    }
    added = connection.execute(insert(table(db.Run)).values(row).returning(db.Run.id))
    return int(added.scalar_one())


def finish(
    connection: Connection,
    run_id: int,
    outcome: RunOutcome,
    finished_at: datetime,
    reason: str | None,
    counts: Mapping[str, int],
) -> None:
    """Ends an entry of the ledger."""
    ended = connection.execute(
        update(db.Run)
        .where(db.Run.id == run_id)
        .values(outcome=outcome, finished_at=finished_at, reason=reason, counts=dict(counts))
    )
    if not ended.rowcount:
        raise StoreError(f"run {run_id}: the ledger has no such run")


def listed(
    connection: Connection,
    job: str | None,
    week: str | None,
    platform: str | None,
    limit: int | None,
) -> tuple[Run, ...]:
    """Entries of the ledger, newest first."""
    query = select(table(db.Run)).order_by(db.Run.started_at.desc(), db.Run.id.desc()).limit(limit)
    wanted = ((db.Run.job, job), (db.Run.week, week), (db.Run.platform, platform))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    return tuple(_run(row) for row in connection.execute(query))


def _run(row: AnyRow) -> Run:
    return Run(
        id=row.id,
        job=row.job,
        origin=row.origin,
        started_at=row.started_at,
        outcome=row.outcome,
        week=row.week,
        platform=row.platform,
        finished_at=row.finished_at,
        reason=row.reason,
        versions=row.versions,
        counts=row.counts,
    )
