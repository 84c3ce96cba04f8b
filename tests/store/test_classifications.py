"""Decisions, and the screen that an audit is drawn from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.model import (
    AuditSample,
    Condition,
    CrossBorder,
    Origin,
    Prohibited,
    ScreenStratum,
    Signal,
)
from monitor.store import Store, StoreError
from tests.store.values import MONDAY, WEEK, decision, listing, page, plan, unit

Rows = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def filled(store: Store) -> Store:
    store.plans.save(plan())
    run = store.runs.start("crawl", Origin.live, MONDAY)
    items = tuple(listing(str(n), rank=n) for n in range(1, 5))
    store.pages.save(run, page(unit(), listings=items))
    store.pages.save(run, page(None, "saved", listings=(listing("9"),)))
    return store


def classify(store: Store, classifier: str = "c1", cross_border: str = "domestic") -> int:
    return store.classifications.save(
        (number, decision(classifier=classifier, cross_border=CrossBorder(cross_border)))
        for number, _ in store.classifications.pending(classifier)
    )


def test_what_is_unclassified_is_classified_once(filled: Store) -> None:
    assert [x.item_id for _, x in filled.classifications.pending("c1")] == ["1", "2", "3", "4", "9"]
    assert classify(filled) == 5
    assert classify(filled) == 0
    assert list(filled.classifications.pending("c1")) == []
    assert len(list(filled.classifications.pending("c2"))) == 5


def test_a_listing_is_classified_as_it_was_shown(filled: Store) -> None:
    _, found = next(filled.classifications.pending("c1"))
    written = listing("1")
    drift = {"rank": None, "sold": None, "rating": None, "sponsored": None}
    expected = {name: getattr(written, name) for name in written.__struct_fields__} | drift
    assert {name: getattr(found, name) for name in found.__struct_fields__} == expected


def test_a_decision_is_read_as_it_was_made(filled: Store) -> None:
    made = decision(
        imported_goods=False,
        condition=Condition.used,
        prohibited=Prohibited.suspected_used_clothing,
        category=None,
        signals=(Signal(kind="title", text="impor “China” 义乌"), Signal(kind="flag", text="1")),
    )
    number, _ = next(filled.classifications.pending("c1"))
    assert filled.classifications.save([(number, made)]) == 1
    assert next(filled.observations.of_week(WEEK)).classification == made


def test_a_decision_stands(filled: Store) -> None:
    number, _ = next(filled.classifications.pending("c1"))
    filled.classifications.save([(number, decision())])
    assert filled.classifications.save([(number, decision(cluster_score=0.1))]) == 0
    assert next(filled.observations.of_week(WEEK)).classification == decision()


def test_observations_carry_the_latest_or_the_asked_decision(filled: Store) -> None:
    assert {x.classification for x in filled.observations.of_week(WEEK)} == {None}
    classify(filled, "c1", "domestic")
    classify(filled, "c2", "suspected")

    def classifiers(asked: str | None) -> set[str | None]:
        found = filled.observations.of_week(WEEK, classifier=asked)
        return {x.classification.classifier if x.classification else None for x in found}

    assert classifiers(None) == {"c2"}
    assert classifiers("c1") == {"c1"}
    assert classifiers("c3") == {None}


@pytest.mark.parametrize(
    "changes", [{"cluster_score": 1.2}, {"cross_border_score": -0.1}, {"number": 999}]
)
def test_a_wrong_decision_is_refused(filled: Store, changes: dict[str, float]) -> None:
    first, _ = next(filled.classifications.pending("c1"))
    number = int(changes.get("number", first))
    changes = {name: value for name, value in changes.items() if name != "number"}
    with pytest.raises(StoreError, match=r"(?i)constraint|violates"):
        filled.classifications.save([(number, decision(**changes))])


def test_the_screen_holds_the_planned_places(filled: Store) -> None:
    kinds = ["cross_border", "suspected", "unknown", "domestic", "domestic"]
    filled.classifications.save(
        (number, decision(cross_border=CrossBorder(kind)))
        for (number, _), kind in zip(filled.classifications.pending("c1"), kinds, strict=True)
    )
    assert filled.screens.freeze(WEEK, "c1") == 4
    screened = list(filled.screens.of_week(WEEK))
    assert [x.listing.item_id for x in screened] == ["1", "2", "3", "4"]
    assert screened == list(filled.observations.of_week(WEEK, classifier="c1", planned=True))


def test_strata_of_the_screen(filled: Store, rows: Rows) -> None:
    test_the_screen_holds_the_planned_places(filled)
    found = rows("SELECT cross_border, screen FROM screenings ORDER BY item_id")
    assert found == [
        ("cross_border", ScreenStratum.flagged),
        ("suspected", ScreenStratum.flagged),
        ("unknown", ScreenStratum.unknown),
        ("domestic", ScreenStratum.domestic),
    ]


def test_unclassified_places_are_no_screen(filled: Store) -> None:
    with pytest.raises(StoreError, match=f"{WEEK}: 4 places are not classified by c1"):
        filled.screens.freeze(WEEK, "c1")


def test_a_screen_may_be_frozen_again_until_it_was_drawn_from(filled: Store, rows: Rows) -> None:
    classify(filled, "c1")
    filled.screens.freeze(WEEK, "c1")
    classify(filled, "c2", "suspected")
    assert filled.screens.freeze(WEEK, "c2") == 4
    assert {
        x.classification.classifier for x in filled.screens.of_week(WEEK) if x.classification
    } == {"c2"}
    draw = AuditSample(week=WEEK, seed=1, budget=0, drawn_at=MONDAY, items=(), sha256="0" * 64)
    filled.audit_samples.save(draw)
    classify(filled, "c3", "cross_border")
    assert filled.screens.freeze(WEEK, "c3") == 4
    assert {
        x.classification.classifier for x in filled.screens.of_week(WEEK) if x.classification
    } == {"c2"}
    for sql in ("DELETE FROM screen", "UPDATE screen SET stratum = 'domestic'"):
        with pytest.raises(Exception, match="audit of this week is drawn"):
            rows(sql)


def test_a_later_reading_leaves_the_screen_alone(filled: Store) -> None:
    classify(filled)
    filled.screens.freeze(WEEK, "c1")
    before = list(filled.screens.of_week(WEEK))
    run = filled.runs.start("reprocess", Origin.live, MONDAY)
    filled.pages.save(run, page(unit(), parser="2", listings=(listing("1", title="Lain"),)))
    assert [x.listing.title for x in filled.observations.of_week(WEEK, planned=True)] == ["Lain"]
    assert list(filled.screens.of_week(WEEK)) == before


def test_reading_and_writing_interleave(filled: Store) -> None:
    run = filled.runs.start("crawl", Origin.live, MONDAY)
    many = tuple(listing(str(n), rank=n - 99) for n in range(100, 3100))
    filled.pages.save(run, page(unit(1), "many", listings=many))
    assert classify(filled) == 3005
    seen = 0
    for found in filled.observations.of_week(WEEK, planned=True):
        if seen % 1000 == 0:
            filled.runs.start("look", Origin.live, MONDAY)
        seen += found.classification is not None
    assert seen == 3004
