"""README's sessions are what the commands really print, but for the week and what depends on it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.acceptance
ROOT = Path(__file__).resolve().parent.parent.parent


def sessions() -> dict[str, list[str]]:
    """Printed lines by command, from README's indented blocks."""
    found: dict[str, list[str]] = {}
    command = None
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("    $ "):
            command = line.removeprefix("    $ ")
            found[command] = []
        elif command and line.startswith("    "):
            found[command].append(line.removeprefix("    "))
        else:
            command = None
    return found


def masked(lines: list[str]) -> list[str]:
    """Lines without what changes from week to week: weeks, numbers, verdicts."""
    kept = (re.sub(r"\d{4}-W\d\d", "WEEK", line) for line in lines)
    return [re.sub(r"(report: )[a-z].*|\d+", r"\1…", line) for line in kept]


@pytest.mark.parametrize("command", sorted(sessions()))
def test_it_prints_what_readme_shows(command: str, shared: Path, tmp_path: Path) -> None:
    assert masked(printed(command, shared, tmp_path)) == masked(sessions()[command])


def printed(command: str, shared: Path, folder: Path) -> list[str]:
    """What a command prints. What ``make demo`` printed may lie in ``PANTAU_DEMO_SESSION``, so
    that the gate simulates that week once."""
    if command == "pantau demo --out demo" and (kept := os.environ.get("PANTAU_DEMO_SESSION")):
        lines = Path(kept).read_text(encoding="utf-8").splitlines()
        of_make = [i for i, line in enumerate(lines) if line.startswith("== ") or command in line]
        return lines[of_make[-1] + 1 :]
    arguments = command.replace("../shared", str(shared)).removeprefix("pantau ").split()
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=folder,
        env={**os.environ, "PANTAU_HOME": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
