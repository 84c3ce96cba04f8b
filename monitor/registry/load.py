"""Strict loaders: TOML files → one ``Registry``, or every problem at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from monitor.config import Confirmation
from monitor.model import Policy, to_json
from monitor.registry.check import check_confirmations, confirms, find_problems
from monitor.registry.frame import EntryList, expand
from monitor.registry.rows import read_row
from monitor.registry.values import (
    CategoryDefinition,
    ClusterDefinition,
    Frame,
    Permission,
    Platform,
    Rate,
    Registry,
    RegistryError,
    Reply,
)

PACKAGED = Path(__file__).parent / "data"
_FILES: dict[str, dict[str, type]] = {
    "platforms.toml": {"platform": Platform},
    "policies.toml": {"policy": Policy},
    "clusters.toml": {"cluster": ClusterDefinition, "category": CategoryDefinition},
    "frame.toml": {"entries": EntryList},
    "rates.toml": {"rate": Rate},
    "permissions.toml": {"permission": Permission, "reply": Reply},
}
_SCALARS = {"frame.toml": {"cell_entries": int}}
_T = TypeVar("_T")


def load_registry(
    folder: Path | None = None, confirmations: Mapping[str, Confirmation] | None = None
) -> Registry:
    """The registry of ``folder``; a file that is missing there is taken from the packaged one.

    Raises ``RegistryError`` with one line for each problem: file, entry, field and mend.
    """
    problems: list[str] = []
    read = {name: _read(_path(folder, name), problems) for name in _FILES}
    problems += _strangers(folder)
    parts: dict[tuple[str, str], Any] = {
        (name, table): _entries(name, table, kind, read[name], problems)
        for name, tables in _FILES.items()
        for table, kind in tables.items()
    }
    for name, tables in _FILES.items():
        problems += _unknown_keys(name, read[name], {*tables, *_SCALARS.get(name, {})})
    cell_entries = _scalar("frame.toml", "cell_entries", read["frame.toml"], 60, problems)
    if problems:
        raise RegistryError(tuple(problems))

    platforms: dict[str, Platform] = {each.id: each for each in parts["platforms.toml", "platform"]}
    entries = expand(parts["frame.toml", "entries"])
    registry = Registry(
        platforms=platforms,
        policies=tuple(_everywhere(each, platforms) for each in parts["policies.toml", "policy"]),
        clusters=_clusters(parts["clusters.toml", "cluster"], parts["clusters.toml", "category"]),
        frame=Frame(
            version=_hash((entries, cell_entries)), entries=entries, cell_entries=cell_entries
        ),
        rates=parts["rates.toml", "rate"],
        permissions=parts["permissions.toml", "permission"],
        replies=parts["permissions.toml", "reply"],
    )
    known = confirmations or {}
    problems += find_problems(registry, parts["platforms.toml", "platform"])
    problems += check_confirmations(registry.policies, known)
    if problems:
        raise RegistryError(tuple(problems))
    policies = tuple(_confirm(policy, known.get(policy.id)) for policy in registry.policies)
    registry = msgspec.structs.replace(registry, policies=policies)
    return msgspec.structs.replace(registry, version=_hash(registry))


def _path(folder: Path | None, name: str) -> Path:
    own = folder / name if folder else PACKAGED / name
    return own if own.exists() else PACKAGED / name


def _strangers(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    if not folder.is_dir():
        return [f"{folder}: no such folder; correct `registry` in pantau.toml or create it"]
    found = {path.name for path in folder.glob("*.toml")}
    names = ", ".join(_FILES)
    problems = [
        f"{folder / name}: not a file of the registry; it knows {names}"
        for name in sorted(found - _FILES.keys())
    ]
    if not found:
        problems.append(f"{folder}: holds no file of the registry; put one of {names} there")
    return problems


def _read(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path.name}: cannot be read: {error}; correct the file at that place")
        return {}


def _entries(
    name: str, table: str, kind: type[_T], read: dict[str, Any], problems: list[str]
) -> tuple[_T, ...]:
    rows = read.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append(f"{name}: {table}: write each entry under [[{table}]]")
        return ()
    made = []
    for number, row in enumerate(rows, 1):
        value, wrong = read_row(row, kind)
        entry = row.get("id") or row.get("platform") or f"number {number}"
        problems += (f"{name}: {table} {entry}: {problem}" for problem in wrong)
        if value is not None:
            made.append(value)
    return tuple(made)


def _unknown_keys(name: str, read: dict[str, Any], known: set[str]) -> list[str]:
    names = ", ".join(sorted(known))
    return [f"{name}: {key}: unknown key; known are {names}" for key in sorted(read.keys() - known)]


def _scalar(name: str, key: str, read: dict[str, Any], default: int, problems: list[str]) -> int:
    value = read.get(key, default)
    if type(value) is not int or value < 1:
        problems.append(f"{name}: {key}: {value!r} is not a number of entries; write one over 0")
        return default
    return value


def _everywhere(policy: Policy, platforms: Mapping[str, Platform]) -> Policy:
    if policy.platforms != ("*",):
        return policy
    return msgspec.structs.replace(policy, platforms=tuple(platforms))


def _clusters(
    groups: tuple[ClusterDefinition, ...], categories: tuple[CategoryDefinition, ...]
) -> tuple[ClusterDefinition, ...]:
    def of(group: ClusterDefinition) -> tuple[CategoryDefinition, ...]:
        return tuple(each for each in categories if each.cluster is group.id)

    return tuple(msgspec.structs.replace(group, categories=of(group)) for group in groups)


def _confirm(policy: Policy, confirmation: Confirmation | None) -> Policy:
    if confirmation is None or not confirms(policy, confirmation):
        return policy
    return msgspec.structs.replace(
        policy, confirmed_by=confirmation.by, confirmed_on=confirmation.on
    )


def _hash(value: object) -> str:
    return hashlib.sha256(to_json(value)).hexdigest()[:12]
