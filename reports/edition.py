"""Writing an edition: its pages, its findings and the documents beside them."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from monitor.model import Findings, Withheld, json_parts

from .contexts import main_file, season_file, sellers_file
from .edition_messages import EditionMessages
from .listings import ListingLists, listing_lists
from .messages import ReportError
from .page import EditionPages
from .press import Imprint, press_file, press_page
from .redact import redacted
from .tables import (
    CELLS,
    DISPLAYED_SHARES,
    INDICATORS,
    LISTINGS,
    Columns,
    Scalar,
    cell_rows,
    csv_parts,
    displayed_shares,
    indicator_rows,
    listing_rows,
    table_csv,
)

FINDINGS = "findings.json"
_PICTURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.(?:jpe?g|png|webp|gif|avif)", re.IGNORECASE)


def write_edition(
    findings: Findings,
    out: Path,
    *,
    lang: str = "id",
    public: bool = False,
    pdf: bool = False,
    media: Path | None = None,
    cases: str | None = None,
    replaced: str | None = None,
    imprint: Imprint | None = None,
    warn: Callable[[str], object] = lambda message: None,
) -> Path:
    """Write an edition into the folder ``out`` and return its first page.

    Beside the page stand ``findings.json``, the minister's page, the workbook, CSV files and, in a
    full edition, the explorer of all offers. ``media`` is the folder that holds the thumbnails and
    screenshots the findings name; those that are there are copied. ``cases`` is the address, from
    ``out``, of the folder with a page for each case, where there is one to link, ``replaced`` that
    of the page of the edition which a corrected one replaces. ``imprint`` says who answers for the
    edition. With ``public`` all documents are redacted alike. The same findings, pictures and
    imprint give the same bytes. With ``pdf`` come the PDF of the page, and of the minister's page a
    PDF and a card for messengers; where they cannot be made ``warn`` is told and the rest is
    written. Raises ``ReportError``.
    """
    if public:
        findings, media = redacted(findings), None
    imprint = imprint or Imprint()
    messages = EditionMessages(findings, lang, imprint.asked)
    lists = listing_lists(findings, messages.summary)  # refuses before anything is written
    _keep_apart(findings, out)
    out.mkdir(parents=True, exist_ok=True)
    _remove_old_pages(out, lang)
    sha256 = _write_parts(out / FINDINGS, json_parts(findings))
    press = out / press_file(lang)
    press.write_text(press_page(messages, imprint, sha256), encoding="utf-8")
    documents = [("press", press.name), *_write_tables(messages, lists, out), ("json", FINDINGS)]
    pictures = _copy_pictures(lists, media, out / "media")
    pages = EditionPages(messages, lists, pictures, None if public else cases, replaced)
    first = _write_pages(pages, documents, out)
    if pdf:
        from .pdf import write_prints

        prints = {
            "pdf": out / f"pantau-{findings.week}.{lang}.pdf",
            "press_pdf": out / press_file(lang, "pdf"),
            "press_card": out / press_file(lang, "png"),
        }
        # A page is printed before it links its PDF: where printing fails there is none to link.
        for path in prints.values():
            path.unlink(missing_ok=True)
        try:
            write_prints(dict(zip(prints.values(), (first, press, press), strict=True)))
        except ReportError as error:
            warn(str(error))
        else:
            documents += [(kind, path.name) for kind, path in prints.items()]
            _write_pages(pages, documents, out)
    return first


def _write_parts(path: Path, parts: Iterable[bytes]) -> str:
    """Write a file part by part, as a week of many offers is large; returns its SHA-256, hex."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for part in parts:
            file.write(part)
            digest.update(part)
    return digest.hexdigest()


def _keep_apart(findings: Findings, out: Path) -> None:
    """Raise ``ReportError`` where ``out`` holds a full edition and this is a public one, or the
    other way round: a folder that is published must never receive a full edition."""
    try:
        written = msgspec.json.decode((out / FINDINGS).read_bytes(), type=_Written)
    except (FileNotFoundError, msgspec.DecodeError):
        return
    if (written.withheld is None) is not (findings.withheld is None):
        held, new = ("public", "full") if written.withheld is not None else ("full", "public")
        raise ReportError(
            f"{out}: holds a {held} edition; give the {new} edition a folder of its own"
        )


class _Written(msgspec.Struct):
    """What of a written edition tells a public one from a full one."""

    withheld: Withheld | None = None


def _copy_pictures(lists: ListingLists, media: Path | None, target: Path) -> frozenset[str]:
    """Copy the pictures that the listings name and ``media`` holds; returns their file names."""
    if media is None:
        return frozenset()
    entries = (entry for listings in lists.values() for entry in listings)
    names = (name for entry in entries for name in (entry.thumbnail, entry.screenshot) if name)
    pictures = {name for name in names if _PICTURE.fullmatch(name) and (media / name).is_file()}
    if pictures and media.resolve() != target.resolve():
        target.mkdir(parents=True, exist_ok=True)
        for name in pictures:
            shutil.copyfile(media / name, target / name)
    return frozenset(pictures)


def _remove_old_pages(out: Path, lang: str) -> None:
    """Remove the parts of a larger edition's explorer that was written here before."""
    end = "" if lang == "id" else rf"\.{lang}"
    part = re.compile(rf"offers(?:-\d+)?{end}\.(?:html|js)")
    for path in out.iterdir():
        if part.fullmatch(path.name) or path.name in {season_file(lang), sellers_file(lang)}:
            path.unlink()


def _write_pages(pages: EditionPages, documents: list[tuple[str, str]], out: Path) -> Path:
    """Write all pages; returns the first one."""
    for name, text in pages.render(documents):
        (out / name).write_text(text, encoding="utf-8")
    return out / main_file(pages.messages.lang)


def _write_tables(
    messages: EditionMessages, lists: ListingLists, out: Path
) -> list[tuple[str, str]]:
    """Write the workbook and the CSV files; returns their (kind, file name)."""
    from .workbook import write_workbook

    findings, lang = messages.findings, messages.lang
    workbook = f"pantau-{findings.week}.{lang}.xlsx"
    write_workbook(messages, lists, out / workbook)
    documents = [("workbook", workbook)]
    tables: dict[str, tuple[Columns, Iterable[list[Scalar]]]] = {
        "cells": (CELLS, cell_rows(messages)),
        "indicators": (INDICATORS, indicator_rows(messages)),
        "displayed": (DISPLAYED_SHARES, displayed_shares(messages)),
    }
    for kind, (columns, rows) in tables.items():
        file = f"{kind}.{lang}.csv"
        (out / file).write_bytes(table_csv(messages, columns, rows))
        documents.append((kind, file))
    if findings.withheld is None:
        _write_parts(out / "listings.csv", csv_parts(LISTINGS, listing_rows(lists)))
        documents.append(("listings", "listings.csv"))
    return documents
