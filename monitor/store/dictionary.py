"""The data dictionary: one line for every table, view and column, from the schema's comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from monitor.store.schema import METADATA
from monitor.store.views import VIEWS


class Meaning(msgspec.Struct, frozen=True):
    """What a table or view (``field`` empty) or one of its columns means."""

    name: str
    field: str
    kind: str
    meaning: str
    type: str = ""


def meanings() -> Iterator[Meaning]:
    """Views first, then tables by name; each followed by its columns."""
    for view in VIEWS:
        yield Meaning(view.name, "", "view", view.meaning)
        for name, _, meaning in view.columns:
            yield Meaning(view.name, name, "view", meaning)
    for name, table in sorted(METADATA.tables.items()):
        yield Meaning(name, "", "table", table.comment or "")
        for column in table.columns:
            kind = column.type.__class__.__name__.lower()
            yield Meaning(name, column.name, "table", column.comment or "", _TYPES.get(kind, kind))


_TYPES = {
    "biginteger": "integer",
    "enum": "text",
    "packedjson": "text",
    "json": "JSON",
    "string": "text",
    "utc": "time (UTC)",
    "float": "number",
    "double": "number",
}


def markdown() -> str:
    """The data dictionary as a page, ``docs/data-dictionary.md``."""
    lines = [
        "# Data dictionary",
        "",
        "Generated from the schema. Views have plural names and are made for reading; tables have",
        "singular ones. Times are UTC, weeks are ISO weeks in Asia/Jakarta, null means unknown.",
    ]
    for entry in meanings():
        if not entry.field:
            lines += ["", f"## {entry.name} ({entry.kind})", "", f"{entry.meaning}.", ""]
            head = (
                "| column | type | meaning |" if entry.kind == "table" else "| column | meaning |"
            )
            lines += [head, "|" + "---|" * (head.count("|") - 1)]
        elif entry.kind == "table":
            lines.append(f"| `{entry.field}` | {entry.type} | {entry.meaning} |")
        else:
            lines.append(f"| `{entry.field}` | {entry.meaning} |")
    return "\n".join(lines) + "\n"


def datasette(database: str) -> dict[str, Any]:
    """The data dictionary as metadata for Datasette, under the name of the database (file stem)."""
    tables: dict[str, dict[str, Any]] = {}
    for entry in meanings():
        if entry.field:
            tables[entry.name]["columns"][entry.field] = entry.meaning
        else:
            tables[entry.name] = {"description": entry.meaning, "columns": {}}
    return {"title": "Pantau", "databases": {database: {"tables": tables}}}
