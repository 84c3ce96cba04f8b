"""How many results a platform claims, as the table that weighs its searches."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import previous_week
from monitor.model import Origin
from monitor.operate.result_counts import result_counts
from monitor.registry.query_log import read_counts
from monitor.store import Store
from tests.store.values import MONDAY, WEEK, page, plan, unit


def saved_claims(store: Store) -> None:
    """Claims of two weeks, the newest page without one; a query with a quotation mark."""
    for back, claims in enumerate(((4000, None), (3000, 50))):
        week = previous_week(WEEK, back)
        at = MONDAY - timedelta(weeks=back)
        units = (unit(0, week), unit(1, week, query='sarung 12", "asli"'))
        store.plans.save(plan(units, week))
        run = store.runs.start("crawl", Origin.live, at, week=week, platform="lazada")
        for planned, claim in zip(units, claims, strict=True):
            written = page(
                planned, body=f"{week} {planned.id}", total_results=claim, observed_at=at
            )
            store.pages.save(run, written)


def test_the_printed_table_is_what_weighs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path))
    with Store.open(f"sqlite:///{tmp_path / 'pantau.db'}") as store:
        saved_claims(store)
        claims = result_counts(store, "lazada")
        assert claims == {"mukena 0": 4000, 'sarung 12", "asli"': 50}, "the newest of each search"
    printed = CliRunner().invoke(main, ["frame", "results", "lazada"])
    assert printed.exit_code == 0, printed.output
    assert dict(read_counts(printed.stdout)) == claims
    for platform, word in (("shopee", "no page seen"), ("tokobagus", "no such platform")):
        refused = CliRunner().invoke(main, ["frame", "results", platform])
        assert refused.exit_code
        assert word in refused.output
