"""A copy of a SQLite store for readers: without the annotators' links, and without sellers.

It is consistent, out of write-ahead mode, and can be opened from a read-only disk. A full-text
index over titles is part of it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from monitor.config import PantauError
from monitor.model.shop_names import letters, names_a_shop, without_names
from monitor.store import Store
from monitor.store.backups import READERS_COPY

NAME = "pantau.db"
_WITHOUT_SELLERS = (
    # The words of people and of frozen documents may name anybody; their figures stand in tables.
    "UPDATE edition SET findings = '{}'",
    "UPDATE label SET note = NULL",
    "UPDATE control_answer SET note = NULL",
    "UPDATE case_event SET note = NULL, ref = NULL",
    "UPDATE reply_request SET addressee = 'left out'",
    "UPDATE unreadable_position SET item = NULL, reason = 'left out'",
    "UPDATE classification SET signals = kinds_of(signals)",
    "UPDATE response SET url = 'left out', received_url = NULL, reason = NULL"
    " WHERE kind = 'detail'",
    # A picture that is shown to all has a number that all can compute.
    "UPDATE detail_visit SET picture_hash = pseudonym(picture_hash)",
    "UPDATE listing_version SET title = title_without(title, seller_name),"
    " brand = brand_without(brand, seller_name), category_path ="
    " title_without(category_path, seller_name), url = NULL, image_url = NULL",
    "UPDATE listing_version SET seller_name = pseudonym(seller_name)",
    "UPDATE seller SET seller = pseudonym(seller)",
    "UPDATE annotator SET name = pseudonym(name)",
    "UPDATE label SET annotator = pseudonym(annotator)",
    "UPDATE control_answer SET annotator = pseudonym(annotator)",
    "UPDATE person_role SET person = pseudonym(person)",
)
_LINKS = "UPDATE annotator SET token_sha256 = lower(hex(randomblob(32)))"
_SEARCH = (
    "CREATE VIRTUAL TABLE listing_version_fts USING fts5"
    "(title, content = 'listing_version', content_rowid = 'id')",
    "INSERT INTO listing_version_fts (listing_version_fts) VALUES ('rebuild')",
)


def snapshot(store: Store, folder: Path, *, with_sellers: bool = False) -> Path:
    """Write ``pantau.db`` into ``folder`` and return its path; the store may be in use meanwhile.

    Sellers, annotators and addresses have pseudonyms that hold within this copy alone, or are left
    out, unless ``with_sellers``; people's links are left out in any case. Raises ``PantauError``
    where the copy cannot be written or one is there.
    """
    path = folder / NAME
    if path.exists():
        raise PantauError(f"{path}: exists already; choose another folder")
    draft = store.backup(path.with_name(f"{NAME}.draft"))
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
            _rewrite(copy, with_sellers=with_sellers)
        draft.rename(path)
    except sqlite3.Error as error:
        raise PantauError(f"{path}: cannot write the copy: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return path


def _rewrite(copy: sqlite3.Connection, *, with_sellers: bool) -> None:
    copy.execute("PRAGMA foreign_keys = OFF").close()
    for name, arguments, function in (
        ("kinds_of", 1, _kinds_of),
        ("title_without", 2, _title_without),
        ("brand_without", 2, _brands(copy)),
        ("pseudonym", 1, _pseudonyms()),
    ):
        copy.create_function(name, arguments, function)
    names = copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    copy.execute("BEGIN").close()
    for (name,) in names:  # they hold rows that are only ever appended; a copy is read only
        copy.execute(f"DROP TRIGGER {name}").close()
    for statement in (_LINKS, *(() if with_sellers else _WITHOUT_SELLERS), *_SEARCH):
        copy.execute(statement).close()
    copy.execute("COMMIT").close()
    copy.execute(f"PRAGMA application_id = {READERS_COPY}").close()
    # What was overwritten stands in free pages until the file is written anew.
    copy.execute("VACUUM").close()
    copy.execute("ANALYZE").close()


def _pseudonyms() -> Callable[[str | None], str | None]:
    """A function that gives each word another one, the same for as long as it lives."""
    given: dict[str, str] = {}

    def pseudonym(word: str | None) -> str | None:
        return None if word is None else given.setdefault(word, secrets.token_hex(8))

    return pseudonym


def _title_without(title: str | None, seller: str | None) -> str | None:
    return title if title is None or seller is None else without_names(title, [seller])


def _brands(copy: sqlite3.Connection) -> Callable[[str | None, str | None], str | None]:
    """A function that gives a brand, or None where it is the name of any shop of the store."""
    names = copy.execute(
        "SELECT DISTINCT seller_name FROM listing_version WHERE seller_name IS NOT NULL"
    )
    shops = {letters(name) for (name,) in names}

    def brand_without(brand: str | None, seller: str | None) -> str | None:
        if brand is None or letters(brand) in shops:
            return None
        return None if seller and names_a_shop(brand, [seller]) else brand

    return brand_without


def _kinds_of(signals: str | None) -> str | None:
    """The signals of a decision without their words."""
    if signals is None:
        return None
    kinds = sorted({signal["kind"] for signal in json.loads(signals)})
    return json.dumps([{"kind": kind, "text": ""} for kind in kinds])
