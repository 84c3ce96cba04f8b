"""``--help`` of every command: fast, in sections, and with an example that is a valid call."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.resources import files

import click
import pytest
from click.testing import CliRunner

from monitor.cli import main

HEAVY = ("alembic", "apscheduler", "jinja2", "numpy", "scrapy", "sqlalchemy", "twisted")


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names of a command and of all below it."""
    yield path
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from walk(below, (*path, name))


PATHS = sorted(set(walk(main)))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: " ".join(path) or "pantau")
def test_help_ends_with_an_example_of_the_command(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"])
    assert shown.exit_code == 0
    *_, title, call = shown.stdout.rstrip().splitlines()
    assert title.strip() == "Example:"
    program, *words = shlex.split(call)
    assert program == "pantau"
    assert tuple(words[: len(path)]) == path
    command: click.Command = main
    context = click.Context(main, info_name="pantau")
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    try:
        command.make_context("pantau", words, parent=context)
    except click.ClickException as error:
        # The files of an example are not there; all else must be valid.
        assert "does not exist" in str(error), error


def test_every_command_stands_under_who_uses_it() -> None:
    in_sections = {command for commands in main.sections.values() for command in commands}
    assert in_sections == set(main.commands.values())
    text = CliRunner().invoke(main, ["--help"]).stdout
    assert [title for title in main.sections if f"\n{title}:\n" in text] == list(main.sections)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: " ".join(path) or "pantau")
def test_no_line_of_a_list_of_commands_breaks_off(path: tuple[str, ...]) -> None:
    lines = CliRunner().invoke(main, [*path, "--help"]).stdout.splitlines()
    assert [line for line in lines if line.endswith("...") and "Usage:" not in line] == []


@pytest.mark.parametrize("arguments", [["--help"], ["report", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys; from monitor.cli import main; main(sys.argv[1:], standalone_mode=False);"
        f" print(*sorted(set({HEAVY}) & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines()[-1] == ""


def test_every_command_and_section_has_its_indonesian_line() -> None:
    text = files("monitor.cli").joinpath("help.id.toml").read_text(encoding="utf-8")
    messages = tomllib.loads(text)
    assert sorted(messages["commands"]) == sorted(" ".join(("pantau", *path)) for path in PATHS)
    assert list(messages["sections"]) == list(main.sections)
    shown = subprocess.run(
        [sys.executable, "-c", "from monitor.cli import main; main()", "--help"],
        env=os.environ | {"PANTAU_LANG": "id"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert all(f"\n{title}:\n" in shown for title in messages["sections"].values())
    assert messages["commands"]["pantau status"] in shown
