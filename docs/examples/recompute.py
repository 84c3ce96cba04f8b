"""Computes every estimate, interval and verdict of a restricted release again.

    python recompute.py RELEASE

Needs the release, ``arguments.py`` beside it and Pantau's estimator (``pip install`` of the version
that ``editions`` names), which reads no store: it is arithmetic on the values below. Prints each
cell of the newest editions that comes out otherwise than it was published, to the last digit, and
how many came out the same. Exit code 1 where one did not.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from monitor.estimate import AuditedListing, CellData, Position, Settings, estimate_week
from monitor.model import (
    Answer,
    Cell,
    Cluster,
    CollectedBy,
    EntryKind,
    Mode,
    Note,
    PlannedUnit,
    ScreenStratum,
    Stratum,
    UnitRecord,
    UnitState,
)

Row = dict[str, Any]
SAME = (
    "planned", "sampled", "places", "flagged", "suspected", "audited", "confirmed", "coverage",
    "estimate", "low", "high", "verdict", "reason", "unclear_as_no", "unclear_as_yes", "screened",
    "flagged_offers", "checked", "marked_offers", "marked_sellers", "third_looks", "judged_low",
    "level", "high_with_refused",
)  # fmt: skip
"""Columns of ``estimates`` that the estimator gives."""


class Release:
    """The tables of a release, as rows whose values have the types that the package tells."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        self.resources = {resource["name"]: resource for resource in package["resources"]}
        self.settings = msgspec.convert(package["settings"], Settings)

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table."""
        resource = self.resources[table]
        types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        path = self.folder / resource["path"]
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield {name: value_of(types[name], text) for name, text in row.items()}


def value_of(kind: str, text: str) -> Any:
    """The value that a cell of a CSV file holds; None where it is empty."""
    if text == "":
        return None
    if kind == "boolean":
        return text == "true"
    readers = {"integer": int, "number": float, "date": date.fromisoformat}
    return readers[kind](text) if kind in readers else text


def unit_record(row: Row) -> UnitRecord:
    """A planned page and what became of it."""
    unit = PlannedUnit(
        id=row["unit"],
        week=row["week"],
        platform=row["platform"],
        cluster=Cluster(row["cluster"]),
        stratum=Stratum(row["stratum"]),
        entry_id=row["entry"],
        kind=EntryKind(row["kind"]),
        query=row["query"],
        page=row["page"],
        url="",
        position=row["order"],
        probability=row["probability"],
        weight=row["weight"],
        collection=CollectedBy(row["collection"]),
        inspector_probability=row["inspector_probability"],
    )
    return UnitRecord(
        unit=unit,
        state=UnitState(row["state"]),
        mode=Mode(row["mode"]) if row["mode"] else None,
        reason=row["reason"],
        places=row["places"],
        unreadable=row["unreadable"],
        refused_crawler=row["refused_crawler"],
    )


def audited_listing(outcome: Row, sampled: Row) -> AuditedListing:
    """A labelled listing as a policy sees it."""
    stratum = outcome["rescreened"]
    return AuditedListing(
        week=sampled["week"],
        cluster=Cluster(sampled["cluster"]),
        item_id=sampled["offer"],
        version=sampled["version"],
        stratum=ScreenStratum(sampled["screen"]),
        probability=sampled["probability"],
        outcome=Answer(outcome["outcome"]),
        positions=sampled["positions"],
        entry_id=sampled["entry"],
        classifier=sampled["classifier"] or "",
        foreign=Answer(outcome["foreign"]),
        lacks_commodity=outcome["lacks_commodity"],
        rescreened=ScreenStratum(stratum) if stratum else None,
        rescreened_by=outcome["rescreened_by"] or "",
    )


def position(row: Row, entry: str, breach: Row) -> Position:
    """A position as a policy sees it; ``breach`` is empty where nothing is true of it."""
    return Position(
        entry_id=entry,
        item_id=row["offer"],
        version=row["version"],
        stratum=ScreenStratum(row["screen"]),
        breach=breach.get("breach", False),
        suspected=breach.get("suspected", False),
        confirmed=breach.get("confirmed", False),
        checked=row["checked"],
        marked=row["marked"],
        third_look=row["third_look"],
        seller_id=row["seller_id_key"],
        seller_name=row["seller_name_key"],
    )


def cells_of(release: Release) -> Iterator[tuple[list[CellData], list[Row]]]:
    """For each newest edition what the estimator is given, and what was published."""
    units = {row["unit"]: unit_record(row) for row in release.rows("units")}
    records: dict[tuple[str, str, str], list[UnitRecord]] = defaultdict(list)
    for record in units.values():
        unit = record.unit
        records[unit.week, unit.platform, unit.cluster].append(record)
    positions: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in release.rows("positions"):
        unit = units[row["unit"]].unit
        positions[unit.week, unit.platform, unit.cluster].append(row)
    breaches = {(row["position"], row["policy"]): row for row in release.rows("breaches")}
    sample = {(row["week"], row["order"]): row for row in release.rows("audit_sample")}
    audited: dict[tuple[str, str, str], list[AuditedListing]] = defaultdict(list)
    for row in release.rows("outcomes"):
        sampled = sample[row["sample_week"], row["order"]]
        label = audited_listing(row, sampled)
        audited[row["edition"], sampled["platform"], row["policy"]].append(label)
    published: dict[str, list[Row]] = defaultdict(list)
    for row in release.rows("estimates"):
        published[row["edition"]].append(row)
    terms = {key(row): row for row in release.rows("cells")}
    for edition in release.rows("editions"):
        if not edition["is_newest"]:
            continue
        cells = []
        for row in published[edition["edition"]]:
            of_cell = edition["week"], row["platform"], row["cluster"]
            held_to = terms[key(row)]
            cells.append(
                CellData(
                    week=edition["week"],
                    platform=row["platform"],
                    cluster=Cluster(row["cluster"]),
                    policy=row["policy"],
                    tolerance=row["tolerance"],
                    units=tuple(records[of_cell]),
                    positions=tuple(
                        position(
                            at,
                            units[at["unit"]].unit.entry_id,
                            breaches.get((at["position"], row["policy"]), {}),
                        )
                        for at in positions[of_cell]
                    ),
                    audited=tuple(audited[row["edition"], row["platform"], row["policy"]]),
                    classifier=held_to["classifier"],
                    primary=row["is_primary"],
                    may_accuse=held_to["may_accuse"],
                    throughout=held_to["throughout"],
                    changed_on=held_to["changed_on"],
                    obstacle=Note(code=held_to["obstacle"]) if held_to["obstacle"] else None,
                )
            )
        yield cells, published[edition["edition"]]


def key(row: Row) -> tuple[str, ...]:
    """What tells a cell of an edition from the others."""
    return tuple(row[name] for name in ("edition", "platform", "cluster", "policy"))


def differences(cell: Cell, row: Row) -> Iterator[str]:
    """Where a cell is not what was published."""
    for name in SAME:
        computed = getattr(cell, name)
        if name == "reason":
            computed = computed.code if computed else None
        if computed != row[name]:
            yield f"{' '.join(key(row))}: {name}: published {row[name]}, computed {computed}"


def main(folder: str) -> int:
    """Compare all cells; 1 where one came out otherwise."""
    release = Release(Path(folder))
    same = measured = 0
    differing: list[str] = []
    for cells, published in cells_of(release):
        estimates = estimate_week(cells, settings=release.settings)
        for estimate, row in zip(estimates, published, strict=True):
            lines = list(differences(estimate.cell, row))
            differing += lines
            same += not lines
            measured += row["low"] is not None
    print(*differing, sep="\n", end="\n" if differing else "")
    print(f"{same} cells come out as published; {measured} have an interval")
    return 1 if differing else 0


if __name__ == "__main__":
    from arguments import arguments

    sys.exit(main(*arguments(__doc__ or "", "restricted")))
