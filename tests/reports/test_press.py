"""The minister's page: three answers, at most 200 words, and nothing that was not counted."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace
from parsel import Selector

from monitor.model import Findings, Verdict
from reports.edition_messages import EditionMessages
from reports.press import Imprint, press_answers, press_page
from reports.redact import redacted

IMPRINT = Imprint(
    number=2,
    contact="pantau@kementerian.example",
    released_by="Ratna Contoh, Direktur Perdagangan Elektronik",
    next_edition=date(2026, 12, 4),
)
HASH = "0123456789abcdef" * 4


def words_of(page: str) -> list[str]:
    """The words that are seen in the body of the page; those of the chart are no sentences."""
    path = "//main//text()[not(ancestor::svg or ancestor::*[@class='vh'])]"
    return " ".join(Selector(page).xpath(path).getall()).split()


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_page_has_at_most_200_words(any_week: Findings, lang: str) -> None:
    words = words_of(press_page(EditionMessages(any_week, lang), IMPRINT, HASH))
    assert 40 < len(words) <= 200


def test_the_three_numbers_are_those_of_the_findings(rich: Findings) -> None:
    still, share, change = press_answers(EditionMessages(rich, "en"))
    accused = {c.platform for c in rich.cells if c.primary and c.verdict is Verdict.non_compliant}
    marketplaces = [p for p in rich.platforms if p.role == "marketplace"]
    assert still.figure == f"{len(accused)} of {len(marketplaces)}"
    gravest = rich.cells[0]
    assert (gravest.low, gravest.high, gravest.tolerance) == (0.031, 0.081, 0.01)
    assert (share.figure, "3.1%–8.1%" in share.sentence) == ("5.2%", True)
    assert "tolerance 1%" in share.sentence
    assert (change.figure, "+0.4 to +3.9 points" in change.sentence) == ("+2.1 points", True)


def test_what_is_not_known_is_not_answered(blocked: Findings, provisional: Findings) -> None:
    for findings in (blocked, provisional):
        figures = [answer.figure for answer in press_answers(EditionMessages(findings, "id"))]
        assert figures == ["–", "–", "–"]
    assert "belum diaudit" in press_page(EditionMessages(provisional, "id"), Imprint(), HASH)


def test_a_bound_is_named_as_a_bound_and_counts_refused_pages(rich: Findings) -> None:
    bounded = replace(rich.cells[0], estimate=None, high_with_refused=0.2)
    moved = replace(bounded, change=bounded.change and replace(bounded.change, difference=None))
    cells = (moved, *rich.cells[1:])
    _, share, change = press_answers(EditionMessages(replace(rich, cells=cells), "en"))
    assert share.figure == "at most 20%"
    assert share.sentence.endswith("If all refused pages breached: up to 20%.")
    assert (change.figure, "+0.4 to +3.9" in change.sentence) == ("–", True)


def test_the_page_says_who_answers_and_what_is_not_recorded(rich: Findings) -> None:
    page = press_page(EditionMessages(rich, "id"), IMPRINT, HASH)
    text = " ".join(words_of(page))
    assert IMPRINT.released_by and IMPRINT.contact
    for part in (IMPRINT.released_by, IMPRINT.contact, "4 Desember 2026", HASH[:16], "nomor 2"):
        assert part in text
    bare = " ".join(words_of(press_page(EditionMessages(rich, "id"), Imprint(), HASH)))
    assert "belum dirilis" in bare
    assert bare.count("tidak tercatat") == 2


def test_the_public_page_is_the_same_page(rich: Findings) -> None:
    page, public = (
        press_page(EditionMessages(findings, "id"), IMPRINT, HASH)
        for findings in (rich, redacted(rich))
    )
    assert page == public
