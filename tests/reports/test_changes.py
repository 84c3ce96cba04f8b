"""A corrected edition says what is different, and names no seller in doing so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from monitor.model import (
    Answer,
    Cell,
    EditionKind,
    Findings,
    Label,
    LabelKind,
    Verdict,
    from_json,
)
from reports.changes import changed_offers, corrections
from reports.edition import write_edition

from .weeks import replaced_edition


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


def test_a_withdrawn_offer_is_named_with_the_note_that_came_between(rich: Findings) -> None:
    """Notes from before the replaced edition, or of other offers, caused nothing."""
    entry = next(entry for entry in rich.listings if entry.confirmed)
    others = tuple(other for other in rich.listings if other is not entry)
    later = rich.as_of + timedelta(days=1)
    softer = replace(entry, confirmed=False)
    label = Label(
        platform=entry.listing.platform,
        item_id=entry.listing.item_id,
        version="0" * 64,
        week=rich.week,
        annotator="budi",
        kind=LabelKind.adjudication,
        at=later,
        answer=Answer.no,
        note="Penjual berkantor di Bandung.",
    )
    labels = (
        replace(label, at=rich.as_of, note="earlier"),
        replace(label, item_id="another", note="of another"),
        replace(label, at=later + timedelta(seconds=1), note="too late"),
        label,
    )
    after = replace(rich, as_of=later, listings=(softer, *others))
    (offer,) = changed_offers(rich, after, labels)
    assert (offer.item_id, offer.change) == (entry.listing.item_id, "withdrawn")
    assert offer.notes == ("Penjual berkantor di Bandung.",)
    (unlabelled,) = changed_offers(rich, replace(after, listings=others), ())
    assert (unlabelled.change, unlabelled.labelled, unlabelled.notes) == ("withdrawn", False, ())
    (back,) = changed_offers(after, replace(rich, as_of=later + timedelta(days=1)), ())
    assert back.change == "confirmed"
    assert changed_offers(rich, rich, labels) == ()


def test_the_top_of_a_correction_says_why_and_links_what_it_replaces(
    rich: Findings, tmp_path: Path
) -> None:
    corrected = replace(
        rich,
        edition=EditionKind.corrected,
        corrections=corrections(rich, rich),
        replaces=replaced_edition(rich),
    )
    link = "../final/index.html"
    page = write_edition(corrected, tmp_path / "full", lang="en", replaced=link).read_text("utf-8")
    top = page[page.index('class="banner"') : page.index('id="answer"')]
    assert "This edition replaces the final edition" in top
    assert "released by Petugas Satu, Direktorat Contoh on" in top
    assert f'href="{link}"' in top
    assert "Halaman sendiri menyebut Shenzhen." in top
    assert rich.listings[0].listing.item_id in top
    assert 'href="#corrections"' in top, "the rest of the eight offers stands below"
    public = write_edition(corrected, tmp_path / "public", lang="en", public=True)
    text = public.read_text("utf-8")
    assert "released by Petugas Satu" in text
    assert "Shenzhen." not in text
    assert link not in text
    stored = from_json((tmp_path / "public" / "findings.json").read_bytes(), Findings)
    assert stored.replaces
    assert stored.replaces.offers == ()
