"""What an official reads of a live check: counts that reconcile, and one next step."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from monitor.model import ClaimState, UnitState
from reports.live_check import head_lines, next_lines
from reports.messages import LANGUAGES

from .pilots import SUBJECTS, live_check_of

CONTRADICTED = live_check_of(ClaimState.contradicted)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_counts_of_the_verdict_reconcile(lang: str) -> None:
    for state in ClaimState:
        check = live_check_of(state)
        [counts] = [
            [int(number) for number in re.findall(r"\d+", line)]
            for line in head_lines(check, "Lapak", lang)
            if line.startswith(f"{len(SUBJECTS)} ")
        ]
        assert counts[0] == sum(counts[1:]) == len(SUBJECTS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_contradiction_has_a_sentence_of_its_own(lang: str) -> None:
    listed = [line for line in head_lines(CONTRADICTED, "Lapak", lang) if line.startswith("- ")]
    assert len(listed) == len(set(listed)) == len(SUBJECTS)
    assert any("ship_from" in line for line in listed)
    confirmed = list(head_lines(live_check_of(ClaimState.confirmed), "Lapak", lang))
    assert not any(line.startswith("- ") for line in confirmed)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_only_pages_that_answered_are_said_to_have_come(lang: str) -> None:
    [line] = [
        line for line in head_lines(CONTRADICTED, "Lapak", lang) if line.startswith("robots.txt")
    ]
    assert re.findall(r"\d+", line) == ["2", "1"]
    refused = [replace(page, state=UnitState.blocked, status=403) for page in CONTRADICTED.pages]
    check = replace(CONTRADICTED, pages=tuple(refused), refused="blocked: http-403")
    [line] = [line for line in head_lines(check, "Lapak", lang) if line.startswith("robots.txt")]
    assert re.findall(r"\d+", line) == ["2", "0"], "a refusal is no answer"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_line_is_to_be_typed_next(lang: str) -> None:
    for check, command in (
        (CONTRADICTED, "pantau pilot lapak"),
        (replace(CONTRADICTED, refused="blocked: http-403"), "pantau pilot lapak"),
        (replace(CONTRADICTED, unreachable="timeout"), "pantau doctor --live lapak"),
    ):
        typed = [line.strip() for line in next_lines(check, lang, lang) if line.startswith("  ")]
        assert typed == [command]


def test_the_next_line_speaks_the_language_that_was_asked_for() -> None:
    assert list(next_lines(CONTRADICTED, "en", "id"))[-1] == "  pantau pilot lapak --lang en"
