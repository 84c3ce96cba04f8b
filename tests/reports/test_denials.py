"""Random counts: no sentence that denies something is printed where a count contradicts it.

What is denied is read from the English catalogue, so that a new sentence of that kind must be held
against a count here, or be named among those that deny no count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.model import Cell, Findings, Verdict
from reports.edition_messages import EditionMessages
from reports.letters import UNADDRESSED, letter
from reports.listings import listing_lists
from reports.messages import Messages, catalogue
from reports.page import EditionPages
from reports.summary import summarise

from .weeks import rich_week

DENYING = re.compile(
    r"\b(none|nothing|nobody|never|not one|0 of)\b"
    r"|\bno (breach|offer|position|blocked|policy|page|further|person)",
    re.IGNORECASE,
)
DENIES_NO_COUNT = {
    # What words and verdicts mean, and what a list is by its definition.
    *("scope", "verdict_means", "section", "column", "page", "banner", "signal", "workbook"),
    *("refusal", "code", "note", "trend", "compared", "unplanned", "letter.unmarked_means"),
    *("evidence.policy_unmarked", "suspected.intro", "imported.intro", "waiting.intro"),
    *("code.waiting", "case.unproven", "used.intro"),
    *("case.unproven_used_clothing", "evidence.policy_unmarked_used", "letter.used_observed"),
    *("platform_page.used_cases", "method.false_confirmations_used"),
    *("answer.unconfirmed_foreign", "change.intro", "change.relisting_watched", "method.limits"),
    *("coverage.signals_intro", "answer.screened_more", "evidence.intro_provisional"),
    *("letter.ask_screened_1", "letter.ask_awaiting_1", "letter.ask_pointed_1"),
    *("letter.ask_elsewhere_1", "letter.observed_elsewhere", "letter.observed_awaiting"),
    *("method.controls", "method.false_confirmations", "method.gazette"),
    # A heading or a word beside the sentence that is held against the counts.
    *("answer.group_none_found", "answer.certain_none", "answer.intro"),
    # What was not planned: held against the plan by tests of their own.
    *("lead.nothing_planned", "matrix.empty", "coverage.none", "method.step_plan_none"),
    # The first week's checklist and what it asks consent to, not an edition: tests of their own.
    *("pilot", "pilot_consent", "pilot_seen", "pilot_whom", "live", "live_claim"),
    *("letter.observed_unplanned", "answer.unwatched", "promise.none"),
    # The packet before a release, and cards of accuracy: tests of their own.
    *("reply.draft", "reply.unmarked", "reply.unmarked_used", "accuracy.none", "releases"),
    # What is estimated, whatever came of it.
    *("method.sellers", "method.sellers_title"),
}


class Said(NamedTuple):
    """A sentence with its values, as printed for all platforms or in the letter to one."""

    values: dict[str, object]
    findings: Findings
    addressee: str | None

    @property
    def platforms(self) -> set[str]:
        """Ids of those the sentence names or speaks to; without any, of all marketplaces."""
        if self.addressee:
            return {self.addressee}
        words = str(self.values.get("platforms", self.values.get("platform", "")))
        names = set(re.split(r", and |, | and ", words)) - {""}
        return {p.id for p in self.findings.platforms if not names or p.name in names}

    def cells(self, *, accusing: bool = True) -> list[Cell]:
        """The cells that it speaks of, by default of policies that may be held against them."""
        may = {policy.id for policy in self.findings.policies if policy.may_accuse}
        references = {p.id for p in self.findings.platforms if p.is_reference}
        return [
            cell
            for cell in self.findings.cells
            if cell.platform in self.platforms - references and (not accusing or cell.policy in may)
        ]

    def concluding(self, *conclusions: str) -> set[str]:
        """Ids of the platforms of some conclusions."""
        platforms = summarise(self.findings).platforms
        return {p.finding.id for p in platforms if p.conclusion in conclusions}


def confirmed(cells: Iterable[Cell]) -> bool:
    return any(cell.confirmed for cell in cells)


def screened(cells: Iterable[Cell]) -> bool:
    """Whether some position is flagged, cross-border or suspected, or was not counted."""
    return any(cell.flagged or cell.screened != 0 for cell in cells)


def of(said: Said, *conclusions: str) -> list[Cell]:
    """The cells of the platforms of some conclusions."""
    ids = said.concluding(*conclusions)
    return [cell for cell in said.cells(accusing=False) if cell.platform in ids]


def one_cell(said: Said, count: str, denied: Callable[[Cell], object]) -> bool:
    """Whether it can speak of a cell in which what it denies is not, and its count is right."""
    number = int(str(said.values[count]))
    cells = said.findings.cells
    return any(getattr(cell, count) == number and not denied(cell) for cell in cells)


def group_of_cells(said: Said) -> bool:
    """Whether there are as many cells without a count as it says."""
    quiet = [cell for cell in said.findings.cells if not screened([cell])]
    return int(str(said.values["n"])) <= len(quiet)


def pointed(said: Said) -> bool:
    """Whether each platform has a cell above zero in which nothing is confirmed."""
    cells = [cell for cell in of(said, "pointed") if cell.low and not cell.confirmed]
    return {cell.platform for cell in cells} >= said.platforms & said.concluding("pointed")


HOLDS: dict[str, Callable[[Said], bool]] = {
    "headline.none_found": lambda s: (
        not confirmed(c for c in s.cells() if c.platform in s.concluding("none_found", "compliant"))
    ),
    "headline.compliant": lambda s: (
        not confirmed(c for c in s.cells() if c.platform in s.concluding("compliant"))
    ),
    "headline.pointed": pointed,
    "headline.screened": lambda s: not any(c.audited for c in of(s, "screened")),
    "headline.screened_foreign": lambda s: not any(c.flagged for c in of(s, "screened")),
    "headline.screened_none": lambda s: not screened(of(s, "screened")),
    "headline.screened_uncounted": lambda s: not any(c.audited for c in of(s, "screened")),
    "headline.not_measurable": lambda s: not confirmed(s.cells()),
    "lead.none_found": lambda s: not confirmed(s.cells()),
    "lead.compliant": lambda s: not confirmed(s.cells()),
    "lead.pointed": pointed,
    "lead.screened_foreign": lambda s: not any(c.flagged for c in s.cells(accusing=False)),
    "lead.screened_none": lambda s: not screened(s.cells(accusing=False)),
    "answer.judged": lambda s: any(c.confirmed and not c.proven for c in s.findings.cells),
    "answer.confirmed_none": lambda s: one_cell(s, "audited", lambda c: c.confirmed),
    "answer.share_above_zero": lambda s: any(not c.confirmed for c in s.findings.cells),
    "answer.unconfirmed_none": lambda s: any(not screened([c]) for c in s.findings.cells),
    "screen.positions_none": lambda s: one_cell(s, "places", lambda c: screened([c])),
    "promise.quiet_none": group_of_cells,
    "promise.quiet_foreign": lambda s: any(not c.confirmed for c in s.findings.cells),
    "promise.quiet_uncounted": lambda s: any(not c.confirmed for c in s.findings.cells),
    "verdict.none_found": lambda s: any(not c.confirmed for c in s.findings.cells),
    "verdict.none_found_most": lambda s: any(not c.confirmed for c in s.findings.cells),
    "verdict.none_found_above_zero": lambda s: any(not c.confirmed for c in s.findings.cells),
    "evidence.empty": lambda s: not s.findings.listings,
    "evidence.empty_foreign": lambda s: not any(c.flagged for c in s.cells(accusing=False)),
    "evidence.empty_none": lambda s: not screened(s.cells(accusing=False)),
    "evidence.empty_none_unmeasured": lambda s: not screened(s.cells(accusing=False)),
    "evidence.empty_uncounted": lambda s: not any(c.flagged for c in s.cells(accusing=False)),
    "change.none": lambda s: not s.findings.changes,
    "suspected.none": lambda s: not s.findings.suspected,
    "imported.none": lambda s: not s.findings.imported,
    "coverage.all_answered": lambda s: all(
        row.sampled + row.empty == row.planned for row in s.findings.coverage
    ),
    "method.controls_none": lambda s: s.findings.annotator_errors is None,
    "method.controls_none_used": lambda s: s.findings.used_clothing_errors is None,
    "protocol.unexplained": lambda s: (
        s.findings.protocol is not None and bool(s.findings.protocol.unexplained)
    ),
    "method.audit_none": lambda s: s.findings.audit is None,
    "letter.draft": lambda s: (
        not any(
            c.primary and c.verdict in {Verdict.breaches_found, Verdict.non_compliant}
            for c in s.cells()
        )
    ),
    "letter.observed_notice": lambda s: not confirmed(s.cells()),
    "letter.observed_pointed": pointed,
    "letter.observed_screened": lambda s: not any(c.audited for c in s.cells(accusing=False)),
    "letter.observed_screened_foreign": lambda s: not any(c.flagged for c in s.cells()),
    "letter.observed_screened_none": lambda s: not screened(s.cells(accusing=False)),
    "letter.observed_screened_uncounted": lambda s: not any(c.flagged for c in s.cells()),
    "letter.observed_policy_foreign": lambda s: not any(c.flagged for c in s.cells()),
    "letter.observed_policy_none": lambda s: not screened(s.cells(accusing=False)),
}


def test_every_sentence_that_denies_something_is_held_against_a_count() -> None:
    denying = {
        key
        for key, text in catalogue("en").items()
        if any(map(DENYING.search, [text] if isinstance(text, str) else text.values()))
    }
    unheld = {
        key
        for key in denying - HOLDS.keys()
        if key not in DENIES_NO_COUNT and key.split(".")[0] not in DENIES_NO_COUNT
    }
    assert not unheld
    assert HOLDS.keys() <= catalogue("en").keys()


SMALL = st.sampled_from([0, 0, 1, 2, 30])


@st.composite
def counted(draw: st.DrawFn, cell: Cell, *, audited: bool, may_accuse: bool) -> Cell:
    """The cell with other counts, and a verdict that they allow."""
    flagged, suspected = draw(SMALL), draw(SMALL)
    found = draw(SMALL) if audited else 0
    marked = draw(st.sampled_from(sorted({0, min(found, 1), found})))
    sellers = draw(st.integers(min(marked, 1), min(marked, 3)))
    low, high = (draw(st.sampled_from([0.0, 0.002])), draw(st.sampled_from([0.008, 0.05])))
    counts = {
        "flagged": flagged,
        "suspected": suspected,
        "screened": draw(st.sampled_from([None, flagged + suspected, flagged + suspected + 3])),
        "audited": draw(st.sampled_from([1, 60])) if audited else 0,
        "confirmed": found,
        "marked_offers": marked,
        "marked_sellers": sellers,
        "checked": draw(st.sampled_from([None, found, found + 4])),
        "flagged_offers": draw(st.sampled_from([None, flagged])),
        "low": low,
        "high": high,
        "high_with_refused": None,
        "judged_low": 0.0,
        "estimate": draw(st.sampled_from([None, 0.005])),
    }
    verdicts = [Verdict.not_measurable]
    if not may_accuse:
        verdicts = [Verdict.unconfirmed_policy]
    elif not audited:
        verdicts.append(Verdict.screened)
    elif not found:
        verdicts += [Verdict.none_found, *([Verdict.compliant] if high < cell.tolerance else [])]
    else:
        verdicts = [Verdict.breaches_found if sellers > 1 else Verdict.awaiting_second]
        verdicts += [Verdict.within_tolerance] if marked and high < cell.tolerance else []
    return replace(cell, **counts, verdict=draw(st.sampled_from(verdicts)))


class Week(NamedTuple):
    """A week that a failing test names by its counts alone."""

    findings: Findings

    def __repr__(self) -> str:
        shown = ("verdict", "flagged", "screened", "audited", "confirmed", "marked_offers")
        rows = [[c.platform, *(getattr(c, name) for name in shown)] for c in self.findings.cells]
        return f"Week({rows})"


@st.composite
def any_counts(draw: st.DrawFn) -> Week:
    """The rich week with other counts; each platform is audited as a whole, or not at all."""
    rich = rich_week()
    may = {policy.id for policy in rich.policies if policy.may_accuse}
    audited = {p.id: draw(st.booleans()) for p in rich.platforms}
    cells = tuple(
        draw(counted(cell, audited=audited[cell.platform], may_accuse=cell.policy in may))
        for cell in rich.cells
    )
    shown = any(cell.flagged or cell.confirmed for cell in cells)
    week = replace(
        rich,
        cells=cells,
        listings=rich.listings[: 20 if shown and draw(st.booleans()) else 0],
        changes=rich.changes if draw(st.booleans()) else (),
    )
    return Week(week)


def denials_of(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Said]]:
    """What the pages and letters of an edition say that is held against a count."""
    said: list[tuple[str, Said]] = []
    plain, addressee = Messages.__call__, None

    def listen(self: Messages, key: str, /, **values: object) -> str:
        if key in HOLDS:
            said.append((key, Said(values, findings, addressee)))
        return plain(self, key, **values)

    with monkeypatch.context() as patch:
        patch.setattr(Messages, "__call__", listen)
        messages = EditionMessages(findings, "en")
        list(EditionPages(messages, listing_lists(findings, messages.summary)).render())
        for platform in messages.summary.platforms:
            if platform.conclusion not in UNADDRESSED:
                addressee = platform.finding.id
                letter(findings, addressee, "en")
    return said


def test_the_pages_deny_something(monkeypatch: pytest.MonkeyPatch) -> None:
    assert denials_of(rich_week(), monkeypatch)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(week=any_counts())
def test_no_sentence_denies_what_was_counted(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    said = denials_of(week.findings, monkeypatch)
    assert [(key, sentence.values) for key, sentence in said if not HOLDS[key](sentence)] == []
