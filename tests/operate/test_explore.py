"""``pantau db explore``: who may ask it, what it draws, and what it leaves behind."""

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
from monitor.operate.explorer_charts import question_chart
from monitor.process import PYTHON_MODULE
from monitor.research.question_charts import CHARTS
from monitor.research.questions import QUESTIONS, ExploredQuestion
from monitor.store import Store
from monitor.web import invite
from tests.store.values import findings


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


HOSTILE = "<script>alert(1)</script>"
ROW = {
    "platform": HOSTILE, "cluster": HOSTILE, "week": "2026-W47", "reason": HOSTILE, "state": "open",
    "estimate": None, "low": 0.1, "high": 0.2, "answered": 3, "refused": 1, "failed": 0,
    "flagged_share": 0.2, "offers": 3, "cases": 2,
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_charts_draw_answers_as_text(question: ExploredQuestion) -> None:
    chart = question_chart(question.id, [ROW, ROW | {"low": None}], truncated=False)
    assert (chart is not None) is (question.id in CHARTS)
    if chart:
        assert "&lt;script&gt;" in chart.svg
        assert "<script" not in chart.svg and "NaN" not in chart.svg


@pytest.mark.parametrize(
    ("question", "rows", "truncated"),
    [("verdicts", [], False), ("verdicts", [ROW], True), (None, [ROW], False)],
)
def test_no_chart_of_what_is_not_whole(
    question: str | None, rows: list[dict[str, Any]], truncated: bool
) -> None:
    assert question_chart(question, rows, truncated) is None


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Store.open(f"sqlite:///{tmp_path / 'pantau.db'}", origin=Origin.saved) as store:
        invite(store, "Ani")
        store.editions.save(findings(origin=Origin.saved))
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
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for question, charts in (("verdicts", 1), ("returned", 0)):
        connection.request("GET", f"/pantau/{question}")
        page = connection.getresponse().read().decode()
        assert page.count("<svg") == page.count('question-chart">') == charts
    connection.close()
    exploring.send_signal(signal.SIGTERM)
    exploring.communicate(timeout=60)
    assert list(temporary.iterdir()) == []
    with socket.socket() as client, pytest.raises(ConnectionRefusedError):
        client.connect(("127.0.0.1", port))
