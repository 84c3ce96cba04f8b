"""Which confirmed listings of a real week wait for a third person, and who is told."""

from datetime import date

import pytest
from msgspec.structs import replace

from monitor.config import Confirmation
from monitor.model import Answer, Mark, SampledListing, ScreenStratum
from monitor.operate.audit_progress import audit_lines
from monitor.registry import load_registry
from monitor.web import WebError, invite
from monitor.web.audit.week import WeekAudit

from .conftest import WEEK, Audit, Say

REGISTRY = load_registry(
    confirmations={"lazada-2021-akar": Confirmation(by="Pejabat", on=date(2026, 1, 5))}
)


def confirm(say: Say, item: SampledListing, minute: int = 0) -> None:
    say("Ani", item, "yes", minute=minute)
    say("Budi", item, "yes", "second", minute=minute + 1)


@pytest.fixture
def flagged(audit: Audit, say: Say) -> list[SampledListing]:
    """The flagged listings, the first two unlabelled, of the others two people said no."""
    for name in ("Ani", "Budi"):
        invite(audit.store, name)
    items = [item for item in audit.draw.items if item.stratum is ScreenStratum.flagged]
    visits = {visit.key for visit in audit.store.visits.of_week(WEEK) if visit.listing}
    items.sort(key=lambda item: (item.platform, item.item_id) not in visits)
    for item in items[2:]:
        say("Ani", item, "no")
        say("Budi", item, "no", "second")
    return items


def test_one_seller_needs_a_third_person(
    audit: Audit, say: Say, flagged: list[SampledListing]
) -> None:
    week = WeekAudit(audit.store, REGISTRY, WEEK)
    first, second = flagged[:2]
    confirm(say, first)
    assert week.work().third_looks == set(), "one is not looked at yet"
    say("Ani", second, "no", minute=2)
    say("Budi", second, "no", "second", minute=3)
    assert week.work().third_looks == {first.label_key}
    lines = list(audit_lines(audit.store, REGISTRY, WEEK))
    assert "1 for a third one" in lines[0]
    assert "nobody is there" in lines[-1]
    invite(audit.store, "Citra")
    assert not any("nobody" in line for line in audit_lines(audit.store, REGISTRY, WEEK))
    by_citra = week.label(
        first, "Citra", week.work().kind_for(first.label_key, "Citra"), Answer.yes
    )
    assert week.work().next_for("Citra", ["Ani", "Budi", "Citra"]) is not None
    audit.store.labels.append(replace(by_citra, cluster=first.cluster, mark=Mark.dispatch))
    assert week.work().third_looks == set()


def test_two_sellers_need_none_nor_does_a_policy_that_accuses_nobody(
    audit: Audit, say: Say, flagged: list[SampledListing]
) -> None:
    first, second = flagged[:2]
    confirm(say, first)
    say("Ani", second, "no", minute=2)
    say("Budi", second, "no", "second", minute=3)
    assert WeekAudit(audit.store, load_registry(), WEEK).work().third_looks == set()
    confirm(say, second, minute=4)
    assert WeekAudit(audit.store, REGISTRY, WEEK).work().third_looks == set()


def test_no_audit_no_status(audit: Audit) -> None:
    with pytest.raises(WebError, match="no audit was drawn"):
        list(audit_lines(audit.store, REGISTRY, "2026-W40"))
