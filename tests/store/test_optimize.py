"""The query planner knows the tables: after a week's screen is frozen, at close, and on request."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import make_url

from monitor.store import Store
from tests.store.values import fill

Rows = Callable[..., list[tuple[object, ...]]]


def test_a_frozen_screen_and_a_request_count_the_tables(url: str, store: Store, rows: Rows) -> None:
    if not url.startswith("sqlite"):
        store.optimize()
        assert rows("SELECT last_analyze IS NOT NULL FROM pg_stat_user_tables LIMIT 1")
        return
    counts = "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'observation'"
    assert rows(counts) == [(0,)], "an upgrade counted, and there was nothing"
    fill(store)
    counted = rows("SELECT DISTINCT tbl FROM sqlite_stat1")
    assert {("observation",), ("listing_version",)} <= set(counted)
    store.optimize()
    assert rows("SELECT stat FROM sqlite_stat1 WHERE tbl = 'observation'")[0][0].split()[0] == "2"


def test_closing_waits_for_nobody_who_writes(url: str) -> None:
    """Nor does it fail: what is not counted now is counted by the next one."""
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL counts by itself")
    store = Store.open(url)
    fill(store)
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE").close()
        store.close()
        writer.execute("ROLLBACK").close()
