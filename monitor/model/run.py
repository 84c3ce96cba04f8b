"""Entries of the run log: one for every job that was started, or should have been."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

import msgspec

from monitor.model.base import Value
from monitor.model.vocabulary import Origin


class RunOutcome(StrEnum):
    """How a run of a job ended; ``missed`` is written for a run that never started."""

    running = "running"
    done = "done"
    stopped = "stopped"
    failed = "failed"
    missed = "missed"


class Run(Value):
    """One entry of the ledger: a job (``plan``, ``crawl``, ``ingest``, …) at a time.

    ``host`` is the machine of a crawl, ``heartbeat_at`` its last sign of life on PostgreSQL.
    """

    id: int
    job: str
    origin: Origin
    started_at: datetime
    outcome: RunOutcome
    week: str | None = None
    platform: str | None = None
    finished_at: datetime | None = None
    reason: str | None = None
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    host: str | None = None
    heartbeat_at: datetime | None = None


class RememberedPace(Value):
    """How a platform was last asked, for the run that asks it next.

    ``requests`` are those of ``week`` so far, ``blocks`` how often the platform refused in that
    night, ``not_before`` when the next request may go out. ``asked_at`` is when this was noted.
    """

    SAME_NIGHT: ClassVar[timedelta] = timedelta(hours=12)

    platform: str
    week: str
    asked_at: datetime
    requests: int = 0
    blocks: int = 0
    not_before: datetime | None = None

    def is_of_night(self, now: datetime) -> bool:
        """Whether the platform was asked in the night of ``now``; else pauses begin anew."""
        return abs(now - self.asked_at) < self.SAME_NIGHT
