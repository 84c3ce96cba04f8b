"""The rows that CSV and workbook share: one a cell, and one a listing.

Text of outsiders stays text: in CSV what a spreadsheet would take for a formula gets a quote before
it (``no_formula``), in the workbook cells are typed as strings.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from monitor.model import Cell, CitedPage, FlaggedListing, no_formula

from .contexts import safe_link
from .edition_messages import EditionMessages
from .listings import ListingLists, result_page_of
from .messages import WIB

Scalar = str | int | float | Decimal | bool | datetime | None
Columns = dict[str, Callable[[Any], Scalar]]


class CellRecord(NamedTuple):
    """What a row of the cells is made from."""

    cell: Cell
    messages: EditionMessages


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
    **_fields("cell", "coverage", "places", "flagged", "suspected", "screened", "audited"),
    **_fields("cell", "flagged_offers", "checked"),
    **_fields("cell", "unclear_as_no", "unclear_as_yes"),
    "change": lambda record: record.cell.change and record.cell.change.difference,
    "change_low": lambda record: record.cell.change and record.cell.change.low,
    "change_high": lambda record: record.cell.change and record.cell.change.high,
    "reason": lambda record: record.messages.note(record.cell.reason) or None,
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
    """A row a cell, in the order of ``CELLS``: those that carry a verdict first, as on the page."""
    platforms = messages.summary.platforms
    ranks = {platform.finding.id: rank for rank, platform in enumerate(platforms)}

    def order(cell: Cell) -> tuple[bool, int]:
        """The sort key of a cell."""
        return not cell.primary, ranks.get(cell.platform, len(ranks))

    for cell in sorted(messages.findings.cells, key=order):
        yield [read(CellRecord(cell, messages)) for read in CELLS.values()]


def listing_rows(lists: ListingLists) -> Iterator[list[Scalar]]:
    """A row a listing of every list, in the order of ``LISTINGS``."""
    for kind, listings in lists.items():
        for entry in listings:
            yield [read(ListingRecord(kind, entry)) for read in LISTINGS.values()]


def harmless(scalar: Scalar) -> Scalar:
    """The value as CSV may carry it: text that would start a formula is quoted."""
    if isinstance(scalar, datetime):
        return scalar.astimezone(WIB).isoformat()
    return no_formula(scalar) if isinstance(scalar, str) else scalar


def to_csv(header: Iterable[str], rows: Iterable[Sequence[Scalar]]) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, as spreadsheets expect it."""
    return b"".join(csv_parts(header, rows))


def csv_parts(header: Iterable[str], rows: Iterable[Sequence[Scalar]]) -> Iterator[bytes]:
    """What ``to_csv`` gives, in parts: a row each, after the byte order mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    for row in chain([list(header)], rows):
        writer.writerow([harmless(scalar) for scalar in row])
        yield buffer.getvalue().encode("utf-8", "replace")
        buffer.seek(0)
        buffer.truncate()
