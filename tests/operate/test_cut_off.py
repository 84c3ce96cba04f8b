"""A worker whose interface to the database goes down, while the platforms still answer it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.demo import DemoServer
from tests.store.conftest import ADDRESS, new_postgresql

from .fleet import Fleet, Recorder, fleet_of
from .test_workers import HOSTS, is_crawled, is_under_way, require_polite

RELAY = Path(__file__).with_name("relay.py")


@dataclass(frozen=True)
class Machine:
    """A network namespace with an interface to the database and one to the platforms."""

    name: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """What runs a command there."""
        return ("ip", "netns", "exec", self.name)

    def cut_off(self) -> None:
        """Take the interface to the database down."""
        _ip("link", "set", f"{self.name}d", "down")


@contextmanager
def machine(stack: ExitStack) -> Iterator[Machine]:
    """A namespace of its own; skipped where none may be made."""
    name = f"p{os.getpid()}"
    if os.geteuid() or not shutil.which("ip"):
        pytest.skip("network namespaces need root and ip")
    try:
        _ip("netns", "add", name)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespace: {error.stderr}")
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        for number, letter in enumerate("ds"):
            link, peer = f"{name}{letter}", f"{name}{letter}p"
            _ip("link", "add", link, "type", "veth", "peer", "name", peer, "netns", name)
            _ip("addr", "add", f"10.213.{number}.1/30", "dev", link)
            _ip("link", "set", link, "up")
            _ip("-n", name, "addr", "add", f"10.213.{number}.2/30", "dev", peer)
            _ip("-n", name, "link", "set", peer, "up")
        yield Machine(name)
    finally:
        stack.close()
        _ip("netns", "del", name)
        with suppress(subprocess.CalledProcessError):
            for letter in "ds":
                _ip("link", "del", f"{name}{letter}")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def relay(stack: ExitStack, listening: str, target: str, *prefix: str) -> int:
    """Start a relay that ends with ``stack``; the port it listens on."""
    command = [*prefix, sys.executable, str(RELAY), f"{listening}:0", target]
    process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    stack.callback(process.kill)
    assert process.stdout
    return int(process.stdout.readline())


@pytest.mark.long
@pytest.mark.postgresql
def test_a_worker_that_lost_the_database_asks_nothing_more(tmp_path: Path) -> None:
    if not os.environ.get(ADDRESS):
        pytest.skip(f"{ADDRESS} names no PostgreSQL server")
    with (
        DemoServer(seed=7) as demo,
        Recorder(demo, seconds=0.1) as recorder,
        new_postgresql() as url,
        ExitStack() as relays,
        machine(relays) as remote,
        fleet_of(tmp_path, url, recorder.url) as fleet,
    ):
        fleet.prepare()
        fleet.daemon()
        fleet.wait(lambda: "jobs, home" in fleet.log("ministry"))
        first = fleet.worker("first", **_elsewhere(relays, remote, fleet))
        fleet.wait(lambda: is_under_way(fleet, demo.week))
        crawls = fleet.children(first)
        assert len(crawls) == len(HOSTS)
        remote.cut_off()
        try:
            fleet.worker("second")
            fleet.wait(lambda: is_crawled(fleet, demo.week), seconds=240)
            assert first.poll() is None, "it lives on, and platforms would answer it"
            assert "its worker is dead" in fleet.log("ministry")
            fleet.wait(lambda: not fleet.children(first), seconds=120)
        finally:
            for pid in (first.pid, *crawls):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        # What it had is brought when that machine is back.
        fleet.worker("first")
        fleet.wait(lambda: "files of evidence brought" in fleet.log("first"))
        fleet.wait(lambda: not list((fleet.folder / "first" / "evidence").rglob("*.gz")))
        require_polite(fleet, recorder, demo.week, again=1)


def _elsewhere(relays: ExitStack, remote: Machine, fleet: Fleet) -> dict[str, object]:
    """How a worker is started on the other machine, where database and platforms are relayed."""
    database, shops = urlsplit(fleet.url), urlsplit(fleet.stand_in)
    database_port = relay(relays, "10.213.0.1", f"{database.hostname}:{database.port}")
    shops_port = relay(relays, "10.213.1.1", f"{shops.hostname}:{shops.port}")
    stand_in_port = relay(relays, "127.0.0.1", f"10.213.1.1:{shops_port}", *remote.prefix)
    there = f"{database.username}@10.213.0.1:{database_port}"
    return {
        "prefix": remote.prefix,
        "environment": {
            "PANTAU_DATABASE_URL": database._replace(netloc=there).geturl(),
            "FLEET_STAND_IN": f"http://127.0.0.1:{stand_in_port}",
        },
    }
