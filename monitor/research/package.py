"""What a release says of itself: the data package, the codebook, and how to cite it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from monitor import __version__
from monitor.config import Config, week_start
from monitor.estimate import Settings
from monitor.model import Origin, Value
from monitor.research.anonymity import K
from monitor.research.schema import Column
from monitor.research.writer import TableWriter, sha256_of


class ReleaseFacts(Value):
    """What is said of a release as a whole.

    ``editions`` are the SHA-256 of the findings of the newest editions, by their ids; ``key_id``
    is that of the key of a restricted release, None of a public one.
    """

    tier: str
    weeks: tuple[str, ...]
    origin: Origin
    created: datetime
    editions: Mapping[str, str]
    settings: Settings
    key_id: str | None

    @property
    def name(self) -> str:
        """Its name, as Frictionless wants it."""
        return f"pantau-{self.tier}-{self.weeks[0].lower()}-{self.weeks[-1].lower()}"

    @property
    def title(self) -> str:
        """Its title, which says where the data are not real."""
        span = " to ".join(dict.fromkeys((self.weeks[0], self.weeks[-1])))
        simulated = " (simulated data)" if self.origin is Origin.simulated else ""
        return f"Pantau: foreign sellers on marketplaces in Indonesia, {span}{simulated}"


def data_package(
    config: Config, facts: ReleaseFacts, writers: Sequence[TableWriter], folder: Path
) -> dict[str, Any]:
    """The content of ``datapackage.json`` (Frictionless Data Package)."""
    publisher = {"title": config.research.publisher, "role": "publisher"}
    if config.contact and "@" in config.contact:
        publisher["email"] = config.contact.removeprefix("mailto:")
    elif config.contact:
        publisher["path"] = config.contact
    last_day = week_start(facts.weeks[-1]) + timedelta(days=6)
    keys = {writer.table.name: writer.table.key for writer in writers}
    period = {"from": f"{week_start(facts.weeks[0]):%Y-%m-%d}", "until": f"{last_day:%Y-%m-%d}"}
    return {
        "profile": "tabular-data-package",
        "name": facts.name,
        "title": facts.title,
        "version": __version__,
        "created": f"{facts.created:%Y-%m-%dT%H:%M:%SZ}",
        "licenses": [_licence(config, facts)],
        "contributors": [publisher],
        "citation": citation(config, facts),
        "period": period,
        "tier": facts.tier,
        "origin": facts.origin.value,
        "weeks": list(facts.weeks),
        "editions": dict(facts.editions),
        "settings": asdict(facts.settings),
        **({"k": K} if facts.key_id is None else {"key": facts.key_id}),
        "resources": [table_resource(writer, folder, facts.origin, keys) for writer in writers],
    }


def _licence(config: Config, facts: ReleaseFacts) -> dict[str, str]:
    if facts.key_id is not None:
        return {
            "name": "other-closed",
            "title": "Restricted: for those who agreed with the publisher in writing",
        }
    licence = {"name": config.research.licence}
    if licence["name"] == "CC-BY-4.0":
        licence |= {
            "path": "https://creativecommons.org/licenses/by/4.0/",
            "title": "Creative Commons Attribution 4.0",
        }
    return licence


def citation(config: Config, facts: ReleaseFacts) -> str:
    """The release as a reference list has it."""
    return (
        f"{config.research.publisher} ({facts.created:%Y}). {facts.title}. "
        f"Version {__version__}, {facts.tier} release of {facts.created:%Y-%m-%d}."
    )


def citation_file(config: Config, facts: ReleaseFacts) -> str:
    """The content of ``CITATION.cff`` (Citation File Format 1.2.0), which is YAML, as JSON is."""
    document: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them as below.",
        "type": "dataset",
        "title": facts.title,
        "version": __version__,
        "date-released": f"{facts.created:%Y-%m-%d}",
        "authors": [{"name": config.research.publisher}],
    }
    if facts.key_id is None:
        document["license"] = config.research.licence
    lines = (f"{key}: {json.dumps(part, ensure_ascii=False)}" for key, part in document.items())
    return "\n".join(lines) + "\n"


def table_resource(
    writer: TableWriter, folder: Path, origin: Origin, keys: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """What a package says of a table; ``keys`` are those of the tables that it refers to."""
    table = writer.table
    schema: dict[str, Any] = {
        "fields": [
            {
                "name": counts.field.name,
                "type": counts.field.type,
                "description": counts.field.meaning,
                "constraints": counts.field.constraints,
                "missing": counts.missing,
            }
            for counts in writer.counts
        ],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    if table.foreign:
        schema["foreignKeys"] = [
            {
                "fields": list(columns),
                "reference": {"resource": other, "fields": list(keys[other])},
            }
            for columns, other in table.foreign.items()
        ]
    resource: dict[str, Any] = {
        "name": table.name,
        "profile": "tabular-data-resource",
        "description": table.meaning,
        **_file(writer.csv, folder),
        "format": "csv",
        "compression": "gz",
        "encoding": "utf-8",
        "rows": writer.rows,
        "origin": origin.value,
        "schema": schema,
    }
    if writer.parquet:
        resource["parquet"] = _file(writer.parquet, folder)
    return resource


def _file(path: Path, folder: Path) -> dict[str, Any]:
    return {
        "path": path.relative_to(folder).as_posix(),
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
    }


def codebook(facts: ReleaseFacts, writers: Sequence[TableWriter], cite: str) -> str:
    """The codebook: every table and column, how often nothing is known, how often each code."""
    lines = [f"# {facts.title}", "", f"Tier: {facts.tier}. Cite: {cite}", ""]
    lines += ["Empty means unknown. Weeks are ISO weeks in Asia/Jakarta, days are days in WIB,"]
    lines += ["times are UTC. `'` stands before words that a spreadsheet would take for a formula."]
    for writer in writers:
        lines += ["", f"## {writer.table.name}", "", f"{writer.table.meaning}.", ""]
        lines += [f"{writer.rows} rows.", "", "| column | type | meaning | missing | holds |"]
        lines += ["|---|---|---|---|---|"]
        for counts in writer.counts:
            field = counts.field
            held = _held(field, dict(counts.codes), counts.least, counts.most)
            meaning = field.meaning.replace("|", "\\|")
            lines += [f"| `{field.name}` | {field.type} | {meaning} | {counts.missing} | {held} |"]
    return "\n".join(lines) + "\n"


def _held(field: Column, codes: dict[str, int], least: Any, most: Any) -> str:
    if field.codes or field.type == "boolean":
        words = field.codes or ("true", "false")
        return ", ".join(f"{word} {codes.get(word, 0)}" for word in words)
    return "" if least is None else f"{least} to {most}"
