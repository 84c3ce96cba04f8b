"""One daemon a home."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.config import PantauError


class AlreadyRunningError(PantauError):
    """Another daemon holds this home."""


def lock_file(home: Path) -> Path:
    """The file a running daemon holds locked."""
    return home / "schedule.lock"


def is_running(home: Path) -> bool:
    """Whether a daemon has this home."""
    if not lock_file(home).exists():
        return False
    try:
        with only_one(lock_file(home)):
            return False
    except AlreadyRunningError:
        return True


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold ``path`` locked; raises ``AlreadyRunningError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(
                f"{path}: another `pantau schedule run` has this home"
            ) from error
        yield
