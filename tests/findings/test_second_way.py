"""Foreign sellers met by searches, by category pages and by both, from store to findings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.findings.gather import gather
from monitor.findings.second_way import foreign_sellers
from monitor.model import (
    CrossBorder,
    EditionKind,
    EntryKind,
    ForeignSellers,
    Origin,
    Stratum,
    UnitState,
)
from monitor.store import Store
from tests.store.values import MONDAY, WEEK, decision, listing, page, plan, unit

CATEGORY = unit(1, stratum=Stratum.second_way, kind=EntryKind.category)
LIST = unit()


def measured(
    folder: Path,
    by_list: Iterable[str | None],
    by_category: Iterable[str | None] | None,
    *,
    status: CrossBorder = CrossBorder.cross_border,
    as_of: timedelta = timedelta(hours=1),
) -> ForeignSellers:
    """What follows from a page of each way with an offer of each seller; None: not answered."""
    with Store.open(f"sqlite:///{folder / 'pantau.db'}", origin=Origin.live) as store:
        store.plans.save(plan((LIST, CATEGORY)))
        run = store.runs.start("crawl", Origin.live, MONDAY)
        for planned, sellers in ((LIST, by_list), (CATEGORY, by_category)):
            if sellers is None:
                blocked = page(planned, "no", state=UnitState.blocked, reason="403", listings=())
                store.pages.save(run, blocked)
                continue
            offers = tuple(
                listing(
                    f"{planned.position}{rank}",
                    rank=rank,
                    seller_id=seller,
                    seller_name=f"Toko {seller}",
                )
                for rank, seller in enumerate(sellers, 1)
            )
            store.pages.save(run, page(planned, planned.id, listings=offers))
        store.classifications.save(
            (number, decision(cross_border=status))
            for number, _ in store.classifications.pending("c1")
        )
        store.screens.freeze(WEEK, "c1")
        gathered = gather(
            store,
            WEEK,
            EditionKind.provisional,
            classifier="c1",
            window=13,
            as_of=MONDAY + as_of,
        )
        (row,) = foreign_sellers(gathered, ["lazada"])
        assert [record.unit.id for record in gathered.sampled.units] == [LIST.id]
        assert {seen.unit_id for seen in gathered.sampled.screen} == {LIST.id}
        return row


def test_sellers_met_in_both_ways_tell_of_those_met_in_none(tmp_path: Path) -> None:
    """Chapman: 21 · 16 / 11 - 1."""
    by_list = [f"s{number}" for number in range(20)]
    by_category = [f"s{number}" for number in range(10, 25)]
    row = measured(tmp_path, by_list, by_category)
    assert (row.by_list, row.by_category, row.both) == (20, 15, 10)
    assert row.estimate == pytest.approx(21 * 16 / 11 - 1)
    assert row.low is not None
    assert row.high is not None
    assert 25 <= row.low <= row.estimate <= row.high
    assert row.reason is None


@pytest.mark.parametrize(
    ("by_category", "status", "code"),
    [
        (None, CrossBorder.cross_border, "second_way_pages"),
        ([f"x{number}" for number in range(14, 20)], CrossBorder.cross_border, "second_way_few"),
        (["s1"] * 3, CrossBorder.suspected, "second_way_no_mark"),
        ([None] * 9, CrossBorder.cross_border, "second_way_no_seller"),
    ],
)
def test_where_two_ways_do_not_tell_the_reason_stands(
    tmp_path: Path, by_category: list[str | None] | None, status: CrossBorder, code: str
) -> None:
    row = measured(tmp_path, [f"s{n}" for n in range(9)], by_category, status=status)
    assert row.reason is not None
    assert row.reason.code == code
    if code == "second_way_no_seller":
        assert row.reason.values == {"nameless": "9", "positions": "18"}
    assert (row.estimate, row.low, row.high) == (None, None, None)
    counted = (row.by_list, row.by_category, row.both)
    assert (None in counted) is (code == "second_way_no_seller")


def test_pages_that_came_after_the_edition_answer_for_nothing_in_it(tmp_path: Path) -> None:
    sellers = [f"s{number}" for number in range(9)]
    row = measured(tmp_path, sellers, sellers, as_of=timedelta(hours=-1))
    assert row.reason is not None
    assert row.reason.code == "second_way_pages"
    assert row.answered == 0
