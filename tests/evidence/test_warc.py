"""Responses in WARC files: kept byte for byte, read back, and never read wrongly."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from monitor.evidence import EvidenceError, EvidenceStore, seal
from monitor.evidence.warc import records
from monitor.model import ResponseRecord

WEEK = "2026-W47"
AT = datetime(2026, 11, 21, 15, 30, 12, 345678, UTC)
HTML = [("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx")]


def keep(
    evidence: EvidenceStore,
    body: bytes = b"<p>kain</p>",
    url: str = "https://www.lazada.co.id/catalog/?q=batik",
    **changes: Any,
) -> ResponseRecord:
    options: dict[str, Any] = {"status": 200, "headers": HTML, "at": AT} | changes
    return evidence.keep(week=WEEK, platform="lazada", url=url, body=body, **options)


def test_what_is_kept_is_read_back_byte_for_byte(tmp_path: Path) -> None:
    body = zlib.compress(os.urandom(300_000))
    with EvidenceStore(tmp_path, run=7) as evidence:
        first = keep(evidence)
        received = keep(evidence, body, headers=[*HTML, ("Content-Encoding", "deflate")])
    assert received.evidence.startswith("2026-W47/lazada-7.warc.gz#")
    assert received.sha256 == hashlib.sha256(body).hexdigest()
    assert received.size == len(body)
    read = EvidenceStore(tmp_path).read(received.evidence)
    assert read.body == body
    assert read.status == 200
    assert ("Content-Encoding", "deflate") in read.headers
    assert EvidenceStore(tmp_path).read(first.evidence).body == b"<p>kain</p>"


def test_records_follow_the_standard(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path, run=7, about={"software": "PantauImpor/0.1"}) as evidence:
        keep(evidence)
        keep(evidence, b"{}", status=None, headers=[("Content-Type", "application/json")])
        keep(evidence, b"<i>", rendered=True)
        keep(evidence, b"half", truncated=True)
    with (tmp_path / WEEK / "lazada-7.warc.gz").open("rb") as file:
        fields_by_record = [
            (record.rec_type, dict(record.rec_headers.headers), record.raw_stream.read())
            for record in ArchiveIterator(file, check_digests="raise")
        ]
    assert [kind for kind, _, _ in fields_by_record] == [
        "warcinfo", "response", "resource", "conversion", "response",
    ]  # fmt: skip
    assert b"PantauImpor/0.1" in fields_by_record[0][2]
    assert fields_by_record[1][1]["WARC-Date"] == "2026-11-21T15:30:12.345678Z"
    assert fields_by_record[2][1]["Content-Type"] == "application/json"
    assert fields_by_record[4][1]["WARC-Truncated"] == "disconnect"


def test_a_stripped_body_keeps_both_hashes(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path) as evidence:
        received = keep(evidence, b"token=geheim", stripped=b"token=")
    assert received.sha256 == hashlib.sha256(b"token=geheim").hexdigest()
    assert received.sha256_kept == hashlib.sha256(b"token=").hexdigest()
    assert EvidenceStore(tmp_path).read(received.evidence).body == b"token="


def test_codings_that_are_off_are_kept_under_another_name(tmp_path: Path) -> None:
    headers = [("Transfer-Encoding", "chunked"), ("Content-Encoding", "br")]
    with EvidenceStore(tmp_path) as evidence:
        plain = keep(evidence, headers=headers)
        browser = keep(evidence, headers=headers, decoded=True)
    names = {name for name, _ in EvidenceStore(tmp_path).read(plain.evidence).headers}
    assert names == {"X-Archive-Orig-Transfer-Encoding", "Content-Encoding"}
    names = {name for name, _ in EvidenceStore(tmp_path).read(browser.evidence).headers}
    assert names == {"X-Archive-Orig-Transfer-Encoding", "X-Archive-Orig-Content-Encoding"}


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_an_unfinished_record_is_cut_off_before_the_next_one(tmp_path: Path, cut: int) -> None:
    with EvidenceStore(tmp_path, run=1) as evidence:
        first, torn = keep(evidence), keep(evidence, os.urandom(500))
    path = tmp_path / WEEK / "lazada-1.warc.gz"
    os.truncate(path, path.stat().st_size - cut)
    offset = int(torn.evidence.split("#")[1])
    unfinished = path.read_bytes()[offset:]
    assert [record.body for _, record in records(path)] == [b"<p>kain</p>"]
    with EvidenceStore(tmp_path, run=1) as evidence:
        again = keep(evidence, b"sesudah")
    assert again.evidence == torn.evidence
    assert [record.body for _, record in records(path)] == [b"<p>kain</p>", b"sesudah"]
    assert EvidenceStore(tmp_path).read(first.evidence).body == b"<p>kain</p>"
    assert path.with_name(f"{path.name}.unfinished-{offset}").read_bytes() == unfinished


@settings(max_examples=200, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_read_as_if_nothing_were(
    one_response: tuple[Path, str, bytes], place: float, bit: int
) -> None:
    folder, pointer, body = one_response
    name, offset = pointer.split("#")
    content = (folder / name).read_bytes()
    flipped = bytearray(content)
    flipped[int(offset) + int(place * (len(content) - int(offset)))] ^= 1 << bit
    (folder / name).write_bytes(flipped)
    try:
        read = EvidenceStore(folder).read(pointer)
    except EvidenceError:
        return
    finally:
        (folder / name).write_bytes(content)
    # Only the gzip header's hints (time, system) may differ without harm.
    assert (read.url, read.status, read.body) == ("https://a/", 200, body)


@pytest.fixture(scope="module")
def one_response(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, bytes]:
    """A folder with one response, its pointer and its body."""
    folder, body = tmp_path_factory.mktemp("evidence"), b"<p>kain</p>" * 50
    with EvidenceStore(folder) as evidence:
        received = keep(evidence, body, url="https://a/")
    return folder, received.evidence, body


def test_nothing_is_appended_to_a_damaged_or_sealed_file(tmp_path: Path) -> None:
    with EvidenceStore(tmp_path, run=1) as evidence:
        keep(evidence)
    path = tmp_path / WEEK / "lazada-1.warc.gz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with EvidenceStore(tmp_path, run=1) as evidence:
        assert keep(evidence).evidence.startswith("2026-W47/lazada-1.2.warc.gz#")
    assert path.read_bytes() == data
    seal(tmp_path, WEEK)
    with EvidenceStore(tmp_path, run=1) as evidence:
        assert keep(evidence).evidence.startswith("2026-W47/lazada-1.3.warc.gz#")


def test_a_killed_writer_loses_nothing_it_gave_a_pointer_for(tmp_path: Path) -> None:
    writer = f"""
