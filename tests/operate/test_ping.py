"""Pings to a check on another machine, which is an HTTP server on loopback here."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from monitor.config import ConfigError, load_config
from monitor.operate.effective_settings import masked_settings
from monitor.operate.ping import PingEvent, ping
from monitor.operate.schedule import Daemon
from monitor.operate.timetable import Due, jobs
from monitor.process import Child
from monitor.registry import load_registry

from .conftest import HeardAlarm

SECRET = "0b2c-secret"


class HealthCheck:
    """A check that keeps path, run and words of each ping; paths with ``gone`` it knows not."""

    def __init__(self) -> None:
        self.pings: Queue[tuple[str, str, str]] = Queue()
        pings = self.pings

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                address = urlsplit(self.path)
                words = self.rfile.read(int(self.headers["Content-Length"])).decode()
                pings.put((address.path, parse_qs(address.query)["rid"][0], words))
                self.send_response(404 if "gone" in self.path else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/{SECRET}"


@pytest.fixture
def check() -> Iterator[HealthCheck]:
    health_check = HealthCheck()
    threading.Thread(target=health_check.server.serve_forever, args=(0.05,), daemon=True).start()
    yield health_check
    health_check.server.shutdown()
    health_check.server.server_close()


@pytest.mark.parametrize(("script", "ending"), [("", ""), ("raise SystemExit(1)", "/fail")])
def test_start_and_end_of_a_job_are_pinged(
    home: Path, check: HealthCheck, script: str, ending: str
) -> None:
    config = load_config({"PANTAU_HOME": str(home), "PANTAU_PING": check.url})
    plan, *_ = jobs(config, load_registry(config.registry))
    alerts: list[str] = []
    daemon = Daemon(config, [plan], say=lambda line: None, alarm=HeardAlarm(alerts, config.alerts))
    child = Child([sys.executable, "-c", script], on_stderr=alerts.append)
    daemon._children[plan.id] = child
    now = datetime.now(UTC)
    daemon._follow(Due(job=plan, at=now, week="2026-W47"), child, now)
    begun, ended = (check.pings.get_nowait() for _ in range(2))
    assert begun == (f"/{SECRET}/start", begun[1], "plan 2026-W47")
    assert ended == (f"/{SECRET}{ending}", begun[1], "plan 2026-W47")
    assert not any("PANTAU_PING" in line for line in alerts)


def test_a_failed_ping_is_told_without_its_address(check: HealthCheck) -> None:
    assert ping(f"{check.url}/gone", PingEvent.success, uuid4(), "plan") == "HTTP 404"
    dead = f"http://127.0.0.1:1/{SECRET}"
    assert ping(dead, PingEvent.success, uuid4(), "plan") == "ConnectionRefusedError"
    assert ping(f"{check.url}/\n", PingEvent.success, uuid4(), "plan") is None


def test_the_address_is_a_secret(home: Path) -> None:
    environ = {"PANTAU_HOME": str(home), "PANTAU_PING": f"https://hc.example/{SECRET}"}
    lines = list(masked_settings(load_config(environ)))
    assert "ping = ***" in lines
    assert not any(SECRET in line for line in lines)
    with pytest.raises(ConfigError, match="PANTAU_PING") as refusal:
        load_config(environ | {"PANTAU_PING": f"file:///{SECRET}"})
    assert SECRET not in str(refusal.value)
