"""Columns that queries share, and the values that stand in them."""

from __future__ import annotations

from typing import Any

from monitor.model import Classification, Listing, ResponseRecord, RobotsDecision, Signal
from monitor.store import schema as db
from monitor.store.content import from_minor
from monitor.store.database import AnyRow
from monitor.store.schema.base import RobotsColumns

LISTING: tuple[Any, ...] = (
    db.Listing.platform,
    db.Listing.item.label("item_id"),
    db.ListingVersion.title,
    db.ListingVersion.url,
    db.ListingVersion.image_url,
    db.ListingVersion.price_minor,
    db.ListingVersion.minor_per_unit,
    db.ListingVersion.currency,
    db.Seller.seller.label("seller_id"),
    db.ListingVersion.seller_name,
    db.ListingVersion.official_store,
    db.ListingVersion.ship_from,
    db.ListingVersion.ship_from_country,
    db.ListingVersion.cross_border_flag,
    db.ListingVersion.imported_flag,
    db.ListingVersion.category.label("category_id"),
    db.ListingVersion.category_path,
    db.ListingVersion.brand,
)
VERSION_KEY = (db.Listing.platform, db.Listing.item, db.ListingVersion.version)
DECISION: tuple[Any, ...] = (
    db.Classification.classifier,
    db.Classification.cluster.label("decided_cluster"),
    db.Classification.cluster_score,
    db.Classification.category.label("decided_category"),
    db.Classification.cross_border,
    db.Classification.cross_border_score,
    db.Classification.imported_goods,
    db.Classification.signals,
)
# Columns of a response and of a robots decision, by the field of the value they hold.
_RECEIVED = {
    "received_url" if field == "url" else field: field for field in ResponseRecord.__struct_fields__
}
_ROBOTS = {
    f"robots_{field.removeprefix('robots_')}": field for field in RobotsDecision.__struct_fields__
}
_DRIFT = ("rank", "sponsored", "sold", "rating")
RECEIVED: tuple[Any, ...] = tuple(getattr(db.Response, column) for column in _RECEIVED)


def robots_of(model: type[RobotsColumns]) -> tuple[Any, ...]:
    """The robots columns of a table."""
    return tuple(getattr(model, column) for column in _ROBOTS)


def drift_of(model: type[db.Observation] | type[db.DetailVisit]) -> tuple[Any, ...]:
    """The columns of what drifts, of a table."""
    return tuple(getattr(model, column) for column in _DRIFT)


def listing_value(row: AnyRow, *, drift: bool = False) -> Listing:
    """The listing in the columns ``LISTING`` of a row, with rank, sales and rating if asked."""
    return Listing(
        platform=row.platform,
        item_id=row.item_id,
        title=row.title,
        url=row.url,
        image_url=row.image_url,
        price=None if row.price_minor is None else from_minor(row.price_minor, row.minor_per_unit),
        currency=row.currency,
        seller_id=row.seller_id,
        seller_name=row.seller_name,
        official_store=row.official_store,
        ship_from=row.ship_from,
        ship_from_country=row.ship_from_country,
        cross_border_flag=row.cross_border_flag,
        category_id=row.category_id,
        category_path=row.category_path,
        brand=row.brand,
        imported_flag=row.imported_flag,
        **({name: getattr(row, name) for name in _DRIFT} if drift else {}),
    )


def classification_value(row: AnyRow) -> Classification | None:
    """The decision in the columns ``DECISION`` of a row; None where nobody decided."""
    if row.classifier is None:
        return None
    return Classification(
        cluster=row.decided_cluster,
        cluster_score=row.cluster_score,
        cross_border=row.cross_border,
        cross_border_score=row.cross_border_score,
        classifier=row.classifier,
        category=row.decided_category,
        imported_goods=row.imported_goods,
        signals=tuple(Signal(**signal) for signal in row.signals),
    )


def received_value(row: AnyRow) -> ResponseRecord | None:
    """The response in the columns ``RECEIVED`` of a row; None where nothing came back."""
    if row.sha256 is None:
        return None
    return ResponseRecord(**{field: getattr(row, column) for column, field in _RECEIVED.items()})


def received_columns(received: ResponseRecord | None) -> dict[str, Any]:
    """The columns of a response; all None where nothing came back."""
    return {c: getattr(received, field) if received else None for c, field in _RECEIVED.items()}


def robots_value(row: AnyRow) -> RobotsDecision | None:
    """The decision in the robots columns of a row; None where nobody asked."""
    if row.robots_allowed is None:
        return None
    return RobotsDecision(**{field: getattr(row, column) for column, field in _ROBOTS.items()})


def robots_columns(robots: RobotsDecision | None) -> dict[str, Any]:
    """The robots columns of a decision; all None where nobody asked."""
    return {c: getattr(robots, field) if robots else None for c, field in _ROBOTS.items()}


def drift_columns(listing: Listing | None) -> dict[str, Any]:
    """The columns of what drifts of a listing; all None where there is none."""
    return {name: getattr(listing, name) if listing else None for name in _DRIFT}
