"""Taking one seller out of the database: a pseudonym in the place of all that names it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, or_, select, update

from monitor.model import AuditSample, CaseKey, Cluster, EditionKind, Question, case_id
from monitor.store import schema as db
from monitor.store import triggers
from monitor.store.audit_samples import load_sample
from monitor.store.database import Database, chunks
from monitor.store.documents import document_without
from monitor.store.erasures import ErasureList
from monitor.store.pseudonyms import ERASED_URL, Names
from monitor.store.rewriting import rewrite_versions
from monitor.store.seller_rows import SellerRows, seller_rows

EditionName = tuple[str, EditionKind, datetime]
DrawHash = Callable[[AuditSample], str]
"""The hash of an audit sample, by which anybody can tell that it stands as drawn."""


@dataclass(frozen=True)
class SellerErasure:
    """The rows that name a seller, and their rewriting."""

    database: Database

    def rows(self, platform: str, word: str) -> SellerRows | None:
        """The rows of a seller by the platform's id, else of those shown with that name and no id.

        An offer that is shown without an id on one page and with it on another is the same
        seller's. None where there is no row.
        """
        with self.database.read() as connection:
            return seller_rows(connection, platform, word)

    def editions(self, rows: SellerRows, names: Names) -> tuple[EditionName, ...]:
        """Week, kind and time of the editions that name one of the seller's offers."""
        with self.database.read() as connection:
            return tuple(
                (row.week, row.kind, row.as_of)
                for row, document, rewritten in _rewritten(connection, rows, names)
                if rewritten != document
            )

    def draws(self, rows: SellerRows) -> tuple[tuple[str, str], ...]:
        """Week and hash of the audit samples that hold one of its offers."""
        with self.database.read() as connection:
            return tuple(_draws(connection, rows.versions))

    def erase(self, rows: SellerRows, names: Names, draw_hash: DrawHash) -> None:
        """Rewrite all rows in one transaction, and the hashes of what contains them.

        Rows that are only ever appended are changed, too: the law goes before the rule.
        """
        with self.database.write() as connection, triggers.suspended(connection):
            _editions(connection, rows, names)
            draws = _draws(connection, rows.versions)
            _remarks(connection, rows, names)
            _responses(connection, rows)
            _items(connection, rows, names)
            rewrite_versions(connection, rows.platform, rows.seller, rows.versions, names)
            for week, _ in draws:
                sample = load_sample(connection, week)
                assert sample is not None
                of_week = update(db.AuditDraw).where(db.AuditDraw.c.week == week)
                connection.execute(of_week.values(sha256=draw_hash(sample)))

    def returned(self, erasures: ErasureList) -> tuple[str, ...]:
        """Erased sellers that the database names again, though they were not seen since, as
        ``platform/id`` or ``platform/name``: it was restored from an older copy."""
        if not erasures.entries:
            return ()
        version, archived, response = db.ListingVersion, db.ArchivedSighting, db.Response
        seller = (db.Listing.c.platform, db.Seller.c.seller, version.c.seller_name)
        seen = db.Observation
        first_sights = (
            select(*seller, func.min(seen.c.observed_at).label("first"))
            .select_from(version)
            .join(seen, seen.c.listing_version_id == version.c.id),
            select(*seller, func.min(response.c.observed_at).label("first"))
            .select_from(version)
            .join(archived, archived.c.listing_version_id == version.c.id)
            .join(response, response.c.id == archived.c.response_id),
        )
        rows: list[Any] = []
        with self.database.read() as connection:
            for query in first_sights:
                of_seller = query.join(
                    db.Listing, db.Listing.c.id == version.c.listing_id
                ).outerjoin(db.Seller, db.Seller.c.id == version.c.seller_id)
                rows += connection.execute(of_seller.group_by(*seller)).all()
        names = {
            f"{row.platform}/{word}"
            for row in rows
            if (word := row.seller or row.seller_name)
            and erasures.is_erased(row.platform, word, has_id=bool(row.seller), at=row.first)
        }
        return tuple(sorted(names))

    def clear(self) -> None:
        """Write the database anew, so that no free page holds what was overwritten."""
        self.database.vacuum()

    def restricted_pages(self, pseudonyms: Collection[str]) -> frozenset[str]:
        """Where the evidence keeps result pages that show one of these sellers."""
        version, response = db.ListingVersion, db.Response
        queries = (
            select(response.c.evidence)
            .join(shown, shown.c.response_id == response.c.id)
            .join(version, version.c.id == shown.c.listing_version_id)
            .outerjoin(db.Seller, db.Seller.c.id == version.c.seller_id)
            .where(
                or_(db.Seller.c.seller.in_(pseudonyms), version.c.seller_name.in_(pseudonyms)),
                response.c.evidence.is_not(None),
            )
            for shown in (db.Observation, db.ArchivedSighting)
        )
        if not pseudonyms:
            return frozenset()
        with self.database.read() as connection:
            return frozenset(
                pointer for query in queries for pointer in connection.scalars(query.distinct())
            )


