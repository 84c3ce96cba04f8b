"""What the page concludes, and what it refuses to conclude."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from monitor.model import Cell, EditionKind, Findings, Verdict
from reports.answer import Standing, answer, headline, listing_word
from reports.phrases import Phrases
from reports.words import ReportError, Words


def with_first(findings: Findings, **changes: object) -> Findings:
    cells = (replace(findings.cells[0], **changes), *findings.cells[1:])
    return replace(findings, cells=cells)


def test_platforms_come_by_their_standing(rich: Findings) -> None:
    found = {one.platform.id: one.standing for one in answer(rich).platforms}
    assert found == {
        "lapak-contoh": Standing.still,
        "niaga-misal": Standing.unconfirmed,
        "kedai-umpama": Standing.none_found,
        "luar-seberang": Standing.not_measurable,
        "balai-andai": Standing.closed,
    }
    assert [one.standing for one in answer(rich).platforms] == sorted(
        found.values(), key=list(Standing).index
    )


def test_one_unmeasured_group_is_enough_not_to_call_a_platform_compliant(rich: Findings) -> None:
    measured = tuple(
        cell
        for cell in rich.cells
        if cell.platform != "kedai-umpama" or cell.verdict is Verdict.compliant
    )
    clean = answer(replace(rich, cells=measured))
    assert next(one for one in clean.platforms if one.platform.id == "kedai-umpama").standing is (
        Standing.compliant
    )
    whole = answer(rich)
    assert next(one for one in whole.platforms if one.platform.id == "kedai-umpama").standing is (
        Standing.none_found
    )


def test_a_platform_that_others_are_compared_with_is_not_among_those_judged(
    rich: Findings,
) -> None:
    screened = {"verdict": Verdict.screened, "estimate": None, "low": None, "high": None}
    cells = tuple(
        replace(cell, audited=0, confirmed=0, reason=None, **screened)
        if cell.platform == "luar-seberang"
        else cell
        for cell in rich.cells
    )
    found = replace(rich, cells=cells)
    made = answer(found)
    assert [one.platform.id for one in made.of(Standing.compared)] == ["luar-seberang"]
    assert made.judged == answer(rich).judged
    said = [sentence for _, sentence in Phrases(found, Words("en")).lead(made)]
    assert "Cross-border reference, screened and not audited: Luar Seberang." in said
    alone = tuple(one for one in found.platforms if one.id == "luar-seberang")
    only = [cell for cell in cells if cell.platform == "luar-seberang"]
    told = answer(replace(found, platforms=alone, cells=tuple(only)))
    assert headline(Words("en"), told).startswith("No judgement")


def test_a_confirmed_breach_counts_even_where_the_share_cannot_be_measured(
    rich: Findings,
) -> None:
    cells = tuple(
        replace(cell, verdict=Verdict.not_measurable, estimate=None, low=None, high=None)
        for cell in rich.cells
    )
    made = answer(replace(rich, cells=cells))
    assert made.of(Standing.still)[0].platform.id == "lapak-contoh"
    said = Phrases(rich, Words("en")).existence(cells[0])
    assert said == "12 confirmed breaches"


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.non_compliant, "low": 0.01},
        {"verdict": Verdict.non_compliant, "low": None},
        {"verdict": Verdict.breaches_found, "confirmed": 0},
        {"verdict": Verdict.compliant},
        {"verdict": Verdict.compliant, "confirmed": 0, "high": 0.01},
        {"verdict": Verdict.none_found},
        {"verdict": Verdict.breaches_found, "confirmed": 0, "audited": 0},
        {"verdict": Verdict.none_found, "confirmed": 0, "audited": 0},
        {"policy": "misal-nocb"},
        {"policy": "no-such-policy"},
    ],
)
def test_a_word_stronger_than_its_numbers_is_refused(
    rich: Findings, changes: dict[str, object]
) -> None:
    with pytest.raises(ReportError, match="findings: cell lapak-contoh × textile_fashion"):
        answer(with_first(rich, **changes))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_an_unlabelled_week_accuses_nobody(provisional: Findings, lang: str) -> None:
    words = Words(lang)
    made = answer(provisional)
    phrases = Phrases(provisional, words)
    said = [headline(words, made), *(text for _, text in phrases.lead(made))]
    for cell in provisional.cells:
        said += [phrases.existence(cell), phrases.prevalence(cell), phrases.verdict_words(cell)]
    told = " ".join(said).lower()
    for accusation in ("melanggar", "tidak sesuai", "tidak patuh", "terkonfirmasi", "confirmed "):
        assert accusation not in told
    assert not made.of(Standing.still)


@pytest.mark.parametrize(
    ("screened", "sentence"),
    [
        (0, "Screened without a flag, not audited: Kedai Umpama."),
        (
            4,
            "With offers that the screen took for cross-border or suspected, no breach stated, "
            "audit pending: Kedai Umpama.",
        ),
        (None, "Screened, not audited: Kedai Umpama."),
    ],
)
def test_only_flagged_platforms_are_named_as_flagged(
    provisional: Findings, screened: int | None, sentence: str
) -> None:
    cells = tuple(
        replace(cell, screened=screened) if cell.platform == "kedai-umpama" else cell
        for cell in provisional.cells
    )
    week = replace(provisional, cells=cells)
    made = answer(week)
    assert "2 of 3" in headline(Words("en"), made)
    assert sentence in [text for _, text in Phrases(week, Words("en")).lead(made)]


def test_an_interval_above_zero_is_neither_an_accusation_nor_an_all_clear(
    rich: Findings,
) -> None:
    cells = tuple(
        replace(cell, verdict=Verdict.none_found, confirmed=0)
        if cell.platform == "lapak-contoh"
        else cell
        for cell in rich.cells
    )
    week = replace(rich, cells=cells)
    made, phrases = answer(week), Phrases(week, Words("en"))
    assert made.of(Standing.pointed)[0].platform.id == "lapak-contoh"
    assert headline(Words("en"), made) == (
        "No breach confirmed on 2 platforms judged; on 1 of them the estimate is above zero"
    )
    assert phrases.verdict_words(cells[0]) == "none confirmed so far; estimate 3.1%–8.1%"
    assert "not called a breach" in phrases.prevalence(cells[0])


def test_a_waiting_policy_does_not_take_the_headline_from_what_was_judged(
    rich: Findings,
) -> None:
    calm = tuple(cell for cell in rich.cells if cell.platform != "lapak-contoh")
    made = answer(replace(rich, cells=calm))
    assert headline(Words("en"), made) == (
        "No blocked imports found so far on the 1 platform that could be judged"
    )


def test_headlines_of_weeks_without_an_answer(
    empty: Findings, blocked: Findings, rich: Findings
) -> None:
    words = Words("en")
    assert headline(words, answer(empty)) == "No data for this week"
    assert headline(words, answer(blocked)) == "Not one platform could be measured this week"
    assert headline(words, answer(rich)) == "Lapak Contoh still lists blocked imports"
    only = headline(words, answer(empty), unplanned=True)
    assert only == "No judgement yet: there are only saved pages outside the plan"


def test_a_listing_is_called_a_breach_only_when_confirmed_under_a_confirmed_policy(
    rich: Findings,
) -> None:
    confirmed = rich.listings[0]
    assert confirmed.confirmed
    assert listing_word(rich, confirmed) == "policy"
    assert listing_word(rich, replace(confirmed, confirmed=False)) == "policy_screened"
    early = replace(rich, edition=EditionKind.provisional)
    assert listing_word(early, confirmed) == "policy_screened"
    waiting = replace(confirmed, policies=("misal-nocb",))
    assert listing_word(rich, waiting) == "policy_unconfirmed"


def verdict_of(findings: Findings, lang: str, verdict: Verdict) -> str:
    cell = next(cell for cell in findings.cells if cell.verdict is verdict)
    return Phrases(findings, Words(lang)).verdict_words(cell)


def test_verdicts_speak_of_promises_and_regulations_apart(rich: Findings) -> None:
    assert verdict_of(rich, "id", Verdict.non_compliant) == "tidak sesuai komitmen"
    assert verdict_of(rich, "id", Verdict.none_found) == "belum ditemukan; paling banyak 1,9%"
    rule: Cell = replace(
        rich.cells[0], policy="rekaan-31-2023-art19", verdict=Verdict.non_compliant
    )
    assert Phrases(rich, Words("id")).verdict_words(rule) == "tidak patuh"
