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
from reports.tables import CELLS, DISPLAYED_SHARES, INDICATORS, LISTINGS, harmless, to_csv

from .weeks import with_waiting


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_csv_of_cells_gives_the_numbers_of_the_findings(rich: Findings, tmp_path: Path) -> None:
    write_edition(rich, tmp_path, lang="en")
    rows = rows_of(tmp_path / "cells.en.csv")
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


def test_the_indonesian_csv_has_words_and_decimal_commas(rich: Findings, tmp_path: Path) -> None:
    write_edition(rich, tmp_path)
    text = (tmp_path / "cells.id.csv").read_text(encoding="utf-8-sig")
    first, flat, *_ = csv.DictReader(io.StringIO(text), delimiter=";")
    assert first["Platform"] == "Lapak Contoh"
    assert first["Kelompok barang"] == "Tekstil & fesyen"
    assert first["Kesimpulan dalam kata"] == "tidak sesuai komitmen"
    assert first["Perkiraan bagian posisi yang melanggar"] == "0,052"
    assert flat["Selisih bagian terhadap minggu sebelumnya"] == "-0,001"
    codes = {cell.platform for cell in rich.cells} | {cell.policy for cell in rich.cells}
    assert not [code for code in codes | {"textile_fashion", "non_compliant"} if code in text]


def test_csv_of_indicators_and_own_pages_gives_the_numbers_of_the_findings(
    rich: Findings, tmp_path: Path
) -> None:
    write_edition(rich, tmp_path, lang="en")
    rows = rows_of(tmp_path / "indicators.en.csv")
    shares = rows_of(tmp_path / "displayed.en.csv")
    assert list(rows[0]) == list(INDICATORS)
    assert list(shares[0]) == list(DISPLAYED_SHARES)
    figures = [(row["platform"], row["measure"], row["value"]) for row in rows] + [
        (row["platform"], f"{row['seller_origin']}_{row['measure']}", row["share"])
        for row in shares
    ]
    expected = [
        (i.platform, i.name, "" if i.value is None else str(i.value)) for i in rich.indicators
    ]
    assert sorted(figures) == sorted(expected)
    assert all(bool(row["reason"]) is not bool(row["value"]) for row in rows)


def test_the_indonesian_csv_of_indicators_has_words_and_decimal_commas(
    rich: Findings, tmp_path: Path
) -> None:
    write_edition(rich, tmp_path)
    text = (tmp_path / "indicators.id.csv").read_text(encoding="utf-8-sig")
    first, *_ = csv.DictReader(io.StringIO(text), delimiter=";")
    assert first["Yang diukur"]
    assert "," in first["Angka dalam satuannya"]
    assert first["Satuan angka"] in {"rasio", "bagian", "jumlah"}


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
    _, about, cells, listings, coverage, indicators, displayed, columns, *codes = book.worksheets
    assert ("simulasi" if lang == "id" else "Simulated") in str(about["A4"].value)
    for sheet in (cells, listings, coverage, indicators, displayed):
        assert sheet.auto_filter.ref
        assert sheet.freeze_panes
    explained = {(row[0].value, row[1].value) for row in columns.iter_rows(min_row=2)}
    for sheet in (cells, listings, coverage, indicators, displayed):
        assert {(sheet.title, cell.value) for cell in sheet[1]} <= explained
    assert all(row[2].value for row in columns.iter_rows(min_row=2))
    assert len(codes) == (lang == "id")
    by_code = {row[3].value: row[1].value for row in columns.iter_rows(min_row=2)}
    head = {cell.value: cell.column for cell in cells[1]}
    estimate = cells.cell(2, head[by_code["estimate"]])
    assert (estimate.value, estimate.number_format) == (pytest.approx(0.052), "0.00%")
    assert cells.cell(2, head[by_code["primary"]]).value is True
    head = {cell.value: cell.column for cell in indicators[1]}
    assert indicators.cell(2, head[by_code["value"]]).number_format == "#,##0.0000"
    head = {cell.value: cell.column for cell in displayed[1]}
    assert displayed.cell(2, head[by_code["share"]]).number_format == "0.00%"
    head = {cell.value: cell.column for cell in listings[1]}
    assert isinstance(listings.cell(2, head[by_code["observed_at"]]).value, datetime)
    assert listings.cell(2, head[by_code["price"]]).value == pytest.approx(26350, rel=1)
    assert listings.cell(2, head[by_code["item_id"]]).data_type == "s"


def test_the_first_sheet_has_the_colours_of_the_verdicts_and_a_chart(
    rich: Findings, tmp_path: Path
) -> None:
    write_edition(rich, tmp_path)
    summary = openpyxl.load_workbook(tmp_path / "pantau-2026-W47.id.xlsx").worksheets[0]
    ((head,),) = ([row for row in summary.iter_rows() if row[1].value == "Kesimpulan"],)
    gravest = summary[head[0].row + 1]
    assert [cell.value for cell in gravest[:6]] == [
        "Lapak Contoh, tekstil & fesyen", "tidak sesuai komitmen", "12", 0.052, 0.031, 0.081
    ]  # fmt: skip
    assert (gravest[1].font.color.rgb, gravest[1].fill.fgColor.rgb) == ("FF9B1C12", "FFFDECEA")
    with zipfile.ZipFile(tmp_path / "pantau-2026-W47.id.xlsx") as parts:
        assert "xl/charts/chart1.xml" in parts.namelist()


def test_an_indonesian_workbook_has_words_and_maps_them_to_codes(
    rich: Findings, tmp_path: Path
) -> None:
    write_edition(rich, tmp_path)
    *sheets, _, codes = openpyxl.load_workbook(tmp_path / "pantau-2026-W47.id.xlsx").worksheets
    mapped = {row[3].value: row[2].value for row in codes.iter_rows(min_row=2)}
    assert mapped["textile_fashion"] == "Tekstil & fesyen"
    assert mapped["lapak-contoh"] == "Lapak Contoh"
    texts = {cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row}
    assert not texts & mapped.keys()


def test_the_public_workbook_has_no_sheet_of_listings(rich: Findings, tmp_path: Path) -> None:
    write_edition(rich, tmp_path, public=True)
    path = tmp_path / "pantau-2026-W47.id.xlsx"
    assert len(openpyxl.load_workbook(path).worksheets) == 8
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
