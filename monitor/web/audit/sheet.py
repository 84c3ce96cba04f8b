"""Labelling in a spreadsheet: a sample out as CSV, answers back in, refused row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from monitor.model import (
    GOODS_CLUSTERS,
    Answer,
    Cluster,
    Label,
    LabelKey,
    Listing,
    Mark,
    Question,
    SampledListing,
    Value,
    no_formula,
)
from monitor.registry import Registry
from monitor.store import Store, StoreError
from monitor.web.audit.commodities import NONE, Commodities
from monitor.web.audit.week import WeekAudit
from monitor.web.audit.work import Work
from monitor.web.invitations import WebError
from monitor.web.messages import LANGUAGES, PageMessages

T = TypeVar("T")
SAMPLE = ("nomor", "platform", "penawaran", "versi")
QUESTION = "pertanyaan"
SHOWN = (
    "judul", "harga", "mata_uang", "penjual", "toko_resmi", "dikirim_dari",
    "ditandai_lintas_batas", "kondisi", "judul_halaman", "penjual_halaman", "dikirim_dari_halaman",
    "kondisi_halaman",
    "pilihan_komoditas",
)  # fmt: skip
REQUIRED = (*SAMPLE, "jawaban", "kelompok", "catatan")
COMMODITY = "komoditas"
MARK = "tanda"
COLUMNS = (*SAMPLE, QUESTION, *SHOWN, "jawaban", "kelompok", COMMODITY, MARK, "catatan")
LARGEST_FILE = 20_000_000
"""Bytes."""


class RefusedRow(Value):
    """A row that was not taken: its number in the sheet (the heading is row 1), and why."""

    row: int
    reason: str


class ImportReport(Value):
    """Rows taken, rows left empty, rows refused."""

    accepted: int
    empty: int
    refused: tuple[RefusedRow, ...]


def export_sheet(store: Store, registry: Registry, week: str, annotator: str, path: Path) -> int:
    """Writes the listings that ``annotator`` has yet to label; returns how many.

    ``pilihan_komoditas`` says which commodities a positive has to be told apart by, in which group:
    once, and afterwards by the ``nomor`` of the row that says it. Nobody's answers are in it, nor
    what the screen says. Raises ``WebError``, also for a file that is there already: it may hold
    answers.
    """
    audit = _audit(store, registry, week, annotator)
    work = audit.work()
    if path.exists():
        raise WebError(f"{path}: exists already and may hold answers; choose another name")
    rows = 0
    row_of_choices: dict[str, int] = {}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for number, sampled in enumerate(audit.sample.listings, start=1):
            key = sampled.label_key
            if work.items[key] == sampled and work.wants_label(key, annotator):
                choices = _choices(audit.commodities, sampled)
                first = row_of_choices.setdefault(choices, number)
                if choices and first != number:
                    choices = f"lihat nomor {first}"
                row = _identity(number, sampled) | _shown(audit, sampled)
                row[QUESTION] = PageMessages("id")[f"questions.{sampled.question.value}"]
                row["pilihan_komoditas"] = choices
                writer.writerow({name: no_formula(str(cell or "")) for name, cell in row.items()})
                rows += 1
    return rows


def _shown(audit: WeekAudit, sampled: SampledListing) -> dict[str, object]:
    """What a row shows of the result page and of the listing's own page."""
    listing = audit.observations[sampled.observation_id].listing
    visit = audit.visits.get(sampled.listing_key)
    own_page = visit.listing if visit else None
    yes_no = {True: "ya", False: "tidak", None: ""}
    return {
        "judul": listing.title,
        "harga": listing.price,
        "mata_uang": listing.currency,
        "penjual": listing.seller_name,
        "toko_resmi": yes_no[listing.official_store],
        "dikirim_dari": listing.ship_from,
        "ditandai_lintas_batas": yes_no[listing.cross_border_flag],
        "kondisi": _condition(listing),
        "kondisi_halaman": _condition(own_page),
        "judul_halaman": own_page.title if own_page else None,
        "penjual_halaman": own_page.seller_name if own_page else None,
        "dikirim_dari_halaman": own_page.ship_from if own_page else None,
    }


