"""Listings with a known answer among the others: where they come from, and what becomes of them."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from monitor.findings.annotators import control_looks
from monitor.labels import Resolved, resolve
from monitor.model import (
    Answer,
    AuditSample,
    Classification,
    Cluster,
    Condition,
    Control,
    CrossBorder,
    LabelKind,
    Listing,
    Origin,
    Plan,
    Prohibited,
    Question,
    SampledPage,
    ScreenStratum,
    UnitState,
)
from monitor.operate.controls import known_answer, known_listings
from monitor.sampling import as_drawn
from monitor.sampling.audit import draw_audit
from monitor.web import invite
from monitor.web.audit import export_sheet
from monitor.web.audit.pages import page_order
from monitor.web.audit.week import WeekAudit
from monitor.web.audit.work import Work
from tests.builders import observation

from .conftest import (
    MONDAY,
    REGISTRY,
    WEEK,
    Audit,
    Say,
    create_app,
    listing,
    received,
    serving,
    unit,
)
from .test_pages import Client, form_of

NEXT = "2026-W48"
LATER = MONDAY + timedelta(weeks=1)


@pytest.fixture
def sample(audit: Audit, say: Say) -> Iterator[AuditSample]:
    """An audit of the week after one in which two people judged all, with four controls."""
    store = audit.store
    for item in audit.draw.items:
        for name, kind in (("Ani", "first"), ("Budi", "second")):
            if name not in {annotator.name for annotator in store.annotators.all()}:
                invite(store, name)
            answer = "yes" if item.stratum is ScreenStratum.flagged else "no"
            say(name, item, answer, kind)
    planned = replace(unit(0), id=f"{NEXT}/lazada/kata-0/1", week=NEXT)
    store.plans.save(Plan(week=NEXT, frame_version="f", seed=1, drawn_at=LATER, units=(planned,)))
    run = store.runs.start("crawl", Origin.live, LATER, week=NEXT)
    store.pages.save(
        run,
        SampledPage(
            platform="lazada", url=planned.url, state=UnitState.sampled, origin=Origin.live,
            unit_id=planned.id, observed_at=LATER, received=received("next"), parser="1",
            listings=tuple(listing(number) for number in (*range(6), 100, 103)),
        ),
    )  # fmt: skip
    store.classifications.save(
        (
            row,
            Classification(
                cluster=Cluster.textile_fashion, cluster_score=0.9, cross_border_score=0.9,
                cross_border=CrossBorder.domestic, classifier="c1",
            ),
        )
        for row, _ in list(store.classifications.pending("c1"))
    )  # fmt: skip
    store.screens.freeze(NEXT, "c1")
    drawn = draw_audit(
        store.screens.of_week(NEXT), week=NEXT, seed=1, drawn_at=LATER,
        labelled={key for key, label in resolve(store.labels.all()).items() if label.answer},
        known=known_listings(store, NEXT), controls=4,
    )  # fmt: skip
    store.audit_samples.save(drawn)
    yield drawn


def test_controls_are_known_listings_that_this_week_does_not_show(
    audit: Audit, sample: AuditSample
) -> None:
    stored = audit.store.audit_samples.of_week(NEXT)
    assert stored is not None and as_drawn(stored) == sample
    foreign = {item.item_id for item in audit.draw.items if item.stratum is ScreenStratum.flagged}
    assert [c.answer for c in sample.controls] == [Answer.yes] * 2 + [Answer.no] * 2
    for control in sample.controls:
        assert (control.item_id in foreign) == (control.answer is Answer.yes)
        assert control.week == WEEK
    shown = {seen.listing.item_id for seen in audit.store.screens.of_week(NEXT)}
    assert not shown & {control.item_id for control in sample.controls}
    again = {control.key for control in known_listings(audit.store, "2026-W49")}
    assert again and not again & {control.key for control in sample.controls}
    changed = replace(sample, controls=sample.controls[:-1])
    with pytest.raises(Exception, match="does not match its hash"):
        as_drawn(changed)


def page(**changes: object) -> Listing:
    return replace(
        listing(1), **{"ship_from": "Kota Surakarta", "ship_from_country": None} | changes
    )


@pytest.mark.parametrize(
    ("own_page", "says", "answer"),
    [
        (page(), "no", Answer.no),
        (page(ship_from=None), "no", None),
        (page(ship_from="entah"), "no", None),
        (page(), "cannot_tell", None),
        (page(), "yes", None),
        (page(cross_border_flag=True), "no", None),
        (page(ship_from=None, cross_border_flag=True), "no", Answer.yes),
        (page(ship_from="Shenzhen, China", ship_from_country="CN"), "no", Answer.yes),
        (page(ship_from_country="CN"), "no", Answer.yes),
    ],
)
def test_what_is_not_beyond_doubt_is_no_control(
    audit: Audit, say: Say, own_page: Listing, says: str, answer: Answer | None
) -> None:
    for name in ("Ani", "Budi"):
        invite(audit.store, name)
    item = audit.draw.items[0]
    say("Ani", item, says)
    one = resolve(audit.store.labels.all())
    say("Budi", item, says, "second")
    two = resolve(audit.store.labels.all())
    assert known_answer(item, own_page, two) is answer
    if answer is Answer.no:
        assert known_answer(item, own_page, one) is None, "one person alone said no"


SCREENED = Classification(
    cluster=Cluster.textile_fashion, cluster_score=0.9, cross_border_score=0.9,
    cross_border=CrossBorder.domestic, classifier="c1",
)  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "prohibited", "says", "answer"),
    [
        ("used", "used_clothing", None, Answer.yes),
        ("used", "used_clothing", "no", None),
        ("used", "suspected_used_clothing", "yes", None),
        ("used", "suspected_used_clothing", "no", None),
        (None, "used_clothing", "yes", None),
        (None, "used_clothing", "yes, marked", Answer.yes),
        ("new", "used_clothing", "yes, marked", None),
        ("new", None, "no", Answer.no),
        ("new", None, "no, alone", None),
        ("new", "suspected_used_clothing", "no", None),
        (None, None, "no", None),
    ],
)
def test_what_is_known_of_used_clothing_is_told_by_its_field_and_words(
    condition: str | None, prohibited: str | None, says: str | None, answer: Answer | None
) -> None:
    """A used shirt of a private person is neither known to be prohibited nor known to be clean."""
    own_page = replace(listing(1), condition=condition and Condition(condition))
    decision = replace(SCREENED, prohibited=prohibited and Prohibited(prohibited))
    item = replace(control_of(1, Answer.yes), cluster=Cluster.used_clothing).listing
    resolved = {}
    if says:
        said = Answer(says.split(",")[0])
        people = ("Ani",) if "alone" in says else ("Ani", "Budi")
        resolved[item.label_key] = Resolved(
            answer=said,
            answered_by=people,
            people=people if said is Answer.yes else (),
            marked="marked" in says,
        )
    assert known_answer(item, own_page, resolved, decision) is answer


def control_of(number: int, answer: Answer, cluster: Cluster = Cluster.textile_fashion) -> Control:
    return Control(
        week=WEEK, observation_id=number, platform="lazada", item_id=str(number), version="v",
        cluster=cluster, answer=answer,
    )  # fmt: skip


@pytest.mark.parametrize("asks_of_goods", [True, False])
def test_used_clothing_gets_controls_on_top_where_it_is_drawn(asks_of_goods: bool) -> None:
    """The same version may be a control of either question, and those of sellers stay as drawn."""
    clusters = (Cluster.textile_fashion, Cluster.used_clothing)
    known = [
        control_of(n, answer, cluster)
        for cluster in clusters
        for n, answer in enumerate((Answer.yes, Answer.no) * 30)
    ]
    screen = [
        observation(n, "domestic", item=f"i{n}", cluster=cluster)
        for n, cluster in enumerate(clusters if asks_of_goods else clusters[:1])
    ]
    drawn = draw_audit(screen, week=NEXT, seed=1, drawn_at=LATER, known=known, controls=10)
    kinds = Counter((control.question, control.answer) for control in drawn.controls)
    sellers = {(Question.cross_border, answer): 5 for answer in (Answer.yes, Answer.no)}
    goods = {(Question.used_clothing, Answer.yes): 1, (Question.used_clothing, Answer.no): 2}
    assert kinds == sellers | (goods if asks_of_goods else {})
    alone = draw_audit(screen[:1], week=NEXT, seed=1, drawn_at=LATER, known=known, controls=10)
    of_sellers = [c.item_id for c in drawn.controls if c.question is Question.cross_border]
    assert of_sellers == [c.item_id for c in alone.controls]


def test_everybody_is_asked_and_no_label_comes_of_it(audit: Audit, sample: AuditSample) -> None:
    store, week = audit.store, WeekAudit(audit.store, REGISTRY, NEXT)
    before = store.labels.all()
    control = sample.controls[0]
    assert week.observations[control.observation_id].listing.item_id == control.item_id
    assert week.visits[control.listing.listing_key].week == WEEK
    for name, answer in (("Ani", Answer.no), ("Budi", Answer.yes)):
        assert week.work().wants_label(control.label_key, name)
        kind = week.work().kind_for(control.label_key, name)
        week.append(
            replace(
                week.label(control.listing, name, kind, answer, Cluster.crafts),
                at=datetime(2026, 11, 30, tzinfo=UTC),
            )
        )
        assert not week.work().wants_label(control.label_key, name)
    assert store.labels.all() == before
    assert week.work().disagreements() == []
    assert week.work().progress("Ani").by_annotator == 1
    assert week.work().progress("Ani").listings == len(sample.items) + 4
    looks = list(control_looks(store, NEXT, datetime(2026, 12, 1, tzinfo=UTC)))
    assert [(look.person, look.is_wrong) for look in looks] == [("Ani", True), ("Budi", False)]
    assert not list(control_looks(store, NEXT, datetime(2026, 11, 29, tzinfo=UTC)))


def test_controls_come_at_any_turn_and_in_sheets(audit: Audit, sample: AuditSample) -> None:
    keys = {control.label_key for control in sample.controls}
    assert keys <= {sampled.label_key for sampled in page_order(sample)}
    assert len(sample.listings) == len(sample.items) + len(keys)
    path = audit.evidence / "ani.csv"
    export_sheet(audit.store, REGISTRY, NEXT, "Ani", path)
    assert all(key.item_id in path.read_text("utf-8-sig") for key in keys)
    met = set()
    work = Work(sample, [])
    for sampled in sample.listings:
        met |= {sampled.label_key} & keys
        assert work.wants_label(sampled.label_key, "Ani")
    assert met == keys


def test_a_wrong_answer_is_told_once_the_final_edition_is_released(
    audit: Audit, sample: AuditSample
) -> None:
    released: list[datetime] = []
    app = create_app(
        audit.store, NEXT, audit.evidence, REGISTRY,
        final_release=lambda: next(iter(released), None),
    )  # fmt: skip
    control = next(c for c in sample.controls if c.answer is Answer.yes)
    with serving(app) as address:
        ani = Client(address)
        ani(urlsplit(invite(audit.store, "Ani", address)).path)
        while not (given := audit.store.control_answers.all(NEXT)) or all(
            answer.key != control.label_key for answer in given
        ):
            _, shown, _ = ani("/audit/")
            assert "dibuka" not in shown and "16 Nov" not in shown, "a date would tell a control"
            assert ani("/audit/label", form_of(shown, "no"))[0] == 303
        number = page_order(sample).index(control.listing)
        assert ani(f"/audit/?at={number}")[0] == 200
        told = "Jawabannya sudah diketahui"
        assert told not in ani("/audit/answers")[1]
        released.append(LATER + timedelta(days=11))
        assert ani("/audit/answers")[1].count(told) >= 1
        answers = len(audit.store.control_answers.all(NEXT))
        assert ani("/audit/label", form_of(ani(f"/audit/?at={number}")[1], "yes"))[0] == 409
        assert len(audit.store.control_answers.all(NEXT)) == answers
    assert {label.kind for label in given} == {LabelKind.first}
