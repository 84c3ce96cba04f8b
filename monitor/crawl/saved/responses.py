"""Saved files as responses: one reader a format, chosen by the file's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from scrapy.http import Headers, HtmlResponse

from monitor.config import PantauError

LARGEST_BODY = 64 * 2**20
LARGEST_FILE = 2**30


class SavedError(PantauError):
    """A saved file cannot be read; the message says why, without the file's name."""


class NoListingPageError(SavedError):
    """A file that is whole, and no listing page of a known platform."""


class SavedResponse(NamedTuple):
    """One response out of a file. ``raw`` is the body as the file has it, ``body`` its content.

    ``entry`` says where in the file it stands, None for the only one. ``url`` and ``observed_at``
    are None where the file does not tell.
    """

    body: bytes
    raw: bytes
    entry: str | None = None
    url: str | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    observed_at: datetime | None = None

    def as_response(self, name: str) -> HtmlResponse:
        """The same as Scrapy hands it to a spider; ``name`` stands in for an unknown URL."""
        fields = Headers({"Content-Type": self.header("content-type")})
        return HtmlResponse(
            self.url or f"file:{name}", self.status or 200, headers=fields, body=self.body
        )

    def header(self, name: str) -> str:
        """A header's first value, empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")


def read_document(path: Path) -> Iterator[SavedResponse]:
    """A JSON body or an HTML page; a browser's "save as" notes the address in a comment."""
    if path.stat().st_size > LARGEST_BODY:
        raise SavedError(f"larger than {LARGEST_BODY // 2**20} MiB")
    data = path.read_bytes()
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[", b"<"):
        raise NoListingPageError("no listing page: neither JSON nor HTML")
    saved_from = _SAVED_FROM.search(data[:4096])
    url = saved_from[1].decode("ascii", "replace") if saved_from else None
    yield SavedResponse(body=data, raw=data, url=url)


Reader = Callable[[Path], Iterator[SavedResponse]]

READERS: dict[str, Reader] = {
    ".json": read_document,
    ".html": read_document,
    ".htm": read_document,
}


def reader_of(path: Path) -> Reader | None:
    """The reader for a file's name, None where no format is known for it."""
    name = path.name.lower()
    return next((READERS[end] for end in sorted(READERS, key=len) if name.endswith(end)), None)


def responses(path: Path) -> Iterator[SavedResponse]:
    """The responses in a file; raises ``SavedError``."""
    reader = reader_of(path)
    if reader is None:
        raise NoListingPageError(f"no listing page: none of {' '.join(sorted(READERS))}")
    try:
        size = path.stat().st_size
        if not size:
            raise SavedError("empty file")
        if size > LARGEST_FILE:
            raise SavedError(f"larger than {LARGEST_FILE // 2**20} MiB")
        yield from reader(path)
    except OSError as error:
        raise SavedError(f"cannot be read: {error.strerror or error}") from error
