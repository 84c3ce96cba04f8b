"""Which Chromium to drive, and how it is started."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)

OFFLINE = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://nowhere.invalid:80",
    "--proxy-bypass-list=<-loopback>",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # its name in older versions
)
"""A browser that reaches no host: what it shows is handed to it."""


def find_chromium(environ: Mapping[str, str] = os.environ) -> str | None:
    """``PANTAU_CHROMIUM``, the system's Chromium, or Playwright's own; None where there is none."""
    if path := environ.get("PANTAU_CHROMIUM"):
        return path if Path(path).exists() else None
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (path := shutil.which(name)) and not Path(path).resolve().is_relative_to("/snap"):
            return path  # one below /snap is a stub that never starts
    cache = Path(environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    downloads = sorted(cache.glob("chromium-*/chrome-linux*/chrome"))
    return str(downloads[-1]) if downloads else None


def launch_options(path: str, *, pictures: bool = True) -> dict[str, Any]:
    """Options for Playwright's ``launch``: headless, without services of the browser's maker."""
    arguments = list(ARGUMENTS)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    if not pictures:
        arguments.append("--blink-settings=imagesEnabled=false")
    return {"executable_path": path, "headless": True, "args": arguments}


_WATCH_SECONDS = 0.2


class MemoryWatch:
    """Ends Chromium where it and its driver take more than ``limit`` bytes.

    A context manager that watches from the start of the block to its end, on Linux. ``exceeded`` is
    set before Chromium is ended; who begins another page sets it back.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.exceeded = False
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_WATCH_SECONDS):
            drivers = list(_children(os.getpid()))
            browsers = [pid for driver in drivers for pid in _below(driver)]
            if sum(map(_memory, (*drivers, *browsers))) > self.limit:
                self.exceeded = True
                for pid in browsers:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> Iterator[int]:
    """The processes that a process started; a thread or a process may end meanwhile."""
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                started = (thread / "children").read_text()
                yield from map(int, started.split())


def _below(pid: int) -> Iterator[int]:
    """All processes that a process or those below it started."""
    for child in _children(pid):
        yield child
        yield from _below(child)


def _memory(pid: int) -> int:
    """Bytes that a process holds of its own, pages of files not among them; 0 once it ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    kib = re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", status, re.MULTILINE)
    return 1024 * sum(map(int, kib))
