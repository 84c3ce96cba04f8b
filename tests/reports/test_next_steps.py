"""What to do next: a line for each thing that waits, and none where nothing was counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.model import CaseEvent, CaseEventKind, EditionKind, Findings
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.next_steps import next_steps
from reports.view import coverage_by_platform

from .weeks import case, moment, refusing_week, with_waiting

REPORTED = CaseEvent(kind=CaseEventKind.reported, at=moment(20))


def steps(findings: Findings) -> list[str]:
    """The lines of an edition in English."""
    return next_steps(EditionMessages(findings, "en"), coverage_by_platform(findings))


def with_cases(findings: Findings, reported: int) -> Findings:
    """The week with three open cases, some of them reported."""
    cases = [case(number, events=(REPORTED,) * (number < reported)) for number in range(3)]
    return replace(findings, cases=tuple(cases), audit=None)


@pytest.mark.parametrize(
    ("reported", "words"),
    [
        (0, "3 open cases were not reported to it yet."),
        (2, "1 open case was not reported to it yet."),
        (3, None),
    ],
)
def test_a_letter_is_due_while_an_open_case_is_unreported(
    rich: Findings, reported: int, words: str | None
) -> None:
    letters = [
        line for line in steps(with_cases(rich, reported)) if "the letter can go out" in line
    ]
    assert letters == ([f"Lapak Contoh: the letter can go out; {words}"] if words else [])


def test_no_letter_is_due_before_people_looked_or_without_a_stated_breach(rich: Findings) -> None:
    week = with_cases(rich, 0)
    draft = replace(week, edition=EditionKind.provisional)
    accuses_nobody = replace(week, cells=(), listings=(), coverage=())
    without_mark = replace(
        week, cases=tuple(replace(entry, is_proven=False) for entry in week.cases)
    )
    for findings in (draft, accuses_nobody, without_mark):
        assert not [line for line in steps(findings) if "letter" in line]


def test_a_policy_waits_with_the_positions_behind_it(rich: Findings) -> None:
    week = with_waiting(rich)
    places = sum(len(entry.found_at) for entry in week.waiting)
    (line,) = (line for line in steps(week) if "confirm the promise" in line)
    flagged = sum(c.flagged for c in week.cells if c.verdict == "unconfirmed_policy" and c.primary)
    assert f"{places + flagged} positions wait for it" in line


def test_second_looks_wait_only_where_they_were_counted(rich: Findings) -> None:
    sentence = "12 offers of the audit wait for a second person's look or a decision."
    assert sentence in steps(rich)
    assert rich.audit
    for audit in (
        None,
        replace(rich.audit, open_answers=0),
        replace(rich.audit, open_answers=None),
    ):
        assert not [line for line in steps(replace(rich, audit=audit)) if "audit" in line]


def test_a_platform_that_refuses_is_asked_or_seen_at_the_desk() -> None:
    basis = "Direktur, ND-7, 2026-11-02"
    asked = [line for line in steps(refusing_week(None)) if "ask for access" in line]
    seen = [line for line in steps(refusing_week(basis)) if "inspection desk" in line]
    assert len(asked) == len(seen) == 1
    assert basis in seen[0]


def test_only_an_inside_edition_says_what_to_do(rich: Findings, tmp_path: Path) -> None:
    words = EditionMessages(rich, "id")("next.title")
    assert words in write_edition(rich, tmp_path / "in").read_text(encoding="utf-8")
    public = write_edition(rich, tmp_path / "out", public=True)
    assert words not in public.read_text(encoding="utf-8")
    quiet = replace(rich, cases=(), audit=None, waiting=(), cells=(), coverage=())
    assert steps(quiet) == []
