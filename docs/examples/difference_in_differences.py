"""Did a policy change the share of foreign offers on the platform that it binds?

    python difference_in_differences.py RELEASE PLATFORM WEEK

Compares PLATFORM with the others before WEEK and from it on, on the matched panel: the pages of
core entries that answered in every week, so that no change of the list looked at is taken for one
of the offers. The outcome is the share of a page's positions that the screen flagged; page and
week have their own levels (two-way fixed effects), errors are clustered by page.

What it does not show: the interval speaks of the pages, not of platforms, of which there are few;
the screen's errors are in it, where labels correct the published estimates; and that both would
have moved alike without the policy is an assumption, for which the weeks before are the only
witness.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import statsmodels.api as sm


class Effect(NamedTuple):
    """Change of the share on the treated platform beyond that of the others, with 95 % limits."""

    change: float
    low: float
    high: float
    pages: int
    weeks: int


def matched_panel(release: Path) -> pd.DataFrame:
    """A row for each week of each core page that answered in all weeks: its share flagged."""
    units = pd.read_csv(release / "data" / "units.csv.gz")
    positions = pd.read_csv(release / "data" / "positions.csv.gz", usecols=["unit", "screen"])
    units = units[units["entry_core"] & units["state"].isin(["sampled", "empty"])].copy()
    units["shown_on"] = units["platform"] + "/" + units["entry"] + "/" + units["page"].astype(str)
    answered = units.groupby("shown_on")["week"].nunique()
    always = answered.index[answered == units["week"].nunique()]
    units = units[units["shown_on"].isin(always)]
    flagged = (positions["screen"] == "flagged").groupby(positions["unit"]).mean()
    units["share"] = units["unit"].map(flagged)
    # A page that showed nothing has no share; one week without leaves the whole page out.
    complete = units.groupby("shown_on")["share"].transform(lambda share: share.notna().all())
    return units.loc[complete, ["shown_on", "platform", "week", "share"]]


def effect(panel: pd.DataFrame, platform: str, week: str) -> Effect:
    """The two-way fixed-effects estimate on a balanced panel."""
    treated = (panel["platform"] == platform) & (panel["week"] >= week)
    within = [_without_levels(panel, values) for values in (treated.astype(float), panel["share"])]
    fit = sm.OLS(within[1], within[0]).fit(
        cov_type="cluster",
        cov_kwds={"groups": panel["shown_on"].astype("category").cat.codes},
        use_t=True,  # few pages: Student's distribution on pages - 1 degrees of freedom
    )
    low, high = np.asarray(fit.conf_int())[0]
    pages, weeks = panel["shown_on"].nunique(), panel["week"].nunique()
    return Effect(float(fit.params.iloc[0]), float(low), float(high), pages, weeks)


def _without_levels(panel: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Values less the means of their page and week, plus the mean of all."""
    by_page = values.groupby(panel["shown_on"]).transform("mean")
    by_week = values.groupby(panel["week"]).transform("mean")
    return values - by_page - by_week + values.mean()


def main(release: str, platform: str, week: str) -> int:
    """Print the effect; 1 where the panel cannot tell it."""
    panel = matched_panel(Path(release))
    platforms = sorted(panel["platform"].unique())
    if platform not in platforms:
        names = ", ".join(platforms) or "no platform"
        print(f"{platform}: no core page of it answered in all weeks; one of these did: {names}")
        return 1
    before, after = panel["week"] < week, panel["week"] >= week
    if panel["platform"].nunique() < 2 or not (before.any() and after.any()):
        print("not measurable: it needs two platforms with core pages, and weeks on both sides")
        return 1
    found = effect(panel, platform, week)
    print(f"{found.pages} pages in {found.weeks} weeks")
    print(f"change {found.change:+.4f} (95 % {found.low:+.4f} to {found.high:+.4f})")
    return 0


if __name__ == "__main__":
    from arguments import arguments

    sys.exit(main(*arguments(__doc__ or "", "restricted", "PLATFORM", "WEEK")))
