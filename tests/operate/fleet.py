"""Several homes as several machines on one PostgreSQL, and a recorder before the marketplaces."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from monitor.config import Config, load_config
from monitor.demo import DemoServer
from monitor.operate.queue import CrawlQueue
from monitor.process import PROJECT
from monitor.store import Store

FRAME = """\
cell_entries = 6

[[entries]]
cluster = "textile_fashion"
stratum = "head"
core = true
platforms = ["lazada", "shopee"]
queries = ["hijab", "sarung", "batik", "mukena", "gamis", "kebaya"]
"""
DELAY = 0.4
"""Seconds between two requests to a platform."""
LIVE = """
import os
import sys
from datetime import time
from msgspec.structs import replace
from monitor.config import PantauError, load_config

config = load_config()
all_day = replace(config.crawl, night_from=time(), night_until=time())
config = replace(config, stand_in=os.environ["FLEET_STAND_IN"], crawl=all_day)
say = lambda line: print(line, flush=True)
"""
DAEMON = (
    LIVE
    + """
from monitor.operate.dispatch import Dispatch
from monitor.operate.notify import Alarm
from monitor.operate.schedule import Daemon
from monitor.operate.timetable import jobs
from monitor.registry import load_registry

registry = load_registry(config.registry, config.confirmations)
table = [job for job in jobs(config, registry) if job.platform or job.id == "plan"]
Daemon(
    config, table, say=say, alarm=Alarm((), config.alerts),
    dispatch=Dispatch(config, say, poll_seconds=0.2, dead_after=2.0),
).run()
"""
)
WORKER = (
    LIVE
    + """
from monitor.operate.worker import CrawlWorker

try:
    CrawlWorker(
        config, sys.argv[1].split(","), say, retry_seconds=1, beat_seconds=0.3
    ).run()
except PantauError as error:
    sys.exit(f"Error: {error}")
"""
)


class Recorder:
    """Passes requests on to simulated marketplaces, each held for ``seconds``, and counts them.

    ``most`` is how many requests of a host were under way at once, ``gaps`` the seconds between the
    end of one and the start of the next, ``paths`` what was asked for.
    """

    def __init__(self, demo: DemoServer, seconds: float) -> None:
        self.seconds = seconds
        self.most: Counter[str] = Counter()
        self.paths: dict[str, list[str]] = {}
        self.gaps: dict[str, list[float]] = {}
        self._under_way: Counter[str] = Counter()
        self._ended: dict[str, float] = {}
        self._lock = threading.Lock()
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host = self.path.split("/", 2)[1]
                recorder._begin(host, self.path)
                try:
                    time.sleep(recorder.seconds)
                    with suppress(OSError):
                        self._pass_on()
                finally:
                    recorder._end(host)

            def _pass_on(self) -> None:
                agent = {"User-Agent": self.headers["User-Agent"]}
                request = urllib.request.Request(demo.url + self.path, headers=agent)
                try:
                    answer = urllib.request.urlopen(request)
                except urllib.error.HTTPError as error:
                    answer = error
                with answer:
                    body = answer.read()
                self.send_response(answer.status)
                for name in ("Content-Type", "Retry-After"):
                    if header := answer.headers.get(name):
                        self.send_header(name, header)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _begin(self, host: str, path: str) -> None:
        with self._lock:
            self._under_way[host] += 1
            self.most[host] = max(self.most[host], self._under_way[host])
            self.paths.setdefault(host, []).append(path)
            if ended := self._ended.get(host):
                self.gaps.setdefault(host, []).append(time.monotonic() - ended)

    def _end(self, host: str) -> None:
        with self._lock:
            self._under_way[host] -= 1
            self._ended[host] = time.monotonic()

    def pages(self, host: str) -> list[str]:
        """The pages of a host that were asked for, robots.txt aside."""
        return [path for path in self.paths.get(host, []) if not path.endswith("/robots.txt")]

    def __enter__(self) -> Recorder:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Fleet:
    """The home of a database, homes of workers, and what was started in them."""

    folder: Path
    url: str
    stand_in: str
    settings: str
    frame: str = FRAME
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def home(self, name: str, more: str = "") -> Path:
        """A home of that name; ``more`` is added to the settings that all have."""
        home = self.folder / name
        if not home.exists():
            (home / "registry").mkdir(parents=True)
            (home / "registry" / "frame.toml").write_text(self.frame, encoding="utf-8")
        (home / "pantau.toml").write_text(self.settings + more, encoding="utf-8")
        return home

    def environment(self, home: Path) -> dict[str, str]:
        """The environment of a process in a home."""
        inherited = {key: value for key, value in os.environ.items() if "PANTAU" not in key}
        return inherited | {
            "PANTAU_HOME": str(home),
            "PANTAU_DATABASE_URL": self.url,
            "FLEET_STAND_IN": self.stand_in,
            "PYTHONPATH": str(PROJECT),
            "RUNTIME_DIRECTORY": str(self.folder / "run"),
        }

    def config(self, name: str = "ministry") -> Config:
        """The configuration of a home."""
        return load_config(self.environment(self.home(name)))

    def prepare(self) -> None:
        """Make database and queue, as ``pantau db upgrade`` does."""
        config = self.config()
        Store.upgrade(config.database_url, config.home)
        CrawlQueue(config.database_url).make_tables()

    def daemon(self) -> subprocess.Popen[str]:
        """Start the daemon of the ministry's home, with the plan and the crawls alone."""
        return self._start("ministry", DAEMON)

    def worker(
        self,
        name: str,
        *platforms: str,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start a worker in a home of its own; ``prefix`` runs its command somewhere else."""
        crawled_platforms = ",".join(platforms or ("lazada", "shopee"))
        return self._start(name, WORKER, crawled_platforms, prefix=prefix, environment=environment)

    def _start(
        self,
        name: str,
        program: str,
        *arguments: str,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        with (self.folder / f"{name}.log").open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-c", program, *arguments],
                env={**self.environment(self.home(name)), **(environment or {})},
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.processes.append(process)
        return process

    def log(self, name: str) -> str:
        """What the processes in a home have said."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def wait(self, condition: Callable[[], object], seconds: float = 90.0) -> None:
        """Wait until something is so."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                logs = [path.read_text(encoding="utf-8") for path in self.folder.glob("*.log")]
                raise AssertionError("it never happened:\n" + "\n--\n".join(logs))
            time.sleep(0.25)

    def children(self, process: subprocess.Popen[str]) -> list[int]:
        """The processes that a process has started."""
        path = Path(f"/proc/{process.pid}/task")
        words = " ".join((task / "children").read_text() for task in path.iterdir())
        return [int(word) for word in words.split()]

    def ended(self, process: subprocess.Popen[str], sign: signal.Signals = signal.SIGTERM) -> int:
        """End a process by a signal; its exit code."""
        process.send_signal(sign)
        return process.wait(60)


@contextmanager
def fleet_of(folder: Path, url: str, stand_in: str, store: str | None = None) -> Iterator[Fleet]:
    """A fleet whose evidence goes to ``store``; its processes are ended with the block."""
    store = store or (folder / "evidence").as_uri()
    (folder / "evidence").mkdir(exist_ok=True)
    settings = f"""\
contact = "monitor@ministry.example"
[schedule]
workers = true
[crawl]
browser = false
delay = {DELAY}
jitter = 0.0
[evidence]
store = "{store}"
"""
    fleet = Fleet(folder, url, stand_in, settings)
    try:
        yield fleet
    finally:
        for process in fleet.processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in fleet.processes:
            process.wait(60)
