"""The metrics of a home on an address of this machine, for a Prometheus that fetches them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from monitor.model import PantauError

KEPT_SECONDS = 60.0
"""So long the metrics are not computed again."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@contextmanager
def metrics_server(host: str, port: int, metrics: Callable[[], str]) -> Iterator[int]:
    """Answer ``GET /metrics`` within the block with what ``metrics`` returns; yields the port.

    Where it raises ``PantauError`` the answer is 503 with the error as text: no figure is better
    than an old one. Raises ``OSError`` where the address is taken.
    """
    memory: list[tuple[float, str]] = []
    lock = threading.Lock()

    def current() -> str:
        """The metrics, computed at most once in ``KEPT_SECONDS``."""
        with lock:
            if not memory or time.monotonic() - memory[0][0] > KEPT_SECONDS:
                text = metrics()
                memory[:] = [(time.monotonic(), text)]
            return memory[0][1]

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_GET(self) -> None:
            """Send the metrics."""
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404)
                return
            try:
                status, text = 200, current()
            except PantauError as error:
                status, text = 503, f"{error}\n"
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Write no line a request."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
