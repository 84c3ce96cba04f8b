"""Columns that queries share, and the values that stand in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Table

from monitor.model import (
    Classification,
    Listing,
    Observation,
    ResponseRecord,
    RobotsDecision,
    Signal,
    Value,
)
from monitor.store import schema as db
from monitor.store.content import from_minor
from monitor.store.database import AnyRow

_V = TypeVar("_V", bound=Value)

LISTING: tuple[Any, ...] = (
    db.Listing.c.platform,
    db.Listing.c.item.label("item_id"),
    db.ListingVersion.c.title,
    db.ListingVersion.c.url,
    db.ListingVersion.c.image_url,
    db.ListingVersion.c.price_minor,
    db.ListingVersion.c.minor_per_unit,
    db.ListingVersion.c.currency,
    db.Seller.c.seller.label("seller_id"),
    db.ListingVersion.c.seller_name,
    db.ListingVersion.c.official_store,
    db.ListingVersion.c.ship_from,
    db.ListingVersion.c.ship_from_country,
    db.ListingVersion.c.cross_border_flag,
    db.ListingVersion.c.imported_flag,
    db.ListingVersion.c.condition,
    db.ListingVersion.c.category.label("category_id"),
    db.ListingVersion.c.category_path,
    db.ListingVersion.c.brand,
)
VERSION_KEY: tuple[Any, ...] = (
    db.Listing.c.platform,
    db.Listing.c.item.label("item_id"),
    db.ListingVersion.c.version,
)
DECISION: tuple[Any, ...] = (
    db.Classification.c.classifier,
    db.Classification.c.cluster.label("decided_cluster"),
    db.Classification.c.cluster_score,
    db.Classification.c.category.label("decided_category"),
    db.Classification.c.cross_border,
    db.Classification.c.cross_border_score,
    db.Classification.c.imported_goods,
    db.Classification.c.condition.label("decided_condition"),
    db.Classification.c.prohibited,
    db.Classification.c.signals,
)
# Columns of a response and of a robots decision, by the field of the value they hold.
_RECEIVED = {
    "received_url" if field == "url" else field: field for field in ResponseRecord.__struct_fields__
}
_ROBOTS = {
    f"robots_{field.removeprefix('robots_')}": field for field in RobotsDecision.__struct_fields__
}
_PAGE = (
    *("origin", "mode", "unit_id", "entry_id", "query"),
    *("cluster", "stratum", "observed_at", "week"),
)
"""The fields that the places of a page share."""
_DRIFT = ("rank", "sponsored", "sold", "rating")
RECEIVED: tuple[Any, ...] = tuple(db.Response.c[column] for column in _RECEIVED)
_DECIDED = {
    "cluster": "decided_cluster",
    "category": "decided_category",
    "condition": "decided_condition",
}


def row_of(model: Table, record: msgspec.Struct, **columns: Any) -> dict[str, Any]:
    """A row to insert: ``columns`` as given, every other one from the record's field of its name.

    A number that the database gives itself is left out.
    """
    names = [c.name for c in model.columns if c is not model.autoincrement_column]
    return columns | {name: getattr(record, name) for name in names if name not in columns}


def value_of(kind: type[_V], row: AnyRow, **fields: Any) -> _V:
    """The value in a row: ``fields`` as given, every other one from the column of its name."""
    names = [name for name in kind.__struct_fields__ if name not in fields]
    return kind(**{name: getattr(row, name) for name in names}, **fields)


def observation_reader(columns: Sequence[str]) -> Callable[[AnyRow], Observation]:
    """A function that makes the observation in a row of these columns.

    It reads by index what ``value_of`` reads by name, since reports read all rows of a week.
    """
    per_unit, classifier = columns.index("minor_per_unit"), columns.index("classifier")
    decided_of = itemgetter(columns.index("listing_version_id"), classifier)
    listing = _reader(Listing, columns, {"price": "price_minor"})
    decision = _reader(Classification, columns, _DECIDED)
    page_of = itemgetter(*map(columns.index, (*_PAGE, *_RECEIVED)))
    parts = ("listing", "classification", "received")
    place = _reader(Observation, columns, without=(*parts, *_PAGE))

    # A page has dozens of places, and a listing may stand at several.
    decisions: dict[tuple[Any, ...], Classification | None] = {}
    pages: dict[tuple[Any, ...], dict[str, Any]] = {}

    def read(row: AnyRow) -> Observation:
        shown = listing(row)
        if shown["price"] is not None:
            shown["price"] = from_minor(shown["price"], row[per_unit])
        decided, page = decided_of(row), page_of(row)
        if decided not in decisions:
            fields = decision(row)
            signals = tuple(Signal(**signal) for signal in fields["signals"] or ())
            is_decided = row[classifier] is not None
            decisions[decided] = (
                Classification(**fields | {"signals": signals}) if is_decided else None
            )
        if page not in pages:
            received = dict(zip(_RECEIVED.values(), page[len(_PAGE) :], strict=True))
            pages[page] = dict(zip(_PAGE, page, strict=False)) | {
                "received": ResponseRecord(**received) if received["sha256"] else None
            }
        return Observation(
            listing=Listing(**shown),
            classification=decisions[decided],
            **pages[page],
            **place(row),
        )

    return read


def _reader(
    kind: type[Value],
    columns: Sequence[str],
    named: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
) -> Callable[[AnyRow], dict[str, Any]]:
    """A function that reads the fields of a value ``without`` some from a row of these columns;
    ``named`` are the columns of fields that have another name."""
    names = [name for name in kind.__struct_fields__ if name not in without]
    values = itemgetter(*(columns.index((named or {}).get(name, name)) for name in names))
    return lambda row: dict(zip(names, values(row), strict=True))


def robots_of(model: Table) -> tuple[Any, ...]:
    """The robots columns of a table."""
    return tuple(model.c[column] for column in _ROBOTS)


def drift_of(model: Table) -> tuple[Any, ...]:
    """The columns of what drifts, of a table."""
    return tuple(model.c[column] for column in _DRIFT)


def listing_value(row: AnyRow, *, drift: bool = False) -> Listing:
    """The listing in the columns ``LISTING`` of a row, with rank, sales and rating if asked."""
    price = None if row.price_minor is None else from_minor(row.price_minor, row.minor_per_unit)
    drifted = {name: getattr(row, name) if drift else None for name in _DRIFT}
    return value_of(Listing, row, price=price, **drifted)


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
