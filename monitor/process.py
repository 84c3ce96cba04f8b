"""Processes: commands that end when this process does, signals that stop it, locks between them.

Unix only: signals, sessions and ``flock``.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from monitor.model import PantauError

PYTHON_MODULE = (sys.executable, "-P", "-m")
"""The command that runs a module; ``-P`` keeps the current folder off the import path."""
PROJECT = Path(__file__).resolve().parents[1]


class LockedError(PantauError):
    """Another process holds a lock."""


class Terminated(KeyboardInterrupt):
    """SIGTERM asked this process to end."""


class Child:
    """A command in a session of its own, which ends no later than this process.

    Its standard input is a pipe from this process, which first carries ``stdin`` and then stays
    open. A command that has called ``end_with_parent`` stops when the pipe closes, and the pipe
    closes however this process ends. ``on_stdout`` is called with each line of standard output,
    which otherwise goes where that of this process goes; ``on_stderr`` with each of standard error.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: bytes = b"",
        on_stdout: Callable[[bytes], None] | None = None,
        on_stderr: Callable[[str], object] = lambda line: None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._input = stdin
        self._on_stdout = on_stdout
        self._on_stderr = on_stderr
        self.last_words = ""
        # This project comes first on the path, because its packages' names are not unique.
        paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env={**os.environ, **(environment or {}), "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if on_stdout else None,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The number of its process, and of its session."""
        return self._process.pid

    def follow(self) -> int:
        """Pass on what the command writes until it ends; returns its exit code.

        The code of a command that a signal ended is the negative number of the signal.
        ``last_words`` is the last line on standard error that is not blank.
        """
        process = self._process
        assert process.stdin and process.stderr
        errors = threading.Thread(target=self._follow_stderr, daemon=True)
        errors.start()
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(self._input)
                process.stdin.flush()
            if process.stdout and self._on_stdout:
                for line in process.stdout:
                    self._on_stdout(line)
        except BaseException:
            self.terminate()
            raise
        finally:
            errors.join()
            process.wait()
            for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
                with suppress(BrokenPipeError):
                    pipe.close()
        return process.returncode

    def _follow_stderr(self) -> None:
        assert self._process.stderr
        for raw in self._process.stderr:
            line = raw.decode(errors="replace")
            self.last_words = line.strip() or self.last_words
            self._on_stderr(line)

    def terminate(self) -> None:
        """Send SIGTERM, unless the command has ended."""
        self._process.terminate()

    def wait_or_kill(self, seconds: float) -> None:
        """Wait for the end; after ``seconds`` kill the command and all else in its session."""
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()


class Stoppable(Protocol):
    """What can be asked to end, and waited for."""

    def terminate(self) -> None:
        """Ask for the end."""

    def wait_or_kill(self, seconds: float) -> None:
        """Wait for the end so many seconds, and no longer."""


def stop_all(children: Collection[Stoppable], seconds: float) -> None:
    """Send SIGTERM to all children, and kill those that still run after ``seconds``."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + seconds
    for child in children:
        child.wait_or_kill(deadline - time.monotonic())


def end_with_parent() -> None:
    """Send SIGTERM to this process as soon as standard input ends, as it does with the parent."""

    def watch() -> None:
        """Wait for the end of standard input."""
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def every(seconds: float, work: Callable[[], object]) -> Iterator[None]:
    """Within the block ``work`` is called at once and then every so many seconds, in a thread.

    A call that raises a ``PantauError``, as while the database is away, is made up for by the next.
    """
    is_over = threading.Event()

    def repeat() -> None:
        """Work until the block ends."""
        while True:
            with suppress(PantauError):
                work()
            if is_over.wait(seconds):
                return

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


OTHERS = 0o077
"""What a file or folder allows to users other than its own."""


@contextmanager
def private_files(home: Path) -> Iterator[None]:
    """Within the block what this process and its children make is for its user alone.

    Not so where ``home`` is there and its group or others have access: that was chosen, and the
    process's own umask holds.
    """
    if home.is_dir() and home.stat().st_mode & OTHERS:
        yield
        return
    umask = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(umask)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Within the block SIGTERM raises ``Terminated``, so that all that was begun is closed.

    Python hears signals in its main thread only: in any other the block runs without this.
    """

    def end(*_: object) -> None:
        """Raise in the main thread, wherever it is."""
        raise Terminated(signal.SIGTERM.name)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous_handler = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous_handler)


@contextmanager
def stop_signals(stop: Callable[[str], object]) -> Iterator[None]:
    """Within the block SIGTERM and SIGINT call ``stop`` with their name, in another thread.

    Python hears signals in its main thread only: in any other the block runs without this.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def listen() -> None:
        """Pass on each signal, until the pipe is closed."""
        while number := os.read(reader, 1):
            if number[0] in previous_handlers:
                stop(signal.Signals(number[0]).name)

    # The interpreter's C handler writes the signal's number into the pipe. A handler in Python is
    # not enough: the kernel may give the signal to another thread, and then the main thread, which
    # alone runs such handlers, sleeps on.
    previous_handlers = {
        number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)
    }
    previous_fd = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous_fd)
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)
        os.close(writer)
        listener.join()
        os.close(reader)


@contextmanager
def locked(path: Path, work: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock file ``path`` within the block; the file tells the number of this process.

    Where another process holds it, raises ``LockedError`` with ``work``, the name of what the
    lock admits once at a time, and the number of that process; with ``wait``, waits for its end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            file.seek(0)
            holder = f"as process {number}" if (number := file.read().strip()) else "elsewhere"
            raise LockedError(f"{work} is running already, {holder}; wait for its end") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def is_locked(path: Path) -> bool:
    """Whether somebody holds the file ``path`` locked; False where there is none."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
