"""One week's audit as the store has it: what pages and sheets are made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime

from monitor.labels import Resolved, outcome
from monitor.model import (
    Answer,
    CaseKey,
    Cluster,
    DetailVisit,
    Label,
    LabelKey,
    LabelKind,
    ListingKey,
    Mark,
    ReplyClaim,
    SampledListing,
    count_sellers,
)
from monitor.registry import Registry, primary
from monitor.sampling import as_drawn
from monitor.store import Store
from monitor.web.audit.commodities import Commodities
from monitor.web.audit.work import Unestablished, Work, visit_times
from monitor.web.invitations import WebError


class WeekAudit:
    """Sample and questions of a week, read once; labels and visits are read when asked for.

    Raises ``PantauError`` where no audit was drawn, or where it does not match its hash.
    """

    def __init__(self, store: Store, registry: Registry, week: str) -> None:
        sample = store.audit_samples.of_week(week)
        if sample is None:
            raise WebError(f"{week}: no audit was drawn; run: pantau audit draw --week {week}")
        self.sample = as_drawn(sample)
        self._store = store
        self._registry = registry
        self.controls = {control.label_key: control for control in sample.controls}
        ids = {listing.observation_id for listing in sample.listings}
        self.observations = {seen.id: seen for seen in store.screens.of_observations(ids)}
        self._control_visits = {
            visit.key: visit
            for control in sample.controls
            for visit in store.visits.of_week(control.week)
            if visit.key == control.listing.listing_key and visit.listing
        }
        self.visits = self._read_visits()
        self.commodities = Commodities(registry, self.observations)
        # Earlier weeks' labels no longer change; this week's are read anew for every page.
        self._earlier_labels = store.labels.carried_into(week)

    def work(self) -> Work:
        """Who labels what, by the labels and visits that the store has now."""
        self.visits = self._read_visits()
        labels = (
            *self._earlier_labels,
            *self._store.labels.all(week=self.sample.week),
            *self._store.control_answers.all(week=self.sample.week),
        )
        return Work(
            self.sample,
            labels,
            self.commodities.same_for_policies,
            self.unestablished,
            visit_times(self._store.visits.of_week(self.sample.week)),
            self._case_disputed_at(),
        )

    def _case_disputed_at(self) -> dict[CaseKey, datetime]:
        """When the platform last disputed each case; those it did not are left out."""
        times = {
            key: max((e.at for e in events if e.claim is ReplyClaim.disputed), default=None)
            for key, events in self._store.case_events.all().items()
        }
        return {key: at for key, at in times.items() if at is not None}

    def _read_visits(self) -> dict[ListingKey, DetailVisit]:
        """The last visit of each listing; one that failed does not hide a page that was kept."""
        visits: dict[ListingKey, DetailVisit] = {}
        for visit in self._store.visits.of_week(self.sample.week):
            if visit.listing or visit.key not in visits:
                visits[visit.key] = visit
        return visits | self._control_visits

    def append(self, label: Label) -> None:
        """Stores a label, or the answer to a control apart from all labels."""
        is_control = label.key in self.controls
        (self._store.control_answers if is_control else self._store.labels).append(label)

    def unestablished(self, resolved: Mapping[LabelKey, Resolved]) -> Unestablished:
        """The marked confirmed offers of each platform and cluster that do not establish a breach.

        They are of fewer than two sellers, and no third person said yes to one of them.
        """
        offers: dict[tuple[str, Cluster], list[SampledListing]] = defaultdict(list)
        for sampled in self.sample.items:
            label = resolved.get(sampled.label_key)
            if label and label.confirmed and self._is_marked_breach(sampled, label):
                offers[sampled.platform, sampled.cluster].append(sampled)
        return {
            cell: [sampled.label_key for sampled in marked]
            for cell, marked in offers.items()
            if not any(resolved[sampled.label_key].third_look for sampled in marked)
            and count_sellers(map(self._seller, marked)) < 2
        }

    def _is_marked_breach(self, sampled: SampledListing, label: Resolved) -> bool:
        """Whether it breaches a primary policy that may accuse, and this week's own page is kept
        and marked."""
        seen = self.observations[sampled.observation_id]
        visit = self.visits.get(sampled.listing_key)
        if visit is None or visit.listing is None or seen.observed_at is None:
            return False
        policy = primary(self._registry, sampled.platform, sampled.cluster, seen.observed_at)
        return (
            policy is not None
            and policy.may_accuse
            and (
                label.marked
                or visit.listing.bears_mark_of(
                    sampled.question,
                    self._registry.country.code,
                    seen.classification.prohibited if seen.classification else None,
                )
            )
            and outcome(self._registry, policy.id, seen, label) is Answer.yes
        )

    def _seller(self, sampled: SampledListing) -> tuple[str | None, str | None]:
        """The seller's id and name, as the result page or else the own page shows them."""
        shown = self.observations[sampled.observation_id].listing
        visit = self.visits.get(sampled.listing_key)
        own_page = (visit and visit.listing) or shown
        return shown.seller_id or own_page.seller_id, shown.seller_name or own_page.seller_name

    def label(
        self,
        sampled: SampledListing,
        annotator: str,
        kind: LabelKind,
        answer: Answer,
        cluster: Cluster | None = None,
        category: str | None = None,
        note: str = "",
        mark: Mark | None = None,
    ) -> Label:
        """A label of now, not yet stored; a ``mark`` is kept with a yes only."""
        return Label(
            platform=sampled.platform,
            item_id=sampled.item_id,
            version=sampled.version,
            week=self.sample.week,
            annotator=annotator,
            kind=kind,
            at=datetime.now(UTC),
            answer=answer,
            question=sampled.question,
            cluster=cluster,
            category=category,
            note=note.strip() or None,
            mark=mark if answer is Answer.yes else None,
        )
