"""Rows of a TOML table as values, or all that is wrong with them, each with its mend."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T")
_PLAIN = {
    " | null": "",
    "`object`": "a table",
    "`array`": "a list",
    "`str`": "text",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`datetime`": "a time",
    "`date`": "a day",
}


def read_row(row: dict[str, Any], kind: type[T]) -> tuple[T | None, list[str]]:
    """The value of a row; where it has none, one line for each field that is wrong or missing."""
    left = dict(row)
    problems: list[str] = []
    while True:
        try:
            value = msgspec.convert(left, kind)
        except msgspec.ValidationError as error:
            said, path = _split(error)
            field = path[0] if path else _quoted(said)
            if field not in left:
                return None, (problems + _missing(row, kind)) or [_line(said, path, kind)]
            problems.append(_line(said, path, kind))
            del left[field]
        else:
            return (None, problems) if problems else (value, [])


def _split(error: msgspec.ValidationError) -> tuple[str, list[str]]:
    """What is wrong, and where: field names and indices (``[0]``, ``[...]`` in a table)."""
    said, _, at = str(error).partition(" - at ")
    path = at.removeprefix("`key` in ").strip("`").removeprefix("$")
    return said, re.findall(r"\[[^\]]*\]|[^.\[\]]+", path)


def _line(said: str, path: list[str], kind: type) -> str:
    where = "".join(part if part.startswith("[") else f".{part}" for part in path).lstrip(".")
    prefix = f"{where}: " if where else ""
    if "unknown field" in said:
        known = ", ".join(_fields(_at(path, kind)))
        return f"{prefix}unknown key {_quoted(said)!r}; remove or correct it, known are {known}"
    if "enum value" in said:
        return f"{prefix}{said}; write one of {', '.join(_choices(_at(path, kind)))}"
    if "missing required" in said:
        return f"{where}.{_quoted(said)}: missing; add it"
    if "datetime" in said:
        return f"{prefix}no time; write it with its zone, as 2021-08-03T00:00:00+07:00"
    for word, plain in _PLAIN.items():
        said = said.replace(word, plain)
    return f"{prefix}{said}; correct it"


def _missing(row: dict[str, Any], kind: type) -> list[str]:
    fields = inspect.type_info(kind).fields  # type: ignore[attr-defined]
    wanted = [field.encode_name for field in fields if field.required]
    return [f"{name}: missing; add it" for name in wanted if name not in row]


def _at(path: list[str], kind: type) -> inspect.Type:
    """The type at a path of field names and indices."""
    found: inspect.Type = inspect.type_info(kind)
    for part in path:
        if isinstance(found, inspect.StructType):
            found = next(_plain(each.type) for each in found.fields if each.encode_name == part)
        elif isinstance(found, inspect.VarTupleType):
            found = _plain(found.item_type)
        elif isinstance(found, inspect.DictType):
            found = _plain(found.value_type)
    return found


def _plain(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.UnionType):
        return next(each for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind


def _fields(kind: inspect.Type) -> list[str]:
    known = kind.fields if isinstance(kind, inspect.StructType) else ()
    return [field.encode_name for field in known]


def _choices(kind: inspect.Type) -> list[str]:
    if isinstance(kind, inspect.DictType):
        return _choices(kind.key_type)
    if isinstance(kind, inspect.EnumType):
        return [str(each.value) for each in kind.cls]
    return [str(each) for each in kind.values] if isinstance(kind, inspect.LiteralType) else []


def _quoted(said: str) -> str:
    found = re.search(r"`([^`]*)`", said)
    return found[1] if found else ""
