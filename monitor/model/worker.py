"""Homes that crawl for another one, and the files that they bring."""

from __future__ import annotations

from datetime import datetime

from monitor.model.base import Value


class WorkerHome(Value):
    """A home that works for the home of a database; ``ended_at`` None: it works, or it died.

    ``seen_at`` is its last sign of life, ``since`` when it was started last.
    """

    home: str
    host: str
    path: str
    platforms: tuple[str, ...]
    since: datetime
    seen_at: datetime
    ended_at: datetime | None = None


class UploadedFile(Value):
    """An evidence file that a worker brought: its path below the evidence folder, its bytes."""

    path: str
    size: int
    sha256: str
