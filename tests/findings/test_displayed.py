"""What own pages show, as indicators: weighted by the draw, by origin, and null where not read."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from monitor.findings.displayed import displayed_indicators, number_counts, visited_offers
from monitor.model import (
    AuditSample,
    Cluster,
    CrossBorder,
    DetailVisit,
    DisplayedInformation,
    DisplayedItem,
    ListingKey,
    NumberKind,
    Observation,
    Origin,
    RegistrationNumber,
    SampledListing,
    ScreenStratum,
    UnitState,
)
from tests.builders import observation

AT = datetime(2026, 11, 23, tzinfo=UTC)
SHOWN = DisplayedInformation(shown=(DisplayedItem.indonesian_description,), language="id")
MISSING = DisplayedInformation(missing=(DisplayedItem.indonesian_description,), language="en")


def seen(
    number: int, status: CrossBorder = CrossBorder.cross_border, unit: str = "u"
) -> Observation:
    return replace(observation(number, status, item=str(number)), unit_id=unit)


def sample(observations: list[Observation], probability: dict[str, float]) -> AuditSample:
    items = tuple(
        SampledListing(
            observation_id=at.id,
            platform=at.listing.platform,
            item_id=at.listing.item_id,
            version=at.version,
            cluster=at.cluster or Cluster.crafts,
            stratum=ScreenStratum.of(at.status),
            probability=probability.get(at.listing.item_id, 1.0),
        )
        for at in observations
    )
    return AuditSample(week="2026-W47", seed=1, budget=9, drawn_at=AT, items=items, sha256="0" * 64)


def visit(
    at: Observation, displayed: DisplayedInformation | None
) -> tuple[ListingKey, DetailVisit]:
    key = at.listing.key
    page = DetailVisit(
        platform=key.platform,
        item_id=key.item_id,
        url="https://toko.example/1",
        week="2026-W47",
        state=UnitState.sampled,
        origin=Origin.live,
        visited_at=AT,
        displayed=displayed,
    )
    return key, page


def test_shares_are_weighted_by_the_draw_and_apart_by_origin() -> None:
    foreign = [seen(n) for n in range(6)]
    domestic = [seen(n, CrossBorder.domestic) for n in range(10, 16)]
    others = [seen(20, CrossBorder.suspected), seen(21, CrossBorder.unknown)]
    everything = [*foreign, *domestic, *others]
    # The first stands for four times as many positions as each of the others.
    drawn = sample(everything, {"0": 0.25})
    visits = dict(visit(at, MISSING if at.listing.item_id == "0" else SHOWN) for at in everything)
    offers = visited_offers(drawn, visits, everything, {"u": 3.0})
    assert len(offers) == 12
    shares = {each.name: each for each in displayed_indicators(offers)}
    assert shares["foreign_described"].value == pytest.approx(5 / 9)
    assert shares["domestic_described"].value == 1.0
    low, high = shares["foreign_described"].low, shares["foreign_described"].high
    assert low is not None and high is not None and low < 5 / 9 < high
    assert shares["foreign_described"].n == 6
    assert shares["foreign_country"].value is None
    reason = shares["foreign_country"].reason
    assert reason and reason.code == "place_unknown"
    # Registration is a duty of food: nothing is said of it among crafts.
    number = shares["foreign_number"].reason
    assert number and number.code == "few_listings"


def test_a_page_that_did_not_come_or_is_of_no_measured_page_counts_for_nothing() -> None:
    observations = [seen(n) for n in range(6)]
    drawn = sample(observations, {})
    visits = dict(visit(at, SHOWN) for at in observations)
    gone = dict(visits)
    key = observations[0].listing.key
    gone[key] = replace(visits[key], state=UnitState.empty, displayed=None)
    del gone[observations[1].listing.key]
    assert len(visited_offers(drawn, gone, observations, {"u": 1.0})) == 4
    assert visited_offers(drawn, visits, observations, {"other": 1.0}) == ()
    assert visited_offers(None, visits, observations, {"u": 1.0}) == ()


def test_visits_of_before_it_was_read_say_that_it_is_not_known() -> None:
    observations = [seen(n) for n in range(6)]
    visits = dict(visit(at, None) for at in observations)
    offers = visited_offers(sample(observations, {}), visits, observations, {"u": 1.0})
    for indicator in displayed_indicators(offers):
        assert indicator.value is None


def test_numbers_are_counted_by_offer_and_kind() -> None:
    formed = RegistrationNumber(kind=NumberKind.pirt, number="206357801001227")
    other = replace(formed, number="206357801001327")
    odd = RegistrationNumber(kind=NumberKind.pirt)
    observations = [seen(n) for n in range(3)]
    pages = [
        DisplayedInformation(numbers=numbers)
        for numbers in ((formed, other), (formed, odd), (odd,))
    ]
    visits = dict(visit(at, page) for at, page in zip(observations, pages, strict=True))
    offers = visited_offers(sample(observations, {}), visits, observations, {"u": 1.0})
    [count] = number_counts(offers)
    assert (count.kind, count.offers, count.malformed) == (NumberKind.pirt, 2, 2)
