"""How uncertain is the share of flagged positions, by the bootstrap weights of a release?

    python replicate_errors.py RELEASE

The standard error of the newest week's flagged share of each platform and product group, from the
200 replicates of ``replicates``: a position weighs the ``weight`` of its entry, times the entry's
factor in a replicate. Beside it stands the error by linearisation, from the same table's strata and
fractions, which it must be near: a standard error from 200 replicates is itself uncertain by 5 %.
``share`` may be another statistic of positions; put it in the place of this one.

What it does not show: the uncertainty of labels. The flagged share is that of the screen, not of
breaches; the estimates and their intervals come from ``recompute.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

CELL = ["edition", "platform", "cluster"]


def entry_counts(release: Path) -> pd.DataFrame:
    """A row for each entry of the newest editions: its flagged positions, all, and its factors."""
    folder = release / "data"
    replicates = pd.read_csv(folder / "replicates.csv.gz")
    units = pd.read_csv(folder / "units.csv.gz", usecols=["unit", "week", "cluster", "entry"])
    positions = pd.read_csv(
        folder / "positions.csv.gz", usecols=["unit", "platform", "screen"]
    ).merge(units, on="unit")
    positions["flagged"] = positions["screen"] == "flagged"
    of_entry = ["week", "platform", "cluster", "entry"]
    counts = positions.groupby(of_entry)["flagged"].agg(["sum", "size"]).reset_index()
    replicates["week"] = replicates["edition"].str.partition("/")[0]
    entries = replicates.merge(counts, on=of_entry, how="left")
    return entries.fillna({"sum": 0, "size": 0})


def share(entries: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    """The flagged share in each column of weights."""
    return (entries["sum"].to_numpy() @ weights) / (entries["size"].to_numpy() @ weights)


def linearised_error(entries: pd.DataFrame) -> float:
    """The standard error by linearisation, of entries in strata with their fractions."""
    weight = entries["weight"].to_numpy()
    total = float(weight @ entries["size"].to_numpy())
    point = float(weight @ entries["sum"].to_numpy()) / total
    terms = weight * (entries["sum"].to_numpy() - point * entries["size"].to_numpy()) / total
    variance = 0.0
    for _, rows in entries.assign(term=terms).groupby("sampling_stratum"):
        n = len(rows)
        mean = rows["term"].mean() if n > 1 else float(np.mean(terms))
        left = (1 - rows["sampling_fraction"]) * (rows["term"] - mean) ** 2
        variance += (n / (n - 1) if n > 1 else 1.0) * float(left.sum())
    return float(np.sqrt(variance))


def standard_errors(release: Path) -> pd.DataFrame:
    """A row for each cell: entries, the share, and its error both ways."""
    rows = []
    for cell, entries in entry_counts(release).groupby(CELL):
        factors = np.array([line.split() for line in entries["factors"]], dtype=float)
        weight = entries["weight"].to_numpy()[:, None]
        point = float(share(entries, weight)[0])
        replicated = share(entries, weight * factors)
        error = float(np.sqrt(np.mean((replicated - point) ** 2)))
        rows.append((*cell, len(entries), point, error, linearised_error(entries)))
    return pd.DataFrame(rows, columns=[*CELL, "entries", "share", "bootstrap", "linearised"])


def main(release: str) -> int:
    """Print the errors of the newest week; 1 where there is none."""
    errors = standard_errors(Path(release))
    if errors.empty:
        print("not measurable: no position was seen")
        return 1
    print(errors[errors["edition"] == errors["edition"].max()].to_string(index=False))
    return 0


if __name__ == "__main__":
    from arguments import arguments

    sys.exit(main(*arguments(__doc__ or "", "restricted")))
