"""Which rows of the database are those of one seller, and which of its pages show others, too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from monitor.store import schema as db
from monitor.store.archived import by_page, by_version
from monitor.store.database import chunks
from monitor.store.pseudonyms import Names


@dataclass(frozen=True)
class SellerRows:
    """The rows of one seller: numbers of its versions, offers and of their pages.

    ``own_pages`` show no other seller, ``shared_pages`` do, both with their place in the evidence
    by the number of the response; ``unplanned`` are those of the first whose address is no planned
    unit's. ``screenshots`` are files of own pages below the evidence folder.
    """

    platform: str
    seller: int | None
    names: frozenset[str]
    ids: frozenset[str]
    items: Mapping[int, str]
    urls: frozenset[str]
    versions: tuple[int, ...]
    positions: int
    own_pages: Mapping[int, str | None]
    unplanned: frozenset[int]
    shared_pages: Mapping[int, str | None]
    screenshots: frozenset[str]
    same_name_elsewhere: tuple[str, ...]

    def named(self, pseudonym: str) -> Names:
        """What names the seller, and the pseudonym to put in its place."""
        addressed = (self.own_pages[number] for number in self.unplanned)
        pages = frozenset(pointer for pointer in addressed if pointer)
        return Names(pseudonym, self.ids, self.names, self.urls, pages)


def seller_rows(connection: Connection, platform: str, word: str) -> SellerRows | None:
    """The rows of a seller, by the id or else by the name of offers that are shown without one."""
    version = db.ListingVersion
    of_platform = (
        select(
            version.c.id, version.c.listing_id, version.c.seller_id, version.c.seller_name,
            version.c.url, version.c.image_url, db.Listing.c.item,
        )
        .join(db.Listing, db.Listing.c.id == version.c.listing_id)
        .where(db.Listing.c.platform == platform)
    )  # fmt: skip
    seller = connection.scalar(
        select(db.Seller.c.id).where(db.Seller.c.platform == platform, db.Seller.c.seller == word)
    )
    unnumbered = version.c.seller_id.is_(None)
    is_theirs = (
        version.c.seller_id == seller if seller else unnumbered & (version.c.seller_name == word)
    )
    rows = {row.id: row for row in connection.execute(of_platform.where(is_theirs))}
    for part in chunks(sorted({row.listing_id for row in rows.values()})):
        same_offers = of_platform.where(unnumbered, version.c.listing_id.in_(part))
        rows |= {row.id: row for row in connection.execute(same_offers)}
    if not rows:
        return None
    names = frozenset(row.seller_name for row in rows.values() if row.seller_name)
    items = {row.listing_id: row.item for row in rows.values()}
    own, shared, screenshots = _pages(connection, items, rows.keys())
    unplanned: set[int] = set()
    for part in chunks(sorted(own)):
        outside = select(db.Response.c.id).where(
            db.Response.c.id.in_(part), db.Response.c.unit_id.is_(None)
        )
        unplanned |= set(connection.scalars(outside))
    return SellerRows(
        platform=platform,
        seller=seller,
        names=names,
        ids=frozenset([word] if seller else []),
        items=items,
        urls=frozenset(filter(None, (url for row in rows.values() for url in row[4:6]))),
        versions=tuple(sorted(rows)),
        positions=sum(on_page.positions for on_page in by_version(connection, rows.keys())),
        own_pages=own,
        unplanned=frozenset(unplanned),
        shared_pages=shared,
        screenshots=screenshots,
        same_name_elsewhere=_same_name(connection, platform, names, rows.keys()),
    )


def _same_name(
    connection: Connection, platform: str, names: Collection[str], versions: Collection[int]
) -> tuple[str, ...]:
    """Other sellers that are shown with one of these names: their ids, else the name."""
    version = db.ListingVersion
    query = (
        select(version.c.id, version.c.seller_name, db.Seller.c.seller)
        .join(db.Listing, db.Listing.c.id == version.c.listing_id)
        .outerjoin(db.Seller, db.Seller.c.id == version.c.seller_id)
        .where(db.Listing.c.platform == platform, version.c.seller_name.in_(sorted(names)))
    )
    rows = connection.execute(query)
    return tuple(
        sorted({row.seller or row.seller_name for row in rows if row.id not in set(versions)})
    )


def _pages(
    connection: Connection, items: Mapping[int, str], versions: Collection[int]
) -> tuple[dict[int, str | None], dict[int, str | None], frozenset[str]]:
    """Pages that show this seller alone, pages that show others, too, and screenshots of the
    first."""
    response, visit = db.Response, db.DetailVisit
    theirs = set(versions)
    visits: dict[int, str | None] = {}
    for part in chunks(sorted(items)):
        query = select(visit.c.response_id, visit.c.screenshot).where(visit.c.listing_id.in_(part))
        visits |= {row.response_id: row.screenshot for row in connection.execute(query)}
    results = {on_page.response for on_page in by_version(connection, versions)}
    shown = by_page(connection, results)
    others = {on_page.response for on_page in shown if on_page.version not in theirs}
    for part in chunks(sorted(results)):
        unread = select(db.UnreadablePosition.c.response_id).where(
            db.UnreadablePosition.c.response_id.in_(part)
        )
        others |= set(connection.scalars(unread))
    evidence: dict[int, str | None] = {}
    for part in chunks(sorted(visits.keys() | results)):
        kept = select(response.c.id, response.c.evidence).where(response.c.id.in_(part))
        evidence |= {row.id: row.evidence for row in connection.execute(kept)}
    own = {number: evidence[number] for number in sorted(evidence.keys() - others)}
    shared = {number: evidence[number] for number in sorted(others)}
    screenshots = {shot for shot in visits.values() if shot}
    for part in chunks(sorted(own)):
        taken = select(db.TakenPage.c.screenshot).where(db.TakenPage.c.response_id.in_(part))
        screenshots |= {shot for shot in connection.scalars(taken) if shot}
    return own, shared, frozenset(screenshots)
