"""What people said of the drawn listings, as the estimator and the report take it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from monitor.config import previous_week
from monitor.estimate import Audited
from monitor.estimate.indicators import signal_precision
from monitor.labels import Key as VersionKey
from monitor.labels import (
    Resolved,
    label_key,
    quality,
)
from monitor.model import (
    GROUP_SIGNALS,
    Answer,
    AuditQuality,
    AuditSample,
    Cluster,
    CrossBorder,
    Label,
    Observation,
    ScreenStratum,
    UnitState,
    Value,
)
from monitor.registry import Registry
from monitor.sampling import as_drawn
from monitor.store import Store

from .evidence import Key, ScreenedObservation
from .screen import PolicyTerms, outcome

_ABROAD = {CrossBorder.cross_border, CrossBorder.suspected}


class _Week(Value):
    draw: AuditSample
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

    def audited(self, terms: PolicyTerms, platform: str, *, until: str) -> Iterator[Audited]:
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

    def confirmed(self, seen: Iterable[ScreenedObservation]) -> frozenset[Key]:
        """Listings with a breach that is confirmed."""
        return frozenset(
            one.key
            for one in seen
            if any(self.is_confirmed(policy, one.observation) for policy in one.breached)
        )

    def corrected(self, seen: Iterable[ScreenedObservation]) -> list[ScreenedObservation]:
        """The places as people judged them: what they cleared breaches nothing, what they
        confirmed breaches whatever the screen said; an open answer leaves the screen's word."""
        return [self._correct(one) for one in seen]

    def _correct(self, one: ScreenedObservation) -> ScreenedObservation:
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


def _at_drawn(draw: AuditSample, screen: Iterable[Observation]) -> tuple[Observation, ...]:
    drawn = {label_key(item) for item in draw.items}
    return tuple(one for one in screen if _version(one) in drawn)


def _version(seen: Observation) -> VersionKey:
    return seen.listing.platform, seen.listing.item_id, seen.version


def audited_listings(
    draw: AuditSample,
    screen: Iterable[Observation],
    resolved: Mapping[VersionKey, Resolved],
    outcome: Callable[[Observation, Resolved], Answer],
) -> dict[str, tuple[Audited, ...]]:
    """The labelled listings of a week's draw, by platform, ready for ``CellData.audited``.

    ``screen`` are the places of the frozen screen the draw was made from. ``outcome`` says whether
    a labelled listing breaches the policy at hand. A listing whose answer is still open counts as
    cannot tell; one that nobody looked at is left out.
    """
    wanted = {item.observation_id: item for item in draw.items}
    drawn: dict[int, Observation] = {}
    places: dict[tuple[VersionKey, Cluster | None, ScreenStratum], int] = defaultdict(int)
    for seen in screen:
        status = seen.classification.cross_border if seen.classification else None
        key = (seen.listing.platform, seen.listing.item_id, seen.version)
        places[key, seen.cluster, ScreenStratum.of(status)] += 1
        if seen.id in wanted:
            drawn[seen.id] = seen
    found: dict[str, list[Audited]] = defaultdict(list)
    for item in draw.items:
        answer, at = resolved.get(label_key(item)), drawn.get(item.observation_id)
        if answer is None or at is None:
            continue
        found[item.platform].append(
            Audited(
                week=draw.week,
                cluster=item.cluster,
                item_id=item.item_id,
                version=item.version,
                stratum=item.stratum,
                probability=item.probability,
                outcome=outcome(at, answer) if answer.answer else Answer.cannot_tell,
                foreign=answer.answer or Answer.cannot_tell,
                places=max(1, places[label_key(item), item.cluster, item.stratum]),
                entry_id=at.entry_id,
                classifier=at.classification.classifier if at.classification else "",
            )
        )
    return {platform: tuple(rows) for platform, rows in found.items()}
