"""Entries of the run log: one for every job that was started, or should have been."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

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
    """One entry of the ledger: a job (``plan``, ``crawl``, ``ingest``, …) at a time."""

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
