"""What a release is made of: tables, their columns, and what each column may hold.

The types are those of Frictionless Table Schema, so that a package says of itself what these
values say, and whoever has it can check that it is so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from monitor.model import Value

Type = Literal["string", "integer", "number", "boolean", "date", "datetime"]


class Column(Value):
    """A column: its type, what it means, and the values it may hold.

    ``codes`` are all values of a vocabulary; ``least`` and ``most`` are limits of numbers;
    ``is_free_text`` marks words of a platform, which a spreadsheet must not take for a formula.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    codes: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    pattern: str | None = None
    is_free_text: bool = False

    @property
    def constraints(self) -> dict[str, Any]:
        """The constraints of Table Schema."""
        constraints: dict[str, Any] = {
            "required": self.required or None,
            "enum": list(self.codes) or None,
            "minimum": self.least,
            "maximum": self.most,
            "pattern": self.pattern,
        }
        return {name: limit for name, limit in constraints.items() if limit is not None}


class Table(Value):
    """A table: its columns, the columns that tell its rows apart, and what they refer to.

    ``foreign`` gives, for columns, the table whose key they hold. Rows come as mappings. A key that
    does not last is a number of one release only. A table of all weeks is whole in each release.
    """

    name: str
    meaning: str
    fields: tuple[Column, ...]
    key: tuple[str, ...] = ()
    foreign: Mapping[tuple[str, ...], str] = MappingProxyType({})
    key_lasts: bool = True
    of_all_weeks: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(field.name for field in self.fields)


def text(name: str, meaning: str, **limits: Any) -> Column:
    """A column of text."""
    return Column(name=name, type="string", meaning=meaning, **limits)


def code(name: str, meaning: str, words: Iterable[str] | type[StrEnum], **limits: Any) -> Column:
    """A column of a closed vocabulary."""
    return Column(name=name, type="string", meaning=meaning, codes=tuple(map(str, words)), **limits)


def count(name: str, meaning: str, **limits: Any) -> Column:
    """A column of whole numbers that are not negative."""
    return Column(name=name, type="integer", meaning=meaning, **{"least": 0} | limits)


def number(name: str, meaning: str, **limits: Any) -> Column:
    """A column of numbers that are not negative."""
    return Column(name=name, type="number", meaning=meaning, **{"least": 0} | limits)


def share(name: str, meaning: str, **limits: Any) -> Column:
    """A column of shares or probabilities, in [0, 1]."""
    return number(name, meaning, most=1, **limits)


def flag(name: str, meaning: str, **limits: Any) -> Column:
    """A column of true and false."""
    return Column(name=name, type="boolean", meaning=meaning, **limits)


def day(name: str, meaning: str, **limits: Any) -> Column:
    """A column of days in Western Indonesian Time (WIB)."""
    return Column(name=name, type="date", meaning=f"{meaning} (day in WIB)", **limits)


def time(name: str, meaning: str, **limits: Any) -> Column:
    """A column of times in UTC."""
    return Column(name=name, type="datetime", meaning=f"{meaning} (UTC)", **limits)


def week(name: str, meaning: str, **limits: Any) -> Column:
    """A column of ISO weeks in Asia/Jakarta."""
    return text(name, f"{meaning} (ISO week in Asia/Jakarta)", pattern=r"\d{4}-W\d{2}", **limits)
