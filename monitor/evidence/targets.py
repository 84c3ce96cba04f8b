"""Where workers bring evidence files: a folder that all machines share, or an S3-compatible store.

A file is there whole or not at all, and one that is there is never written over. The folder is the
evidence itself; from the store each file is fetched into the evidence of the home once, and its
object removed: what is sealed, verified, erased and read stays one folder.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from monitor.config import Config
from monitor.evidence.manifest import file_sha256
from monitor.evidence.warc import EvidenceError
from monitor.model import UploadedFile

INCOMING = ".incoming"
"""Folder below the evidence for files that are not whole yet; nobody reads there."""
ABANDONED_SECONDS = 86_400.0
"""Age from which a file in ``INCOMING`` is taken for one whose process was killed."""


@dataclass(frozen=True)
class SharedFolder:
    """A folder that is the evidence of the home, and that its workers see as well."""

    folder: Path
    is_evidence: ClassVar[bool] = True

    def require_usable(self) -> None:
        """Raise ``EvidenceError`` where the folder is not there or cannot be written to."""
        if not self.folder.is_dir() or not os.access(self.folder, os.W_OK):
            raise EvidenceError(
                f"evidence.store: {self.folder} is no folder that this user can write to; mount it"
            )

    def bring(self, file: UploadedFile, path: Path) -> None:
        """Put a copy of the file there whole; raises ``EvidenceError``."""
        with _reported(f"{self.folder}: {file.path}"), _draft(self.folder) as draft:
            shutil.copyfile(path, draft)
            place(draft, file, self.folder)


@dataclass(frozen=True)
class ObjectStore:
    """A bucket and what its objects' names begin with, as ``s3://BUCKET/PREFIX``."""

    url: str
    is_evidence: ClassVar[bool] = False

    def require_usable(self) -> None:
        """Raise ``EvidenceError`` where s3fs is missing or the bucket cannot be listed."""
        if find_spec("s3fs") is None:
            raise EvidenceError(
                "evidence.store: needs s3fs, which is not installed: pip install 'pantau-impor[s3]'"
            )
        files, root = self._opened()
        bucket = root.partition("/")[0]
        with _reported(self.url):
            if not files.exists(bucket):
                raise EvidenceError(f"evidence.store: {self.url}: there is no bucket {bucket}")
            files.ls(bucket)

    def bring(self, file: UploadedFile, path: Path) -> None:
        """Upload the file; an object becomes visible when it is whole. Raises ``EvidenceError``."""
        files, root = self._opened()
        name = f"{root}/{file.path}"
        with _reported(f"{self.url}: {file.path}"):
            try:
                files.put_file(str(path), name, mode="create")
            except FileExistsError:
                if files.size(name) != file.size:
                    raise EvidenceError(_taken(file, self.url)) from None

    def fetch(self, file: UploadedFile, folder: Path) -> None:
        """Bring a file from the store into the evidence ``folder``, and remove its object.

        It is held against its hash first. Raises ``EvidenceError`` where it is missing or another.
        """
        files, root = self._opened()
        name = f"{root}/{file.path}"
        with _reported(f"{self.url}: {file.path}"):
            if not (folder / file.path).exists():
                with _draft(folder) as draft:
                    files.get_file(name, str(draft))
                    place(draft, file, folder)
            elif file_sha256(folder / file.path) != file.sha256:
                raise EvidenceError(_taken(file, folder))

    def remove(self, file: UploadedFile) -> None:
        """Remove the object of a file that was fetched; none is no error."""
        files, root = self._opened()
        with _reported(f"{self.url}: {file.path}"), suppress(FileNotFoundError):
            files.rm_file(f"{root}/{file.path}")

    def _opened(self) -> tuple[Any, str]:
        """The file system and the path in it; connections are kept by fsspec."""
        import fsspec

        files, root = fsspec.url_to_fs(self.url, use_listings_cache=False)
        return files, root.rstrip("/")


Target = SharedFolder | ObjectStore


def target_of(config: Config) -> Target:
    """The target of ``[evidence] store``; raises ``EvidenceError`` where there is none."""
    target = config.evidence_target
    if target.folder:
        return SharedFolder(target.folder)
    if target.store:
        return ObjectStore(target.store)
    raise EvidenceError(
        f"{config.home / 'pantau.toml'}: evidence.store: is missing, and says where workers bring"
        ' evidence; add [evidence] and a line such as store = "file:///srv/evidence"'
    )


def place(draft: Path, file: UploadedFile, folder: Path) -> None:
    """Give a whole file in ``INCOMING`` its name in the evidence, which no other may have.

    Raises ``EvidenceError`` where ``draft`` is not the file, or another has its name.
    """
    if draft.stat().st_size != file.size or file_sha256(draft) != file.sha256:
        raise EvidenceError(f"{file.path}: did not come as it was brought; it is tried again")
    path = folder / file.path
    if not path.resolve().is_relative_to(folder.resolve()):
        raise EvidenceError(f"{file.path}: is no path below {folder}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with draft.open("rb") as content:
        os.fsync(content.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        if file_sha256(path) != file.sha256:
            raise EvidenceError(_taken(file, folder)) from None


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """A new path in ``INCOMING``, where nothing is left afterwards; abandoned files go as well."""
    incoming = folder / INCOMING
    incoming.mkdir(exist_ok=True)
    for abandoned in incoming.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - abandoned.stat().st_mtime > ABANDONED_SECONDS:
                abandoned.unlink()
    draft = incoming / uuid4().hex
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _reported(what: str) -> Iterator[None]:
    """Raise ``EvidenceError``, one line, for what the store or the disk refuses."""
    try:
        yield
    except EvidenceError:
        raise
    except Exception as error:
        cause = " ".join(str(error).split()) or type(error).__name__
        raise EvidenceError(f"evidence.store: {what}: {cause}") from error


def _taken(file: UploadedFile, where: object) -> str:
    return f"{file.path}: another file of that name is in {where}; neither was changed"
