"""`pantau classify`: CSV and JSON Lines in, the same rows with the decisions out."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any, Literal

import msgspec

from monitor.classify.classifier import Classifier, classify_listings
from monitor.model import Classification, Condition, Listing, PantauError, Value

COLUMNS = (
    "cluster",
    "category",
    "cluster_score",
    "cross_border",
    "cross_border_score",
    "signals",
    "condition",
    "prohibited",
)
BATCH = 2_000
_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")
"""The byte order marks of UTF-16, as they stand in a text that was read as UTF-8."""
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
_CONDITIONS = {
    **dict.fromkeys(("used", "bekas"), Condition.used),
    **dict.fromkeys(("new", "baru"), Condition.new),
}
_TRUE = {"true", "1", "yes", "ya"}
_FALSE = {"false", "0", "no", "tidak"}

Row = dict[str, Any]
Report = Callable[[int, str], None]


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
    report: Report,
    classifier: Classifier | None = None,
) -> Counts:
    """Copies rows from ``source`` to ``target`` with the columns of ``COLUMNS`` added.

    Rows and columns keep their order; an input column named like one of ours is replaced where
    it stands. A bad row is left out and told to ``report(line, problem)``. At most 2,000 rows are
    held. Open CSV sources with ``newline=""``, and all with ``errors="surrogateescape"``. Raises
    ``StreamError`` where no row can be read.
    """
    classifier = classifier or Classifier.load()
    bad = 0

    def count_bad(line: int, problem: str) -> None:
        nonlocal bad
        bad += 1
        report(line, problem)

    copy = _copy_csv if format == "csv" else _copy_jsonl
    classified = copy(source, target, count_bad, classifier)
    return Counts(classified=classified, bad=bad)


class _NewlineEnds:
    """A target for the CSV writer that ends its lines with a newline alone.

    Told to end lines so itself, the writer of Python 3.12 and older leaves a lone carriage return
    in a cell unquoted.
    """

    def __init__(self, target: IO[str]) -> None:
        self._target = target

    def write(self, line: str) -> int:
        """Writes one line, its end exchanged."""
        return self._target.write(line.removesuffix("\r\n") + "\n")


def _copy_csv(source: IO[str], target: IO[str], report: Report, classifier: Classifier) -> int:
    """Copies a CSV with the decisions added; returns how many rows were written."""
    reader = csv.reader(_lines(source), strict=True)
    header = _header(reader)
    names = [*header, *(name for name in COLUMNS if name not in header)]
    indices = [names.index(name) for name in COLUMNS]
    writer = csv.writer(_NewlineEnds(target))
    writer.writerow(names)
    written = 0
    rows = _csv_rows(reader, header, report)
    for cells, decision in classify_listings(classifier, rows, BATCH):
        cells += [""] * (len(names) - len(cells))
        for index, text in zip(indices, columns(decision), strict=True):
            cells[index] = text
        writer.writerow(cells)
        written += 1
    return written


def _header(reader: Any) -> list[str]:
    """The names of the columns; raises ``StreamError`` where there is no title among them."""
    try:
        header: list[str] | None = next(reader, None)
    except csv.Error as error:
        raise StreamError(f"line 1: not CSV ({error})") from error
    if header is None:
        raise StreamError("empty input: a CSV needs a header line with a column title")
    header[0] = header[0].removeprefix("\ufeff")
    if "title" not in header:
        raise StreamError(_without_title(header))
    return header


def _without_title(header: list[str]) -> str:
    """Why a header has no column ``title``, and the mend where it is plain to see."""
    line = ",".join(header)
    if "\0" in line or line.startswith(_UTF_16):
        return "is in UTF-16; save it as CSV UTF-8"
    parted = next((mark for mark in ";\t|" if len(header) == 1 and mark in line), None)
    if parted:
        return f"the columns are parted by {parted!r}; save it with commas: {line[:200]}"
    named = next((name for name in header if name.strip().lower() == "title"), None)
    mend = f"; call {named!r} title" if named else ""
    return f"no column title in the header: {', '.join(header)[:200]}{mend}"


def _lines(source: IO[str]) -> Iterator[str]:
    """Lines; one that never ends is cut so that memory stays bounded."""
    return iter(partial(source.readline, MAX_LINE), "")


def _csv_rows(
    reader: Any, header: list[str], report: Report
) -> Iterator[tuple[list[str], Listing]]:
    """The good rows as cells and as listings; bad ones are reported with the line they begin on."""
    names = ("title", *_TEXTS, *_FLAGS, "platform_condition")
    used = [(header.index(name), name) for name in names if name in header]
    while True:
        line = reader.line_num + 1
        try:
            cells: list[str] = next(reader)
            "".join(cells).encode()  # bytes that are no UTF-8 came in as surrogates
            if len(cells) == len(header):
                yield cells, listing_of({name: cells[index] for index, name in used})
            elif cells:
                report(line, f"{len(cells)} columns where the header has {len(header)}")
        except StopIteration:
            return
        except csv.Error as error:
            report(line, f"not CSV: {error}")
        except UnicodeEncodeError:
            report(line, "not UTF-8")
        except ValueError as error:
            report(line, str(error))


def _copy_jsonl(source: IO[str], target: IO[str], report: Report, classifier: Classifier) -> int:
    """Copies JSON Lines with the decisions added; returns how many rows were written."""
    written = 0
    for row, decision in classify_listings(classifier, _json_rows(source, report), BATCH):
        row |= zip(COLUMNS, columns(decision), strict=True)
        row["category"] = decision.category
        row["prohibited"] = decision.prohibited
        row["cluster_score"] = decision.cluster_score
        row["cross_border_score"] = decision.cross_border_score
        target.write(msgspec.json.encode(row).decode() + "\n")
        written += 1
    return written


def _json_rows(source: IO[str], report: Report) -> Iterator[tuple[Row, Listing]]:
    """The good rows as objects and as listings; bad ones are reported by line."""
    decode = msgspec.json.Decoder(Row).decode
    for number, line in enumerate(_lines(source), 1):
        if not line.strip("\ufeff \t\r\n"):
            continue
        try:
            row = decode(line.removeprefix("\ufeff").replace("\0", ""))
            yield row, listing_of(row)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            report(number, f"not a JSON object: {error}")
        except ValueError as error:
            report(number, str(error))


def listing_of(row: Row) -> Listing:
    """A listing from a row; raises ``ValueError`` naming the field that is wrong.

    Empty cells are unknown. Flags are true or false (1, 0, yes, no, ya, tidak),
    ``platform_condition`` is used or new (bekas, baru). Price and currency say nothing about any
    decision and are left alone.
    """
    title = row.get("title")
    if title is None:
        raise ValueError("title: missing")
    fields = {name: row[name] for name in _TEXTS if row.get(name) not in (None, "")}
    for name, text in {"title": title, **fields}.items():
        if not isinstance(text, str):
            raise ValueError(f"{name}: not a text")
    for name in _FLAGS:
        if row.get(name) not in (None, ""):
            fields[name] = _flag(name, row[name])
    if row.get("platform_condition") not in (None, ""):
        fields["condition"] = _condition(row["platform_condition"])
    return Listing(platform=fields.pop("platform", ""), item_id="-", title=title, **fields)


def _flag(name: str, cell: object) -> bool:
    """A cell as true or false; raises ``ValueError`` for other words."""
    word = str(cell).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(f"{name}: {word[:40]!r} is neither true nor false")
    return word in _TRUE


def _condition(cell: object) -> Condition:
    """A cell as a condition; raises ``ValueError`` for other words."""
    word = str(cell).strip().lower()
    if word not in _CONDITIONS:
        raise ValueError(f"platform_condition: {word[:40]!r} is neither used nor new")
    return _CONDITIONS[word]


def columns(decision: Classification) -> list[str]:
    """The texts of ``COLUMNS``: scores with four places, ``signals`` as a reader's sentence."""
    return [
        decision.cluster.value,
        decision.category or "",
        f"{decision.cluster_score:.4f}",
        decision.cross_border.value,
        f"{decision.cross_border_score:.4f}",
        "; ".join(f"{signal.kind.replace('_', ' ')}: {signal.text}" for signal in decision.signals),
        decision.condition.value,
        decision.prohibited.value if decision.prohibited else "",
    ]
