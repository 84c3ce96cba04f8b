"""Nothing that is asked for each page or listing walks through a whole table."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from monitor.model import Origin
from monitor.store import Store
from tests.store.values import MONDAY, WEEK, decision, listing, page, plan, unit

GROWING = {"observation", "listing", "listing_version", "seller", "response", "classification"}


@pytest.fixture
def asked() -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database."""
    statements: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        statements.append((statement, parameters[0] if many else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


def walked(path: Path, statements: list[tuple[str, Any]]) -> set[str]:
    found = set()
    with closing(sqlite3.connect(path)) as connection:
        aliases = {name: name for name in GROWING} | {f"{name}_1": name for name in GROWING}
        for statement, parameters in statements:
            if not statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
                continue
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
                scan = re.match(r"SCAN (\w+)", row[3])
                if scan and scan[1] in aliases:
                    found.add(aliases[scan[1]])
    return found


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM listings WHERE platform = 'lazada' AND item_id = '101'",
        "SELECT * FROM listing_weeks WHERE platform = 'lazada' AND item_id = '101'",
        "SELECT * FROM sellers WHERE platform = 'lazada' AND seller_id = '77'",
        "SELECT * FROM observations WHERE platform = 'lazada' AND item_id = '101'",
    ],
)
@pytest.mark.parametrize("is_optimized", [False, True])
def test_a_view_answers_for_one_key_by_index(tmp_path: Path, sql: str, is_optimized: bool) -> None:
    path = tmp_path / "pantau.db"
    with Store.open(f"sqlite:///{path}") as store:
        store.plans.save(plan())
        run = store.runs.start("crawl", Origin.live, MONDAY)
        offers = tuple(listing(str(number), seller_id=str(number)) for number in range(300))
        store.pages.save(run, page(unit(), listings=offers))
        store.classifications.save(
            (number, decision()) for number, _ in store.classifications.pending("c1")
        )
        store.screens.freeze(WEEK, "c1")
        if is_optimized:
            store.optimize()
    with closing(sqlite3.connect(path)) as connection:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    # Aliases of the tables that grow with every listing; of pages and units there are few here.
    walks = [step for step in steps if re.match(r"SCAN [lvosfcwpk]\b", step)]
    assert not walks, steps


@pytest.mark.parametrize(
    ("ask", "may_walk"),
    [
        (lambda s, run: s.pages.save(run, page(unit(1), "b", listings=(listing("9"),))), set()),
        (lambda s, run: s.pages.save(run, page(None, "c")), set()),
        (lambda s, run: list(s.observations.of_week(WEEK)), set()),
        (lambda s, run: list(s.screens.of_week(WEEK)), set()),
        (lambda s, run: s.observations.of_listing("lazada", "101"), set()),
        (lambda s, run: s.units.of_week(WEEK), set()),
        (lambda s, run: s.labels.carried_into(WEEK), set()),
        (lambda s, run: s.classifications.save([(1, decision(classifier="c2"))]), set()),
        (lambda s, run: list(s.classifications.pending("c2")), {"listing_version"}),
    ],
)
def test_nothing_walks(
    tmp_path: Path,
    asked: list[tuple[str, Any]],
    ask: Callable[[Store, int], object],
    may_walk: set[str],
) -> None:
    path = tmp_path / "pantau.db"
    with Store.open(f"sqlite:///{path}") as store:
        store.plans.save(plan())
        run = store.runs.start("crawl", Origin.live, MONDAY)
        store.pages.save(run, page(unit()))
        asked.clear()
        ask(store, run)
        assert len(asked) >= 1
        assert walked(path, asked) == may_walk
