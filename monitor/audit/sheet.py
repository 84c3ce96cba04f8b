"""Labelling in a spreadsheet: a drawn sample out as CSV, answers back in, refused row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from monitor.audit.commodities import NONE, Commodities
from monitor.audit.drawn import drawn
from monitor.audit.invitations import AuditError
from monitor.audit.words import LANGUAGES, Words
from monitor.audit.work import Work
from monitor.labels import Key, label_key
from monitor.model import Answer, AuditSample, Cluster, Label, Observation, SampledListing, Value
from monitor.registry import Registry
from monitor.store import Store, StoreError

T = TypeVar("T")
SAMPLE = ("nomor", "platform", "penawaran", "versi")
SHOWN = (
    "judul", "harga", "mata_uang", "penjual", "toko_resmi", "dikirim_dari",
    "ditandai_lintas_batas", "judul_halaman", "penjual_halaman", "dikirim_dari_halaman",
    "pilihan_komoditas",
)  # fmt: skip
FILLED = ("jawaban", "kelompok", "catatan")
COMMODITY = "komoditas"
COLUMNS = (*SAMPLE, *SHOWN, "jawaban", "kelompok", COMMODITY, "catatan")
LARGEST = 20_000_000


class Refusal(Value):
    """A row that was not taken: its number in the sheet (the heading is row 1), and why."""

    row: int
    reason: str


class ImportReport(Value):
    """Rows taken, rows left empty, rows refused."""

    accepted: int
    empty: int
    refused: tuple[Refusal, ...]


def export_sheet(store: Store, registry: Registry, week: str, annotator: str, path: Path) -> int:
    """Writes the listings that ``annotator`` has yet to look at; returns how many.

    ``pilihan_komoditas`` says which commodities a positive has to be told apart by, in which group.
    Nobody's answers are in it, nor what the screen says. Raises ``AuditError``, also for a file
    that is there already: it may hold answers.
    """
    draw, work = _audit(store, week)
    _invited(store, annotator)
    if path.exists():
        raise AuditError(f"{path}: exists already and may hold answers; choose another name")
    seen = _seen(store, draw)
    asks = Commodities(registry, seen)
    own = {(v.platform, v.item_id): v.listing for v in store.visits.of_week(week) if v.listing}
    rows = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for number, item in enumerate(draw.items, start=1):
            if work.items[label_key(item)] is not item or not work.wants_look(
                label_key(item), annotator
            ):
                continue
            found, page = seen[item.observation_id].listing, own.get((item.platform, item.item_id))
            row: dict[str, object] = dict(_identity(number, item)) | {
                "judul": found.title,
                "harga": found.price,
                "mata_uang": found.currency,
                "penjual": found.seller_name,
                "toko_resmi": _said(found.official_store),
                "dikirim_dari": found.ship_from,
                "ditandai_lintas_batas": _said(found.cross_border_flag),
                "pilihan_komoditas": _offer(asks, item),
            }
            if page:
                row |= {
                    "judul_halaman": page.title,
                    "penjual_halaman": page.seller_name,
                    "dikirim_dari_halaman": page.ship_from,
                }
            writer.writerow({name: _plain(value) for name, value in row.items()})
            rows += 1
    return rows


def import_sheet(
    store: Store, registry: Registry, week: str, annotator: str, path: Path
) -> ImportReport:
    """Appends the answers of a sheet as labels of ``annotator``.

    A row is refused where its listing is unknown or edited, comes twice, was answered by the same
    person or by two others before, or where answer, group or commodity are not ones that can be
    given; the other rows are taken. Rows without an answer are left for later. Raises
    ``AuditError`` for a file that is no such sheet.
    """
    draw, work = _audit(store, week)
    _invited(store, annotator)
    asks = Commodities(registry, _seen(store, draw))
    accepted, empty, refused, done = 0, 0, [], set[Key]()
    for number, row in _rows(path):
        if not row["jawaban"].strip():
            empty += 1
            continue
        try:
            item = _drawn(draw, row)
            key = label_key(item)
            if key in done:
                raise _RowError(f"penawaran {item.item_id}: comes twice in this sheet")
            label = _label(draw, work, asks, item, annotator, row)
            store.labels.append(label)
        except (_RowError, StoreError) as error:
            refused.append(Refusal(row=number, reason=str(error)))
            continue
        done.add(key)
        accepted += 1
    return ImportReport(accepted=accepted, empty=empty, refused=tuple(refused))


class _RowError(Exception):
    """Why a row is refused."""


def _audit(store: Store, week: str) -> tuple[AuditSample, Work]:
    draw = drawn(store, week)
    return draw, Work(draw, (*store.labels.carried_into(week), *store.labels.all(week=week)))


def _seen(store: Store, draw: AuditSample) -> dict[int, Observation]:
    wanted = {item.observation_id for item in draw.items}
    return {each.id: each for each in store.screens.of_week(draw.week) if each.id in wanted}


def _invited(store: Store, annotator: str) -> None:
    if annotator not in {person.name for person in store.annotators.all()}:
        raise AuditError(f"{annotator}: was not invited; run: pantau audit invite {annotator!r}")


def _identity(number: int, item: SampledListing) -> Mapping[str, str]:
    """A sign before long numbers keeps spreadsheets from rounding them."""
    return {
        "nomor": str(number),
        "platform": item.platform,
        "penawaran": f"#{item.item_id}",
        "versi": f"#{item.version[:16]}",
    }


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        if path.stat().st_size > LARGEST:
            raise AuditError(f"{path}: is too large for a sheet of labels")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "save it as CSV UTF-8"
        raise AuditError(f"{path}: cannot be read as CSV in UTF-8; {why}") from error
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = next(reader, [])
        if missing := [n for n in (*SAMPLE, *FILLED) if n not in names]:
            wanted = ", ".join(missing)
            raise AuditError(f"{path}: column {wanted} is missing; export the sheet again")
        for number, row in enumerate(reader, start=2):
            yield number, dict.fromkeys(names, "") | dict(zip(names, row, strict=False))
    except csv.Error as error:
        raise AuditError(f"{path}: row {reader.line_num}: {error}") from error


def _drawn(draw: AuditSample, row: Mapping[str, str]) -> SampledListing:
    number = row["nomor"].strip()
    if not number.isdecimal() or not 1 <= int(number[:9]) <= len(draw.items):
        raise _RowError(f"nomor: {number!r} is not in the sample of {draw.week}")
    item = draw.items[int(number[:9]) - 1]
    for name, wanted in _identity(int(number), item).items():
        if row[name].strip() != wanted:
            raise _RowError(
                f"{name}: {row[name]!r} instead of {wanted!r}; a drawn sample cannot be edited"
            )
    return item


def _label(
    draw: AuditSample,
    work: Work,
    asks: Commodities,
    item: SampledListing,
    annotator: str,
    row: Mapping[str, str],
) -> Label:
    key = label_key(item)
    looks = work.looks(key)
    if annotator in looks:
        raise _RowError(f"penawaran {item.item_id}: {annotator} answered it before")
    if len(looks) > 1:
        raise _RowError(f"penawaran {item.item_id}: two people answered it before")
    answer = _choice("jawaban", row["jawaban"], _ANSWERS)
    cluster = _choice("kelompok", row["kelompok"], _CLUSTERS)
    return Label(
        platform=item.platform,
        item_id=item.item_id,
        version=item.version,
        week=draw.week,
        annotator=annotator,
        kind=work.kind_for(key, annotator),
        at=datetime.now(UTC),
        cross_border=answer,
        cluster=cluster,
        category=_category(asks, item, answer, cluster, row.get(COMMODITY, "")),
        note=row["catatan"].strip()[:500] or None,
    )


def _offer(asks: Commodities, item: SampledListing) -> str:
    """``bila ya, Tekstil & fesyen: hijab (Hijab), …, none (Lainnya / tidak satu pun)``."""
    words = Words("id")
    return "; ".join(
        f"bila ya, {words[f'clusters.{cluster.value}']}: "
        + ", ".join(f"{one} ({asks.title(one, 'id')})" for one in named)
        + f", {NONE} ({words['commodity_none']})"
        for cluster, named in asks.asked(item).items()
    )


def _category(
    asks: Commodities, item: SampledListing, answer: Answer, cluster: Cluster, text: str
) -> str | None:
    if answer is not Answer.yes:
        return None
    offered = asks.asked(item).get(cluster, ())
    if not offered:
        if text.strip():
            raise _RowError(f"komoditas: {text!r}, but {cluster.value} needs none; leave it empty")
        return None
    choices = dict.fromkeys(_NONE_SAID, NONE) | {one: one for one in offered}
    for language in LANGUAGES:
        choices |= {asks.title(one, language).casefold(): one for one in offered}
    said = choices.get(" ".join(text.casefold().split()))
    if said is None:
        raise _RowError(f"komoditas: {text!r} is none of {', '.join((*offered, NONE))}")
    return asks.category(item, answer, cluster, said)


def _choice(name: str, text: str, choices: Mapping[str, T]) -> T:
    found = choices.get(" ".join(text.casefold().split()))
    if found is None:
        raise _RowError(f"{name}: {text!r} is none of {', '.join(sorted(choices))}")
    return found


def _spellings(kind: Iterable[T], table: str) -> dict[str, T]:
    """The codes, and the words of the pages in both languages."""
    found: dict[str, T] = {}
    for choice in kind:
        code = str(choice)
        found[code] = choice
        found |= {Words(one)[f"{table}.{code}"].casefold(): choice for one in LANGUAGES}
    return found


_ANSWERS = _spellings(Answer, "answer")
_CLUSTERS = _spellings(Cluster, "clusters")
_NONE_SAID = {
    NONE,
    "lainnya",
    "tidak satu pun",
    *(Words(language)["commodity_none"].casefold() for language in LANGUAGES),
}


def _said(value: bool | None) -> str:
    return {True: "ya", False: "tidak", None: ""}[value]


def _plain(value: object) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
