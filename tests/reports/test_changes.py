"""A corrected edition says what is different, and names no seller in doing so."""

from __future__ import annotations

from msgspec.structs import replace

from monitor.model import Cell, Findings, Verdict
from reports.changes import corrections


def english(before: Findings, after: Findings) -> list[str]:
    return [text.en for text in corrections(before, after)]


def accusing(findings: Findings) -> Cell:
    return next(
        cell for cell in findings.cells if cell.primary and cell.verdict is Verdict.non_compliant
    )


def test_the_edition_it_replaces_comes_first(rich: Findings) -> None:
    (first, only) = corrections(rich, rich)
    assert first.en.startswith("This edition replaces the ")
    assert first.id.startswith("Edisi ini menggantikan edisi ")
    assert only.en.startswith("No verdict")


def test_a_verdict_that_changed_is_given_with_both_sides(rich: Findings) -> None:
    cell = accusing(rich)
    softer = replace(
        cell, verdict=Verdict.none_found, confirmed=0, estimate=0.002, low=0.0, high=0.012
    )
    cells = (softer, *(other for other in rich.cells if other is not cell))
    (_, sentence) = english(rich, replace(rich, cells=cells))
    now, before = sentence.split(" Before: ")
    assert "0 confirmed; 0.2% (0%–1.2%)" in now
    assert f"{cell.confirmed} confirmed" in before


def test_what_is_not_shown_differently_is_no_change(rich: Findings) -> None:
    cell = accusing(rich)
    hair = replace(cell, estimate=(cell.estimate or 0) + 1e-7)
    cells = (hair, *(other for other in rich.cells if other is not cell))
    assert english(rich, replace(rich, cells=cells))[1].startswith("No verdict")


def test_no_seller_and_no_offer_is_named(rich: Findings) -> None:
    fewer = replace(rich, listings=rich.listings[2:])
    for before, after in ((rich, fewer), (fewer, rich)):
        sentences = " ".join(text.id + text.en for text in corrections(before, after))
        for entry in rich.listings:
            assert entry.listing.title not in sentences
            assert (entry.listing.seller_name or "?") not in sentences
