"""The simulated shops as a live crawl meets them, with answers that a test plants."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.config import Config, Crawl
from monitor.demo import Catalogue
from monitor.demo.shops import HOSTS, ShopRequest, ShopResponse
from monitor.registry import load_registry
from tests.plants import Plant


@dataclass
class LiveShop:
    """Where the shops are served, and the paths that were asked for, with their hosts."""

    url: str
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)


@contextmanager
def live_shop(plant: Plant = lambda request, answer: answer) -> Iterator[LiveShop]:
    """Serve the shops of one seed, each answer as ``plant`` leaves it."""
    catalogue = Catalogue(7, load_registry())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer as the host in the path's first segment would."""
            parts = urlsplit(self.path)
            _, host, *rest = parts.path.split("/", 2)
            shop.asked.append(f"{host}/{rest[0] if rest else ''}")
            shop.agents.add(self.headers["User-Agent"])
            served = HOSTS[host]
            path = "/" + unquote(rest[0] if rest else "")
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            request = ShopRequest(host, path, query, "2026-W47", catalogue)
            if path == "/robots.txt":
                answer = ShopResponse(served.robots.encode(), "text/plain")
            else:
                answer = served.respond(request)
            answer = plant(request, answer)
            if answer.status == 0:
                self.close_connection = True
                return
            self.send_response(answer.status)
            headers = {"Content-Type": answer.content_type, **answer.headers}
            for name, text in (headers | {"Content-Length": str(len(answer.body))}).items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop = LiveShop(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def live_config(home: Path, shop: LiveShop, *, browser: bool = False) -> Config:
    """A live configuration whose platforms are the shop: the allowance of the tests.

    With ``browser`` pages whose scripts draw what they list are asked for in Chromium.
    """
    return Config(
        home=home,
        database_url=f"sqlite:///{home / 'pantau.db'}",
        contact="uji@kantor.example",
        stand_in=shop.url,
        crawl=Crawl(delay=0.0, timeout=20.0, browser=browser),
    )


OTHER_WORDS = "Barang yang kamu cari lagi kosong"


def contradicting_shopee(request: ShopRequest, answer: ShopResponse) -> ShopResponse:
    """Shopee with another page size, another envelope, a field under another name, other words."""
    if request.path != "/api/v4/search/search_items":
        return answer
    document: dict[str, Any] = json.loads(answer.body)
    if not document["items"]:
        page = f"<html><body><h1>{OTHER_WORDS}</h1><p>Coba yang lain</p></body></html>"
        return replace(answer, body=page.encode(), content_type="text/html")
    cells = [moved(node) for node in document.pop("items")[:48]]
    document["grid"] = {"cells": cells}
    return replace(answer, body=json.dumps(document).encode())


def moved(node: dict[str, Any]) -> dict[str, Any]:
    """A listing whose place stands under another key."""
    basic = dict(node["item_basic"])
    basic["place_v2"] = basic.pop("shop_location", None)
    return {**node, "item_basic": basic}
