"""What people did about cases is appended; the view has each case as the newest edition does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from monitor.model import CaseEvent, CaseEventKind, CaseKey, Question
from monitor.store import Store, StoreError
from tests.store.values import MONDAY, OFFER, case, fill, findings, listing

CASE = CaseKey(*OFFER.key)
Rows = Callable[..., list[tuple[object, ...]]]


def event(kind: CaseEventKind, days: int, **changes: Any) -> CaseEvent:
    return CaseEvent(kind=kind, at=MONDAY + timedelta(days=days), **changes)


def test_what_people_did_is_read_as_it_was_entered(store: Store, url: str) -> None:
    fill(store)
    letter = event(CaseEventKind.reported, 1, ref="letters/a.html")
    answer = event(CaseEventKind.answered, 3, note="diturunkan")
    for entry in (letter, answer):
        store.case_events.append(CASE, entry)
    assert store.case_events.all() == {CASE: [letter, answer]}
    with pytest.raises(StoreError, match=r"(?i)unique"):
        store.case_events.append(CASE, letter)
    engine = create_engine(url)
    with engine.connect() as connection, pytest.raises(Exception, match="only ever appended"):
        connection.execute(text("DELETE FROM case_event"))
    engine.dispose()


def test_the_cases_of_one_offer_are_kept_apart(store: Store) -> None:
    fill(store)
    used = CASE._replace(question=Question.used_clothing)
    letter = event(CaseEventKind.reported, 1)
    for key in (CASE, used):
        store.case_events.append(key, letter)
    store.case_events.append(used, event(CaseEventKind.closed, 2, note="bukan bal"))
    events = store.case_events.all()
    assert [len(events[key]) for key in (CASE, used)] == [1, 2]


def test_nobody_enters_what_a_page_has_to_prove(store: Store) -> None:
    fill(store)
    for kind in ("gone", "returned", "relisted", "withdrawn"):
        with pytest.raises(StoreError, match="is proved, not entered"):
            store.case_events.append(CASE, event(CaseEventKind(kind), 1))
    unknown = CaseKey(*listing("unknown").key)
    with pytest.raises(StoreError, match="no such listing"):
        store.case_events.append(unknown, event(CaseEventKind.closed, 1))
    assert store.case_events.all() == {}


def test_the_view_has_a_case_as_the_newest_edition_that_has_it(store: Store, rows: Rows) -> None:
    reported = event(CaseEventKind.reported, 1)
    gone = event(CaseEventKind.gone, 6)
    store.editions.save(findings(cases=(case(), case(id="lazada-2", item_id="2"))))
    later = MONDAY + timedelta(days=7)
    store.editions.save(findings(cases=(case(reported, gone),), as_of=later))
    query = "SELECT case_id, item_id, state, days_to_take_down FROM cases ORDER BY case_id"
    assert rows(query) == [
        ("lazada-10101", "10101", "gone", 5),
        ("lazada-2", "2", "open", None),
    ]
