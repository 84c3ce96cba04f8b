"""Weekly manifests: the hashes of all evidence files, each manifest naming the one before.

``seal`` writes ``manifest-2026-W47.json`` over every file no manifest names yet; from then on a
changed byte, a missing file and a rewritten manifest are found by ``verify``. What retention
removed leaves a tombstone in ``tombstones.jsonl``, which the next manifest seals too. The newest
manifest has no successor to vouch for it: pass its hash, as a report printed it, as an anchor.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from monitor.evidence.warc import (
    CHUNK,
    DamagedError,
    EvidenceError,
    mend,
    records,
    whole_length,
)
from monitor.model import Value, from_json, to_json
from monitor.process import is_locked, locked

WEEKS = "[0-9][0-9][0-9][0-9]-W[0-9][0-9]"
TOMBSTONES = "tombstones.jsonl"


class SealedFile(Value):
    """A file below the evidence folder, as it was when sealed."""

    path: str
    size: int
    sha256: str


class Tombstone(Value):
    """A file that retention removed, on purpose."""

    path: str
    sha256: str
    removed_at: datetime
    reason: str


class Link(Value):
    """The manifest before: SHA-256 over its bytes."""

    week: str
    sha256: str


class Manifest(Value):
    """What was sealed for a week; ``sha256`` is over the rest of this value as JSON."""

    week: str
    sealed_at: datetime
    files: tuple[SealedFile, ...]
    removed: tuple[Tombstone, ...] = ()
    previous: Link | None = None
    schema: int = 1
    sha256: str = ""


class Problem(Value):
    """What verification found: ``changed``, ``missing``, ``rewritten``, ``damaged``, ``broken``."""

    file: str
    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.file}: {self.kind}: {self.detail}"


def seal(folder: Path, week: str, *, at: datetime | None = None) -> Manifest:
    """Seal what is not sealed yet into the manifest of ``week`` (or of the newest sealed week).

    Files that a running crawl holds are left for the next time. Sealing a week again adds to its
    manifest and changes nothing in it. Raises ``EvidenceError`` where an older entry was changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _sealing(folder):
        return _seal(folder, week, at)


def _seal(folder: Path, week: str, at: datetime | None) -> Manifest:
    chain = _chain(folder)
    week = max([week, *chain])
    manifests = {name: _load(_path(folder, name)) for name in chain}
    current = manifests.pop(week, None)
    if current and current.sha256 != digest(current):
        raise EvidenceError(f"{_path(folder, week).name}: was rewritten; restore it from a backup")
    done = {
        file.path for made in [*manifests.values(), *filter(None, [current])] for file in made.files
    }
    before = max(manifests, default=None)
    fresh = [sealed for path in _evidence_files(folder) if (sealed := _sealed(folder, path, done))]
    known = {stone for made in manifests.values() for stone in made.removed}
    made = Manifest(
        week=week,
        sealed_at=at or datetime.now(UTC),
        files=(*(current.files if current else ()), *fresh),
        removed=tuple(stone for stone in tombstones(folder) if stone not in known),
        previous=Link(week=before, sha256=_hash(_path(folder, before))) if before else None,
    )
    if current and not fresh and made.removed == current.removed:
        return current
    made = msgspec.structs.replace(made, sha256=digest(made))
    _replace(_path(folder, week), msgspec.json.format(to_json(made), indent=1) + b"\n")
    return made


def verify(folder: Path, *, anchors: Mapping[str, str] | None = None) -> list[Problem]:
    """All that is wrong below ``folder``; ``anchors`` are manifest hashes known from elsewhere.

    Every sealed file is hashed again and every record that is not sealed yet is read back.
    """
    found: list[Problem] = []
    stones = {(stone.path, stone.sha256) for stone in tombstones(folder)}
    sealed: set[str] = set()
    for week, made in _verified_chain(folder, found, anchors or {}):
        sealed |= {file.path for file in made.files}
        found += filter(None, (_check(folder, file, stones) for file in made.files))
        found += [
            Problem(
                file=TOMBSTONES, kind="rewritten", detail=f"lacks {stone.path}, removed in {week}"
            )
            for stone in made.removed
            if (stone.path, stone.sha256) not in stones
        ]
    for path in _evidence_files(folder):
        name = path.relative_to(folder).as_posix()
        if name not in sealed and (damage := _damage(path)):
            found.append(Problem(file=name, kind="damaged", detail=damage))
    return found


