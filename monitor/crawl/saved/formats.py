"""The formats in which people and crawlers save pages: JSON, HTML, MHTML, HAR, WARC and WACZ."""

from __future__ import annotations

import base64
import email
import email.policy
import email.utils
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from lzma import LZMAError
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import DecompressingBufferedReader
from warcio.exceptions import ArchiveLoadFailed

from monitor.crawl.saved_responses import (
    LARGEST_BODY,
    Damaged,
    NoBodiesError,
    NoListingPageError,
    SavedError,
    SavedResponse,
    begins_as_page,
    decoded,
    in_utf8,
    within_limit,
)
from monitor.crawl.spider import host_of

LARGEST_FILE = 2**30
LARGEST_LOG = 2**28
LARGEST_RATIO = 100
MOST_PARTS = 50_000
LONGEST_LINE = 2**20
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")
_SURROGATES = re.compile(rb"(\\ud[89ab]..\\+ud[c-f]..)|\\ud[89a-f]..", re.IGNORECASE)
"""A pair of surrogates in JSON (kept), or half a pair, which no UTF-8 has."""
_PAGES = {"response", "resource", "conversion"}

# warcio stumbles over records without a type or an address.
_BROKEN = (
    ArchiveLoadFailed,
    AttributeError,
    EOFError,
    LZMAError,
    OSError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

Entries = Iterator[SavedResponse | Damaged]
"""The responses in a file, and the entries of it that cannot be read."""


def read_document(path: Path) -> Entries:
    """A JSON body or an HTML page; a browser's "save as" notes the address in a comment."""
    with path.open("rb") as file:
        raw = within_limit(file.read(LARGEST_BODY + 1))
    body = in_utf8(raw)
    if not begins_as_page(body):
        raise NoListingPageError("no listing page: neither JSON nor HTML")
    saved_from = _SAVED_FROM.search(body[:4096])
    url = saved_from[1].decode("ascii", "replace") if saved_from else None
    yield SavedResponse(body=body, raw=raw, url=url)


def read_mhtml(path: Path) -> Entries:
    """The first HTML part of a page saved as one file (RFC 2557), with its address and date."""
    try:
        content = _whole(path)
        if content.count(b"\n--") > MOST_PARTS:
            raise SavedError(f"no MHTML: more than {MOST_PARTS:,} parts")
        message = email.message_from_bytes(content, policy=email.policy.compat32)
        parts = (part for part in message.walk() if part.get_content_type() == "text/html")
        root = next(parts, None)
        body = root.get_payload(decode=True) if root else None
    except RecursionError as error:
        raise SavedError("no MHTML: nested too deeply") from error
    if root is None or not isinstance(body, bytes) or not body.strip():
        raise SavedError("no MHTML: no part of it is HTML")
    url = message.get("Snapshot-Content-Location") or root.get("Content-Location")
    yield SavedResponse(
        body=within_limit(body),
        raw=body,
        url=str(url) if url else None,
        headers=(("Content-Type", str(root.get("Content-Type", "text/html"))),),
        observed_at=_mail_date(str(message.get("Date", ""))),
    )


def _mail_date(words: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(words)
        # RFC 5322 writes UTC of an unknown zone as -0000, which Python reads as a naive time.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


class _Header(msgspec.Struct):
    name: str
    value: str


class _Content(msgspec.Struct):
    text: str | None = None
    encoding: str | None = None


class _Answer(msgspec.Struct):
    status: int
    content: _Content
    headers: tuple[_Header, ...] = ()


class _Request(msgspec.Struct):
    url: str


class _Entry(msgspec.Struct):
    startedDateTime: str  # noqa: N815
    request: _Request
    response: _Answer
    from_worker: bool = msgspec.field(name="_fromServiceWorker", default=False)
    fetched_via_worker: bool = msgspec.field(name="_fetchedViaServiceWorker", default=False)

    @property
    def is_stored_answer(self) -> bool:
        """Whether the browser answered by itself: when the page was written is not known then."""
        return self.from_worker or self.fetched_via_worker or not self.response.status


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw]


class _Archive(msgspec.Struct):
    log: _Log


def read_har(path: Path) -> Entries:
    """The answers in a log of a browser's developer tools (HTTP Archive 1.2)."""
    try:
        # Entry by entry: what the whole log unpacks to may not fit in memory.
        content = _SURROGATES.sub(lambda pair: pair[1] or rb"\ufffd", in_utf8(_whole(path)))
        archive = msgspec.json.decode(content, type=_Archive)
    except msgspec.ValidationError as error:
        raise SavedError("no HAR: log.entries is missing") from error
    except (ValueError, RecursionError) as error:
        raise SavedError(f"no HAR: {error}"[:160]) from error
    has_bodies = not archive.log.entries
    for number, entry in enumerate(archive.log.entries):
        name = f"entry {number}"
        try:
            if response := _har_response(msgspec.convert(json.loads(bytes(entry)), _Entry), name):
                has_bodies = True
                yield response
        except (ValueError, OverflowError, RecursionError, SavedError) as error:
            has_bodies = True
            yield Damaged(name, f"{error}"[:160])
    if not has_bodies:
        raise NoBodiesError("a HAR without the answers; save it anew, with content")


def _har_response(entry: _Entry, name: str) -> SavedResponse | None:
    content = entry.response.content
    if not content.text:
        return None
    coded = content.encoding == "base64"
    text = content.text
    body = base64.b64decode(text, validate=True) if coded else text.encode("utf-8", "replace")
    started = datetime.fromisoformat(entry.startedDateTime)
    return SavedResponse(
        body=within_limit(body),
        raw=body,
        entry=name,
        url=entry.request.url,
        status=entry.response.status or None,
        headers=tuple((field.name, field.value) for field in entry.response.headers),
        observed_at=None
        if entry.is_stored_answer or not started.tzinfo
        else started.astimezone(UTC),
    )


def _whole(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_LOG:
        raise SavedError(f"larger than {LARGEST_LOG // 2**20} MiB")
    return path.read_bytes()


def read_warc(path: Path) -> Entries:
    """The responses in a WARC file (ISO 28500), compressed or not."""
    with path.open("rb") as file:
        yield from _records(file, "", path.stat().st_size)


def read_wacz(path: Path) -> Entries:
    """The responses in the WARC files of a WACZ package."""
    try:
        with zipfile.ZipFile(path) as package:
            members = [
                info
                for info in package.infolist()
                if info.filename.lower().endswith((".warc", ".warc.gz"))
            ]
            unpacked = sum(info.file_size for info in members)
            packed = sum(info.compress_size for info in members)
            if unpacked > LARGEST_FILE:
                raise SavedError(f"unpacks to more than {LARGEST_FILE // 2**20} MiB")
            if unpacked > LARGEST_RATIO * packed + LARGEST_BODY:
                raise SavedError(f"unpacks to more than {LARGEST_RATIO} times its size")
            if not members:
                raise SavedError("no WACZ: no WARC file in it")
            for info in members:
                with package.open(info) as file:
                    yield from _records(file, f"{info.filename} ", info.file_size)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise SavedError(f"no WACZ: {error}") from error


class _BoundedReader(DecompressingBufferedReader):  # type: ignore[misc]
    """Unpacks at most ``most`` bytes, and no line longer than ``LONGEST_LINE``.

    Raises ``ArchiveLoadFailed`` for more: a few packed kilobytes may hold one line of gigabytes.
    """

    def __init__(self, file: BinaryIO | Any, most: int) -> None:
        super().__init__(file)
        self._most = most

    def _process_read(self, data: bytes) -> None:
        super()._process_read(data)
        if self.num_read > self._most:
            raise ArchiveLoadFailed(f"unpacks to more than {LARGEST_RATIO} times its size")

    def readline(self, length: int | None = None) -> bytes:
        """The next line, or its first ``length`` bytes."""
        line: bytes = super().readline(min(length or LONGEST_LINE, LONGEST_LINE))
        if len(line) == LONGEST_LINE != length and not line.endswith(b"\n"):
            raise ArchiveLoadFailed("a line without end")
        return line


def _records(file: BinaryIO | Any, prefix: str, size: int) -> Entries:
    records = ArchiveIterator(file)
    records.reader = _BoundedReader(records.fh, LARGEST_RATIO * size + LARGEST_BODY)
    number = -1
    try:
        for number, record in enumerate(records):
            if record.rec_type not in _PAGES:
                continue
            try:
                yield _warc_response(record, f"{prefix}record {number}")
            except (SavedError, ValueError, OverflowError) as error:
                yield Damaged(f"{prefix}record {number}", str(error))
    except _BROKEN as error:
        where = f"after record {number}" if number >= 0 else "its first record"
        # warcio quotes the line that it stumbled over, which is noise in a damaged file.
        words = str(error).partition(", first line")[0]
        words = "".join(character for character in words if character.isprintable())
        yield Damaged(f"{prefix}{where}", f"damaged: {words}"[:160])


def _warc_response(record: Any, name: str) -> SavedResponse:
    http, about = record.http_headers, record.rec_headers
    fields = tuple(http.headers) if http else ()
    if not http:
        fields = (("Content-Type", about.get_header("Content-Type") or ""),)
    raw = within_limit(record.raw_stream.read(LARGEST_BODY + 1))
    coding = (http.get_header("Content-Encoding") if http else None) or ""
    moment = about.get_header("WARC-Date")
    return SavedResponse(
        body=decoded(raw, coding),
        raw=raw,
        entry=name,
        url=about.get_header("WARC-Target-URI"),
        status=int(http.get_statuscode()) if http and record.rec_type == "response" else None,
        headers=fields,
        observed_at=datetime.fromisoformat(moment).astimezone(UTC) if moment else None,
    )


READERS: dict[str, Callable[[Path], Entries]] = {
    ".har": read_har,
    ".htm": read_document,
    ".html": read_document,
    ".json": read_document,
    ".mht": read_mhtml,
    ".mhtml": read_mhtml,
    ".wacz": read_wacz,
    ".warc": read_warc,
    ".warc.gz": read_warc,
}


def responses(path: Path) -> Entries:
    """The responses in a file, by the end of its name; raises ``SavedError``."""
    reader = next((READERS[end] for end in READERS if path.name.lower().endswith(end)), None)
    try:
        size = path.stat().st_size
        if reader is None:
            raise NoListingPageError(f"no listing page: {path.suffix or 'such'} files are not read")
        if not size:
            raise SavedError("empty file")
        if size > LARGEST_FILE:
            raise SavedError(f"larger than {LARGEST_FILE // 2**20} MiB")
        for entry in reader(path):
            yield _clean(entry) if isinstance(entry, SavedResponse) else entry
    except OSError as error:
        raise SavedError(f"cannot be read: {error.strerror or error}") from error


def _clean(saved: SavedResponse) -> SavedResponse | Damaged:
    """The response with an address and headers that can be written down, line by line."""
    url = saved.url and _one_line(saved.url).strip()
    if url and not host_of(url) and "//" in url:
        return Damaged(saved.entry or "page", f"its address is none: {url:.80}")
    fields = tuple((_one_line(name), _one_line(field)) for name, field in saved.headers)
    return saved._replace(url=url or None, headers=fields)


def _one_line(words: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", words.encode("utf-8", "replace").decode())
