"""Alarms: one line of trouble on stderr, and through Apprise where an address is configured."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from errno import EPERM
from pathlib import Path

import msgspec

from monitor.config import utc_now
from monitor.model import Value, from_json, to_json
from monitor.operate.channels import MessageType, message_title, undelivered

QUIET = timedelta(days=1)
"""A line that was sent is not sent again within this time."""
REMEMBERED = timedelta(days=7)
_COUNTS = " counts"


class SentAlert(Value):
    """A line of trouble, when it last came up, and when it was last sent (None: not delivered).

    ``latest`` is how it last came up, where that was another line than the one that was sent.
    ``trouble`` names what it is about, where its end can be noticed; None for what has no end, such
    as a missed week. ``ended_at`` is the end, None while it is open.
    """

    line: str
    at: datetime
    sent_at: datetime | None = None
    trouble: str | None = None
    ended_at: datetime | None = None
    latest: str | None = None

    @property
    def newest_line(self) -> str:
        """How it last came up."""
        return self.latest or self.line

    @property
    def key(self) -> str:
        """What tells alerts apart: the trouble, else the line."""
        return self.trouble or self.line

    @property
    def is_open(self) -> bool:
        """Whether it names a trouble whose end was not noticed yet."""
        return self.trouble is not None and self.ended_at is None

    def concerns(self, now: datetime) -> bool:
        """Whether somebody must act on it: until a trouble ends, else for a day."""
        return self.is_open if self.trouble else now - self.at < QUIET


class Alarm:
    """Tells the operator trouble in one line when it begins, and once when it ends.

    ``urls`` are Apprise addresses (``PANTAU_NOTIFY``); ``history`` is the file of the home that
    remembers what was sent, also across restarts; where it cannot be written, a file in the runtime
    folder does. The title names this machine and the home; ``now`` is the clock. An address that
    fails is named on stderr with the reason and stops nothing; the line is then sent again when it
    comes up again.
    """

    def __init__(
        self, urls: Sequence[str], history: Path, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._now = now
        self._urls = tuple(urls)
        self._history = history
        self._unwritten: tuple[SentAlert, ...] = ()
        self._lock = threading.Lock()

    def __call__(
        self,
        line: str,
        trouble: str | None = None,
        kind: MessageType = MessageType.failure,
        *,
        daily: bool = False,
    ) -> None:
        """Tell ``line``, with all white space in it as single blanks. Any thread may call this.

        With ``trouble`` the same line is sent once until ``end`` is called with that name, or once
        a day where it is ``daily``; another line of the same trouble at most once a day. Lines
        about a platform's counts are the same where only figures differ: a platform that refuses
        for a month is told once. Without, the same line is sent at most once a day.
        """
        line = " ".join(line.split())
        _print(line)
        now = self._now()
        with self._lock:
            alerts = self._alerts(now)
            key = trouble or line
            last = alerts.get(key)
            sent_at = last.sent_at if last and (last.is_open or not trouble) else None
            shown = last.line if last and sent_at else line
            is_news = sent_at is None or now - sent_at >= QUIET
            if trouble and sent_at and _says_same(trouble, line, shown) and not daily:
                is_news = False
            if is_news:
                sent_at = now if self._send(line, kind) else None
                shown = line
            latest = line if line != shown else None
            alerts[key] = SentAlert(
                line=shown, at=now, sent_at=sent_at, trouble=trouble, latest=latest
            )
            self._remember(alerts.values())

    def end(self, trouble: str) -> None:
        """Tell that a trouble is over, where it is open; its end is sent where its line was."""
        now = self._now()
        with self._lock:
            alerts = self._alerts(now)
            alert = alerts.get(trouble)
            if alert is None or not alert.is_open:
                return
            line = f"over: {alert.line}"
            _print(line)
            if alert.sent_at:
                self._send(line, MessageType.success)
            alerts[trouble] = msgspec.structs.replace(alert, ended_at=now)
            self._remember(alerts.values())

    def forget(self, troubles: Collection[str]) -> None:
        """Close open troubles without a word: those that nothing will notice the end of."""
        now = self._now()
        with self._lock:
            alerts = self._alerts(now)
            known = troubles & alerts.keys()
            if not known:
                return
            for trouble in known:
                alerts[trouble] = msgspec.structs.replace(alerts[trouble], ended_at=now)
            self._remember(alerts.values())

    @property
    def open_troubles(self) -> tuple[str, ...]:
        """The names of the troubles whose end was not noticed yet."""
        with self._lock:
            alerts = self._alerts(self._now())
        return tuple(key for key, alert in alerts.items() if alert.is_open)

    def _alerts(self, now: datetime) -> dict[str, SentAlert]:
        """What is remembered, by the name of the trouble, or else by the line."""
        remembered = [*recent_alerts(self._history, now), *self._unwritten]
        return {alert.key: alert for alert in remembered}

    def _send(self, line: str, kind: MessageType) -> bool:
        """Whether there are addresses, and all of them took the line."""
        if not self._urls:
            return False
        title = message_title(self._history.parent)
        failures = undelivered(self._urls, line, title=title, kind=kind)
        for number, reason in failures.items():
            _print(
                f"PANTAU_NOTIFY: not delivered to address {number} of {len(self._urls)}: {reason};"
                " try it with: pantau doctor --test-notify"
            )
        return not failures

    def _remember(self, alerts: Iterable[SentAlert]) -> None:
        """Write the memory into the home, or where that cannot be written beside it."""
        self._unwritten = ()
        spare = _spare_of(self._history)
        content = to_json(list(alerts))
        try:
            _replace(self._history, content)
        except OSError as error:
            _print(f"{self._history}: cannot be written: {error.strerror}")
        else:
            with contextlib.suppress(OSError):
                spare.unlink(missing_ok=True)
            return
        try:
            make_runtime_folder(spare.parent)
            _replace(spare, content)
        except OSError as error:
            _print(f"{spare}: cannot be written: {error.strerror}")
            self._unwritten = tuple(alerts)


def runtime_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder for what a running program remembers though its home cannot be written.

    ``RUNTIME_DIRECTORY`` is systemd's, ``XDG_RUNTIME_DIR`` a login's; else it lies in the folder
    for temporary files.
    """
    if folders := environ.get("RUNTIME_DIRECTORY"):
        return Path(folders.partition(":")[0])
    if folder := environ.get("XDG_RUNTIME_DIR"):
        return Path(folder) / "pantau"
    return Path(tempfile.gettempdir()) / f"pantau-{os.geteuid()}"


