"""The registry's TOML files as far as they can be read, and what is wrong with them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar, cast

from monitor.model import Cluster, Entry, ListWeights, Policy, Stratum
from monitor.registry.frame import EntryList, expand
from monitor.registry.query_log import QueryLog, weigh
from monitor.registry.rows import read_entry
from monitor.registry.values import (
    CategoryDefinition,
    ClusterDefinition,
    HomeCountry,
    InspectionBasis,
    Permission,
    Platform,
    Rate,
    Reply,
)

PACKAGED = Path(__file__).parent / "data"
_T = TypeVar("_T")
_TABLES: dict[str, dict[str, type]] = {
    "platforms.toml": {"platform": Platform, "country": HomeCountry},
    "policies.toml": {"policy": Policy},
    "clusters.toml": {"cluster": ClusterDefinition, "category": CategoryDefinition},
    "frame.toml": {"entries": EntryList},
    "searches.toml": {"query_log": QueryLog},
    "rates.toml": {"rate": Rate},
    "permissions.toml": {
        "permission": Permission,
        "inspection_basis": InspectionBasis,
        "reply": Reply,
    },
}
_NUMBERS = {"frame.toml": {"cell_entries": 60}}
"""Keys beside the tables: numbers over 0, with their defaults."""


class Labelled(NamedTuple, Generic[_T]):
    """An entry, and the file, table and name by which a message names it."""

    label: str
    entry: _T


class Draft:
    """All files of a registry folder; one that is missing there is taken from the packaged ones.

    Nothing is refused yet: ``problems`` has one line each, and an entry with problems stands in
    for its value (see ``read_entry``). ``unread`` are the files that are no TOML at all.
    """

    def __init__(self, folder: Path | None) -> None:
        self.problems = _foreign_files(folder)
        self.unread: set[str] = set()
        self._entries: dict[type, list[Labelled[Any]]] = {}
        self.numbers: dict[str, int] = {}
        for file, tables in _TABLES.items():
            content = self._content(folder, file)
            for table, kind in tables.items():
                rows = content.pop(table, [])
                self._entries[kind] = list(self._read(f"{file}: {table}", rows, kind))
            numbers = _NUMBERS.get(file, {})
            for key, default in numbers.items():
                number = self.numbers[key] = content.pop(key, default)
                if type(number) is not int or number < 1:
                    self.problems.append(
                        f"{file}: {key}: {number!r} is not a number of entries; write one over 0"
                    )
            keys = ", ".join(sorted([*tables, *numbers]))
            self.problems += (f"{file}: {key}: unknown key; known are {keys}" for key in content)

    def entries(self, kind: type[_T]) -> list[Labelled[_T]]:
        """All entries of a kind, in the order of their file."""
        return cast(list[Labelled[_T]], self._entries[kind])

    def ids(self, kind: type) -> list[str]:
        """The ids of a kind's entries, of those that have one."""
        return [entry.id for _, entry in self._entries[kind] if hasattr(entry, "id")]

    def values(self, kind: type[_T]) -> tuple[_T, ...]:
        """The entries of a kind that could be read whole."""
        return tuple(entry for _, entry in self._entries[kind] if isinstance(entry, kind))

    def frame_entries(self) -> tuple[tuple[Entry, ...], tuple[ListWeights, ...]]:
        """The frame's entries, of those lists that could be read whole, and what weighs them.

        Without those of the second way of looking, which nothing weighs.
        """
        lists = self._entry_lists(second_way=False)
        return weigh(expand(lists), self.values(QueryLog))

    def second_way(self) -> tuple[Entry, ...]:
        """The category pages beside the list, of those lists that could be read whole."""
        return expand(self._entry_lists(second_way=True))

    def _entry_lists(self, *, second_way: bool) -> tuple[EntryList, ...]:
        """The lists of entries that are, or are not, of the second way of looking."""
        return tuple(
            entry_list
            for entry_list in self.values(EntryList)
            if (entry_list.stratum is Stratum.second_way) is second_way
        )

    @property
    def categories(self) -> dict[str, Cluster]:
        """The cluster of each category that could be read whole."""
        return {category.id: category.cluster for category in self.values(CategoryDefinition)}

    def _content(self, folder: Path | None, file: str) -> dict[str, Any]:
        """A file's content, of the packaged file where the folder has none; empty if unreadable."""
        path = folder / file if folder and (folder / file).exists() else PACKAGED / file
        try:
            return tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self.unread.add(file)
            self.problems.append(f"{file}: cannot be read: {error}; correct the file at that place")
            return {}

    def _read(self, table: str, rows: Any, kind: type[_T]) -> Iterator[Labelled[_T]]:
        """The entries of one table; what is wrong with them is added to ``problems``."""
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            name = table.rpartition(" ")[2]
            self.problems.append(f"{table}: write each entry under [[{name}]]")
            return
        for number, row in enumerate(rows, 1):
            name = row.get("id") or row.get("platform")
            if name is None and {"currency", "from"} <= row.keys():
                name = f"{row['currency']} {row['from']}"
            # Spelled out before it is read, so that no rule has to know of the star.
            if row.get("platforms") == ["*"]:
                row["platforms"] = self.ids(Platform)
            label = f"{table} {name or f'number {number}'}"
            entry, problems = read_entry(row, kind)
            self.problems += (f"{label}: {problem}" for problem in problems)
            yield Labelled(label, entry)


def _foreign_files(folder: Path | None) -> list[str]:
    """What is wrong with the folder itself."""
    if folder is None:
        return []
    if not folder.is_dir():
        return [f"{folder}: no such folder; correct `registry` in pantau.toml or create it"]
    files = {path.name for path in folder.glob("*.toml")}
    names = ", ".join(_TABLES)
    problems = [
        f"{folder / file}: not a file of the registry; it knows {names}"
        for file in sorted(files - _TABLES.keys())
    ]
    if not files:
        problems.append(f"{folder}: holds no file of the registry; put one of {names} there")
    return problems
