"""The way from an empty server in docs/operators.md, followed line by line below a folder.

Left out is what needs a system of its own: packages, the user and systemd, which is played by a
socket for the daemon's word that it is ready and by a folder with the credential.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
NEEDS_A_SYSTEM = ("apt-get ", "adduser ", "chown ", "systemctl ", "alias ")
READY_SECONDS = 120


def run() -> Iterator[dict[str, Any]]:
    """One row: the lines followed and left out, and how long it took until the daemon was ready."""
    manual = (PROJECT / "docs" / "operators.md").read_text(encoding="utf-8")
    section = manual.partition("## From an empty server")[2].partition("\n## ")[0]
    lines = re.findall(r"^    (\S.*)$", section, re.MULTILINE)
    followed = [line for line in lines if not line.startswith(NEEDS_A_SYSTEM)]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        began = time.monotonic()
        script = ["set -e", f"cd {_release(root)}", *(_below(root, line) for line in followed)]
        (root / "etc" / "systemd" / "system").mkdir(parents=True)
        subprocess.run(["bash", "-c", "\n".join(script)], check=True, stdout=subprocess.DEVNULL)
        told = _start(root)
        yield {
            "bench": "install",
            "followed": len(followed),
            "left_out": len(lines) - len(followed),
            "told": told,
            "seconds": round(time.monotonic() - began),
        }


def _release(root: Path) -> Path:
    """The files of the project as a release has them."""
    release = root / "release"
    release.mkdir()
    files = subprocess.run(
        ["git", "-C", PROJECT, "archive", "HEAD"], check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", release], input=files, check=True)
    return release


def _below(root: Path, line: str) -> str:
    """A line of the manual with its folders below ``root`` and this user as the owner."""
    line = line.replace(" -o pantau -g pantau", "")
    line = re.sub(r"(?<![\w.])/(srv|etc)/", rf"{root}/\1/", line)
    command = f"PANTAU_HOME={root}/srv/pantau/home {root}/srv/pantau/venv/bin/pantau"
    return re.sub(r"^pantau\b", command, line)


def _start(root: Path) -> list[str]:
    """Start the daemon as the unit does and stop it; returns what systemd heard of it."""
    unit = (root / "etc" / "systemd" / "system" / "pantau.service").read_text(encoding="utf-8")
    settings = dict(re.findall(r"^(ExecStart|Environment)=(.*)$", unit, re.MULTILINE))
    name, _, home = settings["Environment"].partition("=")
    credentials = root / "credentials"
    credentials.mkdir()
    secret = (root / "etc" / "pantau" / "notify").read_bytes()
    (credentials / "PANTAU_NOTIFY").write_bytes(secret)
    address = root / "notify.socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(READY_SECONDS)
        inherited = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        daemon = subprocess.Popen(
            _below(root, settings["ExecStart"]).split(),
            env=inherited
            | {
                name: _below(root, home),
                "NOTIFY_SOCKET": str(address),
                "CREDENTIALS_DIRECTORY": str(credentials),
            },
            cwd=root,
        )
        try:
            states = [manager.recv(100).decode()]
            daemon.send_signal(signal.SIGTERM)
            states.append(manager.recv(100).decode())
            states.append(f"exit code {daemon.wait(180)}")
        finally:
            daemon.kill()
            daemon.wait()
    return states
