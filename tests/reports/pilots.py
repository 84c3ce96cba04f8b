"""First weeks that have every sentence to print."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from monitor.model import (
    Claim,
    ClaimState,
    LiveCheck,
    LivePage,
    Origin,
    PageRole,
    PilotStep,
    PilotWeek,
    StepState,
    StepStatus,
    UnitState,
)
from reports.live_check import details_line, head_lines, next_lines
from reports.messages import LANGUAGES
from reports.pilot import bundle_lines, consent_lines, consent_words, pilot_lines, write_pilot_pages

AT = datetime(2026, 11, 27, 3, tzinfo=UTC)
FIGURES: dict[str, int | str | datetime] = {
    "at": AT,
    "confirmed": 11,
    "contact": "uji@kantor.example",
    "contradicted": 5,
    "file": "pantau-lapak-1.zip",
    "closes": "06.00",
    "n": 2,
    "of": 30,
    "opens": "22.00",
    "pages": 3,
    "pending": 4,
    "people": 1,
    "reason": "blocked: http-403",
    "refused": 2,
    "second": 1,
    "sellers": 2,
    "used": 0,
    "waiting": 1,
    "unproven": 5,
    "week": "2026-W48",
}
SEEN = {
    PilotStep.contact: ("contact", "contact_simulated", "contact_none"),
    PilotStep.live_check: (
        "live_check",
        "live_check_none",
        "live_check_contradicted",
        "live_check_refused",
        "live_check_unreachable",
    ),
    PilotStep.plan: ("plan", "plan_none"),
    PilotStep.pages: ("pages", "pages_none", "pages_night", "pages_refused"),
    PilotStep.sample: ("sample", "sample_none", "sample_waiting", "sample_nothing", "sample_empty"),
    PilotStep.labels: ("labels", "labels_none", "labels_nothing"),
    PilotStep.edition: ("edition", "edition_none"),
    PilotStep.bundle: ("bundle", "bundle_none"),
    PilotStep.sent: ("sent", "sent_none", "sent_unpacked"),
}
STATES = (StepState.done, StepState.open, StepState.begun, StepState.stopped)


def pilot_weeks() -> Iterator[PilotWeek]:
    """Weeks in which each step comes in all its states, by the crawler and by hand."""
    for number in range(max(map(len, SEEN.values()))):
        state = STATES[number % len(STATES)]
        steps = tuple(
            StepStatus(
                step=step,
                state=state,
                seen=sentences[min(number, len(sentences) - 1)],
                figures=FIGURES,
                note="surat ke proyek" if step is PilotStep.sent else None,
            )
            for step, sentences in SEEN.items()
        )
        yield PilotWeek(
            platform="lapak",
            name="Lapak",
            week="2026-W48",
            origin=Origin.live,
            started_at=AT,
            as_of=AT,
            steps=steps,
            by_hand=number == 1,
        )


SUBJECTS = (
    "robots.txt, keyword", "entrance", "page size", "least listings", "where listings stand",
    "cards", "total of results", "fields", "fields of the own page", "floor of ship_from",
    "currency", "hosts", "address of an own page", "own page", "price of the offer",
    "words for nothing found", "words for gone", "refusals", "unproven: cards",
)  # fmt: skip
"""The subject of every claim."""


def live_check_of(state: ClaimState) -> LiveCheck:
    """A live check with two pages, all of whose claims stand so."""
    pages = [
        LivePage(
            role=role, url="https://lapak.example", final_url="https://lapak.example", at=AT,
            state=UnitState.sampled if status else UnitState.unreachable, status=status,
        )
        for role, status in ((PageRole.listings, 200), (PageRole.own_page, None))
    ]  # fmt: skip
    claims = tuple(
        Claim(subject=subject, source="here", claimed="60 positions", state=state, seen="48")
        for subject in SUBJECTS
    )
    return LiveCheck(
        platform="lapak", origin=Origin.simulated, at=AT, week="2026-W48", run=1, agent="Pantau",
        pages=tuple(pages), claims=claims,
    )  # fmt: skip


def write_live_checks() -> None:
    """Say every sentence of live checks."""
    check = live_check_of(ClaimState.contradicted)
    for lang in LANGUAGES:
        for variant in (
            check,
            live_check_of(ClaimState.unproven),
            replace(check, refused="blocked: http-403"),
            replace(check, unreachable="unreachable: timeout"),
        ):
            lines = (
                *head_lines(variant, "Lapak", lang),
                details_line(lang),
                *next_lines(variant, lang, "id"),
            )
            assert all(line.strip() for line in lines)


def write_pilots(folder: Path) -> None:
    """Write the pages of all of them, and their lines."""
    write_live_checks()
    for number, week in enumerate(pilot_weeks()):
        write_pilot_pages(folder / str(number), week)
        for lang in LANGUAGES:
            assert all(line.strip() for line in pilot_lines(week, lang))
    for lang in LANGUAGES:
        assert all(bundle_lines(2, ["live_nothing: a name is left"], lang))
        assert (
            len(list(consent_lines(["lapak.example"], 7.5, "Pantau (kantor)", folder, lang))) == 6
        )
        assert all(consent_words(lang, folder / "pantau.toml", "uji@kantor.example").values())
