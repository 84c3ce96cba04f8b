"""Base of all tables: naming of constraints, column types, the columns of a robots decision."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine


class PackedJson(TypeDecorator[str]):
    """A long JSON object, kept compressed (zlib) as base64; one that is plain is read as it is.

    Empty text stands for one that was removed. So no database needs another column for it, and
    those of earlier versions stay as they are.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it is stored."""
        return value and b64encode(zlib.compress(value.encode())).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it was given."""
        if not value or value.startswith("{"):
            return value
        return zlib.decompress(b64decode(value)).decode()


class Utc(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite gets it as text without an offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What its values are."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time in UTC, as the database takes it; raises ``ValueError`` without an offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"time without an offset: {value.isoformat()}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time as stored, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value: ``JSONB`` in PostgreSQL, text in SQLite."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of the database; PostgreSQL's dialect is imported for PostgreSQL alone."""
        if dialect.name != "postgresql":
            return self.impl_instance
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB(none_as_null=True))


BIGINT = BigInteger().with_variant(Integer(), "sqlite")

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables; their names are singular, those of the views for researchers plural."""

required = partial(Column, nullable=False)
"""A column that always has a value; a plain ``Column`` may be null."""


def enum(kind: type[StrEnum]) -> Enum:
    """A column's type that takes the names of an enumeration; the table checks it."""
    return Enum(kind, native_enum=False, create_constraint=True, length=24)


def week_check(name: str = "week") -> CheckConstraint:
    """A week is written ``2026-W47``."""
    return CheckConstraint(f"{name} LIKE '____-W__'", name=f"{name}_form")


def share_check(*names: str) -> tuple[CheckConstraint, ...]:
    """Shares and scores lie in [0, 1]."""
    return tuple(CheckConstraint(f"{n} BETWEEN 0 AND 1", name=f"{n}_range") for n in names)


def length_check(name: str, length: int) -> CheckConstraint:
    """Codes and hashes have one length."""
    return CheckConstraint(f"length({name}) = {length}", name=f"{name}_length")


def robots_columns() -> tuple[Column[Any], ...]:
    """What robots.txt, or a recorded permission, said about a URL."""
    return (
        Column(
            "robots_allowed",
            Boolean,
            comment="whether robots.txt or a permission allowed the fetch; null where nobody asked",
        ),
        Column("robots_url", Text, comment="address of the robots.txt that decided"),
        Column("robots_rule", Text, comment="the line of robots.txt that decided"),
        Column("robots_fetched_at", Utc, comment="when that robots.txt was fetched (UTC)"),
        Column(
            "robots_permission",
            Text,
            comment="reference of the platform's recorded permission that covered the path",
        ),
    )
