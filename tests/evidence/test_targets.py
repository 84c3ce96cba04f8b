"""Where workers bring evidence: whole files, never one over another."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from monitor.config import Config, EvidenceTarget
from monitor.evidence import EvidenceError
from monitor.evidence.targets import INCOMING, ObjectStore, SharedFolder, Target, target_of
from monitor.model import UploadedFile

NAME = "2026-W47/lazada-7.warc.gz"


def described(content: bytes, name: str = NAME) -> UploadedFile:
    return UploadedFile(path=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


@pytest.fixture
def spooled(tmp_path: Path) -> Path:
    path = tmp_path / "spool.warc.gz"
    path.write_bytes(b"as it was received")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "shared"
    path.mkdir()
    return path


def test_the_folder_gets_a_file_whole_and_once(folder: Path, spooled: Path) -> None:
    target, file = SharedFolder(folder), described(spooled.read_bytes())
    target.require_usable()
    for _ in range(2):
        target.bring(file, spooled)
    assert (folder / NAME).read_bytes() == spooled.read_bytes()
    assert not list((folder / INCOMING).iterdir())
    spooled.write_bytes(b"as it was not received")
    with pytest.raises(EvidenceError, match="another file of that name"):
        target.bring(described(spooled.read_bytes()), spooled)
    assert (folder / NAME).read_bytes() == b"as it was received"


def test_half_a_file_gets_no_name(folder: Path, spooled: Path) -> None:
    file = described(spooled.read_bytes() + b", and more")
    with pytest.raises(EvidenceError, match="did not come as it was brought"):
        SharedFolder(folder).bring(file, spooled)
    assert not (folder / NAME).exists()
    assert not list((folder / INCOMING).iterdir())


def test_a_name_that_leads_out_of_the_folder_is_refused(folder: Path, spooled: Path) -> None:
    file = described(spooled.read_bytes(), "../outside.warc.gz")
    with pytest.raises(EvidenceError, match="no path below"):
        SharedFolder(folder).bring(file, spooled)


def test_a_folder_that_is_not_mounted_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="mount it"):
        SharedFolder(tmp_path / "away").require_usable()
    assert not (tmp_path / "away").exists()


def test_the_store_keeps_a_file_until_it_is_fetched(
    objects: ObjectStore, folder: Path, spooled: Path
) -> None:
    objects.require_usable()
    file = described(spooled.read_bytes())
    for _ in range(2):
        objects.bring(file, spooled)
    for _ in range(2):
        objects.fetch(file, folder)
    assert (folder / NAME).read_bytes() == spooled.read_bytes()
    for _ in range(2):
        objects.remove(file)
    with pytest.raises(EvidenceError, match=r"evidence\.store"):
        objects.fetch(described(b"", "2026-W47/lazada-8.warc.gz"), folder)


def test_the_store_keeps_its_first_file_and_no_other_is_fetched(
    objects: ObjectStore, folder: Path, spooled: Path
) -> None:
    objects.bring(described(spooled.read_bytes()), spooled)
    spooled.write_bytes(b"as it was not received")
    other = described(spooled.read_bytes())
    with pytest.raises(EvidenceError, match="another file of that name"):
        objects.bring(other, spooled)
    with pytest.raises(EvidenceError, match="did not come as it was brought"):
        objects.fetch(other, folder)
    assert not (folder / NAME).exists()


def test_a_store_without_the_bucket_is_one_line_without_a_secret(
    objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EvidenceError, match=r"there is no bucket lain$"):
        ObjectStore("s3://lain/pantau").require_usable()


@pytest.mark.parametrize(
    ("store", "target"),
    [
        ("file:///srv/evidence", SharedFolder(Path("/srv/evidence"))),
        ("s3://bukti/pantau", ObjectStore("s3://bukti/pantau")),
    ],
)
def test_the_setting_says_where(tmp_path: Path, store: str, target: Target) -> None:
    config = Config(
        home=tmp_path, database_url="sqlite:///x", evidence_target=EvidenceTarget(store=store)
    )
    assert target_of(config) == target
    with pytest.raises(EvidenceError, match=r"evidence\.store: is missing"):
        target_of(Config(home=tmp_path, database_url="sqlite:///x"))
