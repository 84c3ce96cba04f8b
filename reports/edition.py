"""Writing an edition: its pages, its findings and the documents beside them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from monitor.model import Findings, Withheld, to_json

from .evidence import lists
from .page import Pages, main_file
from .phrases import Phrases
from .redact import redacted
from .tables import CELLS, LISTINGS, cell_rows, listing_rows, to_csv
from .words import ReportError, Words

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
    warn: Callable[[str], object] = lambda message: None,
) -> Path:
    """Write an edition into the folder ``out`` and return its first page.

    Beside the page stand ``findings.json``, the workbook, CSV files and, for a long list, further
    pages. ``media`` is the folder that holds the thumbnails and screenshots the findings name;
    those found are copied. With ``public`` all documents are redacted alike. The same findings and
    pictures give the same bytes (but for the PDF, which carries its time). A PDF that cannot be
    made is told to ``warn`` and the rest is written. Raises ``ReportError``.
    """
    if public:
        findings, media = redacted(findings), None
    pages = Pages(findings, lang)  # refuses an unknown language before anything is written
    _keep_apart(findings, out)
    out.mkdir(parents=True, exist_ok=True)
    stem = f"pantau-{findings.week}.{lang}"
    pages.pictures = _copy_pictures(findings, media, out / "media")
    pages.companions = _companions(findings, lang, stem)
    _remove_old_pages(out, lang)
    (out / FINDINGS).write_bytes(to_json(findings))
    _write_tables(findings, out, lang, stem)
    first = _write_pages(pages, out)
    return _with_pdf(pages, out, f"{stem}.pdf", warn) if pdf else first


def _companions(findings: Findings, lang: str, stem: str) -> tuple[tuple[str, str], ...]:
    listings = [("listings", "listings.csv")] if findings.withheld is None else []
    return (
        ("workbook", f"{stem}.xlsx"),
        ("cells", f"cells.{lang}.csv"),
        *listings,
        ("json", FINDINGS),
    )


def _write_pages(pages: Pages, out: Path) -> Path:
    for name, text in pages.render().items():
        (out / name).write_text(text, encoding="utf-8")
    return out / main_file(pages.words.lang)


def _with_pdf(pages: Pages, out: Path, name: str, warn: Callable[[str], object]) -> Path:
    from .pdf import write_pdf

    first = out / main_file(pages.words.lang)
    (out / name).unlink(missing_ok=True)
    try:
        write_pdf(first, out / name)
    except ReportError as error:
        warn(str(error))
        return first
    pages.companions = (*pages.companions, ("pdf", name))
    return _write_pages(pages, out)


def _keep_apart(findings: Findings, out: Path) -> None:
    """A folder that is published must never receive a full edition, nor the other way round."""
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
    withheld: Withheld | None = None


def _copy_pictures(findings: Findings, media: Path | None, target: Path) -> frozenset[str]:
    if media is None:
        return frozenset()
    named = {
        name
        for found in lists(findings).values()
        for entry in found
        for name in (entry.thumbnail, entry.screenshot)
        if name and _PICTURE.fullmatch(name)
    }
    present = {name for name in named if (media / name).is_file()}
    if present:
        target.mkdir(parents=True, exist_ok=True)
    for name in sorted(present):
        if not (target.exists() and media.resolve() == target.resolve()):
            shutil.copyfile(media / name, target / name)
    return frozenset(present)


def _remove_old_pages(out: Path, lang: str) -> None:
    for old in out.glob(f"*-*.{lang}.html"):
        if re.fullmatch(
            rf"(?:evidence|suspected|imported|gone|unplanned)-\d+\.{lang}\.html", old.name
        ):
            old.unlink()


def _write_tables(findings: Findings, out: Path, lang: str, stem: str) -> None:
    from .workbook import write_workbook

    phrases = Phrases(findings, Words(lang))
    cells = to_csv([name for name, _ in CELLS], cell_rows(phrases))
    (out / f"cells.{lang}.csv").write_bytes(cells)
    if findings.withheld is None:
        rows = to_csv([name for name, _ in LISTINGS], listing_rows(findings))
        (out / "listings.csv").write_bytes(rows)
    write_workbook(findings, out / f"{stem}.xlsx", lang)
