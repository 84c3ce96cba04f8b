"""The application over a site and its rooms, and the server that runs it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from monitor.web.guard import Guard, ImpatientProtocol
from monitor.web.invitations import WebError
from monitor.web.site import Site

OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")


def create_app(site: Site, hosts: Collection[str] = OWN_NAMES) -> Starlette:
    """The application; ``hosts`` are the names under which the pages may be asked for."""
    return Starlette(
        routes=site.routes(),
        middleware=[Middleware(Guard), Middleware(TrustedHostMiddleware, allowed_hosts=[*hosts])],
        exception_handlers={
            HTTPException: site.refuse,
            WebError: site.explain,
            ClientDisconnect: _hung_up,
        },
    )


async def _hung_up(request: Request, error: Exception) -> Response:
    """A visitor who hangs up in the middle of a form is no error of ours."""
    return Response(status_code=400)


def serve(
    site: Site,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    names: Collection[str] = (),
    when_open: Callable[[str], None] = lambda address: None,
) -> None:
    """Serves the pages until interrupted, on loopback unless told otherwise.

    ``names`` are further host names to answer to, such as that of a proxy in front. ``when_open``
    is called with the pages' address once connections are accepted there. Raises ``WebError``
    where nothing can listen at ``host`` and ``port``.
    """
    address = f"[{host}]" if ":" in host else host
    app = create_app(site, {*OWN_NAMES, address, *names})
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise WebError(
            f"{address}:{port}: cannot listen there ({error.strerror}); choose another --port, or "
            "as --host an address of this machine"
        ) from error
    with listener:
        when_open(f"http://{address}:{listener.getsockname()[1]}/")
        settings = uvicorn.Config(
            app, http=ImpatientProtocol, ws="none", log_level="warning", server_header=False
        )
        # Who interrupts it ends it as it is meant to end; uvicorn would raise that again.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(settings).run(sockets=[listener])
