"""How the searches of the list count is said: alike, by a query log, or not at all."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from monitor.model import ListWeights
from reports.edition_messages import EditionMessages
from reports.messages import LANGUAGES

from .weeks import rich_week

LOG = ListWeights(
    name="lapak-contoh/crafts", source="panel X", date=date(2026, 10, 31), entries=99, named=80
)
WORDS = {
    "id": ("dihitung sama", "99 pencarian dan halaman", "panel X sampai 31 Oktober 2026", "80 di"),
    "en": ("counts alike", "99 searches and pages", "panel X up to 31 October 2026", "names 80 of"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_how_searches_count_is_said_as_far_as_it_is_known(lang: str) -> None:
    alike, *words = WORDS[lang]
    findings = rich_week()
    lines = {
        weights: EditionMessages(replace(findings, list_weights=weights), lang).weight_lines()
        for weights in (None, (), (LOG,))
    }
    assert lines[None] == []
    assert len(lines[()]) == len(lines[LOG,]) == 1
    assert alike in lines[()][0]
    assert all(word in lines[LOG,][0] for word in words), lines
