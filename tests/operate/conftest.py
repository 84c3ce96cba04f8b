"""A home with a frame of two platforms and a few words, and marketplaces to talk to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.demo import DemoServer, serve

FRAME = """\
cell_entries = 3

[[entries]]
cluster = "textile_fashion"
stratum = "head"
core = true
platforms = ["lazada", "shopee"]
queries = ["hijab", "sarung"]

[[entries]]
cluster = "crafts"
stratum = "tail"
core = true
platforms = ["lazada"]
queries = ["ukiran jepara"]
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose registry has a frame of five units."""
    folder = tmp_path / "home"
    (folder / "registry").mkdir(parents=True)
    (folder / "registry" / "frame.toml").write_text(FRAME, encoding="utf-8")
    (folder / "pantau.toml").write_text(f'registry = "{folder / "registry"}"\n', encoding="utf-8")
    return folder


@pytest.fixture
def marketplaces() -> Iterator[DemoServer]:
    """Simulated marketplaces of the current week."""
    with serve(seed=7) as server:
        yield server


@pytest.fixture
def pantau(home: Path) -> Run:
    """Runs ``pantau`` in this home as a user would, in a process of its own."""

    def run(
        *arguments: object, demo: DemoServer | None = None, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "monitor", *map(str, arguments)],
            env=environment(home, demo),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def environment(home: Path, demo: DemoServer | None) -> dict[str, str]:
    """This process's environment with another home and, perhaps, simulated marketplaces."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PANTAU_")}
    simulated = {"PANTAU_DEMO_URL": demo.url} if demo else {}
    return inherited | {"PANTAU_HOME": str(home)} | simulated
