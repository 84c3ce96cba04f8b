"""The commands that invite people and serve the pages: what they say, and when."""

import os
import signal
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection

import pytest

from monitor.web import Site, WebError, guard, serve

from .conftest import WEEK, Audit


def command(audit: Audit, *words: str) -> subprocess.Popen[str]:
    """``pantau audit`` with some words, in the home of the audit."""
    home = {"PANTAU_HOME": str(audit.evidence.parent)}
    return subprocess.Popen(
        [sys.executable, "-m", "monitor", "audit", *words],
        env=os.environ | home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_the_address_is_printed_once_it_can_be_asked(audit: Audit) -> None:
    port = free_port()
    with command(audit, "serve", "--week", WEEK, "--port", str(port)) as serving:
        assert serving.stdout
        line = serving.stdout.readline()
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/")
        answered = connection.getresponse()
        connection.close()
        serving.send_signal(signal.SIGINT)
    assert line.startswith(f"http://127.0.0.1:{port}/ shows {WEEK}")
    assert answered.status == 403, "nobody gets in without a link"
    assert serving.returncode == 0, "who interrupts it ends it as it is meant to end"


def test_nothing_is_said_where_nothing_can_be_served(audit: Audit) -> None:
    addresses: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WebError, match="choose another --port"):
            serve(Site(audit.store), port=port, when_open=addresses.append)
    assert addresses == []
    words, errors = command(audit, "serve", "--week", "2026-W48").communicate()
    assert words == ""
    assert "pantau audit draw" in errors


@pytest.mark.parametrize(("week", "is_drawn"), [(WEEK, True), ("2026-W40", False)])
def test_an_invitation_says_where_and_for_which_week(
    audit: Audit, week: str, is_drawn: bool
) -> None:
    address = "https://audit.kementerian.example"
    inviting = command(audit, "invite", "Ani", "--week", week, "--address", address)
    link, notice = inviting.communicate()
    assert link.startswith(f"{address}/m/")
    assert link.count("\n") == 1, "the link alone is printed to be passed on"
    assert f"{week} at {address}/" in notice
    assert f"pantau audit serve --week {week}" in notice
    assert ("is drawn yet" in notice) is not is_drawn


def test_serving_beyond_this_machine_without_https_is_warned_of(audit: Audit) -> None:
    arguments = ("serve", "--week", "2026-W40", "--host", "0.0.0.0")
    _, notice = command(audit, *arguments).communicate()
    assert "unencrypted" in notice
    _, notice = command(audit, *arguments, "--secure").communicate()
    assert "unencrypted" not in notice


def test_a_connection_that_sends_no_whole_request_is_closed(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0.2)
    port = free_port()
    is_open = threading.Event()
    serving = threading.Thread(
        target=serve,
        args=(Site(audit.store),),
        kwargs={"port": port, "when_open": lambda address: is_open.set()},
        daemon=True,
    )
    serving.start()
    assert is_open.wait(60)
    for beginning in (b"", b"GET / HT", b"POST /label HTTP/1.1\r\nContent-Length: 9\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(beginning)
            while client.recv(4096):
                pass
