"""Positions that leave the database and come back, in SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.config import week_of
from monitor.model import (
    AuditSample,
    Cluster,
    ListingKey,
    Origin,
    SampledListing,
    ScreenStratum,
)
from monitor.store import Store, StoreError
from monitor.store.archive import TABLES, ArchivedFile
from monitor.store.archived import ArchivedWeekError
from monitor.store.erasures import Erasure
from tests.store.values import MONDAY, WEEK, decision, listing, page, plan, unit

Rows = Callable[..., list[tuple[object, ...]]]
OLD_MONDAY = MONDAY - timedelta(weeks=60)
OLD = week_of(OLD_MONDAY)
QUIET = {"seller_id": "s1", "seller_name": "Toko Lama"}


@pytest.fixture
def aged(url: str, tmp_path: Path) -> Store:
    """A store of two weeks: of the old one offer 2 was drawn; offers 1 and 3 stood there, too, and
    offer 3 stands in the newer week."""
    store = Store.open(url, home=tmp_path / "home")
    store.plans.save(plan(2, OLD, drawn_at=OLD_MONDAY))
    run = store.runs.start("crawl", Origin.live, OLD_MONDAY)
    offers = (listing("1", **QUIET), listing("2"), listing("3", seller_id="s3"))
    first, second = (unit(number, OLD) for number in range(2))
    store.pages.save(run, page(first, observed_at=OLD_MONDAY, listings=offers))
    repeated = (listing("1", rank=1, **QUIET), listing("1", rank=2, **QUIET))
    store.pages.save(run, page(second, "more", observed_at=OLD_MONDAY, listings=repeated))
    # The first page as another parser reads it: one offer less.
    again = page(first, observed_at=OLD_MONDAY, listings=offers[1:], parser="2")
    store.pages.save(run, again)
    store.classifications.save(
        (number, decision()) for number, _ in store.classifications.pending("c1")
    )
    store.screens.freeze(OLD, "c1")
    drawn = next(seen for seen in store.screens.of_week(OLD) if seen.listing.item_id == "2")
    item = SampledListing(
        observation_id=drawn.id,
        platform="lazada",
        item_id="2",
        version=drawn.version,
        cluster=Cluster.textile_fashion,
        stratum=ScreenStratum.flagged,
        probability=1.0,
    )
    store.audit_samples.save(
        AuditSample(week=OLD, seed=1, budget=1, drawn_at=OLD_MONDAY, sha256="0" * 64, items=(item,))
    )
    store.pages.save(run, page(body="new", listings=(listing("3", seller_id="s3"),)))
    return store


def copies(store: Store) -> dict[str, list[tuple[object, ...]]]:
    return {table.name: list(store.archive.rows(OLD, table.name)) for table in TABLES}


def archive(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Move the old week; returns the rows that a file would hold."""
    rows = copies(store)
    files = [
        ArchivedFile(
            week=OLD,
            name=name,
            path=f"archive/{OLD}/{name}.parquet",
            rows=len(of_table),
            size=1,
            sha256="0" * 64,
            schema_version="0025",
            software="0",
            archived_at=MONDAY,
        )
        for name, of_table in rows.items()
    ]
    store.archive.move(files, rows)
    return rows


def test_rows_go_and_come_back_as_they_were(aged: Store, rows: Rows) -> None:
    with aged as store:
        tables = [
            f"SELECT * FROM {name} ORDER BY 1" for name in ("observation", "screen", "sample_unit")
        ]
        before = [rows(sql) for sql in tables]
        archived = archive(store)
        # Offer 2 was drawn: both readings of it stay.
        assert rows("SELECT count(*) FROM observation WHERE week = :week", week=OLD) == [(2,)]
        assert rows("SELECT count(*) FROM screen") == [(1,)]
        assert [(file.name, file.rows, file.retained) for file in store.archive.files()] == [
            ("observation", 7, 2),
            ("screen", 4, 1),
        ]
        assert store.archive.weeks() == (OLD,)
        assert store.archive.weeks_before(WEEK) == ()
        with pytest.raises(StoreError, match="is archived already"):
            archive(store)
        assert store.archive.put_back(OLD, archived) == 5
        assert [rows(sql) for sql in tables] == before
        assert rows("SELECT count(*) FROM archived_sighting") == [(0,)]
        assert store.archive.weeks_before(WEEK) == (OLD,)


