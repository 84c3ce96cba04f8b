"""A seller is taken out of the database, on SQLite and PostgreSQL, and nobody else is touched."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from monitor.model import (
    AuditSample,
    CaseEvent,
    CaseEventKind,
    CaseKey,
    Cluster,
    DetailVisit,
    Listing,
    Origin,
    Question,
    SampledListing,
    ScreenStratum,
    UnitState,
    case_id,
    to_json,
)
from monitor.sampling import draw_sha256
from monitor.sampling.audit import as_drawn
from monitor.store import Store, StoreError
from monitor.store.erasures import KEY, LIST, Erasure, ErasureList
from monitor.store.pseudonyms import ERASED_URL, Names
from monitor.store.seller_rows import SellerRows
from tests.store.values import (
    MONDAY,
    SELLER,
    WEEK,
    case,
    fill,
    findings,
    listing,
    page,
    received,
    unit,
)

Rows = Callable[..., list[tuple[object, ...]]]
PSEUDONYM = "erased-0123456789abcdef"


def erase(store: Store, word: str) -> SellerRows:
    """Erase a seller of lazada."""
    rows = store.erasing.rows("lazada", word)
    assert rows
    store.erasing.erase(rows, rows.named(PSEUDONYM), draw_sha256)
    return rows


def draw(store: Store) -> None:
    """Draw both offers of the seller for the audit."""
    items = tuple(
        SampledListing(
            platform="lazada",
            item_id=seen.listing.item_id,
            version=seen.version,
            observation_id=seen.id,
            cluster=unit().cluster,
            stratum=ScreenStratum.flagged,
            probability=0.5,
        )
        for seen in store.screens.of_week(WEEK)
    )
    sample = AuditSample(week=WEEK, seed=1, budget=9, drawn_at=MONDAY, items=items, sha256="")
    store.audit_samples.save(AuditSample(**{**_fields(sample), "sha256": draw_sha256(sample)}))


def _fields(sample: AuditSample) -> dict[str, object]:
    return {name: getattr(sample, name) for name in sample.__struct_fields__}


def every_text(rows: Rows, url: str) -> str:
    """All texts of all tables of the database."""
    from sqlalchemy import create_engine, inspect

    engine = create_engine(url)
    names = inspect(engine).get_table_names()
    engine.dispose()
    return "\n".join(str(row) for name in names for row in rows(f"SELECT * FROM {name}"))


def test_rows_labels_draws_editions_and_cases_lose_the_seller(
    store: Store, rows: Rows, url: str
) -> None:
    fill(store)
    draw(store)
    store.case_events.append(
        case().key,
        CaseEvent(kind=CaseEventKind.closed, at=MONDAY, note=f"{SELLER} is in Bandung"),
    )
    store.editions.save(findings(cases=(case(seller_key="770077", seller_name=SELLER),)))
    before = rows("SELECT platform, cluster, estimate, low, high FROM cell ORDER BY platform")
    assert SELLER in every_text(rows, url)

    taken = erase(store, "770077")

    assert (len(taken.items), taken.positions) == (2, 2)
    text = every_text(rows, url)
    for word in (SELLER, SELLER.lower(), "770077", "i10101.html"):
        assert word not in text
    stored = store.editions.latest(WEEK)
    assert stored
    assert stored.cases[0].seller_name == stored.cases[0].seller_key == PSEUDONYM
    assert store.editions.sha256(WEEK, stored.edition, stored.as_of) != ""
    assert rows("SELECT platform, cluster, estimate, low, high FROM cell ORDER BY platform") == (
        before
    )
    sample = store.audit_samples.of_week(WEEK)
    assert sample
    assert as_drawn(sample) == sample
    assert len(store.labels.all()) == 1
    with pytest.raises(Exception, match="only ever appended"):
        rows("DELETE FROM label")
    store.erasing.clear()
    if url.startswith("sqlite"):
        store.close()
        path = Path(str(make_url(url).database))
        for file in (path, path.with_name(path.name + "-wal")):
            content = file.read_bytes() if file.exists() else b""
            assert SELLER.encode() not in content
            assert b"770077" not in content


def test_another_seller_of_the_same_name_stays(store: Store) -> None:
    others = (
        listing("1", seller_id="1001"),
        listing("2", seller_id="1002", rank=2),
        listing("3", seller_id=None, rank=3),
    )
    run = store.runs.start("crawl", Origin.live, MONDAY)
    store.pages.save(run, page(listings=others))
    taken = erase(store, "1001")
    assert taken.same_name_elsewhere == ("1002", "Toko Contoh")
    assert [seen.listing.seller_id for seen in store.observations.of_week(WEEK)] == [
        PSEUDONYM,
        "1002",
        None,
    ]
    assert store.erasing.rows("lazada", "1001") is None
    by_name = erase(store, "Toko Contoh")
    assert list(by_name.items.values()) == ["3"]
    assert [seen.listing.seller_name for seen in store.observations.of_week(WEEK)] == [
        PSEUDONYM,
        "Toko Contoh",
        PSEUDONYM,
    ]


def test_an_offer_without_an_id_on_one_page_is_the_same_sellers(store: Store) -> None:
    run = store.runs.start("crawl", Origin.live, MONDAY)
    store.pages.save(run, page(listings=(listing("1", seller_id=None), listing("2"))))
    store.pages.save(run, page(body="later", listings=(listing("1", seller_id="1001"),)))
    taken = erase(store, "1001")
    assert len(taken.versions) == 2
    names = [seen.listing.seller_name for seen in store.observations.of_week(WEEK)]
    assert names == [PSEUDONYM, "Toko Contoh", PSEUDONYM]


def test_own_pages_and_shared_ones_are_told_apart(store: Store) -> None:
    run = store.runs.start("crawl", Origin.live, MONDAY)
    shared = received("shared", evidence="a#1")
    own = received("own", evidence="a#2")
    visited = received("visit", evidence="a#3")
    store.pages.save(
        run,
        page(received=shared, listings=(listing("1"), listing("2", seller_id="78"))),
    )
    store.pages.save(run, page(url="https://www.lazada.co.id/shop/77", received=own,
                               listings=(listing("1"),)))  # fmt: skip
    store.visits.save(
        run,
        DetailVisit(
            platform="lazada", item_id="1", url="https://www.lazada.co.id/i1.html", week=WEEK,
            state=UnitState.sampled, origin=Origin.saved, visited_at=MONDAY, received=visited,
            screenshot="1.png", screenshot_sha256="e" * 64, listing=listing("1"),
            picture_hash="0f" * 80,
        ),
    )  # fmt: skip
    taken = erase(store, "77")
    assert set(taken.own_pages.values()) == {"a#2", "a#3"}
    assert set(taken.shared_pages.values()) == {"a#1"}
    assert taken.screenshots == {"1.png"}
    assert store.erasing.restricted_pages([PSEUDONYM]) == {"a#1", "a#2"}
    (visit,) = store.visits.of_week(WEEK)
    assert (visit.url, visit.screenshot, visit.picture_hash) == (ERASED_URL, None, None)
    assert visit.received
    assert visit.received.url == ERASED_URL
    urls = {seen.url for seen in store.pages.of_week(WEEK)}
    assert urls == {"https://www.lazada.co.id/catalog/?q=batik", ERASED_URL}


def test_versions_that_differ_in_the_name_alone_stay_two(store: Store, rows: Rows) -> None:
    run = store.runs.start("crawl", Origin.live, MONDAY)
    for number, name in enumerate(("Toko Lama", "Toko Baru")):
        offer = listing("1", seller_name=name)
        store.pages.save(run, page(body=str(number), listings=(offer,)))
    erase(store, "77")
    assert rows("SELECT count(*), count(DISTINCT version) FROM listing_version") == [(2, 2)]
    assert rows("SELECT DISTINCT seller_name FROM listing_version") == [(PSEUDONYM,)]


def test_an_id_that_begins_the_items_goes_from_them_too(store: Store, rows: Rows) -> None:
    """The ids of the cases of an offer, one of each question, have it in them, and stay apart."""
    run = store.runs.start("crawl", Origin.live, MONDAY)
    offer = listing("ORS-60021-00123", seller_id="ORS-60021")
    store.pages.save(run, page(listings=(offer,)))
    cases = tuple(
        case(
            item_id=offer.item_id,
            id=case_id(CaseKey(*offer.key, cluster.question)),
            cluster=cluster,
            seller_key="ORS-60021",
        )
        for cluster in (Cluster.crafts, Cluster.used_clothing)
    )
    store.editions.save(findings(cases=cases))
    erase(store, "ORS-60021")
    (seen,) = store.observations.of_week(WEEK)
    assert seen.listing.item_id == f"{PSEUDONYM}-00123"
    stored = store.editions.latest(WEEK)
    assert stored
    assert {of_offer.listing_key for of_offer in stored.cases} == {seen.listing.key}
    renamed = [case_id(CaseKey(*seen.listing.key, question)) for question in Question]
    assert [of_offer.id for of_offer in stored.cases] == renamed
    assert {row[0] for row in rows("SELECT case_id FROM edition_case")} == {*renamed}
    assert "60021" not in to_json(stored).decode()


def test_a_seller_who_returns_gets_the_same_row(store: Store, rows: Rows) -> None:
    run = store.runs.start("crawl", Origin.live, MONDAY)
    for number in range(2):
        store.pages.save(run, page(body=str(number), listings=(listing("1", title=f"t{number}"),)))
        erase(store, "77")
    assert rows("SELECT seller FROM seller") == [(PSEUDONYM,)]


@pytest.mark.parametrize("word", ["", "%", "'; --", "\x00", "../../etc", "x" * 5000])
def test_a_word_that_is_no_seller_is_none(store: Store, word: str) -> None:
    run = store.runs.start("crawl", Origin.live, MONDAY)
    store.pages.save(run, page())
    assert store.erasing.rows("lazada", word.replace("\x00", "\ufffd")) is None


# --- the list of erasures --------------------------------------------------------------------


def erased(home: Path, **changes: object) -> ErasureList:
    """A home's list with one erasure, of lazada/77, on Monday."""
    erasures = ErasureList(home)
    erasures.make_key()
    known: dict[str, object] = {
        "platform": "lazada",
        "pseudonym": erasures.pseudonym("lazada", "id", "77"),
        "marks": (erasures.mark("lazada", "id", "77"), erasures.mark("lazada", "item", "101")),
        "at": MONDAY,
        "by": "Ani",
        "reason": "request",
        "basis": None,
    }
    erasures.append(Erasure(**(known | changes)))  # type: ignore[arg-type]
    return erasures


