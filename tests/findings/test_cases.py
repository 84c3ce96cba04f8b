"""Cases from a real store, over weeks: opened, gone by a visit only, back, and withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from monitor.config import week_start
from monitor.findings.releases import RELEASE_JOB
from monitor.model import (
    GONE,
    Answer,
    Case,
    CaseEvent,
    CaseEventKind,
    CaseState,
    EditionKind,
    Findings,
    Label,
    LabelKind,
    ListingKey,
    Origin,
    RunOutcome,
    UnitState,
    Verification,
    case_id,
)
from reports.redact import redacted
from tests.findings.test_build import (
    AFTER,
    AKAR,
    CONFIRMED,
    CROSS,
    DOMESTIC,
    LATER,
    NEXT,
    WEEK,
    Weeks,
    weeks,
)

__all__ = ["weeks"]


def release(weeks: Weeks, week: str, day: float = 11.5) -> Findings:
    """The final edition of a week, frozen and released."""
    findings = weeks.find(week)
    weeks.store.editions.save(findings)
    enter_release(weeks, findings, week_start(week) + timedelta(days=day))
    return findings


def enter_release(weeks: Weeks, findings: Findings, at: datetime) -> None:
    versions = {
        "edition": findings.edition.value,
        "as_of": findings.as_of.isoformat(),
        "by": "Pejabat",
    }
    number = weeks.store.runs.start(
        RELEASE_JOB, Origin.live, at, week=findings.week, versions=versions
    )
    weeks.store.runs.finish(number, RunOutcome.done, at)


def confirmed_week(weeks: Weeks, *items: str) -> None:
    """The first week, in which items are seen, visited and confirmed by two people."""
    weeks.plan(WEEK)
    weeks.page(WEEK, dict.fromkeys(items, CROSS))
    weeks.draw(WEEK)
    for item in items:
        weeks.visit(WEEK, item, country="CN")
        weeks.label(WEEK, item, Answer.yes)


def following_week(weeks: Weeks, week: str, *items: str) -> None:
    """A later week, in which items are seen beside one that is always there."""
    weeks.plan(week)
    weeks.page(week, dict.fromkeys(items, CROSS) | {"home": DOMESTIC})
    weeks.draw(week)


def only_case(findings: Findings) -> Case:
    (case,) = findings.cases
    return case


def test_a_confirmed_offer_is_a_case_with_its_proof(weeks: Weeks) -> None:
    confirmed_week(weeks, "1")
    findings = weeks.find(WEEK)
    case, (entry,) = only_case(findings), findings.listings
    assert (case.id, case.state, case.judged_by) == ("lazada-1", CaseState.open, 2)
    assert AKAR in case.policies
    assert case.is_proven
    assert case.confirmed == week_start(WEEK) + timedelta(days=9)
    assert case.weeks == (WEEK,)
    assert case.first_seen == week_start(WEEK) + timedelta(hours=22)
    assert entry.own_page and case.own_page_sha256 == entry.own_page.sha256
    assert entry.result_page and case.result_page_sha256 == entry.result_page.sha256
    assert redacted(findings).cases == ()


def test_a_policy_that_may_not_accuse_opens_no_case(weeks: Weeks) -> None:
    confirmed_week(weeks, "1")
    unconfirmed = tuple(
        replace(policy, verification=Verification.unverified) for policy in CONFIRMED.policies
    )
    findings = weeks.find(WEEK, registry=replace(CONFIRMED, policies=unconfirmed))
    assert [entry.confirmed for entry in findings.listings] == [True]
    assert findings.cases == ()
    assert weeks.find(WEEK, EditionKind.provisional).cases == ()


def test_only_a_visit_makes_a_case_gone_and_any_page_brings_it_back(weeks: Weeks) -> None:
    confirmed_week(weeks, "1")
    release(weeks, WEEK)
    following_week(weeks, NEXT)
    case = only_case(weeks.find(NEXT))
    assert case.state is CaseState.open, "not seen again is never gone"
    assert case.weeks == (WEEK,)
    weeks.visit(NEXT, "1", UnitState.empty, reason=GONE, day=3)
    gone = only_case(release(weeks, NEXT))
    assert (gone.state, gone.gone_at) == (CaseState.gone, week_start(NEXT) + timedelta(days=3))
    assert not gone.is_open
    following_week(weeks, AFTER)
    assert only_case(weeks.find(AFTER)).state is CaseState.gone
    release(weeks, AFTER)
    following_week(weeks, LATER, "1")
    back = only_case(weeks.find(LATER, EditionKind.provisional))
    assert back.state is CaseState.returned
    assert back.returned_at == week_start(LATER) + timedelta(hours=22)
    assert back.weeks == (WEEK, LATER)


def test_what_people_did_about_a_case_stands_between_what_pages_tell(weeks: Weeks) -> None:
    confirmed_week(weeks, "1")
    release(weeks, WEEK)
    key = ListingKey("lazada", "1")
    letter = week_start(NEXT) + timedelta(days=5)
    weeks.store.case_events.append(key, CaseEvent(kind=CaseEventKind.reported, at=letter))
    following_week(weeks, NEXT)
    reported = only_case(release(weeks, NEXT))
    assert (reported.state, reported.reported_at) == (CaseState.reported, letter)
    weeks.visit(AFTER, "1", UnitState.empty, reason=GONE, day=5)
    following_week(weeks, AFTER)
    gone = only_case(weeks.find(AFTER))
    assert (gone.state, gone.days_to_take_down) == (CaseState.gone, 7)
    reopened = CaseEvent(kind=CaseEventKind.reopened, at=week_start(AFTER) + timedelta(days=6))
    weeks.store.case_events.append(key, reopened)
    assert only_case(weeks.find(AFTER)).state is CaseState.open
    assert only_case(weeks.find(NEXT)).state is CaseState.reported, "as of its own time"


def test_a_failed_visit_or_an_empty_page_proves_nothing(weeks: Weeks) -> None:
    confirmed_week(weeks, "1")
    release(weeks, WEEK)
    following_week(weeks, NEXT)
    weeks.visit(NEXT, "1", UnitState.empty, day=3)
    weeks.visit(NEXT, "1", UnitState.blocked, reason="punish-page", day=4)
    weeks.visit(NEXT, "1", UnitState.unparseable, reason=GONE, day=5)
    assert only_case(weeks.find(NEXT)).state is CaseState.open


def test_a_correction_withdraws_a_released_case_and_keeps_it(weeks: Weeks) -> None:
    confirmed_week(weeks, "1", "2")
    release(weeks, WEEK, day=11.1)
    seen = next(o for o in weeks.store.screens.of_week(WEEK) if o.listing.item_id == "1")
    at = week_start(WEEK) + timedelta(days=10)
    for name, kind in (("satu", LabelKind.first), ("dua", LabelKind.second)):
        weeks.store.labels.append(
            Label(
                platform="lazada",
                item_id="1",
                version=seen.version,
                week=WEEK,
                annotator=name,
                kind=kind,
                at=at,
                answer=Answer.no,
            )
        )
    unreleased = weeks.find(WEEK)
    assert [case.item_id for case in unreleased.cases] == ["2"], "nobody had it yet"
    corrected = weeks.find(WEEK, EditionKind.corrected, days=12)
    states = {case.item_id: case.state for case in corrected.cases}
    assert states == {"1": CaseState.withdrawn, "2": CaseState.open}
    withdrawn = next(case for case in corrected.cases if case.item_id == "1")
    assert not withdrawn.is_open
    assert withdrawn.events[-1].at == at


def test_what_was_never_released_is_carried_nowhere(weeks: Weeks) -> None:
    confirmed_week(weeks, "1")
    weeks.store.editions.save(weeks.find(WEEK))
    following_week(weeks, NEXT)
    assert weeks.find(NEXT).cases == ()


def test_an_id_is_a_folder_name_whatever_the_platform_calls_the_offer() -> None:
    assert case_id(ListingKey("shopee", "12345")) == "shopee-12345"
    odd = [case_id(ListingKey("shopee", item)) for item in ("../a b", "..-a_b", "A", "a" * 300)]
    assert len(set(odd)) == 4
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_") for name in odd)
