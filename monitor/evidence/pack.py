"""One listing's evidence as a WACZ (Webrecorder's format, version 1.1.1) to hand over.

The archive holds the responses the listing was read from, byte for byte as in the evidence except
that headers with cookies or tokens are left out, the visit to its own page with the screenshot,
and under ``logs/`` the listing as JSON, the screenshot and the manifests that seal all of it.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders

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
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        archive = work / f"{archive_name(listing.platform, listing.item_id)}.warc.gz"
        copies = [_copy(EvidenceStore(folder), pointer) for pointer in pointers]
        archive.write_bytes(b"".join(copies))
        _write_logs(work / "logs", folder, listing, pages, visits)
        (work / "pages.jsonl").write_bytes(_page_list(listing, copies))
        _create_wacz(work, archive, out, listing)
    return out


def archive_name(platform: str, item_id: str) -> str:
    """A file's name for a listing, whatever its id holds: letters, digits, ``-`` and ``_``."""
    name = f"{platform}-{item_id[:80]}"
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)


def _write_logs(
    logs: Path,
    folder: Path,
    listing: Listing,
    pages: Sequence[ResponseRecord],
    visits: Sequence[DetailVisit],
) -> None:
    logs.mkdir()
    listing_log = Packed(listing=listing, pages=tuple(pages), visits=tuple(visits))
    (logs / "listing.json").write_bytes(msgspec.json.format(to_json(listing_log), indent=1))
    for manifest in folder.glob("manifest-*.json"):
        shutil.copy(manifest, logs)
    for visit in visits:
        if visit.screenshot and (folder / visit.screenshot).exists():
            shutil.copy(folder / visit.screenshot, logs)


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


def _create_wacz(work: Path, archive: Path, out: Path, listing: Listing) -> None:
    from wacz.main import main as wacz

    output = io.StringIO()
    draft = work / "listing.wacz"
    arguments = ["create", "--output", str(draft), "--log-directory", str(work / "logs")]
    arguments += ["--pages", str(work / "pages.jsonl"), "--copy-pages", "--hash-type", "sha256"]
    arguments += ["--title", f"{listing.platform} {listing.item_id}: {listing.title}"]
    with contextlib.redirect_stdout(output):
        failed = wacz([*arguments, str(archive)])
    if failed:
        raise EvidenceError(f"{out}: {output.getvalue().strip().splitlines()[-1]}")
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(draft, out)
