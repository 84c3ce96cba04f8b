"""Crawls as child processes: one a platform, all at once, followed from here.

A child writes one JSON object a line; a child that dies leaves ``failed`` in the run log with how
it died. Nothing of Scrapy is imported here.
"""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import msgspec

from monitor.config import Config, ConfigError
from monitor.evidence import seal
from monitor.evidence.warc import records
from monitor.model import RunOutcome, UnitState, Value
from monitor.process import PYTHON_MODULE, Child, locked, stop_all, stop_signals
from monitor.store import Store

Event = Mapping[str, Any]
"""What a child reports under the key ``event``: ``run`` (units to fetch), ``page``, ``end`` or
``error``."""
Progress = Callable[[Event], None]

STOP_SECONDS = 120.0
"""How long a child may take to finish its page after SIGTERM."""
CRAWL_JOBS = ("crawl", "visit", "live")
"""The jobs of the run log that a child's own process enters and closes."""


class CrawlResult(Value):
    """How one platform's run ended. A platform that refused is a result, not a failure."""

    platform: str
    outcome: RunOutcome
    reason: str | None = None
    run: int | None = None
    planned: int = 0
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    warning: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the run ended in an error."""
        return self.outcome is RunOutcome.failed

    @property
    def is_cut_off(self) -> bool:
        """Whether an error or a signal ended the run; a refusal, night or budget does not."""
        signals = (signal.SIGTERM.name, signal.SIGINT.name)
        return self.failed or (self.outcome is RunOutcome.stopped and self.reason in signals)

    def __str__(self) -> str:
        """One line: what came of the units that were to be fetched."""
        states = [f"{self.counts[state]} {state}" for state in UnitState if self.counts.get(state)]
        parts = [", ".join(states or ["nothing fetched"])]
        pending = self.planned - self.counts.get("pages", 0)
        if pending > 0:
            parts.append(f"{pending} still planned")
        if self.outcome is not RunOutcome.done or self.reason:
            parts.append(f"{self.outcome}: {self.reason}" if self.reason else self.outcome)
        if self.warning:
            parts.append(self.warning)
        return f"{self.platform}: {'; '.join(parts)}"


def crawl(
    config: Config, platforms: Sequence[str], week: str, *, progress: Progress | None = None
) -> list[CrawlResult]:
    """Fetch what is still planned of each platform, each in its own process.

    ``progress`` is called with the events of all children, one at a time. SIGTERM and SIGINT let
    every child finish the page in flight. Raises ``ConfigError`` where no contact is configured
    for a live crawl.
    """
    require_contact(config)
    jobs: dict[str, tuple[list[str], bytes]] = {platform: ([], b"") for platform in platforms}
    return run_children(config, week, jobs, progress=progress)


def run_children(
    config: Config,
    week: str,
    jobs: Mapping[str, tuple[Sequence[str], bytes]],
    *,
    progress: Progress | None = None,
    started: Callable[[Sequence[Child]], object] = lambda children: None,
) -> list[CrawlResult]:
    """Run one child for each platform of ``jobs`` and return how each ended.

    A job is the child's further arguments, and what follows the configuration on its standard
    input. ``started`` hears of the children. The evidence of all of them is sealed in the week's
    manifest when the last has ended; a worker's is not, since that is brought away.
    """
    reporting = threading.Lock()

    def report(event: Event) -> None:
        with reporting:
            if progress:
                progress(event)

    crawls = [
        _PlatformCrawl(config, week, platform, arguments, stdin, report)
        for platform, (arguments, stdin) in jobs.items()
    ]
    children = [crawl.child for crawl in crawls]
    started(children)
    with (
        stop_signals(lambda _: stop_all(children, STOP_SECONDS)),
        ThreadPoolExecutor(len(children) or 1) as threads,
    ):
        exit_codes = list(threads.map(Child.follow, children))
    results = [crawl.result(code) for crawl, code in zip(crawls, exit_codes, strict=True)]
    if not config.is_worker:
        seal(config.evidence, week, at=config.simulated_now)
    return results


def require_contact(config: Config) -> None:
    """Raise ``ConfigError`` for a live crawl without a contact: a crawler says who it is."""
    if not config.demo_url and not config.contact:
        file = config.home / "pantau.toml"
        raise ConfigError(f'{file}: contact: missing; add a line such as contact = "mail address"')


def config_bytes(config: Config) -> bytes:
    """A configuration as one line for a child's standard input (it may hold secrets)."""
    return msgspec.json.encode(config, enc_hook=str) + b"\n"