def make_runtime_folder(folder: Path) -> None:
    """Make the folder; raises ``OSError`` where it is another user's, who could read or forge."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.lstat().st_uid != os.geteuid():
        raise PermissionError(EPERM, "belongs to another user", str(folder))


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_suffix(".new")
    draft.write_bytes(content)
    draft.replace(path)


def recent_alerts(history: Path, now: datetime) -> list[SentAlert]:
    """The alerts of the last seven days and open troubles, oldest first.

    They are read from the home and the runtime folder; none where neither can be read.
    """
    alerts: list[SentAlert] = []
    for path in (history, _spare_of(history)):
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            alerts += from_json(path.read_bytes(), list[SentAlert])
    alerts.sort(key=lambda alert: alert.at)
    newest = {alert.key: alert for alert in alerts}
    return sorted(
        (alert for alert in newest.values() if alert.is_open or now - alert.at < REMEMBERED),
        key=lambda alert: alert.at,
    )


def _says_same(trouble: str, line: str, sent: str) -> bool:
    """Whether a line of a trouble says what was sent of it: of counts, with any figures."""
    if trouble.endswith(_COUNTS):
        line, sent = (re.sub(r"\d", "", words) for words in (line, sent))
    return line == sent


def counts_trouble(platform: str) -> str:
    """The name of trouble with the counts of a platform's pages."""
    return f"crawl-{platform}{_COUNTS}"


def open_counts_troubles(history: Path, week: str, now: datetime) -> list[str]:
    """What came up last of trouble about counts that a week had, too, and that is not over."""
    open_alerts = (
        alert
        for alert in recent_alerts(history, now)
        if alert.is_open and (alert.trouble or "").endswith(_COUNTS)
    )
    return [alert.newest_line for alert in open_alerts if _covers(alert, week)]


def _covers(alert: SentAlert, week: str) -> bool:
    """Whether a week is one that the lines of an alert name, or lies between them."""
    weeks = re.findall(r" (\d{4}-W\d\d): ", f"{alert.line} {alert.newest_line}")
    return bool(weeks) and min(weeks) <= week <= max(weeks)


def _spare_of(history: Path) -> Path:
    """The file in the runtime folder for a home whose own cannot be written."""
    return (
        runtime_folder() / f"alarms-{hashlib.sha256(str(history).encode()).hexdigest()[:16]}.json"
    )


def _print(line: str) -> None:
    print(f"pantau: {line}", file=sys.stderr, flush=True)  # noqa: T201
