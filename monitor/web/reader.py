"""The reader's room: the editions of a home as they lie in its folder of reports."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.model import Role
from monitor.web.site import ROOMS, Site

# A folder of an edition, and the folders of cases and platforms; drafts lie in none of these.
_FOLDER = re.compile(
    r"\d{4}-W\d\d/(?:provisional|final|corrected)(?:-\d+)?(?:/media)?|(?:cases|platforms)(?:/[\w-]+)*"
)
_FILE = re.compile(
    r"[A-Za-z0-9][\w.-]*\.(?:html|json|csv|xlsx|pdf|xml|txt|svg|png|jpe?g|webp|gif|avif)"
)
_OFFERS = re.compile(r"offers(?:-\d+)?(?:\.en)?\.html")
_OFFERS_SCRIPT = re.compile(r"offers-\d+(?:\.en)?\.js")
_INDEX = re.compile(r"(?:index|feed)(?:\.en)?\.(?:html|xml)")
_CLOSED = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_DOCUMENT = f"{_CLOSED}; sandbox"
# The pages allow their own styles and script by hash; here only what they may name at all.
_PAGE = f"{_CLOSED}; style-src 'unsafe-inline'; img-src 'self' data:"
_SEARCH_PAGE = f"{_PAGE}; script-src 'unsafe-inline'"
_OFFERS_PAGE = f"{_SEARCH_PAGE} 'self'"


class ReaderPages:
    """The files of inside editions, read-only; nothing else of the folder can be reached."""

    role = Role.reader
    refusals = frozenset({"no_file"})

    def __init__(self, site: Site, folder: Path) -> None:
        self._site = site
        self._folder = folder

    def routes(self) -> Sequence[BaseRoute]:
        """All routes."""
        return [Route("/", self.show_index), Route("/{path:path}", self.show)]

    async def show_index(self, request: Request) -> Response:
        """The archive of all editions; a page that says so where there is none yet."""
        visitor = self._site.visitor(request, self.role)
        names = ["index.html", "index.en.html"]
        if self._site.messages(request).language == "en":
            names.reverse()
        for name in names:
            if readable(self._folder, name):
                return RedirectResponse(f"{ROOMS[self.role]}{name}", 303)
        return self._site.page(request, "no_editions.html", {}, visitor=visitor)

    async def show(self, request: Request) -> Response:
        """A file of an edition, or the index of all."""
        self._site.visitor(request, self.role)
        address = request.path_params["path"]
        path = readable(self._folder, address)
        if path is None:
            raise HTTPException(404, "no_file")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        policy = _DOCUMENT
        if path.suffix == ".html":
            policy = _PAGE if "/" in address else _SEARCH_PAGE
            if _OFFERS.fullmatch(path.name):
                policy = _OFFERS_PAGE
        return FileResponse(path, media_type=kind, headers={"Content-Security-Policy": policy})


def readable(folder: Path, address: str) -> Path | None:
    """The file at an address below ``folder``, where a reader may see it; else None.

    It lies in an edition, or is the index of all; no part of the way to it is a symbolic link.
    """
    parent, _, name = address.rpartition("/")
    in_edition = _FOLDER.fullmatch(parent) and (
        _FILE.fullmatch(name) or _OFFERS_SCRIPT.fullmatch(name)
    )
    if not in_edition and not _INDEX.fullmatch(address):
        return None
    path = folder / address
    try:
        is_itself = path.resolve(strict=True) == folder.resolve(strict=True) / address
    except (OSError, RuntimeError):
        return None
    return path if is_itself and path.is_file() else None
