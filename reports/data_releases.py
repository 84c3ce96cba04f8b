"""The index of weekly releases for research: one page at one address, for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.model import Origin, TableDelta, WeeklyRelease

from .contexts import DocumentContext, main_file, stylesheet
from .messages import LANGUAGES, Messages


@dataclass(frozen=True, kw_only=True)
class ReleasesContext(DocumentContext):
    """What the index of weekly releases is given."""

    template = "releases.html"

    releases: Sequence[WeeklyRelease]
    """All releases, the newest week first."""
    sentences: Sequence[str]
    """What each release changes, in words, in the order of the releases."""
    other_file: str
    """The file name of the page in the other language."""


def write_releases_page(folder: Path, releases: Sequence[WeeklyRelease]) -> Path:
    """Write the index in both languages into ``folder``; returns the Indonesian one."""
    for lang in LANGUAGES:
        messages = Messages(lang)
        title = messages("releases.title")
        page = ReleasesContext(
            msg=messages,
            title=title,
            style=stylesheet(messages, title),
            simulated=any(release.origin is Origin.simulated for release in releases),
            releases=releases,
            sentences=[_changes(messages, release) for release in releases],
            other_file=main_file("en" if lang == "id" else "id"),
        )
        (folder / main_file(lang)).write_text(page.render(), encoding="utf-8")
    return folder / main_file("id")


def _changes(messages: Messages, release: WeeklyRelease) -> str:
    """The rows that a release adds, changes and takes away, over all tables."""
    if release.against is None:
        return messages("releases.first")
    counts = release.changes.values()

    def total(name: str) -> int:
        """Rows of all tables; a table without a count adds none."""
        return sum(getattr(delta, name) or 0 for delta in counts)

    sentence = messages(
        "releases.changes",
        against=release.against,
        added=total("added"),
        changed=total("changed"),
        removed=total("removed"),
    )
    if any(delta == TableDelta() for delta in counts):
        sentence += f" {messages('releases.whole')}"
    return sentence
