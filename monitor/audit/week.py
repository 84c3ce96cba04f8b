"""One week's audit as the store has it: what pages and sheets are made from."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.audit.commodities import Commodities
from monitor.audit.invitations import AuditError
from monitor.audit.work import Work
from monitor.model import Answer, Cluster, Label, LabelKind, Mark, SampledListing
from monitor.registry import Registry
from monitor.sampling import as_drawn
from monitor.store import Store

LONGEST_NOTE = 500


class WeekAudit:
    """Sample, evidence and questions of a week, read once; labels are read when asked for.

    Raises ``PantauError`` where no audit was drawn, or where it does not match its hash.
    """

    def __init__(self, store: Store, registry: Registry, week: str) -> None:
        sample = store.audit_samples.of_week(week)
        if sample is None:
            raise AuditError(f"{week}: no audit was drawn; run: pantau audit draw --week {week}")
        self.sample = as_drawn(sample)
        self._store = store
        ids = {sampled.observation_id for sampled in self.sample.items}
        self.observations = {
            seen.id: seen for seen in store.screens.of_week(week) if seen.id in ids
        }
        self.visits = {visit.key: visit for visit in store.visits.of_week(week)}
        self.commodities = Commodities(registry, self.observations)
        # Earlier weeks' labels no longer change; this week's are read anew for every page.
        self._earlier_labels = store.labels.carried_into(week)

    def work(self) -> Work:
        """Who labels what, by the labels that the store has now."""
        labels = (*self._earlier_labels, *self._store.labels.all(week=self.sample.week))
        return Work(self.sample, labels, self.commodities.same_for_policies)

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
            cross_border=answer,
            cluster=cluster,
            category=category,
            note=note.strip()[:LONGEST_NOTE] or None,
            mark=mark if answer is Answer.yes else None,
        )
