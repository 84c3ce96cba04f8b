"""Releases for research: the views as CSV, without a seller in them.

Ids, names and addresses of sellers and offers are replaced by HMAC-SHA-256 under a key that stays
with the ministry (UU 27/2022 on personal data): the same key gives the same hash in every
release, so that rows can be joined and followed over time, and nobody else can look one up. What
could name a seller by another way (notes, evidence, words of signals) is left out.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import hmac
import io
import json
import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, text

from monitor.model import no_formula
from monitor.store.database import Database, streamed
from monitor.store.errors import StoreError
from monitor.store.migrations import REVISIONS
from monitor.store.versions import has_current_views
from monitor.store.views import COVERAGE, ESTIMATES, LABELS, OBSERVATIONS, SCREENINGS, UNITS, View

RELEASED = (OBSERVATIONS, SCREENINGS, ESTIMATES, UNITS, COVERAGE, LABELS)
HASHED = frozenset(
    {"item_id", "seller_id", "seller_name", "url", "image_url", "version", "annotator"}
)
LEFT_OUT = frozenset({"evidence", "note", "response_sha256", "screenshot"})
KEY_LENGTH = 16


def export(
    database: Database,
    folder: Path,
    key: str,
    weeks: Collection[str] | None = None,
    progress: Callable[[int, int], object] = lambda rows, total: None,
) -> Path:
    """Writes ``<view>.csv.gz``, ``data-dictionary.md``, ``manifest.json``; returns the folder.

    ``progress`` is called after each view with 1 and the number of views.
    """
    if len(key) < KEY_LENGTH:
        raise StoreError(f"the key for research releases needs {KEY_LENGTH} characters or more")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise StoreError(f"{folder}: is not empty; choose another folder")
        with database.read() as connection:
            if not has_current_views(connection):
                raise StoreError(
                    f"{database.name}: its views are of another version; run: pantau db upgrade"
                )
            files = []
            for view in RELEASED:
                files.append(_write(connection, view, folder, key, weeks))
                progress(1, len(RELEASED))
        (folder / "data-dictionary.md").write_text(_dictionary(), encoding="utf-8")
        manifest = {
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "schema": REVISIONS[-1],
            "weeks": sorted(weeks) if weeks is not None else None,
            "hashed": sorted(HASHED),
            "hash": "HMAC-SHA-256, first 32 hex digits; the key stays with the ministry",
            "key_sha256": hashlib.sha256(b"pantau release " + key.encode()).hexdigest()[:16],
            "left_out": sorted(LEFT_OUT),
            "files": files,
        }
        document = json.dumps(manifest, indent=2) + "\n"
        (folder / "manifest.json").write_text(document, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{folder}: cannot write the release: {error.strerror}") from error
    return folder


def columns(view: View) -> list[tuple[str, str]]:
    """(name, meaning) of what a release shows of a view.

    A title is shown only beside the seller's name, which has to be known to be blotted out.
    """
    names = {name for name, _, _ in view.columns}
    hidden = LEFT_OUT if "seller_name" in names else LEFT_OUT | {"title"}
    return [
        (name, f"{meaning} (keyed hash)" if name in HASHED else meaning)
        for name, _, meaning in view.columns
        if name not in hidden
    ]


def _write(
    connection: Connection, view: View, folder: Path, key: str, weeks: Collection[str] | None
) -> dict[str, Any]:
    path = folder / f"{view.name}.csv.gz"
    names = [name for name, _ in columns(view)]
    change = _changes(names, key)
    rows = 0
    # No file name and no time in the header: the same rows give the same bytes.
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as out,
    ):
        writer = csv.writer(out)
        writer.writerow(names)
        for row in _rows(connection, view, names, weeks):
            writer.writerow(change(dict(zip(names, row, strict=True))))
            rows += 1
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"name": path.name, "meaning": view.meaning, "rows": rows, "sha256": digest}


def _rows(
    connection: Connection, view: View, names: list[str], weeks: Collection[str] | None
) -> Iterator[Any]:
    query = text(f"SELECT {', '.join(names)} FROM {view.name}")  # noqa: S608
    if weeks is not None:
        query = text(f"{query.text} WHERE week IN :weeks").bindparams(
            bindparam("weeks", sorted(weeks), expanding=True)
        )
    yield from streamed(connection, query)


def _changes(names: list[str], key: str) -> Callable[[dict[str, Any]], list[Any]]:
    hashed = [name for name in names if name in HASHED]

    def _change(row: dict[str, Any]) -> list[Any]:
        title, seller = row.get("title"), row.get("seller_name")
        if title and seller:
            row["title"] = re.sub(re.escape(seller), "[…]", title, flags=re.IGNORECASE)
        if "signals" in row:
            row["signals"] = _kinds(row["signals"])
        for name in hashed:
            if row[name] is not None:
                keyed = hmac.new(key.encode(), f"{name}:{row[name]}".encode(), hashlib.sha256)
                row[name] = keyed.hexdigest()[:32]
        return [_plain(value) for value in row.values()]

    return _change


def _plain(value: Any) -> Any:
    """A value as SQLite gives it, so that a release does not tell which database it came from."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    if isinstance(value, Decimal):
        return float(value)
    return no_formula(value) if isinstance(value, str) else value


def _kinds(value: Any) -> str | None:
    if value is None:
        return None
    signals = msgspec.json.decode(value) if isinstance(value, str) else value
    return " ".join(sorted({signal["kind"] for signal in signals}))


def _dictionary() -> str:
    lines = ["# Data dictionary", ""]
    lines += ["Columns of this release; empty means unknown, 1 yes, 0 no; times are UTC."]
    lines += ["A `'` stands before what a spreadsheet would take for a formula."]
    for view in RELEASED:
        lines += ["", f"## {view.name}.csv.gz", "", f"{view.meaning}.", ""]
        lines += ["| column | meaning |", "|---|---|"]
        lines += [f"| `{name}` | {meaning} |" for name, meaning in columns(view)]
    return "\n".join(lines) + "\n"
