"""Who works on which unit of the inspectors, and what striking a page out leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.model import CollectedBy, Mode, OwnPage, PlannedUnit, Role, SampledPage, UnitState
from monitor.sampling.audit import draw_audit
from monitor.store import Store, StoreError
from tests.store.test_modes import by_crawler, by_inspector
from tests.store.values import MONDAY, WEEK, plan, unit

UNITS = tuple(
    unit(number, collection=CollectedBy.both, inspector_probability=0.25) for number in range(8)
)


@pytest.fixture
def run(store: Store) -> int:
    store.plans.save(plan(UNITS))
    store.annotators.invite("ani", "a" * 64, MONDAY, [Role.inspector])
    store.annotators.invite("budi", "b" * 64, MONDAY, [Role.annotator, Role.inspector])
    return store.runs.start("inspect", by_crawler(UNITS[0]).origin, MONDAY)


@pytest.fixture
def numbers(store: Store, run: int) -> dict[str, int]:
    """The numbers of the inspectors."""
    return {person.name: person.roles[Role.inspector] for person in store.annotators.people()}


def state(store: Store, planned: PlannedUnit) -> tuple[UnitState, Mode | None, int]:
    record = next(r for r in store.units.of_week(WEEK) if r.unit.id == planned.id)
    return record.state, record.mode, record.places


def hand_in(store: Store, run: int, page: SampledPage, inspector: int) -> int:
    number = store.pages.save(run, page)
    assert number is not None
    store.desk.record(number, page.unit_id, inspector, MONDAY)
    return number


def test_claims_keep_inspectors_apart_and_lapse(store: Store, numbers: dict[str, int]) -> None:
    ani, budi = numbers["ani"], numbers["budi"]
    assert store.desk.claim(UNITS, ani, MONDAY, 3) == UNITS[:3]
    assert store.desk.claim(UNITS, budi, MONDAY, 3) == UNITS[3:6]
    assert store.desk.claim(UNITS, ani, MONDAY, 3) == UNITS[:3]
    assert store.desk.held(budi, MONDAY) == {planned.id for planned in UNITS[3:6]}
    store.desk.put_off(UNITS[0].id, ani, MONDAY)
    assert store.desk.claim(UNITS, ani, MONDAY, 3) == (UNITS[1], UNITS[2], UNITS[6])
    lapsed = MONDAY + timedelta(minutes=31)
    assert store.desk.held(budi, lapsed) == frozenset()
    assert store.desk.claim(UNITS, budi, lapsed, 8) == (*UNITS[1:], UNITS[0])
    assert store.desk.claim((), ani, lapsed, 3) == ()


def test_own_pages_are_claimed_and_put_off_like_units(
    store: Store, numbers: dict[str, int]
) -> None:
    ani, budi = numbers["ani"], numbers["budi"]
    pages = [
        OwnPage(platform=platform, item_id=str(number), title="", url=f"https://x/{number}")
        for number in range(3)
        for platform in ("lazada", "shopee")
    ]
    assert store.desk.claim_own_pages(pages, ani, MONDAY, 2) == tuple(pages[:2])
    assert store.desk.claim_own_pages(pages, budi, MONDAY, 2) == tuple(pages[2:4])
    store.desk.put_off_own_page(pages[0].key, ani, MONDAY)
    assert store.desk.claim_own_pages(pages, ani, MONDAY, 9) == (pages[1], *pages[4:], pages[0])
    lapsed = MONDAY + timedelta(minutes=31)
    assert store.desk.claim_own_pages(pages, budi, lapsed, 9) == (*pages[1:], pages[0])
    assert store.desk.claim_own_pages((), ani, lapsed, 3) == ()


def test_a_page_struck_out_leaves_its_unit_as_it_was(
    store: Store, run: int, numbers: dict[str, int]
) -> None:
    ani = numbers["ani"]
    fresh, refused, answered, entered = UNITS[:4]
    store.pages.save(run, by_crawler(refused, state=UnitState.blocked, reason="captcha"))
    store.pages.save(run, by_crawler(answered))
    before = {planned: state(store, planned) for planned in (fresh, refused, answered, entered)}
    pages = [hand_in(store, run, by_inspector(each), ani) for each in (fresh, refused, answered)]
    blocked = {"state": UnitState.blocked, "reason": "inspector-refused", "received": None}
    pages.append(hand_in(store, run, by_inspector(entered, **blocked), ani))
    assert state(store, fresh) == state(store, refused) == (UnitState.sampled, Mode.inspector, 3)
    assert state(store, answered) == before[answered], "the crawler's answer is the unit's"
    assert state(store, entered)[0] is UnitState.blocked
    for page in pages:
        store.desk.strike_out(page, ani, MONDAY)
    assert {planned: state(store, planned) for planned in before} == before
    assert set(store.units.pending(WEEK, mode=Mode.inspector)) == set(UNITS)
    seen = [*store.observations.of_week(WEEK, planned=False)]
    assert len(seen) == 9, "what was struck out stays, outside the plan"
    taken = store.desk.taken(MONDAY)
    assert [page.struck_at for page in taken] == [MONDAY] * 4
    assert hand_in(store, run, by_inspector(fresh), ani) not in pages
    assert state(store, fresh) == (UnitState.sampled, Mode.inspector, 3)


def test_nobody_strikes_out_another_s_page_nor_one_of_a_frozen_screen(
    store: Store, run: int, numbers: dict[str, int]
) -> None:
    page = hand_in(store, run, by_inspector(UNITS[0]), numbers["ani"])
    for number, inspector in ((page, numbers["budi"]), (page + 1, numbers["ani"])):
        with pytest.raises(StoreError, match="not yours"):
            store.desk.strike_out(number, inspector, MONDAY)
    store.audit_samples.save(draw_audit([], week=WEEK, seed=1, drawn_at=MONDAY, budget=9))
    with pytest.raises(StoreError, match="frozen"):
        store.desk.strike_out(page, numbers["ani"], MONDAY)
    [taken] = store.desk.taken(MONDAY)
    assert taken.is_frozen and taken.struck_at is None
    assert (taken.inspector, taken.listings, taken.logged_in) == (numbers["ani"], 3, None)


def test_people_are_counted_whose_pages_stand(
    store: Store, run: int, numbers: dict[str, int]
) -> None:
    ani, budi = numbers["ani"], numbers["budi"]
    assert store.desk.people(WEEK) == 0
    for planned, inspector in zip(UNITS[:3], (ani, ani, budi), strict=True):
        page = hand_in(store, run, by_inspector(planned), inspector)
    assert (store.desk.people(WEEK), store.desk.people("2026-W48")) == (2, 0)
    store.desk.strike_out(page, budi, MONDAY)
    assert store.desk.people(WEEK) == 1
