"""From a week's observations and labels to its cells: what the estimator takes and gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import repeat
from types import MappingProxyType

from monitor.config import JAKARTA, previous_week
from monitor.estimate import (
    CellData,
    Position,
    Settings,
    annotator_error,
    estimate_week,
    hiding_bounds,
)
from monitor.labels import outcome
from monitor.model import (
    Answer,
    Cell,
    CrossBorder,
    Money,
    Note,
    PolicyScope,
    ScreenStratum,
    Sensitivity,
    SignalField,
    SignalRate,
    UnitRecord,
    Value,
)
from monitor.registry import Registry, price_in, primary

from .gather import Gathered
from .judge import Judged
from .labelled import LabelledListing, audited_listings
from .screen import PolicyTerms, ScreenedObservation, terms_of, week_span

_TELL_OF_FOREIGN_SELLERS: tuple[SignalField, ...] = ("ship_from", "cross_border_flag")


class Measured(Value):
    """The cells of a week with their verdicts, and what annotator error would do to them."""

    cells: tuple[Cell, ...]
    sensitivity: tuple[Sensitivity, ...]


def measure(
    registry: Registry,
    gathered: Gathered,
    judged: Judged,
    classifier: str,
    settings: Settings,
    signals: Mapping[str, Sequence[SignalRate]],
) -> Measured:
    """Estimates and verdicts of a week's cells.

    Sensitivity is given for the cells that carry a verdict, at the level of the interval shown.
    ``signals`` are the week's rates by platform: where a field that tells of foreign sellers is
    lost, nothing is measured.
    """
    week, units, labelled = gathered.week, gathered.sampled.units, gathered.labelled
    cells = tuple(cell_data(registry, week, classifier, units, judged.screened, labelled, signals))
    last_week, units = previous_week(week), gathered.previous.units
    before = cell_data(registry, last_week, classifier, units, judged.previous, labelled)
    estimates = estimate_week(cells, before=before, settings=settings)
    sensitivity = []
    for cell, estimate in zip(cells, estimates, strict=True):
        has_verdict = cell.primary and cell.may_accuse
        if has_verdict and (rows := annotator_error(estimate, settings=settings)):
            bounds = hiding_bounds(cell, settings)
            sensitivity.append(
                Sensitivity(
                    platform=cell.platform,
                    cluster=cell.cluster,
                    policy=cell.policy,
                    rows=rows,
                    high_of_group=bounds.of_group,
                    high_of_week=bounds.of_week,
                )
            )
    return Measured(
        cells=tuple(estimate.cell for estimate in estimates), sensitivity=tuple(sensitivity)
    )


def cell_data(
    registry: Registry,
    week: str,
    classifier: str,
    units: Sequence[UnitRecord],
    observations: Sequence[ScreenedObservation],
    labelled: Sequence[LabelledListing] = (),
    signals: Mapping[str, Sequence[SignalRate]] = MappingProxyType({}),
) -> Iterator[CellData]:
    """One value for every platform × cluster × policy of a week with a planned unit.

    ``labelled`` may reach over many weeks; those after ``week`` are left out. ``classifier`` is
    the version that counts where nothing was drawn in the week.
    """
    for platform in sorted({record.unit.platform for record in units}):
        planned = [record for record in units if record.unit.platform == platform]
        shown = [screened for screened in observations if screened.key.platform == platform]
        labels = [listing for listing in labelled if listing.observation.key.platform == platform]
        for terms in terms_of(registry, platform, week):
            audited = tuple(audited_listings(registry, terms, labels, week))
            obstacle = _obstacle(registry, terms, shown, signals.get(platform, ()))
            for cluster in filter(terms.covers, sorted({r.unit.cluster for r in planned})):
                leading = primary(registry, platform, cluster, *week_span(week))
                yield CellData(
                    week=week,
                    platform=platform,
                    cluster=cluster,
                    policy=terms.id,
                    tolerance=terms.tolerance,
                    units=tuple(r for r in planned if r.unit.cluster is cluster),
                    positions=(
                        *(
                            _position(registry, terms.id, screened)
                            for screened in shown
                            if screened.observation.cluster is cluster
                        ),
                        *_unreadable_positions(r for r in planned if r.unit.cluster is cluster),
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
    registry: Registry,
    terms: PolicyTerms,
    observations: Iterable[ScreenedObservation],
    signals: Iterable[SignalRate],
) -> Note | None:
    """Why a policy cannot be measured on a platform at all: listings no longer tell where they come
    from, a duty that no page shows, or a floor with which not one price seen can be compared."""
    for signal in signals:
        if signal.is_lost and signal.field in _TELL_OF_FOREIGN_SELLERS:
            shares = {"field": signal.field, "share": f"{signal.share:.0%}"}
            return Note(code="signal_lost", values=shares)
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


def _unreadable_positions(units: Iterable[UnitRecord]) -> Iterator[Position]:
    """Positions of which nobody can tell anything: the screen does not know them, no label may."""
    for record in units:
        position = Position(
            entry_id=record.unit.entry_id, item_id="", version="", stratum=ScreenStratum.unknown
        )
        yield from repeat(position, record.unreadable)


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
        checked=screened.checked,
        confirmed=policy in screened.confirmed,
        marked=screened.is_marked,
        third_look=screened.third_look,
        seller_id=screened.seller("seller_id"),
        seller_name=screened.seller("seller_name"),
    )
