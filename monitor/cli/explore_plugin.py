"""A plugin of Datasette, for ``pantau db explore``: charts of canned questions, and answers under
names of this machine only.

A page elsewhere whose name is made to mean this machine (DNS rebinding) could else read the store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pluggy import HookimplMarker

from monitor.operate.explorer_charts import question_chart

hookimpl = HookimplMarker("datasette")
NAMES = {b"127.0.0.1", b"localhost", b"[::1]"}
Application = Callable[..., Awaitable[None]]


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """What ``query.html`` draws a question's answer with."""
    env.globals["question_chart"] = question_chart


@hookimpl
def asgi_wrapper() -> Callable[[Application], Application]:
    """Datasette's application, which refuses requests to another host."""

    def wrapped(app: Application) -> Application:
        async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
            host = dict(scope.get("headers", ())).get(b"host", b"")
            if scope["type"] != "http" or host.rpartition(b":")[0] in NAMES or host in NAMES:
                await app(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 421, "headers": []})
            await send({"type": "http.response.body", "body": b"asked for under another name\n"})

        return answer

    return wrapped