def test_the_list_names_nobody_and_knows_the_seller(tmp_path: Path) -> None:
    erasures = erased(tmp_path)
    # Hexadecimal pseudonyms may have these two digits: the whole word is looked for.
    assert b'"77"' not in (tmp_path / LIST).read_bytes()
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0
    before, after = page(), page(observed_at=MONDAY + timedelta(seconds=1))
    assert {offer.seller_id for offer in erasures.page(before).listings} == set(erasures.pseudonyms)
    assert erasures.page(after) == after
    undated = page(observed_at=None)
    assert erasures.page(undated).listings != undated.listings
    nameless = page(listings=(listing("101", seller_id=None, seller_name=None, title="Mukena"),))
    assert erasures.page(nameless).listings[0].url is None
    assert erasures.page(page(listings=(listing("101", seller_id="78"),))).listings[0].url


def test_a_list_without_its_key_refuses_old_pages_only(tmp_path: Path) -> None:
    erased(tmp_path)
    (tmp_path / KEY).unlink()
    erasures = ErasureList(tmp_path)
    with pytest.raises(StoreError, match="restore a copy of the key"):
        erasures.page(page())
    with pytest.raises(StoreError, match="restore a copy of the key"):
        erasures.make_key()
    later = page(observed_at=MONDAY + timedelta(days=1))
    assert erasures.page(later) == later


