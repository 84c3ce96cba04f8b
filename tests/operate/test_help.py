"""``--help`` of every command: fast, in sections, and with an example that is a valid call."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import load_config, week_of
from monitor.model import Origin, Plan
from monitor.store import Store

HEAVY_FOR_A_LOOK = (
    "alembic", "jinja2", "numpy", "scipy", "scrapy", "sklearn", "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm", "twisted",
)  # fmt: skip
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


@pytest.mark.parametrize(
    ("command", "exit_code"), [("config", 0), ("status", 0), ("doctor", 0), ("status --check", 1)]
)
def test_a_look_at_a_home_imports_nothing_heavy(
    tmp_path: Path, command: str, exit_code: int
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    config = load_config({"PANTAU_HOME": str(home)})
    with Store.of_home(config, origin=Origin.live) as store:
        week, now = week_of(datetime.now(UTC)), datetime.now(UTC)
        store.plans.save(Plan(week=week, frame_version="1", seed=1, drawn_at=now, units=()))
    script = (
        "import sys; from monitor.cli import main\n"
        "try: main(sys.argv[1:], standalone_mode=False)\n"
        "except SystemExit as end: code = end.code\n"
        "else: code = 0\n"
        f"print(code, *sorted(set({HEAVY_FOR_A_LOOK}) & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script, *command.split()],
        env=os.environ | {"PANTAU_HOME": str(home), "PANTAU_NOTIFY": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.splitlines()[-1] == str(exit_code), shown.stdout


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
