"""A response out of a saved file, and what can be wrong with such a file."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import brotli
from scrapy.http import Headers, HtmlResponse

from monitor.config import PantauError
from monitor.evidence import WarcRecord

LARGEST_BODY = 16 * 2**20
_TOO_LARGE = (
    f"a body larger than {LARGEST_BODY // 2**20} MiB; save the page alone, with no pictures inside"
)
_BEGINNINGS = (b"{", b"[", b"<")


def begins_as_page(body: bytes) -> bool:
    """Whether a body begins as a JSON document or as HTML does."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in _BEGINNINGS


class SavedError(PantauError):
    """A saved file cannot be read; the message says why, without the file's name."""


class TooLargeError(SavedError):
    """A body is larger than any page."""


class NoListingPageError(SavedError):
    """A file that is whole, and no listing page of a known platform."""


class OnlyRefusalsError(SavedError):
    """An archive in which a platform refuses every page."""


class NoBodiesError(SavedError):
    """A log of requests that holds none of the answers."""


class Damaged(NamedTuple):
    """An entry of a file that cannot be read, and why; the others can."""

    entry: str
    reason: str


class SavedResponse(NamedTuple):
    """One response. ``raw`` is the body as the file has it, ``body`` without content coding.

    ``entry`` says where in the file it stands, None for the only one. ``url``, ``status`` and
    ``observed_at`` are None where the file does not tell.
    """

    body: bytes
    raw: bytes
    entry: str | None = None
    url: str | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    observed_at: datetime | None = None

    def header(self, name: str) -> str:
        """A header's first value, empty where there is none."""
        return next((field for key, field in self.headers if key.lower() == name), "")

    def as_response(self, name: str = "response") -> HtmlResponse:
        """The same as Scrapy hands it to a spider; ``name`` stands in for an unknown URL."""
        # The body has been turned into UTF-8 (``in_utf8``), whatever its header still says.
        kind = re.sub(
            r";\s*charset=\W*utf-?(16|32)[^;]*", "", self.header("content-type"), flags=re.I
        )
        fields = Headers({"Content-Type": kind})
        return HtmlResponse(
            self.url or f"file:{name}", self.status or 200, headers=fields, body=self.body
        )


def decoded(raw: bytes, coding: str) -> bytes:
    """A body without its content coding; raises ``SavedError`` for one that cannot be read.

    Archives often keep the header of a coding that they have taken off: a body that begins as a
    page does stays as it is, unless it is Brotli's, which often begins with ``[``.
    """
    body = raw
    for name in reversed([part.strip().lower() for part in coding.split(",")]):
        if name in {"", "identity"} or (name != "br" and begins_as_page(body)):
            continue
        if name not in _DECODERS:
            raise SavedError(f"content coding {name} cannot be read")
        try:
            body = within_limit(_DECODERS[name](body))
        except (zlib.error, brotli.error) as error:
            if begins_as_page(body):
                continue
            raise SavedError(f"content coding {name}: {error}") from error
    return in_utf8(within_limit(body))


def in_utf8(body: bytes) -> bytes:
    """The body; one in UTF-16 or UTF-32 (RFC 8259 knows them by their zero bytes) in UTF-8."""
    coding = json.detect_encoding(body[:4])
    if not coding.startswith(("utf-16", "utf-32")):
        return body
    return body.decode(coding, "replace").encode("utf-8", "replace")


def _inflated(wbits: int) -> Callable[[bytes], bytes]:
    return lambda raw: zlib.decompressobj(wbits).decompress(raw, LARGEST_BODY + 1)


def _deflated(raw: bytes) -> bytes:
    try:
        return _inflated(15)(raw)
    except zlib.error:
        # Some servers send the bare stream, without the header that RFC 9110 asks for.
        return _inflated(-15)(raw)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _inflated(31),
    "x-gzip": _inflated(31),
    "deflate": _deflated,
    "br": lambda raw: brotli.Decompressor().process(raw, output_buffer_limit=LARGEST_BODY + 1),
}


def within_limit(body: bytes) -> bytes:
    """The body; raises ``TooLargeError`` where it is larger than any page."""
    if len(body) > LARGEST_BODY:
        raise TooLargeError(_TOO_LARGE)
    return body


def from_evidence(record: WarcRecord) -> SavedResponse:
    """A response that the evidence keeps, to be read again."""
    coding = next(
        (field for name, field in record.headers if name.lower() == "content-encoding"), ""
    )
    return SavedResponse(
        body=decoded(record.body, coding),
        raw=record.body,
        url=record.url,
        status=record.status,
        headers=record.headers,
    )