def test_a_damaged_list_is_told(tmp_path: Path) -> None:
    (tmp_path / LIST).write_bytes(b"{\n")
    with pytest.raises(StoreError, match=r"erasures\.jsonl: cannot be read"):
        _ = ErasureList(tmp_path).entries


def test_the_beginning_of_a_line_that_a_kill_left_is_nothing(tmp_path: Path) -> None:
    erased(tmp_path)
    with (tmp_path / LIST).open("ab") as file:
        file.write(b'{"platform":"laz')
    assert len(ErasureList(tmp_path).entries) == 1
    erased(tmp_path, at=MONDAY + timedelta(days=1))
    assert len(ErasureList(tmp_path).entries) == 2


def test_an_entry_stands_as_it_was_entered_last(tmp_path: Path) -> None:
    erased(tmp_path)
    erasures = erased(tmp_path, done=True)
    assert [entry.done for entry in erasures.entries] == [True]


@settings(max_examples=30)
@given(
    st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True),
    st.text(min_size=1, max_size=12),
    st.text(min_size=1, max_size=60),
)
def test_no_erased_offer_holds_the_id_as_a_word(seller_id: str, name: str, title: str) -> None:
    names = Names(PSEUDONYM, frozenset([seller_id]), frozenset([name]))
    offer = Listing(
        platform="lazada",
        item_id="1",
        title=f"{title} {name} {seller_id}",
        seller_id=seller_id,
        seller_name=name,
        url=f"https://x.example/{name}",
    )
    erased_offer = names.listing(offer)
    assert (erased_offer.seller_id, erased_offer.seller_name) == (PSEUDONYM, PSEUDONYM)
    assert erased_offer.url is None
    assert erased_offer.title
    words = re.findall(r"[^\W_]+", erased_offer.title.replace(PSEUDONYM, ""))
    assert seller_id not in words
