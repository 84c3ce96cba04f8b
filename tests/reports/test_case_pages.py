"""The page of a case quotes, points and tells what became of it, and calls no gone offer open."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.model import Case, CaseState, Findings
from reports.cases import case_file, case_page, write_case
from reports.messages import LANGUAGES, Messages

from .weeks import case_record


def words_of(page: str) -> str:
    return unescape(page.split("</style>")[1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_says_where_its_case_stands_and_why(rich: Findings, lang: str) -> None:
    messages = Messages(lang)
    for case in rich.cases:
        text = words_of(case_page(rich, case_record(case), lang))
        others = {messages(f"case.means_{state}") for state in CaseState} - {
            messages(f"case.means_{case.state}")
        }
        assert messages(f"case.means_{case.state}") in text
        assert not [sentence for sentence in others if sentence in text]
        assert case.own_page_sha256 and case.own_page_sha256 in text
        assert case.own_page_pointer and case.own_page_pointer in text
        assert "Seluruh penjual luar negeri pada tiga kelompok ini kami tutup." in text
        assert messages("case.never_gone_unseen") in text


def test_the_life_of_a_case_stands_in_the_order_of_time(rich: Findings) -> None:
    case = rich.cases[4]
    assert case.state is CaseState.returned
    text = words_of(case_page(rich, case_record(case), "en"))
    steps = (
        "First seen",
        "Confirmed: a second",
        "Reported to the",
        "Gone, by its own",
        "Seen again",
    )
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    assert 'href="../../letters/2026-W44/letter-lapak-contoh.id.html"' in text
    assert "2026-11-05 00:00 UTC" in text and "5 November 2026, 07:00 WIB" in text
    assert "1 “" not in text and "<q><bdi>Tiongkok</bdi></q>" in text


def test_nothing_of_a_stranger_becomes_markup_or_leads_astray(rich: Findings) -> None:
    hostile: dict[str, str] = dict.fromkeys(
        ("title", "seller_name", "ship_from", "url", "query"),
        "javascript:<script>alert(1)</script>",
    )
    case = replace(rich.cases[1], **hostile)
    event = replace(case.events[0], ref="../../../etc/passwd.html")
    page = case_page(rich, case_record(replace(case, events=(event,))), "id")
    assert "<script" not in page
    assert 'href="javascript:' not in page and 'href="../../..' not in page


def test_a_page_is_written_in_both_languages_to_one_address(rich: Findings, tmp_path: Path) -> None:
    case: Case = rich.cases[0]
    assert case_file(case.id, "en") == "cases/lapak-contoh-900000/index.en.html"
    first = write_case(rich, case_record(case), tmp_path)
    assert first.name == Path(case_file(case.id)).name
    before = first.read_bytes()
    write_case(rich, case_record(case), tmp_path)
    assert first.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "index.en.html"}


def test_both_pages_lead_to_the_archive_that_there_is(rich: Findings, tmp_path: Path) -> None:
    folder = tmp_path / "cases" / rich.cases[0].id
    folder.mkdir(parents=True)
    (tmp_path / "index.html").touch()
    write_case(rich, case_record(rich.cases[0]), folder)
    for page in ("index.html", "index.en.html"):
        assert 'href="../../index.html"' in (folder / page).read_text(encoding="utf-8")
    (tmp_path / "index.en.html").touch()
    write_case(rich, case_record(rich.cases[0]), folder)
    assert 'href="../../index.en.html"' in (folder / "index.en.html").read_text(encoding="utf-8")
