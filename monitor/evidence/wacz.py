"""The files of a WACZ: an index of the records, and hashes over all.

https://specs.webrecorder.net/wacz/1.1.1/
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.timeutils import iso_date_to_timestamp

_INDEXED = {"response", "resource"}
_DEFAULT_PORTS = {"http": 80, "https": 443}


def wacz(
    records: Sequence[bytes], *, archive: str, pages: bytes, logs: Mapping[str, bytes], title: str
) -> bytes:
    """A WACZ of ``records``, each a gzip member of the WARC file named ``archive``.

    ``pages`` is the list of pages as JSON lines, ``logs`` are further files by name.
    """
    lines = sorted(_index(records, archive))
    block = gzip.compress("".join(lines).encode(), mtime=0)
    files = {
        "pages/pages.jsonl": pages,
        "indexes/index.cdx.gz": block,
        "indexes/index.idx": _blocks(lines, block),
        f"archive/{archive}": b"".join(records),
    } | {f"logs/{name}": content for name, content in logs.items()}
    created = datetime.now(UTC)
    package = {
        "profile": "data-package",
        "resources": [
            {
                "name": PurePosixPath(path).name.lower(),
                "path": path,
                "hash": _sha256(content),
                "bytes": len(content),
            }
            for path, content in files.items()
        ],
        "title": title,
        "created": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "wacz_version": "1.1.1",
        "software": f"pantau-impor {version('pantau-impor')}",
    }
    files["datapackage.json"] = _json(package)
    digest = {"path": "datapackage.json", "hash": _sha256(files["datapackage.json"])}
    files["datapackage-digest.json"] = _json(digest)
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package_file:
        for path, content in files.items():
            info = zipfile.ZipInfo(path, created.timetuple()[:6])
            # What is packed already is stored as it is, so that a reader can go to a place in it.
            packed = path.endswith((".gz", ".png"))
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            package_file.writestr(info, content)
    return out.getvalue()


def _index(records: Sequence[bytes], archive: str) -> Iterator[str]:
    """A line of CDXJ for each record that a page can be shown from."""
    offset = 0
    for record in records:
        warc = next(iter(ArchiveIterator(BytesIO(record))))
        if warc.rec_type in _INDEXED:
            fields, http = warc.rec_headers, warc.http_headers
            url = fields.get_header("WARC-Target-URI")
            kind = (http or fields).get_header("Content-Type") or "unk"
            entry = {
                "url": url,
                "mime": kind.partition(";")[0].strip(),
                **({"status": http.get_statuscode()} if http else {}),
                "digest": fields.get_header("WARC-Payload-Digest"),
                "length": f"{len(record)}",
                "offset": f"{offset}",
                "filename": archive,
                "recordDigest": _sha256(record),
            }
            moment = iso_date_to_timestamp(fields.get_header("WARC-Date"))
            yield f"{sort_key(url)} {moment} {json.dumps(entry)}\n"
        offset += len(record)


def _blocks(lines: Sequence[str], block: bytes) -> bytes:
    """The index of the index, which is one block."""
    head = {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}
    where = {"offset": 0, "length": len(block), "digest": _sha256(block)}
    first = " ".join(lines[0].split(" ", 2)[:2]) if lines else "!"
    return f"!meta 0 {json.dumps(head)}\n{first} {json.dumps(where)}\n".encode()


def sort_key(url: str) -> str:
    """An address as replay looks it up (SURT): ``id,co,lazada)/catalog?page=1&q=batik``."""
    parts = urlsplit(url.lower())
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return url
    host = ",".join(reversed(re.sub(r"^www\d*\.", "", parts.hostname).split(".")))
    port = f":{parts.port}" if parts.port not in {None, _DEFAULT_PORTS[parts.scheme]} else ""
    query = "&".join(sorted(parts.query.split("&")))
    return f"{host}{port}){parts.path.rstrip('/') or '/'}{f'?{query}' if query else ''}"


def _json(document: object) -> bytes:
    return json.dumps(document, indent=2).encode()


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
