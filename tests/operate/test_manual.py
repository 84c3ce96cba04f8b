"""The operators' manual: its settings are the defaults, its commands exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from monitor.cli import main
from monitor.config import Config, load_config

MANUAL = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:^    .*\n|^\n(?=    ))+", MANUAL, re.MULTILINE)
COMMANDS = sorted(set(re.findall(r"^    (pantau .*?)(?: +#.*)?$", MANUAL, re.MULTILINE)))


def test_the_settings_of_the_manual_are_the_defaults(tmp_path: Path) -> None:
    settings = next(block for block in BLOCKS if "[schedule]" in block)
    text = "\n".join(line.removeprefix("    ") for line in settings.splitlines())
    (tmp_path / "pantau.toml").write_text(text, encoding="utf-8")
    loaded = load_config({"PANTAU_HOME": str(tmp_path)})
    plain = Config(home=tmp_path, database_url=loaded.database_url)
    for table in ("crawl", "schedule", "handover"):
        assert getattr(loaded, table) == getattr(plain, table)
        assert tomllib.loads(text)[table].keys() == set(getattr(plain, table).__struct_fields__)
    assert loaded.contact
    assert loaded.confirmations["lazada-2021-akar"].by


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_of_the_manual_are_commands(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = main
    context = click.Context(main, info_name="pantau")
    while isinstance(command, click.Group) and words:
        subcommand = command.get_command(context, words[0])
        assert subcommand is not None, words[0]
        command, words = subcommand, words[1:]
    try:
        command.make_context("pantau", words, parent=context)
    except click.ClickException as error:
        assert "does not exist" in str(error), error


def test_every_variable_of_the_environment_is_explained() -> None:
    from monitor.config import _PLACES

    assert set(_PLACES.values()) <= set(re.findall(r"PANTAU_[A-Z_]+", MANUAL))
