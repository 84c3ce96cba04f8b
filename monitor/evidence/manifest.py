"""Weekly manifests: the hashes of all evidence files, each manifest naming the one before.

``seal`` writes ``manifest-2026-W47.json`` over every file no manifest names yet; from then on a
changed byte, a missing file and a rewritten manifest are found by ``verify``. What retention
removed leaves a tombstone in ``tombstones.jsonl``, which the next manifest seals too. The newest
manifest has no successor to vouch for it; that is what anchors are for.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from monitor.evidence.warc import (
    DamagedError,
    EvidenceError,
    erased_record,
    is_erased,
    mend,
    record_at,
    records,
    whole_length,
)
from monitor.model import Value, from_json, to_json
from monitor.process import is_locked, locked

WEEKS = "[0-9][0-9][0-9][0-9]-W[0-9][0-9]"
TOMBSTONES = "tombstones.jsonl"
_MANIFEST_MEND = (
    "restore it from a backup; where there is none, and no later week is sealed, remove it: what it"
    " named is sealed anew, with the time of that"
)


class SealedFile(Value):
    """A file below the evidence folder, as it was when sealed."""

    path: str
    size: int
    sha256: str


class Tombstone(Value, omit_defaults=True):
    """A file that retention removed, on purpose, or what an erasure took out of the evidence.

    ``sha256`` is that of the file before. Where one record of the file went, at ``offset``,
    ``record_sha256`` is that of the record and ``after`` that of the file from then on. ``by``
    names who ordered an erasure; None for retention.
    """

    path: str
    sha256: str
    removed_at: datetime
    reason: str
    by: str | None = None
    offset: int | None = None
    record_sha256: str | None = None
    after: str | None = None

    @property
    def pointer(self) -> str:
        """What is gone: the file, or ``<file>#<offset>``."""
        return self.path if self.offset is None else f"{self.path}#{self.offset}"


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
    manifest and changes nothing in it. ``at`` is the time written into it, None for now. Raises
    ``EvidenceError`` where an older entry was changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _sealing(folder):
        return _seal(folder, week, at)


def _seal(folder: Path, week: str, at: datetime | None) -> Manifest:
    """Add new evidence files and new tombstones to a manifest, and return that manifest.

    The manifest is that of ``week``, or the newest one where a later week is sealed already. New
    are the files in the week folders below ``folder`` that no manifest names; one that a crawl has
    locked is left out. A WARC file that a kill left unfinished is mended before it is hashed.
    A manifest that does not exist is always written, even without files. One that exists is
    written only if a file is new or its tombstones differ; then ``at`` (now by default) replaces
    its time of sealing. Each written manifest names the hash of the manifest before it.
    Raises ``EvidenceError`` where the manifest to be extended does not match its own hash, or a
    manifest or the tombstones cannot be read; earlier manifests are not checked further.
    The caller holds the lock.
    """
    weeks = sealed_weeks(folder)
    week = max([week, *weeks])
    earlier = {sealed_week: _load(_path(folder, sealed_week)) for sealed_week in weeks}
    current = earlier.pop(week, None)
    if current and current.sha256 != digest(current):
        raise EvidenceError(f"{_path(folder, week).name}: was rewritten; restore it from a backup")
    manifests = [*earlier.values(), *([current] if current else [])]
    sealed_names = {file.path for manifest in manifests for file in manifest.files}
    new_files = [
        _sealed_file(folder, path)
        for path in _evidence_files(folder)
        if path.relative_to(folder).as_posix() not in sealed_names and not is_locked(path)
    ]
    earlier_stones = {stone for manifest in earlier.values() for stone in manifest.removed}
    last_week = max(earlier, default=None)
    manifest = Manifest(
        week=week,
        sealed_at=at or datetime.now(UTC),
        files=(*(current.files if current else ()), *new_files),
        removed=tuple(stone for stone in tombstones(folder) if stone not in earlier_stones),
        previous=Link(week=last_week, sha256=file_sha256(_path(folder, last_week)))
        if last_week
        else None,
    )
    if current and not new_files and manifest.removed == current.removed:
        return current
    manifest = msgspec.structs.replace(manifest, sha256=digest(manifest))
    replace_file(_path(folder, week), msgspec.json.format(to_json(manifest), indent=1) + b"\n")
    return manifest


