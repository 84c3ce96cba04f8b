"""``pantau db explore``: who may ask it, and what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.explore_plugin import asgi_wrapper
from monitor.model import Origin
from monitor.process import PYTHON_MODULE
from monitor.store import Store
from monitor.web import invite


async def reached(host: bytes) -> bool:
    """Whether a request to a host gets to the application behind the plugin."""
    calls: list[dict[str, Any]] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        calls.append(scope)

    async def send(message: dict[str, Any]) -> None:
        assert message.get("status", 421) == 421

    await asgi_wrapper()(application)({"type": "http", "headers": [(b"host", host)]}, None, send)
    return bool(calls)


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        (b"127.0.0.1:8001", True), (b"localhost", True), (b"[::1]:8001", True),
        (b"evil.example:8001", False), (b"127.0.0.1.evil.example", False), (b"", False),
    ],
)  # fmt: skip
def test_only_names_of_this_machine_are_answered(host: bytes, is_ours: bool) -> None:
    assert asyncio.run(reached(host)) is is_ours


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Store.open(f"sqlite:///{tmp_path / 'pantau.db'}", origin=Origin.saved) as store:
        invite(store, "Ani")
    return tmp_path


@pytest.mark.skipif(not find_spec("datasette"), reason="Datasette is not installed")
def test_it_ends_with_sigterm_and_leaves_no_copy(home: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {"PANTAU_HOME": str(home), "TMPDIR": str(temporary)}
    exploring = subprocess.Popen(
        [*PYTHON_MODULE, "monitor", "db", "explore", "--port", str(port)],
        env=os.environ | environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert exploring.stderr
    while "running on" not in exploring.stderr.readline():
        assert exploring.poll() is None
    for host, status in ((f"127.0.0.1:{port}", 200), ("evil.example", 421)):
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/-/versions.json", headers={"Host": host})
        assert connection.getresponse().status == status
        connection.close()
    exploring.send_signal(signal.SIGTERM)
    exploring.communicate(timeout=60)
    assert list(temporary.iterdir()) == []
    with socket.socket() as client, pytest.raises(ConnectionRefusedError):
        client.connect(("127.0.0.1", port))
