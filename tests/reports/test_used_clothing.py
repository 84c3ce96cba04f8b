"""Used clothing stands apart: it changes nothing else that an edition says."""

import csv
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.model import Cluster, Findings, Question, from_json
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.letters import letter
from reports.messages import LANGUAGES

from .weeks import with_used_clothing

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
    assert letter(used, "lapak-contoh", lang) == letter(plain, "lapak-contoh", lang)


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
    assert written.withheld is not None and written.withheld.used_clothing == 2
