"""Sellers past their limit become pseudonyms, but for those on whom something rests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import week_of
from monitor.model import CaseEvent, CaseEventKind, CrossBorder, Origin
from monitor.operate.retention import forget_sellers
from monitor.store import Store
from monitor.store.erasures import ErasureList
from monitor.store.forgetting import SellerKey
from tests.store.values import MONDAY, WEEK, case, decision, listing, page

Rows = Callable[..., list[tuple[object, ...]]]
OLD = MONDAY - timedelta(weeks=60)


@pytest.fixture
def aged(url: str, tmp_path: Path) -> Store:
    """A store with sellers of 60 weeks ago: quiet, accused, seen again, a case's, and nameless."""
    store = Store.open(url, home=tmp_path / "home")
    run = store.runs.start("crawl", Origin.live, OLD)
    sellers = {"1": "quiet", "2": "accused", "3": "seen again", "10101": "of a case"}
    offers = [
        listing(item, seller_id=f"s{item}", seller_name=name) for item, name in sellers.items()
    ]
    offers.append(listing("5", seller_id=None, seller_name="only a name"))
    offers.append(listing("6", seller_id=None, seller_name=None))
    store.pages.save(run, page(observed_at=OLD, listings=tuple(offers)))
    later = listing("4", seller_id="s3", seller_name="seen again")
    store.pages.save(run, page(body="later", listings=(later,)))
    store.classifications.save(
        (
            number,
            decision(
                cross_border=CrossBorder.suspected
                if offer.seller_id == "s2"
                else CrossBorder.domestic
            ),
        )
        for number, offer in store.classifications.pending("c1")
    )
    closed = CaseEvent(kind=CaseEventKind.closed, at=MONDAY, note="over")
    store.case_events.append(case().key, closed)
    return store


def test_only_quiet_sellers_past_the_limit_are_forgotten(aged: Store, rows: Rows) -> None:
    with aged as store:
        due = store.seller_retention.due(week_of(MONDAY - timedelta(weeks=52)))
        assert due == (
            SellerKey("lazada", "s1", None),
            SellerKey("lazada", None, "only a name"),
        )
        assert store.seller_retention.due(week_of(OLD)) == ()
        before = rows("SELECT count(DISTINCT seller_id), count(*) FROM listing_version")
        assert forget_sellers(store, WEEK, 52, MONDAY) == (2, 2)
        assert rows("SELECT count(DISTINCT seller_id), count(*) FROM listing_version") == before
        names = {offer.seller_name for _, offer in store.listings.versions()}
        assert {"accused", "seen again", "of a case", None} <= names
        assert not {"quiet", "only a name"} & names
        assert forget_sellers(store, WEEK, 52, MONDAY) == (0, 0)
        assert store.restricted_pages() == frozenset()


def test_what_reads_an_old_page_again_does_not_bring_them_back(aged: Store) -> None:
    with aged as store:
        forget_sellers(store, WEEK, 52, MONDAY)
        count = len(list(store.listings.versions()))
        run = store.runs.start("reprocess", Origin.live, MONDAY)
        again = page(
            observed_at=OLD,
            parser="2",
            listings=(listing("1", seller_id="s1", seller_name="quiet"),),
        )
        store.pages.save(run, again)
        assert len(list(store.listings.versions())) == count
        seen = page(body="new", listings=(listing("1", seller_id="s1", seller_name="quiet"),))
        store.pages.save(run, seen)
        assert len(list(store.listings.versions())) == count
        later = MONDAY + timedelta(days=1)
        offers = (listing("1", seller_id="s1", seller_name="quiet"),)
        store.pages.save(run, page(body="later still", observed_at=later, listings=offers))
        assert "quiet" in {offer.seller_name for _, offer in store.listings.versions()}


def test_a_seller_forgotten_and_erased_keeps_the_pseudonym(aged: Store, tmp_path: Path) -> None:
    with aged as store:
        forget_sellers(store, WEEK, 52, MONDAY)
    erasures = ErasureList(tmp_path / "home")
    assert erasures.pseudonyms == frozenset()
    pseudonym = erasures.pseudonym("lazada", "id", "s1")
    with aged as store:
        assert pseudonym in {offer.seller_id for _, offer in store.listings.versions()}
