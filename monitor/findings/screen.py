"""A week's places as the estimator takes them: screened, and judged by policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

from msgspec.structs import replace

from monitor.config import week_start
from monitor.estimate import Audited, CellData, Place
from monitor.estimate.labels import Resolved
from monitor.listing import (
    Answer,
    Cluster,
    CrossBorder,
    Note,
    Observation,
    Policy,
    PolicyKind,
    PolicyScope,
    ScreenStratum,
    UnitRecord,
)
from monitor.registry import Registry, applicable, breaches, forbids, primary

from .evidence import Seen

_JUDGED = {PolicyKind.promise, PolicyKind.regulation}
_INVISIBLE = Note(code="duty_not_visible")


def judged(registry: Registry, observations: Iterable[Observation]) -> list[Seen]:
    """Observations with the policies they breach on their day."""
    return [Seen(observation=one, breached=_breached(registry, one)) for one in observations]


def policies_of(registry: Registry, platform: str, week: str) -> tuple[Policy, ...]:
    """The promises and rules on listings that apply to a platform on some day of a week."""
    start = week_start(week)
    found = {
        policy.id: policy
        for moment in (start, start + timedelta(days=7, microseconds=-1))
        for policy in applicable(registry, platform, moment)
        if policy.kind in _JUDGED and policy.scope is not PolicyScope.platform
    }
    return tuple(found.values())


def cell_data(
    registry: Registry,
    week: str,
    units: Sequence[UnitRecord],
    seen: Sequence[Seen],
    *,
    classifier: str,
    audited_for: Callable[[Policy, str], Iterable[Audited]],
) -> Iterator[CellData]:
    """Every platform × cluster × policy with a planned unit.

    ``audited_for`` gives a platform's labelled listings as a policy sees them.
    """
    end = week_start(week) + timedelta(days=7, microseconds=-1)
    for platform in sorted({record.unit.platform for record in units}):
        clusters = sorted({r.unit.cluster for r in units if r.unit.platform == platform})
        mine = [one for one in seen if one.observation.listing.platform == platform]
        leads = {
            cluster: primary(registry, platform, cluster, end)
            or primary(registry, platform, cluster, week_start(week))
            for cluster in clusters
        }
        for policy in policies_of(registry, platform, week):
            audited = tuple(audited_for(policy, platform))
            for cluster in clusters:
                if policy.clusters and cluster not in policy.clusters:
                    continue
                lead = leads[cluster]
                yield CellData(
                    week=week,
                    platform=platform,
                    cluster=cluster,
                    policy=policy.id,
                    tolerance=policy.tolerance,
                    units=tuple(_of(units, platform, cluster)),
                    places=tuple(
                        _place(registry, policy, one)
                        for one in mine
                        if one.observation.cluster is cluster
                    ),
                    audited=audited,
                    classifier=classifier,
                    primary=lead is not None and lead.id == policy.id,
                    may_accuse=policy.may_accuse,
                    obstacle=_INVISIBLE if policy.scope is PolicyScope.information_duty else None,
                )


def _of(units: Iterable[UnitRecord], platform: str, cluster: Cluster) -> Iterator[UnitRecord]:
    return (r for r in units if r.unit.platform == platform and r.unit.cluster is cluster)


def _breached(registry: Registry, one: Observation) -> tuple[str, ...]:
    decision = one.classification
    if decision is None or decision.cross_border is not CrossBorder.cross_border:
        return ()
    return tuple(p.id for p in breaches(registry, one.listing, decision, one.observed_at))


def _place(registry: Registry, policy: Policy, one: Seen) -> Place:
    seen = one.observation
    suspected = one.status is CrossBorder.suspected
    return Place(
        entry_id=seen.entry_id or "",
        item_id=seen.listing.item_id,
        version=seen.version,
        stratum=ScreenStratum.of(one.status),
        breach=policy.id in one.breached,
        suspected=suspected and outcome(registry, policy, seen) is Answer.yes,
    )


def outcome(
    registry: Registry, policy: Policy, seen: Observation, label: Resolved | None = None
) -> Answer:
    """Whether a policy forbids the offer if a foreign seller makes it, as a person sees it."""
    decision = seen.classification
    if decision is None:
        return Answer.cannot_tell
    foreign = replace(decision, cross_border=CrossBorder.cross_border)
    if label and label.cluster:
        foreign = replace(foreign, cluster=label.cluster, category=label.category)
    forbidden = forbids(
        policy, seen.listing, foreign, seen.observed_at, registry.rates, registry.categories
    )
    return {True: Answer.yes, False: Answer.no, None: Answer.cannot_tell}[forbidden]
