"""The simulated marketplaces over loopback HTTP; a path begins with the real host."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.config import week_of, week_start
from monitor.demo.catalogue import Catalogue
from monitor.demo.fault_responses import faulty_response, robots_response
from monitor.demo.faults import Fault, FaultCounter, FaultKind
from monitor.demo.foreign_shares import World
from monitor.demo.pictures import goods_name, picture
from monitor.demo.shops import HOSTS, SHOPS, ShopRequest, ShopResponse
from monitor.demo.shops.base import Shop, page
from monitor.registry import Registry, load_registry, page_url

_PICTURES = ("/gambar-simulasi/", "/file/")
_CRAWLER = "PantauImpor/"
_SLOW_SECONDS = 5.0
_SLOW_PARTS = 8


class DemoServer:
    """The marketplaces of one seed; a context manager that serves while it is open.

    ``week`` may be set while it runs; None follows the calendar. ``again`` is set while own pages
    are asked for again in the week: most that named no place then do. ``requests`` counts the pages
    answered, by platform. Those in ``refusing_crawler`` block whoever says that it is Pantau's
    crawler, and show their pages to all others. Raises ``OSError`` where the port is taken.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        seed: int = 1,
        week: str | None = None,
        faults: Iterable[Fault] = (),
        registry: Registry | None = None,
        world: World = World.plain,
        refusing_crawler: Iterable[str] = (),
    ) -> None:
        self.refusing_crawler = frozenset(refusing_crawler)
        self.catalogue = Catalogue(seed, registry or load_registry(), world)
        self.faults = FaultCounter(faults)
        self.week = week
        self.again = False
        self.requests: Counter[str] = Counter()
        self._server = _Listener(("127.0.0.1", port), self)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def week(self) -> str:
        """The week whose offers are served; setting another raises ``ValueError`` if it is none."""
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
        first_entries = {entry.platform: entry for entry in reversed(registry.frame.entries)}
        examples = []
        for name, shop in SHOPS.items():
            if entry := first_entries.get(name):
                url = page_url(registry.platforms[name], entry.kind, entry.query, 1)
                examples.append((shop.title, "/" + url.removeprefix("https://")))
        return examples

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve_forever(
    port: int = 0,
    *,
    seed: int = 1,
    week: str | None = None,
    faults: Iterable[Fault] = (),
    registry: Registry | None = None,
    world: World = World.plain,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serves until SIGTERM or SIGINT; ``ready`` is called with the URL.

    For the main thread of a process that then ends: both signals stay blocked in it.
    """
    stop_signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
    with DemoServer(
        port, seed=seed, week=week, faults=faults, registry=registry, world=world
    ) as server:
        ready(server.url)
        signal.sigwait(stop_signals)


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
        """Answers as the host in the path's first segment would."""
        parts = urlsplit(self.path)
        _, host, *rest = parts.path.split("/", 2)
        path = "/" + unquote(rest[0] if rest else "")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        demo = self.server.demo
        shop = HOSTS.get(host)
        if f"/{host}/" in _PICTURES or (shop and path.startswith(_PICTURES)):
            self._send(self._picture(shop, path.rpartition("/")[2].split(".")[0]))
        elif not host:
            self._send(page("index.html", week=demo.week, examples=demo.examples()))
        elif shop is None:
            self._send(ShopResponse(f"{host}: no simulated shop\n".encode(), "text/plain", 404))
        elif path == "/robots.txt":
            refused = demo.catalogue.refused_pages(shop.id, demo.week)
            self._send(robots_response(demo.faults.robots_fault(shop.id), shop, refused))
        else:
            request = ShopRequest(host, path, query, demo.week, demo.catalogue, demo.again)
            demo.requests[shop.id] += 1
            fault = demo.faults.count(shop.id, path)
            is_crawler = self.headers.get("User-Agent", "").startswith(_CRAWLER)
            if is_crawler and shop.id in demo.refusing_crawler:
                fault = Fault(platform=shop.id, kind=FaultKind.block)
            if fault is None:
                self._send(shop.respond(request))
            else:
                response = faulty_response(fault, shop, request, lambda: shop.respond(request))
                self._send(response, fault)

    def _picture(self, shop: Shop | None, name: str) -> ShopResponse:
        """The picture under a file name: the same for goods under all their ids."""
        if shop and (number := shop.number(name)):
            stock_number = self.server.demo.catalogue.stock_number(shop.id, number)
            name = name if stock_number is None else goods_name(stock_number)
        return ShopResponse(picture(name), "image/png")

    do_HEAD = do_GET  # noqa: N815

    def _send(self, response: ShopResponse, fault: Fault | None = None) -> None:
        """Sends a response; a fault may cut its body off or slow it down."""
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.send_header("X-Pantau-Simulated", "1")
        self.send_header("Cache-Control", "no-store")
        for name, header in response.headers.items():
            self.send_header(name, header)
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault and fault.kind is FaultKind.truncated:
            self.wfile.write(response.body[: len(response.body) * 3 // 5])
            self.close_connection = True
        elif fault and fault.kind is FaultKind.slow:
            seconds = _SLOW_SECONDS if fault.seconds is None else fault.seconds
            self._send_slowly(response.body, seconds)
        else:
            self.wfile.write(response.body)

    def _send_slowly(self, body: bytes, seconds: float) -> None:
        """Sends a body in parts over so many seconds, until the server stops."""
        step = len(body) // _SLOW_PARTS + 1
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            if self.server.stopping.wait(seconds / _SLOW_PARTS):
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent: the visitor keeps the record."""
