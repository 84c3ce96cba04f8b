"""Trouble told once, early, in one line: on stderr, and through Apprise where configured."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from monitor.model import Value, from_json, to_json

QUIET = timedelta(days=1)
"""The same line is not sent again within this time."""
KEPT = timedelta(days=7)


class SentAlert(Value):
    """A line of trouble, when it came last and when it was last sent (None: to nobody)."""

    line: str
    at: datetime
    sent_at: datetime | None = None


class Alarm:
    """Tells one line of trouble to the operator, each line at most once a day.

    ``urls`` are Apprise addresses (``PANTAU_NOTIFY``); ``memory`` is the file that remembers what
    was told. A channel that fails is said on stderr; it never stops the work that had something to
    tell, and the line is sent again when it comes up again.
    """

    def __init__(self, urls: Sequence[str], memory: Path) -> None:
        self._urls = tuple(urls)
        self._memory = memory
        self._lock = threading.Lock()

    def __call__(self, line: str) -> None:
        """Tell ``line``; called from any thread."""
        line = " ".join(line.split())
        _say(line)
        now = datetime.now(UTC)
        with self._lock:
            known = {one.line: one for one in recent(self._memory, now)}
            sent = known[line].sent_at if line in known else None
            if sent is None or now - sent >= QUIET:
                sent = now if self._send(line) else None
            known[line] = SentAlert(line=line, at=now, sent_at=sent)
            self._remember(known.values())

    def _send(self, line: str) -> bool:
        if not self._urls:
            return False
        failed = deliver(self._urls, line)
        if failed:
            numbers = ", ".join(map(str, failed))
            _say(
                f"PANTAU_NOTIFY: not delivered to address {numbers} of {len(self._urls)};"
                " try it with: pantau doctor --test-notify"
            )
        return not failed

    def _remember(self, known: Iterable[SentAlert]) -> None:
        draft = self._memory.with_suffix(".new")
        try:
            draft.write_bytes(to_json(list(known)))
            draft.replace(self._memory)
        except OSError as error:
            _say(f"{self._memory}: cannot be written: {error.strerror}")


def deliver(urls: Sequence[str], line: str) -> list[int]:
    """Send a line to each address; the numbers, from 1, of those that did not take it."""
    import apprise

    failed = []
    for number, url in enumerate(urls, 1):
        channel = apprise.Apprise()
        if not (channel.add(url) and channel.notify(title="Pantau", body=line)):
            failed.append(number)
    return failed


def recent(memory: Path, now: datetime) -> list[SentAlert]:
    """What was told in the last week, oldest first."""
    known: list[SentAlert] = []
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        known = from_json(memory.read_bytes(), list[SentAlert])
    return sorted((one for one in known if now - one.at < KEPT), key=lambda one: one.at)


def memory(home: Path) -> Path:
    """Where a home keeps what was told."""
    return home / "alarms.json"


def understood(url: str) -> bool:
    """Whether Apprise can read an address."""
    import apprise

    return apprise.Apprise.instantiate(url) is not None


def _say(line: str) -> None:
    print(f"pantau: {line}", file=sys.stderr, flush=True)  # noqa: T201
