"""A home with a frame of two platforms and a few words, and marketplaces to talk to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from monitor.demo import DemoServer
from monitor.model import Answer, Cluster, Label, LabelKind
from monitor.operate.notify import Alarm

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
    with DemoServer(seed=7) as server:
        yield server


@pytest.fixture
def pantau(home: Path) -> Run:
    """Runs ``pantau`` in this home as a user would, in a process of its own."""

    def run(
        *arguments: object,
        demo: DemoServer | None = None,
        stdin: str | None = None,
        **settings: str,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "monitor", *map(str, arguments)],
            env=environment(home, demo) | settings,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def label(
    week: str,
    listing: tuple[str, str, str],
    annotator: str,
    answer: Answer,
    *,
    kind: LabelKind = LabelKind.first,
    cluster: Cluster | None = None,
) -> Label:
    """What an annotator says now of a listing, named by platform, item and version."""
    platform, item_id, version = listing
    return Label(
        platform=platform,
        item_id=item_id,
        version=version,
        week=week,
        annotator=annotator,
        kind=kind,
        at=datetime.now(UTC),
        answer=answer,
        cluster=cluster,
    )


def add_settings(home: Path, text: str) -> None:
    """More lines at the end of the home's ``pantau.toml``."""
    path = home / "pantau.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def environment(home: Path, demo: DemoServer | None) -> dict[str, str]:
    """This process's environment with another home and, perhaps, simulated marketplaces."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PANTAU_")}
    simulated = {"PANTAU_DEMO_URL": demo.url} if demo else {}
    return inherited | {"PANTAU_HOME": str(home)} | simulated


@pytest.fixture(autouse=True)
def own_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a home cannot keep goes into a folder of the test."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))


class HeardAlarm(Alarm):
    """An alarm without addresses, whose lines of trouble go into a list as well."""

    def __init__(self, lines: list[str], history: Path) -> None:
        super().__init__((), history)
        self._lines = lines

    def __call__(self, line: str, *arguments: Any, **settings: Any) -> None:
        self._lines.append(line)
        super().__call__(line, *arguments, **settings)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A receiver of Apprise's JSON messages."""
    with Webhook() as receiver:
        yield receiver


class Webhook:
    """An HTTP server on loopback that keeps the messages posted to it; ``broken`` refuses them."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.broken = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not receiver.broken:
                    receiver.messages.append(json.loads(body))
                self.send_response(500 if receiver.broken else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self._server.server_port}/hook"

    @property
    def lines(self) -> list[str]:
        return [message["message"] for message in self.messages]

    def __enter__(self) -> Webhook:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