def _condition(page: Listing | None) -> str | None:
    """The platform's field of condition, in the words of the pages."""
    return PageMessages("id")[f"fact.{page.condition}"] if page and page.condition else None


def import_sheet(
    store: Store, registry: Registry, week: str, annotator: str, path: Path
) -> ImportReport:
    """Appends the answers of a sheet as labels of ``annotator``.

    A row is refused where its listing is unknown or edited, comes twice, was answered by the same
    person or by two others before, or where answer, group, commodity or mark are not ones that can
    be given; the other rows are taken. Rows without an answer are left for later. Raises
    ``WebError`` for a file that is no such sheet.
    """
    audit = _audit(store, registry, week, annotator)
    work = audit.work()
    empty = 0
    refused: list[RefusedRow] = []
    accepted: set[LabelKey] = set()
    for number, row in _rows(path):
        if not row["jawaban"].strip():
            empty += 1
            continue
        try:
            sampled = _sampled(audit, row)
            if sampled.label_key in accepted:
                raise _RowError(f"penawaran {sampled.item_id}: comes twice in this sheet")
            audit.append(_label(audit, work, sampled, annotator, row))
        except (_RowError, StoreError) as error:
            refused.append(RefusedRow(row=number, reason=str(error)))
        else:
            accepted.add(sampled.label_key)
    return ImportReport(accepted=len(accepted), empty=empty, refused=tuple(refused))


class _RowError(Exception):
    """Why a row is refused."""


def _audit(store: Store, registry: Registry, week: str, annotator: str) -> WeekAudit:
    """The week's audit; raises ``WebError`` where the annotator was not invited to it."""
    audit = WeekAudit(store, registry, week)
    if annotator not in {person.name for person in store.annotators.all()}:
        raise WebError(f"{annotator}: was not invited; run: pantau audit invite {annotator!r}")
    return audit


def _identity(number: int, sampled: SampledListing) -> dict[str, object]:
    """The cells by which a row is known again.

    A sign before long numbers keeps spreadsheets from rounding them.
    """
    return {
        "nomor": str(number),
        "platform": sampled.platform,
        "penawaran": f"#{sampled.item_id}",
        "versi": f"#{sampled.version[:16]}",
    }


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a sheet with their numbers, whatever delimiter the spreadsheet chose."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise WebError(f"{path}: is too large for a sheet of labels")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "save it as CSV UTF-8"
        raise WebError(f"{path}: cannot be read as CSV in UTF-8; {why}") from error
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = next(reader, [])
        if missing := [name for name in REQUIRED if name not in names]:
            columns = ", ".join(missing)
            raise WebError(f"{path}: column {columns} is missing; export the sheet again")
        for number, cells in enumerate(reader, start=2):
            yield number, dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise WebError(f"{path}: row {reader.line_num}: {error}") from error


def _sampled(audit: WeekAudit, row: Mapping[str, str]) -> SampledListing:
    """The sampled listing that a row is about; raises ``_RowError`` where it is another."""
    number, items = row["nomor"].strip(), audit.sample.listings
    if not number.isdecimal() or not 1 <= int(number[:9]) <= len(items):
        raise _RowError(f"nomor: {number!r} is not in the sample of {audit.sample.week}")
    sampled = items[int(number[:9]) - 1]
    for name, expected in _identity(int(number), sampled).items():
        if row[name].strip() != expected:
            raise _RowError(
                f"{name}: {row[name]!r} instead of {expected!r}; a drawn sample cannot be edited"
            )
    # Sheets of before there was a second question have no such column.
    question = _choice(QUESTION, row.get(QUESTION, "").strip() or "cross_border", _QUESTIONS)
    if question is not sampled.question:
        raise _RowError(
            f"{QUESTION}: {question.value}, but this row asks {sampled.question.value}; "
            "export the sheet again"
        )
    return sampled


