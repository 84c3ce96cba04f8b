"""The page for researchers does what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from monitor.store import Store
from tests.store.values import fill, findings

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
