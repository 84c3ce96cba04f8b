"""Alarms: one line of trouble on stderr, and through Apprise where an address is configured."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from monitor.model import Value, from_json, to_json

QUIET = timedelta(days=1)
"""A line that was sent is not sent again within this time."""
REMEMBERED = timedelta(days=7)


class SentAlert(Value):
    """A line of trouble, when it last came up, and when it was last sent (None: not delivered)."""

    line: str
    at: datetime
    sent_at: datetime | None = None


class Alarm:
    """Tells the operator one line of trouble; the same line is sent at most once a day.

    ``urls`` are Apprise addresses (``PANTAU_NOTIFY``); ``history`` is the file of the home that
    remembers what was sent, also across restarts. The title names this machine and the home. An
    address that fails is named on stderr and stops nothing; the line is then sent again when it
    comes up again.
    """

    def __init__(self, urls: Sequence[str], history: Path) -> None:
        self._urls = tuple(urls)
        self._history = history
        self._lock = threading.Lock()

    def __call__(self, line: str) -> None:
        """Tell ``line``, with all white space in it as single blanks. Any thread may call this."""
        line = " ".join(line.split())
        _print(line)
        now = datetime.now(UTC)
        with self._lock:
            alerts = {alert.line: alert for alert in recent_alerts(self._history, now)}
            sent_at = alerts[line].sent_at if line in alerts else None
            if sent_at is None or now - sent_at >= QUIET:
                sent_at = now if self._send(line) else None
            alerts[line] = SentAlert(line=line, at=now, sent_at=sent_at)
            self._remember(alerts.values())

    def _send(self, line: str) -> bool:
        """Whether there are addresses, and all of them took the line."""
        if not self._urls:
            return False
        title = f"Pantau on {socket.gethostname()}: {self._history.parent}"
        failed = failed_addresses(self._urls, line, title=title, kind="failure")
        if failed:
            numbers = ", ".join(map(str, failed))
            _print(
                f"PANTAU_NOTIFY: not delivered to address {numbers} of {len(self._urls)};"
                " try it with: pantau doctor --test-notify"
            )
        return not failed

    def _remember(self, alerts: Iterable[SentAlert]) -> None:
        draft = self._history.with_suffix(".new")
        try:
            draft.write_bytes(to_json(list(alerts)))
            draft.replace(self._history)
        except OSError as error:
            _print(f"{self._history}: cannot be written: {error.strerror}")


def send(
    url: str,
    body: str,
    *,
    title: str = "Pantau",
    kind: str = "info",
    attachment: Path | None = None,
) -> bool:
    """Send a message of an Apprise type to an address; whether it was taken."""
    import apprise

    channel = apprise.Apprise()
    attach = str(attachment) if attachment else None
    return bool(channel.add(url)) and bool(
        channel.notify(body=body, title=title, notify_type=apprise.NotifyType(kind), attach=attach)
    )


def failed_addresses(
    urls: Sequence[str], line: str, *, title: str = "Pantau", kind: str = "info"
) -> list[int]:
    """Send a line to each Apprise address; the numbers, from 1, of those that did not take it."""
    return [
        number for number, url in enumerate(urls, 1) if not send(url, line, title=title, kind=kind)
    ]


def recent_alerts(history: Path, now: datetime) -> list[SentAlert]:
    """The alerts of the last seven days, oldest first; none where the file cannot be read."""
    alerts: list[SentAlert] = []
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        alerts = from_json(history.read_bytes(), list[SentAlert])
    recent = [alert for alert in alerts if now - alert.at < REMEMBERED]
    return sorted(recent, key=lambda alert: alert.at)


def is_readable(url: str) -> bool:
    """Whether Apprise can read an address."""
    import apprise

    return apprise.Apprise.instantiate(url) is not None


def _print(line: str) -> None:
    print(f"pantau: {line}", file=sys.stderr, flush=True)  # noqa: T201
