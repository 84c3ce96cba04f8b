"""Editions as they were published."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.model import Cluster, EditionKind, Origin, Verdict
from monitor.store.schema.base import (
    BIGINT,
    METADATA,
    PackedJson,
    Utc,
    enum,
    length_check,
    required,
    share_check,
    week_check,
)

Edition = Table(
    "edition",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the edition"),
    required("week", String(8), comment="week it is about"),
    required("kind", enum(EditionKind), comment="provisional, final or corrected"),
    required("as_of", Utc, comment="state of the data it shows (UTC)"),
    required("origin", enum(Origin), comment="live, saved or simulated"),
    required("sha256", String(64), comment="SHA-256 of the findings, hex"),
    required(
        "findings",
        PackedJson,
        comment="what its documents show: JSON, packed (zlib, base64) or plain; empty: removed",
    ),
    required("saved_at", Utc, comment="when it was frozen (UTC)"),
    UniqueConstraint("week", "kind", "as_of"),
    week_check(),
    length_check("sha256", 64),
    comment="An edition of a week's findings, never changed; retention empties findings",
)


Cell = Table(
    "cell",
    METADATA,
    Column("edition_id", BIGINT, ForeignKey("edition.id"), primary_key=True, comment="edition"),
    Column("platform", Text, primary_key=True, comment="platform"),
    Column("cluster", enum(Cluster), primary_key=True, comment="product group of the frame"),
    Column("policy", Text, primary_key=True, comment="id of the policy"),
    required("is_primary", Boolean, comment="carries the verdict of its platform × cluster"),
    required("planned", Integer, comment="units planned"),
    required("sampled", Integer, comment="units that answered with listings"),
    required("places", Integer, comment="places observed"),
    required("flagged", Integer, comment="places screened as cross-border breaches"),
    required("suspected", Integer, comment="places suspected on weak signals"),
    required("audited", Integer, comment="listings labelled"),
    required("confirmed", Integer, comment="breaches confirmed by people"),
    Column("coverage", Double, comment="share of planned units that answered"),
    Column("estimate", Double, comment="share of places that breach"),
    Column("low", Double, comment="lower limit of its 95 % interval"),
    Column("high", Double, comment="upper limit of its 95 % interval"),
    required("tolerance", Double, comment="share the ministry tolerates"),
    required("verdict", enum(Verdict), comment="the word the cell gets"),
    Column(
        "screened",
        Integer,
        comment="places screened as cross-border or suspected, whatever the policy",
    ),
    Column("flagged_offers", Integer, comment="different offers behind the flagged places"),
    Column("checked", Integer, comment="flagged or confirmed offers that two people answered"),
    Column(
        "marked_sellers",
        Integer,
        comment="different sellers of confirmed offers that bear the platform's mark",
    ),
    Column("third_looks", Integer, comment="those offers whose mark a third person read, too"),
    Column("marked_offers", Integer, comment="confirmed offers that bear the platform's mark"),
    Column("judged_low", Double, comment="lower limit by which an accusation is judged"),
    Column("level", Double, comment="two-sided level of that limit"),
    Column(
        "high_with_refused",
        Double,
        comment="upper limit if all on refused pages breached; null where none was",
    ),
    Column("by_crawler", Integer, comment="units that the crawler observed"),
    Column("by_inspector", Integer, comment="units that inspectors observed"),
    *share_check("coverage", "estimate", "low", "high", "tolerance"),
    *share_check("judged_low", "level", "high_with_refused"),
    CheckConstraint("low <= high", name="interval_order"),
    CheckConstraint("sampled <= planned", name="sampled_of_planned"),
    comment="Platform, cluster and policy in an edition: counts, estimate and verdict",
)
