"""Findings of weeks that went wrong, from a real store: who is accused, and what is not hidden."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import insert, update

from monitor.config import Confirmation, previous_week, week_start
from monitor.findings.build import build_findings
from monitor.findings.gather import gather
from monitor.findings.labelled import audited_listings
from monitor.findings.screen import PolicyTerms
from monitor.model import (
    GONE,
    Answer,
    Cell,
    Classification,
    Cluster,
    CrossBorder,
    DetailVisit,
    EditionKind,
    Findings,
    FlaggedListing,
    Label,
    LabelKind,
    Listing,
    ListingKey,
    ListingState,
    Note,
    Origin,
    Plan,
    PlannedUnit,
    Question,
    ResponseRecord,
    SampledPage,
    Text,
    UnitState,
    Verdict,
)
from monitor.operate.visits import drawn_targets, revisit_targets
from monitor.registry import Registry, Reply, load_registry
from monitor.sampling.audit import draw_audit
from monitor.store import Store
from monitor.store import schema as db
from monitor.web.audit.week import WeekAudit
from reports.summary import summarise
from tests.builders import classification, planned_unit

WEEK, NEXT, AFTER, LATER = "2026-W53", "2027-W01", "2027-W02", "2027-W03"
AKAR = "lazada-2021-akar"
CROSS, SUSPECTED = CrossBorder.cross_border, CrossBorder.suspected
DOMESTIC = CrossBorder.domestic
OF_USED_CLOTHING = 999
"""Number of the entry that looks for used clothing; the others look for fashion."""
CONFIRMED = load_registry(confirmations={AKAR: Confirmation(by="Pejabat", on=date(2026, 1, 5))})


class Weeks:
    """A store, and the steps of a week in it: one entry a page."""

    def __init__(self, store: Store) -> None:
        self.store = store
        for name in ("satu", "dua"):
            store.annotators.invite(
                name, hashlib.sha256(name.encode()).hexdigest(), week_start(WEEK)
            )

    def plan(self, week: str, entries: int = 1, besides: Sequence[int] = ()) -> None:
        units = tuple(self.unit(week, number) for number in (*range(entries), *besides))
        self.store.plans.save(
            Plan(week=week, frame_version="f", seed=1, drawn_at=week_start(week), units=units)
        )

    def change_list(self, week: str, lists: dict[str, str]) -> None:
        """As if the week's plan had been drawn from a frame of its own, with these lists."""
        version = f"frame of {week}"
        with self.store._database.write() as connection:
            connection.execute(
                insert(db.FrameVersion).values(version=version, saved_at=week_start(week))
            )
            connection.execute(
                update(db.Plan)
                .where(db.Plan.c.week == week)
                .values(frame_version=version, lists=lists)
            )

    def unit(self, week: str, number: int = 0) -> PlannedUnit:
        is_used = number == OF_USED_CLOTHING
        cluster = Cluster.used_clothing if is_used else Cluster.textile_fashion
        return planned_unit(number, week=week, platform="lazada", cluster=cluster, query="hijab")

    def page(
        self,
        week: str,
        items: dict[str, CrossBorder],
        number: int = 0,
        at: datetime | None = None,
        origin: Origin = Origin.live,
        words: str = "Hijab",
        price: Decimal | None = None,
        seller: str | None = None,
    ) -> None:
        at = at or week_start(week) + timedelta(hours=22)
        unit = self.unit(week, number)
        listings = tuple(
            Listing(
                platform="lazada",
                item_id=item,
                title=f"{words} {item}",
                url=f"https://www.lazada.co.id/products/i{item}.html",
                price=price,
                currency="IDR" if price else None,
                seller_id=seller,
                ship_from="Kota Bandung",
            )
            for item in items
        )
        run = self.store.runs.start("crawl", origin, at, week=week, platform="lazada")
        page = SampledPage(
            platform="lazada",
            url=unit.url,
            state=UnitState.sampled,
            origin=origin,
            unit_id=unit.id,
            observed_at=at,
            received=received(unit.id),
            listings=listings,
            parser="1",
        )
        self.store.pages.save(run, page)
        self.store.classifications.save(
            (number, decided(items.get(listing.item_id, DOMESTIC)))
            for number, listing in self.store.classifications.pending("c")
        )

    def draw(self, week: str, classifier: str = "c") -> None:
        self.store.screens.freeze(week, classifier)
        drawn = draw_audit(
            self.store.screens.of_week(week),
            week=week,
            seed=1,
            drawn_at=week_start(week),
            budget=50,
        )
        self.store.audit_samples.save(drawn)

    def visit(
        self,
        week: str,
        item: str,
        state: UnitState = UnitState.sampled,
        reason: str | None = None,
        country: str | None = None,
        day: int = 8,
    ) -> None:
        at = week_start(week) + timedelta(days=day)
        read = state is UnitState.sampled
        run = self.store.runs.start("visit", Origin.live, at, week=week, platform="lazada")
        visit = DetailVisit(
            platform="lazada",
            item_id=item,
            url=f"https://www.lazada.co.id/products/i{item}.html",
            week=week,
            state=state,
            reason=reason,
            origin=Origin.live,
            visited_at=at,
            received=received(f"{week} {item}") if read else None,
            listing=Listing(
                platform="lazada", item_id=item, title=f"Hijab {item}", ship_from_country=country
            )
            if read
            else None,
        )
        self.store.visits.save(run, visit)

    def label(
        self,
        week: str,
        item: str,
        says: Answer,
        clusters: tuple[Cluster, Cluster] = (Cluster.textile_fashion, Cluster.textile_fashion),
        question: Question = Question.cross_border,
        day: int = 9,
    ) -> None:
        shown = (o for o in self.store.screens.of_week(week) if o.question is question)
        seen = next(o for o in shown if o.listing.item_id == item)
        people = (("satu", LabelKind.first), ("dua", LabelKind.second))
        for (name, kind), cluster in zip(people, clusters, strict=True):
            self.store.labels.append(
                Label(
                    platform="lazada",
                    item_id=item,
                    version=seen.version,
                    week=week,
                    annotator=name,
                    kind=kind,
                    at=week_start(week) + timedelta(days=day),
                    answer=says,
                    question=question,
                    cluster=cluster,
                )
            )

    def find(
        self,
        week: str,
        kind: EditionKind = EditionKind.final,
        registry: Registry = CONFIRMED,
        classifier: str = "c",
        days: int = 11,
    ) -> Findings:
        as_of = week_start(week) + timedelta(days=days)
        findings = build_findings(
            self.store, registry, week, kind, classifier=classifier, parser="1", as_of=as_of
        )
        summarise(findings)
        return findings


