"""What was received and read: responses, listings and their versions, observations, visits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from monitor.model import Condition, Mode, Origin, UnitState
from monitor.store.schema.base import (
    Base,
    Big,
    Country,
    Currency,
    Id,
    JsonValue,
    RobotsColumns,
    Sha256,
    Week,
    length_check,
    share_check,
    week_check,
)


class Response(RobotsColumns, Base):
    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint("kind IN ('page', 'detail')", name="kind_known"),
        CheckConstraint("state <> 'planned'", name="state_final"),
        CheckConstraint("size >= 0", name="size_range"),
        CheckConstraint("status BETWEEN 100 AND 999", name="status_range"),
        CheckConstraint("total_results >= 0", name="total_results_range"),
        CheckConstraint("foreign_results >= 0", name="foreign_results_range"),
        length_check("sha256", 64),
        length_check("sha256_kept", 64),
        week_check(),
        Index(None, "week", "kind", "platform"),
        {"comment": "One fetch or one saved page, and what came back; no hash, no answer"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the response")
    run_id: Mapped[Big] = mapped_column(ForeignKey("run.id"), comment="run that brought it")
    platform: Mapped[str] = mapped_column(ForeignKey("platform.id"), comment="platform")
    kind: Mapped[str] = mapped_column(comment="page (of results) or detail (a listing's own page)")
    unit_id: Mapped[str | None] = mapped_column(
        ForeignKey("sample_unit.id"), index=True, comment="planned unit; null outside the plan"
    )
    week: Mapped[Week | None] = mapped_column(
        comment="week it counts for: the unit's, else of the time of observation; null if undated"
    )
    origin: Mapped[Origin] = mapped_column(comment="live, saved or simulated")
    mode: Mapped[Mode] = mapped_column(comment="who met the page: crawler or inspector")
    comparison: Mapped[bool] = mapped_column(
        default=False,
        server_default=false(),
        comment="kept beside the unit's own answer, which the other mode brought; in no estimate",
    )
    state: Mapped[UnitState] = mapped_column(comment="what it was: sampled, empty, blocked, …")
    reason: Mapped[str | None] = mapped_column(comment="why it is in that state")
    url: Mapped[str] = mapped_column(comment="address asked for")
    received_url: Mapped[str | None] = mapped_column(comment="address that answered")
    observed_at: Mapped[datetime | None] = mapped_column(
        comment="when it was received (UTC); null where a saved page does not tell"
    )
    status: Mapped[int | None] = mapped_column(comment="HTTP status")
    content_type: Mapped[str | None] = mapped_column(comment="Content-Type as received")
    size: Mapped[Big | None] = mapped_column(comment="bytes of the body as received")
    sha256: Mapped[Sha256 | None] = mapped_column(
        index=True, comment="SHA-256 of the body as received, hex"
    )
    sha256_kept: Mapped[Sha256 | None] = mapped_column(
        comment="SHA-256 of what was kept, where tokens had to be stripped"
    )
    evidence: Mapped[str | None] = mapped_column(comment="file#offset below evidence/")
    total_results: Mapped[Big | None] = mapped_column(comment="results the page claims to have")
    foreign_results: Mapped[Big | None] = mapped_column(
        comment="of these from abroad, by the platform's own count; null where it does not say"
    )
    parser: Mapped[str] = mapped_column(comment="version of the parser whose reading is current")


class Seller(Base):
    __tablename__ = "seller"
    __table_args__ = (
        UniqueConstraint("platform", "seller"),
        {"comment": "A seller by the platform's own id; names stand with each listing version"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the seller in this store")
    platform: Mapped[str] = mapped_column(ForeignKey("platform.id"), comment="platform")
    seller: Mapped[str] = mapped_column(comment="the platform's id of the seller")


class Listing(Base):
    __tablename__ = "listing"
    __table_args__ = (
        UniqueConstraint("platform", "item"),
        CheckConstraint("length(item) > 0", name="item_not_empty"),
        {"comment": "One offer, by the platform's own id"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the listing in this store")
    platform: Mapped[str] = mapped_column(ForeignKey("platform.id"), comment="platform")
    item: Mapped[str] = mapped_column(comment="the platform's id of the offer")


class ListingVersion(Base):
    __tablename__ = "listing_version"
    __table_args__ = (
        UniqueConstraint("listing_id", "version"),
        Index(None, "seller_id", "listing_id"),
        length_check("version", 64),
        length_check("currency", 3),
        length_check("ship_from_country", 2),
        CheckConstraint("ship_from_country = upper(ship_from_country)", name="country_upper"),
        CheckConstraint("currency = upper(currency)", name="currency_upper"),
        CheckConstraint("length(title) > 0", name="title_not_empty"),
        CheckConstraint("price_minor >= 0", name="price_range"),
        CheckConstraint("minor_per_unit >= 1", name="minor_per_unit_range"),
        CheckConstraint("(price_minor IS NULL) = (minor_per_unit IS NULL)", name="price_whole"),
        {"comment": "The content of a listing while nothing a label depends on changed"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the version in this store")
    listing_id: Mapped[Big] = mapped_column(ForeignKey("listing.id"), comment="listing")
    version: Mapped[Sha256] = mapped_column(
        comment="content hash: all columns here, of addresses only the path"
    )
    title: Mapped[str] = mapped_column(comment="title as shown")
    url: Mapped[str | None] = mapped_column(comment="address of the listing's own page")
    image_url: Mapped[str | None] = mapped_column(comment="address of its picture")
    price_minor: Mapped[Big | None] = mapped_column(
        comment="price in minor units; price = price_minor / minor_per_unit"
    )
    minor_per_unit: Mapped[Big | None] = mapped_column(
        comment="minor units in one unit: 100 for IDR, more only where the page shows more decimals"
    )
    currency: Mapped[Currency | None] = mapped_column(comment="currency of the price (ISO 4217)")
    seller_id: Mapped[Big | None] = mapped_column(
        ForeignKey("seller.id"), comment="seller (number), null where no id is shown"
    )
    seller_name: Mapped[str | None] = mapped_column(comment="seller's name as shown")
    official_store: Mapped[bool | None] = mapped_column(comment="marked as an official store")
    ship_from: Mapped[str | None] = mapped_column(comment="where it ships from, as shown")
    ship_from_country: Mapped[Country | None] = mapped_column(
        comment="country of that (ISO 3166-1 alpha-2)"
    )
    cross_border_flag: Mapped[bool | None] = mapped_column(
        comment="the platform's own mark of a foreign seller"
    )
    imported_flag: Mapped[bool | None] = mapped_column(
        comment="the platform's own mark of imported goods"
    )
    condition: Mapped[Condition | None] = mapped_column(
        comment="the platform's own field of condition: used or new; null where it shows none"
    )
    category: Mapped[str | None] = mapped_column(comment="the platform's category id")
    category_path: Mapped[str | None] = mapped_column(comment="the platform's category in words")
    brand: Mapped[str | None] = mapped_column(comment="brand as shown")


class Observation(Base):
    __tablename__ = "observation"
    __table_args__ = (
        UniqueConstraint("response_id", "parser", "place"),
        CheckConstraint("place >= 1", name="place_from_1"),
        CheckConstraint("sold >= 0", name="sold_range"),
        week_check(),
        Index(None, "listing_version_id", "week"),
        Index(None, "week"),
        {"comment": "What stood at one place of one result page"},
    )

    id: Mapped[Id] = mapped_column(comment="number of the observation")
    response_id: Mapped[Big] = mapped_column(
        ForeignKey("response.id"), comment="page it was read from"
    )
    unit_id: Mapped[str | None] = mapped_column(
        ForeignKey("sample_unit.id"), index=True, comment="planned unit; null outside the plan"
    )
    listing_version_id: Mapped[Big] = mapped_column(
        ForeignKey("listing_version.id"), comment="what stood there"
    )
    parser: Mapped[str] = mapped_column(
        comment="parser that read it; current where it equals the response's"
    )
    place: Mapped[int] = mapped_column(comment="order on the page as read, from 1")
    rank: Mapped[int | None] = mapped_column(comment="rank the listing had, from 1")
    sponsored: Mapped[bool | None] = mapped_column(comment="marked as advertisement")
    sold: Mapped[Big | None] = mapped_column(comment="units sold, as shown")
    rating: Mapped[float | None] = mapped_column(comment="rating, as shown")
    week: Mapped[Week | None] = mapped_column(comment="the response's week")
    observed_at: Mapped[datetime | None] = mapped_column(comment="the response's time (UTC)")


class UnreadablePosition(Base):
    __tablename__ = "unreadable_position"
    __table_args__ = (
        CheckConstraint("place >= 1", name="place_from_1"),
        {"comment": "A place of a sampled result page whose listing could not be read"},
    )

    response_id: Mapped[Big] = mapped_column(
        ForeignKey("response.id"),
        primary_key=True,
        autoincrement=False,
        comment="page it stands on",
    )
    parser: Mapped[str] = mapped_column(
        primary_key=True, comment="parser that could not read it; current as in observation"
    )
    place: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="order on the page, from 1"
    )
    item: Mapped[str | None] = mapped_column(
        comment="the platform's id of the offer, where that could be read"
    )
    reason: Mapped[str] = mapped_column(comment="which field could not be read, and why")


class ListingKeyShare(Base):
    __tablename__ = "listing_key_share"
    __table_args__ = (
        *share_check("share"),
        {"comment": "Keys of the payloads listings are read from, by which changes are noticed"},
    )

    platform: Mapped[str] = mapped_column(
        ForeignKey("platform.id"), primary_key=True, comment="platform"
    )
    key: Mapped[str] = mapped_column(
        primary_key=True, comment="key of a listing, or of an object in it after a point"
    )
    share: Mapped[float] = mapped_column(
        comment="share of listings that had it when they were last looked at, [0, 1]"
    )


class DetailVisit(Base):
    __tablename__ = "detail_visit"
    __table_args__ = (
        week_check(),
        length_check("screenshot_sha256", 64),
        Index(None, "week"),
        {"comment": "A visit to a listing's own page"},
    )

    response_id: Mapped[Big] = mapped_column(
        ForeignKey("response.id"), primary_key=True, comment="what came back"
    )
    listing_id: Mapped[Big] = mapped_column(
        ForeignKey("listing.id"), index=True, comment="listing that was visited"
    )
    week: Mapped[Week] = mapped_column(comment="week whose audit asked for it")
    listing_version_id: Mapped[Big | None] = mapped_column(
        ForeignKey("listing_version.id"), comment="what the page said; null if it could not be read"
    )
    rank: Mapped[int | None] = mapped_column(comment="rank, where the page tells one")
    sponsored: Mapped[bool | None] = mapped_column(comment="marked as advertisement")
    sold: Mapped[Big | None] = mapped_column(comment="units sold, as shown")
    rating: Mapped[float | None] = mapped_column(comment="rating, as shown")
    screenshot: Mapped[str | None] = mapped_column(comment="file of the screenshot")
    screenshot_sha256: Mapped[Sha256 | None] = mapped_column(comment="SHA-256 of it, hex")
    displayed: Mapped[JsonValue | None] = mapped_column(
        comment="what it shows to consumers, JSON object; null where it was read for nothing"
    )
