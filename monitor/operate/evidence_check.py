"""The evidence against the store: what the database points to is there, or was removed on purpose.

The manifests vouch for the files that they name. A folder that was emptied or moved names none, so
that only the database can tell that anything is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from monitor.evidence import Problem, tombstones
from monitor.store import Store


def store_problems(store: Store, evidence: Path) -> Iterator[Problem]:
    """What the database points to and the folder ``evidence`` does not have.

    A file with a tombstone is no problem. Where no file at all is there, one problem says so.
    Raises ``EvidenceError`` where the tombstones cannot be read.
    """
    removed = {stone.path for stone in tombstones(evidence)}
    expected = {
        file: extent for file, extent in store.evidence_files().items() if file not in removed
    }
    lengths = {file: _length(evidence / file) for file in expected}
    if expected and not any(length is not None for length in lengths.values()):
        yield Problem(
            file=str(evidence),
            kind="missing",
            detail=f"holds none of the {len(expected)} files that the database points to;"
            " put the folder back, or restore a copy of it",
        )
        return
    for file, (records, last_offset) in expected.items():
        length = lengths[file]
        if length is None:
            detail = f"the database points to {records} records in it, and it has no tombstone"
            yield Problem(file=file, kind="missing", detail=detail)
        elif length <= last_offset:
            detail = f"{length} bytes, and the database points to byte {last_offset}"
            yield Problem(file=file, kind="damaged", detail=detail)


def _length(path: Path) -> int | None:
    """The bytes of a file; None where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