def received(body: str) -> ResponseRecord:
    digest = hashlib.sha256(body.encode()).hexdigest()
    return ResponseRecord(url="https://www.lazada.co.id/", size=len(body), sha256=digest)


def decided(status: CrossBorder) -> Classification:
    return classification(status, cluster=Cluster.textile_fashion, category="hijab", classifier="c")


def dated(policy_id: str, *spans: tuple[datetime, datetime | None]) -> Registry:
    """The registry with a policy's only version replaced by one for each span."""
    (old,) = CONFIRMED.policy(policy_id)
    versions = tuple(replace(old, from_=start, until=end) for start, end in spans)
    rest = tuple(policy for policy in CONFIRMED.policies if policy.id != policy_id)
    return replace(CONFIRMED, policies=versions + rest)


def cell_of(findings: Findings, policy: str = AKAR) -> Cell:
    (cell,) = [cell for cell in findings.cells if cell.policy == policy]
    return cell


def items(listings: tuple[FlaggedListing, ...]) -> set[str]:
    return {entry.listing.item_id for entry in listings}


@pytest.fixture
def weeks(tmp_path: Path) -> Iterator[Weeks]:
    with Store.open(f"sqlite:///{tmp_path / 'pantau.db'}", origin=Origin.live) as store:
        yield Weeks(store)


def test_what_people_cleared_is_no_evidence_any_more(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    weeks.page(WEEK, {"cleared": CROSS, "open": CROSS, "doubt": SUSPECTED, "cleared2": SUSPECTED})
    weeks.draw(WEEK)
    assert items(weeks.find(WEEK, EditionKind.provisional).listings) == {"cleared", "open"}
    weeks.label(WEEK, "cleared", Answer.no)
    weeks.label(WEEK, "cleared2", Answer.no)
    final = weeks.find(WEEK)
    assert items(final.listings) == {"open"}
    assert items(final.suspected) == {"doubt"}
    cell = cell_of(final)
    assert cell.flagged == 2


def test_what_the_screen_took_for_foreign_counts_though_no_policy_has_a_date(
    weeks: Weeks,
) -> None:
    (akar,) = CONFIRMED.policy(AKAR)
    undated = replace(akar, from_=None, confirmed_by=None, confirmed_on=None)
    others = tuple(policy for policy in CONFIRMED.policies if policy.id != AKAR)
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS, "2": CROSS, "doubt": SUSPECTED, "home": DOMESTIC})
    weeks.draw(WEEK)
    weeks.label(WEEK, "1", Answer.no)
    cell = cell_of(weeks.find(WEEK, registry=replace(CONFIRMED, policies=(undated, *others))))
    assert (cell.flagged, cell.suspected, cell.screened) == (0, 0, 3)


