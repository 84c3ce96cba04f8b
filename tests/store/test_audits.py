"""Draws and labels: stored once, never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitor.model import (
    Answer,
    AuditSample,
    Cluster,
    Label,
    LabelKind,
    Mark,
    Observation,
    Origin,
    Question,
    Role,
    SampledListing,
    ScreenStratum,
)
from monitor.store import Annotator, Store, StoreError
from tests.store.values import MONDAY, WEEK, listing, page, plan, unit

Rows = Callable[..., list[tuple[object, ...]]]
NEXT = "2026-W48"


@pytest.fixture
def seen(store: Store) -> list[Observation]:
    store.plans.save(plan())
    run = store.runs.start("crawl", Origin.live, MONDAY)
    store.pages.save(run, page(unit()))
    store.annotators.invite("sari", "a" * 64, MONDAY)
    return list(store.observations.of_week(WEEK))


def item(found: Observation, **changes: Any) -> SampledListing:
    known: dict[str, Any] = {
        "observation_id": found.id,
        "platform": found.listing.platform,
        "item_id": found.listing.item_id,
        "version": found.version,
        "cluster": Cluster.textile_fashion,
        "stratum": ScreenStratum.flagged,
        "probability": 0.25,
    }
    return SampledListing(**known | changes)


def draw(*items: SampledListing, **changes: Any) -> AuditSample:
    known: dict[str, Any] = {
        "week": WEEK,
        "seed": 7,
        "budget": 300,
        "drawn_at": MONDAY,
        "items": items,
        "sha256": "b" * 64,
    }
    return AuditSample(**known | changes)


def label(found: Observation, **changes: Any) -> Label:
    known: dict[str, Any] = {
        "platform": found.listing.platform,
        "item_id": found.listing.item_id,
        "version": found.version,
        "week": WEEK,
        "annotator": "sari",
        "kind": LabelKind.first,
        "at": MONDAY,
        "answer": Answer.yes,
        "cluster": Cluster.textile_fashion,
        "category": "mukena",
        "note": "dikirim dari luar negeri",
    }
    return Label(**known | changes)


def test_a_draw_is_read_as_it_was_drawn(store: Store, seen: list[Observation]) -> None:
    drawn = draw(item(seen[1]), item(seen[0], stratum=ScreenStratum.domestic, probability=1.0))
    store.audit_samples.save(drawn)
    store.audit_samples.save(drawn)
    assert store.audit_samples.of_week(WEEK) == drawn
    assert store.audit_samples.of_week(NEXT) is None


def test_a_draw_stands(store: Store, seen: list[Observation]) -> None:
    store.audit_samples.save(draw(item(seen[0])))
    with pytest.raises(StoreError, match=f"audit of {WEEK} is already drawn"):
        store.audit_samples.save(draw(item(seen[1])))


@pytest.mark.parametrize(
    "changes",
    [{"observation_id": 99}, {"version": "c" * 64}, {"item_id": "1"}, {"platform": "shopee"}],
)
def test_a_draw_of_what_did_not_stand_there(
    store: Store, seen: list[Observation], changes: dict[str, Any]
) -> None:
    with pytest.raises(StoreError, match="does not hold"):
        store.audit_samples.save(draw(item(seen[0], **changes)))
    assert store.audit_samples.of_week(WEEK) is None


def test_a_draw_of_another_week(store: Store, seen: list[Observation]) -> None:
    with pytest.raises(StoreError, match="does not hold"):
        store.audit_samples.save(draw(item(seen[0]), week=NEXT))


def test_annotators(store: Store) -> None:
    store.annotators.invite("sari", "a" * 64, MONDAY)
    store.annotators.invite("budi", "b" * 64, MONDAY)
    store.annotators.invite("sari", "c" * 64, MONDAY + timedelta(days=1))
    sari = Annotator(
        name="sari",
        token_sha256="c" * 64,
        invited_at=MONDAY + timedelta(days=1),
        roles={Role.annotator: 1},
    )
    assert store.annotators.all()[1] == sari
    assert [x.name for x in store.annotators.all()] == ["budi", "sari"]
    with pytest.raises(StoreError, match=r"(?i)unique"):
        store.annotators.invite("tono", "b" * 64, MONDAY)


def test_labels_are_read_as_they_were_given(store: Store, seen: list[Observation]) -> None:
    store.annotators.invite("budi", "d" * 64, MONDAY)
    given = [
        label(seen[0], mark=Mark.dispatch),
        label(seen[0], annotator="budi", kind=LabelKind.second, answer=Answer.cannot_tell),
        label(seen[1], cluster=None, category=None, note=None, answer=Answer.no),
    ]
    for each in given:
        store.labels.append(each)
    assert (
        store.labels.all() == store.labels.all(WEEK) == store.labels.all(since=WEEK) == tuple(given)
    )
    assert store.labels.all(NEXT) == store.labels.all(since=NEXT) == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"item_id": "7"}, "no such listing version"),
        ({"platform": "shopee"}, "no such listing version"),
        ({"version": "0" * 64}, "no such listing version"),
        ({"annotator": "siapa"}, "'siapa' was not invited"),
    ],
)
def test_a_wrong_label_is_refused(
    store: Store, seen: list[Observation], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        store.labels.append(label(seen[0], **changes))
    assert store.labels.all() == ()


def test_labels_only_append(store: Store, seen: list[Observation], rows: Rows) -> None:
    store.labels.append(label(seen[0]))
    with pytest.raises(StoreError, match="is already stored"):
        store.labels.append(label(seen[0], answer=Answer.no))
    store.labels.append(label(seen[0], answer=Answer.no, at=MONDAY + timedelta(minutes=1)))
    assert [x.answer for x in store.labels.all()] == [Answer.yes, Answer.no]
    for sql in (
        "UPDATE label SET answer = 'no'",
        "DELETE FROM label",
        "UPDATE label SET note = NULL WHERE id = 1",
    ):
        with pytest.raises(Exception, match="only ever appended"):
            rows(sql)
    assert [x.answer for x in store.labels.all()] == [Answer.yes, Answer.no]


def test_a_draw_only_appends(store: Store, seen: list[Observation], rows: Rows) -> None:
    store.audit_samples.save(draw(item(seen[0])))
    for sql in (
        "UPDATE draw SET seed = 8",
        "DELETE FROM draw_item",
        "UPDATE draw_item SET probability = 1",
    ):
        with pytest.raises(Exception, match="only ever appended"):
            rows(sql)


@pytest.mark.postgresql
def test_postgresql_does_not_truncate_labels(url: str, rows: Rows) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(Exception, match="only ever appended"):
        rows("TRUNCATE label")


def test_labels_carry_over_while_the_content_stays(store: Store, seen: list[Observation]) -> None:
    for found in seen:
        store.labels.append(label(found))
    store.plans.save(plan(1, NEXT))
    run = store.runs.start("crawl", Origin.live, MONDAY)
    changed = listing("102", rank=2, ship_from="Jakarta", ship_from_country="ID")
    same = listing("101", rank=30, sold=999)
    later = MONDAY + timedelta(days=7)
    store.pages.save(run, page(unit(0, NEXT), "next", listings=(changed, same), observed_at=later))
    assert store.labels.carried_into(NEXT) == (label(seen[0]),)
    assert store.labels.carried_into(WEEK) == ()


def test_an_offer_has_labels_to_two_questions(store: Store, seen: list[Observation]) -> None:
    offer = seen[0]
    of_seller = label(offer)
    of_goods = label(offer, question=Question.used_clothing, answer=Answer.no, cluster=None)
    for judgement in (of_seller, of_goods):
        store.labels.append(judgement)
    assert set(store.labels.all()) == {of_seller, of_goods}
    with pytest.raises(StoreError, match="is already stored"):
        store.labels.append(of_goods)