def remove(folder: Path, name: str, *, reason: str, at: datetime | None = None) -> Tombstone:
    """Remove one evidence file and leave a tombstone; the tombstone is written first."""
    path = folder / name
    with _sealing(folder), (folder / TOMBSTONES).open("ab") as file:
        stone = Tombstone(
            path=name, sha256=_hash(path), removed_at=at or datetime.now(UTC), reason=reason
        )
        file.write(to_json(stone) + b"\n")
        file.flush()
        os.fsync(file.fileno())
        path.unlink()
    return stone


def tombstones(folder: Path) -> list[Tombstone]:
    """Everything retention removed so far."""
    try:
        lines = (folder / TOMBSTONES).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    try:
        return [from_json(line, Tombstone) for line in lines]
    except msgspec.MsgspecError as error:
        raise EvidenceError(f"{TOMBSTONES}: cannot be read: {error}") from error


def digest(manifest: Manifest) -> str:
    """SHA-256 of a manifest without its own hash."""
    return hashlib.sha256(to_json(msgspec.structs.replace(manifest, sha256=""))).hexdigest()


def _sealing(folder: Path) -> AbstractContextManager[None]:
    """One process at a time changes manifests and tombstones; others wait for it."""
    return locked(folder / ".lock", "sealing", wait=True)


def _verified_chain(
    folder: Path, found: list[Problem], anchors: Mapping[str, str]
) -> Iterator[tuple[str, Manifest]]:
    before: str | None = None
    for week in _chain(folder):
        path = _path(folder, week)
        try:
            made = _load(path)
        except EvidenceError as error:
            found.append(Problem(file=path.name, kind="broken", detail=str(error)))
            before = week
            continue
        if made.sha256 != digest(made):
            found.append(Problem(file=path.name, kind="rewritten", detail="its own hash differs"))
        elif week in anchors and anchors[week] != made.sha256:
            found.append(Problem(file=path.name, kind="rewritten", detail="not the one known"))
        found += _check_link(folder, before, made)
        before = week
        yield week, made


def _check_link(folder: Path, before: str | None, made: Manifest) -> list[Problem]:
    name = _path(folder, made.week).name
    if made.previous is None:
        if before is None:
            return []
        return [
            Problem(file=name, kind="rewritten", detail=f"names no manifest before, not {before}")
        ]
    earlier = _path(folder, made.previous.week)
    if not earlier.exists():
        return [Problem(file=earlier.name, kind="missing", detail=f"{name} names it")]
    if _hash(earlier) != made.previous.sha256:
        return [
            Problem(file=earlier.name, kind="rewritten", detail=f"not what {name} was sealed on")
        ]
    return []


def _check(folder: Path, file: SealedFile, stones: set[tuple[str, str]]) -> Problem | None:
    path = folder / file.path
    if not path.exists():
        if (file.path, file.sha256) in stones:
            return None
        return Problem(file=file.path, kind="missing", detail="sealed, and no tombstone for it")
    if _hash(path) == file.sha256:
        return None
    size = path.stat().st_size
    detail = f"{size} bytes, sealed with {file.size}" if size != file.size else _place(path)
    return Problem(file=file.path, kind="changed", detail=detail)


def _place(path: Path) -> str:
    """Where a file of its old size is not what it was, as far as its records tell."""
    if not path.name.endswith(".warc.gz"):
        return "not what was sealed"
    with path.open("rb") as file:
        try:
            end = whole_length(file)
        except DamagedError as error:
            return str(error)
    return f"damaged at byte {end}" if end < path.stat().st_size else "not what was sealed"


def _damage(path: Path) -> str | None:
    """What reading all records of a WARC file stumbles over."""
    if not path.name.endswith(".warc.gz") or is_locked(path):
        return None
    try:
        for _ in records(path):
            pass
    except EvidenceError as error:
        return str(error)
    return None


def _sealed(folder: Path, path: Path, done: set[str]) -> SealedFile | None:
    name = path.relative_to(folder).as_posix()
    if name in done or is_locked(path):
        return None
    if name.endswith(".warc.gz"):
        with path.open("r+b") as file:
            mend(file)
    return SealedFile(path=name, size=path.stat().st_size, sha256=_hash(path))


def _evidence_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"{WEEKS}/**/*") if path.is_file())


def _chain(folder: Path) -> list[str]:
    found = folder.glob(f"manifest-{WEEKS}.json")
    return sorted(path.stem.removeprefix("manifest-") for path in found)


def _path(folder: Path, week: str) -> Path:
    return folder / f"manifest-{week}.json"


def _load(path: Path) -> Manifest:
    try:
        return from_json(path.read_bytes(), Manifest)
    except msgspec.MsgspecError as error:
        raise EvidenceError(f"{path.name}: cannot be read: {error}") from error


def _hash(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
