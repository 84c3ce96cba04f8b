"""Entries of a TOML table as values, or all that is wrong with them, each with its mend."""

from __future__ import annotations

import re
from functools import cache
from types import NoneType, SimpleNamespace
from typing import Any, TypeVar, cast, get_args, get_origin

import msgspec

T = TypeVar("T")
_UNREADABLE = object()
_PLAIN_WORDS = {
    "`object`": "a table",
    "`array`": "a list",
    "`str`": "text",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
}


def read_entry(row: dict[str, Any], kind: type[T]) -> tuple[T, list[str]]:
    """An entry as a value of ``kind``, and one line for each field that is wrong or missing.

    Where there are such lines, a stand-in takes the value's place: a ``SimpleNamespace`` of the
    fields that could be read, so that asking it for another raises ``AttributeError``. The same
    goes for tables within it.
    """
    problems: list[str] = []
    return cast(T, _read_table(row, kind, "", problems)), problems


def _read_table(row: dict[str, Any], kind: type, path: str, problems: list[str]) -> Any:
    """A table as a value of ``kind``, with the defaults of what it does not give, or a stand-in."""
    before = len(problems)
    fields = _fields(kind)
    prefix = f"{path}: " if path else ""
    readable: dict[str, Any] = {}
    for key, raw in row.items():
        if key not in fields:
            names = ", ".join(fields)
            problems.append(f"{prefix}unknown key {key!r}; remove or correct it, known are {names}")
            continue
        content = _read(raw, fields[key].type, f"{path}.{key}" if path else key, problems)
        if content is not _UNREADABLE:
            readable[fields[key].name] = content
    for key, field in fields.items():
        if field.required and key not in row:
            problems.append(f"{path}.{key}: missing; add it".lstrip("."))
        elif key not in row:
            no_default = field.default is msgspec.NODEFAULT
            readable[field.name] = field.default_factory() if no_default else field.default
    return kind(**readable) if len(problems) == before else SimpleNamespace(**readable)


@cache
def _fields(kind: type) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a kind of value by their keys; finding them takes longer than a table."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _read(raw: Any, kind: Any, path: str, problems: list[str]) -> Any:
    """What stands at ``path`` as its type wants it; ``_UNREADABLE`` where anything is wrong."""
    if NoneType in get_args(kind):
        kind = next(choice for choice in get_args(kind) if choice is not NoneType)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(raw, dict):
        return _read_table(raw, kind, path, problems)
    if get_origin(kind) is tuple and isinstance(raw, list):
        (part_kind, _) = get_args(kind)
        parts = [_read(part, part_kind, f"{path}[{i}]", problems) for i, part in enumerate(raw)]
        return _UNREADABLE if _UNREADABLE in parts else tuple(parts)
    if get_origin(kind) is dict and isinstance(raw, dict):
        key_kind, part_kind = get_args(kind)
        table = {
            _read(key, key_kind, path, problems): _read(part, part_kind, f"{path}.{key}", problems)
            for key, part in raw.items()
        }
        return _UNREADABLE if _UNREADABLE in (*table, *table.values()) else table
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        problems.append(f"{path}: {_mend(str(error), kind)}")
        return _UNREADABLE


def _mend(message: str, kind: Any) -> str:
    """A message of msgspec in plain words, and what to do."""
    if "enum value" in message:
        choices = get_args(kind) or [str(choice.value) for choice in kind]
        return f"{message}; write one of {', '.join(choices)}"
    if "datetime" in message:
        return "no time; write it with its zone, as 2021-08-03T00:00:00+07:00"
    if "date" in message:
        return "no day; write it as 2021-08-03"
    for word, plain in _PLAIN_WORDS.items():
        message = message.replace(word, plain)
    return f"{re.sub(r' - at .*', '', message)}; correct it"
