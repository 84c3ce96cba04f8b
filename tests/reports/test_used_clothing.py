"""Used clothing stands apart: it changes nothing else that an edition says."""

import csv
import re
from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook

from monitor.model import Cluster, Findings, Question, Verdict, from_json
from reports.archive import write_index
from reports.cases import case_page
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.letters import letter, reportable, stated
from reports.messages import LANGUAGES, Messages
from reports.next_steps import next_steps

from .weeks import case_record, with_used_clothing

SECTION = re.compile(r'<section id="used_clothing".*?</section>', re.DOTALL)


def page(findings: Findings, out: Path, lang: str, *, public: bool = False) -> str:
    return write_edition(findings, out, lang=lang, public=public).read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_said_in_a_section_of_its_own(
    weeks: dict[str, Findings], tmp_path: Path, lang: str
) -> None:
    sections = SECTION.findall(page(with_used_clothing(weeks["rich"]), tmp_path, lang))
    assert len(sections) == 1
    sentences = {
        "id": (
            "hasil saringan, belum diaudit",
            "Dari 12 penawaran yang diaudit, 2 dinilai demikian oleh dua orang.",
            "Menurut saringan 9 dari 1.210 posisi bekas dan impor atau dari bal; pada 400 posisi",
            "1 penawaran terkonfirmasi",
        ),
        "en": (
            "screened, not audited yet",
            "Of 12 audited offers two people judged 2 to be so.",
            "By the screen 9 of 1,210 positions are used and imported or from a bale; on 400 more",
            "1 confirmed offer<",
        ),
    }
    for sentence in sentences[lang]:
        assert sentence in sections[0]
    assert SECTION.findall(page(weeks["rich"], tmp_path / "none", lang)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_in_no_other_sum_sentence_or_letter(
    weeks: dict[str, Findings], tmp_path: Path, lang: str
) -> None:
    rich = weeks["rich"]
    used = with_used_clothing(rich)
    # The policy is named in both, so that all that differs is what was counted of it.
    plain = replace(rich, policies=used.policies)
    before, after = EditionMessages(plain, lang), EditionMessages(used, lang)
    assert after.headline() == before.headline()
    assert after.lead() == before.lead()
    assert after.summary == before.summary
    assert after.marketplace_cells == before.marketplace_cells
    assert after.marketplace_coverage == before.marketplace_coverage
    write_edition(plain, tmp_path / "plain", lang=lang)
    write_edition(used, tmp_path / "used", lang=lang)
    for name in ("press", "ringkas"):
        for path in (tmp_path / "plain").glob(f"*{name}*.html"):
            other = (tmp_path / "used" / path.name).read_text(encoding="utf-8")
            sha = re.compile(r"[0-9a-f]{16,64}")
            assert sha.sub("", other) == sha.sub("", path.read_text(encoding="utf-8"))
    plain_letter, used_letter = (
        letter(week, "lapak-contoh", lang).splitlines() for week in (plain, used)
    )
    changed = [line for line in plain_letter if line not in used_letter]
    messages = Messages(lang)
    assert len(changed) == 2, "the subject and the opening name both questions"
    assert messages("letter.subject") in changed[0]
    assert messages("letter.opening_both", week="W", days="D").split("W")[0][:60] in changed[1]


def body(text: str) -> str:
    """A document without its style."""
    return unescape(text.split("</style>")[1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_its_cases_stand_in_a_part_of_their_own(weeks: dict[str, Findings], lang: str) -> None:
    used, messages = with_used_clothing(weeks["rich"]), Messages(lang)
    text = body(letter(used, "lapak-contoh", lang))
    of_sellers, of_goods = text.split(messages("letter.used_annex", n=1), 1)
    assert "used-lapak-contoh-900001" in of_goods
    of_goods, without_mark = of_goods.split(messages("letter.used_unmarked"), 1)
    assert "used-lapak-contoh-900002" in without_mark
    assert "used-" not in of_sellers and "used-lapak-contoh-900003" not in text, "one is gone"
    assert messages("letter.used_annexed", n=1) in text and messages("letter.used_ask_1") in text
    ban = used.policies[-1].title
    assert (ban.id if lang == "id" else ban.en) in text
    # Each of these offers has a case of a foreign seller, too, in its own annex.
    assert ">lapak-contoh-900001<" in of_sellers


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_letter_with_nothing_to_ask_of_sellers_is_of_used_clothing_alone(
    weeks: dict[str, Findings], lang: str
) -> None:
    rich, messages = weeks["rich"], Messages(lang)
    clean = next(cell for cell in rich.cells if cell.verdict is Verdict.compliant)
    calm = replace(rich, cells=(replace(clean, platform="lapak-contoh"),), cases=(), listings=())
    used = with_used_clothing(calm)
    assert stated(used, "lapak-contoh") == {Question.used_clothing}
    text = body(letter(used, "lapak-contoh", lang))
    assert messages("letter.subject_used", week=EditionMessages(used, lang).week_name()) in text
    assert messages("letter.observed_notice") not in text
    assert messages("letter.promise") not in text and messages("letter.draft") not in text
    assert messages("letter.answer_by", blank=messages("letter.blank")) in text


def test_short_of_a_stated_breach_a_letter_says_nothing_of_it(weeks: dict[str, Findings]) -> None:
    used = with_used_clothing(weeks["rich"])
    for change in (
        {"verdict": Verdict.awaiting_second, "marked_sellers": 1},
        {"verdict": Verdict.screened, "audited": 0, "confirmed": 0},
        {"verdict": Verdict.unconfirmed_policy},
    ):
        cells = tuple(
            replace(c, **change)
            if (c.platform, c.cluster) == ("lapak-contoh", Cluster.used_clothing)
            else c
            for c in used.cells
        )
        week = replace(used, cells=cells)
        assert Question.used_clothing not in stated(week, "lapak-contoh")
        assert not [c for c in reportable(week, "lapak-contoh", week.cases) if c.id[:5] == "used-"]
        assert "used-" not in body(letter(week, "lapak-contoh", "en"))


def test_an_operator_is_told_of_its_letter_and_of_the_ban_to_confirm(
    weeks: dict[str, Findings],
) -> None:
    messages = EditionMessages(with_used_clothing(weeks["rich"]), "en")
    steps = next_steps(messages, {})
    letter_due = "Lapak Contoh: the letter can go out; 1 open case of used clothing was not"
    assert [step.startswith(letter_due) for step in steps if "used clothing was not" in step] == [
        True
    ]
    assert any(step.startswith("Imported used clothing is prohibited: confirm") for step in steps)


def test_the_explorer_says_whose_question_it_is(weeks: dict[str, Findings], tmp_path: Path) -> None:
    used = with_used_clothing(weeks["rich"])
    page(used, tmp_path, "en")
    explorer = (tmp_path / "offers.en.html").read_text(encoding="utf-8")
    (shown,) = re.findall(
        r'<li class="offer" id="[^"]+">(?:(?!</li>).)*1670001.*?</li>', explorer, re.S
    )
    for words in ("Used clothing", "confirmed", "Breaches", "Imported used clothing is prohibited"):
        assert words in shown
    assert "from abroad" not in shown and "the screen's confidence" not in shown
    script = (tmp_path / "offers-1.en.js").read_text(encoding="utf-8")
    states = re.findall(r'"used_clothing","(used_[a-z]+)"', script)
    assert sorted(states) == ["used_confirmed", "used_flagged", "used_judged"]
    with (tmp_path / "listings.csv").open(encoding="utf-8-sig", newline="") as file:
        kinds = [row["kind"] for row in csv.DictReader(file)]
    assert kinds[-3:] == ["used_clothing"] * 3 and kinds.count("used_clothing") == 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_case_says_what_was_asked(weeks: dict[str, Findings], lang: str) -> None:
    used, messages = with_used_clothing(weeks["rich"]), Messages(lang)
    goods = used.of(Question.used_clothing).cases
    foreign = used.of(Question.cross_border).cases
    assert len(goods) == 3 and [*foreign, *goods] == [*used.cases]
    text = body(case_page(used, case_record(goods[0]), lang))
    assert messages("case.asked_used_clothing") in text
    assert messages("case.answer_cross_border") not in text
    bare = body(case_page(used, case_record(goods[1]), lang))
    assert messages("case.unproven_used_clothing") in bare and messages("case.unproven") not in bare
    assert messages("case.asked_cross_border") in body(
        case_page(used, case_record(foreign[0]), lang)
    )


def test_a_platforms_page_counts_its_cases_apart(
    weeks: dict[str, Findings], tmp_path: Path
) -> None:
    rich, texts = weeks["rich"], []
    for name, week in (("plain", rich), ("used", with_used_clothing(rich))):
        write_edition(week, tmp_path / name / "2026-W47")
        write_index(tmp_path / name)
        path = tmp_path / name / "platforms" / "lapak-contoh" / "index.html"
        texts.append(body(path.read_text(encoding="utf-8")))
    plain, used = (re.search(r'id="h-cases".*?</section>', text, re.S) for text in texts)
    assert plain and used and plain[0] == used[0]
    (section,) = re.findall(r'id="h-used".*?</section>', texts[1], re.S)
    assert "used-lapak-contoh-900001" in section and "900002" not in section
    assert 'id="h-used"' not in texts[0]
    assert "Pakaian bekas" in texts[1].split('id="h-promises"')[0]


def test_the_first_sheet_of_the_workbook_has_its_verdicts_last(
    weeks: dict[str, Findings], tmp_path: Path
) -> None:
    write_edition(with_used_clothing(weeks["rich"]), tmp_path, lang="en")
    summary = load_workbook(tmp_path / "pantau-2026-W47.en.xlsx").worksheets[0]
    names = [str(row[0].value) for row in summary.iter_rows(min_row=6) if row[0].value]
    assert sum(name.endswith("used clothing") for name in names) == 3
    assert all(name.endswith("used clothing") for name in names[-3:])


def test_findings_and_tables_carry_the_cluster(weeks: dict[str, Findings], tmp_path: Path) -> None:
    used = with_used_clothing(weeks["rich"])
    write_edition(used, tmp_path, lang="en")
    written = from_json((tmp_path / "findings.json").read_bytes(), Findings)
    assert [c.cluster for c in written.cells].count(Cluster.used_clothing) == 3
    assert not any(
        c.cluster is Cluster.used_clothing for c in written.of(Question.cross_border).cells
    )
    with (tmp_path / "cells.en.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["cluster"] for row in rows][-3:] == ["used_clothing"] * 3
    assert sum(row["cluster"] == "used_clothing" for row in rows) == 3


def test_a_public_edition_names_no_offer_of_it(weeks: dict[str, Findings], tmp_path: Path) -> None:
    used = with_used_clothing(weeks["rich"])
    sections = SECTION.findall(page(used, tmp_path, "en", public=True))
    titles = {entry.listing.title for entry in used.used_clothing}
    assert sections and not any(title in sections[0] for title in titles)
    written = from_json((tmp_path / "findings.json").read_bytes(), Findings)
    assert written.used_clothing == ()
    assert written.withheld is not None and written.withheld.used_clothing == 3
