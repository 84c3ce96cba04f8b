"""Tables on disk: CSV, and Parquet beside it, and what codebook and package tell of them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from monitor.config import PantauError
from monitor.model import Origin, no_formula
from monitor.research.schema import Column, Table
from monitor.research.shared import Row
from monitor.research.tables import ORIGIN

BATCH = 20_000
"""Rows that go into a Parquet file at once."""


class ColumnCounts:
    """What a column holds: how often nothing, each code, and the limits of its numbers."""

    def __init__(self, field: Column) -> None:
        self.field = field
        self.missing = 0
        self.codes: Counter[str] = Counter()
        self.least: Any = None
        self.most: Any = None

    def add(self, value: Any) -> None:
        """Count a value."""
        if value is None:
            self.missing += 1
        elif self.field.codes or self.field.type == "boolean":
            self.codes[str(value).lower() if isinstance(value, bool) else str(value)] += 1
        elif self.field.type != "string":
            self.least = value if self.least is None else min(self.least, value)
            self.most = value if self.most is None else max(self.most, value)


class TableWriter:
    """Writes one table, row by row; the same rows give the same bytes."""

    def __init__(self, table: Table, folder: Path, formats: frozenset[str]) -> None:
        self.table = table
        self.fields = (*table.fields, ORIGIN)
        self.counts = [ColumnCounts(field) for field in self.fields]
        self.rows = 0
        self.csv = folder / f"{table.name}.csv.gz"
        self.parquet = folder / f"{table.name}.parquet" if "parquet" in formats else None
        self._raw = self.csv.open("wb")
        # No file name and no time in the header: the same rows give the same bytes.
        self._packed = gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, mtime=0)
        self._text = io.TextIOWrapper(self._packed, encoding="utf-8", newline="")
        self._csv = csv.writer(self._text)
        self._csv.writerow([field.name for field in self.fields])
        self._batch = _ParquetBatch(self.fields, self.parquet) if self.parquet else None

    def add(self, row: Row, origin: Origin) -> None:
        """Write a row; raises ``ValueError`` where it has not the columns of the table."""
        if row.keys() != set(self.table.names):
            raise ValueError(f"{self.table.name}: {row.keys() ^ set(self.table.names)}")
        values = [plain(row[name]) for name in self.table.names]
        values.append(origin.value)
        for counts, value in zip(self.counts, values, strict=True):
            counts.add(value)
        self._csv.writerow(list(map(_as_text, self.fields, values)))
        if self._batch:
            self._batch.add(values)
        self.rows += 1

    def close(self) -> None:
        """Finish the files."""
        self._text.close()
        self._packed.close()
        self._raw.close()
        if self._batch:
            self._batch.close()


class _ParquetBatch:
    """Rows on their way into a Parquet file."""

    def __init__(self, fields: tuple[Column, ...], path: Path) -> None:
        self.arrow, parquet = load_pyarrow()
        kinds = {
            "string": self.arrow.string(),
            "integer": self.arrow.int64(),
            "number": self.arrow.float64(),
            "boolean": self.arrow.bool_(),
            "date": self.arrow.date32(),
            "datetime": self.arrow.timestamp("s", tz="UTC"),
        }
        self.schema = self.arrow.schema(
            [
                self.arrow.field(
                    field.name,
                    kinds[field.type],
                    metadata={"meaning": field.meaning},
                )
                for field in fields
            ]
        )
        self.writer = parquet.ParquetWriter(path, self.schema, compression="zstd")
        self.columns: list[list[Any]] = [[] for _ in fields]

    def add(self, values: list[Any]) -> None:
        """Take a row, and write a batch where it is full."""
        for column, value in zip(self.columns, values, strict=True):
            column.append(float(value) if isinstance(value, Decimal) else value)
        if len(self.columns[0]) >= BATCH:
            self._write()

    def _write(self) -> None:
        arrays = [
            self.arrow.array(column, type=kind.type)
            for column, kind in zip(self.columns, self.schema, strict=True)
        ]
        self.writer.write_table(self.arrow.Table.from_arrays(arrays, schema=self.schema))
        self.columns = [[] for _ in self.columns]

    def close(self) -> None:
        """Write what is left, and the file's end."""
        self._write()
        self.writer.close()


def load_pyarrow() -> tuple[Any, Any]:
    """pyarrow and its Parquet part; raises ``PantauError`` where it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise PantauError(
            "Parquet needs pyarrow; run: pip install 'pantau-impor[research]', or leave parquet out"
        ) from None
    return pyarrow, pyarrow.parquet


def plain(value: Any) -> Any:
    """A value as both formats take it: codes as text, times in whole seconds of UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0)
    if isinstance(value, str):
        # Half of a surrogate pair, as a platform's JSON may hold, is no text in any file.
        return str(value).encode("utf-8", "replace").decode("utf-8")
    return value


def _as_text(field: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(no_formula(value)) if field.is_free_text else str(value)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