def test_what_people_confirmed_is_shown_whatever_the_screen_said(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    weeks.page(WEEK, {"doubt": SUSPECTED, "missed": DOMESTIC, "home": DOMESTIC})
    weeks.draw(WEEK)
    for item in ("doubt", "missed"):
        weeks.visit(WEEK, item)
        weeks.label(WEEK, item, Answer.yes)
    final = weeks.find(WEEK)
    cell = cell_of(final)
    assert cell.confirmed == 2
    assert items(final.listings) == {"doubt", "missed"}
    assert all(entry.confirmed and AKAR in entry.policies for entry in final.listings)
    assert {entry.label for entry in final.listings} == {Answer.yes}
    assert not final.suspected


def test_a_visit_of_an_earlier_version_confirms_nothing(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS})
    weeks.draw(WEEK)
    weeks.visit(WEEK, "1")
    weeks.plan(NEXT)
    weeks.page(NEXT, {"1": CROSS, "2": CROSS})
    weeks.draw(NEXT)
    weeks.label(NEXT, "1", Answer.yes)
    assert not any(cell.confirmed for cell in weeks.find(NEXT).cells)
    weeks.visit(NEXT, "1")
    assert any(cell.confirmed for cell in weeks.find(NEXT).cells)


def test_what_was_confirmed_stays_confirmed_while_it_stands_unchanged(weeks: Weeks) -> None:
    """However long ago: nobody is asked again about a listing that carries its label over."""
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS})
    weeks.draw(WEEK)
    weeks.visit(WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes)
    later = "2027-W20"
    weeks.plan(later)
    weeks.page(later, {"1": CROSS, "2": DOMESTIC})
    assert cell_of(weeks.find(later)).confirmed == 1, "even before the week's draw"
    weeks.draw(later)
    findings = weeks.find(later)
    assert cell_of(findings).confirmed == 1
    assert [entry.confirmed for entry in findings.listings] == [True]


def test_people_who_see_different_groups_confirm_no_policy_that_names_groups(weeks: Weeks) -> None:
    """The classifier's group does not decide what people left open."""
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS})
    weeks.draw(WEEK)
    weeks.visit(WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes, (Cluster.other, Cluster.textile_fashion))
    findings = weeks.find(WEEK)
    assert cell_of(findings).confirmed == 0
    assert cell_of(findings, "lazada-2023-all").confirmed == 1


@pytest.mark.parametrize(("before_the_end", "confirmed"), [(0, 0), (1, 1)])
def test_what_is_seen_after_a_policy_ended_is_no_breach_of_it(
    weeks: Weeks, before_the_end: int, confirmed: int
) -> None:
    """Confirmed the week before and still there, but only from the moment on that it ended."""
    wednesday = week_start(NEXT) + timedelta(days=2)
    ended = dated(AKAR, (week_start("2021-W31"), wednesday))
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS})
    weeks.draw(WEEK)
    weeks.visit(WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes)
    weeks.plan(NEXT)
    weeks.page(NEXT, {"1": CROSS}, at=wednesday - timedelta(microseconds=before_the_end))
    weeks.draw(NEXT)
    assert cell_of(weeks.find(WEEK, registry=ended)).confirmed == 1
    findings = weeks.find(NEXT, registry=ended)
    assert cell_of(findings).confirmed == confirmed
    (entry,) = findings.listings
    assert (AKAR in entry.policies) is bool(confirmed)


def test_what_the_screen_missed_before_a_policy_began_is_what_it_misses_now(weeks: Weeks) -> None:
    """Else a new policy would be acquitted by labels from before its first day."""
    begun = dated(AKAR, (week_start(NEXT), None))
    weeks.plan(WEEK)
    weeks.page(WEEK, {"missed": DOMESTIC})
    weeks.draw(WEEK)
    weeks.label(WEEK, "missed", Answer.yes)
    weeks.plan(NEXT)
    weeks.page(NEXT, {"2": DOMESTIC})
    weeks.draw(NEXT)
    weeks.label(NEXT, "2", Answer.no)
    labelled = gather(
        weeks.store,
        NEXT,
        EditionKind.final,
        classifier="c",
        window=13,
        as_of=week_start(NEXT) + timedelta(days=11),
    ).labelled
    akar = PolicyTerms(versions=begun.policy(AKAR))
    now, then = (
        {label.item_id: label.outcome for label in audited_listings(begun, akar, labelled, week)}
        for week in (NEXT, WEEK)
    )
    assert now == {"missed": Answer.yes, "2": Answer.no}
    assert then == {"missed": Answer.no}


def test_a_policy_of_two_days_has_its_cells(weeks: Weeks) -> None:
    tuesday = week_start(WEEK) + timedelta(days=1)
    short = dated(AKAR, (tuesday, tuesday + timedelta(days=2)))
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS}, at=tuesday + timedelta(hours=20))
    findings = weeks.find(WEEK, EditionKind.provisional, short)
    assert (cell_of(findings).flagged, cell_of(findings).primary) == (1, True)
    assert AKAR in {policy.id for policy in findings.policies}