def _label(
    audit: WeekAudit, work: Work, sampled: SampledListing, annotator: str, row: Mapping[str, str]
) -> Label:
    """The label that a row gives; raises ``_RowError`` where it cannot be given."""
    key = sampled.label_key
    answers = work.answers(key)
    if annotator in answers:
        raise _RowError(f"penawaran {sampled.item_id}: {annotator} answered it before")
    if len(answers) > 1 and not work.wants_label(key, annotator):
        raise _RowError(f"penawaran {sampled.item_id}: two people answered it before")
    answer = _choice("jawaban", row["jawaban"], _ANSWERS)
    cluster = _cluster(sampled.question, row["kelompok"])
    category = _category(audit.commodities, sampled, answer, cluster, row.get(COMMODITY, ""))
    kind = work.kind_for(key, annotator)
    marks = _MARKS[sampled.question]
    mark = _choice(MARK, row[MARK], marks) if row.get(MARK, "").strip() else None
    return audit.label(sampled, annotator, kind, answer, cluster, category, row["catatan"], mark)


def _cluster(question: Question, text: str) -> Cluster | None:
    """The product group that a cell names, which is asked with who sells alone."""
    if question is Question.cross_border:
        return _choice("kelompok", text, _CLUSTERS)
    if text.strip():
        raise _RowError(f"kelompok: {text!r}, but {question.value} needs none; leave it empty")
    return None


def _choices(commodities: Commodities, sampled: SampledListing) -> str:
    """``bila ya, Tekstil & fesyen: hijab (Hijab), …, none (Lainnya / tidak satu pun)``."""
    messages = PageMessages("id")
    return "; ".join(
        f"bila ya, {messages[f'clusters.{cluster.value}']}: "
        + ", ".join(f"{category} ({commodities.title(category, 'id')})" for category in categories)
        + f", {NONE} ({messages['commodity_none']})"
        for cluster, categories in commodities.asked(sampled).items()
    )


def _category(
    commodities: Commodities,
    sampled: SampledListing,
    answer: Answer,
    cluster: Cluster | None,
    text: str,
) -> str | None:
    """The commodity that a cell names, by its id or by its title in either language."""
    if cluster is None or answer is not Answer.yes:
        return None
    offered = commodities.asked(sampled).get(cluster, ())
    if not offered:
        if text.strip():
            raise _RowError(f"komoditas: {text!r}, but {cluster.value} needs none; leave it empty")
        return None
    choices = dict.fromkeys(_NONE_SPELLINGS, NONE) | {category: category for category in offered}
    for language in LANGUAGES:
        choices |= {commodities.title(c, language).casefold(): c for c in offered}
    choice = choices.get(_normal(text))
    if choice is None:
        raise _RowError(f"komoditas: {text!r} is none of {', '.join((*offered, NONE))}")
    return commodities.category(sampled, answer, cluster, choice)


def _choice(name: str, text: str, choices: Mapping[str, T]) -> T:
    choice = choices.get(_normal(text))
    if choice is None:
        raise _RowError(f"{name}: {text!r} is none of {', '.join(sorted(choices))}")
    return choice


def _normal(text: str) -> str:
    return " ".join(text.casefold().split())


def _spellings(choices: Iterable[T], table: str) -> dict[str, T]:
    """The codes, and the words of the pages in both languages."""
    spellings: dict[str, T] = {}
    for choice in choices:
        spellings[str(choice)] = choice
        for language in LANGUAGES:
            spellings[PageMessages(language)[f"{table}.{choice}"].casefold()] = choice
    return spellings


_ANSWERS = _spellings(Answer, "answer")
_CLUSTERS = _spellings(GOODS_CLUSTERS, "clusters")
_QUESTIONS = _spellings(Question, "questions")
_MARKS = {question: _spellings(Mark.of(question), "marks") for question in Question}
_NONE_SPELLINGS = {
    NONE,
    "lainnya",
    "tidak satu pun",
    *(PageMessages(language)["commodity_none"].casefold() for language in LANGUAGES),
}
