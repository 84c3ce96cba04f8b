"""Base of all values, and the one error that users meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, dataclass_transform

import msgspec

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _ValueType(msgspec.StructMeta):
    def __new__(
        cls, name: str, bases: tuple[type, ...], names: dict[str, Any], **options: Any
    ) -> _ValueType:
        options = {"frozen": True, "kw_only": True, "forbid_unknown_fields": True} | options
        struct: _ValueType = super().__new__(cls, name, bases, names, **options)
        return struct


class Value(msgspec.Struct, metaclass=_ValueType):
    """Base of all values: immutable, keyword-only, strict when decoded."""


def to_json(value: object) -> bytes:
    """UTF-8 JSON of a value, keys in the order of the fields, without spaces."""
    return msgspec.json.encode(value, order="deterministic")


def json_parts(value: msgspec.Struct) -> Iterator[bytes]:
    """What ``to_json`` gives, in parts: of a field that is a tuple a part an element."""
    separator = b"{"
    for name, key in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
        yield separator + to_json(key) + b":"
        separator = b","
        field = getattr(value, name)
        if not isinstance(field, tuple):
            yield to_json(field)
            continue
        yield b"["
        for number, element in enumerate(field):
            yield (b"," if number else b"") + to_json(element)
        yield b"]"
    yield b"}"


def from_json(data: bytes | str, kind: type[_T]) -> _T:
    """The value in ``data``; raises ``msgspec.ValidationError`` naming the field that is wrong."""
    return msgspec.json.decode(data, type=kind)


class PantauError(Exception):
    """An expected failure: its message names the file or field and the mend."""
