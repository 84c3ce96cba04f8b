"""`pantau classify`: CSV and JSON Lines in, the same rows with both decisions out."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import islice
from typing import IO, Any, Literal

import msgspec

from monitor.classify.classifier import Classifier
from monitor.model import Classification, Listing, PantauError, Signal, Value

COLUMNS = (
    "cluster",
    "category",
    "cluster_score",
    "cross_border",
    "cross_border_score",
    "signals",
)
BATCH = 2_000
MAX_LINE = 1 << 20
_TEXTS = (
    "platform",
    "category_path",
    "ship_from",
    "ship_from_country",
    "seller_name",
    "brand",
)
_FLAGS = ("cross_border_flag", "imported_flag")
_TRUE = {"true", "1", "yes", "ya"}
_SPECIAL = re.compile(r'[",\r\n]').search
_FALSE = {"false", "0", "no", "tidak"}


Row = dict[str, Any]
Errors = Callable[[int, str], None]


class StreamError(PantauError):
    """The input cannot be classified at all; the message says what is wrong with it."""


class Counts(Value):
    """How many rows were written with decisions and how many were bad and left out."""

    classified: int
    bad: int


def classify_stream(
    source: IO[str],
    target: IO[str],
    format: Literal["csv", "jsonl"],  # noqa: A002
    errors: Errors,
    classifier: Classifier | None = None,
) -> Counts:
    """Copies rows from ``source`` to ``target`` with the columns of ``COLUMNS`` added.

    Rows and columns keep their order; an input column named like one of ours is replaced where
    it stands. A bad row is left out and told to ``errors(line, problem)``. At most 2,000 rows are
    held. Open CSV sources with ``newline=""``, and all with ``errors="surrogateescape"``. Raises
    ``StreamError`` where no row can be read.
    """
    classifier = classifier or Classifier.load()
    bad = _Bad(errors)
    copy = _copy_csv if format == "csv" else _copy_jsonl
    classified = copy(source, target, bad, classifier)
    return Counts(classified=classified, bad=bad.count)


class _Bad:
    def __init__(self, errors: Errors) -> None:
        self._errors = errors
        self.count = 0

    def __call__(self, line: int, problem: str) -> None:
        self.count += 1
        self._errors(line, problem)


def _copy_csv(source: IO[str], target: IO[str], bad: _Bad, classifier: Classifier) -> int:
    reader = csv.reader(_lines(source), strict=True)
    header = _header(reader)
    names = [*header, *(name for name in COLUMNS if name not in header)]
    place = [names.index(name) for name in COLUMNS]
    target.write(_line(names) + "\n")
    read = _Rows(header, bad)
    written = 0
    for batch in _csv_batches(reader):
        rows, listings = read(batch)
        decided = classifier.classify_many(listings)
        if names == [*header, *COLUMNS]:
            lines = [_line(c) + _line_end(d) for c, d in zip(rows, decided, strict=True)]
        else:
            lines = [_line(c) + "\n" for c in _replaced(rows, decided, place, len(names))]
        target.write("".join(lines))
        written += len(lines)
    return written


def _line(cells: list[str]) -> str:
    """Cells as a CSV line (RFC 4180) without its end; those that need quotes get them.

    The standard writer takes half as long as both decisions, and before Python 3.13 it leaves a
    lone carriage return unquoted.
    """
    return ",".join([_quoted(cell) if _SPECIAL(cell) else cell for cell in cells])


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _header(reader: Any) -> list[str]:
    try:
        header: list[str] | None = next(reader, None)
    except csv.Error as error:
        raise StreamError(f"line 1: not CSV ({error})") from error
    if header is None:
        raise StreamError("empty input: a CSV needs a header line with a column title")
    header[0] = header[0].removeprefix("\ufeff")
    if "title" not in header:
        raise StreamError(f"no column title in the header: {', '.join(header)[:200]}")
    return header


def _replaced(
    rows: list[list[str]], decided: list[Classification], place: list[int], width: int
) -> Iterator[list[str]]:
    """The rows with the values of ``COLUMNS`` each at its ``place`` of ``width`` columns."""
    for cells, decision in zip(rows, decided, strict=True):
        full = cells + [""] * (width - len(cells))
        for at, value in zip(place, columns(decision), strict=True):
            full[at] = value
        yield full


def _lines(source: IO[str]) -> Iterator[str]:
    """Lines; one that never ends is cut so that memory stays bounded."""
    return iter(partial(source.readline, MAX_LINE), "")


def _csv_batches(reader: Any) -> Iterator[list[tuple[int, list[str] | csv.Error]]]:
    """Rows, or why one cannot be read, with the line each begins on; 2,000 at a time."""
    held: list[tuple[int, list[str] | csv.Error]] = []
    ended = False
    while not ended:
        line = reader.line_num + 1
        try:
            for cells in reader:
                held.append((line, cells))
                line = reader.line_num + 1
                if len(held) == BATCH:
                    yield held
                    held = []
            ended = True
        except csv.Error as error:
            held.append((line, error))
    yield held


class _Rows:
    """Takes the good rows of a batch as listings, and tells the bad ones."""

    def __init__(self, header: list[str], bad: _Bad) -> None:
        self._width = len(header)
        self._title = header.index("title")
        self._used = [(header.index(name), name) for name in (*_TEXTS, *_FLAGS) if name in header]
        self._bad = bad

    def __call__(
        self, batch: list[tuple[int, list[str] | csv.Error]]
    ) -> tuple[list[list[str]], list[Listing]]:
        readable = _is_text("".join(["".join(row) for _, row in batch if isinstance(row, list)]))
        rows, listings = [], []
        for line, cells in batch:
            if isinstance(cells, csv.Error):
                self._bad(line, f"not CSV: {cells}")
            elif not readable and not _is_text("".join(cells)):
                self._bad(line, "not UTF-8")
            elif len(cells) == self._width:
                try:
                    listings.append(self._listing(cells))
                    rows.append(cells)
                except ValueError as error:
                    self._bad(line, str(error))
            elif cells:
                self._bad(line, f"{len(cells)} columns where the header has {self._width}")
        return rows, listings

    def _listing(self, cells: list[str]) -> Listing:
        if not self._used:
            return Listing(platform="", item_id="-", title=cells[self._title])
        row = {name: cells[at] for at, name in self._used if cells[at]}
        return listing_of(row | {"title": cells[self._title]})


def _is_text(cells: str) -> bool:
    """False where the source was opened with ``surrogateescape`` and had bytes that are no text."""
    try:
        cells.encode()
    except UnicodeEncodeError:
        return False
    return True


def _copy_jsonl(source: IO[str], target: IO[str], bad: _Bad, classifier: Classifier) -> int:
    encode = msgspec.json.Encoder().encode
    written = 0
    rows = _json_rows(source, bad)
    while batch := list(islice(rows, BATCH)):
        decided = classifier.classify_many([listing for _, listing in batch])
        for (row, _), decision in zip(batch, decided, strict=True):
            row |= zip(COLUMNS, columns(decision), strict=True)
            row["category"] = decision.category
            row["cluster_score"] = decision.cluster_score
            row["cross_border_score"] = decision.cross_border_score
            target.write(encode(row).decode() + "\n")
        written += len(batch)
    return written


def _json_rows(source: IO[str], bad: _Bad) -> Iterator[tuple[Row, Listing]]:
    decode = msgspec.json.Decoder(Row).decode
    for number, line in enumerate(_lines(source), 1):
        if not line.strip("\ufeff \t\r\n"):
            continue
        try:
            row = decode(line.removeprefix("\ufeff").replace("\0", ""))
            yield row, listing_of(row)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            bad(number, f"not a JSON object: {error}")
        except ValueError as error:
            bad(number, str(error))


def listing_of(row: Row) -> Listing:
    """A listing from a row; raises ``ValueError`` naming the field that is wrong.

    Empty cells are unknown. Flags are true or false (1, 0, yes, no, ya, tidak). Price and currency
    say nothing about either decision and are left alone.
    """
    title = row.get("title")
    if title is None:
        raise ValueError("title: missing")
    if not isinstance(title, str):
        raise ValueError("title: not a text")
    given: Row = {name: _text(row, name) for name in _TEXTS if row.get(name) not in (None, "")}
    given |= {name: _flag(row, name) for name in _FLAGS if row.get(name) not in (None, "")}
    return Listing(platform=given.pop("platform", ""), item_id="-", title=title, **given)


def _text(row: Row, name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise ValueError(f"{name}: not a text")
    return value


def _flag(row: Row, name: str) -> bool:
    value = row[name]
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"{name}: {word[:40]!r} is neither true nor false")


def columns(decision: Classification) -> list[str]:
    """The texts of ``COLUMNS``: scores with four places, ``signals`` as a reader's sentence."""
    return [
        decision.cluster._value_,
        decision.category or "",
        _four_places(decision.cluster_score),
        decision.cross_border._value_,
        _four_places(decision.cross_border_score),
        _sentence(decision.signals),
    ]


def _line_end(decision: Classification) -> str:
    """``COLUMNS`` as the end of a CSV line; nothing but the signals can need quotes."""
    return (
        f",{decision.cluster._value_},{decision.category or ''},"
        f"{_four_places(decision.cluster_score)},{decision.cross_border._value_},"
        f"{_four_places(decision.cross_border_score)},{_sentence_cell(decision.signals)}\n"
    )


@lru_cache(maxsize=20_000)
def _sentence_cell(signals: tuple[Signal, ...]) -> str:
    return _line([_sentence(signals)])


@lru_cache(maxsize=20_000)
def _four_places(score: float) -> str:
    return f"{score:.4f}"


@lru_cache(maxsize=20_000)
def _sentence(signals: tuple[Signal, ...]) -> str:
    return "; ".join(f"{signal.kind.replace('_', ' ')}: {signal.text}" for signal in signals)
