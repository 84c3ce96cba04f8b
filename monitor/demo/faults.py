"""The fault file: which simulated platform misbehaves how, and from which request on.

Every ``[[fault]]`` names ``platform`` and ``kind``; ``after`` requests are answered before it
begins and ``count`` are struck (all, unless given). ``paths`` limits it to beginnings of paths.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from enum import StrEnum
from pathlib import Path
from threading import Lock

import msgspec

from monitor.config import PantauError
from monitor.model import Value


class FaultError(PantauError):
    """A fault file that cannot be used; the message names file, entry and mend."""


class FaultKind(StrEnum):
    """What goes wrong. ``robots`` changes robots.txt, every other kind strikes pages."""

    block = "block"
    soft_block = "soft_block"
    captcha = "captcha"
    too_many = "too_many"
    server_error = "server_error"
    slow = "slow"
    truncated = "truncated"
    new_layout = "new_layout"
    robots = "robots"
    empty_shell = "empty_shell"
    login_wall = "login_wall"


class Fault(Value):
    """One fault. ``seconds`` are those a slow answer takes, ``retry_after`` goes with 429."""

    platform: str
    kind: FaultKind
    after: int = 0
    count: int | None = None
    paths: tuple[str, ...] = ("/",)
    status: int | None = None
    seconds: float | None = None
    retry_after: int | None = None
    robots: str | None = None


_ONLY = {
    "status": {FaultKind.server_error, FaultKind.robots},
    "seconds": {FaultKind.slow},
    "retry_after": {FaultKind.too_many},
    "robots": {FaultKind.robots},
}


def load_faults(path: Path, platforms: Collection[str]) -> tuple[Fault, ...]:
    """The faults of a TOML file; raises ``FaultError`` naming file, entry, key and mend."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FaultError(f"{path}: cannot be read: {error}") from error
    if strangers := content.keys() - {"fault"}:
        raise FaultError(f"{path}: {sorted(strangers)[0]}: unknown; write [[fault]] entries")
    entries = content.get("fault", [])
    if not isinstance(entries, list):
        raise FaultError(f"{path}: fault: write [[fault]], in double brackets")
    return tuple(_fault(path, at, entry, platforms) for at, entry in enumerate(entries, 1))


def _fault(path: Path, at: int, entry: object, platforms: Collection[str]) -> Fault:
    try:
        fault = msgspec.convert(entry, Fault)
    except msgspec.ValidationError as error:
        raise FaultError(f"{path}: fault {at}: {error}") from error
    if fault.platform not in platforms:
        known = ", ".join(sorted(platforms))
        raise FaultError(f"{path}: fault {at}: platform {fault.platform!r}: one of {known}")
    for key, kinds in _ONLY.items():
        if getattr(fault, key) is not None and fault.kind not in kinds:
            fits = ", ".join(sorted(kinds))
            raise FaultError(f"{path}: fault {at}: {key}: only with kind {fits}")
    if fault.after < 0 or (fault.count is not None and fault.count < 1):
        raise FaultError(f"{path}: fault {at}: after must be at least 0 and count at least 1")
    if fault.kind is FaultKind.robots and fault.robots is None and fault.status is None:
        raise FaultError(f"{path}: fault {at}: robots: give its new text, or a status")
    if fault.status is not None and not 400 <= fault.status <= 599:
        raise FaultError(f"{path}: fault {at}: status: a number from 400 to 599")
    if fault.seconds is not None and not 0 <= fault.seconds <= 600:
        raise FaultError(f"{path}: fault {at}: seconds: a number from 0 to 600")
    return fault


class Faults:
    """Counts the requests of each platform and says which fault strikes one. Thread-safe."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = tuple(faults)
        self._seen = [0] * len(self._faults)
        self._lock = Lock()

    def strike(self, platform: str, path: str) -> Fault | None:
        """Counts a page request; the first fault that strikes it."""
        struck = None
        with self._lock:
            for at, fault in enumerate(self._faults):
                if fault.platform != platform or not path.startswith(fault.paths):
                    continue
                self._seen[at] += 1
                if struck is None and fault.kind is not FaultKind.robots and self._active(at):
                    struck = fault
        return struck

    def robots(self, platform: str) -> Fault | None:
        """The change of robots.txt that holds after the pages served so far."""
        with self._lock:
            for at, fault in enumerate(self._faults):
                if fault.platform == platform and fault.kind is FaultKind.robots:
                    seen = self._seen[at] + 1
                    if seen > fault.after and (
                        fault.count is None or seen <= fault.after + fault.count
                    ):
                        return fault
        return None

    def _active(self, at: int) -> bool:
        fault, seen = self._faults[at], self._seen[at]
        return seen > fault.after and (fault.count is None or seen <= fault.after + fault.count)
