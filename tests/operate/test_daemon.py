"""The daemon in a process of its own: it catches up, keeps the ledger and stops cleanly."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.demo import DemoServer
from monitor.listing import RunOutcome, UnitState
from monitor.store import Store

from .conftest import Run, environment


@pytest.fixture
def url(home: Path) -> str:
    return f"sqlite:///{home / 'pantau.db'}"


def start(home: Path, demo: DemoServer) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "monitor", "schedule", "run"],
        env=environment(home, demo),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(daemon: subprocess.Popen[str], words: str) -> list[str]:
    assert daemon.stdout is not None
    lines = []
    for line in daemon.stdout:
        lines.append(line.strip())
        if words in line:
            return lines
    raise AssertionError(f"{words!r} never came: {lines}")


def test_it_catches_up_and_stops_on_sigterm(home: Path, url: str, marketplaces: DemoServer) -> None:
    daemon = start(home, marketplaces)
    try:
        read_until(daemon, "crawl-shopee: " + marketplaces.week + " done")
    finally:
        daemon.send_signal(signal.SIGTERM)
    _, errors = daemon.communicate(timeout=60)
    assert daemon.returncode == 0, errors
    with Store.open(url) as store:
        assert {record.state for record in store.units(marketplaces.week)} == {UnitState.sampled}
        jobs = {(run.job, run.platform) for run in store.runs() if run.outcome is RunOutcome.done}
    assert {("plan", None), ("crawl", "lazada"), ("crawl", "shopee")} <= jobs


def test_only_one_daemon_a_home(home: Path, pantau: Run, marketplaces: DemoServer) -> None:
    daemon = start(home, marketplaces)
    try:
        read_until(daemon, "schedule: ")
        second = pantau("schedule", "run", demo=marketplaces)
        assert second.returncode == 1
        assert "another" in second.stderr
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=60)


def test_list_names_every_job_and_its_next_time(pantau: Run) -> None:
    lines = pantau("schedule", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "plan",
        "crawl-lazada",
        "crawl-shopee",
        "report",
        "draw",
        "final",
    ]
    assert all("WIB" in line or "20" in line for line in lines)
