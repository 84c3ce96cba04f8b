"""What own pages show to consumers, as indicators of the ministry's fourth point.

They rest on the offers that the audit drew and a visit reached in its week, weighted by the
positions they stand for: those of their version, each frame weight / inclusion probability of its
unit, over the probability of the draw. An offer counts as foreign or domestic by the screen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from monitor.estimate.indicators import LEAST, Weights, clustered_share
from monitor.model import (
    AuditSample,
    Cluster,
    CrossBorder,
    DetailVisit,
    DisplayedInformation,
    DisplayedItem,
    Indicator,
    ListingKey,
    Note,
    NumberCount,
    NumberKind,
    Observation,
    Question,
    UnitState,
    VersionKey,
)

_ORIGINS = {CrossBorder.cross_border: "foreign", CrossBorder.domestic: "domestic"}
_MEASURES = (
    ("described", DisplayedItem.indonesian_description, None),
    ("country", DisplayedItem.dispatch_country, None),
    # Registration is a duty for all food, of other goods no page shows whether it is one.
    ("number", DisplayedItem.registration_number, Cluster.food_beverage),
)


class VisitedOffer(NamedTuple):
    """An offer of the audit sample whose own page was read, and the positions it stands for."""

    platform: str
    cluster: Cluster
    origin: str
    seller: str
    weight: float
    displayed: DisplayedInformation


def visited_offers(
    sample: AuditSample | None,
    visits: Mapping[ListingKey, DetailVisit],
    observations: Iterable[Observation],
    weights: Weights,
) -> tuple[VisitedOffer, ...]:
    """The drawn offers, of known origin, whose own page came in the week of the draw."""
    shown: dict[tuple[VersionKey, Cluster | None], list[Observation]] = defaultdict(list)
    for observation in observations:
        if observation.unit_id in weights:
            shown[observation.key, observation.cluster].append(observation)
    offers = []
    for item in sample.items if sample else ():
        visit = visits.get(ListingKey(item.platform, item.item_id))
        positions = shown.get((item.key, item.cluster), ())
        if item.question is not Question.cross_border or not positions:
            continue
        origin = _ORIGINS.get(positions[0].status)
        if origin and visit and visit.state is UnitState.sampled:
            listing = positions[0].listing
            offers.append(
                VisitedOffer(
                    platform=item.platform,
                    cluster=item.cluster,
                    origin=origin,
                    seller=listing.seller_id or listing.seller_name or item.item_id,
                    weight=sum(weights[at.unit_id] for at in positions) / item.probability,
                    displayed=visit.displayed or DisplayedInformation(),
                )
            )
    return tuple(offers)


def displayed_indicators(offers: Iterable[VisitedOffer]) -> Iterator[Indicator]:
    """The share of positions whose offer's own page shows each item, by platform and origin.

    A seller's pages are alike, so the seller is the sampling unit of the interval. An offer whose
    page does not tell is left out.
    """
    groups: dict[tuple[str, str], list[VisitedOffer]] = defaultdict(list)
    for offer in offers:
        groups[offer.platform, offer.origin].append(offer)
    for (platform, origin), of_group in sorted(groups.items()):
        for name, item, cluster in _MEASURES:
            visited = [offer for offer in of_group if cluster in {None, offer.cluster}]
            rows = [
                (offer.seller, offer.weight, shows)
                for offer in visited
                if (shows := offer.displayed.tells(item)) is not None
            ]
            indicator = Indicator(
                point=4,
                name=f"{origin}_{name}",
                platform=platform,
                cluster=cluster,
                n=len(rows),
                reason=Note(code="few_listings" if len(visited) < LEAST else "place_unknown"),
            )
            if len(rows) < LEAST:
                yield indicator
                continue
            share, low, high = clustered_share(rows)
            yield replace(indicator, value=share, low=low, high=high, reason=None)


def number_counts(offers: Iterable[VisitedOffer]) -> Iterator[NumberCount]:
    """How many visited offers show a number of each kind, and how many one in another form."""
    counts: Counter[tuple[str, NumberKind, bool]] = Counter()
    for offer in offers:
        kinds = {(number.kind, number.number is not None) for number in offer.displayed.numbers}
        counts.update((offer.platform, kind, is_formed) for kind, is_formed in kinds)
    for platform, kind in sorted({(platform, kind) for platform, kind, _ in counts}):
        yield NumberCount(
            platform=platform,
            kind=kind,
            offers=counts[platform, kind, True],
            malformed=counts[platform, kind, False],
        )
