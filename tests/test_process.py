"""Children, stop signals and locks, with real processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from monitor.process import (
    Child,
    LockedError,
    Terminated,
    ended_by_sigterm,
    is_locked,
    locked,
    stop_all,
    stop_signals,
)

HOLD = """
import pathlib, signal, sys
from monitor.process import end_with_parent, locked

end_with_parent()
with locked(pathlib.Path(sys.argv[1]), "the work"):
    print("held", flush=True)
    signal.pause()
"""
"""Holds a lock until a signal or the end of its parent ends it."""
PARENT = """
import sys
from monitor.process import Child

command = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
Child(command, on_stdout=lambda line: print("held", flush=True)).follow()
"""
DEAF = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.pause()
"""


def python(script: str, *arguments: object) -> list[str]:
    """The command that runs a script."""
    return [sys.executable, "-c", script, *map(str, arguments)]


def until_first_line(child: Child, written: threading.Event) -> threading.Thread:
    """Follow a child in a thread; returns when it has written a line."""
    thread = threading.Thread(target=child.follow)
    thread.start()
    assert written.wait(60)
    return thread


def test_a_child_gets_its_input_and_is_heard() -> None:
    lines: list[bytes] = []
    errors: list[str] = []
    script = "import sys; print(input()); print(input()); sys.exit('last words')"
    child = Child(
        python(script), stdin=b"one\ntwo\n", on_stdout=lines.append, on_stderr=errors.append
    )
    assert child.follow() == 1
    assert lines == [b"one\n", b"two\n"]
    assert (errors, child.last_words) == (["last words\n"], "last words")


def test_the_code_of_a_killed_child_is_its_signal() -> None:
    child = Child(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert child.follow() == -signal.SIGKILL


def test_a_child_that_reads_nothing_and_ends_is_no_error() -> None:
    assert Child(python(""), stdin=b"x" * 2**20).follow() == 0


def test_a_child_that_nobody_can_hear_is_stopped(tmp_path: Path) -> None:
    def fail(line: bytes) -> None:
        raise ValueError(line)

    child = Child(python(HOLD, tmp_path / "lock"), on_stdout=fail)
    with pytest.raises(ValueError, match="held"):
        child.follow()
    assert not is_locked(tmp_path / "lock")


def test_a_child_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    lock, held = tmp_path / "lock", threading.Event()
    parent = Child(python(PARENT, HOLD, lock), on_stdout=lambda line: held.set())
    thread = until_first_line(parent, held)
    assert is_locked(lock)
    os.kill(parent.pid, signal.SIGKILL)
    thread.join()
    with locked(lock, "the test", wait=True):
        pass


def test_a_child_that_ignores_sigterm_is_killed() -> None:
    started = threading.Event()
    child = Child(python(DEAF), on_stdout=lambda line: started.set())
    thread = until_first_line(child, started)
    stop_all([child], 0.2)
    thread.join(60)
    assert not thread.is_alive()


def test_a_lock_names_the_process_that_holds_it(tmp_path: Path) -> None:
    lock, held = tmp_path / "below" / "lock", threading.Event()
    assert not is_locked(lock), "there is none"
    child = Child(python(HOLD, lock), on_stdout=lambda line: held.set())
    thread = until_first_line(child, held)
    expected = f"^the work is running already, as process {child.pid}; wait for its end$"
    with pytest.raises(LockedError, match=expected), locked(lock, "the work"):
        pass
    child.terminate()
    thread.join()
    with locked(lock, "the work"):
        assert lock.read_text().strip() == str(os.getpid())
    assert not is_locked(lock)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_told_by_name_and_the_handlers_come_back(number: signal.Signals) -> None:
    names: list[str] = []
    heard = threading.Event()

    def stop(name: str) -> None:
        names.append(name)
        heard.set()

    before = signal.getsignal(number)
    with stop_signals(stop):
        os.kill(os.getpid(), number)
        assert heard.wait(60)
    assert names == [number.name]
    assert signal.getsignal(number) is before


def test_in_another_thread_signals_are_not_taken() -> None:
    def run() -> None:
        with stop_signals(lambda name: None):
            handlers.append(signal.getsignal(signal.SIGTERM))

    handlers: list[object] = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGTERM)]


def test_sigterm_ends_what_was_begun_and_is_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    closed = False
    with pytest.raises(Terminated, match="SIGTERM"), ended_by_sigterm():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            closed = True
    assert closed
    assert signal.getsignal(signal.SIGTERM) is before
