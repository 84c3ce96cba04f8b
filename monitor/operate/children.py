"""The daemon's children: each job is a ``pantau`` command in a session of its own.

A child does not outlive the daemon, however the daemon ends: its standard input is a pipe from
here, and ``pantau --watched`` stops itself when that pipe closes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from monitor.config import Config

PROGRAM = (sys.executable, "-P", "-m", "monitor", "--watched")
STOP_SECONDS = 150.0
"""How long a job may take to end after SIGTERM; a crawl gives its own children 120 seconds."""
LONGEST_SECONDS = 20 * 3600.0
"""No job takes this long, so that what hangs is found before its next firing."""


class Child:
    """One running command; ``ended`` hears its exit code and its last words on stderr."""

    def __init__(
        self,
        config: Config,
        arguments: Sequence[str],
        *,
        program: Sequence[str] = PROGRAM,
        longest: float = LONGEST_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._stop_seconds = stop_seconds
        self.overlong = False
        self._process = subprocess.Popen(  # noqa: S603
            [*program, *arguments],
            cwd=config.home,
            env={**os.environ, "PANTAU_HOME": str(config.home)},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._timer = threading.Timer(longest, self._end)
        self._timer.daemon = True

    @property
    def pid(self) -> int:
        return self._process.pid

    def attend(self, ended: Callable[[int, str], None]) -> None:
        """Pass on what it says until it ends, from a thread."""
        self._timer.start()
        threading.Thread(target=self._attend, args=(ended,), daemon=True).start()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def wait_or_kill(self, seconds: float) -> None:
        """Wait for its end; past ``seconds`` it is killed with all of its group."""
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _end(self) -> None:
        self.overlong = True
        self.terminate()
        self.wait_or_kill(self._stop_seconds)

    def _attend(self, ended: Callable[[int, str], None]) -> None:
        words = ""
        assert self._process.stdin and self._process.stderr
        for raw in self._process.stderr:
            line = raw.decode(errors="replace")
            sys.stderr.write(line)
            sys.stderr.flush()
            words = line.strip() or words
        code = self._process.wait()
        self._timer.cancel()
        self._process.stdin.close()
        self._process.stderr.close()
        ended(code, words.removeprefix("Error: "))


def stop_all(children: Collection[Child], seconds: float = STOP_SECONDS) -> None:
    """End all of them: asked first, killed where they do not within ``seconds``."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + seconds
    for child in children:
        child.wait_or_kill(deadline - time.monotonic())


def end_with_parent() -> None:
    """In a child: end as after SIGTERM as soon as standard input does."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
