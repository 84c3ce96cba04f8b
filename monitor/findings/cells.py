"""From a week's observations and labels to its cells: what the estimator takes and gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from types import MappingProxyType

from msgspec.structs import replace

from monitor.config import JAKARTA, previous_week
from monitor.estimate import (
    CellData,
    Position,
    Settings,
    annotator_error,
    estimate_week,
    hiding_bounds,
)
from monitor.estimate.season import (
    Weeks,
    estimate_seasons,
    is_last,
    rolling,
    rolling_name,
    season_before,
    weeks_so_far,
)
from monitor.labels import outcome
from monitor.model import (
    Answer,
    Cell,
    Cluster,
    CrossBorder,
    EditionKind,
    Money,
    Note,
    Observation,
    PolicyScope,
    Prohibited,
    Question,
    Season,
    Sensitivity,
    SignalField,
    SignalRate,
    UnitRecord,
    Value,
    season_of,
    stratum_of,
)
from monitor.registry import Registry, price_in, primary

from .gather import Gathered
from .judge import Judged, with_labels
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
    seasons = _with_seasons(registry, gathered, cells, classifier, settings)
    return Measured(
        cells=tuple(
            replace(estimate.cell, season=season, rolling=rolling)
            for estimate, (season, rolling) in zip(estimates, seasons, strict=True)
        ),
        sensitivity=tuple(sensitivity),
    )


def _with_seasons(
    registry: Registry,
    gathered: Gathered,
    cells: Sequence[CellData],
    classifier: str,
    settings: Settings,
) -> list[tuple[Season | None, Season | None]]:
    """Of each of a week's cells the quarter so far and the thirteen weeks up to now.

    Both are None for cells that carry no verdict, and in a provisional edition.
    """
    week = gathered.week
    leading = {_key(cell): i for i, cell in enumerate(cells) if cell.primary and cell.may_accuse}
    if gathered.edition is EditionKind.provisional or not leading:
        return [(None, None)] * len(cells)
    weeks_of: dict[int, list[CellData]] = defaultdict(list)
    for cell in chain(_past_cells(registry, gathered, classifier), cells):
        if (i := leading.get(_key(cell))) is not None:
            weeks_of[i].append(cell)

    lists = {past.week: past.lists for past in gathered.past} | {week: gathered.lists}

    def of_weeks(span: tuple[str, ...], *, alike: bool = True) -> list[Weeks]:
        """Each leading cell in the weeks of a span that drew, or did not draw, from its list."""
        return [
            tuple(
                cell
                for cell in weeks_of[i]
                if cell.week in span
                and lists[cell.week].are_alike(gathered.lists, cell.platform, cell.cluster) is alike
            )
            for i in leading.values()
        ]

    def without_other_lists(seasons: tuple[Season, ...], span: tuple[str, ...]) -> Iterator[Season]:
        """The seasons, with their weeks that drew from another list counted apart."""
        for season, others in zip(seasons, of_weeks(span, alike=False), strict=True):
            yield replace(season, other_list=len(others), missing=season.missing - len(others))

    over = is_last(week)
    quarter = estimate_seasons(
        of_weeks(weeks_so_far(week)),
        season_of(week),
        len(weeks_so_far(week)),
        over=over,
        before=of_weeks(season_before(week)) if over else (),
        settings=settings,
    )
    last_weeks = estimate_seasons(
        of_weeks(rolling(week)), rolling_name(week), 13, over=False, settings=settings
    )
    both = dict(
        zip(
            leading.values(),
            zip(
                without_other_lists(quarter, weeks_so_far(week)),
                without_other_lists(last_weeks, rolling(week)),
                strict=True,
            ),
            strict=True,
        )
    )
    return [both.get(i, (None, None)) for i in range(len(cells))]


def _past_cells(registry: Registry, gathered: Gathered, classifier: str) -> Iterator[CellData]:
    """The primary cells of the weeks before, oldest first, with the labels drawn in their week."""
    for past in gathered.past:
        screened = tuple(
            with_labels(
                registry,
                (
                    ScreenedObservation(observation=observation, home=registry.country.code)
                    for observation in past.screen
                ),
                gathered.resolved,
                gathered.kept_visits,
            )
        )
        yield from cell_data(
            registry,
            past.week,
            classifier,
            past.units,
            screened,
            past.labelled,
            past.signals,
            primary_only=True,
        )


def _key(cell: CellData) -> tuple[str, Cluster, str]:
    return cell.platform, cell.cluster, cell.policy


def cell_data(
    registry: Registry,
    week: str,
    classifier: str,
    units: Sequence[UnitRecord],
    observations: Sequence[ScreenedObservation],
    labelled: Sequence[LabelledListing] = (),
    signals: Mapping[str, Sequence[SignalRate]] = MappingProxyType({}),
    *,
    primary_only: bool = False,
) -> Iterator[CellData]:
    """One value for every platform × cluster × policy of a week with a planned unit.

    ``labelled`` may reach over many weeks; those after ``week`` are left out. ``classifier`` is
    the version that counts where nothing was drawn in the week. ``primary_only`` leaves out the
    cells whose policy carries no verdict.
    """
    for platform in sorted({record.unit.platform for record in units}):
        planned = [record for record in units if record.unit.platform == platform]
        shown = [s for s in observations if s.observation.listing.platform == platform]
        positions = [(screened, _position(screened)) for screened in shown]
        labels = [listing for listing in labelled if listing.observation.key.platform == platform]
        for terms in terms_of(registry, platform, week):
            audited = tuple(audited_listings(registry, terms, labels, week))
            obstacle = _obstacle(registry, terms, shown, signals.get(platform, ()))
            for cluster in filter(terms.covers, sorted({r.unit.cluster for r in planned})):
                leading = primary(registry, platform, cluster, *week_span(week))
                is_primary = leading is not None and leading.id == terms.id
                if primary_only and not is_primary:
                    continue
                yield CellData(
                    week=week,
                    platform=platform,
                    cluster=cluster,
                    policy=terms.id,
                    tolerance=terms.tolerance,
                    units=tuple(r for r in planned if r.unit.cluster is cluster),
                    positions=tuple(
                        _held_to(registry, terms.id, screened, position)
                        for screened, position in positions
                        if screened.observation.cluster is cluster
                    ),
                    audited=audited,
                    classifier=classifier,
                    primary=is_primary,
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
    for signal in signals if terms.question is Question.cross_border else ():
        if signal.is_lost and signal.field in _TELL_OF_FOREIGN_SELLERS:
            shares = {"field": signal.field, "share": f"{signal.share:.0%}"}
            return Note(code="signal_lost", values=shares)
    if terms.scope is PolicyScope.information_duty:
        return Note(code="duty_not_visible")
    if terms.scope is PolicyScope.displayed_information:
        return Note(code="duty_on_own_pages")
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


def _position(screened: ScreenedObservation) -> Position:
    """A place as it stands for any policy."""
    observation = screened.observation
    return Position(
        entry_id=observation.entry_id or "",
        item_id=observation.listing.item_id,
        version=observation.version,
        stratum=stratum_of(observation),
        checked=screened.checked,
        marked=screened.is_marked,
        third_look=screened.third_look,
        seller_id=screened.seller("seller_id"),
        seller_name=screened.seller("seller_name"),
    )


def _held_to(
    registry: Registry, policy: str, screened: ScreenedObservation, position: Position
) -> Position:
    """A place with what it is to one policy."""
    breach, confirmed = policy in screened.breached, policy in screened.confirmed
    observation = screened.observation
    suspected = _is_suspected(observation) and outcome(registry, policy, observation) is Answer.yes
    if not (breach or confirmed or suspected):
        return position
    return replace(position, breach=breach, suspected=suspected, confirmed=confirmed)


def _is_suspected(observation: Observation) -> bool:
    """Whether the screen suspects what is asked of an offer."""
    if observation.question is Question.used_clothing:
        decision = observation.classification
        return decision is not None and decision.prohibited is Prohibited.suspected_used_clothing
    return observation.status is CrossBorder.suspected
