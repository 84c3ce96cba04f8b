"""The league of sellers counts proven cases, by platform and seller, over all weeks."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from monitor.model import CaseEvent, CaseEventKind, Findings
from reports.edition import write_edition
from reports.sellers import origins, seller_league

from .weeks import case, flagged, moment

WITHDRAWN = CaseEvent(kind=CaseEventKind.withdrawn, at=moment(20))
GONE = CaseEvent(kind=CaseEventKind.gone, at=moment(20))


def test_sellers_stand_by_proven_cases_with_their_weeks() -> None:
    first, second, third = (
        replace(case(number, events=()), seller_key="s1") for number in (1, 8, 3)
    )
    league = seller_league([
        replace(first, weeks=("2026-W40", "2026-W47")),
        replace(second, weeks=("2026-W47",), events=(GONE,)),
        replace(third, events=(WITHDRAWN,)),
        replace(case(2, events=()), seller_key="s2"),
        replace(case(4, events=()), seller_key="s2", platform="kedai-umpama"),
        replace(case(5, events=()), seller_key="s2", is_proven=False),
        replace(case(6, events=()), seller_key=None, seller_name=None),
    ])  # fmt: skip
    assert [(record.key, record.cases, record.open) for record in league] == [
        ("lapak-contoh/s1", 2, 1),
        ("kedai-umpama/s2", 1, 1),
        ("lapak-contoh/s2", 1, 1),
    ]
    assert (league[0].weeks, league[0].first_week, league[0].last_week) == (
        2,
        "2026-W40",
        "2026-W47",
    )


def test_origins_count_proven_offers_as_the_platform_writes_the_place() -> None:
    listings = [flagged(number) for number in range(4)]
    bare = flagged(4)
    listings.append(replace(bare, listing=replace(bare.listing, ship_from=None)))
    listings.append(flagged(30))
    assert origins(listings) == {"Overseas": 2, "Tiongkok": 2, None: 1}


def test_only_an_inside_edition_with_cases_has_a_page_of_sellers(
    rich: Findings, tmp_path: Path
) -> None:
    first = write_edition(rich, tmp_path / "in", lang="en")
    assert 'href="sellers.en.html"' in first.read_text(encoding="utf-8")
    page = (tmp_path / "in" / "sellers.en.html").read_text(encoding="utf-8")
    assert 'href="offers.en.html#seller=lapak-contoh/s' in page
    public = write_edition(rich, tmp_path / "out", lang="en", public=True)
    assert "sellers.en.html" not in public.read_text(encoding="utf-8")
    assert not (tmp_path / "out" / "sellers.en.html").exists()
    write_edition(replace(rich, cases=()), tmp_path / "in", lang="en")
    assert not (tmp_path / "in" / "sellers.en.html").exists()
