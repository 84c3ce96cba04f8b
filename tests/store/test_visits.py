"""Visits to listings' own pages."""

from __future__ import annotations

import runpy
import sqlite3
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import text

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
from monitor.research.questions import QUESTIONS
from monitor.store import Store, StoreError
from tests.store.values import MONDAY, WEEK, listing, page, plan, received, unit

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


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


def test_numbers_of_pictures_are_those_learnt_last(store: Store, run: int) -> None:
    early, late = "0f" * 80, "f0" * 80
    later = MONDAY + timedelta(hours=1)
    store.visits.save(run, visit(picture_hash=early))
    store.visits.save(run, visit(received=received("again"), picture_hash=late, visited_at=later))
    store.visits.save(run, visit("102"))
    offer = listing("101")
    assert store.visits.of_week(WEEK)[0].picture_hash == early
    assert store.visits.hashes_by_listing(MONDAY) == {offer.key: early}
    assert store.visits.hashes_by_listing(later) == {offer.key: late}
    assert offer.image_url
    assert store.visits.hashes_by_address("lazada") == {offer.image_url: late}
    assert store.visits.hashes_by_address("shopee") == {}


def test_same_pictures_are_found_on_other_platforms(store: Store, run: int) -> None:
    number = "0f" * 32 + "80" * 48
    near, far = "0e" * 8 + number[16:152] + "8a" * 4, number[:64] + "ff" * 48
    numbers = {("lazada", "1"): number, ("shopee", "2"): near, ("lazada", "3"): number,
               ("tokopedia", "4"): far, ("blibli", "5"): None, ("blibli", "6"): "zz"}  # fmt: skip
    for (platform, item), picture_hash in numbers.items():
        offer = replace(listing(item), platform=platform)
        store.visits.save(
            run, visit(item, platform=platform, listing=offer, picture_hash=picture_hash)
        )
    example = runpy.run_path(str(EXAMPLES / "same_pictures.py"))
    offers = example["read"](store.visits.database.url.render_as_string(hide_password=False))
    assert len(offers) == 4
    near_pairs = [("lazada/1", "shopee/2", 8, 10), ("shopee/2", "lazada/3", 8, 10)]
    assert sorted(example["pairs"](offers)) == near_pairs
    (question,) = (question for question in QUESTIONS if question.id == "same_pictures")
    with store.visits.database.read() as connection:
        assert connection.execute(text(question.sql)).all() == []
    sixth = visit(
        "6",
        platform="shopee",
        listing=replace(listing("6"), platform="shopee"),
        picture_hash=number,
    )
    store.visits.save(run, sixth)
    with store.visits.database.read() as connection:
        rows = connection.execute(text(question.sql)).all()
    pairs = [(row.platform, row.item_id, row.other_platform, row.other_item_id) for row in rows]
    assert pairs == [("lazada", "1", "shopee", "6"), ("lazada", "3", "shopee", "6")]


def test_an_example_names_the_mend_where_its_view_is_not_there(tmp_path: Path) -> None:
    database = tmp_path / "pantau.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE visit (id INTEGER)")
    example = runpy.run_path(str(EXAMPLES / "same_pictures.py"))
    with pytest.raises(SystemExit, match="run pantau db upgrade"):
        example["read"](str(database))


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