def test_a_file_of_other_rows_is_not_put_back(aged: Store, rows: Rows) -> None:
    with aged as store:
        archived = archive(store)
        short = archived | {"observation": archived["observation"][:-1]}
        with pytest.raises(StoreError, match="the file of observation is not that of the week"):
            store.archive.put_back(OLD, short)
        assert rows("SELECT count(*) FROM observation WHERE week = :week", week=OLD) == [(2,)]
        assert store.archive.weeks() == (OLD,)


def test_a_screen_that_was_drawn_from_still_stands(aged: Store, rows: Rows) -> None:
    with aged as store:
        archive(store)
        with pytest.raises(Exception, match="its screen stands"):
            rows("DELETE FROM screen")
        with pytest.raises(Exception, match="only ever appended"):
            rows("DELETE FROM draw_item")


def test_what_is_remembered_gives_the_same_answers(aged: Store, rows: Rows) -> None:
    def answers() -> list[object]:
        keys = [ListingKey("lazada", item) for item in "123"]
        pages = store.archive.pages_of_listings(keys)
        seen = store.observations.of_listings(keys)
        return [
            store.units.of_week(OLD),
            store.plans.weeks(),
            [shown.first_seen for shown in store.observations.of_week(WEEK)],
            store.seller_retention.due(WEEK),
            store.sellers.record("lazada", "s1"),
            store.erasing.rows("lazada", "s1"),
            rows("SELECT * FROM listings ORDER BY item_id"),
            rows("SELECT * FROM sellers ORDER BY seller_id"),
            rows("SELECT * FROM listing_weeks WHERE week = :week", week=WEEK),
            {
                key: sorted(
                    [at.week for at in pages.get(key, ())]
                    + [at.week for at in seen.get(key, ()) if at.week]
                )
                for key in keys
            },
        ]

    with aged as store:
        before = answers()
        assert before[2] == [OLD]
        archive(store)
        after = answers()
        assert after == before


def test_erasure_knows_the_pages_of_archived_weeks(aged: Store) -> None:
    with aged as store:
        record = store.erasing.rows("lazada", "s1")
        assert record
        assert len(record.shared_pages) == 1
        assert len(record.own_pages) == 1
        archived = archive(store)
        rows = store.erasing.rows("lazada", "s1")
        assert rows
        assert rows == record
        store.erasures.make_key()
        mark = store.erasures.mark("lazada", "id", "s1")
        store.erasures.append(
            Erasure(
                platform="lazada", pseudonym="erased-1", marks=(mark,), at=MONDAY, by="Ani",
                reason="r", basis=None, done=True,
            )
        )  # fmt: skip
        assert store.erasing.returned(store.erasures) == ("lazada/s1",)
        store.erasing.erase(rows, rows.named("erased-1"), lambda sample: sample.sha256)
        assert store.erasing.returned(store.erasures) == ()
        pointers = {*rows.own_pages.values(), *rows.shared_pages.values()}
        assert store.restricted_pages() == pointers
        store.archive.put_back(OLD, archived)
        names = {seen.listing.seller_name for seen in store.observations.of_week(OLD)}
        assert "erased-1" in names
        assert "Toko Lama" not in names


def test_nothing_enters_an_archived_week(aged: Store) -> None:
    with aged as store:
        archive(store)
        run = store.runs.start("ingest", Origin.live, MONDAY)
        fresh = page(body="saved", observed_at=OLD_MONDAY)
        for late_page in (fresh, page(unit(0, OLD), observed_at=OLD_MONDAY, parser="3")):
            with pytest.raises(ArchivedWeekError, match=f"pantau db unarchive {OLD}"):
                store.pages.save(run, late_page)
        undated = replace(fresh, observed_at=None)
        assert store.pages.save(run, undated)
        with pytest.raises(ArchivedWeekError):
            store.pages.save(run, fresh)
        # What is stored already is no error.
        assert store.pages.save(run, page(unit(1, OLD), "more", observed_at=OLD_MONDAY)) is None