def test_a_new_wording_in_mid_week_loses_no_breach_of_the_old_one(weeks: Weeks) -> None:
    """Such as another tolerance: what was confirmed under the first version stays so."""
    thursday = week_start(WEEK) + timedelta(days=3)
    reworded = dated(AKAR, (week_start("2021-W31"), thursday), (thursday, None))
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS}, at=thursday - timedelta(hours=20))
    weeks.draw(WEEK)
    weeks.visit(WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes)
    findings = weeks.find(WEEK, registry=reworded)
    assert cell_of(findings).confirmed == 1
    (entry,) = findings.listings
    assert entry.confirmed
    assert entry.policies.count(AKAR) == 1


def test_a_page_after_the_screen_is_shown_and_answers_for_nothing(weeks: Weeks) -> None:
    weeks.plan(WEEK, entries=2)
    weeks.page(WEEK, {"1": DOMESTIC})
    weeks.draw(WEEK)
    weeks.page(WEEK, {"late": CROSS}, number=1, origin=Origin.saved)
    final = weeks.find(WEEK)
    assert items(final.unplanned_listings) == {"late"}
    (row,) = final.coverage
    assert (row.sampled, row.not_fetched, row.places) == (1, 1, 1)
    assert all(cell.sampled == 1 for cell in final.cells)


def test_a_week_of_refusals_makes_nothing_new(weeks: Weeks) -> None:
    for week in (WEEK, NEXT, AFTER):
        weeks.plan(week)
    weeks.page(WEEK, {"1": CROSS})
    weeks.store.editions.save(weeks.find(WEEK))
    weeks.store.editions.save(weeks.find(NEXT))
    weeks.page(AFTER, {"1": CROSS, "2": CROSS})
    states = {e.listing.item_id: e.state for e in weeks.find(AFTER).listings}
    assert states == {"1": ListingState.still, "2": ListingState.newly_watched}


def test_changes_are_counted_over_entries_that_answered_in_both_weeks(weeks: Weeks) -> None:
    """Offers of entries that rotate in are not new, those of entries that rotate out not gone."""
    for week in (WEEK, NEXT):
        weeks.plan(week, entries=4)
    for number, offers in enumerate(({"1": CROSS, "2": CROSS}, {"3": CROSS}, {"4": CROSS})):
        weeks.page(WEEK, offers, number)
    weeks.store.editions.save(weeks.find(WEEK))
    for number, offers in ((0, {"1": CROSS, "5": CROSS}), (1, {"5": CROSS}), (3, {"6": CROSS})):
        weeks.page(NEXT, offers, number)
    findings = weeks.find(NEXT)
    (counts,) = findings.changes
    assert (counts.entries, counts.newly_watched) == (2, 1)
    assert (counts.new, counts.still, counts.not_seen) == (1, 1, 2)
    assert items(findings.gone) == {"2", "3"}, "nobody looked where 4 stood"


def test_what_stands_in_a_search_for_used_clothing_was_seen(weeks: Weeks) -> None:
    """An offer that left the search for fashion and stands in the other one is not missed."""
    for week in (WEEK, NEXT):
        weeks.plan(week, besides=[OF_USED_CLOTHING])
    weeks.page(WEEK, {"1": CROSS, "2": CROSS})
    weeks.store.editions.save(weeks.find(WEEK))
    weeks.page(NEXT, {"3": CROSS})
    weeks.page(NEXT, {"1": CROSS}, OF_USED_CLOTHING)
    findings = weeks.find(NEXT)
    assert items(findings.gone) == {"2"}
    (counts,) = findings.changes
    assert (counts.entries, counts.not_seen) == (1, 1)


def test_the_limits_of_new_offers_rest_on_what_people_say(weeks: Weeks) -> None:
    """Both new ones are flagged and judged; of the domestic one nobody said anything."""
    for week in (WEEK, NEXT):
        weeks.plan(week)
    weeks.page(WEEK, {"1": CROSS, "2": DOMESTIC})
    weeks.draw(WEEK)
    weeks.label(WEEK, "1", Answer.no)
    weeks.store.editions.save(weeks.find(WEEK))
    weeks.page(NEXT, {"3": CROSS, "4": CROSS, "5": DOMESTIC})
    assert weeks.find(NEXT, EditionKind.provisional).changes[0].new_low is None
    weeks.draw(NEXT)
    for item_id, answer in (("3", Answer.yes), ("4", Answer.no)):
        weeks.visit(NEXT, item_id)
        weeks.label(NEXT, item_id, answer)
    (counts,) = weeks.find(NEXT).changes
    assert (counts.new_low, counts.new_high) == (1, 2), "the domestic one may be in breach"
    assert (counts.left_low, counts.left_high) == (0, 1), "1 is clean, 2 may have been in breach"


