"""The same figure stands in every document of an edition."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import msgspec
import openpyxl
import pytest
from parsel import Selector

from monitor.model import Findings
from reports.archive import write_index
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.letters import write_letter
from reports.press import press_answers

PLATFORM = "lapak-contoh"


def words(path: Path) -> str:
    document = Selector(path.read_text(encoding="utf-8"))
    return " ".join(" ".join(document.xpath("//main//text()").getall()).split())


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_documents_of_an_edition_agree(rich: Findings, tmp_path: Path, lang: str) -> None:
    edition = tmp_path / "2026-W47"
    first = write_edition(rich, edition, lang=lang)
    letter = write_letter(rich, PLATFORM, edition, lang)
    archive = write_index(tmp_path, lang=lang)
    told = msgspec.json.decode((edition / "findings.json").read_bytes(), type=Findings)
    messages = EditionMessages(told, lang)
    page, press = words(first), words(edition / first.name.replace("index", "press"))
    platform = words(tmp_path / "platforms" / PLATFORM / archive.name)
    posted = words(letter)
    book = openpyxl.load_workbook(edition / f"pantau-2026-W47.{lang}.xlsx").worksheets[0]
    rows = {row[0]: row for row in book.iter_rows(values_only=True) if row[0]}
    judged = [c for c in told.cells if c.primary and c.platform == PLATFORM and c.high is not None]
    assert len(judged) == 3
    for cell in judged:
        interval = messages.interval(cell.low, cell.high)
        verdict = messages.verdict_text(cell)
        summary = rows[", ".join(messages.subject(cell).values())]
        assert summary[1:3] == (verdict, messages.confirmed_number(cell))
        assert summary[3:6] == (cell.estimate, cell.low, cell.high)
        for document in (page, platform):
            assert interval in document
            assert messages.confirmed_text(cell) in document
        for document in (page, platform, posted):
            assert verdict in document
        assert messages.interval(cell.low, cell.high, 2) in posted
    for answer in press_answers(messages):
        assert unescape(answer.figure) in press
        assert answer.sentence in press
    gravest = messages.interval(judged[0].low, judged[0].high)
    assert all(gravest in document for document in (press, page, platform))
    observed = messages.observed_pages()
    assert all(observed in document for document in (press, page))
