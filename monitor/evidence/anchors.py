"""Anchors: hashes of the manifests, kept outside the evidence's own folder.

The newest manifest has nothing after it that vouches for it, and grows while its week lasts: files
are added at its end, none is changed. So an anchor beside a published edition holds the hash of the
entries the manifest had then, and later verification compares that many entries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from monitor.evidence.manifest import Manifest, Problem, seal, verify
from monitor.model import Value, from_json, to_json


class Anchor(Value):
    """A manifest as it was when an edition was written.

    ``sha256`` is the manifest's own hash then, ``entries_sha256`` over its first ``files`` files.
    """

    week: str
    sealed_at: datetime
    sha256: str
    files: int
    entries_sha256: str


def lay_anchor(evidence: Path, week: str, folder: Path) -> Path | None:
    """Seal the evidence and write ``evidence-<week>.json`` into an edition's folder.

    An anchor that is there already stays. Returns its path, None where there is no evidence.
    """
    if not evidence.is_dir():
        return None
    manifest = seal(evidence, week)
    if not manifest.files:
        return None
    path = folder / f"evidence-{week}.json"
    if not path.exists():
        anchor = Anchor(
            week=manifest.week,
            sealed_at=manifest.sealed_at,
            sha256=manifest.sha256,
            files=len(manifest.files),
            entries_sha256=_entries_sha256(manifest, len(manifest.files)),
        )
        path.write_bytes(msgspec.json.format(to_json(anchor), indent=1) + b"\n")
    return path


def verify_all(
    evidence: Path,
    editions: Iterable[Path],
    progress: Callable[[int, int], object] = lambda size, total: None,
) -> list[Problem]:
    """What is wrong with the evidence, also against the anchors below the folders ``editions``.

    ``progress`` is called as by ``verify``.
    """
    problems = verify(evidence, progress) if evidence.is_dir() else []
    for folder in editions:
        for path in sorted(folder.glob("*/*/evidence-*.json")):
            problems += _against_anchor(evidence, path)
    return problems


def _against_anchor(evidence: Path, path: Path) -> Iterator[Problem]:
    """The problem of a manifest that is not as it was when the anchor in ``path`` was laid."""
    name = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        anchor = from_json(path.read_bytes(), Anchor)
        manifest_path = evidence / f"manifest-{anchor.week}.json"
        manifest = from_json(manifest_path.read_bytes(), Manifest)
    except FileNotFoundError as error:
        yield Problem(file=name, kind="missing", detail=f"{error.filename} is gone")
        return
    except msgspec.MsgspecError as error:
        yield Problem(file=name, kind="broken", detail=str(error))
        return
    if _entries_sha256(manifest, anchor.files) != anchor.entries_sha256:
        detail = f"was published with this edition on other entries: {name}"
        yield Problem(file=manifest_path.name, kind="rewritten", detail=detail)


def _entries_sha256(manifest: Manifest, number: int) -> str:
    """SHA-256 over the first ``number`` files of a manifest, as JSON."""
    return hashlib.sha256(to_json(list(manifest.files[:number]))).hexdigest()
