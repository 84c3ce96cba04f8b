"""What all rooms share: who is asking, in which language, and the pages around theirs."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from monitor.model import Role
from monitor.store import Store
from monitor.web.invitations import SESSION_SECONDS, Sessions, Visitor, WebError, form_token
from monitor.web.messages import LANGUAGES, PageMessages

HERE = Path(__file__).parent
COOKIE, LANGUAGE = "pantau_session", "pantau_language"
LANGUAGE_SECONDS = 60 * 60 * 24 * 60
LARGEST_FORM = 16_384
"""Bytes."""
JSON = "application/json"
ROOMS = {Role.annotator: "/audit/", Role.inspector: "/inspect/", Role.reader: "/reports/"}
"""Where the room of each role lies."""


class Room(Protocol):
    """The pages that one role opens."""

    role: Role
    refusals: frozenset[str]
    """Messages that the room's own refusals show."""

    def routes(self) -> Sequence[BaseRoute]:
        """All routes, below the room's own address."""


class Site:
    """The pages of everybody, and the way into the rooms; ``language`` is used unless asked else.

    ``secure`` is for cookies behind HTTPS.
    """

    def __init__(self, store: Store, language: str = "id", *, secure: bool = False) -> None:
        self.store = store
        self.rooms: tuple[Room, ...] = ()
        self.language = language
        self._sessions = Sessions(store)
        self._secure = secure
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[BaseRoute]:
        """All routes, those of the rooms among them."""
        return [
            Route("/m/{secret}", self.enter),
            Route("/", self.show_rooms),
            *(Mount(ROOMS[room.role], routes=room.routes()) for room in self.rooms),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]

    async def enter(self, request: Request) -> Response:
        """The personal link: begins a session and leads to the rooms that it opens.

        It does not redirect: a cookie of the strict kind is not sent along with a redirect that
        began in somebody's mail.
        """
        visitor = self._sessions.begin(request.path_params["secret"])
        if visitor is None:
            raise HTTPException(403, "refused")
        response = self._hello(request, visitor)
        self._set_cookie(response, COOKIE, visitor.session, SESSION_SECONDS)
        return response

    async def show_rooms(self, request: Request) -> Response:
        """The rooms of whoever asks; where there is one only, it itself."""
        visitor = self._visitor(request)
        addresses = self._addresses(visitor)
        if len(addresses) == 1:
            return RedirectResponse(addresses[0], 303)
        return self._hello(request, visitor)

    def _hello(self, request: Request, visitor: Visitor) -> Response:
        if not self._addresses(visitor):
            raise HTTPException(403, "no_room")
        return self.page(request, "hello.html", {}, visitor=visitor)

    def visitor(self, request: Request, role: Role) -> Visitor:
        """Who asks; refuses everybody without the role (403)."""
        visitor = self._visitor(request)
        if role not in visitor.roles:
            raise HTTPException(403, "no_room")
        return visitor

    def _visitor(self, request: Request) -> Visitor:
        visitor = self._sessions.visitor(request.cookies.get(COOKIE, ""))
        if visitor is None:
            raise HTTPException(403, "refused")
        return visitor

    async def form(
        self, request: Request, role: Role, subject: str
    ) -> tuple[Visitor, Mapping[str, str]]:
        """Who sends a form, and its fields; refuses one that is too long or not of our pages.

        ``subject`` is what the form is about: one of another week is not of these pages.
        """
        visitor = self.visitor(request, role)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_FORM:
                raise HTTPException(413, "forged")
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
        except ValueError:
            raise HTTPException(400, "forged") from None
        form = {field: texts[-1] for field, texts in fields.items()}
        require_token(form.get("token", ""), visitor, subject)
        return visitor, form

    def messages(self, request: Request) -> PageMessages:
        """The messages in the language that is asked for."""
        wish = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
        return PageMessages(wish if wish in LANGUAGES else self.language)

    def page(
        self,
        request: Request,
        template: str,
        context: Mapping[str, object],
        status: int = 200,
        *,
        visitor: Visitor | None = None,
    ) -> Response:
        """A rendered template; a language that was asked for is remembered."""
        messages = self.messages(request)
        path = request.url.path
        html = self._templates.get_template(template).render(
            {
                "messages": messages,
                "name": visitor.name if visitor else None,
                "rooms": self._addresses(visitor) if visitor else [],
                "path": path,
                "speaks": status == 200 and request.method == "GET" and path[:3] != "/m/",
                **context,
            }
        )
        response = HTMLResponse(html, status)
        if request.query_params.get("lang") in LANGUAGES:
            self._set_cookie(response, LANGUAGE, messages.language, LANGUAGE_SECONDS)
        return response

    def _addresses(self, visitor: Visitor) -> list[str]:
        return [ROOMS[room.role] for room in self.rooms if room.role in visitor.roles]

    def _set_cookie(self, response: Response, name: str, content: str, seconds: int) -> None:
        response.set_cookie(
            name, content, seconds, secure=self._secure, httponly=True, samesite="strict"
        )

    async def refuse(self, request: Request, error: Exception) -> Response:
        """An error as a page; its detail names the message."""
        assert isinstance(error, HTTPException)
        own = frozenset().union(*(room.refusals for room in self.rooms))
        is_known = error.detail in {"refused", "forged", "no_room", *own}
        context = {"reason": error.detail if is_known else "unknown"}
        if wants_json(request):
            reason = self.messages(request)[context["reason"]]
            return JSONResponse({"reason": reason}, error.status_code)
        return self.page(request, "refused.html", context, error.status_code)

    async def explain(self, request: Request, error: Exception) -> Response:
        """What a room lacks before it can be opened, as a page."""
        assert isinstance(error, WebError)
        if wants_json(request):
            return JSONResponse({"reason": str(error)}, 404)
        context = {"reason": "not_ready", "what": str(error)}
        return self.page(request, "refused.html", context, 404)


def wants_json(request: Request) -> bool:
    """Whether a program asks, such as ``pantau inspect browse``."""
    return request.headers.get("accept") == JSON


def require_token(token: str, visitor: Visitor, subject: str) -> None:
    """Refuse (403) a form that did not come from the visitor's own page about ``subject``."""
    expected = form_token(visitor.session, subject)
    if not hmac.compare_digest(token.encode(), expected.encode()):
        raise HTTPException(403, "forged")
