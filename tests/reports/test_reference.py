"""A platform that marketplaces are compared with stands apart in every sum."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from monitor.model import Cell, ChangeCounts, Findings, ListingState, UnitState, Verdict
from monitor.operate.delivery import compose
from reports.edition import write_edition
from reports.edition_messages import EditionMessages
from reports.letters import letter
from reports.listings import listing_lists
from reports.messages import LANGUAGES, ReportError
from reports.summary import Conclusion
from reports.view import policy_results

from .test_screening import workbook_text
from .test_tables import rows_of
from .weeks import BEFORE, flagged

REFERENCE = "luar-seberang"


def full_reference(findings: Findings) -> Findings:
    """The week with as much on the reference as a platform can show, breaches included."""

    def breaching(cell: Cell) -> Cell:
        if cell.platform != REFERENCE:
            return cell
        return replace(
            cell,
            verdict=Verdict.breaches_found,
            reason=None,
            sampled=32,
            coverage=1.0,
            places=3600,
            flagged=3455,
            screened=3600,
            audited=50,
            confirmed=30,
            marked_sellers=9,
        )

    entries = tuple(
        flagged(
            5000 + number,
            REFERENCE,
            policies=("rekaan-31-2023-art19",),
            confirmed=number < 30,
            state=ListingState.new,
        )
        for number in range(40)
    )
    gone = replace(flagged(7000, REFERENCE), state=ListingState.not_seen, found_at=())
    change = ChangeCounts(
        platform=REFERENCE,
        since=BEFORE,
        new=40,
        still=0,
        not_seen=1,
        confirmed_gone=0,
        relisted=0,
        entries=12,
    )
    return replace(
        findings,
        cells=tuple(map(breaching, findings.cells)),
        coverage=tuple(
            replace(row, sampled=32, disallowed=0, places=3600, reasons=())
            if row.platform == REFERENCE
            else row
            for row in findings.coverage
        ),
        listings=(*findings.listings, *entries),
        gone=(*findings.gone, gone),
        changes=(*findings.changes, change),
    )


def counted(findings: Findings, lang: str) -> list[str]:
    """All that speaks of several platforms at once, but for the names of those that stand apart."""
    messages = EditionMessages(findings, lang)
    lists = listing_lists(findings, messages.summary)
    accused = next(p.finding.id for p in messages.summary.of(Conclusion.still))
    sentences = [
        messages.headline(),
        messages.sureness(),
        *(text for _, text in messages.lead()),
        *compose(findings, lang)[1].splitlines(),
        *messages.method_steps(),
        letter(findings, accused, lang),
        messages("change.fresh", n=sum(map(messages.is_new_breach, findings.listings))),
        *(f"{kind} {len(lists[kind])}" for kind in ("evidence", "suspected", "imported", "gone")),
        *(f"{shown.policy.id} {shown.listings}" for shown in policy_results(findings)),
    ]
    return [sentence for sentence in sentences if "Luar Seberang" not in sentence]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_count_moves_with_what_the_reference_shows(rich: Findings, lang: str) -> None:
    full = full_reference(rich)
    assert counted(full, lang) == counted(rich, lang)
    named = [text for _, text in EditionMessages(full, lang).lead() if "Luar Seberang" in text]
    assert named == [EditionMessages(full, lang)("lead.compared", platforms="Luar Seberang")]


def test_the_reference_is_seen_apart(rich: Findings, tmp_path: Path) -> None:
    full = full_reference(rich)
    page = write_edition(full, tmp_path, lang="en").read_text(encoding="utf-8")
    assert "For comparison: 41 offers on Luar Seberang, in no count above" in page
    assert "For comparison only" in page.split('id="c-luar-seberang"')[1][:400]
    evidence = page.split('<section id="evidence"')[1].split("<details")[0]
    assert "905000" not in evidence
    rows = rows_of(tmp_path / "listings.csv")
    kinds = {row["kind"] for row in rows if row["platform"] == REFERENCE}
    assert kinds == {"compared"}
    about = workbook_text(tmp_path / f"pantau-{full.week}.en.xlsx")
    headline = EditionMessages(rich, "en").headline()
    assert headline in about
    assert re.search(r"For comparison only, in no count here: Luar Seberang\.", about)


@pytest.mark.parametrize("verdict", Verdict)
def test_the_reference_is_compared_whatever_its_verdict(rich: Findings, verdict: Verdict) -> None:
    full = full_reference(rich)
    confirmed = 0 if verdict in {Verdict.compliant, Verdict.none_found} else 30
    cells = tuple(
        replace(c, verdict=verdict, confirmed=confirmed, low=0.02, high=0.005, judged_low=0.02)
        if c.platform == REFERENCE
        else c
        for c in full.cells
    )
    summary = EditionMessages(replace(full, cells=cells), "en").summary
    reference = next(p for p in summary.platforms if p.finding.id == REFERENCE)
    unmeasured = verdict is Verdict.not_measurable and not confirmed
    assert reference.conclusion is (
        Conclusion.not_measurable if unmeasured else Conclusion.compared
    )
    assert summary.judged == EditionMessages(rich, "en").summary.judged


def test_nothing_is_asked_of_the_reference(rich: Findings) -> None:
    with pytest.raises(ReportError, match="only compared with"):
        letter(full_reference(rich), REFERENCE)
    blocked = rich.coverage[-1].reasons[0]
    assert blocked.state is UnitState.disallowed
    assert "Request for data access" in letter(rich, REFERENCE, "en")
