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
from typing import Annotated

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
    lost_field = "lost_field"
    robots = "robots"
    empty_shell = "empty_shell"
    login_wall = "login_wall"


class Fault(Value):
    """One fault. ``seconds`` are those a slow answer takes, ``retry_after`` goes with 429."""

    platform: str
    kind: FaultKind
    after: Annotated[int, msgspec.Meta(ge=0)] = 0
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None
    paths: tuple[str, ...] = ("/",)
    status: Annotated[int, msgspec.Meta(ge=400, le=599)] | None = None
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] | None = None
    retry_after: int | None = None
    robots: str | None = None

    def strikes(self, request: int) -> bool:
        """Whether it strikes the platform's request of this number, counted from 1."""
        return request > self.after and (self.count is None or request <= self.after + self.count)


_KINDS_OF_KEY = {
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
    if unknown_keys := content.keys() - {"fault"}:
        raise FaultError(f"{path}: {min(unknown_keys)}: unknown; write [[fault]] entries")
    entries = content.get("fault", [])
    if not isinstance(entries, list):
        raise FaultError(f"{path}: fault: write [[fault]], in double brackets")
    faults = []
    for number, entry in enumerate(entries, 1):
        try:
            fault = msgspec.convert(entry, Fault)
        except msgspec.ValidationError as error:
            raise FaultError(f"{path}: fault {number}: {error}") from error
        if problem := _problem(fault, platforms):
            raise FaultError(f"{path}: fault {number}: {problem}")
        faults.append(fault)
    return tuple(faults)


def _problem(fault: Fault, platforms: Collection[str]) -> str | None:
    """The first thing that is wrong with a fault beyond its types."""
    if fault.platform not in platforms:
        return f"platform {fault.platform!r}: one of {', '.join(sorted(platforms))}"
    for key, kinds in _KINDS_OF_KEY.items():
        if getattr(fault, key) is not None and fault.kind not in kinds:
            return f"{key}: only with kind {', '.join(sorted(kinds))}"
    if fault.kind is FaultKind.robots and fault.robots is None and fault.status is None:
        return "robots: give its new text, or a status"
    return None


class FaultCounter:
    """Counts the page requests that each fault could strike; says which strikes. Thread-safe."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = tuple(faults)
        self._requests = [0] * len(self._faults)
        self._lock = Lock()

    def count(self, platform: str, path: str) -> Fault | None:
        """Counts a page request and returns the first fault that strikes it."""
        striking = None
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.platform != platform or not path.startswith(fault.paths):
                    continue
                self._requests[index] += 1
                if (
                    striking is None
                    and fault.kind is not FaultKind.robots
                    and fault.strikes(self._requests[index])
                ):
                    striking = fault
        return striking

    def robots_fault(self, platform: str) -> Fault | None:
        """The change of robots.txt that holds for the platform's next page request."""
        with self._lock:
            for fault, requests in zip(self._faults, self._requests, strict=True):
                concerned = fault.platform == platform and fault.kind is FaultKind.robots
                if concerned and fault.strikes(requests + 1):
                    return fault
        return None
