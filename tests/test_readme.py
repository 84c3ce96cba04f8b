"""README and manuals name only commands and options that exist, and README stays short."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from monitor.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CALL = re.compile(r"(?:^\s*(?:\$ )?|`)pantau ((?:[a-z][a-z-]* ?)+)?([^`\n]*)", re.MULTILINE)


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that ``words`` name, and what is left of them."""
    found: click.Command = main
    while words and isinstance(found, click.Group) and words[0] in found.commands:
        found = found.commands[words[0]]
        words = words[1:]
    return found, words


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_exists(page: Path) -> None:
    for names, rest in CALL.findall(page.read_text(encoding="utf-8")):
        words = names.split()
        command, _ = command_of(words)
        assert not words or command is not main, f"{page.name}: pantau {names}"
        known = {name for one in command.params for name in one.opts + one.secondary_opts}
        for option in re.findall(r"(?<![\w-])--[a-z-]+", rest):
            assert option in known | {"--help", "--version"}, (
                f"{page.name}: pantau {names} {option}"
            )


def test_readme_is_short() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert not any("session:" in line for line in lines)


def test_every_promise_of_security_has_tests_that_exist() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*) \| (.*) \|$", text.partition("## What is promised")[2], re.M)
    assert len(rows) > 10
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    for promise, tests in rows[1:]:
        names = re.findall(r"`([^`]+)`", tests)
        assert any("test_" in name for name in names), promise
        for name in names:
            if name.startswith("tests/"):
                assert (ROOT / name).is_file(), name
            elif name.startswith("test_"):
                assert any(f"def {name}(" in source for source in sources), name
