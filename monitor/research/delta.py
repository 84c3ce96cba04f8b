"""What a release changes against the one before it, row by row, as a data package of its own.

Rows are told apart by the primary keys that the packages name. A release of the same weeks is
compared whole; one of another week adds rows and changes those that both have, and takes none away
but from the tables that are of all weeks (policies, exchange rates).
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from monitor.model import Origin, TableDelta
from monitor.research.package import table_resource
from monitor.research.schema import Table, code
from monitor.research.tables import PUBLIC, RESTRICTED
from monitor.research.writer import TableWriter

FOLDER = "delta"
CHANGE = code("change", "what the row is to the release before", ("added", "changed", "removed"),
              required=True)  # fmt: skip
_Key = tuple[str, ...]
_Texts = tuple[str, ...]


class OpenPackage(NamedTuple):
    """A release on disk: its folder, and what its package says."""

    folder: Path
    content: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> OpenPackage:
        """The package in a folder."""
        text = (folder / "datapackage.json").read_text(encoding="utf-8")
        return cls(folder, json.loads(text))

    @property
    def tables(self) -> dict[str, Mapping[str, Any]]:
        """The resources by name."""
        return {resource["name"]: resource for resource in self.content["resources"]}

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns; [] where it has no such table."""
        resource = self.tables.get(table)
        return [field["name"] for field in resource["schema"]["fields"]] if resource else []

    def rows(self, table: Table) -> Iterator[tuple[_Key, _Texts]]:
        """The rows of a table as text, each with its key."""
        at = [table.names.index(name) for name in table.key]
        path = self.folder / self.tables[table.name]["path"]
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            next(lines)
            for line in lines:
                yield tuple(line[column] for column in at), tuple(line[:-1])


def write_delta(before: OpenPackage, release: OpenPackage) -> dict[str, TableDelta]:
    """Write what a release changes against the one ``before`` into its folder ``delta``.

    Returns the counts by table. A table without a change has no file.
    """
    folder = release.folder / FOLDER
    folder.mkdir()
    is_same_weeks = before.content["weeks"] == release.content["weeks"]
    origin = Origin(release.content["origin"])
    counts, resources = {}, []
    for table in PUBLIC if release.content["tier"] == "public" else RESTRICTED:
        columns = release.columns(table.name)
        if not table.key_lasts or before.columns(table.name) != columns:
            counts[table.name] = TableDelta()
            continue
        counts[table.name], writer = _compare(
            table, before, release, folder, origin, removing=is_same_weeks or table.of_all_weeks
        )
        if writer.rows:
            resources.append(table_resource(writer, folder, origin, {}))
        else:
            writer.csv.unlink()
    package = {
        "profile": "tabular-data-package" if resources else "data-package",
        "name": f"{release.content['name']}-delta",
        "title": f"What {release.content['title']} changes",
        "tier": release.content["tier"],
        "origin": release.content["origin"],
        "against": before.folder.name,
        "changes": {name: delta_counts(delta) for name, delta in counts.items()},
        "resources": resources,
    }
    text = json.dumps(package, indent=1, ensure_ascii=False) + "\n"
    (folder / "datapackage.json").write_text(text, encoding="utf-8")
    return counts


def delta_counts(delta: TableDelta) -> dict[str, int | None]:
    """The counts of a table as JSON has them."""
    return {"added": delta.added, "changed": delta.changed, "removed": delta.removed}


def same_rows(first: OpenPackage, second: OpenPackage) -> bool:
    """Whether two releases hold the same rows of the same editions."""
    facts = [
        (package.content["editions"], {name: r["hash"] for name, r in package.tables.items()})
        for package in (first, second)
    ]
    return facts[0] == facts[1]


def _compare(
    table: Table,
    before: OpenPackage,
    release: OpenPackage,
    folder: Path,
    origin: Origin,
    *,
    removing: bool,
) -> tuple[TableDelta, TableWriter]:
    """Write the rows of a table that differ; its counts and the writer, which is closed."""
    changes = replace(
        table,
        meaning=f"Rows of {table.name} that differ from the release before",
        fields=(CHANGE, *table.fields),
        foreign={},
    )
    writer = TableWriter(changes, folder, frozenset())
    earlier = dict(before.rows(table))
    counts = dict.fromkeys(CHANGE.codes, 0)

    def add(change: str, texts: Sequence[str]) -> None:
        """Writes a changed row, and counts it."""
        counts[change] += 1
        values = map(_value, (field.type for field in table.fields), texts)
        writer.add({"change": change} | dict(zip(table.names, values, strict=True)), origin)

    for key, texts in release.rows(table):
        old = earlier.pop(key, None)
        if old != texts:
            add("added" if old is None else "changed", texts)
    for texts in earlier.values() if removing else ():
        add("removed", texts)
    writer.close()
    return (
        TableDelta(
            added=counts["added"],
            changed=counts["changed"],
            removed=counts["removed"] if removing else None,
        ),
        writer,
    )


def _value(kind: str, text: str) -> Any:
    """A value as the writer takes it, of which it makes the same text again."""
    if not text:
        return None
    match kind:
        case "integer":
            return int(text)
        case "number":
            return float(text) if "e" in text.lower() else Decimal(text)
        case "boolean":
            return text == "true"
        case "date":
            return date.fromisoformat(text)
        case "datetime":
            return datetime.fromisoformat(text)
        case _:
            return text
