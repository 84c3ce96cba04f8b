"""Where the screen took positions for cross-border, no document says that none was flagged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace

from monitor.model import Cell, CoverageRow, Findings, from_json, to_json
from monitor.operate.delivery import compose
from reports.archive import write_index
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.letters import UNADDRESSED, letter
from reports.messages import LANGUAGES, catalogue
from reports.screening import ScreenOutcome, screening
from reports.summary import summarise

from .weeks import unforbidden_weeks

NONE_KEYS = (
    "headline.screened_none",
    "lead.screened_none",
    "answer.unconfirmed_none",
    "screen.positions_none",
    "promise.quiet_none",
    "evidence.empty_none",
    "evidence.empty_none_unmeasured",
    "letter.observed_policy_none",
    "letter.observed_screened_none",
)
ZEROS = {
    "id": r"\b0 (?:dari [\d.]+ )?(?:posisi|penawaran)?\s*(?:ditandai|dinilai milik)|menandai 0\b",
    "en": r"\b0 (?:of [\d,]+ )?(?:positions?|offers?)?\s*(?:flagged|judged to be)|flagged 0\b",
}


def patterns(lang: str) -> Iterator[re.Pattern[str]]:
    """Every sentence of "none" as a pattern, in all its forms, and counts of zero."""
    for key in NONE_KEYS:
        sentence = catalogue(lang)[key]
        forms = [sentence] if isinstance(sentence, str) else sentence.values()
        fixed = [map(re.escape, re.split(r"\{\w+\}", form)) for form in forms]
        yield re.compile("|".join(r"[^<>\n]*?".join(parts) for parts in fixed))
    yield re.compile(ZEROS[lang])


def workbook_text(path: Path) -> str:
    sheets = openpyxl.load_workbook(path).worksheets[:2]
    rows = (row for sheet in sheets for row in sheet.iter_rows(values_only=True))
    return "\n".join(str(value) for row in rows for value in row)


def documents(findings: Findings, lang: str, folder: Path) -> str:
    """Full and public page, archive and feed, workbook, letters and e-mail body."""
    full, public = folder / "all" / "full", folder / "all" / "public"
    texts = [write_edition(findings, full, lang=lang).read_text(encoding="utf-8")]
    texts.append(
        write_edition(findings, public, lang=lang, public=True).read_text(encoding="utf-8")
    )
    texts.append(write_index(folder / "all", lang=lang).read_text(encoding="utf-8"))
    texts += [feed.read_text(encoding="utf-8") for feed in (folder / "all").glob("feed*.xml")]
    texts.append(workbook_text(full / f"pantau-{findings.week}.{lang}.xlsx"))
    texts += [
        letter(findings, platform.finding.id, lang)
        for platform in summarise(findings).platforms
        if platform.conclusion not in UNADDRESSED
    ]
    texts.append(compose(findings, lang)[1])
    return "\n".join(texts)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("screened", [1, 187, None])
@pytest.mark.parametrize("name", ["audited", "waiting", "screened"])
def test_no_document_says_none_where_positions_were_screened_or_not_counted(
    rich: Findings, name: str, screened: int | None, lang: str, tmp_path: Path
) -> None:
    text = documents(unforbidden_weeks(rich, screened)[name], lang, tmp_path)
    matches = [match[0] for pattern in patterns(lang) for match in pattern.finditer(text)]
    assert not matches


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_sentence_of_none_is_said_where_nothing_was_screened(
    rich: Findings, lang: str, tmp_path: Path
) -> None:
    texts = []
    for name, week in unforbidden_weeks(rich, 0).items():
        texts.append(documents(week, lang, tmp_path / name))
    rows = tuple(replace(row, sampled=row.planned, empty=0) for row in rich.coverage)
    observed = replace(unforbidden_weeks(rich, 0)["audited"], coverage=rows)
    texts.append(documents(observed, lang, tmp_path / "observed"))
    text = "\n".join(texts)
    assert not [pattern.pattern for pattern in patterns(lang) if not pattern.search(text)]


def test_no_key_of_none_is_left_out_of_the_list() -> None:
    """The keys that ``Screening.key`` can give: one family a sentence, four forms each."""
    families = {key.removesuffix("_foreign") for key in catalogue("en") if key.endswith("_foreign")}
    families -= {"answer.unconfirmed"}
    for family in families:
        for form in (family, f"{family}_uncounted", f"{family}_none"):
            assert form in catalogue("en") or form == "promise.quiet", form
    assert {f"{family}_none" for family in families} <= set(NONE_KEYS)


def test_a_waiting_platform_is_told_what_the_screen_took_for_cross_border(
    rich: Findings, tmp_path: Path
) -> None:
    week = unforbidden_weeks(rich, 187)["waiting"]
    text = documents(week, "en", tmp_path)
    assert "187 of 1,210 positions cross-border or suspected, by the screen." in text
    assert "No breach is stated before the policy and its date are confirmed." in text
    assert "Of 1,210 positions on the pages watched, the screen took 187 to be" in text
    assert "0 confirmed" not in text.split('id="promises"')[1].split('id="evidence"')[0]


def test_positions_of_several_policies_count_once(rich: Findings) -> None:
    cells = [cell for cell in rich.cells if cell.platform == "lapak-contoh"]
    assert len(cells) == 4
    screen = screening(cells)
    assert screen.outcome is ScreenOutcome.flagged
    assert (screen.screened, screen.places) == (75 + 13 + 4, 3 * 1210)


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        ([(0, 0), (0, 0)], ScreenOutcome.none),
        ([(0, 0), (0, 1)], ScreenOutcome.foreign),
        ([(1, 1), (0, None)], ScreenOutcome.flagged),
        ([(0, 0), (0, None)], ScreenOutcome.uncounted),
        ([], ScreenOutcome.none),
    ],
)
def test_the_outcome_of_cells(
    rich: Findings, counts: list[tuple[int, int | None]], outcome: ScreenOutcome
) -> None:
    cells = [
        replace(rich.cells[number], flagged=flagged, screened=screened)
        for number, (flagged, screened) in enumerate(counts)
    ]
    assert screening(cells).outcome is outcome


def test_positions_that_no_cell_speaks_for_were_not_counted(rich: Findings) -> None:
    cells = [replace(cell, flagged=0, screened=0) for cell in rich.cells]
    assert screening(cells, rich.coverage).outcome is ScreenOutcome.none
    row: CoverageRow = replace(rich.coverage[0], platform="baru")
    assert screening(cells, (row,)).outcome is ScreenOutcome.uncounted
    assert screening(cells, (replace(row, places=0),)).outcome is ScreenOutcome.none


def test_evidence_that_people_cleared_is_no_evidence_that_none_was_flagged(
    rich: Findings,
) -> None:
    cleared = replace(rich, listings=())
    sentence = EditionMessages(cleared, "en").evidence_empty(all_answered=True)
    assert "people judged otherwise" in sentence


def test_an_edition_stored_before_the_count_reads_as_not_counted(rich: Findings) -> None:
    stored = json.loads(to_json(rich.cells[0]))
    assert stored.pop("screened") == 75
    cell = from_json(json.dumps(stored).encode(), Cell)
    assert cell == replace(rich.cells[0], screened=None)
    assert screening([replace(cell, flagged=0)]).outcome is ScreenOutcome.uncounted
