"""What people said of the drawn listings, as the estimator and the report take it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from monitor.config import previous_week
from monitor.estimate import Audited
from monitor.estimate.labels import Key as VersionKey
from monitor.estimate.labels import (
    Resolved,
    audited_listings,
    label_key,
    quality,
    signal_precision,
)
from monitor.listing import (
    GROUP_SIGNALS,
    Answer,
    AuditQuality,
    CrossBorder,
    Draw,
    Label,
    Observation,
    UnitState,
    Value,
)
from monitor.registry import Registry
from monitor.sampling import as_drawn
from monitor.store import Store

from .evidence import Key, Seen
from .screen import Terms, outcome

_ABROAD = {CrossBorder.cross_border, CrossBorder.suspected}


class _Week(Value):
    draw: Draw
    places: tuple[Observation, ...]


class Audit:
    """The draws of ``week`` and the ``window`` weeks before, with their resolved labels."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        week: str,
        resolved: Mapping[VersionKey, Resolved],
        window: int,
    ) -> None:
        self._registry = registry
        self._resolved = resolved
        self._week = week
        weeks = [previous_week(week, back) for back in range(window + 1)]
        self._weeks = [
            _Week(draw=as_drawn(draw), places=_at_drawn(draw, store.screens.of_week(one)))
            for one in weeks
            if (draw := store.audit_samples.of_week(one))
        ]
        self._store = store
        self._kept: dict[str, frozenset[Key]] = {}

    def audited(self, terms: Terms, platform: str, *, until: str) -> Iterator[Audited]:
        """A platform's labelled listings as a policy sees them, of draws up to a week.

        Those of earlier weeks speak of what the screen misses now: they are judged as if the
        ``terms`` of the week had been in force when they were seen.
        """

        def now(seen: Observation, label: Resolved) -> Answer:
            return self._breach(terms.id, seen, label)

        def before(seen: Observation, label: Resolved) -> Answer:
            at = terms.nearest(seen.observed_at) if seen.observed_at else None
            return self._breach(terms.id, replace(seen, observed_at=at), label)

        for week in self._weeks:
            if week.draw.week <= until:
                breach = now if week.draw.week == until else before
                found = audited_listings(week.draw, week.places, self._resolved, breach)
                yield from found.get(platform, ())

    def is_confirmed(self, policy: str, seen: Observation) -> bool:
        """Whether two people say that what stood there breached a policy on that day, and its own
        page was kept for them."""
        label = self._resolved.get(_version(seen))
        if label is None or not label.confirmed:
            return False
        key = seen.listing.platform, seen.listing.item_id
        kept = any(key in self._visited(week) for week in label.weeks)
        return kept and self._breach(policy, seen, label) is Answer.yes

    def confirmed(self, seen: Iterable[Seen]) -> frozenset[Key]:
        """Listings with a breach that is confirmed."""
        return frozenset(
            one.key
            for one in seen
            if any(self.is_confirmed(policy, one.observation) for policy in one.breached)
        )

    def corrected(self, seen: Iterable[Seen]) -> list[Seen]:
        """The places as people judged them: what they cleared breaches nothing, what they
        confirmed breaches whatever the screen said; an open answer leaves the screen's word."""
        return [self._correct(one) for one in seen]

    def _correct(self, one: Seen) -> Seen:
        label = self._resolved.get(_version(one.observation))
        if label is None or label.answer is None:
            return one
        breached = (
            policy
            for policy in dict.fromkeys(policy.id for policy in self._registry.policies)
            if self.is_confirmed(policy, one.observation)
            or (
                policy in one.breached
                and self._breach(policy, one.observation, label) is not Answer.no
            )
        )
        return replace(
            one, breached=tuple(breached), label=label.answer, judged_cluster=label.cluster
        )

    def quality(self, labels: Sequence[Label]) -> AuditQuality | None:
        """What the labels of this week's draw are worth; None where nothing was drawn."""
        for week in self._weeks:
            if week.draw.week == self._week:
                return quality(week.draw, labels, signal_precision(self._signals(week)))
        return None

    def _signals(self, week: _Week) -> Iterator[tuple[list[str], Answer]]:
        """What made the screen take a listing for foreign, and what people say of it."""
        for seen in {_version(place): place for place in week.places}.values():
            label = self._resolved.get(_version(seen))
            decision = seen.classification
            if label and label.answer and decision and decision.cross_border in _ABROAD:
                kinds = {signal.kind for signal in decision.signals} - GROUP_SIGNALS
                yield sorted(kinds), label.answer

    def _breach(self, policy: str, seen: Observation, label: Resolved) -> Answer:
        if label.answer is not Answer.yes:
            return label.answer or Answer.cannot_tell
        return outcome(self._registry, policy, seen, label)

    def _visited(self, week: str) -> frozenset[Key]:
        """Listings whose own page was kept for a week's audit, however long ago."""
        if week not in self._kept:
            self._kept[week] = frozenset(
                (visit.platform, visit.item_id)
                for visit in self._store.visits.of_week(week)
                if visit.state is UnitState.sampled and visit.received
            )
        return self._kept[week]


def _at_drawn(draw: Draw, screen: Iterable[Observation]) -> tuple[Observation, ...]:
    drawn = {label_key(item) for item in draw.items}
    return tuple(one for one in screen if _version(one) in drawn)


def _version(seen: Observation) -> VersionKey:
    return seen.listing.platform, seen.listing.item_id, seen.version
