"""The sample that is labelled: as it was drawn, or not at all."""

from __future__ import annotations

from monitor.audit.invitations import AuditError
from monitor.model import AuditSample
from monitor.sampling import as_drawn
from monitor.store import Store


def drawn(store: Store, week: str) -> AuditSample:
    """The draw of a week as it was drawn; raises ``PantauError``, where there is none as well."""
    draw = store.audit_samples.of_week(week)
    if draw is None:
        raise AuditError(f"{week}: no audit was drawn; run: pantau audit draw --week {week}")
    return as_drawn(draw)
