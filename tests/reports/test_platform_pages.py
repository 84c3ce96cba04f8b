"""A platform's page: its weeks, its cases, and nothing of them in a public folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from parsel import Selector

from monitor.model import Case, EditionKind, Findings
from reports.archive import read_editions, write_index
from reports.case_figures import case_figures, median_life, stands_proven
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.platform_pages import platform_page

from .weeks import case, with_accuracy

LAPAK = "platforms/lapak-contoh/index.html"


@pytest.fixture(scope="module")
def shelf(
    rich: Findings,
    provisional: Findings,
    blocked: Findings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Three weeks: one refused, one only screened, one audited; the last has two editions."""
    folder = tmp_path_factory.mktemp("shelf")
    write_edition(replace(blocked, week="2026-W45"), folder / "2026-W45")
    write_edition(replace(provisional, week="2026-W46"), folder / "2026-W46")
    write_edition(provisional, folder / "2026-W47" / "provisional")
    write_edition(rich, folder / "2026-W47" / "final")
    write_index(folder)
    return folder


def words(page: str) -> str:
    return " ".join(" ".join(Selector(page).xpath("//main//text()").getall()).split())


def test_weeks_are_counted_only_where_people_looked(shelf: Path) -> None:
    page = (shelf / LAPAK).read_text(encoding="utf-8")
    assert "dalam 1 dari 1 minggu yang diaudit, di antara 3 minggu terakhir" in words(page)
    weeks = Selector(page).css("tbody th[scope=rowgroup] a")
    assert [week.xpath("string()").get() for week in weeks] == [
        f"Minggu {number} tahun 2026" for number in (47, 46, 45)
    ]
    for week in weeks:
        assert (shelf / LAPAK).parent.joinpath(week.attrib["href"]).is_file()


def test_median_prices_stand_by_commodity_and_origin_with_the_newest_interval(shelf: Path) -> None:
    page = Selector((shelf / LAPAK).read_text(encoding="utf-8"))
    rows = [
        [
            " ".join(cell.xpath(".//text()").getall()).replace("\xa0", "").strip()
            for cell in row.css("th, td")
        ]
        for row in page.css("section[aria-labelledby=h-prices] tbody tr")
    ]
    # Hijab is known from both origins; the week that refused has the same figures as the others.
    assert [row[:2] for row in rows] == [
        ["Hijab", "luar negeri"],
        ["Hijab", "dalam negeri"],
        ["Batik", "dalam negeri"],
    ]
    assert rows[0][2] == "Rp17.500 Rp14.000–Rp22.750 · n = 41"
    assert rows[1][3] == "Rp32.000"


def test_the_page_gives_promises_cases_sellers_and_what_was_lost(shelf: Path) -> None:
    page = (shelf / LAPAK).read_text(encoding="utf-8")
    assert 'href="../../cases/lapak-contoh-900000/index.html"' in page
    text = words(page)
    for part in (
        "“Seluruh penjual luar negeri pada tiga kelompok ini kami tutup.”",
        "14 kasus: 8 terbuka, 4 sudah diturunkan menurut halamannya sendiri, 2 ditutup",
        "lapak-contoh-900000",
        "Toko Rekaan 0 2 3",
        "letters/2026-W44/letter-lapak-contoh.id.html",
        "Kami sedang menelusuri 12 penawaran",
        "Keterangan hilang: Kategori, hanya pada 31% penawaran.",
    ):
        assert part in text
    assert "lapak-contoh-900302" not in text, "people's word no longer confirms it"


def test_a_changed_promise_is_shown_as_a_difference(shelf: Path) -> None:
    page = (shelf / LAPAK).read_text(encoding="utf-8")
    text = words(page)
    for part in (
        "Halaman disimpan 3 kali, terakhir pada 16 November 2026; bunyinya berubah antara"
        " 9 November 2026 dan 16 November 2026",
        "Hilang: Seluruh penjual luar negeri pada tiga kelompok ini kami tutup.",
        "Baru: Sebagian penjual luar negeri <b>kami tutup</b>.",
        "2 baris lain berubah",
        "Kutipan ini ada di halaman yang lebih dulu disimpan",
        "bunyinya sama sejak 2 November 2026",
        "Halaman disimpan sekali, pada 2 November 2026",
    ):
        assert part in text
    other = words((shelf / "platforms/kedai-umpama/index.html").read_text(encoding="utf-8"))
    assert "Halaman disimpan" not in other


