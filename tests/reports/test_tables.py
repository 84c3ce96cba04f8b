"""CSV and workbook, read back with other people's readers."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Findings
from reports.edition import write_edition
from reports.messages import LANGUAGES, Messages
from reports.tables import CELLS, LISTINGS, harmless, to_csv

from .weeks import with_waiting


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_csv_of_cells_gives_the_numbers_of_the_findings(rich: Findings, tmp_path: Path) -> None:
    write_edition(rich, tmp_path)
    rows = rows_of(tmp_path / "cells.id.csv")
    assert len(rows) == len(rich.cells)
    assert list(rows[0]) == list(CELLS)
    cells = {(cell.platform, cell.cluster, cell.policy): cell for cell in rich.cells}
    primary = [row["primary"] for row in rows]
    assert primary == sorted(primary, reverse=True)
    for row in rows:
        cell = cells[row["platform"], row["cluster"], row["policy"]]
        assert row["verdict"] == cell.verdict
        assert int(row["flagged"]) == cell.flagged
        assert (float(row["estimate"]) if row["estimate"] else None) == cell.estimate
        assert (float(row["high"]) if row["high"] else None) == cell.high
        assert (row["edition"], row["origin"]) == (rich.edition, rich.origin)


def test_csv_of_listings_holds_every_list(rich: Findings, tmp_path: Path) -> None:
    write_edition(rich, tmp_path)
    rows = rows_of(tmp_path / "listings.csv")
    assert list(rows[0]) == list(LISTINGS)
    kinds = [row["kind"] for row in rows]
    assert kinds.count("evidence") == len(rich.listings)
    assert kinds.count("imported") == len(rich.imported)
    assert rows[0]["observed_at"].endswith("+07:00")


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_workbook_is_typed_filtered_and_explained(
    rich: Findings, tmp_path: Path, lang: str
) -> None:
    write_edition(rich, tmp_path, lang=lang)
    book = openpyxl.load_workbook(tmp_path / f"pantau-2026-W47.{lang}.xlsx")
    about, cells, listings, coverage, columns = book.worksheets
    assert ("simulasi" if lang == "id" else "Simulated") in str(about["A4"].value)
    for sheet in (cells, listings, coverage):
        assert sheet.auto_filter.ref
        assert sheet.freeze_panes
    head = {cell.value: cell.column for cell in cells[1]}
    assert cells.cell(2, head["estimate"]).value == pytest.approx(0.052)
    assert cells.cell(2, head["estimate"]).number_format == "0.00%"
    assert cells.cell(2, head["primary"]).value is True
    head = {cell.value: cell.column for cell in listings[1]}
    assert isinstance(listings.cell(2, head["observed_at"]).value, datetime)
    assert listings.cell(2, head["price"]).value == pytest.approx(26350, rel=1)
    assert listings.cell(2, head["item_id"]).data_type == "s"
    explained = {(row[0].value, row[1].value) for row in columns.iter_rows(min_row=2)}
    for sheet in (cells, listings, coverage):
        assert {(sheet.title, cell.value) for cell in sheet[1]} <= explained
    assert all(row[2].value for row in columns.iter_rows(min_row=2))


def test_the_public_workbook_has_no_sheet_of_listings(rich: Findings, tmp_path: Path) -> None:
    write_edition(rich, tmp_path, public=True)
    path = tmp_path / "pantau-2026-W47.id.xlsx"
    assert len(openpyxl.load_workbook(path).worksheets) == 4
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            assert b"Toko Rekaan" not in parts.read(name)


STARTS = st.sampled_from(["=", "+", "-", "@", "\t=", "\r=", " =", "\ufeff=", "＝", "\n@"])


@given(STARTS, st.text())
def test_no_text_starts_a_formula(start: str, rest: str) -> None:
    assert str(harmless(start + rest)).startswith("'")


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_csv_survives_any_text(rows: list[list[str]]) -> None:
    text = to_csv(["a", "b"], rows).decode("utf-8-sig")
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert back[0] == ["a", "b"]
    for got, row in zip(back[1:], rows, strict=True):
        assert got == [str(harmless(text.encode("utf-8", "replace").decode())) for text in row]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("=1+1", "'=1+1"), ("@a", "'@a"), ("+62", "'+62"), ("\tx", "'\tx"), ("aman", "aman"),
        ("a - b = c", "a - b = c"), ("a;=1+1", "a;'=1+1"), ("a\r\n -1", "a\r\n' -1"),
    ],
)  # fmt: skip
def test_a_quote_stands_where_a_cell_of_any_locale_may_begin(text: str, kept: str) -> None:
    assert harmless(text) == kept


def test_numbers_stay_numbers_in_csv() -> None:
    assert harmless(-0.02) == -0.02
    assert to_csv(["a"], [[-0.02]]) == b"\xef\xbb\xbfa\r\n-0.02\r\n"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_waits_for_a_promise_has_a_list_of_its_own(
    rich: Findings, tmp_path: Path, lang: str
) -> None:
    week, messages = with_waiting(rich), Messages(lang)
    page = unescape(write_edition(week, tmp_path / "full", lang=lang).read_text(encoding="utf-8"))
    section = page.split('<section id="waiting"')[1].split("</section>")[0]
    end = "" if lang == "id" else f".{lang}"
    listed = (tmp_path / "full" / f"offers{end}.html").read_text(encoding="utf-8")
    assert f'href="offers{end}.html#state=waiting"' in section
    assert messages("waiting.intro") in section
    places = sum(len(entry.found_at) for entry in week.waiting)
    counts = {"n": 9, "places": places, "judged": 3, "foreign": 3}
    assert messages("waiting.counts", platform="Niaga Misal", **counts) in section
    assert "908000" in listed
    assert "908000" not in page
    kinds = {row["kind"] for row in rows_of(tmp_path / "full" / "listings.csv")}
    assert "waiting" in kinds
    public = write_edition(week, tmp_path / "public", lang=lang, public=True)
    text = unescape(public.read_text(encoding="utf-8"))
    assert messages("evidence.withheld", n=9) in text.split('<section id="waiting"')[1]
    assert "908000" not in text
    assert 'id="waiting"' not in write_edition(rich, tmp_path / "full", lang=lang).read_text()
