"""The page of a quarter that is over, and what the week's page says of quarters."""

from pathlib import Path

import pytest

from reports.archive import write_index
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from tests.bench.sentences import PATTERNS
from tests.reports.weeks import quarter_week, rich_week, running_quarter

PAGES = {"id": "season.html", "en": "season.en.html"}


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_week_that_ends_a_quarter_has_its_page(tmp_path: Path, lang: str) -> None:
    week = tmp_path / "2026-W53"
    main = write_edition(quarter_week(), week, lang=lang).read_text(encoding="utf-8")
    page = (week / PAGES[lang]).read_text(encoding="utf-8")
    assert f'href="{PAGES[lang]}"' in main
    index = write_index(tmp_path, lang=lang).read_text(encoding="utf-8")
    assert f'href="2026-W53/{PAGES[lang]}"' in index
    assert page.count('<span class="v v-') == 5 + 5, "five cells, five verdicts explained"
    for figure in ("4,7%", "3,7%", "98,8%", "0,74%", "118") if lang == "id" else ("4.7%", "298"):
        assert figure in page
    write_edition(running_quarter(), week, lang=lang)
    assert not (week / PAGES[lang]).exists(), "a page of an edition before is removed"


def test_a_quarter_that_is_not_over_says_so_beside_the_last_thirteen_weeks() -> None:
    messages = EditionMessages(running_quarter(), "en")
    cell = messages.findings.cells[0]
    assert cell.season is not None and cell.rolling is not None
    assert messages.season_text(cell.season) == (
        "Quarter 4 of 2026, 12 weeks measured: 4.7% (3.7%–6%). No verdict yet."
    )
    assert messages.season_text(cell.rolling).startswith("The last thirteen weeks, 12 weeks")


def test_the_check_of_every_week_says_what_it_costs_in_width(tmp_path: Path) -> None:
    messages = EditionMessages(running_quarter(), "en")
    wide, few = (cell.season for cell in messages.findings.cells[:2])
    assert wide is not None and few is not None and wide.low is not None
    check = messages.season_sequence(few)
    assert check.startswith("Check that may be read every week: 0%–7.8% of the positions")
    assert messages.season_sequence(wide) == (
        f"{check} It is about 3 times as wide as the quarter's interval."
    )
    main = write_edition(quarter_week(), tmp_path, lang="id").read_text(encoding="utf-8")
    page = (tmp_path / PAGES["id"]).read_text(encoding="utf-8")
    for text in (main, page):
        assert "Pemeriksaan yang boleh dibaca setiap minggu: 0%–7,8% dari posisi" in text
        assert "Lebarnya sekitar 3 kali selang triwulan." in text


@pytest.mark.parametrize(
    ("lang", "up", "flat"),
    [
        (
            "id",
            "Sejak Triwulan 3 tahun 2026: naik, +0,8 sampai +3,4 poin (95%).",
            "Sejak Triwulan 3 tahun 2026: tidak berbeda nyata, −0,9 sampai +0,6 poin (95%).",
        ),
        (
            "en",
            "Since Quarter 3 of 2026: up, +0.8 to +3.4 points (95%).",
            "Since Quarter 3 of 2026: no clear change, −0.9 to +0.6 points (95%).",
        ),
    ],
)
def test_the_change_since_the_quarter_before_is_said_on_both_pages(
    tmp_path: Path, lang: str, up: str, flat: str
) -> None:
    main = write_edition(quarter_week(), tmp_path, lang=lang)
    for page in (main, tmp_path / PAGES[lang]):
        text = page.read_text(encoding="utf-8")
        assert (text.count(up), text.count(flat)) == (1, 1)
    for sentence in (up, flat):
        assert any(pattern.fullmatch(sentence) for _, pattern in PATTERNS[lang]), (
            "checked in the bench"
        )


def test_editions_without_seasons_look_as_they_did(tmp_path: Path) -> None:
    write_edition(rich_week(), tmp_path)
    assert not (tmp_path / "season.html").exists()
