"""Files of a home that name an erased seller: texts are blotted, what can be made again goes."""

from __future__ import annotations

import gzip
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from monitor.config import Config
from monitor.store.backups import READERS_COPY
from monitor.store.erasures import KEY, LIST
from monitor.store.pseudonyms import Names
from monitor.store.seller_rows import SellerRows

_LEAST_DIGITS = 6
"""Digits of an id that is looked for outside of the seller's own rows; a shorter one may be a
number."""
_LEAST_LETTERS = 6
"""Letters of a name of several words that is looked for anywhere; twice as many of a single one."""
_SETTINGS = {".toml", ".npz", ".lock", ".id"}
_SQLITE = b"SQLite format 3\0"
_ARCHIVES = {".wacz", ".zip"}


class FileFate(StrEnum):
    """What an erasure does with a file that names the seller."""

    blotted = "blotted"
    removed = "removed"
    backup = "backup"


class NamingFile(NamedTuple):
    """A file that names the seller, and what becomes of it; a backup stays as it is."""

    path: Path
    fate: FileFate


class FileSearch:
    """The words of a seller as they may stand in files: plain, in JSON, in HTML and addresses.

    A file is the seller's where an id, an address, or a name that no other word is like stands in
    it. A name that may be a common word, such as that of goods, is blotted there where it fills a
    cell or an element, and is no reason to touch any other file.
    """

    def __init__(self, names: Names, items: frozenset[str]) -> None:
        self.names, self.items = names, items
        words = [word for word in (*names.ids, *items) if _is_telling(word)]
        bounded = [rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])" for word in words]
        distinctive = [_spelled(name) for name in names.names if _is_distinctive(name)]
        cells = [
            rf"(?<=[>,;\"\t\n]){re.escape(name)}(?=[<,;\"\t\n])"
            for name in names.names
            if not _is_distinctive(name)
        ]
        telling = [*bounded, *distinctive, *map(re.escape, names.urls)]
        self._telling = re.compile("|".join(telling).encode() or rb"(?!)", re.IGNORECASE)
        self._names = re.compile("|".join([*distinctive, *cells]) or r"(?!)", re.IGNORECASE)

    def is_in(self, content: bytes) -> bool:
        """Whether a file's bytes name the seller or one of its offers."""
        return self._telling.search(content) is not None

    def blotted(self, text: str) -> str:
        """A document's text in which the seller cannot be read; its offers keep their ids."""
        for url in sorted(self.names.urls, key=len, reverse=True):
            text = text.replace(url, "").replace(url.replace("&", "&amp;"), "")
        for seller_id in filter(_is_telling, self.names.ids):
            alone = rf"(?<![A-Za-z0-9]){re.escape(seller_id)}(?![A-Za-z0-9])"
            text = re.sub(alone, self.names.pseudonym, text)
        return self._names.sub(self.names.pseudonym, text)


def search_of(rows: SellerRows, names: Names) -> FileSearch:
    """The search for a seller's names and offers."""
    return FileSearch(names, frozenset(rows.items.values()))


def naming_files(config: Config, search: FileSearch) -> Iterator[NamingFile]:
    """The files of a home that name the seller, but for the database and the evidence."""
    database = Path(config.database_url.removeprefix("sqlite:///"))
    skipped = {database.with_name(database.name + end) for end in ("", "-wal", "-shm")}
    skipped |= {config.home / name for name in (LIST, KEY)}
    for path in sorted(config.home.rglob("*")):
        apart = (config.evidence, config.protocols, config.registry or config.evidence)
        if path in skipped or any(map(path.is_relative_to, apart)) or not path.is_file():
            continue
        if path.suffix in _SETTINGS:
            continue
        content = path.read_bytes()
        if content.startswith(_SQLITE):
            if any(search.is_in(part) for part in (content, *_packed_texts(path))):
                is_copy = _application(path) == READERS_COPY
                yield NamingFile(path, FileFate.removed if is_copy else FileFate.backup)
        elif any(search.is_in(part) for part in _parts(path, content)):
            is_text = path.suffix not in {*_ARCHIVES, ".pdf", ".parquet"}
            yield NamingFile(path, FileFate.blotted if is_text else FileFate.removed)


def clear_file(file: NamingFile, search: FileSearch) -> None:
    """Blot or remove a file, and the print of a page that is blotted; a backup stays."""
    path = file.path
    if file.fate is FileFate.removed:
        path.unlink(missing_ok=True)
    if file.fate is not FileFate.blotted:
        return
    content = path.read_bytes()
    if path.suffix == ".xlsx":
        _rewrite_workbook(path, search)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(_blot(gzip.decompress(content), search), mtime=0))
    else:
        path.write_bytes(_blot(content, search))
    path.with_suffix(".pdf").unlink(missing_ok=True)


def _blot(content: bytes, search: FileSearch) -> bytes:
    text = content.decode("utf-8", "surrogateescape")
    return search.blotted(text).encode("utf-8", "surrogateescape")


def _is_distinctive(name: str) -> bool:
    """Whether a name is hardly a word of anything else."""
    parts = re.findall(r"\w+", name)
    return len("".join(parts)) >= (_LEAST_LETTERS if len(parts) > 1 else 2 * _LEAST_LETTERS)


def _spelled(name: str) -> str:
    """A pattern for a name with whatever signs a document has in it: ``Toko &amp; Co``."""
    parts = map(re.escape, re.findall(r"\w+", name))
    return r"(?:&#?\w+;|\\u[0-9a-fA-F]{4}|[\W_])+".join(parts)


def _is_telling(word: str) -> bool:
    return not word.isdigit() or len(word) >= _LEAST_DIGITS


def _parts(path: Path, content: bytes) -> Iterator[bytes]:
    """The bytes of a file, and those that are packed in it."""
    yield content
    if path.suffix in {*_ARCHIVES, ".xlsx"}:
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                packed = archive.read(member)
                yield packed
                if member.endswith(".gz"):
                    yield from _unpacked(packed)
    elif path.suffix == ".gz":
        yield from _unpacked(content)


def _unpacked(content: bytes) -> Iterator[bytes]:
    with suppress(OSError, EOFError, zlib.error):
        yield gzip.decompress(content)


def _packed_texts(path: Path) -> Iterator[bytes]:
    """The findings of editions in a copy of the database, which are packed there."""
    from base64 import b64decode

    with suppress(sqlite3.Error), closing(_read_only(path)) as copy:
        for (document,) in copy.execute("SELECT findings FROM edition"):
            with suppress(ValueError, zlib.error):
                yield zlib.decompress(b64decode(document, validate=True))


def _application(path: Path) -> int:
    with suppress(sqlite3.Error), closing(_read_only(path)) as copy:
        return int(copy.execute("PRAGMA application_id").fetchone()[0])
    return 0


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _rewrite_workbook(path: Path, search: FileSearch) -> None:
    draft = path.with_suffix(".new")
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(draft, "w") as out:
        for member in book.infolist():
            out.writestr(member, _blot(book.read(member), search), zipfile.ZIP_DEFLATED)
    draft.replace(path)
