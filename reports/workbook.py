"""The workbook: typed columns, filters, frozen heads, and a sheet that explains every column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from monitor.model import Findings, Origin

from . import charts, evidence, tables
from .answer import answer, headline
from .phrases import Phrases
from .tables import CELLS, LISTINGS, Scalar
from .words import WIB, Words

MAX_ROWS = 100_000
_TEXT, _LINK = 32_000, 2_000
_SHARES = {"estimate", "low", "high", "tolerance", "coverage", "unclear_as_no", "unclear_as_yes"}
_SHARES |= {"change", "change_low", "change_high", "cross_border_score", "cluster_score"}
_WIDTHS = {"title": 46, "signals": 46, "verdict_words": 32, "sha256": 20, "url": 40, "reason": 40}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


def write_workbook(findings: Findings, path: Path, lang: str) -> Path:
    """Write the workbook of an edition; the same findings give the same bytes."""
    words = Words(lang)
    phrases = Phrases(findings, words)
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        made = findings.as_of.astimezone(WIB).replace(tzinfo=None)
        book.set_properties({"title": _title(phrases), "author": "Pantau", "created": made})
        sheets = _Sheets(book, words, warn=_warning(phrases))
        sheets.about(phrases)
        sheets.table("cells", [name for name, _ in CELLS], tables.cell_rows(phrases))
        total = sum(map(len, evidence.lists(findings).values()))
        if findings.withheld is None:
            names = [name for name, _ in LISTINGS]
            sheets.table("listings", names, tables.listing_rows(findings), total)
        sheets.table("coverage", *_coverage(findings))
        sheets.columns(listings=findings.withheld is None)
    return path


def _title(phrases: Phrases) -> str:
    return phrases.words("page.title", week=phrases.week_name())


def _warning(phrases: Phrases) -> str:
    simulated = phrases.findings.origin is Origin.simulated
    return phrases.words("banner.simulated_title") if simulated else ""


_COVERAGE = ("platform", "cluster", "stratum", "planned", *charts.STATES, "places")


def _coverage(findings: Findings) -> tuple[Sequence[str], Iterable[Sequence[Scalar]]]:
    return _COVERAGE, ([getattr(row, name) for name in _COVERAGE] for row in findings.coverage)


def _coverage_column(words: Words, name: str) -> str:
    if name not in charts.STATES:
        return words(f"column.{name}")
    state = words(f"state.{'planned' if name == 'not_fetched' else name}")
    return words("column.pages_in_state", state=state)


class _Sheets:
    def __init__(self, book: Any, words: Words, *, warn: str) -> None:
        self.book, self.words, self.warn = book, words, warn
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6EBF0", "bottom": 2}
        )
        self.bold = book.add_format({"bold": True})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.share = book.add_format({"num_format": "0.00%"})
        self.number = book.add_format({"num_format": "#,##0"})
        self.price = book.add_format({"num_format": "#,##0.00"})
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def _add(self, name: str) -> Any:
        sheet = self.book.add_worksheet(self.words(f"workbook.{name}"))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{self.warn}&RPantau &P/&N")
        return sheet

    def about(self, phrases: Phrases) -> None:
        """The first sheet: what this is, how far it may be trusted, and how to read it."""
        words, findings = self.words, phrases.findings
        sheet = self._add("about")
        sheet.set_column(0, 0, 110)
        lines = [_title(phrases), words(f"edition.{findings.edition}")]
        lines.append(words("page.published", as_of=words.moment(findings.as_of)))
        if self.warn:
            lines += [self.warn, words("banner.simulated")]
        if findings.edition == "provisional":
            lines += [words("banner.provisional_title"), words("banner.provisional")]
        if findings.withheld is not None:
            lines.append(words("page.public_line"))
        made = answer(findings)
        said = headline(words, made, unplanned=bool(findings.unplanned))
        lines += [said, *(sentence for _, sentence in phrases.lead(made))]
        lines += [words("method.estimand"), words("suspected.intro"), words("imported.intro")]
        lines.append(words("workbook.formula_note"))
        total = sum(map(len, evidence.lists(findings).values()))
        if total > MAX_ROWS:
            lines.append(words("workbook.too_many", shown=MAX_ROWS, n=total))
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line, self.bold if row == 0 or line == said else self.wrap)

    def table(
        self, name: str, header: Sequence[str], rows: Iterable[Sequence[Scalar]], total: int = 0
    ) -> None:
        """A sheet with one head row, frozen, filtered, every value in its own type."""
        sheet = self._add(name)
        for column, key in enumerate(header):
            sheet.set_column(column, column, _WIDTHS.get(key, 14))
        sheet.freeze_panes(1, min(3, len(header)))
        sheet.repeat_rows(0)
        for column, key in enumerate(header):
            sheet.write_string(0, column, key, self.head)
        last = 0
        for row, values in enumerate(rows, 1):
            if row > MAX_ROWS:
                break
            for column, (key, value) in enumerate(zip(header, values, strict=True)):
                self._write(sheet, row, column, key, value)
            last = row
        sheet.autofilter(0, 0, max(last, 1), len(header) - 1)

    def _write(self, sheet: Any, row: int, column: int, key: str, value: Scalar) -> None:
        match value:
            case None:
                return
            case bool():
                sheet.write_boolean(row, column, value)
            case datetime():
                local = value.astimezone(WIB).replace(tzinfo=None)
                sheet.write_datetime(row, column, local, self.time)
            case Decimal():
                whole = value == value.to_integral_value()
                sheet.write_number(row, column, float(value), self.number if whole else self.price)
            case int() | float():
                form = self.share if key in _SHARES else self.number
                sheet.write_number(row, column, value, form)
            case str() if key == "url" and len(value) <= _LINK:
                sheet.write_url(row, column, value, string=value[:255])
            case _:
                sheet.write_string(row, column, value[:_TEXT])

    def columns(self, *, listings: bool) -> None:
        """The last sheet: sheet, column, meaning."""
        words = self.words
        sheet = self._add("columns")
        sheet.set_column(0, 1, 22)
        sheet.set_column(2, 2, 90)
        sheet.freeze_panes(1, 0)
        for column, key in enumerate(("sheet", "column", "meaning")):
            sheet.write_string(0, column, words(f"workbook.{key}"), self.head)
        explained = [("cells", name) for name, _ in CELLS]
        if listings:
            explained += [("listings", name) for name, _ in LISTINGS]
        told = [(table, name, words(f"column.{name}")) for table, name in explained]
        told += [("coverage", name, _coverage_column(words, name)) for name in _COVERAGE]
        for row, (table, name, meaning) in enumerate(told, 1):
            sheet.write_string(row, 0, words(f"workbook.{table}"))
            sheet.write_string(row, 1, name)
            sheet.write_string(row, 2, meaning, self.wrap)
