"""The run ledger: every job is entered when it starts and closed however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from monitor import __version__
from monitor.config import Config, PantauError, utc_now
from monitor.model import Origin, RunOutcome
from monitor.store import Store

_CRAWLING = ("crawl", "visit")


@dataclass
class Running:
    """A run under way; the job fills ``counts``, ``remark`` where there is one to keep, and another
    ``outcome`` where it knows that not all was done."""

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
    """Enter ``job`` in the ledger for the length of the block. What it raises is written, too."""
    made_by = {"software": __version__, **(versions or {})}
    number = store.runs.start(job, origin, now(), week=week, platform=platform, versions=made_by)
    running = Running(number)
    outcome, reason = RunOutcome.failed, None
    try:
        yield running
        outcome, reason = running.outcome, running.remark
    except KeyboardInterrupt:
        outcome, reason = RunOutcome.stopped, "interrupted"
        raise
    except PantauError as error:
        reason = str(error)
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise
    finally:
        store.runs.finish(number, outcome, now(), reason=reason, counts=running.counts)


def bury(config: Config, store: Store) -> int:
    """Close as failed what killed processes left ``running``; returns how many entries.

    A crawl that still holds its platform's lock is alive and left alone.
    """
    dead = [run for run in store.runs.newest() if run.outcome is RunOutcome.running]
    for platform in {run.platform for run in dead if run.job in _CRAWLING and run.platform}:
        _bury_crawls(config, store, platform)
    for run in dead:
        if run.job not in _CRAWLING:
            now = utc_now()
            store.runs.finish(run.id, RunOutcome.failed, now, reason="killed", counts=run.counts)
    left = {run.id for run in store.runs.newest() if run.outcome is RunOutcome.running}
    return sum(run.id not in left for run in dead)


def _bury_crawls(config: Config, store: Store, platform: str) -> None:
    # Scrapy comes in with this, and only where a crawl was killed.
    from monitor.crawl.run import CrawlError, only_one
    from monitor.crawl.run import bury as bury_crawls

    with suppress(CrawlError), only_one(config.home, platform):
        bury_crawls(store, config.evidence, platform)
