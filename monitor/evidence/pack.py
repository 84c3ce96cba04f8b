"""One listing's evidence as a WACZ (Webrecorder's format, version 1.1.1) to hand over.

The archive holds the responses the listing was read from, byte for byte as in the evidence except
that headers with cookies or tokens are left out, the visit to its own page with the screenshot,
and under ``logs/`` the listing as JSON, the screenshot and the manifests that seal all of it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import msgspec
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders

from monitor.evidence.wacz import wacz
from monitor.evidence.warc import EvidenceError, EvidenceStore, packed, record_of
from monitor.model import DetailVisit, Listing, ResponseRecord, Value, to_json

_SECRET = ("cookie", "authorization", "token", "csrf", "session", "x5sec")


class Packed(Value):
    """What stands in ``logs/listing.json``."""

    listing: Listing
    pages: tuple[ResponseRecord, ...]
    visits: tuple[DetailVisit, ...]
    note: str = "This is what our crawler received; manifests in this folder carry its hashes."


def pack(
    folder: Path,
    out: Path,
    *,
    listing: Listing,
    pages: Sequence[ResponseRecord],
    visits: Sequence[DetailVisit] = (),
) -> Path:
    """Write the WACZ ``out`` from the evidence in ``folder`` and return its path.

    ``pages`` are the responses the listing was read from. Raises ``EvidenceError`` where none of
    them is kept, or one cannot be read.
    """
    records = [*pages, *(visit.received for visit in visits if visit.received)]
    pointers = dict.fromkeys(record.evidence for record in records if record.evidence)
    if not pointers:
        raise EvidenceError(f"{listing.platform}/{listing.item_id}: no evidence was kept for it")
    store = EvidenceStore(folder)
    copies = [_copy(store, pointer) for pointer in pointers]
    content = wacz(
        copies,
        archive=f"{archive_name(listing.platform, listing.item_id)}.warc.gz",
        pages=_page_list(listing, copies),
        logs=_logs(folder, listing, pages, visits),
        title=f"{listing.platform} {listing.item_id}: {listing.title}",
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    return out


def archive_name(platform: str, item_id: str) -> str:
    """A file's name for a listing, whatever its id holds: letters, digits, ``-`` and ``_``."""
    name = f"{platform}-{item_id[:80]}"
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)


def _logs(
    folder: Path,
    listing: Listing,
    pages: Sequence[ResponseRecord],
    visits: Sequence[DetailVisit],
) -> dict[str, bytes]:
    """What lies beside the records, by name."""
    listing_log = Packed(listing=listing, pages=tuple(pages), visits=tuple(visits))
    files = [*sorted(folder.glob("manifest-*.json"))]
    files += [folder / visit.screenshot for visit in visits if visit.screenshot]
    return {
        "listing.json": msgspec.json.format(to_json(listing_log), indent=1),
        **{path.name: path.read_bytes() for path in files if path.exists()},
    }


def _copy(evidence: EvidenceStore, pointer: str) -> bytes:
    """The gzip member a pointer refers to, rewritten only where a header must go."""
    member = evidence.member(pointer)
    record = record_of(member.unpacked)
    http = record.http_headers
    if http is None or not any(_is_secret(name) for name, _ in http.headers):
        return member.packed
    fields = [(name, field) for name, field in http.headers if not _is_secret(name)]
    record.http_headers = StatusAndHeaders(http.statusline, fields, protocol=http.protocol)
    body = record.raw_stream.read()
    record.raw_stream = io.BytesIO(body)
    record.payload_length = len(body)
    record.rec_headers.remove_header("WARC-Block-Digest")
    return packed(record)


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET)


def _page_list(listing: Listing, copies: Sequence[bytes]) -> bytes:
    lines = [{"format": "json-pages-1.0", "id": "pages", "title": "Pages"}]
    for number, copy in enumerate(copies):
        fields = next(iter(ArchiveIterator(io.BytesIO(copy)))).rec_headers
        url, date = fields.get_header("WARC-Target-URI"), fields.get_header("WARC-Date")
        lines.append({"id": f"page-{number}", "url": url, "ts": date, "title": listing.title})
    return b"\n".join(map(msgspec.json.encode, lines)) + b"\n"
