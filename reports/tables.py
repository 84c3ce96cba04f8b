"""The rows that CSV and workbook share: of cells, indicators, own pages, and listings.

Text of outsiders stays text: in CSV what a spreadsheet would take for a formula gets a quote before
it (``no_formula``), in the workbook cells are typed as strings.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from monitor.model import Cell, CitedPage, FlaggedListing, Indicator, Verdict, no_formula

from .contexts import safe_link
from .edition_messages import EditionMessages
from .listings import ListingLists, result_page_of
from .measures import is_displayed
from .messages import WIB

Scalar = str | int | float | Decimal | bool | datetime | None
Columns = dict[str, Callable[[Any], Scalar]]


class CellRecord(NamedTuple):
    """What a row of the cells is made from."""

    cell: Cell
    messages: EditionMessages


class IndicatorRecord(NamedTuple):
    """What a row of the indicators is made from."""

    indicator: Indicator
    messages: EditionMessages

    @property
    def reason(self) -> str | None:
        """Why it has no value, in words; None where it has one."""
        return self.messages.note(self.indicator.reason) or None


class ListingRecord(NamedTuple):
    """What a row of the listings is made from: an entry and the kind of list it stands in."""

    kind: str
    entry: FlaggedListing

    @property
    def signals(self) -> str:
        """The signals of the classification, in one text."""
        signals = self.entry.classification.signals
        return "; ".join(f"{signal.kind}: {signal.text}" for signal in signals)

    @property
    def proof(self) -> str | None:
        """Whether the proof of a confirmed breach is recorded; None where none is confirmed."""
        if not self.entry.confirmed:
            return None
        return "own_page" if self.entry.proof else "not_recorded"

    def sighting(self, name: str) -> Scalar:
        """A field of the first sighting; None where there is no sighting."""
        sightings = self.entry.found_at
        field: Scalar = getattr(sightings[0], name) if sightings else None
        return field


def _fields(path: str, *names: str) -> Columns:
    """Columns that are fields under their own names, at ``path`` within a record."""
    return {name: attrgetter(f"{path}.{name}") for name in names}


def _cited(prefix: str, page_of: Callable[[Any], CitedPage | None]) -> Columns:
    """Columns of the page that ``page_of`` finds in a record; empty where there is none."""

    def field(name: str) -> Callable[[Any], Scalar]:
        """Reads a field of the page; an address only where it is a plain one."""

        def read(record: Any) -> Scalar:
            """The field in a record."""
            cited: Scalar = getattr(page_of(record), name, None)
            return safe_link(str(cited)) if name == "url" and cited else cited

        return read

    return {f"{prefix}_{name}": field(name) for name in CitedPage.__struct_fields__}


CELLS: Columns = {
    **_fields("cell", "week", "platform", "cluster", "policy", "primary", "verdict"),
    "verdict_words": lambda record: record.messages.verdict_text(record.cell),
    **_fields("cell", "confirmed", "marked_offers", "marked_sellers", "third_looks"),
    **_fields("cell", "estimate", "low", "high", "high_with_refused"),
    **_fields("cell", "judged_low", "level", "tolerance"),
    **_fields("cell", "planned", "sampled"),
    "crawler_units": lambda record: record.cell.modes and record.cell.modes.crawler,
    "inspector_units": lambda record: record.cell.modes and record.cell.modes.inspector,
    **_fields("cell", "coverage", "places", "flagged", "suspected", "screened", "audited"),
    **_fields("cell", "flagged_offers", "checked"),
    **_fields("cell", "unclear_as_no", "unclear_as_yes"),
    "change": lambda record: record.cell.change and record.cell.change.difference,
    "change_low": lambda record: record.cell.change and record.cell.change.low,
    "change_high": lambda record: record.cell.change and record.cell.change.high,
    "reason": lambda record: record.messages.note(record.cell.reason) or None,
    **_fields("messages.findings", "edition", "origin"),
}
INDICATORS: Columns = {
    **_fields("messages.findings", "week"),
    **_fields("indicator", "platform", "cluster", "point"),
    "measure": attrgetter("indicator.name"),
    "measure_words": lambda record: record.messages.term("indicator_name", record.indicator.name),
    "value": attrgetter("indicator.value"),
    "value_low": attrgetter("indicator.low"),
    "value_high": attrgetter("indicator.high"),
    **_fields("indicator", "unit", "n"),
    "reason": lambda record: record.reason,
    **_fields("messages.findings", "edition", "origin"),
}
DISPLAYED_SHARES: Columns = {
    **_fields("messages.findings", "week"),
    **_fields("indicator", "platform"),
    "seller_origin": lambda record: record.indicator.name.partition("_")[0],
    "measure": lambda record: record.indicator.name.partition("_")[2],
    "measure_words": lambda record: record.messages(
        f"displayed.{record.indicator.name.partition('_')[2]}"
    ),
    "share": attrgetter("indicator.value"),
    **_fields("indicator", "low", "high", "n"),
    "reason": lambda record: record.reason,
    **_fields("messages.findings", "edition", "origin"),
}
LISTINGS: Columns = {
    "kind": attrgetter("kind"),
    **_fields("entry.listing", "platform", "item_id", "title", "price", "currency", "seller_id"),
    **_fields("entry.listing", "seller_name", "official_store", "ship_from"),
    **_fields("entry.listing", "ship_from_country", "cross_border_flag"),
    **_fields("entry.classification", "cross_border", "cross_border_score", "cluster"),
    **_fields("entry.classification", "category", "cluster_score", "imported_goods"),
    "signals": attrgetter("signals"),
    "policies": lambda record: " ".join(record.entry.policies),
    "state": attrgetter("entry.state"),
    "is_confirmed": attrgetter("entry.confirmed"),
    "is_marked": attrgetter("entry.marked"),
    **_fields("entry", "label", "judged_cluster", "first_seen"),
    "query": lambda record: record.sighting("query"),
    "rank": lambda record: record.sighting("rank"),
    "observed_at": lambda record: record.sighting("observed_at"),
    "url": lambda record: safe_link(record.entry.listing.url),
    "proof": attrgetter("proof"),
    **_cited("own_page", attrgetter("entry.own_page")),
    **_cited("result_page", lambda record: result_page_of(record.entry)),
    **_fields("entry", "sha256", "evidence", "origin"),
}


def cell_rows(messages: EditionMessages) -> Iterator[list[Scalar]]:
    """A row a cell, in the order of ``CELLS``: those that carry a verdict first, as on the page.

    Those of used clothing come last.
    """
    platforms = messages.summary.platforms
    ranks = {platform.finding.id: rank for rank, platform in enumerate(platforms)}

    def order(cell: Cell) -> tuple[bool, int]:
        """The sort key of a cell."""
        return not cell.primary, ranks.get(cell.platform, len(ranks))

    of_goods = messages.used_clothing.cells
    for cell in [*sorted(messages.findings.cells, key=order), *sorted(of_goods, key=order)]:
        yield [read(CellRecord(cell, messages)) for read in CELLS.values()]


def indicator_rows(messages: EditionMessages) -> Iterator[list[Scalar]]:
    """A row an indicator, in the order of ``INDICATORS``."""
    for indicator in messages.findings.indicators:
        if not is_displayed(indicator):
            record = IndicatorRecord(indicator, messages)
            yield [read(record) for read in INDICATORS.values()]


def displayed_shares(messages: EditionMessages) -> Iterator[list[Scalar]]:
    """A row a share of what own pages show, in the order of ``DISPLAYED_SHARES``."""
    for indicator in filter(is_displayed, messages.findings.indicators):
        record = IndicatorRecord(indicator, messages)
        yield [read(record) for read in DISPLAYED_SHARES.values()]


def listing_rows(lists: ListingLists) -> Iterator[list[Scalar]]:
    """A row a listing of every list, in the order of ``LISTINGS``."""
    for kind, listings in lists.items():
        for entry in listings:
            record = ListingRecord(kind, entry)
            yield [read(record) for read in LISTINGS.values()]


def heading(messages: EditionMessages, column: str, meaning: str = "") -> str:
    """The heading of a column: in Indonesian the beginning of its ``meaning``, else its code."""
    if messages.lang == "en":
        return column
    return re.split(r" *[;:(]", meaning or messages(f"column.{column}"), maxsplit=1)[0]


def in_words(messages: EditionMessages, column: str, scalar: Scalar) -> Scalar:
    """What a column holds as an Indonesian table says it: words where others have a code."""
    read = _WORDS.get(column)
    if messages.lang == "en" or read is None or not isinstance(scalar, str):
        return scalar
    return read(messages, scalar)


def _of(table: str) -> Callable[[EditionMessages, str], str]:
    """Reads the word that a table of the catalogue has for a code."""
    return lambda messages, code: messages.term(table, code)


def _signals(messages: EditionMessages, signals: str) -> str:
    """The signals with the words for their kinds."""
    return re.sub(
        r"(^|; )([a-z_]+):",
        lambda match: f"{match[1]}{messages.term('signal', match[2])}:",
        signals,
    )


_WORDS: dict[str, Callable[[EditionMessages, str], str]] = {
    "platform": EditionMessages.platform_name,
    "policy": EditionMessages.policy_title,
    "policies": lambda messages, ids: "; ".join(map(messages.policy_title, ids.split())),
    "verdict": lambda messages, verdict: messages.legend_text(Verdict(verdict)),
    "category": EditionMessages.category_name,
    "signals": _signals,
    **dict.fromkeys(("cluster", "judged_cluster"), _of("cluster")),
    **dict.fromkeys(("kind", "label", "origin", "proof"), _of("code")),
    **{name: _of(name) for name in ("cross_border", "edition", "stratum")},
    "state": _of("listing_state"),
    "seller_origin": _of("price"),
    "unit": _of("code"),
}


def harmless(scalar: Scalar) -> Scalar:
    """The value as CSV may carry it: text that would start a formula is quoted."""
    if isinstance(scalar, datetime):
        return scalar.astimezone(WIB).isoformat()
    return no_formula(scalar) if isinstance(scalar, str) else scalar


def table_csv(
    messages: EditionMessages, columns: Iterable[str], rows: Iterable[Sequence[Scalar]]
) -> bytes:
    """A table as CSV in the language of the edition.

    In Indonesian as its spreadsheets read it: semicolons, decimal commas, words for codes.
    """
    if messages.lang == "en":
        return to_csv(columns, rows)
    names = list(columns)
    answers = {True: messages("code.true"), False: messages("code.false")}
    worded = (
        [
            answers[scalar] if isinstance(scalar, bool) else in_words(messages, column, scalar)
            for column, scalar in zip(names, row, strict=True)
        ]
        for row in rows
    )
    return to_csv([heading(messages, name) for name in names], worded, comma=True)


def to_csv(
    header: Iterable[str], rows: Iterable[Sequence[Scalar]], *, comma: bool = False
) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, as spreadsheets expect it; with ``comma`` a decimal
    comma stands in numbers, and a semicolon between cells."""
    return b"".join(csv_parts(header, rows, comma=comma))


def csv_parts(
    header: Iterable[str], rows: Iterable[Sequence[Scalar]], *, comma: bool = False
) -> Iterator[bytes]:
    """What ``to_csv`` gives, in parts: a row each, after the byte order mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if comma else ",", lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    for row in chain([list(header)], rows):
        writer.writerow(
            repr(scalar).replace(".", ",")
            if comma and isinstance(scalar, float)
            else harmless(scalar)
            for scalar in row
        )
        yield buffer.getvalue().encode("utf-8", "replace")
        buffer.seek(0)
        buffer.truncate()
