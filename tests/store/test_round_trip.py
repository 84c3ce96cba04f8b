"""Whatever a listing holds, the store gives back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import Condition, Listing, Origin
from monitor.store import Store
from monitor.store.content import clean
from tests.store.values import MONDAY, page

TEXT = st.text(max_size=40)
COUNTS = st.none() | st.integers(0, 2**31 - 1)
FLAGS = st.none() | st.booleans()
LISTINGS = st.builds(
    Listing,
    platform=st.just("lazada"),
    item_id=TEXT.filter(bool),
    title=TEXT.filter(bool),
    url=st.none() | TEXT,
    image_url=st.none() | TEXT,
    price=st.none() | st.decimals(0, 10**12, places=2),
    currency=st.none() | st.sampled_from(["IDR", "USD", "JPY", "CNY"]),
    seller_id=st.none() | TEXT.filter(bool),
    seller_name=st.none() | TEXT,
    official_store=FLAGS,
    ship_from=st.none() | TEXT,
    ship_from_country=st.none() | st.sampled_from(["ID", "CN", "SG"]),
    cross_border_flag=FLAGS,
    category_id=st.none() | TEXT,
    category_path=st.none() | TEXT,
    brand=st.none() | TEXT,
    rating=st.none() | st.floats(0, 5),
    sold=COUNTS,
    rank=COUNTS,
    sponsored=FLAGS,
    imported_flag=FLAGS,
    condition=st.sampled_from([None, Condition.used, Condition.new]),
)
BODIES = count()


def storable(listing: Listing) -> dict[str, object]:
    """What a database can hold of a listing: text without NUL, addresses as first seen."""
    known = {name: getattr(listing, name) for name in listing.__struct_fields__}
    texts = {name: clean(value) for name, value in known.items() if isinstance(value, str)}
    return {k: v for k, v in (known | texts).items() if k not in {"url", "image_url"}}


@given(listings=st.lists(LISTINGS, min_size=1, max_size=6), at=st.datetimes())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_page_of_anything(store: Store, listings: list[Listing], at: datetime) -> None:
    run = store.runs.start("ingest", Origin.saved, MONDAY)
    moment = at.replace(year=2026, tzinfo=UTC) if (at.month, at.day) != (2, 29) else MONDAY
    body = f"body {next(BODIES)}"
    store.pages.save(run, page(None, body, listings=tuple(listings), observed_at=moment))
    found = [
        each
        for item in dict.fromkeys(clean(x.item_id) or "" for x in listings)
        for each in store.observations.of_listing("lazada", item)
        if each.received == page(None, body).received
    ]
    assert {each.observed_at for each in found} == {moment}
    read, written = [x.listing for x in found], listings
    assert sorted(map(storable, read), key=str) == sorted(map(storable, written), key=str)
    assert all(isinstance(x.listing.price, Decimal | None) for x in found)
