"""What policies ask of a week's offers, and which of them an observation breaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal

from monitor.config import JAKARTA, week_start
from monitor.model import (
    HOME,
    Answer,
    Cluster,
    DetailVisit,
    ListingKey,
    Observation,
    Policy,
    PolicyScope,
    Question,
    Value,
)
from monitor.registry import Registry, applicable, breaches, question_of
from monitor.registry.policies import FORBIDDING_KINDS


class ScreenedObservation(Value):
    """An observation, what the screen makes of it, and what people say of it.

    All policies are given by their ids. ``breached`` are those that it breaches on its day as the
    screen classified it. ``confirmed`` are those whose breach two people confirmed, ``cleared``
    those of ``breached`` that people say it does not breach. ``label`` is people's answer to
    what its entry asks, None while that is open; ``judged_cluster`` is the product
    group they gave it, ``proof`` the visit to its own page that was confirmed. ``checked``: two
    people answered, though perhaps not the same. ``mark_noted``: all who say yes noted that its own
    page bears a mark of it. ``third_look``: a third person said yes, too, and
    noted such a mark. ``home`` is the country that is watched.
    """

    observation: Observation
    breached: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    checked: bool = False
    label: Answer | None = None
    judged_cluster: Cluster | None = None
    proof: DetailVisit | None = None
    mark_noted: bool = False
    third_look: bool = False
    home: str = HOME

    @property
    def is_marked(self) -> bool:
        """Whether the own page that was confirmed bears the answer out.

        Either those who confirmed it read so there, or the page's own fields say it.
        """
        page = self.proof.listing if self.proof else None
        decision = self.observation.classification
        prohibited = decision.prohibited if decision else None
        return self.mark_noted or (
            page is not None
            and page.bears_mark_of(self.observation.question, self.home, prohibited)
        )

    def seller(self, field: Literal["seller_id", "seller_name"]) -> str | None:
        """The seller's id or name as the result page shows it, or else its own page."""
        own_page = self.proof.listing if self.proof else None
        shown: str | None = getattr(self.observation.listing, field)
        return shown or (getattr(own_page, field) if own_page else None) or None

    @property
    def key(self) -> ListingKey:
        """The listing it shows."""
        return self.observation.listing.key

    @property
    def policies(self) -> frozenset[str]:
        """Ids of the policies it is held against: people's word counts before the screen's."""
        return frozenset(self.breached) - frozenset(self.cleared) | frozenset(self.confirmed)


def screen_observations(
    registry: Registry, observations: Iterable[Observation]
) -> tuple[ScreenedObservation, ...]:
    """Observations with the policies that they breach, by the screen alone.

    Of each those count that ask what its entry asks: an offer among fashion is held against no
    policy on used clothing, and one among used clothing against none on foreign sellers.
    """
    asking: dict[tuple[Question, str], list[Policy]] = defaultdict(list)
    for policy in registry.policies:
        if policy.kind in FORBIDDING_KINDS and (question := question_of(policy)):
            for platform in policy.platforms:
                asking[question, platform].append(policy)
    home = registry.country.code
    screened_observations = []
    for observation in observations:
        decision, moment = observation.classification, observation.observed_at
        forbidding: tuple[Policy, ...] = ()
        if decision:
            policies = asking.get((observation.question, observation.listing.platform), ())
            forbidding = breaches(registry, observation.listing, decision, moment, policies)
        breached = tuple(policy.id for policy in forbidding)
        screened_observations.append(
            ScreenedObservation(observation=observation, breached=breached, home=home)
        )
    return tuple(screened_observations)


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
        """The highest share, in [0, 1], that any version lets pass."""
        return max(version.tolerance for version in self.versions)

    @property
    def may_accuse(self) -> bool:
        """Whether every version may be held against a platform."""
        return all(version.may_accuse for version in self.versions)

    @property
    def commodities(self) -> frozenset[str]:
        """The categories that any version names, to forbid or to exempt them."""
        return frozenset(
            category
            for version in self.versions
            for category in (*version.categories, *version.exempt_categories)
        )

    @property
    def changed_on(self) -> date | None:
        """The day (WIB) on which the newest version took over; None where there is only one."""
        start = self.versions[-1].from_
        return start.astimezone(JAKARTA).date() if len(self.versions) > 1 and start else None

    def hold(self, start: datetime, end: datetime) -> bool:
        """Whether the same tolerance was in force at all times in [start, end)."""
        spans = (
            min(end, version.until or end) - max(start, version.from_)
            for version in self.versions
            if version.from_ is not None and version.tolerance == self.tolerance
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

    @property
    def question(self) -> Question | None:
        """What people must be asked to hold an offer to it."""
        return question_of(self.versions[-1])

    def covers(self, cluster: Cluster) -> bool:
        """Whether it asks what the entries of a cluster ask, and any version reaches it."""
        if cluster.question is not self.question:
            return False
        return self.question is Question.used_clothing or any(
            not version.clusters or cluster in version.clusters for version in self.versions
        )


def terms_of(registry: Registry, platform: str, week: str) -> tuple[PolicyTerms, ...]:
    """The promises and rules on listings that apply to a platform in a week, and can be asked."""
    versions: dict[str, list[Policy]] = defaultdict(list)
    for policy in applicable(registry, platform, *week_span(week)):
        on_listings = policy.kind in FORBIDDING_KINDS and policy.scope is not PolicyScope.platform
        if on_listings and question_of(policy):
            versions[policy.id].append(policy)
    return tuple(PolicyTerms(versions=tuple(group)) for group in versions.values())


def week_span(week: str) -> tuple[datetime, datetime]:
    """First moment of a week, and of the week after it."""
    return week_start(week), week_start(week) + timedelta(weeks=1)
