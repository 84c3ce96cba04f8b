"""The run log: one entry for each job that ran, or was missed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, literal, select, update

from monitor.model import Origin, Run, RunOutcome
from monitor.store import schema as db
from monitor.store.database import Database
from monitor.store.errors import StoreError
from monitor.store.origins import OriginRule

SET_ASIDE = "set-aside:"
"""How the job begins of an entry that was made by a wrong clock and counts for nothing."""


@dataclass(frozen=True)
class Runs:
    """Entries of the run log."""

    database: Database
    origin_rule: OriginRule

    def start(
        self,
        job: str,
        origin: Origin,
        started_at: datetime,
        week: str | None = None,
        platform: str | None = None,
        versions: Mapping[str, str] | None = None,
        host: str | None = None,
    ) -> int:
        """Begins a run, of a crawl on ``host``; returns its number."""
        row = {
            "job": job,
            "origin": origin,
            "started_at": started_at,
            "outcome": RunOutcome.running,
            "week": week,
            "platform": platform,
            "versions": dict(versions or {}),
            "counts": {},
            "host": host,
        }
        begin = insert(db.Run).values(row).returning(db.Run.c.id)
        with self.origin_rule.write(origin) as connection:
            return int(connection.execute(begin).scalar_one())

    def finish(
        self,
        run_id: int,
        outcome: RunOutcome,
        finished_at: datetime,
        reason: str | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Ends a run; raises ``StoreError`` where the log has no such run."""
        end = (
            update(db.Run)
            .where(db.Run.c.id == run_id)
            .values(
                outcome=outcome, finished_at=finished_at, reason=reason, counts=dict(counts or {})
            )
        )
        with self.database.write() as connection:
            if not connection.execute(end).rowcount:
                raise StoreError(f"run {run_id}: the ledger has no such run")

    def beat(self, run_id: int, at: datetime) -> None:
        """Notes a sign of life of a run."""
        sign = update(db.Run).where(db.Run.c.id == run_id).values(heartbeat_at=at)
        with self.database.write() as connection:
            connection.execute(sign)

    def set_aside(self, run_ids: Collection[int]) -> None:
        """Set entries aside: they stay, under a job's name that begins with ``SET_ASIDE``."""
        entries = db.Run.c.id.in_(run_ids) & ~db.Run.c.job.startswith(SET_ASIDE, autoescape=True)
        with self.database.write() as connection:
            connection.execute(
                update(db.Run).where(entries).values(job=literal(SET_ASIDE) + db.Run.c.job)
            )

    def newest(
        self,
        job: str | None = None,
        week: str | None = None,
        platform: str | None = None,
        limit: int | None = None,
    ) -> tuple[Run, ...]:
        """Runs, newest first, at most ``limit``; those set aside only where ``job`` names them."""
        query = select(db.Run).order_by(db.Run.c.started_at.desc(), db.Run.c.id.desc())
        if job is None:
            query = query.where(~db.Run.c.job.startswith(SET_ASIDE, autoescape=True))
        criteria = {"job": job, "week": week, "platform": platform}
        query = query.filter_by(**{k: v for k, v in criteria.items() if v is not None})
        with self.database.read() as connection:
            return tuple(Run(**row) for row in connection.execute(query.limit(limit)).mappings())
