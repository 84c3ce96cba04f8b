"""Weeks of used clothing on the simulated shops, from the shown titles to intervals, without pages.

Titles are screened by the real classifier, drawn and labelled as in the rehearsal, and estimated
with the cells of a week together; only the fetching is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from monitor.classify.classifier import Classifier
from monitor.config import week_start
from monitor.demo import Oracle, World, truth
from monitor.demo.catalogue import Catalogue
from monitor.demo.shops import SHOPS
from monitor.estimate import estimate_week
from monitor.findings.cells import cell_data
from monitor.findings.judge import with_labels
from monitor.findings.labelled import labelled_listings
from monitor.findings.screen import screen_observations
from monitor.labels import Resolved
from monitor.model import (
    Answer,
    Cell,
    Cluster,
    DetailVisit,
    Listing,
    Observation,
    Origin,
    PlannedUnit,
    Question,
    ResponseRecord,
    UnitRecord,
    UnitState,
    Verdict,
    Verification,
)
from monitor.registry import Registry, load_registry
from monitor.sampling import draw_audit
from monitor.sampling.plan import draw_plan

WEEK = "2026-W47"
PEOPLE = ("a", "b")


WORLDS = (World.plain, World.tolerance)


class UsedWeeks(NamedTuple):
    """How many cells of many weeks had an interval, in which share of them the truth lies inside,
    and which share is accused though its true share is tolerated, or though nothing is there."""

    cells: int
    coverage: float
    accused: float


class UsedCell(NamedTuple):
    """A cell of used clothing as estimated, and its true share."""

    cell: Cell
    share: float

    @property
    def is_covered(self) -> bool:
        """Whether the interval shown holds the truth."""
        low, high = self.cell.low, self.cell.high
        return low is not None and high is not None and low <= self.share <= high


def used_week(
    registry: Registry, classifier: Classifier, seed: int, world: World = World.plain
) -> Iterator[UsedCell]:
    """The cells of used clothing of a simulated week."""
    at = week_start(WEEK).astimezone(UTC)
    plan = draw_plan(registry, WEEK, seed, at)
    units = [unit for unit in plan.units if unit.cluster is Cluster.used_clothing]
    observations = _observations(registry, classifier, seed, world, units, at)
    sample = draw_audit(observations, week=WEEK, seed=seed, drawn_at=at)
    oracle = Oracle(registry, seed, world)
    resolved, visits = {}, {}
    for item in sample.items:
        answer, _ = oracle.label(item.platform, item.item_id, WEEK, question=Question.used_clothing)
        is_yes = answer is Answer.yes
        resolved[item.label_key] = Resolved(
            answer=answer,
            answered_by=PEOPLE,
            people=PEOPLE if is_yes else (),
            marked=is_yes,
            weeks=(WEEK,),
            confirmed_at=at if is_yes else None,
        )
        visits[item.listing_key] = [_visit(item.platform, item.item_id, at)]
    screened = tuple(
        with_labels(registry, screen_observations(registry, observations), resolved, visits)
    )
    records = [UnitRecord(unit=unit, state=UnitState.sampled) for unit in units]
    labelled = tuple(labelled_listings(sample, observations, resolved))
    cells = tuple(cell_data(registry, WEEK, "c", records, screened, labelled, primary_only=True))
    shares = {
        share["platform"]: share["share"]
        for share in truth(Catalogue(seed, registry, world), WEEK, units)
        if share["primary"]
    }
    for estimate in estimate_week(cells):
        yield UsedCell(estimate.cell, shares[estimate.cell.platform])


def confirmed_registry() -> Registry:
    """The packaged registry, with what is known only from the press confirmed by a person."""
    registry = load_registry()
    confirmed = {"confirmed_by": "Petugas Simulasi", "confirmed_on": date(2026, 11, 1)}
    return replace(
        registry,
        policies=tuple(
            replace(policy, **confirmed) if policy.verification is Verification.press else policy
            for policy in registry.policies
        ),
    )


def used_weeks(world: World, seeds: int) -> UsedWeeks:
    """The cells of the weeks of so many seeds."""
    registry = confirmed_registry()
    classifier = Classifier.load(registry)
    cells = [
        used
        for seed in range(1, seeds + 1)
        for used in used_week(registry, classifier, seed, world)
    ]
    shown = [used for used in cells if used.cell.low is not None and used.cell.high is not None]
    accusing = {Verdict.non_compliant}
    return UsedWeeks(
        cells=len(shown),
        coverage=sum(used.is_covered for used in shown) / len(shown),
        accused=sum(
            (used.cell.verdict in accusing and used.share <= used.cell.tolerance)
            or (used.share == 0 and used.cell.confirmed > 0)
            for used in shown
        )
        / len(shown),
    )


def _observations(
    registry: Registry,
    classifier: Classifier,
    seed: int,
    world: World,
    units: list[PlannedUnit],
    at: datetime,
) -> list[Observation]:
    catalogue = Catalogue(seed, registry, world)
    places, listings = [], []
    for unit in units:
        shop, size = SHOPS[unit.platform], registry.platforms[unit.platform].page_size
        for shown in catalogue.results(unit.platform, unit.query, WEEK, unit.page, size).shown:
            offer = shown.offer
            places.append((unit, shown.rank))
            listings.append(
                Listing(
                    platform=unit.platform,
                    item_id=shop.item_id(offer),
                    title=offer.title,
                    price=Decimal(offer.price),
                    currency="IDR",
                    seller_id=str(offer.seller.id),
                    seller_name=offer.seller.name,
                    ship_from=offer.place,
                )
            )
    decisions = classifier.classify_many(listings)
    return [
        Observation(
            id=number,
            listing_version_id=number,
            version="v",
            origin=Origin.simulated,
            observed_at=at,
            week=WEEK,
            unit_id=unit.id,
            rank=rank + 1,
            entry_id=unit.entry_id,
            query=unit.query,
            cluster=unit.cluster,
            stratum=unit.stratum,
            listing=listing,
            classification=decision,
        )
        for number, ((unit, rank), listing, decision) in enumerate(
            zip(places, listings, decisions, strict=True), 1
        )
    ]


def _visit(platform: str, item_id: str, at: datetime) -> DetailVisit:
    return DetailVisit(
        platform=platform,
        item_id=item_id,
        url="https://x.example/",
        week=WEEK,
        state=UnitState.sampled,
        origin=Origin.simulated,
        visited_at=at,
        received=ResponseRecord(url="https://x.example/", size=1, sha256="0" * 64, status=200),
    )
