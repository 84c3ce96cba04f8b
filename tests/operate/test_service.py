"""What programs outside hear of the running daemon: systemd, a Prometheus, a reader of logs."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from monitor.config import load_config
from monitor.crawl import run as crawl_run
from monitor.crawl.run import log_to
from monitor.model import PantauError
from monitor.operate.metrics_server import metrics_server
from monitor.operate.schedule import LONGEST_SILENCE, Daemon
from monitor.operate.service_manager import notify_systemd, watchdog_seconds

from .conftest import HeardAlarm


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket of a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(10)
        yield channel


def test_a_state_reaches_the_service_manager(manager: socket.socket, tmp_path: Path) -> None:
    assert notify_systemd("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "notify")})
    assert manager.recv(100) == b"READY=1"
    assert not notify_systemd("READY=1", {})
    assert not notify_systemd("READY=1", {"NOTIFY_SOCKET": "vsock:2:1"})
    assert not notify_systemd("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "gone")})


@pytest.mark.skipif(sys.platform != "linux", reason="abstract addresses are Linux' own")
def test_an_abstract_address_reaches_it_too() -> None:
    name = f"pantau-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{name}")
        assert notify_systemd("STOPPING=1", {"NOTIFY_SOCKET": f"@{name}"})
        assert channel.recv(100) == b"STOPPING=1"


def test_only_a_watchdog_for_this_process_counts() -> None:
    assert watchdog_seconds({"WATCHDOG_USEC": "300000000"}) == 300
    assert watchdog_seconds({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": str(os.getpid())}) == 2
    assert watchdog_seconds({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}) is None
    assert watchdog_seconds({"WATCHDOG_USEC": "0"}) is None
    assert watchdog_seconds({}) is None


def test_the_daemon_is_ready_lives_and_stops(
    home: Path, manager: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    config = load_config({"PANTAU_HOME": str(home)})
    daemon = Daemon(config, [], say=lambda line: None, alarm=HeardAlarm([], config.alerts))
    running = threading.Thread(target=daemon.run)
    running.start()
    assert [manager.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    daemon._stopping.set()
    running.join(10)
    while (state := manager.recv(100)) == b"WATCHDOG=1":
        pass
    assert state == b"STOPPING=1"


def test_a_daemon_whose_checks_ended_is_dead_to_the_watchdog(home: Path) -> None:
    config = load_config({"PANTAU_HOME": str(home)})
    daemon = Daemon(config, [], say=lambda line: None, alarm=HeardAlarm([], config.alerts))
    assert daemon._is_alive()
    daemon._checked_at = time.monotonic() - LONGEST_SILENCE - 1
    assert not daemon._is_alive()
    daemon._check()
    assert daemon._is_alive()


def test_metrics_are_fetched_and_computed_once_a_minute() -> None:
    calls: list[int] = []

    def metrics() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise PantauError("pantau.db: no such store")
        return "pantau_daemon_running 1\n"

    with metrics_server("127.0.0.1", 0, metrics) as port:
        address = f"http://127.0.0.1:{port}/metrics"
        with pytest.raises(HTTPError) as refused:
            urlopen(address, timeout=10)
        assert (refused.value.code, refused.value.read()) == (503, b"pantau.db: no such store\n")
        for _ in range(2):
            with urlopen(address, timeout=10) as answer:
                assert answer.read() == b"pantau_daemon_running 1\n"
                assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        with pytest.raises(HTTPError, match="404"):
            urlopen(address.replace("metrics", "secrets"), timeout=10)
        with pytest.raises(OSError, match="in use"), metrics_server("127.0.0.1", port, metrics):
            pass
    assert len(calls) == 2


def test_the_command_takes_an_address_only(home: Path) -> None:
    from click.testing import CliRunner

    from monitor.cli import main

    refused = CliRunner().invoke(main, ["schedule", "run", "--metrics", "9478"])
    assert (refused.exit_code, "no HOST:PORT" in refused.stderr) == (2, True)


def test_each_run_has_its_log_and_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl_run, "KEPT_LOGS", 2)
    for number in (8, 9, 10):
        (tmp_path / f"crawl-shopee-{number}.log").touch()
    (tmp_path / "crawl-shopee-old.log").touch()
    (tmp_path / "crawl-lazada-1.log").touch()
    handlers = logging.getLogger().handlers[:]
    log_to(tmp_path, "crawl-shopee", 11)
    logging.getLogger("scrapy").error("refused")
    (added,) = set(logging.getLogger().handlers) - set(handlers)
    logging.getLogger().removeHandler(added)
    added.close()
    logging.captureWarnings(False)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "crawl-lazada-1.log",
        "crawl-shopee-10.log",
        "crawl-shopee-11.log",
        "crawl-shopee-old.log",
    ]
    text = (tmp_path / "crawl-shopee-11.log").read_text(encoding="utf-8")
    assert text.endswith("ERROR run=11 scrapy: refused\n")
