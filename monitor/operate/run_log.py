"""The run log: every job is entered when it starts and closed however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from monitor import __version__
from monitor.config import Config, PantauError, utc_now
from monitor.crawl.process import CRAWL_JOBS, close_killed_crawls, platform_lock
from monitor.model import Origin, RunOutcome
from monitor.process import LockedError
from monitor.store import Store
from monitor.store.claims import ClaimedError


@dataclass
class Running:
    """A run under way.

    The job fills ``counts``, sets ``remark`` where a person should read one, and another
    ``outcome`` where it knows that not all was done.
    """

    number: int
    counts: dict[str, int] = field(default_factory=dict)
    remark: str | None = None
    outcome: RunOutcome = RunOutcome.done


@contextmanager
def recorded(
    store: Store,
    job: str,
    origin: Origin,
    *,
    week: str | None = None,
    platform: str | None = None,
    versions: Mapping[str, str] | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Iterator[Running]:
    """Enter ``job`` in the run log when the block begins, and close the entry when it ends.

    An exception closes the entry as failed, with its text as the reason, and is raised on.
    """
    all_versions = {"software": __version__, **(versions or {})}
    number = store.runs.start(
        job, origin, now(), week=week, platform=platform, versions=all_versions
    )
    running = Running(number)
    outcome, reason = RunOutcome.failed, None
    try:
        yield running
        outcome, reason = running.outcome, running.remark
    except KeyboardInterrupt as error:
        outcome, reason = RunOutcome.stopped, str(error) or "interrupted"
        raise
    except PantauError as error:
        reason = str(error)
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise
    finally:
        store.runs.finish(number, outcome, now(), reason=reason, counts=running.counts)


def close_killed_runs(config: Config, store: Store) -> int:
    """Close as failed what killed processes left ``running``; returns how many entries.

    A crawl whose process holds its platform's lock, here or on another machine, is alive and left
    alone.
    """
    running = [run for run in store.runs.newest() if run.outcome is RunOutcome.running]
    for platform in {run.platform for run in running if run.job in CRAWL_JOBS and run.platform}:
        with (
            suppress(LockedError, ClaimedError),
            platform_lock(config, platform),
            store.claims.hold(platform),
        ):
            close_killed_crawls(config, store, platform)
    for run in running:
        if run.job not in CRAWL_JOBS:
            store.runs.finish(
                run.id, RunOutcome.failed, utc_now(), reason="killed", counts=run.counts
            )
    still_running = {run.id for run in store.runs.newest() if run.outcome is RunOutcome.running}
    return sum(run.id not in still_running for run in running)
