"""Rows of the store as Parquet files, a file a week and table, and back.

The columns are those of the table, in their order: whole numbers of 64 bits, floats, booleans,
texts, and times in microseconds of UTC. Beside the files of a week lies a manifest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import msgspec

from monitor import __version__
from monitor.config import PantauError
from monitor.evidence.manifest import replace_file
from monitor.model import Value, to_json
from monitor.research.writer import load_pyarrow
from monitor.store import Store
from monitor.store.archive import SCHEMA_VERSION, TABLES, ArchivedFile, StoredRow

BATCH = 20_000
"""Rows of a row group."""
MANIFEST = "manifest.json"


class ListedFile(Value):
    """A file beside the manifest, and the table whose rows it holds."""

    file: str
    table: str
    rows: int
    size: int
    sha256: str


class ArchiveManifest(Value):
    """What a week's folder holds; written beside its files, so that it is understood alone."""

    week: str
    simulated: bool
    schema_version: str
    software: str
    archived_at: datetime
    files: tuple[ListedFile, ...]


class ArchiveError(PantauError):
    """A file of the archive is missing, or not what was archived."""


def write_week(store: Store, folder: Path, week: str, at: datetime) -> tuple[ArchivedFile, ...]:
    """Write the files of a week into a folder of its own below ``folder``; returns what they are.

    The folder is there whole or not at all. One that is there stays where it holds the same files,
    as after an attempt that was cut off, and is set aside where it holds others: an older copy of
    the database may point to them. The paths are those of the files as ``folder`` tells them.
    """
    target = folder / week
    draft = folder / f".{week}.draft"
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        files = []
        for table in TABLES:
            path = draft / f"{table.name}.parquet"
            rows = _write(path, table, store.archive.rows(week, table.name))
            files.append(
                ArchivedFile(
                    week=week,
                    name=str(table.name),
                    path=str(target / path.name),
                    rows=rows,
                    size=path.stat().st_size,
                    sha256=sha256_of(path),
                    schema_version=SCHEMA_VERSION,
                    software=__version__,
                    archived_at=at,
                )
            )
        if all(problem_of(Path(file.path), file) is None for file in files):
            shutil.rmtree(draft)
            return tuple(files)
        replace_file(draft / MANIFEST, _manifest(store, files))
        if target.exists():
            names = (folder / f"{week}.before-{number}" for number in count(1))
            target.rename(next(name for name in names if not name.exists()))
        draft.rename(target)
        _sync(folder)
    except OSError as error:
        raise ArchiveError(f"{target}: cannot write the archive: {error.strerror}") from error
    return tuple(files)


def read_rows(path: Path, name: str) -> Iterator[StoredRow]:
    """The rows of a file, each with the columns of the table ``name``.

    Raises ``ArchiveError`` where it is no Parquet file with these columns.
    """
    pyarrow, parquet = load_pyarrow()
    try:
        with parquet.ParquetFile(path) as file:
            if not file.schema_arrow.equals(_schema(pyarrow, _table(name))):
                raise ArchiveError(f"{path}: has not the columns of {name}; restore it from a copy")
            for batch in file.iter_batches(BATCH):
                columns = [column.to_pylist() for column in batch.columns]
                yield from zip(*columns, strict=True)
    except (OSError, pyarrow.ArrowException) as error:
        raise ArchiveError(f"{path}: cannot be read: {error}; restore it from a copy") from error


def problem_of(path: Path, file: ArchivedFile) -> str | None:
    """What is wrong with a file of the archive; None where it is as it was written."""
    if not path.is_file():
        return (
            f"{path}: is missing; restore it from a copy, or name the folder that holds it:"
            f" pantau db unarchive {file.week} --from FOLDER"
        )
    if path.stat().st_size != file.size or sha256_of(path) != file.sha256:
        return f"{path}: is not the file that was archived; restore it from a copy"
    return None


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(store: Store, files: Sequence[ArchivedFile]) -> bytes:
    manifest = ArchiveManifest(
        week=files[0].week,
        simulated=bool(store.simulated),
        schema_version=SCHEMA_VERSION,
        software=__version__,
        archived_at=files[0].archived_at,
        files=tuple(
            ListedFile(
                file=Path(file.path).name,
                table=file.name,
                rows=file.rows,
                size=file.size,
                sha256=file.sha256,
            )
            for file in files
        ),
    )
    return msgspec.json.format(to_json(manifest), indent=1) + b"\n"


def _table(name: str) -> Any:
    return next(table for table in TABLES if table.name == name)


def _schema(pyarrow: Any, table: Any) -> Any:
    types = {
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        bool: pyarrow.bool_(),
        str: pyarrow.string(),
        datetime: pyarrow.timestamp("us", tz="UTC"),
    }
    fields = [
        pyarrow.field(column.name, types[_python_type(column)], nullable=bool(column.nullable))
        for column in table.columns
    ]
    return pyarrow.schema(fields)


def _python_type(column: Any) -> type:
    """Of a column of the store; an enumeration is kept as its text."""
    kind: type = column.type.python_type
    return str if issubclass(kind, str) else kind


def _write(path: Path, table: Any, rows: Iterator[StoredRow]) -> int:
    """Write rows into a new file that is on the disk at the end; returns how many they were."""
    pyarrow, parquet = load_pyarrow()
    schema = _schema(pyarrow, table)
    written = 0
    with path.open("wb") as file:
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            while batch := list(islice(rows, BATCH)):
                writer.write_table(pyarrow.table(_columns(batch), schema=schema))
                written += len(batch)
        file.flush()
        os.fsync(file.fileno())
    return written


def _columns(rows: Sequence[StoredRow]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
