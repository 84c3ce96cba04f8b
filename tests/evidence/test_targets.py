"""Where workers bring evidence: whole files, never one over another."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

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


UPLOAD = """
import hashlib
import signal
import sys
from pathlib import Path

from monitor.evidence.targets import ObjectStore, SharedFolder
from monitor.model import UploadedFile

signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
place, path = sys.argv[1], Path(sys.argv[2])
content = path.read_bytes()
target = ObjectStore(place) if place.startswith("s3:") else SharedFolder(Path(place))
sha256 = hashlib.sha256(content).hexdigest()
target.bring(UploadedFile(path=sys.argv[3], size=len(content), sha256=sha256), path)
"""
CUT_AT = 2**20
"""Bytes after which an upload is cut off."""
BODY = bytes(range(256)) * (4 * CUT_AT // 256)


def test_a_copy_that_was_killed_begins_anew(folder: Path, spooled: Path) -> None:
    spooled.write_bytes(BODY)
    upload = [sys.executable, "-c", UPLOAD, str(folder), str(spooled), NAME]
    killed = subprocess.run(upload, preexec_fn=_kill_at_limit, timeout=60, check=False)
    assert killed.returncode == -signal.SIGXFSZ
    [draft] = (folder / INCOMING).iterdir()
    assert draft.stat().st_size <= CUT_AT < len(BODY)
    assert not (folder / NAME).exists(), "half a file has no name in the evidence"
    subprocess.run(upload, timeout=60, check=True)
    assert (folder / NAME).read_bytes() == BODY
    assert draft.exists(), "it may be another worker's, amid its copy"
    os.utime(draft, (0, 0))
    subprocess.run(upload, timeout=60, check=True)
    assert not draft.exists()


def _kill_at_limit() -> None:
    """Let the kernel send SIGXFSZ to a process that has written so much of a file.

    Python ignores that signal, and ``UPLOAD`` does not.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (CUT_AT, CUT_AT))


def test_an_upload_that_was_killed_is_no_object_and_begins_anew(
    objects: ObjectStore, s3: str, folder: Path, spooled: Path
) -> None:
    spooled.write_bytes(BODY)
    file = described(BODY)
    upload = [sys.executable, "-c", UPLOAD, objects.url, str(spooled), NAME]
    with Throttle(s3, CUT_AT) as throttle:
        environment = os.environ | {"AWS_ENDPOINT_URL_S3": throttle.url}
        process = subprocess.Popen(upload, env=environment)
        assert throttle.is_reached.wait(60)
        process.kill()
        process.wait(60)
    with pytest.raises(EvidenceError):
        objects.fetch(file, folder)
    assert not (folder / NAME).exists(), "half an object is not read"
    subprocess.run(upload, timeout=60, check=True)
    objects.fetch(file, folder)
    assert (folder / NAME).read_bytes() == BODY


class Throttle:
    """Passes one connection after another on to a server, until so many bytes have gone there.

    Then it passes on nothing more, and ``is_reached`` is set.
    """

    def __init__(self, server: str, most: int) -> None:
        parts = urlsplit(server)
        assert parts.hostname and parts.port
        self.is_reached = threading.Event()
        self._server = (parts.hostname, parts.port)
        self._most = most
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Throttle:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for connection in (self._listener, *self._sockets):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                for source, target, counts in ((client, server, True), (server, client, False)):
                    threading.Thread(
                        target=self._pass_on, args=(source, target, counts), daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while content := source.recv(2**16):
                if counts:
                    self._most -= len(content)
                    if self._most <= 0:
                        self.is_reached.set()
                        return
                target.sendall(content)
