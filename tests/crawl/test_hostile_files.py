"""Hostile files: each is taken in by a child with 500 MB of memory and 10 s of processor time."""

from __future__ import annotations

import base64
import gzip
import json
import resource
import subprocess
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.process import PYTHON_MODULE

MEMORY = 500 * 10**6
SECONDS = 30  # the largest archive that is taken in needs 8 on a free machine
URL = "https://www.lazada.co.id/catalog/?q=batik&page=1"
LISTING = {
    "itemId": "6445600950", "name": "Kain batik", "price": "26350.00", "sellerName": "Toko",
    "itemUrl": "//www.lazada.co.id/products/kain-i6445600950.html", "sellerId": "9",
}  # fmt: skip


def page(**changes: object) -> bytes:
    listings = [LISTING | changes]
    return json.dumps({"mods": {"listItems": listings}, "mainInfo": {"totalResults": "9"}}).encode()


def warc(*bodies: bytes, coding: str = "gzip") -> bytes:
    file = BytesIO()
    writer = WARCWriter(file, gzip=True)
    for body in bodies:
        fields = [("Content-Type", "application/json"), ("Content-Encoding", coding)]
        headers = StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                URL, "response", payload=BytesIO(body), length=len(body), http_headers=headers
            )
        )
    return file.getvalue()


def wacz(name: str, content: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return file.getvalue()


def har(*texts: str) -> bytes:
    entries = [
        {
            "startedDateTime": "2026-11-20T00:00:00Z",
            "request": {"url": URL},
            "response": {"status": 200, "content": {"text": text, "encoding": "base64"}},
        }
        for text in texts
    ]
    return json.dumps({"log": {"entries": entries}}).encode()


def cache(links: int, depth: int) -> bytes:
    """An Apollo cache whose few references unfold to ``links ** depth`` objects."""
    nodes = {
        f"n{level}": {f"k{link}": {"__ref": f"n{level + 1}"} for link in range(links)}
        for level in range(depth)
    }
    document = json.dumps({"ROOT_QUERY": {"a": {"__ref": "n0"}}, **nodes})
    return f"<html><script>window.__cache = {document};</script></html>".encode()


def nested(depth: int) -> str:
    """JSON in a string in JSON, and so on: with each step the backslashes double."""
    return json.dumps({"token": SECRET, "a": nested(depth - 1)}) if depth else "a"


MIB = 2**20
SECRET = "rahasia-0123456789"
CARDS = (Path(__file__).parents[1] / "pages/lazada/rendered_cards.html").read_bytes()
LARGE = gzip.compress(b'{"mods":[' + b"[]," * (5 * MIB) + b"0]}")
WHOLE = gzip.compress(page() + b" " * (15 * MIB))
FILES: dict[str, Callable[[], bytes]] = {
    "many-large-records.warc.gz": lambda: warc(*[WHOLE] * 24),
    "one-bomb.warc.gz": lambda: warc(gzip.compress(b"{" * (400 * MIB)), gzip.compress(page())),
    "brotli-bomb.warc.gz": lambda: warc(brotli.compress(b"{" * (64 * MIB), quality=5), coding="br"),
    "bomb-in-bombs.warc.gz": lambda: warc(
        gzip.compress(gzip.compress(b" " * (400 * MIB))), coding="gzip, gzip"
    ),
    "many-lists.warc.gz": lambda: warc(LARGE),
    "line.warc.gz": lambda: gzip.compress(b"\0" * (600 * MIB)),
    "lines.warc.gz": lambda: gzip.compress(b"\n" * (600 * MIB)),
    "header.warc.gz": lambda: gzip.compress(b"WARC/1.1\r\nWARC-Type: " + b"a" * (600 * MIB)),
    "line.wacz": lambda: wacz("archive/a.warc.gz", gzip.compress(b"\0" * (600 * MIB))),
    "bomb.wacz": lambda: wacz("archive/a.warc", b"\0" * (300 * MIB)),
    "outside.wacz": lambda: wacz("../../../\x1b[31mpergi.warc.gz", warc(gzip.compress(page()))),
    "large.har": lambda: har(*[base64.b64encode(page() + b" " * MIB).decode()] * 60),
    "deep.har": lambda: b'{"log":{"entries":' + b"[" * MIB,
    "deep.json": lambda: b'{"mods":' + b"[" * (4 * MIB),
    "numbers.json": lambda: b'{"mods": {"listItems": [' + b"9" * (8 * MIB) + b"]}}",
    "elements.html": lambda: b"<html>" + b"<b>" * (4 * MIB),
    "attributes.html": lambda: b"<html><p " + b"a=b " * (3 * MIB) + b">",
    "references.html": lambda: cache(10, 9),
    "comments.html": lambda: b"<!-- saved from url=(" + b"<!--" * (3 * MIB),
    "assignments.html": lambda: b"<html><script>" + b"window.__cache = {" * (MIB // 2),
    "parts.mhtml": lambda: b"Content-Type: multipart/related; boundary=a\n\n" + b"--a\n\n" * MIB,
    "pairs.html": lambda: CARDS + b"<script>" + b"token" * MIB + b"</script>",
    "quotes.html": lambda: CARDS + b"<script>" + b"token='" * MIB + b"\\'a:\"" * MIB,
    "scripts.html": lambda: CARDS + b"<script" * (MIB // 2) + b"<script>a=" * (MIB // 2),
    "fields.html": lambda: CARDS + b"<input name=" * MIB,
    "parameters.html": lambda: CARDS + b"?token=" * MIB + b"&" * MIB,
    "strings.json": lambda: page(x=nested(18)),
    "utf-16-bomb.json": lambda: ("{" + " " * (7 * MIB)).encode("utf-16"),
}


def taken_in(path: Path) -> subprocess.CompletedProcess[str]:
    """What ``pantau ingest`` says to a file."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    return subprocess.run(
        [*PYTHON_MODULE, "monitor", "ingest", path, "--dry-run"],
        env={"PANTAU_HOME": str(path.parent / "home"), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_named_in_a_line(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    child = taken_in(path)
    assert child.returncode in {0, 1}, child.stderr[-2000:]
    assert "Traceback" not in child.stderr
    assert name in child.stdout + child.stderr
    assert "\x1b" not in child.stdout + child.stderr
