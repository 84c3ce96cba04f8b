"""PostgreSQL answers as SQLite does: every view, every documented query, and the canned questions
but those that call functions of SQLite's own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, create_engine, text

from monitor.research.questions import QUESTIONS
from monitor.store import Store
from monitor.store.schema import METADATA
from monitor.store.views import VIEWS
from tests.research.conftest import Released
from tests.store.conftest import ADDRESS, new_postgresql
from tests.store.test_researchers import QUERIES

pytestmark = pytest.mark.postgresql
SQLITE_ALONE = ("json_extract", "_fts", "json_each")
"""Functions of SQLite that canned questions use: they are of readers' copies, which are SQLite."""
ASKED = {f"view {view.name}": f"SELECT * FROM {view.name}" for view in VIEWS}
ASKED |= {f"documented {number}": sql for number, sql in enumerate(QUERIES, 1)}
ASKED |= {
    f"question {question.id}": question.sql
    for question in QUESTIONS
    if not any(word in question.sql for word in SQLITE_ALONE)
}


@pytest.fixture(scope="module")
def engines(released: Released) -> Iterator[tuple[Engine, Engine]]:
    """The invented week in SQLite, and the same rows in PostgreSQL."""
    if not os.environ.get(ADDRESS):
        pytest.skip(f"{ADDRESS} names no PostgreSQL server")
    sqlite = create_engine(released.config.database_url)
    with new_postgresql() as url:
        Store.upgrade(url)
        postgresql = create_engine(url)
        with sqlite.connect() as source, postgresql.begin() as target:
            target.execute(text("SET LOCAL session_replication_role = replica"))
            for table in METADATA.sorted_tables:
                rows = [dict(row._mapping) for row in source.execute(table.select())]
                target.execute(table.delete())
                if rows:
                    target.execute(table.insert(), rows)
        yield sqlite, postgresql
        postgresql.dispose()
        sqlite.dispose()


def plain(value: object) -> object:
    """A value as either driver may give it: numbers of nine digits, moments as text, JSON read."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(value)
    return f"{float(value):.9g}" if isinstance(value, (int, float, Decimal)) else value


def answers(engine: Engine, sql: str) -> tuple[list[str], list[Sequence[object]]]:
    """The columns and the rows, in an order of their own."""
    with engine.connect() as connection:
        result = connection.execute(text(sql.replace(":", r"\:")))
        columns = list(result.keys())
        rows = [[plain(value) for value in row] for row in result]
    return columns, sorted(rows, key=repr)


@pytest.mark.parametrize("asked", ASKED)
def test_both_databases_answer_alike(engines: tuple[Engine, Engine], asked: str) -> None:
    sqlite, postgresql = (answers(engine, ASKED[asked]) for engine in engines)
    assert sqlite[0] == postgresql[0]
    assert [a for a, b in zip(sqlite[1], postgresql[1], strict=True) if a != b] == []


def test_the_week_has_rows_to_compare(engines: tuple[Engine, Engine]) -> None:
    """Views that stay empty here would be alike whatever they said."""
    empty = {name for name, sql in ASKED.items() if not answers(engines[0], sql)[1]}
    assert empty == {"view second_way", "question returned"}, "no page or offer of this week is one"
