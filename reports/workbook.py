"""The workbook: typed columns, filters, frozen heads, and a sheet that explains every column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter

from monitor.model import Verdict

from .charts import STATES
from .edition_messages import EditionMessages
from .listings import ListingLists
from .messages import WIB
from .tables import (
    CELLS,
    DISPLAYED_SHARES,
    INDICATORS,
    LISTINGS,
    Scalar,
    cell_rows,
    displayed_shares,
    heading,
    in_words,
    indicator_rows,
    listing_rows,
)
from .view import is_drawn

MAX_ROWS = 100_000
LINKED_ROWS = 5_000  # of a sheet; later addresses are text, as a spreadsheet takes 65,530 links
_TEXT, _LINK = 32_000, 2_000  # characters that a spreadsheet takes in a cell and in a link
_SHARES = {"estimate", "low", "high", "tolerance", "coverage", "unclear_as_no", "unclear_as_yes"}
_SHARES |= {
    "high_with_refused",
    "judged_low",
    "level",
    "change",
    "change_low",
    "change_high",
    "cross_border_score",
    "cluster_score",
    "share",
}
_FIGURES = {"value", "value_low", "value_high"}  # shares, ratios and numbers side by side
_WIDTHS = {"title": 46, "signals": 46, "verdict_words": 32, "sha256": 20, "url": 40, "reason": 40}
_WIDTHS |= {"own_page_url": 40, "own_page_sha256": 20, "result_page_url": 40}
_WIDTHS |= {"result_page_sha256": 20, "measure": 24, "measure_words": 46}
_SUMMARY = ("platform", "verdict", "confirmed", "estimate", "low", "high", "width", "tolerance")
_HEAD = 4  # the row of the summary's headings, counted from 0
_GRAVE, _WARN, _GOOD = ("#9B1C12", "#FDECEA"), ("#7A4A00", "#FDF3DD"), ("#00594A", "#E4F4EE")
_CALM, _WAIT, _MUTE = ("#1C4E80", "#E7F0F9"), ("#5B3F8C", "#F0EBF8"), ("#4C5966", "#EEF1F3")
# Ink and ground of each verdict, as on the page.
_COLOURS = {
    Verdict.non_compliant: _GRAVE,
    Verdict.breaches_found: _WARN,
    Verdict.awaiting_second: _WAIT,
    Verdict.within_tolerance: _CALM,
    Verdict.compliant: _GOOD,
    Verdict.none_found: _CALM,
    Verdict.screened: _WAIT,
    Verdict.unconfirmed_policy: _WAIT,
    Verdict.not_measurable: _MUTE,
}
_COVERAGE = ("platform", "cluster", "stratum", "planned", *STATES, "places", "unreadable")
# Rows are written out at once, as a week may have many; text of outsiders stays text.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


def write_workbook(messages: EditionMessages, lists: ListingLists, path: Path) -> Path:
    """Write the workbook of an edition; the same findings give the same bytes."""
    findings = messages.findings
    title = messages("page.title", week=messages.week_name())
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        created = findings.as_of.astimezone(WIB).replace(tzinfo=None)
        book.set_properties({"title": title, "author": "Pantau", "created": created})
        sheets = _Sheets(book, messages)
        sheets.summary(title)
        sheets.about(title, sum(map(len, lists.values())))
        sheets.table("cells", CELLS, cell_rows(messages))
        if findings.withheld is None:
            sheets.table("listings", LISTINGS, listing_rows(lists))
        coverage = ([getattr(row, name) for name in _COVERAGE] for row in findings.coverage)
        sheets.table("coverage", _COVERAGE, coverage)
        sheets.table("indicators", INDICATORS, indicator_rows(messages))
        sheets.table("displayed", DISPLAYED_SHARES, displayed_shares(messages))
        sheets.columns()
    return path


class _Sheets:
    """The sheets of a workbook in the language of its edition."""

    def __init__(self, book: Any, messages: EditionMessages) -> None:
        self.book, self.messages = book, messages
        self.warning = messages("banner.simulated_title") if messages.simulated else ""
        self.header = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6EBF0", "bottom": 2}
        )
        self.codes: set[tuple[str, str, str, str]] = set()
        self.bold = book.add_format({"bold": True})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.share = book.add_format({"num_format": "0.00%"})
        self.number = book.add_format({"num_format": "#,##0"})
        self.figure = book.add_format({"num_format": "#,##0.0000"})
        self.price = book.add_format({"num_format": "#,##0.00"})
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def _add(self, name: str) -> Any:
        """A new sheet, ready for printing on A4 across."""
        sheet = self.book.add_worksheet(self.messages(f"workbook.{name}"))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{self.warning}&RPantau &P/&N")
        return sheet

    def summary(self, title: str) -> None:
        """The first sheet: the verdicts of marketplaces in their colours, and their intervals.

        Those of used clothing come last, each in a row of its own.
        """
        messages = self.messages
        sheet = self._add("summary")
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 1, 34)
        sheet.set_column(2, 8, 13)
        sheet.write_string(0, 0, title, self.bold)
        sheet.write_string(1, 0, messages.headline(), self.bold)
        if self.warning:
            sheet.write_string(2, 0, f"{self.warning}: {messages('banner.simulated')}")
        for column, key in enumerate(_SUMMARY):
            sheet.write_string(_HEAD, column, messages(f"matrix.{key}"), self.header)
        cells = [c for c in messages.summary.cells if not messages.is_reference(c.platform)]
        cells += messages.used_cells
        for row, cell in enumerate(cells, _HEAD + 1):
            ink, ground = _COLOURS[cell.verdict]
            colours = {"font_color": ink, "bg_color": ground, "bold": True, "text_wrap": True}
            sheet.write_string(row, 0, ", ".join(messages.subject(cell).values()))
            sheet.write_string(row, 1, messages.verdict_text(cell), self.book.add_format(colours))
            sheet.write_string(row, 2, messages.confirmed_number(cell) if cell.audited else "–")
            width = None if cell.low is None or cell.high is None else cell.high - cell.low
            shares = (cell.estimate, cell.low, cell.high, width, cell.tolerance)
            for column, share in enumerate(shares if is_drawn(cell) else (None,) * 5, 3):
                if share is not None:
                    sheet.write_number(row, column, share, self.share)
        if any(map(is_drawn, cells)):
            sheet.insert_chart(_HEAD + len(cells) + 2, 0, self._intervals(sheet.name, len(cells)))

    def _intervals(self, sheet: str, cells: int) -> Any:
        """The intervals as bars from the lower to the upper limit, a row a cell."""
        first, final = _HEAD + 1, _HEAD + cells
        names = [sheet, first, 0, final, 0]
        chart = self.book.add_chart({"type": "bar", "subtype": "stacked"})
        none = {"none": True}
        low = {"categories": names, "values": [sheet, first, 4, final, 4]}
        chart.add_series({**low, "fill": none, "border": none})
        width = {"categories": names, "values": [sheet, first, 6, final, 6]}
        chart.add_series({**width, "fill": {"color": "#7A96AF"}, "gap": 60})
        chart.set_title({"name": self.messages("workbook.chart"), "name_font": {"size": 11}})
        chart.set_legend(none)
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"num_format": "0%", "min": 0})
        chart.set_size({"width": 900, "height": 110 + 26 * cells})
        return chart

    def about(self, title: str, listings: int) -> None:
        """What this is, how far it may be trusted, and how to read it."""
        messages, findings = self.messages, self.messages.findings
        sheet = self._add("about")
        sheet.set_column(0, 0, 110)
        headline = messages.headline()
        lines = [title, messages(f"edition.{findings.edition}")]
        lines.append(messages("page.published", as_of=messages.moment(findings.as_of)))
        if self.warning:
            lines += [self.warning, messages("banner.simulated")]
        if findings.edition == "provisional":
            lines += [messages("banner.provisional_title"), messages("banner.provisional")]
        if findings.withheld is not None:
            lines.append(messages("page.public_line"))
        lines += [headline, *(sentence for _, sentence in messages.lead())]
        for key in ("method.estimand", "suspected.intro", "imported.intro"):
            lines.append(messages(key))
        lines.append(messages("workbook.formula_note"))
        if listings > MAX_ROWS:
            lines.append(messages("workbook.too_many", shown=MAX_ROWS, n=listings))
        for row, line in enumerate(lines):
            style = self.bold if row == 0 or line == headline else self.wrap
            sheet.write_string(row, 0, line, style)

    def table(self, name: str, columns: Iterable[str], rows: Iterable[Sequence[Scalar]]) -> None:
        """A sheet with one header row, frozen, filtered, every value in its own type."""
        sheet, header = self._add(name), list(columns)
        sheet.freeze_panes(1, min(3, len(header)))
        sheet.repeat_rows(0)
        for column, key in enumerate(header):
            sheet.set_column(column, column, _WIDTHS.get(key, 14))
            head = heading(self.messages, key, self._meaning(name, key))
            sheet.write_string(0, column, head, self.header)
        written = 0
        for written, scalars in enumerate(islice(rows, MAX_ROWS), 1):
            for column, (key, scalar) in enumerate(zip(header, scalars, strict=True)):
                words = in_words(self.messages, key, scalar)
                if words != scalar:
                    self.codes.add((name, key, str(scalar), str(words)))
                self._write(sheet, written, column, key, words)
        sheet.autofilter(0, 0, max(written, 1), len(header) - 1)

    def _write(self, sheet: Any, row: int, column: int, key: str, scalar: Scalar) -> None:
        """Write a value in its own type; nothing for None."""
        match scalar:
            case None:
                return
            case bool():
                sheet.write_boolean(row, column, scalar)
            case datetime():
                local = scalar.astimezone(WIB).replace(tzinfo=None)
                sheet.write_datetime(row, column, local, self.time)
            case Decimal():
                whole = scalar == scalar.to_integral_value()
                style = self.number if whole else self.price
                sheet.write_number(row, column, float(scalar), style)
            case int() | float():
                small = self.figure if key in _FIGURES else self.number
                style = self.share if key in _SHARES else small
                sheet.write_number(row, column, scalar, style)
            case str() if key.endswith("url") and len(scalar) <= _LINK and row <= LINKED_ROWS:
                sheet.write_url(row, column, scalar, string=scalar[:255])
            case _:
                sheet.write_string(row, column, scalar[:_TEXT])

    def _meaning(self, table: str, column: str) -> str:
        """What a column of a table holds."""
        if table == "coverage" and column in STATES:
            return self.messages("column.pages_in_state", state=self.messages.unit_state(column))
        return self.messages(f"column.{column}")

    def columns(self) -> None:
        """The last sheets: what each column means, and in Indonesian the code of each word."""
        messages = self.messages
        tables = {
            "cells": list(CELLS),
            "listings": list(LISTINGS),
            "coverage": list(_COVERAGE),
            "indicators": list(INDICATORS),
            "displayed": list(DISPLAYED_SHARES),
        }
        if messages.findings.withheld is not None:
            del tables["listings"]
        meanings = [
            (messages(f"workbook.{table}"), heading(messages, name, meaning), meaning, name)
            for table, names in tables.items()
            for name in names
            for meaning in [self._meaning(table, name)]
        ]
        self._explain("columns", ("sheet", "column", "meaning", "code"), meanings)
        if self.codes:
            words = [
                (
                    messages(f"workbook.{table}"),
                    heading(messages, name, self._meaning(table, name)),
                    word,
                    code,
                )
                for table, name, code, word in sorted(self.codes)
                if name not in {"signals", "policies"}
            ]
            self._explain("codes", ("sheet", "column", "word", "code"), words)

    def _explain(self, name: str, head: Sequence[str], rows: Iterable[tuple[str, ...]]) -> None:
        """A sheet of four columns of text."""
        sheet = self._add(name)
        sheet.set_column(0, 1, 26)
        sheet.set_column(2, 2, 90)
        sheet.set_column(3, 3, 26)
        sheet.freeze_panes(1, 0)
        for column, key in enumerate(head):
            sheet.write_string(0, column, self.messages(f"workbook.{key}"), self.header)
        for row, texts in enumerate(rows, 1):
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text[:_TEXT], self.wrap)
