"""Wherever a count of confirmed offers stands, it says of how many that were checked."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.model import Findings
from monitor.operate.delivery import compose
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.letters import letter
from reports.messages import LANGUAGES

from .test_screening import workbook_text
from .test_tables import rows_of
from .weeks import with_checked

BARE = {
    "en": r"\b\d+ confirmed breach|(?<!→ )\b\d+ confirmed\b(?! offer)",
    "id": r"\b\d+ pelanggaran terkonfirmasi|(?<!→ )\b\d+ terkonfirmasi\b",
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_count_of_confirmed_says_of_how_many(
    rich: Findings, tmp_path: Path, lang: str
) -> None:
    week = with_checked(rich)
    page = unescape(write_edition(week, tmp_path, lang=lang).read_text(encoding="utf-8"))
    answers = page.split('<section id="evidence"')[0].split('<section id="changes"')[0]
    texts = {
        "page": answers,
        "letter": unescape(letter(week, "lapak-contoh", lang)),
        "e-mail": compose(week, lang)[1],
        "workbook": workbook_text(tmp_path / f"pantau-{week.week}.{lang}.xlsx"),
    }
    of_checked = EditionMessages(week, lang)("matrix.of_checked", n=12, checked=15)
    for name, text in texts.items():
        assert of_checked in text, name
        assert not re.search(BARE[lang], text), name
    old = compose(rich, lang)[1]
    assert re.search(BARE[lang], old), "an edition without the count says only what was counted"
    assert of_checked not in old


@pytest.mark.parametrize("lang", LANGUAGES)
def test_positions_offers_checked_and_confirmed_reconcile(
    rich: Findings, tmp_path: Path, lang: str
) -> None:
    week = with_checked(rich)
    messages = EditionMessages(week, lang)
    numbers = [int(number) for number in re.findall(r"\d+", messages.reconciled(week.cells[0]))]
    assert numbers == [71, 36, 15, 12]
    assert messages.reconciled(rich.cells[0]) == ""
    unchecked = replace(week.cells[2], checked=0)
    assert messages.confirmed_text(unchecked) == messages("matrix.confirmed_n", n=0)
    page = unescape(write_edition(week, tmp_path, lang=lang).read_text(encoding="utf-8"))
    assert messages.reconciled(week.cells[0]) in page
    write_edition(week, tmp_path, lang="en")
    row = rows_of(tmp_path / "cells.en.csv")[0]
    assert (row["flagged"], row["flagged_offers"], row["checked"], row["confirmed"]) == (
        "71",
        "36",
        "15",
        "12",
    )
