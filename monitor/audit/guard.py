"""What stands between the pages and everybody else: Host, origin of requests, framing, scripts."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
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


class Guard:
    """ASGI middleware: unknown hosts and cross-site posts are refused, all answers get headers.

    ``hosts`` are host names without port.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if hostname(host) not in self._hosts:
            await PlainTextResponse("unknown host\n", 400)(scope, receive, guarded)
        elif scope["method"] not in {"GET", "HEAD"} and not _same_origin(headers, host):
            await PlainTextResponse("cross-site request\n", 403)(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)


def hostname(host: str) -> str:
    """The name in a Host header, without port: ``[::1]:80`` gives ``[::1]``."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()


def _same_origin(headers: Headers, host: str) -> bool:
    """A form of ours: browsers say so twice, and both must be right where they speak."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    return origin is None or origin in {f"http://{host}", f"https://{host}"}
