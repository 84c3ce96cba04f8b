"""The rows that CSV and workbook share: one a cell, and one a listing.

Text of outsiders stays text: a spreadsheet takes a cell that begins with ``=``, ``+``, ``-``,
``@``, a tab or a line break for a formula (CWE-1236), so in CSV such text gets a leading quote;
in the workbook cells are typed as strings.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from monitor.model import Cell, Findings, FlaggedListing

from .answer import answer
from .evidence import lists
from .page import safe_link
from .phrases import Phrases
from .words import WIB

Scalar = str | int | float | Decimal | bool | datetime | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

CELLS: tuple[tuple[str, Callable[[Phrases, Cell], Scalar]], ...] = (
    ("week", lambda _, cell: cell.week),
    ("platform", lambda _, cell: cell.platform),
    ("cluster", lambda _, cell: cell.cluster.value),
    ("policy", lambda _, cell: cell.policy),
    ("primary", lambda _, cell: cell.primary),
    ("verdict", lambda _, cell: cell.verdict.value),
    ("verdict_words", lambda said, cell: said.verdict_words(cell)),
    ("confirmed", lambda _, cell: cell.confirmed),
    ("estimate", lambda _, cell: cell.estimate),
    ("low", lambda _, cell: cell.low),
    ("high", lambda _, cell: cell.high),
    ("tolerance", lambda _, cell: cell.tolerance),
    ("planned", lambda _, cell: cell.planned),
    ("sampled", lambda _, cell: cell.sampled),
    ("coverage", lambda _, cell: cell.coverage),
    ("places", lambda _, cell: cell.places),
    ("flagged", lambda _, cell: cell.flagged),
    ("suspected", lambda _, cell: cell.suspected),
    ("screened", lambda _, cell: cell.screened),
    ("audited", lambda _, cell: cell.audited),
    ("unclear_as_no", lambda _, cell: cell.unclear_as_no),
    ("unclear_as_yes", lambda _, cell: cell.unclear_as_yes),
    ("change", lambda _, cell: cell.change.difference if cell.change else None),
    ("change_low", lambda _, cell: cell.change.low if cell.change else None),
    ("change_high", lambda _, cell: cell.change.high if cell.change else None),
    ("reason", lambda said, cell: said.words.note(cell.reason) or None),
    ("edition", lambda said, _: said.findings.edition.value),
    ("origin", lambda said, _: said.findings.origin.value),
)

LISTINGS: tuple[tuple[str, Callable[[str, FlaggedListing], Scalar]], ...] = (
    ("kind", lambda kind, _: kind),
    ("platform", lambda _, one: one.listing.platform),
    ("item_id", lambda _, one: one.listing.item_id),
    ("title", lambda _, one: one.listing.title),
    ("price", lambda _, one: one.listing.price),
    ("currency", lambda _, one: one.listing.currency),
    ("seller_id", lambda _, one: one.listing.seller_id),
    ("seller_name", lambda _, one: one.listing.seller_name),
    ("official_store", lambda _, one: one.listing.official_store),
    ("ship_from", lambda _, one: one.listing.ship_from),
    ("ship_from_country", lambda _, one: one.listing.ship_from_country),
    ("cross_border_flag", lambda _, one: one.listing.cross_border_flag),
    ("cross_border", lambda _, one: one.classification.cross_border.value),
    ("cross_border_score", lambda _, one: one.classification.cross_border_score),
    ("cluster", lambda _, one: one.classification.cluster.value),
    ("category", lambda _, one: one.classification.category),
    ("cluster_score", lambda _, one: one.classification.cluster_score),
    ("imported_goods", lambda _, one: one.classification.imported_goods),
    ("signals", lambda _, one: _signals(one)),
    ("policies", lambda _, one: " ".join(one.policies)),
    ("state", lambda _, one: one.state.value),
    ("is_confirmed", lambda _, one: one.confirmed),
    ("label", lambda _, one: one.label),
    ("judged_cluster", lambda _, one: one.judged_cluster and one.judged_cluster.value),
    ("first_seen", lambda _, one: one.first_seen),
    ("query", lambda _, one: one.found_at[0].query if one.found_at else None),
    ("rank", lambda _, one: one.found_at[0].rank if one.found_at else None),
    ("observed_at", lambda _, one: one.found_at[0].observed_at if one.found_at else None),
    ("url", lambda _, one: safe_link(one.listing.url)),
    ("sha256", lambda _, one: one.sha256),
    ("evidence", lambda _, one: one.evidence),
    ("origin", lambda _, one: one.origin.value),
)


def _signals(entry: FlaggedListing) -> str:
    return "; ".join(f"{signal.kind}: {signal.text}" for signal in entry.classification.signals)


def cell_rows(phrases: Phrases) -> Iterator[list[Scalar]]:
    """A row a cell, in the order of ``CELLS``: those that carry a verdict first, as on the page."""
    platforms = {one.platform.id: at for at, one in enumerate(answer(phrases.findings).platforms)}

    def order(cell: Cell) -> tuple[bool, int]:
        return not cell.primary, platforms.get(cell.platform, len(platforms))

    for cell in sorted(phrases.findings.cells, key=order):
        yield [value(phrases, cell) for _, value in CELLS]


def listing_rows(findings: Findings) -> Iterator[list[Scalar]]:
    """A row a listing of every list, in the order of ``LISTINGS``."""
    for kind, found in lists(findings).items():
        for entry in found:
            yield [value(kind, entry) for _, value in LISTINGS]


def harmless(value: Scalar) -> Scalar:
    """The value as CSV may carry it: text that would start a formula is quoted."""
    if isinstance(value, datetime):
        return value.astimezone(WIB).isoformat()
    if isinstance(value, str) and value.lstrip(" \ufeff\u200b\xa0").startswith(_FORMULA):
        return f"'{value}"
    return value


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Scalar]]) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, as spreadsheets expect it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([harmless(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")
