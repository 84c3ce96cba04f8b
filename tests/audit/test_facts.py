"""The evidence an annotator sees: both pages' words, telling differences, kept pictures only."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.model import Answer, DetailVisit, Listing, Observation, Origin, UnitState
from monitor.model.vocabulary import GOODS_CLUSTERS
from monitor.web.audit.facts import EvidenceFacts, evidence_facts
from monitor.web.messages import PageMessages, load_messages

AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
FOUND = Listing(
    platform="toko", item_id="1", title="Kain", price=Decimal(50000), currency="IDR",
    seller_id="9", seller_name="Sinar", ship_from="Luar Negeri", rating=4.5, sold=10,
)  # fmt: skip


def shown(
    own: Listing | None, found: Listing = FOUND, state: UnitState = UnitState.sampled, **visit: str
) -> EvidenceFacts:
    seen = Observation(
        id=1, listing_version_id=1, version="v", origin=Origin.live, listing=found, observed_at=AT
    )
    page = DetailVisit(
        platform="toko", item_id="1", url="https://toko.example/1", week="2026-W47",
        state=state, origin=Origin.live, visited_at=AT, listing=own,
        screenshot=visit.get("picture"),
    )  # fmt: skip
    return evidence_facts(seen, page, Path("/nowhere"), "Toko", PageMessages("id"))


def facts(evidence: EvidenceFacts) -> dict[str, tuple[str | None, str | None, bool]]:
    return {f.name: (f.result_page, f.own_page, f.differs) for f in evidence.facts}


def test_a_seller_known_by_number_only_is_the_same_seller() -> None:
    found = facts(shown(replace(FOUND, seller_name=None)))
    assert found["Penjual"] == ("Sinar", "Sinar", False)
    other = facts(shown(replace(FOUND, seller_name=None, seller_id="10")))
    assert other["Penjual"] == ("Sinar", "no. 10", True)


def test_only_telling_differences_are_marked() -> None:
    found = facts(shown(replace(FOUND, sold=12, rating=4.6, ship_from="Jakarta")))
    assert found["Dikirim dari"] == ("Luar Negeri", "Jakarta", True)
    assert found["Terjual"] == ("10", "12", False)
    assert not found["Nilai pembeli"][2]


def test_what_neither_page_says_is_left_out() -> None:
    found = facts(shown(FOUND))
    assert "Merek" not in found
    assert "Toko resmi" not in found


def test_a_country_stands_in_only_where_the_page_has_no_words() -> None:
    coded = replace(FOUND, ship_from=None, ship_from_country="CN")
    assert facts(shown(None, coded))["Dikirim dari"][0] == "CN"


@pytest.mark.parametrize("state", list(UnitState))
def test_every_failed_visit_has_words(state: UnitState) -> None:
    found = shown(None, state=state)
    assert found.own_missing
    assert found.own_on is None


@pytest.mark.parametrize(
    ("price", "currency", "text"),
    [("50000", "IDR", "Rp50.000"), ("12.5", "USD", "US$12,50"), ("7", None, "7")],
)
def test_prices(price: str, currency: str | None, text: str) -> None:
    listing = replace(FOUND, price=Decimal(price), currency=currency)
    found = facts(shown(None, listing))["Harga"][0]
    assert found is not None
    assert found.replace("\xa0", "") == text


def test_pictures_stay_inside_the_evidence(tmp_path: Path) -> None:
    for name in ("../x.png", "/etc/passwd", "x.html", "gone.png"):
        assert shown(FOUND, picture=name).screenshot is None


def test_both_languages_have_the_same_words() -> None:
    first, second = (set(messages) for messages in load_messages().values())
    assert first == second
    for answer in Answer:
        assert f"answer.{answer.value}" in first
    for cluster in GOODS_CLUSTERS:
        assert f"clusters.{cluster.value}" in first
