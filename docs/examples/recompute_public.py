"""Computes every estimate of a public release again, with Python and ``arguments.py`` alone.

    python recompute_public.py RELEASE

The share of a cell is the sum, over the strata of the screen, of the stratum's share of the
positions times the share of breaches among its labels: of the cell's own labels where the screen
flagged, of the pool where it did not. Prints each cell of the newest editions that comes out
otherwise, and how many came out the same. Exit code 1 where one did not.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

STRATA = ("flagged", "unknown", "domestic")
PRECISION = 1e-9
"""Weights are averaged over rows that look alike, which rounds their sums."""


def rows(folder: Path, table: str) -> Iterator[dict[str, str]]:
    """The rows of a table, as text."""
    with gzip.open(folder / "data" / f"{table}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def estimates(folder: Path) -> Iterator[tuple[dict[str, str], float | None]]:
    """Each published row of the newest editions, and its estimate computed again."""
    weights: dict[tuple[str, ...], dict[str, float]] = defaultdict(lambda: dict.fromkeys(STRATA, 0))
    for row in rows(folder, "positions"):
        cell = row["week"], row["platform"], row["cluster"]
        weights[cell][row["screen"]] += float(row["weight"] or 0)
    labels: dict[tuple[str, ...], dict[tuple[str, str], tuple[float, float]]] = defaultdict(dict)
    for row in rows(folder, "label_totals"):
        cell = row["edition"], row["platform"], row["cluster"], row["policy"]
        counted = float(row["weight_yes"]), float(row["weight_no"])
        labels[cell][row["basis"], row["screen"]] = counted
    week_of = {
        row["edition"]: row["week"]
        for row in rows(folder, "editions")
        if row["is_newest"] == "true"
    }
    for row in rows(folder, "estimates"):
        if row["edition"] not in week_of:
            continue
        cell = row["edition"], row["platform"], row["cluster"], row["policy"]
        shown = weights[week_of[row["edition"]], row["platform"], row["cluster"]]
        yield row, share(shown, labels[cell])


def share(
    shown: dict[str, float], labels: dict[tuple[str, str], tuple[float, float]]
) -> float | None:
    """The share that breaches; None where no label of the cell itself says yes, or a stratum that
    shows positions has no label to go by."""
    total = sum(shown.values())
    if not any(yes for (basis, _), (yes, _) in labels.items() if basis == "drawn"):
        return None
    rates = {"flagged": rate(labels.get(("drawn", "flagged")))}
    missed = {stratum: rate(labels.get(("pool", stratum))) for stratum in STRATA[1:]}
    known = [found for found in missed.values() if found is not None]
    for stratum, found in missed.items():
        # A stratum without labels borrows the rate of the other one that nobody flagged.
        rates[stratum] = found if found is not None else (known or [None])[0]
    parts = []
    for stratum in STRATA:
        if shown[stratum]:
            if (found := rates[stratum]) is None:
                return None
            parts.append(shown[stratum] / total * found)
    return min(1.0, sum(parts))


def rate(labels: tuple[float, float] | None) -> float | None:
    """Share of yes by weight; None without a label that says yes or no."""
    return labels[0] / sum(labels) if labels and sum(labels) else None


def main(folder: str) -> int:
    """Compare all estimates; 1 where one came out otherwise."""
    same = differing = without = 0
    for row, computed in estimates(Path(folder)):
        published = float(row["estimate"]) if row["estimate"] else None
        is_same = (
            published is computed
            if published is None or computed is None
            else abs(published - computed) < PRECISION
        )
        same += is_same
        without += published is None
        if not is_same:
            differing += 1
            name = " ".join(row[part] for part in ("edition", "platform", "cluster", "policy"))
            print(f"{name}: published {published}, computed {computed}")
    print(f"{same} cells come out as published; {without} have no estimate")
    return 1 if differing else 0


if __name__ == "__main__":
    from arguments import arguments

    sys.exit(main(*arguments(__doc__ or "", "public")))
