"""Pages: stored whole or not at all, once, and never made worse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.listing import Origin, UnitState
from monitor.store import Store
from tests.store.values import MONDAY, WEEK, page, plan, unit

Rows = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def run(store: Store) -> int:
    store.save_plan(plan())
    return store.start_run("crawl", Origin.live, MONDAY, week=WEEK, platform="lazada")


def test_what_is_written_is_read(store: Store, run: int) -> None:
    written = page(unit())
    store.write_page(run, written)
    first, second = store.observations(WEEK)
    assert (first.listing, second.listing) == written.listings
    assert first.received == written.received
    assert (first.unit_id, first.entry_id, first.query) == (unit().id, "kata-0", "mukena 0")
    assert (first.cluster, first.stratum) == (unit().cluster, unit().stratum)
    assert (first.rank, first.observed_at, first.origin) == (1, MONDAY, Origin.live)
    assert (first.first_seen, first.classification) == (WEEK, None)
    record = store.units(WEEK)[0]
    assert (record.state, record.places, record.total_results) == (UnitState.sampled, 2, 4000)
    assert (record.robots, record.observed_at) == (written.robots, MONDAY)
    assert [u.id for u in store.pending_units(WEEK)] == [unit(1).id, unit(2).id]
