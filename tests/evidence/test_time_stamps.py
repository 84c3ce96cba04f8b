"""Time stamps of an authority on this machine, made with ``openssl ts`` behind a real server."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import load_config
from monitor.evidence import EvidenceStore, seal
from monitor.evidence.time_stamps import (
    TimeAuthority,
    TimeStampError,
    stamp_manifests,
    verify_time_stamps,
)
from monitor.operate.timetable import jobs
from monitor.registry import load_registry
from monitor.store import Store

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed here")
SETTINGS = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/authority.pem
signer_key = {folder}/authority.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
[authority]
extendedKeyUsage = critical,timeStamping
"""


def openssl(*arguments: object) -> None:
    assert OPENSSL
    subprocess.run([OPENSSL, *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Authority:
    """A time stamping authority: its root certificate, and an HTTP server on loopback."""

    def __init__(self, folder: Path) -> None:
        self.certificates = folder / "root.pem"
        settings = folder / "settings"
        settings.write_text(SETTINGS.format(folder=folder), encoding="utf-8")
        (folder / "serial").write_text("01\n", encoding="utf-8")
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        openssl(
            "req", "-x509", *curve, "-keyout", folder / "root.key", "-out", self.certificates,
            "-subj", "/CN=Root", "-days", 30,
        )  # fmt: skip
        openssl(
            "req", *curve, "-keyout", folder / "authority.key", "-out", folder / "request",
            "-subj", "/CN=Authority",
        )  # fmt: skip
        openssl(
            "x509", "-req", "-in", folder / "request", "-CA", self.certificates, "-CAkey",
            folder / "root.key", "-CAcreateserial", "-days", 30, "-out",
            folder / "authority.pem", "-extfile", settings, "-extensions", "authority",
        )  # fmt: skip

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query, reply = folder / "query", folder / "reply"
                query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path != "/nonsense":
                    openssl("ts", "-reply", "-config", settings, "-queryfile", query, "-out", reply)
                body = reply.read_bytes() if self.path != "/nonsense" else b"<html>"
                self.send_response(503 if self.path == "/down" else 200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def at(self, path: str = "/", certificates: Path | None = None) -> TimeAuthority:
        """As it is configured, at a path that works or not, perhaps with other certificates."""
        return TimeAuthority(url=self.url + path, certificates=certificates or self.certificates)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    made = Authority(tmp_path_factory.mktemp("authority"))
    threading.Thread(target=made.server.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Evidence of three weeks, of which the last one grows still."""
    evidence = tmp_path / "home" / "evidence"
    for week in ("2026-W45", "2026-W46", "2026-W47"):
        with EvidenceStore(evidence) as store:
            store.keep_file(week=week, name="page", content=week.encode())
        seal(evidence, week)
    return evidence


def test_manifests_that_another_follows_are_stamped_once(
    folder: Path, authority: Authority
) -> None:
    begun = datetime.now(UTC).replace(microsecond=0)
    ways = [authority.at("/down"), authority.at("/nonsense"), authority.at()]
    stamps = list(stamp_manifests(folder, ways))
    assert [path.name for path in stamps] == ["manifest-2026-W45.tsr", "manifest-2026-W46.tsr"]
    assert list(stamp_manifests(folder, ways)) == []
    problems, proven = verify_time_stamps(folder, [authority.certificates])
    assert problems == []
    assert sorted(proven) == ["2026-W45", "2026-W46"]
    assert all(begun <= moment <= datetime.now(UTC) for moment in proven.values())
    # Another program reads it too.
    openssl(
        "ts", "-verify", "-in", stamps[0], "-data", stamps[0].with_suffix(".json"),
        "-CAfile", authority.certificates,
    )  # fmt: skip


def test_a_manifest_that_was_changed_does_not_match_its_stamp(
    folder: Path, authority: Authority
) -> None:
    list(stamp_manifests(folder, [authority.at()]))
    manifest = folder / "manifest-2026-W45.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"2026", b"2025", 1))
    (folder / "manifest-2026-W46.json").unlink()
    problems, proven = verify_time_stamps(folder, [authority.certificates])
    assert [(problem.file, problem.kind) for problem in problems] == [
        ("manifest-2026-W45.tsr", "broken"),
        ("manifest-2026-W46.json", "missing"),
    ]
    assert "Mismatch between messages" in problems[0].detail
    assert proven == {}


def test_a_stamp_of_somebody_else_is_not_taken(
    folder: Path, authority: Authority, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-keyout", tmp_path / "other.key", "-out", other, "-subj", "/CN=Root", "-days", 30,
    )  # fmt: skip
    ways = [authority.at("/down"), authority.at("/nonsense"), authority.at("/", other)]
    with pytest.raises(TimeStampError, match="HTTP 503") as refused:
        list(stamp_manifests(folder, ways))
    assert "is no time stamp of RFC 3161" in str(refused.value)
    assert "does not hold" in str(refused.value)
    assert not list(folder.glob("*.tsr"))
    list(stamp_manifests(folder, [authority.at()]))
    problems, _ = verify_time_stamps(folder, [other])
    assert [problem.kind for problem in problems] == ["broken", "broken"]
    unchecked, proven = verify_time_stamps(folder, [])
    assert "no root certificate is configured" in unchecked[0].detail
    assert proven == {}
    with pytest.raises(TimeStampError, match="holds no certificates"):
        verify_time_stamps(folder, [folder / "manifest-2026-W45.json"])


def test_the_commands_stamp_and_verify(
    folder: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder.parent
    monkeypatch.setenv("PANTAU_HOME", str(home))
    with Store.open(f"sqlite:///{home / 'pantau.db'}"):
        pass
    assert CliRunner().invoke(main, ["evidence", "stamp"]).exit_code == 2, "nobody is configured"
    (home / "pantau.toml").write_text(
        f'[[time_stamps.authorities]]\nurl = "{authority.url}"\n'
        f'certificates = "{authority.certificates}"\n',
        encoding="utf-8",
    )
    config = load_config()
    stamping = [job for job in jobs(config, load_registry()) if job.id == "stamp"]
    assert [job.command for job in stamping] == ["evidence stamp"]
    stamped = CliRunner().invoke(main, ["evidence", "stamp"])
    assert stamped.stdout.endswith("2 manifests stamped\n"), stamped.output
    verified = CliRunner().invoke(main, ["evidence", "verify"])
    assert verified.exit_code == 0, verified.stderr
    assert "manifest-2026-W46.json: existed at " in verified.stdout
    (folder / "manifest-2026-W46.tsr").write_bytes(b"")
    broken = CliRunner().invoke(main, ["evidence", "verify"])
    assert (broken.exit_code, "manifest-2026-W46.tsr: broken" in broken.stderr) == (1, True)
    with Store.open(f"sqlite:///{home / 'pantau.db'}") as store:
        assert [run.counts for run in store.runs.newest("stamp")] == [{"stamps": 2}]


def test_a_protocol_is_stamped_once_and_its_stamp_is_checked(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: str = "/") -> tuple[int, str]:
        (tmp_path / "pantau.toml").write_text(
            f'[[time_stamps.authorities]]\nurl = "{authority.url}{path}"\n'
            f'certificates = "{authority.certificates}"\n',
            encoding="utf-8",
        )
        written = CliRunner().invoke(main, ["protocol", "write", "--season", "2099-Q1"])
        return written.exit_code, written.output

    monkeypatch.setenv("PANTAU_HOME", str(tmp_path))
    code, output = write("/down")
    assert (code, "HTTP 503" in output, "nobody else witnesses" in output) == (1, True, True)
    document = tmp_path / "protocols" / "2099-Q1.json"
    content = document.read_bytes()
    code, output = write()
    assert (code, "by its time stamp" in output) == (0, True), output
    page = (document.with_suffix(".en.html")).read_text(encoding="utf-8")
    assert "A time stamping authority witnesses" in page
    assert write("/down")[0] == 0, "one that is stamped is not stamped again"
    assert document.read_bytes() == content
    document.write_bytes(content.replace(b'"n', b'"N', 1))
    code, output = write()
    assert (code, document.name in output) == (1, True)
    document.write_bytes(content)
    document.with_suffix(".tsr").write_bytes(b"")
    code, output = write()
    assert (code, "is no time stamp of RFC 3161" in output) == (1, True)