def test_a_policy_that_begins_while_sundays_crawl_runs_is_explained(weeks: Weeks) -> None:
    monday = week_start(NEXT)
    begun = tuple(
        replace(policy, from_=monday) if policy.id == "lazada-2023-all" else policy
        for policy in CONFIRMED.policies
    )
    registry = replace(CONFIRMED, policies=begun)
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS}, at=(monday + timedelta(hours=1)).astimezone(UTC))
    findings = weeks.find(WEEK, EditionKind.provisional, registry)
    (entry,) = findings.listings
    assert set(entry.policies) <= {policy.id for policy in findings.policies}
    assert [sighting.unit_id for sighting in entry.found_at] == [weeks.unit(WEEK).id]


def test_a_new_classifier_in_mid_week_leaves_the_frozen_screen_and_its_name(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS})
    weeks.draw(WEEK)
    weeks.store.classifications.save(
        (number, replace(decided(DOMESTIC), classifier="d"))
        for number, _ in weeks.store.classifications.pending("d")
    )
    final = weeks.find(WEEK, classifier="d")
    assert items(final.listings) == {"1"}
    assert final.versions.classifier == "c"


def test_labels_of_weeks_before_a_new_classifier_count_in_its_strata(weeks: Weeks) -> None:
    """The window of labels reaches back behind the change; without decisions it would not."""
    for week, classifier in ((WEEK, "c"), (NEXT, "d")):
        weeks.plan(week, entries=30)
        for number in range(30):
            weeks.page(week, {f"{week}-{number}": DOMESTIC}, number)
        weeks.store.classifications.save(
            (number, replace(decided(DOMESTIC), classifier="d"))
            for number, _ in weeks.store.classifications.pending("d")
        )
        weeks.draw(week, classifier)
        weeks.label(week, f"{week}-1", Answer.no)
    (cell, *_) = weeks.find(NEXT, classifier="d").cells
    assert cell.label_weeks == (WEEK, NEXT)


def test_a_page_that_did_not_answer_is_visited_again_a_refusal_is_not(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    weeks.page(WEEK, {"read": CROSS, "late": CROSS, "refused": CROSS, "never": CROSS})
    weeks.draw(WEEK)
    weeks.visit(WEEK, "read")
    weeks.visit(WEEK, "late", UnitState.unreachable)
    weeks.visit(WEEK, "refused", UnitState.blocked)
    drawn = weeks.store.audit_samples.of_week(WEEK)
    assert drawn
    waiting = drawn_targets(CONFIRMED, weeks.store, drawn)
    assert {target.item_id for target in waiting} == {"late", "never"}


def test_an_unflagged_offer_that_could_not_be_told_is_visited_again(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    weeks.page(WEEK, {"unclear": DOMESTIC, "flagged": CROSS, "told": DOMESTIC})
    weeks.draw(WEEK)
    drawn = weeks.store.audit_samples.of_week(WEEK)
    assert drawn
    for item in drawn.items:
        weeks.visit(WEEK, item.item_id)
    assert drawn_targets(CONFIRMED, weeks.store, drawn) == []
    for item in drawn.items:
        label = Label(
            platform=item.platform,
            item_id=item.item_id,
            version=item.version,
            week=WEEK,
            annotator="satu",
            kind=LabelKind.first,
            at=week_start(WEEK) + timedelta(days=9),
            answer=Answer.no if item.item_id == "told" else Answer.cannot_tell,
        )
        weeks.store.labels.append(label)
    again = drawn_targets(CONFIRMED, weeks.store, drawn)
    assert [(target.item_id, target.again) for target in again] == [("unclear", True)]
    weeks.visit(WEEK, "unclear", UnitState.blocked, day=10)
    assert drawn_targets(CONFIRMED, weeks.store, drawn) == []
    visits = WeekAudit(weeks.store, CONFIRMED, WEEK).visits
    assert visits[ListingKey("lazada", "unclear")].listing, (
        "a visit that failed hides no page that was kept"
    )


def visited_next(weeks: Weeks, week: str, most: int = 40) -> list[str]:
    return [target.item_id for target in revisit_targets(CONFIRMED, weeks.store, week, most)]


def test_offers_not_seen_again_are_visited_and_named_once_their_page_says_that_they_are_gone(
    weeks: Weeks,
) -> None:
    for week, shown in ((WEEK, ("old", "both")), (NEXT, ("new", "both")), (AFTER, ("both",))):
        weeks.plan(week)
        weeks.page(week, dict.fromkeys(shown, CROSS))
        if week != AFTER:
            weeks.store.editions.save(weeks.find(week))
    # The first is one that stands: it tells "gone" from a refusal.
    assert visited_next(weeks, AFTER) == ["both", "new", "old"]
    assert visited_next(weeks, AFTER, most=1) == ["both", "new"]
    assert visited_next(weeks, AFTER, most=0) == []
    weeks.visit(AFTER, "both")
    weeks.visit(AFTER, "new", UnitState.unreachable)
    weeks.visit(AFTER, "old", UnitState.empty, GONE)
    assert visited_next(weeks, AFTER) == ["new"]
    findings = weeks.find(AFTER)
    states = {entry.listing.item_id: entry.state for entry in findings.gone}
    assert states == {"new": ListingState.not_seen, "old": ListingState.confirmed_gone}
    weeks.store.editions.save(findings)
    weeks.plan(LATER)
    weeks.page(LATER, {"both": CROSS})
    assert visited_next(weeks, LATER) == ["both", "new"]
    assert not weeks.find(LATER).gone


def test_an_offer_taken_down_weeks_ago_that_comes_back_under_another_id_is_counted(
    weeks: Weeks,
) -> None:
    offer = "Hijab segi empat voal premium motif bunga sakura warna pastel dusty pink lembut"
    price = Decimal(45_000)
    shown = ((WEEK, "lama", offer), (NEXT, "lain", "Kaus kaki"), (AFTER, "lain", "Kaus kaki"))
    for week, item, words in shown:
        weeks.plan(week)
        weeks.page(week, {item: CROSS}, words=words, price=price)
        if week == NEXT:
            weeks.visit(week, "lama", UnitState.empty, GONE)
        findings = weeks.find(week)
        weeks.store.editions.save(findings)
    [rate] = findings.relisting
    assert (rate.weeks, rate.taken_down, rate.relisted, rate.low) == (3, 1, 0, 0.0)
    assert (rate.watched, rate.offer_weeks) == (1, 1), "gone the week before, looked for since"
    weeks.plan(LATER)
    weeks.page(LATER, {"baru": CROSS}, words=offer, price=price)
    findings = weeks.find(LATER)
    [back] = findings.listings
    assert (back.state, back.relisted_from) == (ListingState.relisted, "lama")
    [rate] = findings.relisting
    assert (rate.platform, rate.taken_down, rate.relisted, rate.high) == ("lazada", 1, 1, None)
    assert (rate.rate, rate.low, rate.offer_weeks) == (1.0, pytest.approx(0.025), 2)


def test_where_nothing_was_seen_nothing_is_visited_as_not_seen_again(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS})
    weeks.store.editions.save(weeks.find(WEEK))
    weeks.plan(NEXT)
    assert visited_next(weeks, NEXT) == []


def test_a_platform_that_left_the_registry_stays_in_its_week(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS})
    rest = {name: platform for name, platform in CONFIRMED.platforms.items() if name != "lazada"}
    findings = weeks.find(WEEK, registry=replace(CONFIRMED, platforms=rest))
    assert "lazada" in {platform.id for platform in findings.platforms}
    assert "lazada" in {p.finding.id for p in summarise(findings).platforms if p.cells}


