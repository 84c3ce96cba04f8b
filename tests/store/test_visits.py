"""Visits to listings' own pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from monitor.model import (
    DetailVisit,
    DisplayedInformation,
    DisplayedItem,
    NumberKind,
    Origin,
    RegistrationNumber,
    RobotsDecision,
    UnitState,
)
from monitor.store import Store, StoreError
from tests.store.values import MONDAY, WEEK, listing, page, plan, received, unit


@pytest.fixture
def run(store: Store) -> int:
    store.plans.save(plan())
    number = store.runs.start("visit", Origin.live, MONDAY)
    store.pages.save(number, page(unit()))
    return number


def visit(item: str = "101", **changes: Any) -> DetailVisit:
    known: dict[str, Any] = {
        "platform": "lazada",
        "item_id": item,
        "url": f"https://www.lazada.co.id/products/i{item}.html",
        "week": WEEK,
        "state": UnitState.sampled,
        "origin": Origin.live,
        "visited_at": MONDAY,
        "robots": RobotsDecision(allowed=True, robots_url="https://www.lazada.co.id/robots.txt"),
        "received": received(f"detail {item}"),
        "screenshot": "101.png",
        "screenshot_sha256": "e" * 64,
        "listing": listing(item, ship_from="Guangdong", rank=None),
        "displayed": DisplayedInformation(
            shown=(DisplayedItem.dispatch_country,),
            missing=(DisplayedItem.indonesian_description,),
            language="en",
            numbers=(RegistrationNumber(kind=NumberKind.pirt, number="206357801001227"),),
        ),
    }
    return DetailVisit(**known | changes)


def test_a_visit_is_read_as_it_went(store: Store, run: int) -> None:
    failed = visit(
        "102",
        state=UnitState.blocked,
        reason="captcha",
        listing=None,
        displayed=None,
        screenshot=None,
        screenshot_sha256=None,
    )
    silent = visit(
        "102",
        state=UnitState.unreachable,
        received=None,
        listing=None,
        displayed=None,
        robots=None,
        visited_at=None,
    )
    for each in (visit(), failed, silent, visit(), failed, silent):
        store.visits.save(run, each)
    assert store.visits.of_week(WEEK) == (visit(), failed, silent)
    assert store.visits.of_week("2026-W48") == ()


def test_a_visit_is_no_place(store: Store, run: int) -> None:
    store.visits.save(run, visit())
    assert len(list(store.observations.of_week(WEEK))) == 2
    assert store.units.of_week(WEEK)[0].places == 2
    assert len(store.observations.of_listing("lazada", "101")) == 1


def test_what_the_own_page_says_is_classified_too(store: Store, run: int) -> None:
    store.visits.save(run, visit())
    shown = [x.ship_from for _, x in store.classifications.pending("c1") if x.item_id == "101"]
    assert shown == ["Luar Negeri", "Guangdong"]


def test_a_listing_nobody_saw_on_a_page_can_be_visited(store: Store, run: int) -> None:
    store.visits.save(run, visit("777"))
    assert [x.item_id for x in store.visits.of_week(WEEK)] == ["777"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"listing": listing("102")}, "read another listing"),
        ({"listing": listing(price=Decimal(-1))}, "price"),
        ({"state": UnitState.planned}, "state_final"),
        ({"screenshot_sha256": "short"}, "screenshot_sha256_length|too long"),
    ],
)
def test_a_wrong_visit_leaves_nothing(
    store: Store, run: int, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        store.visits.save(run, visit(**changes))
    assert store.visits.of_week(WEEK) == ()


def test_every_file_that_the_store_points_to_is_named(store: Store, run: int) -> None:
    before = store.evidence_files()
    for number, offset in enumerate((0, 8192, 700)):
        pointer = f"2026-W47/lazada-1.warc.gz#{offset}"
        store.pages.save(run, page(received=received(f"{number}", evidence=pointer)))
    store.visits.save(run, visit(received=received("detail", evidence="2026-W47/l-2.gz#12")))
    assert store.evidence_files() == before | {
        "2026-W47/lazada-1.warc.gz": (3, 8192),
        "2026-W47/l-2.gz": (1, 12),
        "101.png": (1, 0),
    }
    assert [store.count_pages(week) - len(before) for week in (None, WEEK)] == [3, 3]
    assert store.count_pages("2026-W01") == 0