def config_from(line: bytes) -> Config:
    """The configuration ``config_bytes`` wrote."""
    return msgspec.json.decode(line, type=Config, dec_hook=lambda kind, text: kind(text))


def platform_lock(config: Config, platform: str) -> AbstractContextManager[None]:
    """Hold a platform for one run: only one on this machine; raises ``LockedError``."""
    return locked(config.home / "locks" / f"{platform}.lock", f"the crawl of {platform}")


def close_killed_crawls(config: Config, store: Store, platform: str) -> None:
    """Close as failed what killed children of a platform left ``running`` in the run log.

    Call it with the platform's lock held, so that none of them is alive. A run that was killed
    counted no request: the responses in its evidence are counted instead.
    """
    for run in store.runs.newest(platform=platform):
        if run.outcome is RunOutcome.running and run.job in CRAWL_JOBS:
            files = config.evidence.glob(f"*/{platform}-{run.id}.*warc.gz")
            requests = sum(1 for path in files for _ in records(path))
            counts = {"requests": requests} | run.counts
            now = datetime.now(UTC)
            store.runs.finish(run.id, RunOutcome.failed, now, reason="killed", counts=counts)


class _PlatformCrawl:
    """One platform's child and what it reported so far."""

    def __init__(
        self,
        config: Config,
        week: str,
        platform: str,
        arguments: Sequence[str],
        stdin: bytes,
        progress: Progress,
    ) -> None:
        self._config = config
        self._platform = platform
        self._progress = progress
        self._events: dict[str, Event] = {}
        self._counts: Counter[str] = Counter()
        self.child = Child(
            [*PYTHON_MODULE, "monitor.crawl", platform, "--week", week, *arguments, "--config=-"],
            stdin=config_bytes(config) + stdin,
            on_stdout=self._hear,
        )

    def _hear(self, line: bytes) -> None:
        event = msgspec.json.decode(line)
        if event["event"] == "page":
            self._counts.update({"pages": 1, event["state"]: 1, "listings": event["listings"]})
        else:
            self._events[event["event"]] = event
        self._progress(event)

    def result(self, exit_code: int) -> CrawlResult:
        """How the run ended; the run log of a child that died is closed, as it could not."""
        start, end, error = (self._events.get(name) for name in ("run", "end", "error"))
        result = CrawlResult(
            platform=self._platform,
            outcome=RunOutcome.failed,
            run=start["run"] if start else None,
            planned=start["units"] if start else 0,
            counts=dict(self._counts),
        )
        replace = msgspec.structs.replace
        if end:
            more = {name: end[name] for name in ("reason", "counts", "warning")}
            return replace(result, outcome=RunOutcome(end["outcome"]), **more)
        if error:
            return replace(result, reason=error["message"])
        if exit_code < 0:
            reason = f"killed by {signal.Signals(-exit_code).name}"
        else:
            reason = f"ended with exit code {exit_code}: {self.child.last_words or 'no word'}"
        if result.run is not None:
            config, now = self._config, datetime.now(UTC)
            with Store.of_home(config, origin=config.origin) as store:
                store.runs.finish(
                    result.run, RunOutcome.failed, now, reason=reason, counts=result.counts
                )
        return replace(result, reason=reason)