def test_a_confirmation_carried_over_answers_a_week_that_nobody_labelled(weeks: Weeks) -> None:
    for week in (WEEK, NEXT):
        weeks.plan(week, entries=30)
        for number in range(30):
            shown = {f"home-{number}": DOMESTIC}
            weeks.page(week, {"1": CROSS} | shown if number == 0 else shown, number)
        weeks.draw(week)
    assert verdict(weeks.find(NEXT)) == (Verdict.screened, 0)
    weeks.visit(WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes)
    without_draw = weeks.find(NEXT)
    assert verdict(without_draw) == (Verdict.awaiting_second, 1)
    assert verdict(weeks.find(NEXT, EditionKind.provisional)) == (Verdict.screened, 0)
    assert verdict(weeks.find(NEXT, registry=load_registry())) == (Verdict.unconfirmed_policy, 1)


@pytest.mark.parametrize(
    ("sellers", "countries", "word"),
    [
        (("a", "b"), ("CN", "CN"), Verdict.breaches_found),
        (("a", "a"), ("CN", "CN"), Verdict.awaiting_second),
        (("a", "b"), ("CN", "ID"), Verdict.awaiting_second),
        (("a", "b"), ("CN", None), Verdict.awaiting_second),
        (("a", None), ("CN", "CN"), Verdict.awaiting_second),
    ],
)
def test_a_breach_is_stated_on_two_sellers_whose_own_pages_say_abroad(
    weeks: Weeks, sellers: tuple[str | None, ...], countries: tuple[str | None, ...], word: Verdict
) -> None:
    """Also while nobody labelled: what the own pages said when it was confirmed still stands."""
    for week in (WEEK, NEXT):
        weeks.plan(week, entries=60)
        for number in range(60):
            if number < len(sellers):
                weeks.page(week, {str(number): CROSS}, number, seller=sellers[number])
            else:
                weeks.page(week, {f"home-{number}": DOMESTIC}, number)
        weeks.draw(week)
    for number, country in enumerate(countries):
        weeks.visit(WEEK, str(number), country=country)
        weeks.label(WEEK, str(number), Answer.yes)
    for week in (WEEK, NEXT):
        assert verdict(weeks.find(week)) == (word, 2)


