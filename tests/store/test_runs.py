"""The ledger, and simulated data kept apart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.model import Origin, Run, RunOutcome
from monitor.store import Store, StoreError
from tests.store.values import MONDAY, WEEK, page

LATER = MONDAY + timedelta(hours=2)


def test_a_run_is_read_as_it_went(store: Store) -> None:
    versions = {"parser": "1"}
    number = store.runs.start("crawl", Origin.live, MONDAY, WEEK, "lazada", versions)
    running = Run(
        id=number,
        job="crawl",
        origin=Origin.live,
        started_at=MONDAY,
        outcome=RunOutcome.running,
        week=WEEK,
        platform="lazada",
        versions=versions,
    )
    assert store.runs.newest() == (running,)
    store.runs.finish(number, RunOutcome.stopped, LATER, "blocked twice", {"pages": 3})
    (ended,) = store.runs.newest("crawl", WEEK, "lazada")
    assert (ended.outcome, ended.finished_at) == (RunOutcome.stopped, LATER)
    assert (ended.reason, ended.counts) == ("blocked twice", {"pages": 3})


def test_the_ledger_is_newest_first_and_filtered(store: Store) -> None:
    for hours, job in [(0, "plan"), (2, "crawl"), (1, "report")]:
        store.runs.start(job, Origin.saved, MONDAY + timedelta(hours=hours), WEEK)
    assert [run.job for run in store.runs.newest()] == ["crawl", "report", "plan"]
    assert [run.job for run in store.runs.newest("plan")] == ["plan"]
    assert store.runs.newest(week="2026-W01") == ()
    assert store.runs.newest(platform="lazada") == ()
    assert [run.job for run in store.runs.newest(limit=2)] == ["crawl", "report"]


def test_only_a_run_of_the_ledger_ends(store: Store) -> None:
    with pytest.raises(StoreError, match="run 7: the ledger has no such run"):
        store.runs.finish(7, RunOutcome.done, LATER)
    number = store.runs.start("plan", Origin.live, MONDAY)
    with pytest.raises(StoreError, match="ck_run_finished"):
        store.runs.finish(number, RunOutcome.running, LATER)


@pytest.mark.parametrize("real", [Origin.live, Origin.saved])
def test_simulated_data_never_meets_other_data(url: str, real: Origin) -> None:
    with Store.open(url) as store:
        assert store.simulated is None
        store.runs.start("crawl", Origin.simulated, MONDAY)
        assert store.simulated is True
        with pytest.raises(StoreError, match=r"holds simulated data and takes no real data"):
            store.runs.start("crawl", real, MONDAY)
        run = store.runs.start("crawl", Origin.simulated, MONDAY)
        with pytest.raises(StoreError, match="takes no real data"):
            store.pages.save(run, page(origin=real))
        assert not list(store.observations.of_week(WEEK))
    with pytest.raises(StoreError, match="PANTAU_HOME"):
        Store.open(url, origin=real)
    Store.open(url, origin=Origin.simulated).close()


def test_real_data_takes_no_simulated_data(url: str) -> None:
    with Store.open(url) as store:
        run = store.runs.start("crawl", Origin.live, MONDAY)
        store.pages.save(run, page(origin=Origin.saved))
        with pytest.raises(StoreError, match="holds real data and takes no simulated data"):
            store.pages.save(run, page(None, "b", origin=Origin.simulated))
        assert {x.origin for x in store.observations.of_week(WEEK)} == {Origin.saved}
    with pytest.raises(StoreError, match="takes no simulated data"):
        Store.open(url, origin=Origin.simulated)
    Store.open(url, origin=Origin.saved).close()


def test_a_store_opened_for_one_kind_takes_no_other(url: str) -> None:
    with Store.open(url, origin=Origin.simulated) as store:
        with pytest.raises(StoreError, match="takes no real data"):
            store.runs.start("crawl", Origin.live, MONDAY)
        assert store.simulated is None


def test_an_entry_that_was_set_aside_counts_for_nothing_and_stays(store: Store) -> None:
    wrong, right = (store.runs.start("plan", Origin.live, MONDAY, WEEK) for _ in range(2))
    for _ in range(2):
        store.runs.set_aside([wrong])
    assert [run.id for run in store.runs.newest()] == [right]
    assert [run.id for run in store.runs.newest("plan", WEEK)] == [right]
    (aside,) = store.runs.newest("set-aside:plan", WEEK)
    assert (aside.id, aside.started_at) == (wrong, MONDAY)
