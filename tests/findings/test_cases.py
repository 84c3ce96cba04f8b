"""Cases from a real store, over weeks: opened, gone by a visit only, back, and withdrawn."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from msgspec.structs import replace

from monitor.config import Confirmation, week_start
from monitor.findings.releases import RELEASE_JOB
from monitor.model import (
    GONE,
    Answer,
    Case,
    CaseEvent,
    CaseEventKind,
    CaseKey,
    CaseState,
    Cluster,
    EditionKind,
    Findings,
    Label,
    LabelKind,
    Origin,
    Question,
    RunOutcome,
    UnitState,
    Verification,
    case_id,
)
from monitor.operate.visits import revisit_targets
from monitor.registry import load_registry
from reports.redact import redacted
from tests.findings.test_build import (
    AFTER,
    AKAR,
    CONFIRMED,
    CROSS,
    DOMESTIC,
    LATER,
    NEXT,
    OF_USED_CLOTHING,
    WEEK,
    Weeks,
    weeks,
)

__all__ = ["weeks"]

BAN = "used-clothing-ban"
BY = Confirmation(by="Pejabat", on=date(2026, 1, 5))
BANNED = load_registry(confirmations=dict.fromkeys((AKAR, BAN), BY))
USED = Question.used_clothing


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


def used_week(weeks: Weeks, week: str, *items: str) -> None:
    """A week in which items stand in the search for fashion and in that for used clothing, too."""
    weeks.plan(week, besides=[OF_USED_CLOTHING])
    for number in (0, OF_USED_CLOTHING):
        weeks.page(week, dict.fromkeys(items, CROSS), number)
    weeks.draw(week)
    for item in items:
        weeks.visit(week, item, country="CN")


def find_goods(weeks: Weeks, week: str) -> Findings:
    """The final edition of a week where the ban on used clothing was confirmed, too."""
    return weeks.find(week, EditionKind.final, BANNED)


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
    key = CaseKey("lazada", "1")
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
    assert case_id(CaseKey("shopee", "12345")) == "shopee-12345"
    odd = [case_id(CaseKey("shopee", item)) for item in ("../a b", "..-a_b", "A", "a" * 300)]
    assert len(set(odd)) == 4
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_") for name in odd)


def test_an_id_of_used_clothing_is_its_own() -> None:
    pair = [case_id(CaseKey("shopee", "12345", question)) for question in Question]
    assert pair == ["shopee-12345", "used-shopee-12345"]


def test_an_offer_that_breaches_by_both_answers_has_two_cases(weeks: Weeks) -> None:
    """Each with the policies, the labels and the life of its own question."""
    used_week(weeks, WEEK, "1")
    for question, day in ((Question.cross_border, 9), (USED, 10)):
        weeks.label(WEEK, "1", Answer.yes, question=question, day=day)
    of_seller, of_goods = find_goods(weeks, WEEK).cases
    assert (of_seller.id, of_seller.question) == ("lazada-1", Question.cross_border)
    assert (of_goods.id, of_goods.cluster) == ("used-lazada-1", Cluster.used_clothing)
    assert (of_seller.policies, of_goods.policies) == ((AKAR,), (BAN,))
    assert of_goods.confirmed - of_seller.confirmed == timedelta(days=1)
    assert of_goods.own_page_sha256 == of_seller.own_page_sha256
    assert of_goods.result_page_sha256 and of_goods.own_page_observed
    assert (of_seller.is_proven, of_goods.is_proven) == (True, False), "no page says used"


def test_an_answer_to_one_question_opens_and_ends_no_case_of_the_other(weeks: Weeks) -> None:
    used_week(weeks, WEEK, "1", "2")
    weeks.label(WEEK, "1", Answer.yes)
    weeks.label(WEEK, "1", Answer.no, question=USED)
    weeks.label(WEEK, "2", Answer.yes, question=USED)
    weeks.label(WEEK, "2", Answer.no)
    first = find_goods(weeks, WEEK)
    assert [case.id for case in first.cases] == ["lazada-1", "used-lazada-2"]
    weeks.store.editions.save(first)
    enter_release(weeks, first, week_start(WEEK) + timedelta(days=11, hours=1))
    key = first.cases[1].key
    letter = CaseEvent(kind=CaseEventKind.reported, at=week_start(NEXT) + timedelta(days=5))
    weeks.store.case_events.append(key, letter)
    weeks.label(WEEK, "1", Answer.no, day=12)
    used_week(weeks, NEXT, "3")
    weeks.visit(NEXT, "2", UnitState.empty, reason=GONE, day=7)
    states = {case.id: case.state for case in find_goods(weeks, NEXT).cases}
    assert states == {"lazada-1": CaseState.withdrawn, "used-lazada-2": CaseState.gone}


def test_a_used_shirt_of_a_private_seller_is_no_case(weeks: Weeks) -> None:
    """Used alone is suspected; people's no, a single yes, or an unconfirmed ban opens nothing."""
    used_week(weeks, WEEK, "1", "2")
    assert find_goods(weeks, WEEK).cases == (), "nobody judged it"
    weeks.label(WEEK, "1", Answer.no, question=USED)
    weeks.label(WEEK, "2", Answer.yes, question=USED)
    assert [case.item_id for case in find_goods(weeks, WEEK).cases] == ["2"]
    assert weeks.find(WEEK).cases == (), "the ban is known from the press alone"


def test_a_released_edition_of_before_its_cases_were_kept_opens_them(weeks: Weeks) -> None:
    used_week(weeks, WEEK, "1")
    for question in Question:
        weeks.label(WEEK, "1", Answer.yes, question=question)
    findings = find_goods(weeks, WEEK)
    before = replace(findings, cases=findings.of(Question.cross_border).cases)
    weeks.store.editions.save(before)
    enter_release(weeks, before, week_start(WEEK) + timedelta(days=11, hours=1))
    used_week(weeks, NEXT, "3")
    assert [case.id for case in find_goods(weeks, NEXT).cases] == ["lazada-1", "used-lazada-1"]


def test_its_own_page_is_visited_again_until_it_says_that_it_is_gone(weeks: Weeks) -> None:
    """Of used clothing, too, which no list of offers not seen again holds."""
    used_week(weeks, WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes, question=USED)
    weeks.label(WEEK, "1", Answer.no)
    weeks.store.editions.save(first := find_goods(weeks, WEEK))
    assert not first.listings and first.used_clothing
    enter_release(weeks, first, week_start(WEEK) + timedelta(days=11, hours=1))
    weeks.plan(NEXT)
    weeks.page(NEXT, {"2": CROSS})
    # The first is one that stands: it tells "gone" from a refusal.
    assert revisited(weeks, NEXT) == ["2", "1"]
    weeks.visit(NEXT, "1", UnitState.empty, reason=GONE, day=7)
    weeks.store.editions.save(find_goods(weeks, NEXT))
    weeks.plan(AFTER)
    weeks.page(AFTER, {"2": CROSS})
    assert revisited(weeks, AFTER) == []


def revisited(weeks: Weeks, week: str) -> list[str]:
    """The offers that are visited again in a week."""
    return [target.item_id for target in revisit_targets(BANNED, weeks.store, week, 40)]
