"""Store + registry + estimates → the Findings of one edition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from monitor import __version__
from monitor.config import JAKARTA, previous_week, week_start
from monitor.estimate import (
    Audited,
    CellData,
    CellEstimate,
    Settings,
    annotator_error,
    estimate_week,
)
from monitor.estimate.indicators import (
    domestic_in_top,
    price_ratio,
    small_shops,
    spread,
    under_floor,
)
from monitor.labels import resolve
from monitor.model import (
    Cell,
    EditionKind,
    Findings,
    Indicator,
    Note,
    Observation,
    PlatformFinding,
    Policy,
    PolicyScope,
    Sensitivity,
    UnitRecord,
    UnitState,
    Versions,
)
from monitor.registry import Registry, price_in
from monitor.store import Store

from .coverage import coverage, unplanned
from .evidence import (
    ScreenedObservation,
    flagged_listings,
    is_breach,
    is_imported,
    is_suspected,
    not_seen_again,
)
from .history import (
    by_key,
    change_counts,
    older,
    relisting,
    taken_down,
    trend,
    with_relistings,
)
from .labelled import Audit
from .screen import PolicyTerms, cell_data, judged, terms_of

TREND_WEEKS = 12

AFTER_THE_SCREEN = "after-screen"
"""Reason of a unit whose page came in when the week's screen was already frozen."""


def build_findings(
    store: Store,
    registry: Registry,
    week: str,
    edition: EditionKind,
    *,
    classifier: str,
    parser: str,
    as_of: datetime,
    settings: Settings = Settings(),  # noqa: B008
) -> Findings:
    """The findings of ``week`` as known at ``as_of``: the same store and registry, the same value.

    Takes the frozen screen where the week has one, else the decisions of ``classifier``. Labels
    count in every edition but the provisional one. Unplanned pages are shown, never estimated from.
    """
    plan = store.plans.of_week(week)
    units, planned, late = _sampled(store, registry, week, classifier)
    outside = judged(
        registry, store.observations.of_week(week, classifier=classifier, planned=False)
    )
    outside += judged(
        registry, store.observations.of_week(None, classifier=classifier, planned=False)
    )
    outside += late
    labels = () if edition is EditionKind.provisional else store.labels.all()
    resolved = resolve(labels)
    audit = Audit(store, registry, week, resolved, settings.window) if labels else None

    def cells_of(
        one: str, units: Sequence[UnitRecord], seen: Sequence[ScreenedObservation]
    ) -> list[CellData]:
        def audited_for(terms: PolicyTerms, platform: str) -> Iterable[Audited]:
            return audit.audited(terms, platform, until=one) if audit else ()

        return list(
            cell_data(
                registry,
                one,
                units,
                seen,
                classifier=classifier,
                audited_for=audited_for,
                confirmed=audit.is_confirmed if audit else _nobody,
            )
        )

    previous = previous_week(week)
    cells = cells_of(week, units, planned)
    estimates = estimate_week(
        cells,
        before=cells_of(previous, *_sampled(store, registry, previous, classifier)[:2])
        if audit
        else (),
        settings=settings,
    )
    if audit:
        planned = audit.corrected(planned)
    earlier = {one: found for one in _weeks_before(week) if (found := store.editions.latest(one))}
    last = earlier.get(previous)
    before = by_key(last.listings) if last else {}
    visits = {(visit.platform, visit.item_id): visit for visit in store.visits.of_week(week)}
    flagged = flagged_listings(
        planned,
        is_breach,
        before=before,
        visits=visits,
        confirmed=audit.confirmed(planned) if audit else (),
        week=week,
    )
    gone = not_seen_again(
        before,
        {one.key for one in (*planned, *late)},
        visits,
        older=older(tuple(earlier.values()), before),
    )
    standing = {key for key, visit in visits.items() if visit.state is UnitState.sampled}
    down = by_key(one for past in earlier.values() for one in taken_down(past.gone).values())
    down |= taken_down(gone)
    left = [one for key, one in (down | by_key(gone)).items() if key not in standing]
    flagged = with_relistings(flagged, left)
    shown = {record.unit.platform for record in units} | {one.key[0] for one in outside}
    policies = _policies(
        registry,
        shown,
        week,
        named={name for one in (*flagged, *gone) for name in one.policies},
    )
    bound = {platform for policy in policies for platform in policy.platforms}
    return Findings(
        week=week,
        edition=edition,
        origin=store.origin,
        as_of=as_of,
        previous_week=last.week if last else None,
        platforms=tuple(
            _platform(registry, one.id, week, as_of.astimezone(JAKARTA).date())
            for one in registry.platforms.values()
            if one.id in shown | bound or one.role == "closed"
        )
        + tuple(_unregistered(one) for one in sorted(shown - registry.platforms.keys())),
        policies=policies,
        cells=tuple(_noted(registry, one.cell) for one in estimates),
        listings=flagged,
        suspected=flagged_listings(planned, is_suspected, before=before, visits=visits, week=week),
        imported=flagged_listings(planned, is_imported, before=before, visits=visits, week=week),
        gone=gone,
        coverage=coverage(units),
        unplanned=unplanned(outside),
        unplanned_listings=flagged_listings(outside, _any, before={}, visits={}, week=week),
        changes=change_counts(last.week, flagged, gone) if last else (),
        relisting=relisting(tuple(earlier.values()), flagged, down),
        trend=trend(earlier.values()),
        indicators=tuple(_indicators(registry, units, planned, week)),
        audit=audit.quality(labels) if audit else None,
        sensitivity=tuple(_sensitivity(cells, estimates, settings)),
        categories={
            each.id: each.title for group in registry.clusters for each in group.categories
        },
        versions=Versions(
            software=__version__,
            parser=parser,
            classifier=_screened_by(planned) or classifier,
            frame=plan.frame_version if plan else registry.frame.version,
            registry=registry.version,
            seed=plan.seed if plan else None,
        ),
        previous_versions=last.versions if last else None,
    )


