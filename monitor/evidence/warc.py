"""Responses as received, in WARC 1.1 files (ISO 28500): one file a week, platform and run.

What is hashed, to be precise: the body our HTTP client handed over, with the transfer coding
(chunks) taken off and the content coding (gzip, br) still on. Where a saved file has the content
coding off as well, its ``Content-Encoding`` header is kept under an ``X-Archive-Orig-`` name. The
records say "this is what our crawler received", no more.

Every record is one gzip member, written in one piece and synced before its pointer is given out.
A process killed in the middle leaves the beginning of a member at the end of a file, to which no
pointer refers; it is put aside before anything is appended or sealed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self
from uuid import NAMESPACE_URL, uuid5

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.timeutils import datetime_to_iso_date
from warcio.warcwriter import WARCWriter

from monitor.config import PantauError
from monitor.model import ResponseRecord

CHUNK = 1 << 16
_BUILDER = RecordBuilder(warc_version="1.1")


class EvidenceError(PantauError):
    """Evidence is missing, damaged or misused; the message names the file."""


class WarcRecord(NamedTuple):
    """A record read back: what the pointer points to."""

    url: str
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes


class EvidenceStore:
    """Writer and reader of the evidence below ``folder``; ``run`` names this run's files."""

    def __init__(
        self, folder: Path, *, run: str | int = "saved", about: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.run = str(run)
        self._about = dict(about or {})
        self._open: dict[tuple[str, str], BinaryIO] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files and release their locks."""
        while self._open:
            self._open.popitem()[1].close()

    def keep(
        self,
        *,
        week: str,
        platform: str,
        url: str,
        status: int | None,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        at: datetime | None,
        stripped: bytes | None = None,
        decoded: bool = False,
        truncated: bool = False,
        rendered: bool = False,
    ) -> ResponseRecord:
        """Keep one response and say where; ``stripped`` is kept in place of ``body`` where given.

        ``status`` None (a saved file) makes a WARC ``resource``, ``rendered`` (a page's document
        after its scripts ran) a ``conversion``. ``at`` None is dated with the time of keeping.
        """
        fields = list(headers)
        stored_body = body if stripped is None else stripped
        by_name = {name.lower(): field for name, field in fields}
        date = (at or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
        extra = {
            "WARC-Date": datetime_to_iso_date(date, use_micros=True),
            "WARC-Payload-Digest": f"sha256:{_sha256(stored_body)}",
        }
        if truncated:
            extra["WARC-Truncated"] = "disconnect"
        if stripped is not None:
            extra["X-Pantau-Received"] = f"sha256:{_sha256(body)}"
        form: dict[str, Any]
        if status is None or rendered:
            kind = "conversion" if rendered else "resource"
            form = {"warc_content_type": by_name.get("content-type", "application/octet-stream")}
        else:
            kind, form = "response", {"http_headers": _http_headers(status, fields, decoded)}
        record = _BUILDER.create_warc_record(
            url,
            kind,
            payload=BytesIO(stored_body),
            length=len(stored_body),
            warc_headers_dict=extra,
            **form,
        )
        path, offset = self._append(week, platform, packed(record))
        return ResponseRecord(
            url=url,
            size=len(body),
            sha256=_sha256(body),
            status=status,
            content_type=by_name.get("content-type"),
            sha256_kept=None if stripped is None else _sha256(stripped),
            evidence=f"{path.relative_to(self.folder).as_posix()}#{offset}",
        )

    def keep_file(self, *, week: str, name: str, content: bytes) -> tuple[str, str]:
        """Keep a new file (a screenshot) beside the records; returns its path and SHA-256."""
        path = self.folder / week / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
            _sync(file)
        return f"{week}/{name}", _sha256(content)

    def read(self, pointer: str) -> WarcRecord:
        """The record at ``<file>#<offset>``; raises ``EvidenceError``."""
        member = self.member(pointer)
        if is_erased(member.unpacked):
            raise EvidenceError(f"{pointer}: was erased (UU 27/2022); tombstones.jsonl says when")
        return _record(member, pointer)

    def member(self, pointer: str) -> Member:
        """The gzip member at ``<file>#<offset>``; raises ``EvidenceError``."""
        name, _, offset = pointer.rpartition("#")
        path = self.folder / name
        if not offset.isdigit() or not path.resolve().is_relative_to(self.folder.resolve()):
            raise EvidenceError(f"{pointer}: is not a pointer into {self.folder}")
        try:
            with path.open("rb") as file:
                member = next(members(file, int(offset)), None)
        except (OSError, DamagedError) as error:
            raise EvidenceError(f"{pointer}: cannot be read: {error}") from error
        if member is None:
            raise EvidenceError(f"{pointer}: cannot be read: no whole record there")
        return member

    def _append(self, week: str, platform: str, member: bytes) -> tuple[Path, int]:
        """Write a record to the run's file and sync it; returns the path and where it begins."""
        file = self._open.get((week, platform))
        if file is None:
            file = self._open[week, platform] = self._start(week, platform)
        offset = file.seek(0, os.SEEK_END)
        file.write(member)
        _sync(file)
        return Path(file.name), offset

    def _start(self, week: str, platform: str) -> BinaryIO:
        """The run's file, locked; a further part of it where that is sealed or damaged."""
        folder = self.folder / week
        folder.mkdir(parents=True, exist_ok=True)
        sealed = sealed_paths(self.folder)
        for part in count(1):
            name = f"{platform}-{self.run}{f'.{part}' if part > 1 else ''}.warc.gz"
            if f"{week}/{name}" in sealed:
                continue
            file = (folder / name).open("a+b")
            fcntl.flock(file, fcntl.LOCK_EX)
            if mend(file):
                break
            file.close()
        if file.seek(0, os.SEEK_END) == 0:
            about = {"format": "WARC File Format 1.1", "robots": "obeyed", **self._about}
            file.write(packed(_BUILDER.create_warcinfo_record(name, about)))
            _sync(file)
        return file


class Member(NamedTuple):
    """One gzip member, which is one record: where it stands, and both its forms."""

    offset: int
    packed: bytes
    unpacked: bytes


class DamagedError(Exception):
    """A member whose content is wrong (not one that merely ends too early)."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"damaged at byte {offset}")
        self.offset = offset


def members(file: BinaryIO, offset: int = 0) -> Iterator[Member]:
    """Yield the whole members from ``offset`` on, their checksums proven; raises ``DamagedError``.

    The unfinished one that a kill leaves at the end is not damage and ends the file.
    """
    file.seek(offset)
    inflate, packed, unpacked = zlib.decompressobj(wbits=31), bytearray(), bytearray()
    while chunk := file.read(CHUNK):
        while chunk:
            try:
                unpacked += inflate.decompress(chunk)
            except zlib.error as error:
                raise DamagedError(offset) from error
            packed += chunk
            chunk = inflate.unused_data
            if inflate.eof:
                length = len(packed) - len(chunk)
                yield Member(offset, bytes(packed[:length]), bytes(unpacked))
                offset += length
                inflate, packed, unpacked = zlib.decompressobj(wbits=31), bytearray(), bytearray()


_WARCINFO = b"WARC/1.1\r\nWARC-Type: warcinfo"
_ERASED = b"WARC/1.1\r\nWARC-Type: metadata\r\nX-Pantau-Erased: "


def erased_record(length: int, at: datetime) -> bytes:
    """A record without content that says when another one was erased, in ``length`` bytes.

    It is a gzip member (RFC 1952) whose comment field makes it as long as that; the same time and
    length give the same bytes. Raises ``EvidenceError`` where so few bytes hold none.
    """
    date = datetime_to_iso_date(at.astimezone(UTC).replace(tzinfo=None))
    number = uuid5(NAMESPACE_URL, f"urn:pantau:erased:{date}:{length}")
    fields = f"{date}\r\nWARC-Date: {date}\r\nWARC-Record-ID: <urn:uuid:{number}>"
    text = _ERASED + f"{fields}\r\nContent-Length: 0\r\n\r\n\r\n\r\n".encode()
    deflate = zlib.compressobj(9, wbits=-15)
    body = deflate.compress(text) + deflate.flush()
    header = bytes([0x1F, 0x8B, 8, 0x10, 0, 0, 0, 0, 0, 0xFF])
    trailer = struct.pack("<II", zlib.crc32(text), len(text))
    filler = length - len(header) - 1 - len(body) - len(trailer)
    if filler < 0:
        raise EvidenceError(f"a record of {length} bytes is too short to be erased alone")
    return header + b" " * filler + b"\0" + body + trailer


def is_erased(unpacked: bytes) -> bool:
    """Whether a record is what stands in the place of an erased one."""
    return unpacked.startswith(_ERASED)


def record_at(content: bytes, offset: int, name: str) -> Member:
    """The record at ``offset`` of a file's ``content``; raises ``EvidenceError`` naming it."""
    try:
        member = next(members(BytesIO(content), offset), None)
    except DamagedError as error:
        raise EvidenceError(f"{name}: {error}") from error
    if member is None:
        raise EvidenceError(f"{name}: no whole record at byte {offset}")
    return member


def records(path: Path) -> Iterator[tuple[int, WarcRecord]]:
    """The responses in a file with their offsets; raises ``EvidenceError`` at a damaged record."""
    with path.open("rb") as file:
        try:
            for member in members(file):
                if not member.unpacked.startswith((_WARCINFO, _ERASED)):
                    yield member.offset, _record(member, f"{path.name}#{member.offset}")
        except DamagedError as error:
            raise EvidenceError(f"{path.name}: {error}") from error


def record_of(unpacked: bytes) -> Any:
    """The warcio record in a member; raises ``ArchiveLoadFailed`` where its digest differs."""
    return next(iter(ArchiveIterator(BytesIO(unpacked), check_digests="raise")))


def _record(member: Member, name: str) -> WarcRecord:
    """A member read back and held against its hash; raises ``EvidenceError`` naming ``name``."""
    try:
        record = record_of(member.unpacked)
        body = record.raw_stream.read()
        http, fields = record.http_headers, record.rec_headers
        if fields.get_header("WARC-Payload-Digest") != f"sha256:{_sha256(body)}":
            raise ArchiveLoadFailed("the body is not the one that was hashed")
        url = fields.get_header("WARC-Target-URI")
        if http:
            return WarcRecord(url, int(http.get_statuscode()), tuple(http.headers), body)
        return WarcRecord(
            url, None, (("Content-Type", fields.get_header("Content-Type") or ""),), body
        )
    except (ArchiveLoadFailed, StopIteration, ValueError) as error:
        raise EvidenceError(f"{name}: cannot be read: {error or 'no record'}") from error


def whole_length(file: BinaryIO) -> int:
    """At which byte the last whole member ends; raises ``DamagedError``."""
    end = 0
    for member in members(file):
        end = member.offset + len(member.packed)
    return end


def mend(file: BinaryIO) -> bool:
    """Move the unfinished record that a kill left at the end of a file into one of its own.

    Returns False, and changes nothing, where a file is damaged.
    """
    try:
        end = whole_length(file)
    except DamagedError:
        return False
    file.seek(end)
    if rest := file.read():
        path = Path(file.name)
        with path.with_name(f"{path.name}.unfinished-{end}").open("wb") as aside:
            aside.write(rest)
            _sync(aside)
        file.truncate(end)
    return True


def sealed_paths(folder: Path) -> set[str]:
    """Paths of files that a manifest names: nothing is appended to them any more."""
    manifests = (path.read_text(encoding="utf-8") for path in folder.glob("manifest-*.json"))
    return {name for text in manifests for name in re.findall(r'"path":\s*"([^"]+)"', text)}


def _http_headers(status: int, fields: list[tuple[str, str]], decoded: bool) -> StatusAndHeaders:
    """A response's status and headers; a coding no longer on the body is under another name."""
    removed = {"transfer-encoding"} | ({"content-encoding"} if decoded else set())
    renamed = [
        (f"X-Archive-Orig-{name}" if name.lower() in removed else name, field)
        for name, field in fields
    ]
    line = f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else f"{status}"
    return StatusAndHeaders(line, renamed, protocol="HTTP/1.1")


def packed(record: Any) -> bytes:
    """A warcio record as a gzip member of its own."""
    buffer = BytesIO()
    WARCWriter(buffer, gzip=True, warc_version="1.1").write_record(record)
    return buffer.getvalue()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
