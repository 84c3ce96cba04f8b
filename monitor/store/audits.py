"""Draws, annotators and labels."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from monitor.model import AuditSample, Label, SampledListing, Value
from monitor.store import schema as db
from monitor.store.content import clean
from monitor.store.database import AnyRow, AnySelect, table, upsert
from monitor.store.errors import StoreError


class Annotator(Value):
    """A person who labels; the secret of their link is kept as its SHA-256 (hex) only."""

    name: str
    token_sha256: str
    invited_at: datetime


def save_draw(connection: Connection, draw: AuditSample) -> None:
    """Stores a draw before its first label; the same again changes nothing, another is refused."""
    stored = load_draw(connection, draw.week)
    if stored is not None:
        if stored == draw:
            return
        raise StoreError(f"the audit of {draw.week} is already drawn, and stands")
    numbers = _drawn_versions(connection, draw)
    header = {
        "week": draw.week,
        "seed": draw.seed,
        "budget": draw.budget,
        "drawn_at": draw.drawn_at,
        "sha256": draw.sha256,
    }
    connection.execute(insert(table(db.AuditDraw)), header)
    rows = [
        {
            "week": draw.week,
            "position": position,
            "observation_id": item.observation_id,
            "listing_version_id": numbers[item.observation_id],
            "cluster": item.cluster,
            "stratum": item.stratum,
            "probability": item.probability,
        }
        for position, item in enumerate(draw.items)
    ]
    if rows:
        connection.execute(insert(table(db.SampledListing)), rows)


def _drawn_versions(connection: Connection, draw: AuditSample) -> dict[int, int]:
    query = (
        select(
            db.Observation.id,
            db.Observation.listing_version_id,
            db.ListingVersion.version,
            db.Listing.platform,
            db.Listing.item,
        )
        .join(db.ListingVersion, db.ListingVersion.id == db.Observation.listing_version_id)
        .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
        .where(db.Observation.week == draw.week)
    )
    stood = {row.id: row for row in connection.execute(query)}
    for item in draw.items:
        row = stood.get(item.observation_id)
        expected = (item.platform, item.item_id, item.version)
        if row is None or (row.platform, row.item, row.version) != expected:
            raise StoreError(
                f"{draw.week}: drawn place {item.observation_id} does not hold"
                f" {item.platform} {item.item_id} in that version"
            )
    return {number: row.listing_version_id for number, row in stood.items()}


def load_draw(connection: Connection, week: str) -> AuditSample | None:
    """The draw of a week."""
    query = select(table(db.AuditDraw)).where(db.AuditDraw.week == week)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    items = (
        select(table(db.SampledListing), *_VERSION)
        .join(db.ListingVersion, db.ListingVersion.id == db.SampledListing.listing_version_id)
        .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
        .where(db.SampledListing.week == week)
        .order_by(db.SampledListing.position)
    )
    return AuditSample(
        week=row.week,
        seed=row.seed,
        budget=row.budget,
        drawn_at=row.drawn_at,
        items=tuple(_item(item) for item in connection.execute(items)),
        sha256=row.sha256,
    )


_VERSION = (db.Listing.platform, db.Listing.item, db.ListingVersion.version)


def _item(row: AnyRow) -> SampledListing:
    return SampledListing(
        observation_id=row.observation_id,
        platform=row.platform,
        item_id=row.item,
        version=row.version,
        cluster=row.cluster,
        stratum=row.stratum,
        probability=row.probability,
    )


def add_annotator(connection: Connection, annotator: Annotator) -> None:
    """Invites a person; a second invitation replaces the secret of their link."""
    row = {
        "name": annotator.name,
        "token_sha256": annotator.token_sha256,
        "invited_at": annotator.invited_at,
    }
    upsert(connection, db.Annotator, [row], ["name"])


def annotators(connection: Connection) -> tuple[Annotator, ...]:
    """Who was invited, by name."""
    rows = connection.execute(select(table(db.Annotator)).order_by(db.Annotator.name))
    return tuple(
        Annotator(name=row.name, token_sha256=row.token_sha256, invited_at=row.invited_at)
        for row in rows
    )


def append(connection: Connection, label: Label) -> None:
    """Appends a label; refuses unknown listings, unknown annotators and the same label again."""
    number = connection.scalar(
        select(db.ListingVersion.id)
        .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
        .where(
            db.Listing.platform == label.platform,
            db.Listing.item == label.item_id,
            db.ListingVersion.version == label.version,
        )
    )
    listing = f"{label.platform} {label.item_id} {label.version[:12]}"
    if number is None:
        raise StoreError(f"label of {listing}: no such listing version in the store")
    person = select(db.Annotator.name).where(db.Annotator.name == label.annotator)
    if connection.scalar(person) is None:
        raise StoreError(f"label of {listing}: {label.annotator!r} was not invited")
    same = select(db.Label.id).where(
        db.Label.listing_version_id == number,
        db.Label.annotator == label.annotator,
        db.Label.kind == label.kind,
        db.Label.at == label.at,
    )
    if connection.scalar(same) is not None:
        raise StoreError(f"label of {listing} by {label.annotator}: is already stored")
    row = {
        "listing_version_id": number,
        "week": label.week,
        "annotator": label.annotator,
        "kind": label.kind,
        "at": label.at,
        "cross_border": label.cross_border,
        "cluster": label.cluster,
        "category": label.category,
        "note": clean(label.note),
    }
    connection.execute(insert(table(db.Label)), row)


def labels(connection: Connection, week: str | None, since: str | None) -> tuple[Label, ...]:
    """Labels of one week's audit, or of all from a week on, in the order of arrival."""
    query = _labels()
    if week is not None:
        query = query.where(db.Label.week == week)
    if since is not None:
        query = query.where(db.Label.week >= since)
    return tuple(_label(row) for row in connection.execute(query))


def labels_of(
    connection: Connection, platform: str, item_id: str, version: str
) -> tuple[Label, ...]:
    """All labels of one listing version, of whatever week."""
    query = _labels().where(
        db.Listing.platform == platform,
        db.Listing.item == item_id,
        db.ListingVersion.version == version,
    )
    return tuple(_label(row) for row in connection.execute(query))


def carried(connection: Connection, week: str) -> tuple[Label, ...]:
    """Labels of earlier weeks' audits whose listing version stands at a place of this week."""
    seen = select(db.Observation.listing_version_id).where(db.Observation.week == week)
    query = _labels().where(db.Label.week < week, db.Label.listing_version_id.in_(seen))
    return tuple(_label(row) for row in connection.execute(query))


def _labels() -> AnySelect:
    return (
        select(table(db.Label), *_VERSION)
        .join(db.ListingVersion, db.ListingVersion.id == db.Label.listing_version_id)
        .join(db.Listing, db.Listing.id == db.ListingVersion.listing_id)
        .order_by(db.Label.id)
    )


def _label(row: AnyRow) -> Label:
    return Label(
        platform=row.platform,
        item_id=row.item,
        version=row.version,
        week=row.week,
        annotator=row.annotator,
        kind=row.kind,
        at=row.at,
        cross_border=row.cross_border,
        cluster=row.cluster,
        category=row.category,
        note=row.note,
    )
