"""What was received and read: responses, listings and their versions, observations, visits."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from monitor.model import Condition, Mode, Origin, UnitState
from monitor.store.schema.base import (
    BIGINT,
    METADATA,
    Json,
    Utc,
    enum,
    length_check,
    required,
    robots_columns,
    share_check,
    week_check,
)

Response = Table(
    "response",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the response"),
    required("run_id", BIGINT, ForeignKey("run.id"), comment="run that brought it"),
    required("platform", Text, ForeignKey("platform.id"), comment="platform"),
    required("kind", Text, comment="page (of results) or detail (a listing's own page)"),
    Column(
        "unit_id",
        Text,
        ForeignKey("sample_unit.id"),
        index=True,
        comment="planned unit; null outside the plan",
    ),
    Column(
        "week",
        String(8),
        comment="week it counts for: the unit's, else of the time of observation; null if undated",
    ),
    required("origin", enum(Origin), comment="live, saved or simulated"),
    required("mode", enum(Mode), comment="who met the page: crawler or inspector"),
    required(
        "comparison",
        Boolean,
        default=False,
        server_default=false(),
        comment="kept beside the unit's own answer, which the other mode brought; in no estimate",
    ),
    required("state", enum(UnitState), comment="what it was: sampled, empty, blocked, …"),
    Column("reason", Text, comment="why it is in that state"),
    required("url", Text, comment="address asked for"),
    Column("received_url", Text, comment="address that answered"),
    Column(
        "observed_at",
        Utc,
        comment="when it was received (UTC); null where a saved page does not tell",
    ),
    Column("status", Integer, comment="HTTP status"),
    Column("content_type", Text, comment="Content-Type as received"),
    Column("size", BIGINT, comment="bytes of the body as received"),
    Column("sha256", String(64), index=True, comment="SHA-256 of the body as received, hex"),
    Column(
        "sha256_kept",
        String(64),
        comment="SHA-256 of what was kept, where tokens had to be stripped",
    ),
    Column("evidence", Text, comment="file#offset below evidence/"),
    Column("total_results", BIGINT, comment="results the page claims to have"),
    Column(
        "foreign_results",
        BIGINT,
        comment="of these from abroad, by the platform's own count; null where it does not say",
    ),
    required("parser", Text, comment="version of the parser whose reading is current"),
    *robots_columns(),
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
    comment="One fetch or one saved page, and what came back; no hash, no answer",
)


Seller = Table(
    "seller",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the seller in this store"),
    required("platform", Text, ForeignKey("platform.id"), comment="platform"),
    required("seller", Text, comment="the platform's id of the seller"),
    UniqueConstraint("platform", "seller"),
    comment="A seller by the platform's own id; names stand with each listing version",
)


Listing = Table(
    "listing",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the listing in this store"),
    required("platform", Text, ForeignKey("platform.id"), comment="platform"),
    required("item", Text, comment="the platform's id of the offer"),
    UniqueConstraint("platform", "item"),
    CheckConstraint("length(item) > 0", name="item_not_empty"),
    comment="One offer, by the platform's own id",
)


ListingVersion = Table(
    "listing_version",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the version in this store"),
    required("listing_id", BIGINT, ForeignKey("listing.id"), comment="listing"),
    required(
        "version", String(64), comment="content hash: all columns here, of addresses only the path"
    ),
    required("title", Text, comment="title as shown"),
    Column("url", Text, comment="address of the listing's own page"),
    Column("image_url", Text, comment="address of its picture"),
    Column(
        "price_minor", BIGINT, comment="price in minor units; price = price_minor / minor_per_unit"
    ),
    Column(
        "minor_per_unit",
        BIGINT,
        comment="minor units in one unit: 100 for IDR, "
        "more only where the page shows more decimals",
    ),
    Column("currency", String(3), comment="currency of the price (ISO 4217)"),
    Column(
        "seller_id",
        BIGINT,
        ForeignKey("seller.id"),
        comment="seller (number), null where no id is shown",
    ),
    Column("seller_name", Text, comment="seller's name as shown"),
    Column("official_store", Boolean, comment="marked as an official store"),
    Column("ship_from", Text, comment="where it ships from, as shown"),
    Column("ship_from_country", String(2), comment="country of that (ISO 3166-1 alpha-2)"),
    Column("cross_border_flag", Boolean, comment="the platform's own mark of a foreign seller"),
    Column("imported_flag", Boolean, comment="the platform's own mark of imported goods"),
    Column(
        "condition",
        enum(Condition),
        comment="the platform's own field of condition: used or new; null where it shows none",
    ),
    Column("category", Text, comment="the platform's category id"),
    Column("category_path", Text, comment="the platform's category in words"),
    Column("brand", Text, comment="brand as shown"),
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
    comment="The content of a listing while nothing a label depends on changed",
)


Observation = Table(
    "observation",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the observation"),
    required("response_id", BIGINT, ForeignKey("response.id"), comment="page it was read from"),
    Column(
        "unit_id",
        Text,
        ForeignKey("sample_unit.id"),
        index=True,
        comment="planned unit; null outside the plan",
    ),
    required(
        "listing_version_id", BIGINT, ForeignKey("listing_version.id"), comment="what stood there"
    ),
    required("parser", Text, comment="parser that read it; current where it equals the response's"),
    required("place", Integer, comment="order on the page as read, from 1"),
    Column("rank", Integer, comment="rank the listing had, from 1"),
    Column("sponsored", Boolean, comment="marked as advertisement"),
    Column("sold", BIGINT, comment="units sold, as shown"),
    Column("rating", Double, comment="rating, as shown"),
    Column("week", String(8), comment="the response's week"),
    Column("observed_at", Utc, comment="the response's time (UTC)"),
    UniqueConstraint("response_id", "parser", "place"),
    CheckConstraint("place >= 1", name="place_from_1"),
    CheckConstraint("sold >= 0", name="sold_range"),
    week_check(),
    Index(None, "listing_version_id", "week"),
    Index(None, "week"),
    comment="What stood at one place of one result page",
)


UnreadablePosition = Table(
    "unreadable_position",
    METADATA,
    Column(
        "response_id",
        BIGINT,
        ForeignKey("response.id"),
        primary_key=True,
        autoincrement=False,
        comment="page it stands on",
    ),
    Column(
        "parser",
        Text,
        primary_key=True,
        comment="parser that could not read it; current as in observation",
    ),
    Column(
        "place", Integer, primary_key=True, autoincrement=False, comment="order on the page, from 1"
    ),
    Column("item", Text, comment="the platform's id of the offer, where that could be read"),
    required("reason", Text, comment="which field could not be read, and why"),
    CheckConstraint("place >= 1", name="place_from_1"),
    comment="A place of a sampled result page whose listing could not be read",
)


ListingKeyShare = Table(
    "listing_key_share",
    METADATA,
    Column("platform", Text, ForeignKey("platform.id"), primary_key=True, comment="platform"),
    Column(
        "key",
        Text,
        primary_key=True,
        comment="key of a listing, or of an object in it after a point",
    ),
    required(
        "share",
        Double,
        comment="share of listings that had it when they were last looked at, [0, 1]",
    ),
    *share_check("share"),
    comment="Keys of the payloads listings are read from, by which changes are noticed",
)


DetailVisit = Table(
    "detail_visit",
    METADATA,
    Column(
        "response_id", BIGINT, ForeignKey("response.id"), primary_key=True, comment="what came back"
    ),
    required(
        "listing_id",
        BIGINT,
        ForeignKey("listing.id"),
        index=True,
        comment="listing that was visited",
    ),
    required("week", String(8), comment="week whose audit asked for it"),
    Column(
        "listing_version_id",
        BIGINT,
        ForeignKey("listing_version.id"),
        comment="what the page said; null if it could not be read",
    ),
    Column("rank", Integer, comment="rank, where the page tells one"),
    Column("sponsored", Boolean, comment="marked as advertisement"),
    Column("sold", BIGINT, comment="units sold, as shown"),
    Column("rating", Double, comment="rating, as shown"),
    Column("screenshot", Text, comment="file of the screenshot"),
    Column("screenshot_sha256", String(64), comment="SHA-256 of it, hex"),
    Column(
        "displayed",
        Json,
        comment="what it shows to consumers, JSON object; null where it was read for nothing",
    ),
    Column(
        "picture_hash",
        String(160),
        comment="number of the offer's first picture, 160 hex digits: 64 of its shapes, 96 of its"
        " colours; null where none was asked for or learnt",
    ),
    week_check(),
    length_check("screenshot_sha256", 64),
    Index(None, "week"),
    comment="A visit to a listing's own page",
)
