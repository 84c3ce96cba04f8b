"""The archive: an index over all editions in a folder, with search and corrections, and a feed.

It is read from the ``findings.json`` beside every edition, so the folder is all it needs. The page
is a plain list; a small script, allowed by its hash, adds the search box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from monitor.model import EditionKind, Findings

from .contexts import Context, DocumentContext, main_file, season_file, stylesheet
from .edition_messages import EditionMessages
from .messages import WIB, Messages, ReportError
from .platform_pages import write_platform_pages
from .redact import LISTS

FINDINGS = "findings.json"
_RANK = {EditionKind.provisional: 0, EditionKind.final: 1, EditionKind.corrected: 2}
_DOCUMENTS = (".pdf", ".xlsx", ".csv", ".json")
_UNREAD = set(LISTS.values())

# Findings without their long lists: reading is five times as fast where those are skipped.
_Head = msgspec.defstruct(
    "_Head",
    [
        (field.name, field.type) if field.required else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(Findings)
        if field.name not in _UNREAD
    ],
    kw_only=True,
)


@dataclass(frozen=True)
class ArchivedEdition:
    """One edition on disk: what the archive says of it and where its documents are.

    ``folder`` is its address below the archive; ``page``, ``season_page`` (of a quarter that ends
    with it, None without one) and ``documents`` are file names in it.
    """

    msg: EditionMessages
    folder: str
    page: str
    season_page: str | None
    documents: tuple[str, ...]

    @property
    def findings(self) -> Findings:
        """The edition without its listings."""
        return self.msg.findings

    @property
    def order(self) -> tuple[str, int, datetime]:
        """Newest last: by week, then kind, then time."""
        return self.findings.week, _RANK[self.findings.edition], self.findings.as_of

    @property
    def series(self) -> tuple[str, bool]:
        """The editions among which a newer one replaces this: its week's full or public ones."""
        return self.findings.week, self.findings.withheld is not None

    @property
    def anchor(self) -> str:
        """The id of its entry in the index."""
        findings = self.findings
        return f"e-{findings.week}-{findings.edition}-{int(findings.as_of.timestamp())}"

    @property
    def season(self) -> str | None:
        """The name of the quarter that ends with it; None where none does."""
        seasons = (cell.season for cell in self.findings.cells if cell.season)
        over = next((season for season in seasons if season.over), None)
        return self.msg.season_name(over) if over else None

    @property
    def verdicts(self) -> list[str]:
        """The verdicts it gives, in words, each once."""
        return sorted({self.msg.verdict_text(cell) for cell in self.findings.cells})

    @property
    def updated(self) -> str:
        """When it was made, in WIB."""
        return self.findings.as_of.astimezone(WIB).isoformat()


@dataclass(frozen=True, kw_only=True)
class ArchiveContext(DocumentContext):
    """What the archive's index is given."""

    template = "archive.html"

    script: Markup
    """The script of the search box."""
    editions: Sequence[ArchivedEdition]
    """All editions, the newest first."""
    superseded: Mapping[str, ArchivedEdition]
    """The newest edition of its week, by the folder of each that it replaces."""
    unreadable: Sequence[str]
    """The files that could not be read, each with the reason."""
    feed: str
    """The file name of the feed."""
    platforms: Mapping[str, str]
    """The addresses of the platforms' pages by their names."""


@dataclass(frozen=True, kw_only=True)
class FeedContext(Context):
    """What the archive's Atom feed is given."""

    template = "feed.xml"

    editions: Sequence[ArchivedEdition]
    """All editions, the newest first."""
    updated: str
    """When the newest edition was made."""
    base: str
    """The address at which the archive is published, or nothing."""
    feed: str
    """The file name of the feed."""


def read_editions(folder: Path, lang: str = "id") -> tuple[list[ArchivedEdition], list[str]]:
    """All editions below ``folder``, the newest first, and the files that could not be read."""
    editions, unreadable = [], []
    for path in sorted(folder.rglob(FINDINGS)):
        below = path.parent.relative_to(folder).as_posix()
        try:
            head = msgspec.json.decode(path.read_bytes(), type=_Head)
            findings = Findings(listings=(), **msgspec.structs.asdict(head))
            messages = EditionMessages(findings, lang)
            messages.headline()  # what contradicts itself is not announced
        except (msgspec.DecodeError, OSError, ReportError) as error:
            unreadable.append(f"{below}/{FINDINGS}: {error}")
            continue
        names = sorted(file.name for file in path.parent.iterdir() if file.is_file())
        pages = (main_file(lang), main_file("id"), main_file("en"), FINDINGS)
        edition = ArchivedEdition(
            msg=messages,
            folder=quote("" if below == "." else f"{below}/"),
            page=next(name for name in pages if name in names),
            season_page=next(
                filter(names.__contains__, map(season_file, (lang, "id", "en"))), None
            ),
            documents=tuple(name for name in names if name.endswith(_DOCUMENTS)),
        )
        editions.append(edition)
    return sorted(editions, key=lambda edition: edition.order, reverse=True), unreadable


def write_index(folder: Path, *, lang: str = "id", address: str | None = None) -> Path:
    """Write ``index.html`` and ``feed.xml`` over all editions below ``folder``; returns the first.

    The page of each platform is brought up to date as well.

    ``address`` is where the folder is published, for absolute links in the feed. The English
    index is ``index.en.html`` with ``feed.en.xml``. Raises ``ReportError``.
    """
    messages = Messages(lang)
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / FINDINGS).exists():
        raise ReportError(f"{folder}: holds an edition itself; index the folder above it")
    editions, unreadable = read_editions(folder, lang)
    newest = {edition.series: edition for edition in reversed(editions)}
    script = files("reports").joinpath("templates", "search.js").read_text(encoding="utf-8")
    title, feed = messages("archive.title"), "feed.xml" if lang == "id" else f"feed.{lang}.xml"
    index_page = ArchiveContext(
        msg=messages,
        title=f"{messages('page.product')}: {title}",
        style=stylesheet(messages, title),
        simulated=any(edition.msg.simulated for edition in editions),
        script=Markup(script),  # noqa: S704 (our own file)
        editions=editions,
        superseded={
            edition.folder: newest[edition.series]
            for edition in editions
            if edition.order < newest[edition.series].order
        },
        unreadable=unreadable,
        feed=feed,
        platforms=write_platform_pages(folder, editions, lang),
    )
    latest = max(editions, key=lambda edition: edition.findings.as_of, default=None)
    atom = FeedContext(
        msg=messages,
        editions=editions,
        updated=latest.updated if latest else "1970-01-01T00:00:00Z",
        base=f"{address.rstrip('/')}/" if address else "",
        feed=feed,
    )
    index = folder / main_file(lang)
    index.write_text(index_page.render(), encoding="utf-8")
    (folder / feed).write_text(atom.render(), encoding="utf-8")
    return index
