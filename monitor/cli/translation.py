"""The help of the command line in Indonesian, from ``help.id.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from inspect import cleandoc

import click

from .base import Commands


def commands_below(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, each with its words from ``pantau`` on."""
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands_below(below, f"{path} {name}")


def translate_help(main: Commands) -> None:
    """Give every command its Indonesian line, and the sections of ``--help`` their titles.

    The rest of a command's own help stays as it is, below that line.
    """
    text = files("monitor.cli").joinpath("help.id.toml").read_text(encoding="utf-8")
    messages = tomllib.loads(text)
    for path, command in commands_below(main, "pantau"):
        line = messages["commands"][path]
        command.short_help, command.help = line, f"{line}\n\n{cleandoc(command.help or '')}"
    main.sections = {
        messages["sections"][title]: commands for title, commands in main.sections.items()
    }
