"""Manifests: what they seal, and that every change after it is found and named."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.evidence import EvidenceError, EvidenceStore, remove, seal, verify


def crawl(folder: Path, week: str, run: int, pages: int = 3) -> None:
    with EvidenceStore(folder, run=run) as evidence:
        for number in range(pages):
            evidence.keep(
                week=week, platform="shopee", url=f"https://shopee.co.id/{number}", status=200,
                headers=[("Content-Type", "text/html")], body=b"%d" % number * 50, at=None,
            )  # fmt: skip
        evidence.keep_file(week=week, name=f"shopee-{run}-shot.png", content=b"PNG")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for run, week in enumerate(["2026-W45", "2026-W46", "2026-W47"], start=1):
        crawl(tmp_path, week, run)
        seal(tmp_path, week)
    return tmp_path


def kinds(folder: Path) -> list[tuple[str, str]]:
    return [(problem.file, problem.kind) for problem in verify(folder)]


def test_seals_at_the_same_time_agree(tmp_path: Path) -> None:
    crawl(tmp_path, "2026-W47", 1, pages=50)
    with ThreadPoolExecutor() as pool:
        hashes = set(pool.map(lambda _: seal(tmp_path, "2026-W47").sha256, range(6)))
    assert len(hashes) == 1
    assert verify(tmp_path) == []


def test_untouched_evidence_verifies(folder: Path) -> None:
    assert verify(folder) == []
    assert verify(folder / "nothing") == []


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    crawl(folder, "2026-W47", 1)
    seal(folder, "2026-W47")
    return folder


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_found_and_named(sealed: Path, place: float, bit: int) -> None:
    path = sealed / "2026-W47" / "shopee-1.warc.gz"
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[int(place * len(content))] ^= 1 << bit
    path.write_bytes(flipped)
    try:
        assert kinds(sealed) == [("2026-W47/shopee-1.warc.gz", "changed")]
    finally:
        path.write_bytes(content)


def test_damage_is_found_before_sealing_too(tmp_path: Path) -> None:
    crawl(tmp_path, "2026-W47", 1)
    path = tmp_path / "2026-W47" / "shopee-1.warc.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    assert kinds(tmp_path) == [("2026-W47/shopee-1.warc.gz", "damaged")]


@pytest.mark.parametrize("back", [1, 6, 20, 60, 150])
def test_the_damaged_record_is_located(folder: Path, back: int) -> None:
    path = folder / "2026-W46" / "shopee-2.warc.gz"
    content = bytearray(path.read_bytes())
    content[-back] ^= 1
    path.write_bytes(content)
    [problem] = verify(folder)
    assert "damaged at byte" in str(problem)


def test_a_missing_file_is_found(folder: Path) -> None:
    (folder / "2026-W45" / "shopee-1-shot.png").unlink()
    assert kinds(folder) == [("2026-W45/shopee-1-shot.png", "missing")]


def test_a_missing_manifest_is_found(folder: Path) -> None:
    (folder / "manifest-2026-W46.json").unlink()
    assert ("manifest-2026-W46.json", "missing") in kinds(folder)


@pytest.mark.parametrize("week", ["2026-W45", "2026-W46", "2026-W47"])
def test_an_edited_manifest_is_found(folder: Path, week: str) -> None:
    path = folder / f"manifest-{week}.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"].pop()
    path.write_text(json.dumps(manifest))
    assert (path.name, "rewritten") in kinds(folder)


def test_a_manifest_written_anew_breaks_the_chain(folder: Path) -> None:
    (folder / "2026-W46" / "shopee-2.warc.gz").write_bytes(b"")
    path = folder / "manifest-2026-W46.json"
    newest = folder / "manifest-2026-W47.json"
    newest_bytes = newest.read_bytes()
    newest.unlink()
    path.unlink()
    seal(folder, "2026-W46")
    newest.write_bytes(newest_bytes)
    assert (path.name, "rewritten") in kinds(folder)


def test_what_retention_removed_is_known(folder: Path) -> None:
    remove(folder, "2026-W45/shopee-1.warc.gz", reason="kept for 24 months")
    assert verify(folder) == []
    crawl(folder, "2026-W48", 4)
    manifest = seal(folder, "2026-W48")
    assert [stone.path for stone in manifest.removed] == ["2026-W45/shopee-1.warc.gz"]
    assert verify(folder) == []
    (folder / "tombstones.jsonl").unlink()
    assert ("2026-W45/shopee-1.warc.gz", "missing") in kinds(folder)
    assert ("tombstones.jsonl", "rewritten") in kinds(folder)


def test_late_evidence_goes_into_the_newest_manifest(folder: Path) -> None:
    crawl(folder, "2026-W45", 9)
    manifest = seal(folder, "2026-W45")
    assert manifest.week == "2026-W47"
    assert "2026-W45/shopee-9.warc.gz" in {file.path for file in manifest.files}
    assert verify(folder) == []
    assert seal(folder, "2026-W47") == manifest


def test_a_running_crawl_is_left_for_the_next_time(tmp_path: Path) -> None:
    crawl(tmp_path, "2026-W47", 1)
    with EvidenceStore(tmp_path, run=2) as evidence:
        evidence.keep(
            week="2026-W47", platform="blibli", url="https://a/", status=200, headers=[],
            body=b"", at=None,
        )  # fmt: skip
        assert len(seal(tmp_path, "2026-W47").files) == 2
        assert verify(tmp_path) == []
    assert len(seal(tmp_path, "2026-W47").files) == 3


def test_sealing_cuts_off_what_a_kill_left(tmp_path: Path) -> None:
    crawl(tmp_path, "2026-W47", 1)
    path = tmp_path / "2026-W47" / "shopee-1.warc.gz"
    os.truncate(path, path.stat().st_size - 9)
    assert verify(tmp_path) == []
    seal(tmp_path, "2026-W47")
    assert verify(tmp_path) == []


def test_a_rewritten_manifest_is_not_built_upon(folder: Path) -> None:
    path = folder / "manifest-2026-W47.json"
    path.write_text(path.read_text().replace("shopee-3", "shopee-4"))
    with pytest.raises(EvidenceError, match=r"manifest-2026-W47\.json"):
        seal(folder, "2026-W47")
