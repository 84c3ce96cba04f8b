"""The systemd unit: systemd reads it, finds it confined, and its times fit the daemon's."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.operate.schedule import STOP_SECONDS

UNIT = Path(__file__).parents[2] / "docs" / "pantau.service"
EXPOSURE = 42
"""Tenths; the least with which Chromium's own sandbox still starts."""
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed here")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that this machine has."""
    text = UNIT.read_text(encoding="utf-8")
    path = tmp_path / UNIT.name
    path.write_text(text.replace("/srv/pantau/venv/bin/pantau", "/bin/true"), encoding="utf-8")
    return path


@needs_systemd
def test_systemd_reads_the_unit(unit: Path) -> None:
    checked = analyze("verify", "--man=no", unit)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    unit.write_text(unit.read_text(encoding="utf-8") + "Misspelt=yes\n", encoding="utf-8")
    assert "Misspelt" in analyze("verify", "--man=no", unit).stderr


@needs_systemd
def test_the_unit_is_confined(unit: Path) -> None:
    checked = analyze("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}", unit)
    assert checked.returncode == 0, checked.stdout


def test_the_times_of_the_unit_fit_the_daemon() -> None:
    settings = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE))
    assert int(settings["TimeoutStopSec"]) > STOP_SECONDS
    assert settings["Type"] == "notify"
    assert "time-sync.target" in settings["After"]
    hardening = ("NoNewPrivileges", "PrivateTmp", "ProtectSystem", "UMask", "MemoryMax")
    assert [settings[name] for name in hardening] == ["yes", "yes", "strict", "0077", "6G"]


def analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    assert ANALYZE
    command = [ANALYZE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
