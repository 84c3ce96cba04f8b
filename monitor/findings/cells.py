"""From a week's observations and labels to its cells: what the estimator takes and gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from monitor.config import JAKARTA, previous_week
from monitor.estimate import CellData, Position, Settings, annotator_error, estimate_week
from monitor.model import (
    Answer,
    Cell,
    Cluster,
    CrossBorder,
    Money,
    Note,
    PolicyScope,
    ScreenStratum,
    Sensitivity,
    UnitRecord,
    Value,
)
from monitor.registry import Registry, price_in, primary

from .gather import Gathered
from .judge import Judged
from .labelled import LabelledListing, audited_listings
from .screen import PolicyTerms, ScreenedObservation, outcome, terms_of, week_span


class Measured(Value):
    """The cells of a week with their verdicts, and what annotator error would do to them."""

    cells: tuple[Cell, ...]
    sensitivity: tuple[Sensitivity, ...]


def measure(
    registry: Registry, gathered: Gathered, judged: Judged, classifier: str, settings: Settings
) -> Measured:
    """Estimates and verdicts of a week's cells.

    Sensitivity is given for the cells that carry a verdict, at the level of the interval shown.
    """
    week, labelled = gathered.week, gathered.labelled
    cells = tuple(
        cell_data(
            registry,
            week,
            gathered.sampled.units,
            judged.screened,
            labelled,
            classifier=classifier,
        )
    )
    before = cell_data(
        registry,
        previous_week(week),
        gathered.previous.units,
        judged.previous,
        labelled,
        classifier=classifier,
    )
    estimates = estimate_week(cells, before=before, settings=settings)
    sensitivity = (
        Sensitivity(
            platform=cell.platform,
            cluster=cell.cluster,
            policy=cell.policy,
            rows=annotator_error(estimate, settings=settings),
        )
        for cell, estimate in zip(cells, estimates, strict=True)
        if cell.primary and cell.may_accuse
    )
    return Measured(
        cells=tuple(estimate.cell for estimate in estimates),
        sensitivity=tuple(row for row in sensitivity if row.rows),
    )


def cell_data(
    registry: Registry,
    week: str,
    units: Iterable[UnitRecord],
    observations: Iterable[ScreenedObservation],
    labelled: Iterable[LabelledListing] = (),
    *,
    classifier: str,
) -> Iterator[CellData]:
    """One value for every platform × cluster × policy of a week with a planned unit.

    ``labelled`` may reach over many weeks; those after ``week`` are left out. ``classifier`` is
    the version that counts where nothing was drawn in the week.
    """
    cell_units: dict[str, dict[Cluster, list[UnitRecord]]] = defaultdict(lambda: defaultdict(list))
    for record in units:
        cell_units[record.unit.platform][record.unit.cluster].append(record)
    shown: dict[str, list[ScreenedObservation]] = defaultdict(list)
    for screened in observations:
        shown[screened.key.platform].append(screened)
    labels: dict[str, list[LabelledListing]] = defaultdict(list)
    for listing in labelled:
        labels[listing.drawn.platform].append(listing)
    for platform, clusters in sorted(cell_units.items()):
        for terms in terms_of(registry, platform, week):
            audited = tuple(audited_listings(registry, terms, labels[platform], week))
            obstacle = _obstacle(registry, terms, shown[platform])
            for cluster in filter(terms.covers, sorted(clusters)):
                leading = primary(registry, platform, cluster, *week_span(week))
                yield CellData(
                    week=week,
                    platform=platform,
                    cluster=cluster,
                    policy=terms.id,
                    tolerance=terms.tolerance,
                    units=tuple(clusters[cluster]),
                    positions=tuple(
                        _position(registry, terms.id, screened)
                        for screened in shown[platform]
                        if screened.observation.cluster is cluster
                    ),
                    audited=audited,
                    classifier=classifier,
                    primary=leading is not None and leading.id == terms.id,
                    may_accuse=terms.may_accuse,
                    throughout=terms.hold(*week_span(week)),
                    changed_on=terms.changed_on,
                    obstacle=obstacle,
                )


def _obstacle(
    registry: Registry, terms: PolicyTerms, observations: Iterable[ScreenedObservation]
) -> Note | None:
    """Why a policy cannot be measured on a platform at all: a duty that no page shows, or a floor
    with which not one price seen can be compared."""
    if terms.scope is PolicyScope.information_duty:
        return Note(code="duty_not_visible")
    floor = terms.versions[-1].price_floor
    seen = [screened.observation for screened in observations]
    if terms.scope is not PolicyScope.price_floor or floor is None or not seen:
        return None
    priced = {
        (observation.listing.currency, observation.observed_at.astimezone(JAKARTA).date())
        for observation in seen
        if observation.listing.price and observation.listing.currency and observation.observed_at
    }
    for currency, day in priced:
        unit = Money(amount=Decimal(1), currency=currency)
        if price_in(floor.currency, unit, day, registry.rates) is not None:
            return None
    return Note(code="no_rate" if priced else "no_price")


def _position(registry: Registry, policy: str, screened: ScreenedObservation) -> Position:
    observation = screened.observation
    suspected = observation.status is CrossBorder.suspected
    return Position(
        entry_id=observation.entry_id or "",
        item_id=observation.listing.item_id,
        version=observation.version,
        stratum=ScreenStratum.of(observation.status),
        breach=policy in screened.breached,
        suspected=suspected and outcome(registry, policy, observation) is Answer.yes,
        confirmed=policy in screened.confirmed,
    )