def test_a_confirmed_listing_that_changed_since_answers_nothing(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS})
    weeks.draw(WEEK)
    weeks.visit(WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes)
    weeks.plan(NEXT, entries=30)
    for number in range(30):
        weeks.page(NEXT, {"1": CROSS, f"home-{number}": DOMESTIC}, number, words="Kerudung")
    assert verdict(weeks.find(NEXT)) == (Verdict.screened, 0)


def verdict(findings: Findings) -> tuple[Verdict, int]:
    cell = cell_of(findings)
    return cell.verdict, cell.confirmed


def two_versions(**newer: object) -> Registry:
    """AKAR in two versions; the newer one holds from Thursday on."""
    thursday = week_start(WEEK) + timedelta(days=3)
    (akar,) = CONFIRMED.policy(AKAR)
    rest = tuple(policy for policy in CONFIRMED.policies if policy.id != AKAR)
    versions = replace(akar, until=thursday), replace(akar, from_=thursday, **newer)
    return replace(CONFIRMED, policies=(*rest, *versions))


@pytest.mark.parametrize("day", [1, 4])
def test_an_offer_is_held_to_the_version_of_its_day(weeks: Weeks, day: int) -> None:
    registry = two_versions(clusters=(Cluster.crafts,))
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS}, at=week_start(WEEK) + timedelta(days=day))
    weeks.draw(WEEK)
    weeks.visit(WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes)
    final = weeks.find(WEEK, registry=registry)
    cell = cell_of(final)
    assert (cell.flagged, cell.confirmed) == ((1, 1) if day == 1 else (0, 0))
    (entry,) = final.listings
    assert (AKAR in entry.policies) is (day == 1)
    assert entry.policies.count(AKAR) <= 1


def test_a_policy_that_changes_in_mid_week_is_one_cell_that_says_so(weeks: Weeks) -> None:
    weeks.plan(WEEK, entries=30)
    for number in range(30):
        at = week_start(WEEK) + timedelta(days=1 + number % 5)
        weeks.page(WEEK, {"1": CROSS, f"home-{number}": DOMESTIC}, number, at=at)
    weeks.draw(WEEK)
    weeks.visit(WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes)
    for number in range(30):
        weeks.label(WEEK, f"home-{number}", Answer.no)
    cell = cell_of(weeks.find(WEEK, registry=two_versions(tolerance=0.2)))
    assert cell.flagged == 30
    assert cell.tolerance == 0.2, "an accusation must hold under both versions"
    thursday = (week_start(WEEK) + timedelta(days=3)).date()
    assert cell.reason == Note(code="policy_changed_in_week", values={"day": str(thursday)})
    unread = two_versions(confirmed_by=None, confirmed_on=None)
    assert verdict(weeks.find(WEEK, registry=unread)) == (Verdict.unconfirmed_policy, 1)


def test_what_wrong_labels_would_do_is_told_of_cells_that_carry_a_verdict(weeks: Weeks) -> None:
    weeks.plan(WEEK, entries=30)
    for number in range(30):
        weeks.page(WEEK, {f"{number}": CROSS if number < 9 else DOMESTIC}, number)
    weeks.draw(WEEK)
    for number in range(30):
        weeks.label(WEEK, f"{number}", Answer.yes if number < 9 else Answer.no)
    final = weeks.find(WEEK)
    (shown_errors,) = final.sensitivity
    cell = cell_of(final)
    assert (shown_errors.policy, shown_errors.cluster) == (AKAR, cell.cluster)
    assert (shown_errors.rows[0].error, shown_errors.rows[0].low, shown_errors.rows[0].high) == (
        0.0,
        cell.low,
        cell.high,
    )
    assert [row.error for row in shown_errors.rows] == [0.0, 0.001, 0.005, 0.01]
    assert shown_errors.high_of_group == shown_errors.high_of_week == cell.high
    assert (
        shown_errors.rows[-1].low
        < shown_errors.rows[0].low
        < shown_errors.rows[0].high
        < shown_errors.rows[-1].high
    )
    assert weeks.find(WEEK, EditionKind.provisional).sensitivity == ()
    assert weeks.find(WEEK, registry=load_registry()).sensitivity == ()


def test_the_newest_reply_is_shown_in_both_languages(weeks: Weeks) -> None:
    weeks.plan(WEEK)
    as_of = (week_start(WEEK) + timedelta(days=11)).date()
    replies = [
        Reply(platform="lazada", date=day, text=Text(id=f"Jawaban {day}", en=f"Reply {day}"))
        for day in (as_of - timedelta(days=9), as_of, as_of + timedelta(days=1))
    ]
    findings = weeks.find(WEEK, registry=replace(CONFIRMED, replies=tuple(replies)))
    (lazada,) = [platform for platform in findings.platforms if platform.id == "lazada"]
    assert (lazada.reply, lazada.replied_on) == (replies[1].text, as_of)


