"""A week's places as the estimator takes them: screened, and judged by policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from monitor.config import JAKARTA, week_start
from monitor.estimate import Audited, CellData, Position
from monitor.labels import Resolved
from monitor.model import (
    Answer,
    Classification,
    Cluster,
    CrossBorder,
    Money,
    Note,
    Observation,
    Policy,
    PolicyKind,
    PolicyScope,
    ScreenStratum,
    UnitRecord,
    Value,
)
from monitor.registry import Registry, applicable, breaches, forbids, price_in, primary

from .evidence import ScreenedObservation

_JUDGED = {PolicyKind.promise, PolicyKind.regulation}
_INVISIBLE = Note(code="duty_not_visible")
_NO_RATE = Note(code="no_rate")
_NO_PRICE = Note(code="no_price")


def judged(registry: Registry, observations: Iterable[Observation]) -> list[ScreenedObservation]:
    """Observations with the policies they breach on their day."""
    return [
        ScreenedObservation(observation=one, breached=_breached(registry, one))
        for one in observations
    ]


class PolicyTerms(Value):
    """What a policy asks in a week: all its versions that held on some day of it, oldest first.

    An offer is held to the version in force when it was seen. For the cell as a whole an
    accusation must be good under each version.
    """

    versions: tuple[Policy, ...]

    @property
    def id(self) -> str:
        """The policy's id, the same for all versions."""
        return self.versions[-1].id

    @property
    def scope(self) -> PolicyScope:
        """What it forbids, by the newest version."""
        return self.versions[-1].scope

    @property
    def tolerance(self) -> float:
        """The highest share that any version lets pass."""
        return max(version.tolerance for version in self.versions)

    @property
    def may_accuse(self) -> bool:
        """Whether every version may be held against a platform."""
        return all(version.may_accuse for version in self.versions)

    @property
    def changed_on(self) -> date | None:
        """The day (WIB) on which the newest version took over; None where there is only one."""
        begun = self.versions[-1].from_
        return begun.astimezone(JAKARTA).date() if len(self.versions) > 1 and begun else None

    def hold(self, start: datetime, end: datetime) -> bool:
        """Whether the same tolerance was in force at all times in [start, end)."""
        spans = (
            min(end, one.until or end) - max(start, one.from_)
            for one in self.versions
            if one.from_ is not None and one.tolerance == self.tolerance
        )
        return sum((max(span, timedelta()) for span in spans), timedelta()) >= end - start

    def nearest(self, moment: datetime) -> datetime:
        """``moment``, or the nearest time at which the newest version is in force."""
        newest = self.versions[-1]
        if newest.from_ is not None and moment < newest.from_:
            return newest.from_
        if newest.until is not None and moment >= newest.until:
            return newest.until - timedelta(microseconds=1)
        return moment

    def covers(self, cluster: Cluster) -> bool:
        """Whether any version reaches a cluster."""
        return any(not one.clusters or cluster in one.clusters for one in self.versions)


def terms_of(registry: Registry, platform: str, week: str) -> tuple[PolicyTerms, ...]:
    """The promises and rules on listings that apply to a platform on some day of a week."""
    found: dict[str, list[Policy]] = defaultdict(list)
    for policy in applicable(registry, platform, *_span(week)):
        if policy.kind in _JUDGED and policy.scope is not PolicyScope.platform:
            found[policy.id].append(policy)
    return tuple(PolicyTerms(versions=tuple(group)) for group in found.values())


def _span(week: str) -> tuple[datetime, datetime]:
    return week_start(week), week_start(week) + timedelta(weeks=1)


