"""What all commands share: expected failures as one line, and options with one meaning."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from errno import EADDRINUSE, EDQUOT, EFBIG, EIO, ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.config import (
    Config,
    PantauError,
    load_config,
    previous_week,
    printable,
    week_of,
    week_start,
)
from monitor.process import Terminated

if TYPE_CHECKING:
    from monitor.registry import Registry
    from monitor.store import Store


_DISK_FULL = {ENOSPC, EDQUOT, EFBIG}
_MACHINE_FAILURES = _DISK_FULL | {EADDRINUSE, EIO}
"""Errors that are no bug of ours though they come without a file name."""


class Commands(click.Group):
    """A group that prints an expected failure as one line and ends with exit code 1.

    A file that cannot be read or written, a full disk, a port that is taken and SIGTERM are such
    failures.
    ``--help`` lists the commands in sections; one may stand in several.
    """

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.sections: dict[str, tuple[click.Command, ...]] = {}

    def add_section(self, title: str, *commands: click.Command) -> None:
        """Add commands under a heading of ``--help``."""
        self.sections[title] = commands
        for command in commands:
            self.add_command(command)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was called; raises ``ClickException`` for an expected failure."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if type(error) is not click.ClickException:
                raise  # wrong usage quotes the caller's own words
            raise click.ClickException(printable(error.message)) from error
        except Terminated as error:
            raise click.ClickException(f"ended by {error}") from error
        except PantauError as error:
            raise click.ClickException(expected_failure(error)) from error
        except OSError as error:
            message = expected_failure(error)
            if error.filename is None and error.errno in _DISK_FULL:
                # What is still buffered would fail again, with a second message, as Python ends.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.ClickException(message) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections of ``--help``."""
        longest = max(map(len, self.commands))
        for title, commands in self.sections.items():
            with formatter.section(title):
                width = formatter.width - 6 - longest
                rows = [
                    (str(command.name).ljust(longest), command.get_short_help_str(width))
                    for command in commands
                ]
                formatter.write_dl(rows)


def expected_failure(error: PantauError | OSError) -> str:
    """An expected failure in one line, with the mend of a full disk.

    Raises the error again where it is none: an ``OSError`` that names no file and is no failure of
    the machine.
    """
    if isinstance(error, PantauError):
        return printable(str(error))
    if error.filename is None and error.errno not in _MACHINE_FAILURES:
        raise error
    where = f"{error.filename}: " if error.filename is not None else ""
    mend = "; make room on that disk" if error.errno in _DISK_FULL else ""
    return printable(f"{where}{error.strerror}{mend}")


def example(call: str) -> str:
    """The end of a command's ``--help``: ``call`` is a valid call of it, after ``pantau``."""
    return f"\b\nExample:\n  pantau {call}"


class Week(click.ParamType[str]):
    """An ISO week such as ``2026-W47``."""

    name = "week"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The week as it was given; anything else is wrong usage."""
        try:
            week_start(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


class Weeks(click.ParamType[tuple[str, str]]):
    """A week, or a span of weeks such as ``2026-W40..2026-W47``: the first and the last."""

    name = "weeks"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """(first, last); wrong usage where the last comes before the first."""
        first, _, last = str(value).partition("..")
        span = (Week().convert(first, param, ctx), Week().convert(last or first, param, ctx))
        if span[0] > span[1]:
            self.fail(f"{span[1]} is before {span[0]}", param, ctx)
        return span


class InputPath(click.Path):
    """A path of what is read: one that is missing, or of another kind, failed (exit code 1).

    The call is right and the input is not: wrong usage (2) is what no file could mend.
    """

    def __init__(self, *, folder: bool = False) -> None:
        super().__init__(exists=True, file_okay=not folder, dir_okay=folder, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path as it was given; raises ``ClickException`` for one that cannot be read."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            raise click.ClickException(error.message) from error


Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def week_option(default: Callable[[], str] | None, text: str) -> Option:
    """``--week``, with a default that is computed when the command runs."""
    return click.option("--week", type=Week(), default=default, metavar="2026-W47", help=text)


def lang_option() -> Option:
    """``--lang``, the language of what is written or shown."""
    return click.option(
        "--lang", type=click.Choice(["id", "en"]), help="As configured if not given."
    )


def this_week() -> str:
    """The current week in Asia/Jakarta."""
    return week_of(datetime.now(UTC))


def last_week() -> str:
    """The last complete week in Asia/Jakarta."""
    return previous_week(this_week())


def require_begun(week: str) -> None:
    """Refuse, as wrong usage, a week of which nothing can have been seen yet."""
    if week_start(week) > datetime.now(UTC):
        raise click.BadParameter(f"{week} has not begun", param_hint="'--week'")


def load_settings() -> tuple[Config, Registry]:
    """Configuration and registry of this home."""
    from monitor.registry import load_registry

    config = load_config()
    return config, load_registry(config.registry, config.confirmations)


def open_all(*, create: bool = True) -> tuple[Config, Registry, Store]:
    """Configuration, registry and store of this home; the caller closes the store."""
    config, registry = load_settings()
    return config, registry, open_store(config, create=create)


def open_store(config: Config, *, create: bool = True) -> Store:
    """The home's store, made if there is none yet; without ``create`` that is refused."""
    from monitor.store import Store

    return Store.of_home(config, create=create)


def say(line: object, *, err: bool = False) -> None:
    """Print a line, on stderr if ``err``; what would command a terminal is made harmless."""
    click.echo(printable(str(line)), err=err)


_YES, _NO = {"y", "ya", "yes"}, {"", "n", "no", "t", "tidak"}


def agrees(question: str) -> bool:
    """Whether a person at the terminal says yes, in either language; asked until they answer.

    An empty answer is no.
    """
    while True:
        prompted = click.prompt(question, default="", show_default=False, err=True)
        answer = str(prompted).strip().casefold().rstrip(".!")
        if answer in _YES | _NO:
            return answer in _YES


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], object]]:
    """A progress bar on stderr, where that is a terminal.

    Yields what to call with each step and the length of all steps, which may grow.
    """
    with click.progressbar(
        length=1, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def advance(step: int, total: int) -> None:
            """Move on by a step."""
            bar.length = total
            bar.update(step)

        yield advance


def fail_if(failed: bool) -> None:
    """End with exit code 1 where some of the work failed; what failed has been printed."""
    if failed:
        raise SystemExit(1)