def test_what_came_after_its_time_changes_no_edition(weeks: Weeks) -> None:
    """A label, a visit and a confirmation that came later accuse nobody in it."""
    weeks.plan(WEEK)
    weeks.page(WEEK, {"1": CROSS, "2": CROSS})
    weeks.draw(WEEK)
    before = weeks.find(WEEK)
    weeks.visit(WEEK, "1")
    weeks.label(WEEK, "1", Answer.yes)
    day = week_start(WEEK) + timedelta(days=9)

    def known(at: datetime, registry: Registry = CONFIRMED) -> Findings:
        return build_findings(
            weeks.store, registry, WEEK, EditionKind.final, classifier="c", parser="1", as_of=at
        )

    def confirmed(findings: Findings) -> int:
        return sum(entry.confirmed for entry in findings.listings)

    unvisited, unlabelled = (day - timedelta(days=days, seconds=1) for days in (1, 0))
    assert replace(known(unvisited), as_of=before.as_of) == before
    assert [confirmed(known(at)) for at in (unvisited, unlabelled, day)] == [0, 0, 1]

    late = load_registry(
        confirmations={AKAR: Confirmation(by="Pejabat", on=day.date() + timedelta(days=2))}
    )
    reply = Reply(
        platform="lazada", date=day.date() + timedelta(days=2), text=Text(id="Ya", en="Yes")
    )
    unconfirmed = load_registry()
    assert known(day, replace(late, replies=(reply,))) == known(day, unconfirmed)
    accusing = known(day + timedelta(days=2), late)
    assert {p.id: p.may_accuse for p in accusing.policies}[AKAR]
    assert not {p.id: p.may_accuse for p in known(day, late).policies}[AKAR]


@pytest.mark.long
def test_a_quarter_has_its_verdict_once_its_last_week_is_over(weeks: Weeks) -> None:
    """Seven weeks of a list seen whole, an offer in ten foreign: a week speaks, six are too few.

    In the quarter before it was an offer in three.
    """
    quarter = [previous_week(WEEK, back) for back in range(6, -1, -1)]
    foreign_every = dict.fromkeys((f"2026-W{number}" for number in range(33, 40)), 3)
    foreign_every |= dict.fromkeys(quarter, 10)
    for week, every in foreign_every.items():
        weeks.plan(week, entries=30)
        for number in range(30):
            status = CROSS if number % every == 0 else DOMESTIC
            weeks.page(week, {f"{number}-{week}": status}, number, seller=f"s{number}")
        weeks.draw(week)
    for week, every in foreign_every.items():
        for number in range(30):
            item = f"{number}-{week}"
            weeks.visit(week, item, country="CN" if number % every == 0 else None)
            weeks.label(week, item, Answer.yes if number % every == 0 else Answer.no)
    running, over = (cell_of(weeks.find(week)) for week in quarter[-2:])
    assert running.season is not None and running.season.verdict is None
    assert (running.season.weeks, running.season.missing) == (6, 7)
    assert running.season.low is None and running.season.reason is not None
    assert running.season.reason.code == "few_weeks"
    assert running.season.sequence_low is not None and running.season.sequence_high is not None
    assert running.season.sequence_low < 0.1 < running.season.sequence_high
    assert running.rolling is not None and running.rolling.sequence_high is None
    season = over.season
    assert season is not None and season.id == "2026-Q4" and season.over
    assert (season.weeks, season.missing, season.labels) == (7, 7, 210)
    assert season.confirmed == 21
    assert season.estimate == pytest.approx(0.1)
    assert season.low is not None and season.high is not None and over.low is not None
    assert over.low < 0.07 < season.low < 0.1 < season.high < 0.12
    assert season.judged_low == season.low, "one cell is a family of one"
    assert season.verdict is Verdict.non_compliant
    assert season.change is not None and running.season.change is None
    assert (season.change.since, season.change.direction) == ("2026-Q3", "down")
    assert season.change.estimate == pytest.approx(0.1 - 1 / 3)
    assert over.rolling is not None and over.rolling.id == "2026-W41..2026-W53"
    assert (over.rolling.verdict, over.rolling.low) == (None, season.low)
    provisional = cell_of(weeks.find(WEEK, EditionKind.provisional))
    assert provisional.season is None and provisional.rolling is None
    assert (season.marked_sellers, season.marked_offers) == (3, 21)

    weeks.change_list(quarter[0], {"lazada/textile_fashion": "another"})
    changed = cell_of(weeks.find(WEEK)).season
    assert changed is not None and changed.reason is not None
    assert (changed.weeks, changed.other_list, changed.missing) == (6, 1, 7)
    assert (changed.high, changed.reason.code) == (None, "few_weeks")
    weeks.change_list(quarter[1], {"lazada/textile_fashion": "another"})
    weeks.change_list(WEEK, {"lazada/textile_fashion": "another"})
    alike = cell_of(weeks.find(WEEK)).season
    assert alike is not None
    assert (alike.weeks, alike.other_list) == (3, 4)
