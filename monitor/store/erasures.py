"""Which sellers were erased (UU 27/2022, article 8): a list that tells them without naming them.

The list stands beside the database, in the home's ``erasures.jsonl``: a database that is restored
from an older copy does not know what was erased since. It holds HMAC-SHA-256 (RFC 2104) of ids and
names under the 32 random bytes in ``erasure.key``, and so do pseudonyms: the same for a seller in
all of the home, and of no use to who guesses a name without the key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec.structs import replace

from monitor.model import (
    DetailVisit,
    EditionKind,
    Listing,
    SampledPage,
    Value,
    from_json,
    to_json,
)
from monitor.store.errors import StoreError
from monitor.store.pseudonyms import ERASED_URL, PREFIX, Names

LIST = "erasures.jsonl"
KEY = "erasure.key"
_LENGTH = 32


class RewrittenHash(Value):
    """SHA-256, hex, of an edition (``2026-W47 final 2026-11-25T…``) or an audit sample before it
    was rewritten, and after."""

    of: str
    before: str
    after: str | None = None


class ErasedEdition(Value):
    """An edition that named the seller, and the documents of it that were in the reports: its
    languages, and whether it had a PDF."""

    week: str
    kind: EditionKind
    as_of: datetime
    langs: tuple[str, ...]
    pdf: bool


class Erasure(Value):
    """One erasure: whose, who ordered it when and why, and what it rewrote.

    ``marks`` are HMACs, hex, of the seller's id, of the name where it was erased by that, and of
    the ids of its offers, which may be shown without a seller's. ``basis`` is the legal basis on
    which pages that show other sellers, too, are kept; None where there were none. ``editions`` are
    those whose documents are written anew. ``done`` is False while the erasure is under way, and
    stays so where it was interrupted. An entry of retention is of many sellers: its ``pseudonym``
    is empty, and each has the one that follows from its mark.
    """

    platform: str
    pseudonym: str
    marks: tuple[str, ...]
    at: datetime
    by: str
    reason: str
    basis: str | None
    rewritten: tuple[RewrittenHash, ...] = ()
    editions: tuple[ErasedEdition, ...] = ()
    done: bool = False


def edition_name(week: str, kind: EditionKind, as_of: datetime) -> str:
    """What the list calls an edition."""
    return f"{week} {kind} {as_of.isoformat()}"


@dataclass(frozen=True)
class ErasureList:
    """The erased sellers of a home."""

    home: Path | None

    def make_key(self) -> None:
        """Make the key at the first erasure; raises ``StoreError`` where a list has lost it."""
        assert self.home is not None
        path = self.home / KEY
        if path.exists():
            return
        if self.entries:  # another key would know none of its marks
            raise self._no_key()
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(_LENGTH) + "\n")
            out.flush()
            os.fsync(out.fileno())

    @property
    def entries(self) -> tuple[Erasure, ...]:
        """All erasures, oldest first, each as it stands now; raises ``StoreError``.

        The file is read again where it changed: a server may have been started before an erasure.
        """
        if self.home is None:
            return ()
        try:
            status = (self.home / LIST).stat()
        except FileNotFoundError:
            return ()
        version = (status.st_mtime_ns, status.st_size)
        if self.__dict__.get("_version") != version:
            self.__dict__.pop("_index", None)
            self.__dict__["_entries"] = self._read(self.home / LIST)
            self.__dict__["_version"] = version
        entries: tuple[Erasure, ...] = self.__dict__["_entries"]
        return entries

    def _read(self, path: Path) -> tuple[Erasure, ...]:
        try:
            *lines, _ = path.read_bytes().split(b"\n")  # a kill may leave the beginning of a line
            entries = [from_json(line, Erasure) for line in lines]
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreError(f"{path}: cannot be read: {error}; restore a copy of it") from error
        return tuple({(entry.pseudonym, entry.at): entry for entry in entries}.values())

    @property
    def pseudonyms(self) -> frozenset[str]:
        """The pseudonyms of all erased sellers."""
        return frozenset(entry.pseudonym for entry in self.entries if entry.pseudonym)

    def hashes_before(self, week: str, kind: EditionKind, as_of: datetime) -> tuple[str, ...]:
        """SHA-256, hex, of an edition before each erasure that changed it, the published first."""
        name = edition_name(week, kind, as_of)
        return tuple(
            rewritten.before
            for entry in self.entries
            for rewritten in entry.rewritten
            if rewritten.of == name
        )

    def append(self, erasure: Erasure) -> None:
        """Enter an erasure; one of the same seller and time takes the place of the one before."""
        assert self.home is not None
        with (self.home / LIST).open("a+b") as file:
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
            file.write(to_json(erasure) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.__dict__.pop("_version", None)

    def mark(self, platform: str, kind: str, word: str) -> str:
        """HMAC, hex, of an ``id`` or a ``name`` of a seller or the id of an ``item``."""
        message = "".join(f"{len(part)}:{part}" for part in (platform, kind, word))
        return hmac.new(
            self._secret, message.encode("utf-8", "surrogatepass"), hashlib.sha256
        ).hexdigest()

    def pseudonym(self, platform: str, kind: str, word: str) -> str:
        """The word for a seller from now on: that of the first erasure of the same seller."""
        mark = self.mark(platform, kind, word)
        earlier = (entry.pseudonym for entry in self._by_mark.get(mark, ()) if entry.pseudonym)
        return next(earlier, PREFIX + mark[:16])

    def page(self, page: SampledPage) -> SampledPage:
        """A result page without the sellers that were erased after it was received."""
        listings = tuple(self.listing(listing, page.observed_at) for listing in page.listings)
        return page if listings == page.listings else replace(page, listings=listings)

    def visit(self, visit: DetailVisit) -> DetailVisit:
        """A visit without the seller, where that was erased after it."""
        if visit.listing is None:
            return visit
        listing = self.listing(visit.listing, visit.visited_at)
        if listing is visit.listing:
            return visit
        received = visit.received and replace(visit.received, url=ERASED_URL)
        return replace(
            visit,
            listing=listing,
            item_id=listing.item_id,
            url=ERASED_URL,
            received=received,
            picture_hash=None,
        )

    def listing(self, listing: Listing, seen_at: datetime | None) -> Listing:
        """An offer, without its seller where that was erased at ``seen_at`` (UTC) or later.

        Where nobody knows when it was seen, it counts as seen before. What is seen after an erasure
        stays as it is: a new observation has its own basis (docs/privacy.md).
        """
        last = max((entry.at for entry in self.entries), default=None)
        if last is None or (seen_at is not None and seen_at > last):
            return listing
        for mark in self._marks_of(listing):
            for entry in self._by_mark.get(mark, ()):
                if seen_at is not None and seen_at > entry.at:
                    continue
                names = Names(
                    entry.pseudonym or PREFIX + mark[:16],
                    frozenset(filter(None, [listing.seller_id])),
                    frozenset(filter(None, [listing.seller_name])),
                )
                return names.listing(listing)
        return listing

    def is_erased(self, platform: str, word: str, *, has_id: bool, at: datetime | None) -> bool:
        """Whether a seller known by an id, or by a name alone, was erased at that time or later."""
        mark = self.mark(platform, "id" if has_id else "name", word)
        return any(
            entry.pseudonym and (at is None or at <= entry.at)
            for entry in self._by_mark.get(mark, ())
        )

    def marked(self, platform: str, word: str) -> tuple[Erasure, ...]:
        """The erasures of a seller, by id or by name, oldest first."""
        if not self.entries:
            return ()
        marks = [self.mark(platform, kind, word) for kind in ("id", "name")]
        return tuple(entry for mark in marks for entry in self._by_mark.get(mark, ()))

    def _marks_of(self, listing: Listing) -> tuple[str, ...]:
        """By what an offer tells its seller: the id; where none is shown, offer and name."""
        if listing.seller_id:
            return (self.mark(listing.platform, "id", listing.seller_id),)
        marks = [self.mark(listing.platform, "item", listing.item_id)]
        if listing.seller_name:
            marks.append(self.mark(listing.platform, "name", listing.seller_name))
        return tuple(marks)

    @property
    def _by_mark(self) -> dict[str, list[Erasure]]:
        """The erasures by each of their marks."""
        entries = self.entries
        if "_index" not in self.__dict__:
            index: dict[str, list[Erasure]] = {}
            for entry in entries:
                for mark in entry.marks:
                    index.setdefault(mark, []).append(entry)
            self.__dict__["_index"] = index
        by_mark: dict[str, list[Erasure]] = self.__dict__["_index"]
        return by_mark

    @cached_property
    def _secret(self) -> bytes:
        assert self.home is not None
        try:
            secret = bytes.fromhex((self.home / KEY).read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            raise self._no_key() from None
        if len(secret) != _LENGTH:
            raise self._no_key()
        return secret

    def _no_key(self) -> StoreError:
        return StoreError(
            f"{self.home}/{KEY}: is missing or no key, and {LIST} tells of erased sellers only by"
            " it; restore a copy of the key"
        )
