"""Who looked is said where inspectors did; of a platform that refuses, access is asked first."""

from __future__ import annotations

import re
from html import unescape

import pytest

from monitor.model import Findings
from reports.edition_messages import EditionMessages
from reports.listings import listing_lists
from reports.messages import LANGUAGES
from reports.page import EditionPages

from .weeks import inspected_week, refusing_week, rich_week

WORDS = {
    "id": {
        "modes": "21 oleh perayap, 14 oleh pengawas",
        "compared": "Kedai Umpama: 12 halaman dilihat oleh perayap maupun oleh pengawas. Dari 400"
        " penawaran yang dilihat perayap di sana, 75% dilihat pula oleh pengawas di halaman yang"
        " sama. Dari posisi yang dilihat perayap 10% tersaring sebagai lintas batas, dari yang"
        " dilihat pengawas 12%.",
        "letter": "Langkah pertama adalah surat yang meminta akses kepada platform.",
        "undecided": "setelah hal itu diputuskan dan keputusannya dicatat",
        "desk": "di meja pengawas (Direktur, ND-7, 2026-11-02)",
        "method": "Siapa yang melihat",
        "people": "3 orang menyerahkannya di meja pengawas.",
    },
    "en": {
        "modes": "21 by the crawler, 14 by inspectors",
        "compared": "Kedai Umpama: 12 pages were seen both by the crawler and by an inspector. Of"
        " the 400 offers that the crawler saw there, inspectors saw 75% on the same page as well."
        " Of the crawler's positions 10% came out as cross-border, of the inspectors' 12%.",
        "letter": "The first step is a letter that asks the platform for access.",
        "undecided": "once that was decided and the decision is recorded",
        "desk": "at the inspection desk (Direktur, ND-7, 2026-11-02)",
        "method": "Who looked",
        "people": "3 people handed them in at the inspection desk.",
    },
}


def text_of(findings: Findings, lang: str) -> str:
    messages = EditionMessages(findings, lang)
    pages = EditionPages(messages, listing_lists(findings, messages.summary)).render()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", next(pages)[1])))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_looked_is_said_where_inspectors_did(lang: str) -> None:
    inspected, crawled = text_of(inspected_week(), lang), text_of(rich_week(), lang)
    for name in ("modes", "compared", "method", "people"):
        assert WORDS[lang][name] in inspected
        assert WORDS[lang][name] not in crawled


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("basis", [None, "Direktur, ND-7, 2026-11-02"])
def test_a_platform_that_refuses_is_asked_for_access_first(lang: str, basis: str | None) -> None:
    assert WORDS[lang]["letter"] not in text_of(rich_week(), lang)
    text = text_of(refusing_week(basis), lang)
    assert text.count(WORDS[lang]["letter"]) == 1
    next_step, other = ("desk", "undecided") if basis else ("undecided", "desk")
    assert text.index(WORDS[lang]["letter"]) < text.index(WORDS[lang][next_step])
    assert WORDS[lang][other] not in text
