"""Labels by spreadsheet: what goes out, what comes back, what is refused by row."""

import csv
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.config import PantauError
from monitor.model import Answer, Cluster, LabelKind, Mark, Question
from monitor.registry import Registry
from monitor.store import Store
from monitor.web import WebError, invite
from monitor.web.audit import export_sheet, import_sheet
from monitor.web.audit.sheet import _MARKS

from .conftest import REGISTRY, WEEK, Audit, Say, create_app, fill

Row = dict[str, str]


@pytest.fixture
def ready(audit: Audit) -> Audit:
    for name in ("Ani", "Budi"):
        invite(audit.store, name)
    return audit


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[Row], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def sheet(ready: Audit, tmp_path: Path) -> Path:
    path = tmp_path / "ani.csv"
    assert export_sheet(ready.store, REGISTRY, WEEK, "Ani", path) == 20
    return path


def test_the_sheet_is_blind(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8-sig")
    for secret in ("flagged", "domestic", "0.98", "cross_border,", "Budi"):
        assert secret not in text
    assert all(row["jawaban"] == "" for row in read(sheet))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_answers_come_back(ready: Audit, sheet: Path, delimiter: str) -> None:
    rows = read(sheet)
    note = "lihat lagi " * 80 + "."
    for row, answer in zip(rows, ("Ya", "tidak", "Tidak dapat dipastikan", "no"), strict=False):
        row |= {"jawaban": answer, "kelompok": "Kerajinan", "catatan": note}
    report = import_sheet(ready.store, REGISTRY, WEEK, "Ani", write(sheet, rows, delimiter))
    assert (report.accepted, report.empty, report.refused) == (4, 16, ())
    labels = ready.store.labels.all()
    assert [label.answer for label in labels] == [
        Answer.yes, Answer.no, Answer.cannot_tell, Answer.no,
    ]  # fmt: skip
    assert {(x.kind, x.cluster, x.note, x.annotator) for x in labels} == {
        (LabelKind.first, Cluster.crafts, note, "Ani")
    }
    assert [x.key for x in labels] == [i.label_key for i in ready.draw.items[:4]]


def test_the_mark_is_optional_in_a_sheet(ready: Audit, sheet: Path) -> None:
    rows = read(sheet)
    said = [
        ("ya", "seller"),
        ("ya", " Kiriman luar negeri "),
        ("ya", "bea"),
        ("ya", ""),
        ("tidak", "seller"),
    ]
    for row, (answer, mark) in zip(rows, said, strict=False):
        row |= {"jawaban": answer, "kelompok": "crafts", "tanda": mark}
    report = import_sheet(ready.store, REGISTRY, WEEK, "Ani", write(sheet, rows))
    assert [refusal.reason for refusal in report.refused] == [
        "tanda: 'bea' is none of " + ", ".join(sorted(_MARKS[Question.cross_border]))
    ]
    marks = [label.mark for label in ready.store.labels.all()]
    assert marks == [Mark.seller, Mark.dispatch, None, None]


def test_bad_rows_are_refused_and_the_others_taken(ready: Audit, sheet: Path) -> None:
    rows = [row | {"jawaban": "tidak", "kelompok": "crafts"} for row in read(sheet)[:8]]
    rows[1]["penawaran"] = "#12345"
    rows[2]["versi"] = "#" + "0" * 16
    rows[3]["nomor"] = "21"
    rows[4]["jawaban"] = "mungkin"
    rows[5]["kelompok"] = ""
    rows[6]["platform"] = "shopee"
    rows.append(dict(rows[0]))
    report = import_sheet(ready.store, REGISTRY, WEEK, "Ani", write(sheet, rows))
    assert report.accepted == 2
    assert [refusal.row for refusal in report.refused] == [3, 4, 5, 6, 7, 8, 10]
    reasons = [refusal.reason for refusal in report.refused]
    assert "cannot be edited" in reasons[0]
    assert "not in the sample" in reasons[2]
    assert "jawaban" in reasons[3] and "ya" in reasons[3]
    assert "kelompok" in reasons[4]
    assert "twice" in reasons[6]
    assert len(ready.store.labels.all()) == 2


def test_a_sheet_that_is_there_is_not_overwritten(ready: Audit, sheet: Path) -> None:
    """It may hold answers nobody has imported yet."""
    before = sheet.read_bytes()
    with pytest.raises(WebError, match="may hold answers"):
        export_sheet(ready.store, REGISTRY, WEEK, "Ani", sheet)
    assert sheet.read_bytes() == before


def test_rows_are_counted_as_the_spreadsheet_counts_them(ready: Audit, sheet: Path) -> None:
    """Reordered, with an empty row and a note of two lines before the row that is refused."""
    rows = [row | {"jawaban": "tidak", "kelompok": "crafts"} for row in read(sheet)[:3]][::-1]
    rows[0]["catatan"] = "dua\nbaris"
    rows[2]["versi"] = "#0"
    text = write(sheet, rows).read_text(encoding="utf-8-sig")
    heading, rest = text.split("\n", 1)
    sheet.write_text(f"{heading}\n\n{rest}", encoding="utf-8")
    report = import_sheet(ready.store, REGISTRY, WEEK, "Ani", sheet)
    assert (report.accepted, [refusal.row for refusal in report.refused]) == (2, [5])


def test_a_changed_draw_is_labelled_by_nobody(ready: Audit, tmp_path: Path) -> None:
    path = next((tmp_path / "home").glob("*.db"))
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TRIGGER draw_item_update")
        other.execute("UPDATE draw_item SET probability = 0.5 WHERE position = 0")
        other.commit()
    with pytest.raises(PantauError, match="does not match its hash"):
        export_sheet(ready.store, REGISTRY, WEEK, "Ani", tmp_path / "x.csv")
    with pytest.raises(PantauError, match="does not match its hash"):
        create_app(ready.store, WEEK, ready.evidence, REGISTRY)


@pytest.mark.parametrize("name", ["ani", "A-n-i", "ANI ", "Ａｎｉ"])
def test_another_spelling_is_no_second_person(ready: Audit, name: str) -> None:
    with pytest.raises(WebError, match="'Ani' is invited already"):
        invite(ready.store, name)
    assert [person.name for person in ready.store.annotators.all()] == ["Ani", "Budi"]


def test_the_same_sheet_twice_changes_nothing(ready: Audit, sheet: Path) -> None:
    rows = [row | {"jawaban": "tidak", "kelompok": "lainnya"} for row in read(sheet)]
    write(sheet, rows)
    assert import_sheet(ready.store, REGISTRY, WEEK, "Ani", sheet).accepted == 20
    again = import_sheet(ready.store, REGISTRY, WEEK, "Ani", sheet)
    assert again.accepted == 0
    assert all("answered it before" in refusal.reason for refusal in again.refused)
    assert len(ready.store.labels.all()) == 20


def test_only_what_is_left_goes_out(ready: Audit, say: Say, tmp_path: Path) -> None:
    for item in ready.draw.items[:10]:
        say("Budi", item, "yes")
    for item in ready.draw.items[:4]:
        say("Ani", item, "yes", "second")
    path = tmp_path / "sheet.csv"
    assert export_sheet(ready.store, REGISTRY, WEEK, "Ani", path) == 16
    rows = [row | {"jawaban": "ya", "kelompok": "crafts"} for row in read(path)]
    import_sheet(ready.store, REGISTRY, WEEK, "Ani", write(path, rows))
    kinds = [label.kind for label in ready.store.labels.all() if label.annotator == "Ani"]
    assert kinds.count(LabelKind.second) == 10


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", "column nomor"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "column nomor"),
    ],
)
def test_files_that_are_no_sheets(
    ready: Audit, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(WebError, match=message):
        import_sheet(ready.store, REGISTRY, WEEK, "Ani", path)
    with pytest.raises(WebError, match="cannot be read"):
        import_sheet(ready.store, REGISTRY, WEEK, "Ani", tmp_path / "missing.csv")


def test_strangers_are_refused(ready: Audit, tmp_path: Path) -> None:
    act: list[Callable[[Store, Registry, str, str, Path], object]] = [export_sheet, import_sheet]
    for each in act:
        with pytest.raises(WebError, match="was not invited"):
            each(ready.store, REGISTRY, WEEK, "Dewi", tmp_path / "x.csv")
        with pytest.raises(WebError, match="no audit was drawn"):
            each(ready.store, REGISTRY, "2026-W48", "Ani", tmp_path / "x.csv")


@pytest.fixture
def of_goods(tmp_path: Path) -> Iterator[Audit]:
    """A week of entries that look for used clothing, six of whose listings were drawn."""
    home = tmp_path / "goods"
    with Store.open(f"sqlite:///{tmp_path / 'goods.db'}", create=True) as store:
        sample = fill(store, home, cluster=Cluster.used_clothing, budget=24)
        invite(store, "Ani")
        yield Audit(store, sample, home)


def test_a_sheet_asks_of_used_clothing_in_its_own_words(of_goods: Audit, tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    assert export_sheet(of_goods.store, REGISTRY, WEEK, "Ani", path) == 6
    rows = read(path)
    assert {row["pertanyaan"] for row in rows} == {"pakaian bekas impor"}
    assert {row["pilihan_komoditas"] for row in rows} == {""}
    rows[0] |= {"jawaban": "ya", "tanda": "words"}
    rows[1] |= {"jawaban": "ya", "tanda": "seller"}
    rows[2] |= {"jawaban": "ya", "kelompok": "crafts"}
    rows[3] |= {"jawaban": "tidak", "pertanyaan": "penjual luar negeri"}
    rows[4] |= {"jawaban": "tidak", "pertanyaan": "used_clothing"}
    report = import_sheet(of_goods.store, REGISTRY, WEEK, "Ani", write(path, rows))
    assert (report.accepted, report.empty) == (2, 1)
    assert [refusal.reason for refusal in report.refused] == [
        "tanda: 'seller' is none of " + ", ".join(sorted(_MARKS[Question.used_clothing])),
        "kelompok: 'crafts', but used_clothing needs none; leave it empty",
        "pertanyaan: cross_border, but this row asks used_clothing; export the sheet again",
    ]
    labels = of_goods.store.labels.all()
    assert {(label.question, label.cluster) for label in labels} == {(Question.used_clothing, None)}
    assert [(label.answer, label.mark) for label in labels] == [
        (Answer.yes, Mark.words), (Answer.no, None)
    ]  # fmt: skip


def test_a_sheet_without_a_question_column_is_of_who_sells(
    ready: Audit, sheet: Path, of_goods: Audit, tmp_path: Path
) -> None:
    """As all sheets were before there was another question."""
    old = [
        {name: cell for name, cell in row.items() if name != "pertanyaan"} | {
            "jawaban": "tidak", "kelompok": "crafts"
        }
        for row in read(sheet)[:2]
    ]  # fmt: skip
    assert import_sheet(ready.store, REGISTRY, WEEK, "Ani", write(sheet, old)).accepted == 2
    path = tmp_path / "goods.csv"
    export_sheet(of_goods.store, REGISTRY, WEEK, "Ani", path)
    old = [
        {name: cell for name, cell in row.items() if name != "pertanyaan"} | {"jawaban": "tidak"}
        for row in read(path)[:2]
    ]
    report = import_sheet(of_goods.store, REGISTRY, WEEK, "Ani", write(path, old))
    assert (report.accepted, len(report.refused)) == (0, 2)
