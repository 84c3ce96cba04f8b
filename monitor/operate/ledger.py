"""The run ledger: every job is entered when it starts and closed however it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from monitor import __version__
from monitor.listing import Origin, RunOutcome
from monitor.store import Store


@dataclass
class Running:
    """A run under way; the job fills ``counts``."""

    number: int
    counts: dict[str, int] = field(default_factory=dict)


@contextmanager
def recorded(
    store: Store,
    job: str,
    origin: Origin,
    *,
    week: str | None = None,
    platform: str | None = None,
    versions: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Enter ``job`` in the ledger for the length of the block. What it raises is written, too."""
    made_by = {"software": __version__, **(versions or {})}
    started = datetime.now(UTC)
    number = store.start_run(job, origin, started, week=week, platform=platform, versions=made_by)
    running = Running(number)
    outcome, reason = RunOutcome.failed, None
    try:
        yield running
        outcome = RunOutcome.done
    except KeyboardInterrupt:
        outcome, reason = RunOutcome.stopped, "interrupted"
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise
    finally:
        store.finish_run(number, outcome, datetime.now(UTC), reason=reason, counts=running.counts)