def test_how_well_the_screen_tells_is_said_where_labels_of_live_weeks_tell_it(
    rich: Findings, tmp_path: Path
) -> None:
    def page(name: str, findings: Findings) -> str:
        write_edition(findings, tmp_path / name / "2026-W47", lang="en")
        write_index(tmp_path / name, lang="en")
        return words((tmp_path / name / LAPAK.replace(".html", ".en.html")).read_text("utf-8"))

    assert "How well the screen tells" not in page("before", replace(rich, accuracy=None))
    none = page("none", replace(rich, accuracy=()))
    assert "No offer of Lapak Contoh has been labelled in a live week yet" in none
    told = page("told", with_accuracy(rich))
    assert "labelled in a live week yet" not in told
    assert "From 412 offers of Lapak Contoh labelled in week 35 to week 47." in told
    assert "171 of 180 95% (90.7%–97.7%)" in told
    assert "Where it ships from, says the platform 81 of 90 90% (81.9%–95.3%) 2 of 9" in told
    unaudited = replace(rich, edition=EditionKind.provisional, accuracy=(), audit=None)
    messages = EditionMessages(unaudited, "en")
    assert messages.accuracy_lines() == [], "a provisional edition takes no labels"


def test_a_public_folder_names_no_case_and_no_seller(rich: Findings, tmp_path: Path) -> None:
    write_edition(rich, tmp_path / "2026-W47", public=True)
    write_index(tmp_path)
    page = (tmp_path / LAPAK).read_text(encoding="utf-8")
    assert "Edisi publik" in page
    for name in ("Toko Rekaan", "lapak-contoh-9", "Kasus", "letters/"):
        assert name not in page
    write_edition(rich, tmp_path / "2026-W47-full")
    write_index(tmp_path)
    assert "Toko Rekaan" not in (tmp_path / LAPAK).read_text(encoding="utf-8")


def test_the_same_archive_gives_the_same_page(shelf: Path) -> None:
    editions, _ = read_editions(shelf)
    page = platform_page(editions, "lapak-contoh", "id")
    assert page == platform_page(editions, "lapak-contoh", "id")


def test_an_offer_that_stands_counts_in_the_median_life() -> None:
    def gone(number: int, day: int) -> Case:
        return case(number, {"gone": day})

    standing = [case(number, {}) for number in (8, 9)]
    assert median_life([gone(1, 10), gone(2, 12), gone(3, 14)]) == 9
    assert median_life([gone(1, 10), *standing]) is None
    assert median_life([gone(1, 10), gone(2, 12), gone(3, 14), *standing]) == 11
    assert median_life([]) is None


def test_cases_without_a_letter_have_no_days_to_take_down() -> None:
    assert case_figures([case(1, {"gone": 10})]).median_take_down is None
    reported = [case(2, {"reported": 5, "gone": 14}), case(3, {"reported": 5, "gone": 10})]
    assert case_figures(reported).median_take_down == 7


def test_the_weekly_page_has_the_same_figures_and_leads_to_the_page(
    rich: Findings, tmp_path: Path
) -> None:
    text = write_edition(rich, tmp_path / "full", lang="en", cases="../../cases").read_text()
    for platform in {known.platform for known in rich.cases}:
        held = [
            known for known in rich.cases if known.platform == platform and stands_proven(known)
        ]
        figures = case_figures(held)
        assert f'href="../../platforms/{platform}/index.en.html"' in text
        assert f"{figures.total} cases: {figures.open} open, {figures.gone} taken down" in text
    public = write_edition(rich, tmp_path / "public", public=True, cases="../../cases").read_text()
    assert "platforms/" not in public
