"""The checklist of a first week: what comes next, and what a step rests on."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from monitor.model import PILOT_DAYS, PilotStep, PilotWeek, StepState
from reports.messages import LANGUAGES
from reports.pilot import BOXES, pilot_lines, pilot_page

from .pilots import pilot_weeks

DONE, OPEN, BEGUN, STOPPED, *_ = pilot_weeks()


def with_state(week: PilotWeek, step: PilotStep, state: StepState) -> PilotWeek:
    steps = tuple(replace(each, state=state) if each.step is step else each for each in week.steps)
    return replace(week, steps=steps)


def test_every_step_has_its_day_once() -> None:
    assert [step for steps in PILOT_DAYS.values() for step in steps] == list(PilotStep)


def test_what_is_refused_does_not_hold_up_the_week() -> None:
    week = with_state(DONE, PilotStep.live_check, StepState.stopped)
    assert week.next_step is None
    assert with_state(week, PilotStep.labels, StepState.begun).next_step is PilotStep.labels
    assert STOPPED.next_step is None
    assert OPEN.next_step is PilotStep.contact


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_done_only_of_what_is_done(lang: str) -> None:
    for week, state in ((DONE, StepState.done), (OPEN, StepState.open), (BEGUN, StepState.begun)):
        page = pilot_page(week, lang)
        assert page.count(BOXES[state]) == len(PilotStep)
        assert all(box not in page for other, box in BOXES.items() if other is not state)
        lines = "\n".join(pilot_lines(week, lang))
        assert lines.count(BOXES[state]) == len(PilotStep)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_by_hand_the_desk_stands_in_place_of_the_crawl(lang: str) -> None:
    assert "pantau crawl lapak" in typed(pilot_page(BEGUN, lang))
    page = typed(pilot_page(replace(BEGUN, by_hand=True), lang))
    assert "pantau crawl lapak" not in page
    assert "pantau inspect browse lapak" in page


def typed(page: str) -> str:
    """A page without its tags."""
    return re.sub("<[^>]+>", "", page)


def test_no_line_ends_within_an_option() -> None:
    page = pilot_page(OPEN, "en")
    assert '<span class="typed">--budget</span>' in page
    assert ".typed { white-space: nowrap; }" in page


def test_what_a_person_fills_in_is_named_in_their_language() -> None:
    page = typed(pilot_page(OPEN, "id"))
    assert "NAMA" in page
    assert "NAME" not in page
    assert "WHAT, TO WHOM" in typed(pilot_page(OPEN, "en"))


def test_a_note_cannot_break_the_page() -> None:
    hostile = "<script>alert(1)</script>\u202e"
    steps = tuple(replace(each, note=hostile) for each in DONE.steps)
    assert "<script>alert" not in pilot_page(replace(DONE, steps=steps), "id")