def _rewritten(
    connection: Connection, rows: SellerRows, names: Names
) -> Iterator[tuple[Any, str, str]]:
    """Each edition with its findings as JSON, before and after."""
    edition = db.Edition
    query = select(edition.c.id, edition.c.week, edition.c.kind, edition.c.as_of, edition.c.sha256)
    for row in connection.execute(query.order_by(edition.c.id)).all():
        document = connection.scalar(select(edition.c.findings).where(edition.c.id == row.id))
        assert document is not None
        yield (
            row,
            document,
            document_without(document, rows.platform, frozenset(rows.items.values()), names),
        )


def _editions(connection: Connection, rows: SellerRows, names: Names) -> None:
    for row, document, rewritten in _rewritten(connection, rows, names):
        if rewritten != document:
            sha256 = hashlib.sha256(rewritten.encode()).hexdigest()
            of_edition = update(db.Edition).where(db.Edition.c.id == row.id)
            connection.execute(of_edition.values(findings=rewritten, sha256=sha256))


def _draws(connection: Connection, versions: Collection[int]) -> list[tuple[str, str]]:
    """Week and hash of the audit samples that hold one of these versions."""
    weeks: set[str] = set()
    for part in chunks(sorted(versions)):
        for model in (db.SampledListing, db.Control):
            drawn = select(model.c.week).where(model.c.listing_version_id.in_(part))
            weeks |= set(connection.scalars(drawn))
    draw = db.AuditDraw
    query = select(draw.c.week, draw.c.sha256).where(draw.c.week.in_(weeks)).order_by(draw.c.week)
    return [(row.week, row.sha256) for row in connection.execute(query)]


def _remarks(connection: Connection, rows: SellerRows, names: Names) -> None:
    """What people wrote of its offers, and what the run log and unread positions say."""
    for model, column, numbers in (
        (db.Label, db.Label.c.listing_version_id, rows.versions),
        (db.ControlAnswer, db.ControlAnswer.c.listing_version_id, rows.versions),
        (db.CaseEvent, db.CaseEvent.c.listing_id, sorted(rows.items)),
    ):
        for part in chunks(numbers):
            _blot(connection, model, "note", names, column.in_(part))
    _blot(connection, db.Run, "reason", names, db.Run.c.reason.is_not(None))
    unread = db.UnreadablePosition
    key = (unread.c.response_id, unread.c.parser, unread.c.place)
    for part in chunks(sorted(rows.items.values())):
        query = select(*key, unread.c.reason, unread.c.item).where(unread.c.item.in_(part))
        for row in connection.execute(query).all():
            here = [column == part for column, part in zip(key, row[:3], strict=True)]
            values = {"reason": names.blotted(row.reason), "item": names.item(row.item)}
            connection.execute(update(unread).where(*here).values(values))


def _blot(connection: Connection, model: Table, field: str, names: Names, *criteria: Any) -> None:
    column = model.c[field]
    rows = connection.execute(select(model.c.id, column).where(column.is_not(None), *criteria))
    for number, words in rows.all():
        if (blotted := names.blotted(words)) != words:
            connection.execute(update(model).where(model.c.id == number).values({field: blotted}))


def _responses(connection: Connection, rows: SellerRows) -> None:
    """Addresses of pages that are the seller's alone; those of the plan name a search."""
    response = db.Response
    for part in chunks(sorted(rows.unplanned)):
        of_seller = response.c.id.in_(part)
        connection.execute(update(response).where(of_seller).values(url=ERASED_URL, reason=None))
        received = of_seller & response.c.received_url.is_not(None)
        connection.execute(update(response).where(received).values(received_url=ERASED_URL))
    without = {"screenshot": None, "screenshot_sha256": None}
    for part in chunks(sorted(rows.own_pages)):
        for model in (db.DetailVisit, db.TakenPage):
            shot = update(model).where(model.c.response_id.in_(part))
            connection.execute(shot.values(without))
        visited = update(db.DetailVisit).where(db.DetailVisit.c.response_id.in_(part))
        connection.execute(visited.values(picture_hash=None))


def _items(connection: Connection, rows: SellerRows, names: Names) -> None:
    """Ids of offers of which the seller's own id is a part."""
    listing = db.Listing
    for number, item in rows.items.items():
        replaced = names.item(item)
        if replaced == item:
            continue
        taken = select(func.count()).where(
            listing.c.platform == rows.platform,
            listing.c.item.startswith(replaced, autoescape=True),
        )
        if again := connection.scalar(taken):
            replaced = f"{replaced}~{again}"
        connection.execute(update(listing).where(listing.c.id == number).values(item=replaced))
        case = db.EditionCase
        of_item = (case.c.platform == rows.platform) & (case.c.item == item)
        for question in Question:
            clusters = [cluster for cluster in Cluster if cluster.question is question]
            renamed = case_id(CaseKey(rows.platform, replaced, question))
            of_question = of_item & case.c.cluster.in_(clusters)
            connection.execute(
                update(case).where(of_question).values(item=replaced, case_id=renamed)
            )