def _noted(registry: Registry, cell: Cell) -> Cell:
    """A cell in whose week the policy changed says so, where nothing graver is to be said."""
    terms = next(
        one for one in terms_of(registry, cell.platform, cell.week) if one.id == cell.policy
    )
    if cell.reason or terms.changed_on is None:
        return cell
    note = Note(code="policy_changed_in_week", values={"day": terms.changed_on.isoformat()})
    return replace(cell, reason=note)


def _sensitivity(
    cells: Iterable[CellData], estimates: Iterable[CellEstimate], settings: Settings
) -> Iterator[Sensitivity]:
    """What annotator error would do to the cells that carry a verdict, at the level shown."""
    for cell, found in zip(cells, estimates, strict=True):
        if not (cell.primary and cell.may_accuse):
            continue
        if rows := annotator_error(cell, level=found.level, settings=settings):
            yield Sensitivity(
                platform=cell.platform, cluster=cell.cluster, policy=cell.policy, rows=rows
            )


def _any(_: ScreenedObservation) -> bool:
    return True


def _nobody(_policy: str, _seen: Observation) -> bool:
    return False


def _sampled(
    store: Store, registry: Registry, week: str, classifier: str
) -> tuple[tuple[UnitRecord, ...], list[ScreenedObservation], list[ScreenedObservation]]:
    """Units and places of a week by its frozen screen, and the places that came too late for it.

    A page that arrived after the screen was frozen answers for no unit: nobody could draw from it.
    Where no screen is frozen, all places count as classified now.
    """
    units = store.units.of_week(week)
    frozen = judged(registry, store.screens.of_week(week))
    if not frozen:
        now = store.observations.of_week(week, classifier=classifier, planned=True)
        return units, judged(registry, now), []
    screened = {one.observation.unit_id for one in frozen}
    missed = {record.unit.id for record in units if record.places} - screened
    if not missed:
        return units, frozen, []
    late = judged(registry, store.observations.of_week(week, classifier=classifier, planned=True))
    return (
        tuple(_unanswered(record) if record.unit.id in missed else record for record in units),
        frozen,
        [one for one in late if one.observation.unit_id in missed],
    )


