"""The archive over all editions, and its feed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from monitor.model import EditionKind, Findings, Text
from reports.archive import read_editions, write_index
from reports.edition import write_edition
from reports.messages import ReportError

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def shelf(rich: Findings, provisional: Findings, blocked: Findings, tmp_path: Path) -> Path:
    """Three editions of one week, one of an earlier week, and something that is no edition."""
    day = timedelta(days=1)
    corrected = replace(
        rich,
        edition=EditionKind.corrected,
        as_of=rich.as_of + day,
        corrections=(Text(id="Dua label tertukar.", en="Two labels were swapped."),),
    )
    cells = tuple(replace(cell, week="2026-W46") for cell in blocked.cells)
    earlier = replace(blocked, week="2026-W46", cells=cells, as_of=rich.as_of - 7 * day)
    write_edition(replace(provisional, as_of=rich.as_of - day), tmp_path / "W47" / "provisional")
    write_edition(rich, tmp_path / "W47" / "final")
    write_edition(corrected, tmp_path / "W47" / "corrected #2")
    write_edition(earlier, tmp_path / "W46")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "findings.json").write_text('{"week": "2026-W45"')
    return tmp_path


def test_editions_come_newest_first(shelf: Path) -> None:
    editions, unreadable = read_editions(shelf)
    assert [(edition.findings.week, edition.findings.edition) for edition in editions] == [
        ("2026-W47", "corrected"),
        ("2026-W47", "final"),
        ("2026-W47", "provisional"),
        ("2026-W46", "provisional"),
    ]
    assert len(unreadable) == 1
    assert unreadable[0].startswith("torn/findings.json")


def test_the_index_links_what_is_there(shelf: Path) -> None:
    page = write_index(shelf).read_text(encoding="utf-8")
    assert 'href="W47/corrected%20%232/index.html"' in page
    assert 'href="W47/final/pantau-2026-W47.id.xlsx"' in page
    assert page.count("edisi terbaru untuk minggu ini") == 2
    replaced_by = (
        '<strong>digantikan oleh edisi yang lebih baru</strong>: <a href="W47/corrected%20%232/'
    )
    assert page.count(replaced_by) == 2
    assert "Dua label tertukar." in page
    assert "torn/findings.json" in page


def test_the_index_can_be_written_again_and_in_english(shelf: Path) -> None:
    first = write_index(shelf).read_bytes()
    english = write_index(shelf, lang="en").read_text(encoding="utf-8")
    assert write_index(shelf).read_bytes() == first
    assert "Two labels were swapped." in english
    assert 'href="feed.en.xml"' in english


def test_the_feed_is_atom(shelf: Path) -> None:
    write_index(shelf, address="https://pantau.example/laporan")
    feed = etree.fromstring((shelf / "feed.xml").read_bytes())
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 4
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 4
    assert all("Data simulasi" in str(entry.findtext(f"{ATOM}title")) for entry in entries)
    links = [entry.find(f"{ATOM}link").get("href") for entry in entries]  # type: ignore[union-attr]
    assert links[0] == "https://pantau.example/laporan/W47/corrected%20%232/index.html"
    assert feed.findtext(f"{ATOM}updated") == "2026-11-24T07:00:00+07:00"


def test_an_empty_shelf_says_so(tmp_path: Path) -> None:
    assert "Belum ada edisi." in write_index(tmp_path / "new").read_text(encoding="utf-8")
    etree.fromstring((tmp_path / "new" / "feed.xml").read_bytes())


def test_the_index_never_overwrites_an_edition(rich: Findings, tmp_path: Path) -> None:
    page = write_edition(rich, tmp_path)
    before = page.read_bytes()
    with pytest.raises(ReportError, match="index the folder above"):
        write_index(tmp_path)
    assert page.read_bytes() == before
