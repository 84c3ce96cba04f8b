"""Letters say what was observed, and ask."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook

from monitor.model import Findings, Origin, Verdict
from reports.contexts import LetterTerms
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.letters import letter, write_case_list, write_letter
from reports.messages import LANGUAGES, Messages, ReportError
from reports.redact import redacted

from .test_tables import rows_of
from .weeks import before_pages_were_cited, without_marks


def body(text: str) -> str:
    return text.split("</style>")[1]


def test_a_breach_letter_carries_every_open_case_and_nothing_else(rich: Findings) -> None:
    text = body(letter(rich, "lapak-contoh"))
    cases = [case for case in rich.cases if case.is_open]
    assert 0 < len(cases) < len(rich.cases)
    assert "Permintaan tanggapan" in text
    assert f"Lampiran: {len(cases)} penawaran terkonfirmasi" in text
    for case in rich.cases:
        assert (f">{case.id}<" in text) is case.is_open
        assert ((case.own_page_sha256 or "-") in text) is case.is_open
        assert (unescape(text).count(case.url or "-") == 1) is case.is_open
    named = [case for case in cases if case.reported_at]
    assert text.count("sudah disebut dalam surat") == len(named) + 1
    assert (cases[0].result_page_sha256 or "")[:16] not in text, "the result page proves nothing"
    assert "AKAR" in text and "Batas toleransi: 1% posisi" in text
    assert "Seluruh penjual luar negeri pada tiga kelompok ini kami tutup." in text
    assert "5,20% (3,10%–8,10%)" in text
    assert "bukan penetapan pelanggaran" in text


def test_a_letter_says_when_who_and_until_when(rich: Findings) -> None:
    terms = LetterTerms(
        dated=date(2026, 11, 24),
        answer_by=date(2026, 12, 8),
        contact="pantau@contoh.id",
        released_by="Budi, Direktur",
    )
    text = body(letter(rich, "lapak-contoh", "en", terms))
    for words in ("24 November 2026", "by 8 December 2026", "pantau@contoh.id", "Budi, Direktur"):
        assert words in text
    for reason in ("case.draft_asked", "case.draft_unreleased"):
        draft = body(letter(rich, "lapak-contoh", "id", LetterTerms(draft=reason)))
        assert Messages("id")(reason) in draft


def test_where_nothing_is_open_the_letter_says_so(rich: Findings) -> None:
    gone = [case for case in rich.cases if not case.is_open]
    text = body(letter(rich, "lapak-contoh", "en", LetterTerms(cases=tuple(gone))))
    assert "No confirmed offer is open" in text
    assert "Annex" not in text


def test_the_list_beside_a_letter_says_the_same_in_both_forms(
    rich: Findings, tmp_path: Path
) -> None:
    hostile = replace(rich.cases[0], title="=HYPERLINK(1)")
    cases = (hostile, *rich.cases[1:4])
    csv_path, book_path = write_case_list(cases, tmp_path / "cases-lapak-contoh")
    rows = rows_of(csv_path)
    assert [row["own_page_sha256"] for row in rows] == [case.own_page_sha256 for case in cases]
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    sheet = load_workbook(book_path).active
    assert sheet and [cell.value for cell in next(sheet.rows)] == [*rows[0]]
    assert sheet["D2"].value == "=HYPERLINK(1)" and sheet["D2"].data_type == "s"
    before = book_path.read_bytes()
    write_case_list(cases, tmp_path / "cases-lapak-contoh")
    assert book_path.read_bytes() == before


def test_without_the_hash_of_the_own_page_none_is_cited(rich: Findings, tmp_path: Path) -> None:
    old = before_pages_were_cited(rich)
    bare = replace(rich.cases[0], own_page_sha256=None, own_page_observed=None)
    for lang, words in (("id", "tidak tercatat"), ("en", "not recorded")):
        text = body(letter(replace(old, cases=(bare,)), "lapak-contoh", lang))
        assert text.count(words) == 1
        page = write_edition(old, tmp_path, lang=lang).read_text(encoding="utf-8")
        assert words in page
        explorer = tmp_path / ("offers.html" if lang == "id" else f"offers.{lang}.html")
        found_at = old.listings[0].sha256 or "-"
        assert found_at in explorer.read_text(encoding="utf-8"), "where it was found"
    rows = rows_of(tmp_path / "listings.csv")
    proofs = {
        (row["proof"], row["own_page_sha256"]) for row in rows if row["is_confirmed"] == "True"
    }
    assert proofs == {("not_recorded", "")}


def test_page_and_csv_cite_the_own_page_as_the_proof(rich: Findings, tmp_path: Path) -> None:
    first = write_edition(rich, tmp_path, lang="en").read_text(encoding="utf-8")
    page = (tmp_path / "offers.en.html").read_text(encoding="utf-8")
    cited = next(entry for entry in rich.listings if entry.confirmed)
    cited_pages = page.split("Proof: its own page")[1]
    proof = cited_pages.split("</div>")[0]
    result_page = cited_pages.split("Found on result page")[1].split("</div>")[0]
    hashes = {e.own_page.sha256: e for e in rich.listings if e.own_page}
    shown = re.search("<code>([0-9a-f]{64})</code>", proof)
    assert shown
    assert shown[1] in first
    entry = hashes[shown[1]]
    assert entry.confirmed
    assert entry.own_page and entry.own_page.url and entry.own_page.archive
    assert entry.own_page.url in proof
    assert entry.own_page.archive in proof
    assert entry.result_page and (entry.result_page.sha256 or "-") in result_page
    rows = rows_of(tmp_path / "listings.csv")
    row = next(row for row in rows if row["item_id"] == cited.listing.item_id)
    assert cited.own_page and cited.result_page
    assert (row["proof"], row["own_page_sha256"]) == ("own_page", cited.own_page.sha256)
    assert row["own_page_url"] == cited.own_page.url
    assert row["result_page_sha256"] == cited.result_page.sha256 == row["sha256"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_unmarked_offer_is_listed_apart_and_never_as_evidence(rich: Findings, lang: str) -> None:
    week = without_marks(rich, 3)
    confirmed = [entry for entry in week.listings if entry.confirmed]
    bare = [entry.listing.item_id for entry in confirmed if not entry.marked]
    assert len(bare) == 3
    messages = Messages(lang)
    bare_cases = tuple(
        replace(case, is_proven=case.item_id not in bare, events=()) for case in week.cases[:14]
    )
    text = unescape(body(letter(replace(week, cases=bare_cases), "lapak-contoh", lang)))
    evidence, apart = text.split(messages("letter.unmarked"), 1)
    assert not [item_id for item_id in bare if item_id in evidence]
    assert messages("letter.evidence_marked") in evidence
    assert all(item_id in apart for item_id in bare)
    assert messages("letter.unmarked_means", n=3) in apart
    assert messages("case.annex", n=len(confirmed) - 3) in evidence
    edition = EditionMessages(week, lang)
    claims = {edition.claim(entry) for entry in week.listings if entry.listing.item_id in bare}
    assert claims == {"policy_unmarked"}
    assert not any(map(edition.is_new_breach, [e for e in week.listings if e.marked is False]))


@pytest.mark.parametrize(
    ("flagged", "screened", "sentence"),
    [
        (3, 9, "Some positions on the pages watched were flagged"),
        (0, 9, "the screen took 9 to be cross-border or suspected"),
        (0, 0, "No position on the pages watched was flagged"),
        (0, None, "were screened by machine only"),
    ],
)
def test_a_letter_after_the_screen_alone_says_what_was_counted(
    provisional: Findings, flagged: int, screened: int | None, sentence: str
) -> None:
    cells = tuple(
        replace(cell, flagged=flagged, screened=screened)
        for cell in provisional.cells
        if cell.platform == "kedai-umpama" and cell.verdict is Verdict.screened
    )
    text = body(letter(replace(provisional, cells=cells), "kedai-umpama", "en"))
    assert sentence in text
    assert "nothing can be concluded" in text


def test_a_platform_that_was_not_measured_is_asked_for_data(rich: Findings) -> None:
    text = body(letter(rich, "luar-seberang", "en"))
    assert "Request for data access" in text
    assert "0 of 32 planned pages could be observed" in text
    assert "disallowed by robots.txt: robots.txt forbids it (32)" in text
    assert "Confirmed" not in text
    unplanned = replace(rich, cells=(), coverage=())
    assert "No page of this platform could be planned" in letter(unplanned, "lapak-contoh", "en")


def test_an_unconfirmed_policy_is_asked_about_not_held_against(rich: Findings) -> None:
    text = body(letter(rich, "niaga-misal"))
    assert "Permintaan penegasan komitmen" in text
    assert "pelanggaran ditemukan" not in text
    assert "<table" not in text
    assert "dinilai oleh dua orang berasal dari penjual luar negeri" in text
    unjudged = replace(rich, cells=tuple(replace(c, confirmed=0) for c in rich.cells[6:]))
    assert "ditandai saringan otomatis" in body(letter(unjudged, "niaga-misal"))
    quiet = replace(
        rich, cells=tuple(replace(c, flagged=0, screened=0, confirmed=0) for c in rich.cells[6:])
    )
    assert "tidak ada penawaran yang ditandai" in body(letter(quiet, "niaga-misal"))


def test_a_platform_without_findings_is_told_so(rich: Findings) -> None:
    text = body(letter(rich, "kedai-umpama", "en"))
    assert "Notice of monitoring results" in text
    assert "not for the whole platform" in text
    assert "Please answer" not in text


def test_an_unaudited_letter_is_a_draft(provisional: Findings) -> None:
    text = body(letter(provisional, "lapak-contoh"))
    assert "Jangan dikirim" in text
    assert "900000" not in text
    assert "tidak ada yang dapat disimpulkan" in text


def test_a_simulated_letter_is_no_letter(rich: Findings) -> None:
    assert "bukan surat resmi" in letter(rich, "lapak-contoh")
    assert "bukan surat resmi" not in letter(replace(rich, origin=Origin.live), "lapak-contoh")


def test_letters_that_cannot_be_written_say_why(rich: Findings, tmp_path: Path) -> None:
    with pytest.raises(
        ReportError, match="no platform 'nowhere' in this week; there are balai-andai"
    ):
        write_letter(rich, "nowhere", tmp_path)
    with pytest.raises(ReportError, match="balai-andai is closed"):
        write_letter(rich, "balai-andai", tmp_path)
    with pytest.raises(ReportError, match="public edition"):
        write_letter(redacted(rich), "lapak-contoh", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_letter_is_pure_and_named_after_its_platform(rich: Findings, tmp_path: Path) -> None:
    path = write_letter(rich, "lapak-contoh", tmp_path, "en")
    assert path.name == "letter-lapak-contoh.en.html"
    assert path.read_text(encoding="utf-8") == letter(rich, "lapak-contoh", "en")