def verify(
    folder: Path, progress: Callable[[int, int], object] = lambda size, total: None
) -> list[Problem]:
    """All that is wrong below ``folder``, but for what only an anchor can tell.

    Every sealed file is hashed again and every record that is not sealed yet is read back.
    ``progress`` is called with the bytes of each file that was, and those of all files.
    """
    sizes = {path: path.stat().st_size for path in _evidence_files(folder)}
    total = sum(sizes.values())
    problems: list[Problem] = []
    stones = tombstones(folder)
    by_path: dict[str, list[Tombstone]] = {}
    for stone in stones:
        by_path.setdefault(stone.path, []).append(stone)
    sealed_names: set[str] = set()
    for manifest in _verified_chain(folder, problems):
        sealed_names |= {file.path for file in manifest.files}
        for file in manifest.files:
            if problem := _file_problem(folder, file, by_path.get(file.path, [])):
                problems.append(problem)
            progress(sizes.get(folder / file.path, 0), total)
        problems += [
            Problem(
                file=TOMBSTONES,
                kind="rewritten",
                detail=f"lacks {stone.path}, removed in {manifest.week}",
            )
            for stone in manifest.removed
            if stone not in stones
        ]
    for path, size in sizes.items():
        name = path.relative_to(folder).as_posix()
        if name in sealed_names:
            continue
        if damage := _damage(path):
            problems.append(Problem(file=name, kind="damaged", detail=damage))
        progress(size, total)
    return problems


def unsealed(folder: Path) -> int:
    """How many evidence files no manifest names; those of a manifest that cannot be read count."""
    sealed_names: set[str] = set()
    for week in sealed_weeks(folder):
        with contextlib.suppress(EvidenceError):
            sealed_names |= {file.path for file in _load(_path(folder, week)).files}
    names = (path.relative_to(folder).as_posix() for path in _evidence_files(folder))
    return sum(name not in sealed_names for name in names)


def remove(
    folder: Path, name: str, *, reason: str, at: datetime | None = None, by: str | None = None
) -> Tombstone:
    """Remove one evidence file and leave a tombstone, which is written first; returns it.

    ``reason`` stands in the tombstone, and so do ``at``, the time of removal (None for now), and
    ``by``, who ordered it.
    """
    path = folder / name
    with _sealing(folder):
        stone = Tombstone(
            path=name,
            sha256=file_sha256(path),
            removed_at=at or datetime.now(UTC),
            reason=reason,
            by=by,
        )
        _append_stone(folder, stone)
        path.unlink()
    return stone


def erase_records(
    folder: Path, name: str, offsets: Iterable[int], *, reason: str, by: str, at: datetime
) -> None:
    """Take records out of an evidence file and leave a tombstone for each.

    In the place of a record stands an empty one of the same length, so that all others stay where
    they are. One that is gone already is left. Interrupted, the same call goes on where it was.
    Raises ``EvidenceError``.
    """
    path = folder / name
    with _sealing(folder):
        for offset in sorted(offsets):
            content = path.read_bytes()
            record = record_at(content, offset, name)
            if is_erased(record.unpacked):
                continue
            blank = erased_record(len(record.packed), at)
            rewritten = content[:offset] + blank + content[offset + len(blank) :]
            stone = Tombstone(
                path=name,
                sha256=hashlib.sha256(content).hexdigest(),
                removed_at=at,
                reason=reason,
                by=by,
                offset=offset,
                record_sha256=hashlib.sha256(record.packed).hexdigest(),
                after=hashlib.sha256(rewritten).hexdigest(),
            )
            if stone not in tombstones(folder):
                _append_stone(folder, stone)
            replace_file(path, rewritten)


