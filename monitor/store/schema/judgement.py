"""What the classifier decided, and the screen that a week's draw was made from."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, String, Table, Text, UniqueConstraint

from monitor.model import Cluster, Condition, CrossBorder, Prohibited, ScreenStratum
from monitor.store.schema.base import (
    BIGINT,
    METADATA,
    Json,
    enum,
    required,
    share_check,
    week_check,
)

Classification = Table(
    "classification",
    METADATA,
    Column(
        "id",
        BIGINT,
        primary_key=True,
        comment="number; the highest of a listing version is the latest",
    ),
    required(
        "listing_version_id",
        BIGINT,
        ForeignKey("listing_version.id"),
        comment="what was classified",
    ),
    required("classifier", Text, index=True, comment="version of the classifier"),
    required("cluster", enum(Cluster), comment="product group of the listing"),
    required("cluster_score", Double, comment="calibrated score of that, [0, 1]"),
    Column("category", Text, comment="commodity inside the group"),
    required(
        "cross_border", enum(CrossBorder), comment="cross_border, suspected, domestic or unknown"
    ),
    required("cross_border_score", Double, comment="calibrated score, [0, 1]"),
    Column("imported_goods", Boolean, comment="imported stock of a local seller; never a breach"),
    required(
        "condition", enum(Condition), server_default="unknown", comment="used, new or unknown"
    ),
    Column(
        "prohibited",
        enum(Prohibited),
        comment="used_clothing or suspected_used_clothing; null where nothing speaks of it",
    ),
    required("signals", Json, comment='why: JSON list of {"kind", "text"}'),
    UniqueConstraint("listing_version_id", "classifier"),
    *share_check("cluster_score", "cross_border_score"),
    comment="Both decisions of one classifier version about one listing version",
)


Screen = Table(
    "screen",
    METADATA,
    Column(
        "observation_id",
        BIGINT,
        ForeignKey("observation.id"),
        primary_key=True,
        autoincrement=False,
        comment="the place",
    ),
    required("week", String(8), index=True, comment="week of the plan"),
    required(
        "classification_id",
        BIGINT,
        ForeignKey("classification.id"),
        comment="the decision that stands",
    ),
    required(
        "stratum",
        enum(ScreenStratum),
        comment="flagged (cross_border or suspected), unknown or domestic",
    ),
    week_check(),
    comment="The classification of a week's places, frozen once the audit was drawn",
)
