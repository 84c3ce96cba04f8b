"""The command's streams: columns, order, bad rows, bounded reading."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classify.classifier import Classifier
from monitor.classify.stream import COLUMNS, Counts, StreamError, classify_stream

Problems = list[tuple[int, str]]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def copied(text: str, kind: str, classifier: Classifier) -> tuple[str, Counts, Problems]:
    problems: Problems = []
    target = io.StringIO()
    source = io.StringIO(text, newline="")
    counts = classify_stream(
        source, target, kind, lambda line, problem: problems.append((line, problem)), classifier
    )
    return target.getvalue(), counts, problems


def test_csv_keeps_columns_and_order(classifier: Classifier) -> None:
    text = 'sku,title,note\r\n7,"Mukena Bali, katun",ok\r\n8,Kopi Gayo,"two\r\nlines"\r\n'
    out, counts, problems = copied(text, "csv", classifier)
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert list(rows[0]) == ["sku", "title", "note", *COLUMNS]
    assert [(r["sku"], r["note"].replace("\r\n", "\n")) for r in rows] == [
        ("7", "ok"),
        ("8", "two\nlines"),
    ]
    assert rows[0]["cluster"] == "textile_fashion"
    assert rows[0]["category"] == "mukena"
    assert rows[0]["cross_border"] == "unknown"
    assert rows[0]["signals"].startswith("title: ")
    assert float(rows[0]["cluster_score"]) >= 0.9
    assert (counts, problems) == (Counts(classified=2, bad=0), [])


def test_csv_bad_rows_are_told_by_line_and_left_out(classifier: Classifier) -> None:
    text = "title,ship_from\nKaos,China\nonly one\n\nBatik,Bandung\na,b,c\nKebaya,Medan\n"
    out, counts, problems = copied(text, "csv", classifier)
    assert [r["title"] for r in csv.DictReader(io.StringIO(out))] == ["Kaos", "Batik", "Kebaya"]
    assert [line for line, _ in problems] == [3, 6]
    assert counts == Counts(classified=3, bad=2)


def test_csv_unfinished_quote_is_told(classifier: Classifier) -> None:
    _, counts, problems = copied('title\nKaos\n"Batik\n', "csv", classifier)
    assert counts.bad == 1
    assert problems[0][0] == 3


@pytest.mark.parametrize("text", ["", "name,price\nKaos,1\n"])
def test_csv_without_title_column(classifier: Classifier, text: str) -> None:
    with pytest.raises(StreamError, match="title"):
        copied(text, "csv", classifier)


@pytest.mark.parametrize(
    ("content", "mend"),
    [
        (b"title;price\nKaos;1\n", "parted by ';'; save it with commas"),
        (b"Title,price\nKaos,1\n", "call 'Title' title"),
        ("title,price\nKaos,1\n".encode("utf-16"), "save it as CSV UTF-8"),
        ("title,price\nKaos,1\n".encode("utf-16-be"), "save it as CSV UTF-8"),
    ],
)
def test_a_header_without_a_title_names_the_mend(
    classifier: Classifier, content: bytes, mend: str
) -> None:
    text = content.decode("utf-8", errors="surrogateescape")
    with pytest.raises(StreamError, match=mend):
        copied(text, "csv", classifier)


def test_byte_order_mark_and_own_columns(classifier: Classifier) -> None:
    out, _, _ = copied("\ufefftitle,cluster,z\nMukena,old,1\n", "csv", classifier)
    header, row = csv.reader(io.StringIO(out))
    assert header[:3] == ["title", "cluster", "z"]
    assert header.count("cluster") == 1
    assert row[:3] == ["Mukena", "textile_fashion", "1"]


def test_given_columns_count(classifier: Classifier) -> None:
    text = (
        "title,category_path,ship_from,platform\n"
        "Barang bagus,Fashion Muslim > Mukena,Overseas,shopee\n"
    )
    out, _, _ = copied(text, "csv", classifier)
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["cluster"], row["category"]) == ("textile_fashion", "mukena")
    assert row["cross_border"] == "cross_border"
    assert "category path: Fashion Muslim › Mukena" in row["signals"]
    assert "ship from: Overseas (abroad)" in row["signals"]


def test_condition_and_prohibited_goods_are_told(classifier: Classifier) -> None:
    text = (
        "title,platform_condition\nKemeja flanel bekas import,\nKemeja flanel,Bekas\n"
        "Kemeja flanel import,new\nKemeja,rusak\n"
    )
    out, _, problems = copied(text, "csv", classifier)
    shown = [(r["condition"], r["prohibited"]) for r in csv.DictReader(io.StringIO(out))]
    assert shown == [
        ("used", "used_clothing"),
        ("used", "suspected_used_clothing"),
        ("new", ""),
    ]
    assert problems == [(5, "platform_condition: 'rusak' is neither used nor new")]
    lines, _, _ = copied('{"title": "Kopi"}', "jsonl", classifier)
    row = json.loads(lines)
    assert (row["condition"], row["prohibited"]) == ("unknown", None)


def test_jsonl(classifier: Classifier) -> None:
    lines = [
        '{"title": "Kemeja batik", "id": 1, "nested": {"a": [1]}}',
        "{broken",
        "[1]",
        '{"id": 3}',
        '{"title": 5}',
        "",
        '{"title": "Kopi", "cross_border_flag": true}',
        '{"title": "Kopi", "ship_from": 7}',
    ]
    out, counts, problems = copied("\n".join(lines), "jsonl", classifier)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["cluster"] for row in rows] == ["textile_fashion", "food_beverage"]
    assert list(rows[0])[:3] == ["title", "id", "nested"]
    assert rows[0]["nested"] == {"a": [1]}
    assert isinstance(rows[0]["cluster_score"], float)
    assert rows[1]["cross_border"] == "cross_border"
    assert [line for line, _ in problems] == [2, 3, 4, 5, 8]
    assert counts == Counts(classified=2, bad=5)


def test_bad_rows_of_all_kinds_are_told_in_order(classifier: Classifier) -> None:
    text = 'title,imported_flag\nKaos\nTas,\udcff\nBaju,maybe\n"Topi"x,1\nBatik,yes\n'
    out, counts, problems = copied(text, "csv", classifier)
    assert [row[0] for row in _rows(out)] == ["title", "Batik"]
    assert [line for line, _ in problems] == [2, 3, 4, 5]
    assert counts == Counts(classified=1, bad=4)


class Endless(io.TextIOBase):
    """Rows without end; remembers how many were asked for."""

    def __init__(self) -> None:
        self.read = 0

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        self.read += 1
        return "title\n" if self.read == 1 else "Kaos\n"


class FullError(Exception):
    """Raised by ``Narrow`` once it has enough."""


class Narrow(io.StringIO):
    """Takes ten rows, then says so."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = 0

    def write(self, text: str) -> int:
        self.rows += text.count("\n")
        if self.rows > 10:
            raise FullError
        return super().write(text)


def test_rows_are_written_before_the_source_ends(classifier: Classifier) -> None:
    source = Endless()
    with pytest.raises(FullError):
        classify_stream(source, Narrow(), "csv", lambda *_: None, classifier)
    assert source.read < 3_000


def test_empty_titles_are_rows_too(classifier: Classifier) -> None:
    out, counts, _ = copied('title,a\n,1\n"",2\n', "csv", classifier)
    assert [r["cluster"] for r in csv.DictReader(io.StringIO(out))] == ["unknown", "unknown"]
    assert counts.classified == 2


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=10)), max_size=6))
def test_any_text_survives_a_csv_round(classifier: Classifier, rows: list[tuple[str, str]]) -> None:
    source = io.StringIO(newline="")
    writer = csv.writer(source)
    writer.writerows([("title", "x"), *rows])
    out, counts, problems = copied(source.getvalue(), "csv", classifier)
    back = [row[:2] for row in _rows(out)][1:]
    assert problems == []
    assert counts.classified == len(rows)
    assert back == [list(row) for row in rows]


def _rows(out: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(out, newline=""))
