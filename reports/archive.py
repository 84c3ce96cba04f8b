"""The archive: an index over all editions in a folder, with search and corrections, and a feed.

It is read from the ``findings.json`` beside every edition, so the folder is all it needs. The page
is a plain list; a small script, allowed by its hash, adds the search box.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote, urljoin

import msgspec
from markupsafe import Markup

from monitor.model import (
    Cell,
    ChangeCounts,
    CoverageRow,
    EditionKind,
    Findings,
    Origin,
    PlatformFinding,
    Policy,
    Text,
    Unplanned,
    Versions,
    Withheld,
)

from .answer import answer, headline
from .page import environment, main_file, policy_of, stylesheet
from .phrases import Phrases
from .words import WIB, ReportError, Words

FINDINGS = "findings.json"
_RANK = {EditionKind.provisional: 0, EditionKind.final: 1, EditionKind.corrected: 2}
_DOCUMENTS = (".pdf", ".xlsx", ".csv", ".json")


class _Head(msgspec.Struct):
    """What the archive needs of an edition; its long lists are skipped while reading."""

    week: str
    edition: EditionKind
    origin: Origin
    as_of: datetime
    platforms: tuple[PlatformFinding, ...]
    policies: tuple[Policy, ...]
    cells: tuple[Cell, ...]
    coverage: tuple[CoverageRow, ...]
    versions: Versions
    previous_week: str | None = None
    changes: tuple[ChangeCounts, ...] = ()
    corrections: tuple[Text, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()
    withheld: Withheld | None = None

    def findings(self) -> Findings:
        """The edition without its listings."""
        known = {name: getattr(self, name) for name in self.__struct_fields__}
        return Findings(listings=(), **known)


class Edition(msgspec.Struct, frozen=True):
    """One edition on disk: what the archive says of it and where its documents are."""

    findings: Findings
    folder: str
    page: str
    documents: tuple[str, ...]

    @property
    def order(self) -> tuple[str, int, datetime]:
        """Newest last: by week, then kind, then time."""
        return self.findings.week, _RANK[self.findings.edition], self.findings.as_of


def read_editions(folder: Path, lang: str = "id") -> tuple[list[Edition], list[str]]:
    """All editions below ``folder``, the newest first, and the files that could not be read."""
    editions, unreadable = [], []
    for path in sorted(folder.rglob(FINDINGS)):
        place = path.parent.relative_to(folder).as_posix()
        try:
            head = msgspec.json.decode(path.read_bytes(), type=_Head)
            editions.append(_edition(head.findings(), path.parent, place, lang))
        except (msgspec.DecodeError, OSError, ReportError) as error:
            unreadable.append(f"{place}/{FINDINGS}: {error}")
    return sorted(editions, key=lambda edition: edition.order, reverse=True), unreadable


def _edition(findings: Findings, folder: Path, place: str, lang: str) -> Edition:
    answer(findings)  # what contradicts itself is not announced
    wanted = (main_file(lang), main_file("id"), main_file("en"))
    page = next((name for name in wanted if (folder / name).is_file()), FINDINGS)
    documents = tuple(
        sorted(one.name for one in folder.iterdir() if one.is_file() and one.suffix in _DOCUMENTS)
    )
    return Edition(
        findings=findings,
        folder=quote("" if place == "." else f"{place}/"),
        page=page,
        documents=documents,
    )


def write_index(folder: Path, *, lang: str = "id", address: str | None = None) -> Path:
    """Write ``index.html`` and ``feed.xml`` over all editions below ``folder``; returns the first.

    ``address`` is where the folder is published, for absolute links in the feed. The English
    index is ``index.en.html`` with ``feed.en.xml``. Raises ``ReportError``.
    """
    words = Words(lang)
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / FINDINGS).exists():
        raise ReportError(f"{folder}: holds an edition itself; index the folder above it")
    editions, unreadable = read_editions(folder, lang)
    feed = "feed.xml" if lang == "id" else f"feed.{lang}.xml"
    index = folder / main_file(lang)
    index.write_text(_index(words, editions, unreadable, feed), encoding="utf-8")
    (folder / feed).write_text(_feed(words, editions, feed, address), encoding="utf-8")
    return index


def _index(words: Words, editions: Sequence[Edition], unreadable: Sequence[str], feed: str) -> str:
    style = stylesheet(words("archive.title"), "", words("page.print_page"), words("page.print_of"))
    script = files("reports").joinpath("templates", "search.js").read_text(encoding="utf-8")
    simulated = any(one.findings.origin is Origin.simulated for one in editions)
    return (
        environment()
        .get_template("archive.html")
        .render(
            w=words,
            csp=policy_of(style, script=script),
            style=style,
            script=Markup(script),  # noqa: S704 (our own file)
            simulated=simulated,
            entries=[_entry(words, one, editions) for one in editions],
            unreadable=unreadable,
            feed=feed,
        )
    )


def _entry(words: Words, edition: Edition, editions: Iterable[Edition]) -> dict[str, object]:
    findings = edition.findings
    phrases = Phrases(findings, words)
    made = answer(findings)
    newest = max(
        one.order
        for one in editions
        if one.findings.week == findings.week
        and (one.findings.withheld is None) is (findings.withheld is None)
    )
    return {
        "edition": edition,
        "f": findings,
        "week_name": phrases.week_name(),
        "headline": headline(words, made, unplanned=bool(findings.unplanned)),
        "lead": [sentence for _, sentence in phrases.lead(made)],
        "verdicts": sorted({phrases.verdict_words(cell) for cell in findings.cells}),
        "superseded": edition.order < newest,
        "anchor": f"e-{findings.week}-{findings.edition}-{int(findings.as_of.timestamp())}",
    }


def _feed(words: Words, editions: Sequence[Edition], feed: str, address: str | None) -> str:
    base = (address.rstrip("/") + "/") if address else ""
    entries = []
    for edition in editions:
        findings = edition.findings
        phrases = Phrases(findings, words)
        made = answer(findings)
        simulated = findings.origin is Origin.simulated
        mark = f"[{words('banner.simulated_title')}] " if simulated else ""
        entries.append(
            {
                "id": f"urn:pantau:{findings.week}:{findings.edition}"
                f"{':public' if findings.withheld else ''}"
                f":{findings.as_of:%Y%m%dT%H%M%SZ}",
                "title": f"{mark}{phrases.week_name()} · "
                f"{words(f'edition.{findings.edition}')}: "
                f"{headline(words, made, unplanned=bool(findings.unplanned))}",
                "updated": findings.as_of.astimezone(WIB).isoformat(),
                "link": urljoin(base, edition.folder + edition.page),
                "summary": " ".join(sentence for _, sentence in phrases.lead(made)),
            }
        )
    updated = max((one.findings.as_of for one in editions), default=None)
    return (
        environment()
        .get_template("feed.xml")
        .render(
            w=words,
            entries=entries,
            self_link=urljoin(base, feed),
            updated=updated.astimezone(WIB).isoformat() if updated else "1970-01-01T00:00:00Z",
        )
    )