def _append_stone(folder: Path, stone: Tombstone) -> None:
    with (folder / TOMBSTONES).open("ab") as file:
        file.write(to_json(stone) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def removed_evidence(folder: Path) -> frozenset[str]:
    """What was removed on purpose: names of files, and ``<file>#<offset>`` of records."""
    return frozenset(stone.pointer for stone in tombstones(folder))


def erased_count(folder: Path) -> int:
    """How many pages and files erasures of sellers took out of the evidence."""
    return len({stone.pointer for stone in tombstones(folder) if stone.by})


def is_removed(pointer: str, removed: Container[str]) -> bool:
    """Whether the record at ``<file>#<offset>``, or its whole file, is among ``removed``."""
    return pointer in removed or pointer.rpartition("#")[0] in removed


def tombstones(folder: Path) -> list[Tombstone]:
    """Everything retention removed so far, oldest first; raises ``EvidenceError``."""
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


def _verified_chain(folder: Path, problems: list[Problem]) -> Iterator[Manifest]:
    """The manifests that can be read, oldest first; adds what is wrong with any to ``problems``."""
    last_week: str | None = None
    for week in sealed_weeks(folder):
        path = _path(folder, week)
        try:
            manifest = _load(path)
        except EvidenceError as error:
            problems.append(Problem(file=path.name, kind="broken", detail=str(error)))
            last_week = week
            continue
        if manifest.sha256 != digest(manifest):
            detail = "its own hash differs"
            problems.append(Problem(file=path.name, kind="rewritten", detail=detail))
        if problem := _link_problem(folder, last_week, manifest):
            problems.append(problem)
        last_week = week
        yield manifest


def _link_problem(folder: Path, last_week: str | None, manifest: Manifest) -> Problem | None:
    """What is wrong with the manifest that this one names as the one before."""
    name = _path(folder, manifest.week).name
    if manifest.previous is None:
        detail = f"names no manifest before, not {last_week}"
        return Problem(file=name, kind="rewritten", detail=detail) if last_week else None
    earlier = _path(folder, manifest.previous.week)
    if not earlier.exists():
        return Problem(file=earlier.name, kind="missing", detail=f"{name} names it")
    if file_sha256(earlier) != manifest.previous.sha256:
        detail = f"not what {name} was sealed on"
        return Problem(file=earlier.name, kind="rewritten", detail=detail)
    return None


def _file_problem(folder: Path, file: SealedFile, stones: Sequence[Tombstone]) -> Problem | None:
    """What is wrong with a sealed file; ``stones`` are its tombstones, oldest first."""
    path, expected, is_gone = folder / file.path, file.sha256, False
    for stone in stones:
        if stone.sha256 == expected:
            expected, is_gone = stone.after or expected, stone.after is None
    if not path.exists():
        if is_gone:
            return None
        return Problem(file=file.path, kind="missing", detail="sealed, and no tombstone for it")
    sha256 = file_sha256(path)
    if sha256 == expected:
        return None
    if any(sha256 == stone.sha256 for stone in stones if stone.after):
        detail = "holds what was erased; run the same erasure again"
        return Problem(file=file.path, kind="changed", detail=detail)
    size = path.stat().st_size
    detail = f"{size} bytes, sealed with {file.size}" if size != file.size else _difference(path)
    return Problem(file=file.path, kind="changed", detail=detail)


def _difference(path: Path) -> str:
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


def _sealed_file(folder: Path, path: Path) -> SealedFile:
    """A file with its hash; what a kill left unfinished at its end is put aside before."""
    if path.name.endswith(".warc.gz"):
        with path.open("r+b") as file:
            mend(file)
    name = path.relative_to(folder).as_posix()
    return SealedFile(path=name, size=path.stat().st_size, sha256=file_sha256(path))


def _evidence_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"{WEEKS}/**/*") if path.is_file())


def sealed_weeks(folder: Path) -> list[str]:
    """The weeks that have a manifest, oldest first."""
    paths = folder.glob(f"manifest-{WEEKS}.json")
    return sorted(path.stem.removeprefix("manifest-") for path in paths)


def _path(folder: Path, week: str) -> Path:
    return folder / f"manifest-{week}.json"


def _load(path: Path) -> Manifest:
    content = path.read_bytes()
    try:
        return from_json(content, Manifest)
    except msgspec.MsgspecError as error:
        problem = f"cannot be read: {error}" if content.strip() else "is empty"
        raise EvidenceError(f"{path.name}: {problem}; {_MANIFEST_MEND}") from error


def file_sha256(path: Path) -> str:
    """SHA-256, hex, of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that it is the old one or the new one, whenever the machine fails."""
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
