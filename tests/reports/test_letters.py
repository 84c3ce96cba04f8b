"""Letters say what was observed, and ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.model import Findings, Origin
from reports.letters import EVIDENCE, letter, write_letter
from reports.messages import ReportError
from reports.redact import redacted


def body(text: str) -> str:
    return text.split("</style>")[1]


def test_a_breach_letter_carries_confirmed_evidence_only(rich: Findings) -> None:
    text = body(letter(rich, "lapak-contoh"))
    confirmed = [entry for entry in rich.listings if entry.confirmed]
    assert "Permintaan tanggapan" in text
    assert f"{EVIDENCE} dari {len(confirmed)} penawaran terkonfirmasi" in text
    for entry in rich.listings:
        if not entry.confirmed:
            assert entry.listing.item_id not in text
    assert (confirmed[0].sha256 or "")[:16] in text
    assert "AKAR" in text
    assert "5,2% (3,1%–8,1%)" in text
    assert "bukan penetapan pelanggaran" in text


def test_a_platform_that_was_not_measured_is_asked_for_data(rich: Findings) -> None:
    text = body(letter(rich, "luar-seberang", "en"))
    assert "Request for data access" in text
    assert "0 of 32 planned pages could be observed" in text
    assert "/cari dilarang" in text
    assert "Confirmed" not in text
    unplanned = replace(rich, cells=(), coverage=())
    assert "No page of this platform could be planned" in letter(unplanned, "lapak-contoh", "en")


def test_an_unconfirmed_policy_is_asked_about_not_held_against(rich: Findings) -> None:
    text = body(letter(rich, "niaga-misal"))
    assert "Permintaan penegasan komitmen" in text
    assert "pelanggaran ditemukan" not in text
    assert "<table" not in text
    assert "ditandai saringan otomatis" in text
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