def _screened_by(planned: Sequence[ScreenedObservation]) -> str | None:
    """The classifier whose decisions the numbers rest on: a frozen screen keeps its own."""
    decisions = (one.observation.classification for one in planned)
    return next((one.classifier for one in decisions if one), None)


def _unanswered(record: UnitRecord) -> UnitRecord:
    return replace(record, state=UnitState.planned, reason=AFTER_THE_SCREEN, places=0)


def _weeks_before(week: str) -> Iterator[str]:
    return (previous_week(week, back) for back in range(1, TREND_WEEKS + 1))


def _platform(registry: Registry, platform: str, week: str, as_of: date) -> PlatformFinding:
    """A reply that came after the week, before the edition, belongs beside what it answers."""
    known = registry.platforms[platform]
    end = (week_start(week) + timedelta(days=6)).date()
    replies = [r for r in registry.replies if r.platform == platform and r.date <= as_of]
    reply = max(replies, key=lambda reply: reply.date, default=None)
    return PlatformFinding(
        id=platform,
        name=known.name,
        role=known.role,
        closed_on=known.closed_on,
        permissions=tuple(
            f"{leave.who}, {leave.reference}, {leave.date:%Y-%m-%d}"
            for leave in registry.permissions
            if leave.platform == platform and (leave.until is None or leave.until >= end)
        ),
        reply=reply.text if reply else None,
        replied_on=reply.date if reply else None,
    )


def _unregistered(platform: str) -> PlatformFinding:
    """One that left the registry after the week was planned: its results do not leave with it."""
    return PlatformFinding(id=platform, name=platform, role="marketplace")


def _policies(
    registry: Registry, platforms: Collection[str], week: str, named: Collection[str]
) -> tuple[Policy, ...]:
    """What the report explains: every policy that names a platform it shows, in that week.

    With those ``named`` by a listing, too: Sunday's crawl ends on Monday, when another policy may
    have come into force.
    """
    start, end = week_start(week), week_start(week) + timedelta(weeks=1)
    found = tuple(
        policy
        for policy in registry.policies
        if set(platforms) & set(policy.platforms)
        and (policy.from_ is None or policy.from_ < end)
        and (policy.until is None or policy.until > start)
    )
    missing = set(named) - {policy.id for policy in found}
    night = end + timedelta(days=1)
    return found + tuple(
        policy
        for policy in registry.policies
        if policy.id in missing and policy.from_ is not None and end <= policy.from_ < night
    )


def _indicators(
    registry: Registry,
    units: Sequence[UnitRecord],
    planned: Sequence[ScreenedObservation],
    week: str,
) -> Iterator[Indicator]:
    """The four PMSE indicators of every platform × cluster that was sampled."""
    for platform, cluster in sorted({(r.unit.platform, r.unit.cluster) for r in units}):
        seen = [
            one.observation
            for one in planned
            if one.key[0] == platform and one.observation.cluster is cluster
        ]
        if not seen:
            continue
        yield price_ratio(platform, cluster, seen)
        yield domestic_in_top(platform, cluster, seen)
        yield small_shops(platform, cluster, seen)
        yield spread(platform, cluster, seen)
        yield under_floor(platform, cluster, seen, _floor_in_rupiah(registry, platform, week))


def _floor_in_rupiah(registry: Registry, platform: str, week: str) -> Decimal | None:
    for terms in terms_of(registry, platform, week):
        floor = terms.versions[-1].price_floor
        if terms.scope is PolicyScope.price_floor and floor:
            return price_in("IDR", floor, week_start(week).date(), registry.rates)
    return None
