"""The simulated marketplaces over loopback HTTP; a path begins with the real host."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import FrameType, TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.config import week_of, week_start
from monitor.demo.catalogue import Catalogue
from monitor.demo.faults import Fault, FaultKind, Faults
from monitor.demo.pictures import picture
from monitor.demo.refusing import robots_reply, struck
from monitor.demo.shops import HOSTS, SHOPS, Ask, Reply
from monitor.demo.shops.base import page
from monitor.registry import Registry, load_registry, page_url

_PICTURES = ("/gambar-simulasi/", "/file/")
_DRIPS = 8


class DemoServer:
    """The marketplaces of one seed; a context manager that serves while it is open.

    ``week`` may be set while it runs; None follows the calendar. ``requests`` counts the pages
    answered, by platform.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 1,
        week: str | None = None,
        faults: Iterable[Fault] = (),
        registry: Registry | None = None,
    ) -> None:
        self.catalogue = Catalogue(seed, registry or load_registry())
        self.faults = Faults(faults)
        self.week = week
        self.requests: dict[str, int] = {}
        self._server = _Listener(("127.0.0.1", port), self)
        self._thread: Thread | None = None

    @property
    def week(self) -> str:
        """The week whose offers are served."""
        return self._week or week_of(datetime.now(UTC))

    @week.setter
    def week(self, week: str | None) -> None:
        if week is not None:
            week_start(week)
        self._week = week

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def examples(self) -> list[tuple[str, str]]:
        """Name and path of one result page of each shop."""
        registry = self.catalogue.registry
        entries = {each.platform: each for each in reversed(registry.frame.entries)}
        return [
            (shop.title, "/" + page_url(registry.platforms[name], each.kind, each.query, 1)[8:])
            for name, shop in SHOPS.items()
            if (each := entries.get(name))
        ]

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        if self._thread:
            self._thread.join()


def serve(
    port: int = 0,
    *,
    seed: int = 1,
    week: str | None = None,
    faults: Iterable[Fault] = (),
    registry: Registry | None = None,
) -> DemoServer:
    """A server to be opened with ``with``; raises ``OSError`` where the port is taken."""
    return DemoServer(port=port, seed=seed, week=week, faults=faults, registry=registry)


def serve_forever(
    port: int = 0,
    *,
    seed: int = 1,
    week: str | None = None,
    faults: Iterable[Fault] = (),
    registry: Registry | None = None,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serves until SIGTERM or SIGINT; ``ready`` is told the URL. For the main thread."""
    ended = Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        with serve(port, seed=seed, week=week, faults=faults, registry=registry) as server:
            ready(server.url)
            ended.wait()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], demo: DemoServer) -> None:
        self.demo = demo
        self.stopping = Event()
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor who hangs up is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "pantau-demo"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60
    server: _Listener

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        _, host, *rest = parts.path.split("/", 2)
        path = "/" + unquote(rest[0] if rest else "")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        demo = self.server.demo
        shop = HOSTS.get(host)
        if f"/{host}/" in _PICTURES:
            self._send(Reply(picture(path[1:].split(".")[0]), "image/png"))
        elif not host:
            self._send(page("index.html", week=demo.week, examples=demo.examples()))
        elif shop is None:
            self._send(Reply(f"{host}: no simulated shop\n".encode(), "text/plain", 404))
        elif path == "/robots.txt":
            self._send(robots_reply(demo.faults.robots(shop.id), shop))
        elif path.startswith(_PICTURES):
            self._send(Reply(picture(path.rpartition("/")[2].split(".")[0]), "image/png"))
        else:
            ask = Ask(host, path, query, demo.week, demo.catalogue)
            demo.requests[shop.id] = demo.requests.get(shop.id, 0) + 1
            fault = demo.faults.strike(shop.id, path)
            if fault is None:
                self._send(shop.answer(ask))
            else:
                self._send(struck(fault, shop, ask, lambda: shop.answer(ask)), fault)

    do_HEAD = do_GET  # noqa: N815

    def _send(self, reply: Reply, fault: Fault | None = None) -> None:
        kind = fault.kind if fault else None
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("X-Pantau-Simulated", "1")
        self.send_header("Cache-Control", "no-store")
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if kind is FaultKind.truncated:
            self.wfile.write(reply.body[: len(reply.body) * 3 // 5])
            self.close_connection = True
        elif kind is FaultKind.slow and fault is not None:
            self._drip(reply.body, 5.0 if fault.seconds is None else fault.seconds)
        else:
            self.wfile.write(reply.body)

    def _drip(self, body: bytes, seconds: float) -> None:
        step = len(body) // _DRIPS + 1
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            if self.server.stopping.wait(seconds / _DRIPS):
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent: the visitor keeps the record."""
