"""The Containerfile: what must hold of it without an engine that could build it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main

ROOT = Path(__file__).parents[2]
FILE = ROOT / "Containerfile"
HADOLINT = shutil.which("hadolint")


def instructions(text: str) -> list[tuple[str, str]]:
    """(keyword, arguments) of each instruction, its lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines()]  # type: ignore[misc]


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    return instructions(FILE.read_text(encoding="utf-8"))


def arguments(steps: list[tuple[str, str]], keyword: str) -> list[str]:
    return [words for name, words in steps if name == keyword]


def test_the_daemon_is_no_root_and_its_home_a_private_volume(steps: list[tuple[str, str]]) -> None:
    names = [name for name, _ in steps]
    assert arguments(steps, "USER") == ["10001:10001"]
    assert "RUN" not in names[names.index("USER") :], "nothing is installed by the daemon's user"
    (home,) = arguments(steps, "VOLUME")
    assert f"PANTAU_HOME={home}" in arguments(steps, "ENV")[0]
    assert f"install -d -m 0700 -o pantau -g pantau {home}" in arguments(steps, "RUN")[0]


def test_what_is_installed_is_pinned_by_hashes(steps: list[tuple[str, str]]) -> None:
    assert arguments(steps, "FROM") == ["docker.io/library/debian:12-slim"]
    installs = [words for words in arguments(steps, "RUN") if "pip install" in words]
    packages = [words for words in installs if "--requirement" in words]
    assert len(installs) == 2
    assert all("--require-hashes --only-binary :all:" in words for words in packages)
    assert all("--no-deps" in words for words in installs if words not in packages)


def test_it_copies_what_is_there_and_no_secret(steps: list[tuple[str, str]]) -> None:
    sources = [name for words in arguments(steps, "COPY") for name in words.split()[:-1]]
    assert {"monitor", "reports", "spiders", "requirements.txt", "pyproject.toml"} <= set(sources)
    assert [name for name in sources if not (ROOT / name).exists()] == []
    text = FILE.read_text(encoding="utf-8")
    assert not re.search(r"PANTAU_(NOTIFY|HANDOVER|PING|DATABASE_URL)", text)
    assert not arguments(steps, "ARG")


@pytest.mark.parametrize("keyword", ["HEALTHCHECK", "CMD"])
def test_its_commands_are_commands(steps: list[tuple[str, str]], keyword: str) -> None:
    (words,) = arguments(steps, keyword)
    call = shlex.split(re.sub(r"[\[\],]", " ", words[words.index("[") :]))
    call = call[1:] if call[0] == "pantau" else call
    assert CliRunner().invoke(main, [*call, "--help"]).exit_code == 0
    assert arguments(steps, "ENTRYPOINT") == ['["pantau"]']


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed here")
def test_hadolint_finds_nothing(tmp_path: Path) -> None:
    assert HADOLINT
    linted = subprocess.run(
        [HADOLINT, str(FILE)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (linted.returncode, linted.stdout) == (0, "")
