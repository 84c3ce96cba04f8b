"""Are a group's offers in the hands of few sellers?

    python concentration.py RELEASE

Herfindahl and Hirschman's index of each week, platform and product group, over offers: 10,000 is
one seller. It is null where any offer's seller is not shown: all unknown ones together would read
as one seller, and leaving them out would make the others look larger.

What it does not show: sales. A seller with many offers may sell little, and what ``sold`` counts
differs by platform. A person behind several shops is several sellers here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

CELL = ["week", "platform", "cluster"]


def concentration(release: Path) -> pd.DataFrame:
    """A row for each cell: its offers, how many have no known seller, sellers, and the index."""
    folder = release / "data"
    units = pd.read_csv(folder / "units.csv.gz", usecols=["unit", "week", "cluster"])
    content = ["platform", "offer", "version"]
    positions = pd.read_csv(folder / "positions.csv.gz", usecols=["unit", *content])
    sellers = pd.read_csv(folder / "offers.csv.gz", usecols=[*content, "seller_key"])
    shown = positions.merge(units, on="unit").merge(sellers, on=content)
    offers = shown.drop_duplicates([*CELL, "offer"])
    counts = offers.groupby([*CELL, "seller_key"], dropna=False).size().rename("count")
    rows = []
    for cell, of_cell in counts.groupby(level=CELL):
        keys = of_cell.index.get_level_values("seller_key")
        unknown = int(of_cell[keys.isna()].sum())
        total = int(of_cell.sum())
        index = None if unknown else 10_000 * float(((of_cell / total) ** 2).sum())
        rows.append((*cell, total, unknown, int(keys.notna().sum()), index))
    return pd.DataFrame(rows, columns=[*CELL, "offers", "unknown", "sellers", "hhi"])


def main(release: str) -> int:
    """Print the newest week; 1 where it has no offer."""
    found = concentration(Path(release))
    if found.empty:
        print("not measurable: no offer was seen")
        return 1
    newest = found[found["week"] == found["week"].max()]
    known = newest["hhi"].map(lambda hhi: "not measurable" if pd.isna(hhi) else f"{hhi:.0f}")
    print(newest.assign(hhi=known).to_string(index=False))
    return 0


if __name__ == "__main__":
    from arguments import arguments

    sys.exit(main(*arguments(__doc__ or "", "restricted")))
