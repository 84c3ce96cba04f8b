"""Publication: the documents of an edition, its screenshots, and the anchor of its evidence."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from monitor.config import Config, week_start
from monitor.evidence.anchors import lay_anchor
from monitor.findings.replies import platform_replies
from monitor.model import EditionKind, Findings
from monitor.operate.timetable import final_day
from monitor.store import Store
from reports.archive import write_index
from reports.contexts import main_file
from reports.edition import write_edition
from reports.messages import LANGUAGES
from reports.press import Imprint

THUMBNAIL = (320, 240)
"""Pixels; the top of the page is shown, where the offer stands."""


def edition_number(store: Store, findings: Findings) -> int:
    """Which edition of its kind and week these findings are, counted from 1."""
    return sum(
        (week, kind) == (findings.week, findings.edition) and as_of <= findings.as_of
        for week, kind, as_of in store.editions.all()
    )


def edition_folder(store: Store, findings: Findings, folder: Path) -> Path:
    """Where below ``folder`` an edition lies: ``2026-W47/final``, the next one ``final-2``."""
    number = edition_number(store, findings)
    name = findings.edition if number == 1 else f"{findings.edition}-{number}"
    return folder / findings.week / name


def publish(
    config: Config,
    store: Store,
    findings: Findings,
    *,
    folder: Path | None = None,
    lang: str | None = None,
    public: bool = False,
    pdf: bool = False,
    pictures: bool = True,
    warn: Callable[[str], None] = lambda message: None,
) -> Path:
    """Write the documents of an edition, bring the index of its archive up to date, and return the
    edition's first page.

    Each edition has a folder of its own below ``folder``; none is rewritten with other findings.
    The evidence is sealed, and an anchor of its newest manifest laid beside the edition. Language
    and folder are as configured if not given; a ``public`` edition names no seller and shows no
    screenshot, and has no pages of cases. Without ``pictures`` the pages of cases show none of the
    kept pages. ``warn`` is called with what had to be left out.
    """
    lang = lang or config.language
    folder = folder or (config.public_reports if public else config.reports)
    page = _write_documents(config, store, findings, folder, lang, public, pdf, warn)
    lay_anchor(config.evidence, findings.week, page.parent)
    write_index(folder, lang=lang)
    if not public:
        # Not at the top: it needs Scrapy and a browser, and who asks for the status neither.
        from monitor.operate.case_pages import write_case_pages

        write_case_pages(
            config, store, findings, findings.cases, findings.as_of, folder, warn, pictures=pictures
        )
    return page


def write_released(
    config: Config,
    store: Store,
    findings: Findings,
    warn: Callable[[str], None] = lambda message: None,
) -> None:
    """Write the documents of a released edition again where they lie, in the languages they have.

    They say then who released it and what platforms were asked before, no more what to do before
    the release; ``findings.json`` stays as it is.
    """
    for public, folder in enumerate((config.reports, config.public_reports)):
        edition = edition_folder(store, findings, folder)
        for lang in LANGUAGES:
            if (edition / main_file(lang)).is_file():
                pdf = (edition / f"pantau-{findings.week}.{lang}.pdf").is_file()
                _write_documents(config, store, findings, folder, lang, bool(public), pdf, warn)


def _write_documents(
    config: Config,
    store: Store,
    findings: Findings,
    folder: Path,
    lang: str,
    public: bool,
    pdf: bool,
    warn: Callable[[str], None],
) -> Path:
    edition = edition_folder(store, findings, folder)
    with tempfile.TemporaryDirectory() as screenshots:
        if not public:
            gather_screenshots(findings, config.evidence, Path(screenshots))
        return write_edition(
            findings,
            edition,
            lang=lang,
            public=public,
            pdf=pdf,
            media=Path(screenshots),
            cases=None if public else "../../cases",
            replaced=_replaced_page(store, findings, folder, lang),
            imprint=imprint_of(config, store, findings),
            warn=warn,
        )


def _replaced_page(store: Store, findings: Findings, folder: Path, lang: str) -> str | None:
    """The page of the edition that a corrected one replaces, from its own; None where it is not
    in the ``folder`` of all editions."""
    if findings.replaces is None:
        return None
    replaced = store.editions.latest(
        findings.week, findings.replaces.edition, findings.replaces.as_of
    )
    written = edition_folder(store, replaced, folder) if replaced else None
    pages = [written / main_file(name) for name in (lang, "id", "en")] if written else []
    page = next(filter(Path.is_file, pages), None)
    return f"../{page.parent.name}/{page.name}" if page else None


def imprint_of(config: Config, store: Store, findings: Findings) -> Imprint:
    """Who answers for an edition, and the day that the schedule has for the next one: after a
    provisional edition the final one of its week, after another that of the next week."""
    from monitor.operate.delivery import release_of  # delivery publishes, too

    release = release_of(store, findings)
    weeks = 0 if findings.edition is EditionKind.provisional else 1
    return Imprint(
        number=edition_number(store, findings),
        contact=config.contact,
        released_by=release.by if release else None,
        asked=platform_replies(store, findings.week, findings.cases, release.at)
        if release
        else None,
        next_edition=final_day(config, week_start(findings.week) + timedelta(weeks=weeks)),
    )


def gather_screenshots(findings: Findings, evidence: Path, folder: Path) -> None:
    """Copy the screenshots of flagged listings from ``evidence`` to ``folder``, with thumbnails.

    One that is missing or no image is left out; the report then shows none.
    """
    for entry in findings.listings:
        if not entry.screenshot or not entry.thumbnail:
            continue
        source = evidence / findings.week / entry.screenshot
        try:
            with Image.open(source) as screenshot:
                width, height = screenshot.size
                top = screenshot.crop((0, 0, width, min(height, width * 3 // 4))).convert("RGB")
        except (FileNotFoundError, UnidentifiedImageError):
            continue
        top.thumbnail(THUMBNAIL)
        top.save(folder / entry.thumbnail, quality=80)
        shutil.copyfile(source, folder / entry.screenshot)
