"""The version of all that reads pages: a hash over its source, so that no change is forgotten.

A response read again by the same version gives the same listings; ``pantau reprocess`` adds a
reading where the version is another.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

_READERS = ("cards", "documents", "fields", "parsing", "refusals", "spider")


def _sources() -> list[Path]:
    here = Path(__file__).parent
    spec = find_spec("spiders")
    folders = spec.submodule_search_locations if spec else None
    platforms = [path for folder in folders or () for path in Path(folder).glob("*.py")]
    readers = [here / f"{name}.py" for name in _READERS]
    return [*readers, here / "data" / "refusals.toml", *sorted(platforms)]


def _version() -> str:
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


PARSER = _version()