import os
from pathlib import Path
from monitor.evidence import EvidenceStore
evidence = EvidenceStore(Path({str(tmp_path)!r}), run=1)
while True:
    print(evidence.keep(week={WEEK!r}, platform="lazada", url="https://a/", status=200,
                        headers=[], body=os.urandom(200_000), at=None).evidence, flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", writer], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    pointers = [child.stdout.readline().strip() for _ in range(20)]
    child.send_signal(signal.SIGKILL)
    pointers += child.stdout.read().split()
    child.wait()
    child.stdout.close()
    with EvidenceStore(tmp_path, run=1) as evidence:
        pointers.append(keep(evidence).evidence)
        assert all(evidence.read(pointer).status == 200 for pointer in pointers)
    offsets = {offset for offset, _ in records(tmp_path / WEEK / "lazada-1.warc.gz")}
    assert {int(pointer.split("#")[1]) for pointer in pointers} <= offsets


@pytest.mark.parametrize("pointer", ["nowhere", "../x#0", "2026-W47/none.warc.gz#0", "#1"])
def test_a_wrong_pointer_is_named(tmp_path: Path, pointer: str) -> None:
    with pytest.raises(EvidenceError, match=r"is not a pointer|cannot be read"):
        EvidenceStore(tmp_path).read(pointer)


def test_screenshots_stand_beside_the_records(tmp_path: Path) -> None:
    path, sha256 = EvidenceStore(tmp_path).keep_file(
        week=WEEK, name="lazada-1-77.png", content=b"PNG"
    )
    assert (tmp_path / path).read_bytes() == b"PNG"
    assert sha256 == hashlib.sha256(b"PNG").hexdigest()
