"""How long do flagged offers stand?

    python survival.py RELEASE

Kaplan and Meier's curve for each platform of the weeks from an offer's first sight to the first
week in which no page shows it any more. Only pages of core entries count, which are looked at
every week: a rotating entry that is not drawn says nothing of its offers. A week in which one of
the pages that showed the offer did not answer ends its time as "not known" (censored), as the last
week does; offers of the first week are left out, since nobody knows how long they had stood.

What it does not show: an offer that left the pages looked at may stand elsewhere, so this is time
on these pages, not time to a take-down, which only ``cases`` prove; and one that came back under
another id counts as a new one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from statsmodels.duration.survfunc import SurvfuncRight

Spell = tuple[str, int, int]
"""Platform, weeks stood, and 1 where the end was seen, 0 where it is not known."""


def spells(release: Path) -> Iterator[Spell]:
    """One spell for each flagged offer that was first seen after the first week."""
    units = pd.read_csv(release / "data" / "units.csv.gz")
    positions = pd.read_csv(
        release / "data" / "positions.csv.gz", usecols=["unit", "platform", "offer", "screen"]
    )
    units = units[units["entry_core"]].copy()
    units["page_key"] = units["platform"] + "/" + units["entry"] + "/" + units["page"].astype(str)
    weeks = sorted(units["week"].unique())
    answered = units["state"].isin(["sampled", "empty"])
    answers = set(zip(units["page_key"][answered], units["week"][answered], strict=True))
    shown = positions.merge(units[["unit", "week", "page_key"]], on="unit")
    flagged = shown[shown["screen"] == "flagged"]
    for (platform, _), sights in flagged.groupby(["platform", "offer"]):
        seen = set(sights["week"])
        first = weeks.index(min(seen))
        if first > 0:
            pages = set(sights["page_key"])
            yield str(platform), *_stood(weeks[first:], seen, pages, answers)


def _stood(
    weeks: list[str], seen: set[str], pages: set[str], answers: set[tuple[str, str]]
) -> tuple[int, int]:
    """Weeks from the first one on, and whether the end was seen."""
    for stood, week in enumerate(weeks):
        if week in seen:
            continue
        is_watched = all((page, week) in answers for page in pages)
        return stood, int(is_watched)
    return len(weeks), 0


def curves(release: Path) -> dict[str, SurvfuncRight]:
    """The curve of each platform that has a spell."""
    table = pd.DataFrame(spells(release), columns=["platform", "weeks", "ended"])
    return {
        str(platform): SurvfuncRight(of_platform["weeks"], of_platform["ended"])
        for platform, of_platform in table.groupby("platform")
        if of_platform["ended"].any()
    }


def main(release: str) -> int:
    """Print how many still stand after one, two, four, eight and thirteen weeks."""
    found = curves(Path(release))
    if not found:
        print("not measurable: no flagged offer of a core page came and went")
        return 1
    for platform, curve in found.items():
        for weeks in (1, 2, 4, 8, 13):
            until = curve.surv_times <= weeks
            if until.any():
                share, error = curve.surv_prob[until][-1], curve.surv_prob_se[until][-1]
                print(f"{platform}: {share:.3f} stand after {weeks} weeks (± {1.96 * error:.3f})")
    return 0


if __name__ == "__main__":
    from arguments import arguments

    sys.exit(main(*arguments(__doc__ or "", "restricted")))
