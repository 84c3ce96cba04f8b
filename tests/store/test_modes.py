"""Who is asked for a unit, who met it, and which of two answers is the unit's."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from monitor.model import CollectedBy, Mode, Origin, PlannedUnit, SampledPage, UnitState
from monitor.registry import InspectionBasis, load_registry
from monitor.store import Store
from tests.store.test_pages import Rows
from tests.store.values import MONDAY, WEEK, decision, listing, page, plan, unit

ASKED = (
    unit(0, collection=CollectedBy.both, inspector_probability=0.25),
    unit(1),
    unit(2, collection=CollectedBy.inspector, inspector_probability=0.5),
)
BOTH, CRAWLER, INSPECTOR = ASKED


@pytest.fixture
def run(store: Store) -> int:
    store.plans.save(plan(ASKED))
    return store.runs.start("crawl", Origin.live, MONDAY, week=WEEK, platform="lazada")


def by_crawler(planned: PlannedUnit, **changes: object) -> SampledPage:
    return page(planned, "crawled", **changes)


def by_inspector(planned: PlannedUnit, **changes: object) -> SampledPage:
    shown = (listing("102", rank=1), listing("103", rank=2), listing("104", rank=3))
    saved = {"listings": shown, "origin": Origin.saved, "mode": Mode.inspector, "robots": None}
    return page(planned, "saved", **saved | changes)


def pending(store: Store, mode: Mode | None = None) -> list[PlannedUnit]:
    return list(store.units.pending(WEEK, mode=mode))


def shown(store: Store) -> list[str]:
    return [seen.listing.item_id for seen in store.observations.of_week(WEEK, planned=True)]


def test_each_mode_is_asked_for_its_own_units(store: Store, run: int) -> None:
    assert store.plans.of_week(WEEK) == plan(ASKED)
    assert pending(store, Mode.crawler) == [BOTH, CRAWLER]
    assert pending(store, Mode.inspector) == [BOTH, INSPECTOR]
    store.pages.save(run, by_inspector(CRAWLER))
    store.pages.save(run, by_inspector(INSPECTOR))
    store.pages.save(run, by_crawler(BOTH, state=UnitState.blocked, reason="captcha"))
    assert (pending(store), pending(store, Mode.crawler)) == ([], [])
    assert pending(store, Mode.inspector) == [BOTH]
    modes = [record.mode for record in store.units.of_week(WEEK)]
    assert modes == [Mode.crawler, Mode.inspector, Mode.inspector]


@pytest.mark.parametrize("crawler_first", [True, False])
def test_the_crawlers_answer_is_the_units_and_the_inspectors_is_kept_beside_it(
    store: Store, run: int, rows: Rows, crawler_first: bool
) -> None:
    answers = (by_crawler(BOTH), by_inspector(BOTH))
    for answer in answers if crawler_first else answers[::-1]:
        store.pages.save(run, answer)
        store.pages.save(run, answer)
    [record, *_] = store.units.of_week(WEEK)
    assert (record.state, record.mode, record.places) == (UnitState.sampled, Mode.crawler, 2)
    assert shown(store) == ["101", "102"]
    both = store.observations.of_week(WEEK, planned=True, comparisons=None)
    assert sorted((seen.mode, seen.listing.item_id) for seen in both) == [
        *((Mode.crawler, item) for item in ("101", "102")),
        *((Mode.inspector, item) for item in ("102", "103", "104")),
    ]
    store.classifications.save(
        (number, decision()) for number, _ in store.classifications.pending("c1")
    )
    assert store.screens.freeze(WEEK, "c1") == 2
    assert store.observations.presence(WEEK, WEEK)["lazada", WEEK].listings == 2
    assert rows("SELECT DISTINCT mode, item_id FROM observations ORDER BY item_id") == [
        ("crawler", "101"),
        ("crawler", "102"),
    ]


def test_a_third_answer_changes_nothing(store: Store, run: int, rows: Rows) -> None:
    store.pages.save(run, by_crawler(BOTH))
    store.pages.save(run, by_inspector(BOTH))
    store.pages.save(run, page(BOTH, "again", origin=Origin.saved, mode=Mode.inspector))
    store.pages.save(run, page(BOTH, "once more"))
    assert rows("SELECT mode, comparison FROM response ORDER BY id") == [
        ("crawler", False),
        ("inspector", True),
    ]


def test_an_inspector_answers_where_the_crawler_was_refused(store: Store, run: int) -> None:
    store.pages.save(run, by_crawler(BOTH, state=UnitState.blocked, reason="captcha"))
    store.pages.save(run, by_inspector(BOTH))
    [record, *_] = store.units.of_week(WEEK)
    assert (record.state, record.mode, record.reason) == (UnitState.sampled, Mode.inspector, None)
    assert shown(store) == ["102", "103", "104"]


@pytest.mark.parametrize("state", [UnitState.blocked, UnitState.empty])
def test_a_refusal_of_the_other_mode_is_kept_and_takes_nothing_away(
    store: Store, run: int, state: UnitState
) -> None:
    store.pages.save(run, by_crawler(BOTH))
    store.pages.save(run, by_inspector(BOTH, state=state))
    assert (shown(store), store.units.of_week(WEEK)[0].state) == (
        ["101", "102"],
        UnitState.sampled,
    )
    assert pending(store, Mode.inspector) == [INSPECTOR]


def test_a_drawn_audit_keeps_the_answer_it_was_drawn_from(
    store: Store, run: int, rows: Rows
) -> None:
    store.pages.save(run, by_inspector(BOTH))
    rows(
        "INSERT INTO draw (week, seed, budget, drawn_at, sha256)"
        f" VALUES ('{WEEK}', 1, 1, '2026-11-23 00:00:00', '{'0' * 64}')"
    )
    store.pages.save(run, by_crawler(BOTH))
    assert store.units.of_week(WEEK)[0].mode is Mode.inspector
    assert shown(store) == ["102", "103", "104"]


def test_a_comparison_read_again_stays_one(store: Store, run: int) -> None:
    store.pages.save(run, by_crawler(BOTH))
    store.pages.save(run, by_inspector(BOTH))
    reread = by_inspector(BOTH, parser="2", listings=(listing("105", rank=1),))
    store.pages.save(run, reread)
    assert shown(store) == ["101", "102"]
    both = store.observations.of_week(WEEK, planned=True, comparisons=None)
    assert [seen.listing.item_id for seen in both] == ["101", "102", "105"]


def test_the_mode_of_older_rows_follows_from_their_origin(url_0_1_0: str, rows: Rows) -> None:
    Store.upgrade(url_0_1_0)
    with Store.open(url_0_1_0) as store:
        assert {record.mode for record in store.units.of_week(WEEK)} == {None, Mode.crawler}
        assert {seen.mode for seen in store.observations.of_week(WEEK)} == {Mode.crawler}


def test_decisions_are_kept_as_they_were_worded(store: Store, rows: Rows) -> None:
    basis = InspectionBasis(
        platforms=("lazada", "shopee"), who="Direktur", reference="ND-1", date=MONDAY.date()
    )
    store.registries.save(replace(load_registry(), inspection_bases=(basis,)))
    assert rows("SELECT who, reference, until FROM inspection_basis") == [
        ("Direktur", "ND-1", None)
    ]
