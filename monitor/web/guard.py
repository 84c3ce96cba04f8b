"""What stands between the pages and everybody else: origin of forms, framing, scripts."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 10.0
"""Seconds after which a request must have got on; a page of ours is a few hundred bytes of it."""
LEAST_BYTES = 40_960
"""What must arrive of a longer request, such as a file that is handed in, in that time."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with that, browsers send forms with "Origin: null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class ImpatientProtocol(H11Protocol):
    """A connection that is closed where it keeps us waiting for the rest of a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look, every ``PATIENCE`` seconds, whether a request got on."""
        super().connection_made(transport)
        self._awaited: object = self
        self._received = 0
        self._look = self.loop.call_later(PATIENCE, self._close_if_stuck)

    def data_received(self, data: bytes) -> None:
        """Count what arrived, and take it."""
        self._received += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._look.cancel()
        super().connection_lost(exc)

    def _close_if_stuck(self) -> None:
        cycle = self.cycle
        is_waiting = cycle is None or cycle.response_complete or cycle.more_body
        if is_waiting and self._awaited is cycle and self._received < LEAST_BYTES:
            self.transport.close()
            return
        self._received = 0
        self._awaited = cycle if is_waiting else self
        self._look = self.loop.call_later(PATIENCE, self._close_if_stuck)


class Guard:
    """ASGI middleware: cross-site posts are refused, and every response gets ``HEADERS``.

    A room may set one of them itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, field in HEADERS.items():
                    headers.setdefault(name, field)
            await send(message)

        if scope["method"] in {"GET", "HEAD"} or _is_same_origin(Headers(scope=scope)):
            await self._app(scope, receive, send_with_headers)
        else:
            refusal = PlainTextResponse("cross-site request\n", 403)
            await refusal(scope, receive, send_with_headers)


def _is_same_origin(headers: Headers) -> bool:
    """A form of ours: browsers say so twice, and both must be right where they speak."""
    site, origin, host = headers.get("sec-fetch-site"), headers.get("origin"), headers.get("host")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    return origin is None or origin in {f"http://{host}", f"https://{host}"}
