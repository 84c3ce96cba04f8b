"""What all commands share: expected failures as one line, and options with one meaning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from errno import EADDRINUSE, EDQUOT, EFBIG, EIO, ENOSPC
from typing import TYPE_CHECKING, Any

import click

from monitor.config import Config, PantauError, load_config, previous_week, week_of, week_start

if TYPE_CHECKING:
    from monitor.registry import Registry
    from monitor.store import Store


_FULL = {ENOSPC, EDQUOT, EFBIG}
_NO_BUG = _FULL | {EADDRINUSE, EIO}
"""Failures of the machine that come without a file name."""


class Commands(click.Group):
    """A group that prints an expected failure as one line and ends with exit code 1.

    A file that cannot be read or written, a full disk and a port that is taken are such failures.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PantauError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.filename is None and error.errno not in _NO_BUG:
                raise
            where = f"{error.filename}: " if error.filename is not None else ""
            mend = "; make room on that disk" if error.errno in _FULL else ""
            raise click.ClickException(f"{where}{error.strerror}{mend}") from error


class Week(click.ParamType[str]):
    """An ISO week such as ``2026-W47``."""

    name = "week"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            week_start(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def week_option(default: Callable[[], str] | None, text: str) -> Option:
    """``--week``, with a default that is computed when the command runs."""
    return click.option("--week", type=Week(), default=default, metavar="2026-W47", help=text)


def this_week() -> str:
    """The current week in Asia/Jakarta."""
    return week_of(datetime.now(UTC))


def last_week() -> str:
    """The last complete week in Asia/Jakarta."""
    return previous_week(this_week())


def begun(week: str) -> None:
    """Refuse, as wrong usage, a week of which nothing can have been seen yet."""
    if week_start(week) > datetime.now(UTC):
        raise click.BadParameter(f"{week} has not begun", param_hint="'--week'")


def open_all() -> tuple[Config, Registry, Store]:
    """Configuration, registry and store of this home; the caller closes the store."""
    from monitor.registry import load_registry

    config = load_config()
    registry = load_registry(config.registry, config.confirmations)
    return config, registry, open_store(config)


def open_store(config: Config) -> Store:
    """The home's store, made if there is none yet."""
    from monitor.store import Store

    return Store.of_home(config)


def fail_if(failed: bool) -> None:
    """End with exit code 1 where some of the work failed; what failed has been printed."""
    if failed:
        raise SystemExit(1)
