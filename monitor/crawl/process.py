"""Crawls as child processes: one a platform, all at once, watched from here.

A child writes one JSON object a line; a child that dies leaves ``failed`` in the ledger with how it
died. Nothing of Scrapy is imported here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

import monitor
from monitor.config import Config, ConfigError
from monitor.model import RunOutcome, UnitState, Value

Progress = Callable[[Mapping[str, Any]], None]
"""Called with each event of a child: ``run`` (units to fetch), ``page``, ``end``, ``error``."""

LINE_LIMIT = 1 << 20
POLL_SECONDS = 0.2
STOP_GRACE = 120.0
"""Seconds a child gets to finish its page after SIGTERM."""


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
        return self.outcome is RunOutcome.failed

    def __str__(self) -> str:
        """One line: what came of the units that were to be fetched."""
        done = [
            f"{self.counts[state]} {state}" for state in UnitState if self.counts.get(state)
        ] or ["nothing fetched"]
        left = self.planned - self.counts.get("pages", 0)
        parts = [", ".join(done)]
        if left > 0:
            parts.append(f"{left} still planned")
        if self.outcome is not RunOutcome.done or self.reason:
            parts.append(f"{self.outcome}: {self.reason}" if self.reason else self.outcome)
        if self.warning:
            parts.append(self.warning)
        return f"{self.platform}: {'; '.join(parts)}"


def crawl(
    config: Config,
    platforms: Sequence[str],
    week: str,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> list[CrawlResult]:
    """Fetch what is still planned of each platform, each in its own process.

    SIGTERM, SIGINT (in the main thread) and ``stop`` let every child finish the page in flight.
    Raises ``ConfigError`` where no contact is configured for a live crawl.
    """
    require_contact(config)
    jobs: dict[str, tuple[list[str], bytes]] = {platform: ([], b"") for platform in platforms}
    return run_children(config, week, jobs, progress=progress, stop=stop)


def run_children(
    config: Config,
    week: str,
    jobs: Mapping[str, tuple[Sequence[str], bytes]],
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> list[CrawlResult]:
    """One child a platform, with its arguments and what follows the configuration on its input.

    What the children kept is sealed in the week's manifest when all have ended.
    """
    from monitor.evidence import seal

    results = asyncio.run(_watch(config, week, jobs, progress or (lambda event: None), stop))
    seal(config.evidence, week, at=config.simulated_now)
    return results


def require_contact(config: Config) -> None:
    """Nobody crawls a real marketplace without saying who they are; raises ``ConfigError``."""
    if not config.demo_url and not config.contact:
        file = config.home / "pantau.toml"
        raise ConfigError(f'{file}: contact: missing; add a line such as contact = "mail address"')


def config_bytes(config: Config) -> bytes:
    """A configuration as one line for a child's standard input (it may hold secrets)."""
    return msgspec.json.encode(config, enc_hook=str) + b"\n"


def config_from(line: bytes) -> Config:
    """The configuration ``config_bytes`` wrote."""
    return msgspec.json.decode(line, type=Config, dec_hook=lambda kind, value: kind(value))


class _Child:
    """One child: its process, what it said, and how it ended."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self.process: asyncio.subprocess.Process | None = None
        self.said: dict[str, Mapping[str, Any]] = {}
        self.counts: Counter[str] = Counter()
        self.last_words = ""

    async def run(self, arguments: Sequence[str], given: bytes, progress: Progress) -> None:
        """Start it, hand it ``given``, and listen until it ends."""
        command = [sys.executable, "-P", "-m", "monitor.crawl", self.platform, *arguments]
        self.process = await asyncio.create_subprocess_exec(
            *command, "--config", "-",
            stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=LINE_LIMIT,
            env=_environment(), start_new_session=True,
        )  # fmt: skip
        assert self.process.stdin and self.process.stdout and self.process.stderr
        words = asyncio.ensure_future(self._listen(self.process.stderr))
        with contextlib.suppress(ConnectionError):
            self.process.stdin.write(given)
            await self.process.stdin.drain()
        async for line in self.process.stdout:
            self._hear(msgspec.json.decode(line), progress)
        await words
        await self.process.wait()
        self.process.stdin.close()

    def send(self, number: signal.Signals) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)

    def result(self) -> CrawlResult:
        start, end, error = (self.said.get(name) for name in ("run", "end", "error"))
        known = CrawlResult(
            platform=self.platform,
            outcome=RunOutcome.failed,
            run=start["run"] if start else None,
            planned=start["units"] if start else 0,
            counts=dict(self.counts),
        )
        replace = msgspec.structs.replace
        if end:
            more = {name: end[name] for name in ("reason", "counts", "warning")}
            return replace(known, outcome=RunOutcome(end["outcome"]), **more)
        return replace(known, reason=error["message"] if error else self._death())

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        async for line in stderr:
            self.last_words = line.decode(errors="replace").strip() or self.last_words

    def _hear(self, event: Mapping[str, Any], progress: Progress) -> None:
        if event["event"] == "page":
            self.counts.update({"pages": 1, event["state"]: 1, "listings": event["listings"]})
        else:
            self.said[str(event["event"])] = event
        progress(event)

    def _death(self) -> str:
        code = self.process.returncode if self.process else None
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}: {self.last_words or 'no word'}"


async def _watch(
    config: Config,
    week: str,
    jobs: Mapping[str, tuple[Sequence[str], bytes]],
    progress: Progress,
    stop: threading.Event | None,
) -> list[CrawlResult]:
    children = {platform: _Child(platform) for platform in jobs}
    line = config_bytes(config)
    running = [
        asyncio.ensure_future(
            children[platform].run(["--week", week, *arguments], line + given, progress)
        )
        for platform, (arguments, given) in jobs.items()
    ]
    stopping = asyncio.Event()
    with _signals_to(stopping):
        guard = asyncio.ensure_future(_stop_children(stopping, stop, children.values()))
        await asyncio.gather(*running)
        guard.cancel()
    results = [child.result() for child in children.values()]
    for child, result in zip(children.values(), results, strict=True):
        if "end" not in child.said and "error" not in child.said:
            _record_death(config, result)
    return results


async def _stop_children(
    stopping: asyncio.Event, stop: threading.Event | None, children: Iterable[_Child]
) -> None:
    while not stopping.is_set() and not (stop and stop.is_set()):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), POLL_SECONDS if stop else None)
    for child in children:
        child.send(signal.SIGTERM)
    await asyncio.sleep(STOP_GRACE)
    for child in children:
        child.send(signal.SIGKILL)


@contextlib.contextmanager
def _signals_to(stopping: asyncio.Event) -> Iterator[None]:
    """In the main thread, SIGTERM and SIGINT set the event while the children run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    for one in before:
        loop.add_signal_handler(one, stopping.set)
    try:
        yield
    finally:
        for one, handler in before.items():
            loop.remove_signal_handler(one)
            signal.signal(one, handler)


def _record_death(config: Config, result: CrawlResult) -> None:
    """A child that died could not end its entry in the ledger."""
    from monitor.store import Store

    with Store.of_home(config, origin=config.origin) as store:
        if result.run is not None:
            store.runs.finish(
                result.run, RunOutcome.failed, datetime.now(UTC),
                reason=result.reason, counts=result.counts,
            )  # fmt: skip


def _environment() -> dict[str, str]:
    """Ours, with this project first on the path: its packages' names are not unique."""
    root = str(Path(monitor.__file__).resolve().parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
