"""The command line: one function a command, heavy imports inside."""

from __future__ import annotations

import click

from monitor import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pantau")
def main() -> None:
    """Watch whether marketplaces in Indonesia keep their promises to block foreign sellers."""
