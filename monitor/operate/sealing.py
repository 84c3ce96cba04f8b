"""Sealing the evidence, and anchors of its manifests outside its own folder.

The newest manifest has nothing after it that vouches for it, and grows while its week lasts: files
are added at its end, none is changed. So an anchor beside a published edition holds the hash of the
entries the manifest had then, and later verification compares that many entries.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from monitor.crawl.evidence import Manifest, Problem, seal, verify
from monitor.listing import Value, from_json, to_json


class Anchor(Value):
    """A manifest as it was when an edition was written.

    ``sha256`` is the manifest's own hash then, ``entries_sha256`` over its first ``files`` files.
    """

    week: str
    sealed_at: datetime
    sha256: str
    files: int
    entries_sha256: str


def seal_week(evidence: Path, week: str) -> Manifest | None:
    """Seal what is not sealed yet; None where there is no evidence at all."""
    if not evidence.is_dir():
        return None
    with _alone(evidence):
        return seal(evidence, week)


def lay_anchor(evidence: Path, week: str, folder: Path) -> Path | None:
    """Seal, and write ``evidence-<week>.json`` into an edition's folder; the first one stays."""
    made = seal_week(evidence, week)
    if made is None or not made.files:
        return None
    path = folder / f"evidence-{week}.json"
    if not path.exists():
        anchor = Anchor(
            week=made.week,
            sealed_at=made.sealed_at,
            sha256=made.sha256,
            files=len(made.files),
            entries_sha256=_entries(made, len(made.files)),
        )
        path.write_bytes(msgspec.json.format(to_json(anchor), indent=1) + b"\n")
    return path


def verify_all(evidence: Path, editions: Iterable[Path]) -> list[Problem]:
    """What is wrong with the evidence, also against the anchors below the folders ``editions``."""
    found = verify(evidence) if evidence.is_dir() else []
    for folder in editions:
        for path in sorted(folder.glob("*/*/evidence-*.json")):
            found += _against(evidence, path)
    return found


def _against(evidence: Path, path: Path) -> Iterator[Problem]:
    name = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        anchor = from_json(path.read_bytes(), Anchor)
        manifest = evidence / f"manifest-{anchor.week}.json"
        made = from_json(manifest.read_bytes(), Manifest)
    except FileNotFoundError as error:
        yield Problem(file=name, kind="missing", detail=f"{error.filename} is gone")
        return
    except msgspec.MsgspecError as error:
        yield Problem(file=name, kind="broken", detail=str(error))
        return
    if _entries(made, anchor.files) != anchor.entries_sha256:
        detail = f"was published with this edition on other entries: {name}"
        yield Problem(file=manifest.name, kind="rewritten", detail=detail)


def _entries(manifest: Manifest, number: int) -> str:
    return hashlib.sha256(to_json(list(manifest.files[:number]))).hexdigest()


@contextmanager
def _alone(evidence: Path) -> Iterator[None]:
    with (evidence / "seal.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