def cell_data(
    registry: Registry,
    week: str,
    units: Sequence[UnitRecord],
    seen: Sequence[ScreenedObservation],
    *,
    classifier: str,
    audited_for: Callable[[PolicyTerms, str], Iterable[Audited]],
    confirmed: Callable[[str, Observation], bool],
) -> Iterator[CellData]:
    """Every platform × cluster × policy with a planned unit.

    ``audited_for`` gives a platform's labelled listings as a policy sees them, ``confirmed`` tells
    whether people confirmed that what stood at a place breached a policy, by its id.
    """
    for platform in sorted({record.unit.platform for record in units}):
        clusters = sorted({r.unit.cluster for r in units if r.unit.platform == platform})
        mine = [one for one in seen if one.observation.listing.platform == platform]
        leads = {
            cluster: primary(registry, platform, cluster, *_span(week)) for cluster in clusters
        }
        for terms in terms_of(registry, platform, week):
            audited = tuple(audited_for(terms, platform))
            for cluster in filter(terms.covers, clusters):
                lead = leads[cluster]
                yield CellData(
                    week=week,
                    platform=platform,
                    cluster=cluster,
                    policy=terms.id,
                    tolerance=terms.tolerance,
                    units=tuple(_of(units, platform, cluster)),
                    places=tuple(
                        _place(registry, terms.id, one, confirmed(terms.id, one.observation))
                        for one in mine
                        if one.observation.cluster is cluster
                    ),
                    audited=audited,
                    classifier=classifier,
                    primary=lead is not None and lead.id == terms.id,
                    may_accuse=terms.may_accuse,
                    throughout=terms.hold(*_span(week)),
                    obstacle=_obstacle(registry, terms, mine),
                )


def _obstacle(
    registry: Registry, terms: PolicyTerms, seen: Iterable[ScreenedObservation]
) -> Note | None:
    """Why a policy cannot be measured on a platform at all: a duty that no page shows, or a floor
    with which not one price seen can be compared."""
    if terms.scope is PolicyScope.information_duty:
        return _INVISIBLE
    floor = terms.versions[-1].price_floor
    places = [one.observation for one in seen]
    if terms.scope is not PolicyScope.price_floor or floor is None or not places:
        return None
    priced = {
        (one.listing.currency, one.observed_at.astimezone(JAKARTA).date())
        for one in places
        if one.listing.price and one.listing.currency and one.observed_at
    }
    known = (
        price_in(floor.currency, Money(amount=Decimal(1), currency=currency), day, registry.rates)
        for currency, day in priced
    )
    if any(rate is not None for rate in known):
        return None
    return _NO_RATE if priced else _NO_PRICE


def _of(units: Iterable[UnitRecord], platform: str, cluster: Cluster) -> Iterator[UnitRecord]:
    return (r for r in units if r.unit.platform == platform and r.unit.cluster is cluster)


def _breached(registry: Registry, one: Observation) -> tuple[str, ...]:
    decision = one.classification
    if decision is None or decision.cross_border is not CrossBorder.cross_border:
        return ()
    return tuple(p.id for p in breaches(registry, one.listing, decision, one.observed_at))


def _place(registry: Registry, policy: str, one: ScreenedObservation, confirmed: bool) -> Position:
    seen = one.observation
    suspected = one.status is CrossBorder.suspected
    return Position(
        entry_id=seen.entry_id or "",
        item_id=seen.listing.item_id,
        version=seen.version,
        stratum=ScreenStratum.of(one.status),
        breach=policy in one.breached,
        suspected=suspected and outcome(registry, policy, seen) is Answer.yes,
        confirmed=confirmed,
    )


def outcome(
    registry: Registry, policy: str, seen: Observation, label: Resolved | None = None
) -> Answer:
    """Whether a policy, in the version of that day, forbids the offer if a foreign seller makes it,
    as people see it; of a commodity that they see differently, only what holds of each."""
    decision = seen.classification
    if decision is None:
        return Answer.cannot_tell
    foreign = replace(decision, cross_border=CrossBorder.cross_border)
    if label is None or label.cluster is None:
        return _forbidden(registry, policy, seen, foreign)
    said = (replace(foreign, cluster=label.cluster, category=each) for each in label.categories)
    answers = {_forbidden(registry, policy, seen, each) for each in said}
    return answers.pop() if len(answers) == 1 else Answer.cannot_tell


def _forbidden(
    registry: Registry, policy: str, seen: Observation, foreign: Classification
) -> Answer:
    rates, categories = registry.rates, registry.categories
    found = {
        forbids(version, seen.listing, foreign, seen.observed_at, rates, categories)
        for version in registry.policy(policy)
    }
    if True in found:
        return Answer.yes
    return Answer.cannot_tell if None in found else Answer.no
