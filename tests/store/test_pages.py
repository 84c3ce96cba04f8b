"""Pages: stored whole or not at all, once, and never made worse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from monitor.model import Origin, UnitState, UnreadablePosition
from monitor.store import Store, StoreError
from tests.store.values import MONDAY, WEEK, decision, listing, page, plan, received, unit

Rows = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def run(store: Store) -> int:
    store.plans.save(plan())
    return store.runs.start("crawl", Origin.live, MONDAY, week=WEEK, platform="lazada")


def states(store: Store) -> list[tuple[UnitState, int]]:
    return [(record.state, record.places) for record in store.units.of_week(WEEK)]


def test_what_is_written_is_read(store: Store, run: int) -> None:
    written = page(unit())
    store.pages.save(run, written)
    first, second = store.observations.of_week(WEEK)
    assert (first.listing, second.listing) == written.listings
    assert first.received == written.received
    assert (first.unit_id, first.entry_id, first.query) == (unit().id, "kata-0", "mukena 0")
    assert (first.cluster, first.stratum) == (unit().cluster, unit().stratum)
    assert (first.rank, first.observed_at, first.origin) == (1, MONDAY, Origin.live)
    assert (first.first_seen, first.classification) == (WEEK, None)
    record = store.units.of_week(WEEK)[0]
    assert (record.state, record.places, record.total_results) == (UnitState.sampled, 2, 4000)
    assert (record.robots, record.observed_at) == (written.robots, MONDAY)
    assert [u.id for u in store.units.pending(WEEK)] == [unit(1).id, unit(2).id]


def test_unknown_stays_unknown(store: Store, run: int) -> None:
    bare = listing(**dict.fromkeys(set(listing().__struct_fields__) - KEYS))
    store.pages.save(run, page(unit(), listings=(bare,), robots=None, total_results=None))
    (seen,) = store.observations.of_week(WEEK)
    assert seen.listing == bare
    assert store.units.of_week(WEEK)[0].robots is None


KEYS = {"platform", "item_id", "title"}


def test_the_same_page_twice_is_one_page(store: Store, run: int, rows: Rows) -> None:
    store.pages.save(run, page(unit()))
    store.pages.save(run, page(unit()))
    other = store.runs.start("crawl", Origin.live, MONDAY)
    store.pages.save(other, page(unit()))
    assert states(store)[0] == (UnitState.sampled, 2)
    assert rows("SELECT count(*) FROM response") == [(1,)]


def test_the_same_listing_twice_on_a_page_is_two_places(store: Store, run: int) -> None:
    advertised = listing("101", rank=1, sponsored=True)
    store.pages.save(run, page(unit(), listings=(advertised, listing("101", rank=5))))
    first, second = store.observations.of_week(WEEK)
    assert first.listing_version_id == second.listing_version_id
    assert [(x.rank, x.listing.sponsored) for x in (first, second)] == [(1, True), (5, False)]


@pytest.mark.parametrize(
    "later",
    [UnitState.blocked, UnitState.unreachable, UnitState.unparseable, UnitState.empty],
)
@pytest.mark.parametrize("first", [UnitState.sampled, UnitState.empty])
def test_an_answer_stands(store: Store, run: int, first: UnitState, later: UnitState) -> None:
    store.pages.save(run, page(unit(), state=first))
    before = states(store)
    store.pages.save(run, page(unit(), "later", state=later, reason="captcha"))
    assert states(store) == before
    assert store.units.of_week(WEEK)[0].reason is None


def test_a_second_answer_adds_no_places(store: Store, run: int) -> None:
    store.pages.save(run, page(unit()))
    store.pages.save(run, page(unit(), "another", listings=(listing("999"),)))
    assert [x.listing.item_id for x in store.observations.of_week(WEEK)] == ["101", "102"]


def test_a_failure_is_overwritten(store: Store, run: int) -> None:
    store.pages.save(run, page(unit(), "no", state=UnitState.blocked, reason="captcha"))
    record = store.units.of_week(WEEK)[0]
    assert (record.state, record.reason, record.places) == (UnitState.blocked, "captcha", 0)
    store.pages.save(
        run, page(unit(), state=UnitState.unreachable, received=None, reason="timeout")
    )
    assert store.units.of_week(WEEK)[0].reason == "timeout"
    store.pages.save(run, page(unit()))
    assert states(store)[0] == (UnitState.sampled, 2)


def test_listings_of_a_page_that_is_not_sampled_are_not_stored(store: Store, run: int) -> None:
    blocked = page(unit(), state=UnitState.blocked)
    store.pages.save(run, type(blocked)(**as_dict(blocked) | {"listings": (listing(),)}))
    assert not list(store.observations.of_week(WEEK))


def as_dict(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__struct_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"state": UnitState.planned}, "not 'planned'"),
        ({"listings": ()}, "a sampled page has listings"),
        ({"listings": (listing(platform="shopee"),)}, "listings of shopee on lazada"),
        ({"unit_id": "2026-W47/lazada/none/1"}, "no such planned unit"),
        ({"listings": (listing(item_id=""),)}, "item_id: is empty"),
        ({"listings": (listing(title=""),)}, "title: is empty"),
        ({"listings": (listing(price=Decimal("-1")),)}, "lazada listing 101: price"),
        ({"listings": (listing(price=Decimal("1e30")),)}, "price: 1E.30 is too large"),
        ({"listings": (listing(price=Decimal("NaN")),)}, "price: NaN"),
        ({"listings": (listing(currency="Rp"),)}, "currency: 'Rp' is not an ISO 4217"),
        ({"listings": (listing(ship_from_country="China"),)}, "'China' is not an ISO 3166"),
        ({"listings": (listing(sold=-3),)}, "sold: -3 is not a count"),
        ({"listings": (listing(), listing(rank=2**70))}, "rank: .* is not a count"),
        ({"listings": (listing(rating=float("inf")),)}, "rating: inf is not a number"),
        ({"total_results": 2**64}, "total_results"),
    ],
)
def test_a_wrong_page_leaves_nothing(
    store: Store, run: int, rows: Rows, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        store.pages.save(run, page(**{"planned": unit()} | changes))
    assert states(store)[0] == (UnitState.planned, 0)
    for name in ("response", "listing", "listing_version", "seller", "observation"):
        assert rows(f"SELECT count(*) FROM {name}") == [(0,)]


def test_text_that_a_database_cannot_hold_is_replaced(store: Store, run: int) -> None:
    store.pages.save(run, page(unit(), listings=(listing(title="Batik\x00\ud800 tulis'; --"),)))
    (seen,) = store.observations.of_week(WEEK)
    assert seen.listing.title == "Batik\ufffd\ufffd tulis'; --"


def test_an_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match=r"(?i)foreign key"):
        store.pages.save(99, page())


# --- saved pages outside the plan ---


def test_unplanned_pages_count_for_the_week_of_their_time(store: Store, run: int) -> None:
    sunday_evening_in_jakarta = MONDAY - timedelta(hours=23, minutes=30)
    store.pages.save(run, page(None, "a", observed_at=sunday_evening_in_jakarta))
    store.pages.save(run, page(None, "b", observed_at=MONDAY))
    store.pages.save(run, page(None, "c", observed_at=None))
    assert [x.observed_at for x in store.observations.of_week("2026-W46", planned=False)] == [
        sunday_evening_in_jakarta
    ] * 2
    assert len(list(store.observations.of_week(WEEK, planned=False))) == 2
    assert not list(store.observations.of_week(WEEK, planned=True))
    undated = list(store.observations.of_week(None, planned=False))
    assert len(undated) == 2
    assert {x.origin for x in undated} == {Origin.saved}
    assert {x.first_seen for x in undated} == {"2026-W46"}


def test_planned_and_unplanned_stay_apart(store: Store, run: int) -> None:
    store.pages.save(run, page(unit()))
    store.pages.save(run, page(None, "saved"))
    assert {x.origin for x in store.observations.of_week(WEEK, planned=True)} == {Origin.live}
    assert {x.origin for x in store.observations.of_week(WEEK, planned=False)} == {Origin.saved}
    assert len(list(store.observations.of_week(WEEK))) == 4


def test_a_saved_page_again_is_one_page(store: Store, run: int) -> None:
    for _ in range(2):
        store.pages.save(run, page(None, observed_at=None))
    assert len(list(store.observations.of_week(None))) == 2


def test_a_time_given_later_dates_the_page(store: Store, run: int, rows: Rows) -> None:
    store.pages.save(run, page(None, observed_at=None))
    store.pages.save(run, page(None, observed_at=MONDAY))
    store.pages.save(run, page(None, observed_at=None))
    assert not list(store.observations.of_week(None))
    assert [x.observed_at for x in store.observations.of_week(WEEK)] == [MONDAY] * 2
    assert rows("SELECT count(*) FROM response") == [(1,)]


def test_the_same_bytes_at_two_times_are_two_pages(store: Store, run: int) -> None:
    store.pages.save(run, page(None))
    store.pages.save(run, page(None, observed_at=MONDAY + timedelta(days=1)))
    assert len(list(store.observations.of_week(WEEK))) == 4


def test_one_answer_from_two_addresses_is_two_pages(store: Store, run: int) -> None:
    store.pages.save(run, page(None))
    store.pages.save(run, page(None, url="https://www.lazada.co.id/catalog/?q=hijab"))
    assert len(list(store.observations.of_week(WEEK))) == 4


# --- reading the same response again ---


def test_another_parser_makes_the_current_reading(store: Store, run: int, rows: Rows) -> None:
    store.pages.save(run, page(unit(), parser="1"))
    better = (listing("101"), listing("102", rank=2), listing("103", rank=3))
    store.pages.save(run, page(unit(), parser="2", listings=better))
    store.pages.save(run, page(unit(), parser="2", listings=better))
    assert states(store)[0] == (UnitState.sampled, 3)
    assert [x.listing.item_id for x in store.observations.of_week(WEEK)] == ["101", "102", "103"]
    assert rows("SELECT count(*) FROM observation") == [(5,)]


def test_another_parser_does_not_make_it_worse(store: Store, run: int) -> None:
    store.pages.save(run, page(unit(), parser="1"))
    store.pages.save(run, page(unit(), parser="2", state=UnitState.unparseable))
    assert states(store)[0] == (UnitState.sampled, 2)


def test_another_parser_mends_what_could_not_be_read(store: Store, run: int) -> None:
    store.pages.save(run, page(unit(), parser="1", state=UnitState.unparseable, reason="layout"))
    store.pages.save(run, page(unit(), parser="2"))
    assert states(store)[0] == (UnitState.sampled, 2)
    assert store.units.of_week(WEEK)[0].reason is None


def test_a_response_read_again_does_not_double_an_answered_unit(store: Store, run: int) -> None:
    store.pages.save(run, page(unit(), "first", parser="1", state=UnitState.unparseable))
    store.pages.save(run, page(unit(), "second", parser="1"))
    store.pages.save(run, page(unit(), "first", parser="2", listings=(listing("900"),)))
    assert [x.listing.item_id for x in store.observations.of_week(WEEK)] == ["101", "102"]


def test_what_cannot_be_read_keeps_its_place(store: Store, run: int, rows: Rows) -> None:
    odd = UnreadablePosition(place=1, reason="price: \x00", item_id="7\ud800")
    lost = UnreadablePosition(place=3, reason="item_id: missing")
    store.pages.save(run, page(unit(), unreadable=(odd, lost)))
    assert rows("SELECT place FROM observation ORDER BY place") == [(2,), (4,)]
    [written] = store.pages.of_week(WEEK)
    assert written.unreadable == (replace(odd, reason="price: \ufffd", item_id="7\ufffd"), lost)
    first, *others = store.units.of_week(WEEK)
    assert (first.places, first.unreadable) == (2, 2)
    assert [record.unreadable for record in others] == [0, 0]


def test_a_frozen_screen_keeps_the_unreadable_places_of_its_reading(store: Store, run: int) -> None:
    odd = UnreadablePosition(place=3, reason="price: odd")
    for parser, unreadable, left in (("1", (odd,), 1), ("2", (), 0), ("3", (odd,), 1)):
        store.pages.save(run, page(unit(), parser=parser, unreadable=unreadable))
        assert store.units.of_week(WEEK)[0].unreadable == left
    pending = store.classifications.pending("c1")
    store.classifications.save((number, decision()) for number, _ in pending)
    store.screens.freeze(WEEK, "c1")
    store.pages.save(run, page(unit(), parser="4"))
    assert store.units.of_week(WEEK)[0].unreadable == 1


# --- versions of a listing ---


def test_drift_makes_no_version_and_content_does(store: Store, run: int) -> None:
    store.pages.save(run, page(unit(0), "a", listings=(listing(sold=1, rating=4.0),)))
    store.pages.save(run, page(unit(1), "b", listings=(listing(sold=9, rating=4.9, rank=7),)))
    store.pages.save(run, page(unit(2), "c", listings=(listing(price=Decimal("99000")),)))
    first, second, third = store.observations.of_listing("lazada", "101")
    assert first.version == second.version != third.version
    assert [x.listing.sold for x in (first, second, third)] == [1, 9, 12]
    assert [x.listing.price for x in (first, second, third)] == [129900, 129900, 99000]


def test_first_seen_spans_versions_and_weeks(store: Store, run: int) -> None:
    store.plans.save(plan(1, "2026-W48"))
    next_week = unit(0, "2026-W48")
    store.pages.save(run, page(unit(), "a", listings=(listing("101"),)))
    changed = (listing("101", title="Mukena baru"), listing("500", rank=2))
    later = MONDAY + timedelta(days=7)
    store.pages.save(run, page(next_week, "b", listings=changed, observed_at=later))
    assert [x.first_seen for x in store.observations.of_week("2026-W48")] == [WEEK, "2026-W48"]
    assert store.plans.weeks() == (WEEK, "2026-W48")


def test_evidence_of_a_stripped_page_keeps_both_hashes(store: Store, run: int) -> None:
    kept = received(sha256_kept="a" * 64)
    store.pages.save(run, page(unit(), received=kept))
    assert next(store.observations.of_week(WEEK)).received == kept
