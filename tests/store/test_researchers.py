"""The page for researchers does what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import make_url

from monitor.config import week_of
from monitor.model import GONE, DetailVisit, EntryKind, Origin, Stratum, UnitState
from monitor.store import Store
from tests.store.values import MONDAY, fill, findings, listing, page, plan, received, unit

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "researchers.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
Rows = Callable[..., list[tuple[object, ...]]]


def test_the_page_has_examples() -> None:
    assert len(QUERIES) >= 7
    assert len(PROGRAMS) == 4


@pytest.mark.parametrize("sql", QUERIES)
def test_every_query_answers(store: Store, rows: Rows, sql: str) -> None:
    fill(store)
    store.editions.save(findings())
    assert rows(sql)


def test_the_first_query_counts_places(store: Store, rows: Rows) -> None:
    fill(store)
    assert rows(QUERIES[1]) == [("lazada", "textile_fashion", 2, 2)]


def test_concentration_is_null_where_a_seller_is_unknown(store: Store, rows: Rows) -> None:
    (query,) = (sql for sql in QUERIES if "AS hhi" in sql)
    store.plans.save(plan())
    run = store.runs.start("crawl", Origin.live, MONDAY)
    unnamed = {"seller_id": None, "seller_name": None}
    offers = (
        listing("1", seller_id="a"),
        listing("2", seller_id="a"),
        listing("3", seller_id=None, seller_name="b"),
    )
    store.pages.save(run, page(unit(), listings=offers))
    ((_, _, count, unknown, index),) = rows(query)
    assert (count, unknown) == (3, 0)
    assert float(str(index)) == pytest.approx(10_000 * (4 + 1) / 9)
    store.pages.save(run, page(unit(1), "more", listings=(listing("4", **unnamed),)))
    assert [row[2:] for row in rows(query)] == [(4, 1, None)]


def test_prices_are_in_the_currencys_unit(store: Store, rows: Rows) -> None:
    fill(store)
    assert [float(str(price)) for (price,) in rows("SELECT price FROM observations")] == [
        129900.0
    ] * 2


@pytest.mark.parametrize("program", [x for x in PROGRAMS if "data/pantau.db" in x])
def test_every_program_runs(
    url: str,
    store: Store,
    program: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("the programs read the SQLite file")
    if "duckdb" in program:
        pytest.skip("DuckDB's SQLite extension comes over the network")
    fill(store)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pantau.db").symlink_to(str(make_url(url).database))
    monkeypatch.chdir(tmp_path)
    exec(program, {})
    assert "lazada" in capsys.readouterr().out


def test_the_state_of_a_listing_over_its_weeks(store: Store, rows: Rows) -> None:
    run = store.runs.start("crawl", Origin.live, MONDAY)
    for back, price, places in ((5, 100, 2), (3, 90, 1), (0, 80, 3)):
        at = MONDAY - timedelta(weeks=back)
        offers = [listing("1", rank=rank, price=Decimal(price)) for rank in range(1, places + 1)]
        offers.append(listing("2", rank=9))
        store.pages.save(run, page(body=str(back), observed_at=at, listings=tuple(offers)))
    gone = DetailVisit(
        platform="lazada", item_id="1", url="https://www.lazada.co.id/i1.html",
        week=week_of(MONDAY), state=UnitState.empty, reason=GONE, origin=Origin.live,
        visited_at=MONDAY, received=received("gone"),
    )  # fmt: skip
    store.visits.save(run, gone)
    history = rows(
        "SELECT week, price, places, previous_week, next_week, own_page FROM listing_weeks"
        " WHERE platform = 'lazada' AND item_id = '1' ORDER BY week"
    )
    weeks = [week_of(MONDAY - timedelta(weeks=back)) for back in (5, 3, 0)]
    assert [(week, float(str(price)), *rest) for week, price, *rest in history] == [
        (weeks[0], 100.0, 2, None, weeks[1], None),
        (weeks[1], 90.0, 1, weeks[0], weeks[2], None),
        (weeks[2], 80.0, 3, weeks[1], None, "gone"),
    ]
    assert rows("SELECT count(*) FROM listing_weeks") == [(6,)]


def test_category_pages_beside_the_list_are_in_a_view_of_their_own(
    store: Store, rows: Rows
) -> None:
    """Who counts places, units or weeks of offers on the list counts none of them."""
    category = unit(1, stratum=Stratum.second_way, kind=EntryKind.category)
    store.plans.save(plan((unit(), category)))
    run = store.runs.start("crawl", Origin.live, MONDAY)
    offers = (listing("1"), listing("2", rank=2))
    store.pages.save(run, page(category, "category", listings=(*offers, listing("3", rank=3))))
    store.pages.save(run, page(unit(), listings=offers))
    assert rows("SELECT item_id, stratum FROM observations ORDER BY rank") == [
        ("1", "head"),
        ("2", "head"),
    ]
    assert rows("SELECT item_id, stratum, cluster FROM second_way ORDER BY rank") == [
        (item, "second_way", "textile_fashion") for item in "123"
    ]
    assert rows("SELECT unit_id FROM units") == [(unit().id,)]
    assert rows("SELECT stratum, units FROM weekly_units") == [("head", 1)]
    assert rows("SELECT item_id, places FROM listing_weeks ORDER BY item_id") == [
        ("1", 1),
        ("2", 1),
    ]
