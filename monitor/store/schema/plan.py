"""The frame, the week's plan, and what became of each unit."""

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
)

from monitor.model import Cluster, CollectedBy, EntryKind, Mode, Stratum, UnitState
from monitor.store.schema.base import (
    BIGINT,
    METADATA,
    Json,
    Utc,
    enum,
    required,
    robots_columns,
    week_check,
)

FrameVersion = Table(
    "frame_version",
    METADATA,
    Column("version", Text, primary_key=True, comment="hash of the frame's content"),
    required("saved_at", Utc, comment="when it was first used (UTC)"),
    comment="One wording of the pre-registered ways of looking",
)


Entry = Table(
    "entry",
    METADATA,
    Column("id", BIGINT, primary_key=True, comment="number of the entry in this store"),
    required(
        "frame_version", Text, ForeignKey("frame_version.version"), comment="frame it belongs to"
    ),
    required("platform", Text, ForeignKey("platform.id"), comment="platform it looks at"),
    required("entry", Text, comment="its id, unique within frame and platform"),
    required("cluster", enum(Cluster), comment="product group it looks for"),
    required("stratum", enum(Stratum), comment="head, tail, synonym or second_way"),
    required("kind", enum(EntryKind), comment="keyword, category or feed"),
    required("query", Text, comment="what is searched or opened"),
    required("weight", Double, comment="weight in the mean over the frame"),
    Column("core", Boolean, comment="sampled every week, not drawn anew"),
    Column("pages", Integer, comment="result pages sampled, from page 1"),
    UniqueConstraint("frame_version", "platform", "entry"),
    CheckConstraint("weight > 0", name="weight_positive"),
    CheckConstraint("pages > 0", name="pages_positive"),
    comment="One pre-registered way of looking: a keyword, a category page or a feed",
)


Plan = Table(
    "plan",
    METADATA,
    Column("week", String(8), primary_key=True, comment="ISO week in Asia/Jakarta"),
    required(
        "frame_version",
        Text,
        ForeignKey("frame_version.version"),
        comment="frame it was drawn from",
    ),
    required("seed", BIGINT, comment="seed of the draw, public"),
    required("drawn_at", Utc, comment="when it was drawn (UTC)"),
    required("shortfalls", Json, comment="platforms whose request budget cut the draw, JSON list"),
    Column(
        "lists", Json, comment="hashes of the entries drawn from by platform/cluster, JSON object"
    ),
    week_check(),
    comment="The sample of a week, stored before its first fetch",
)


SampleUnit = Table(
    "sample_unit",
    METADATA,
    Column("id", Text, primary_key=True, comment="week/platform/entry/page"),
    required("week", String(8), ForeignKey("plan.week"), comment="week of the plan"),
    required("platform", Text, ForeignKey("platform.id"), comment="platform"),
    required("entry_id", BIGINT, ForeignKey("entry.id"), comment="entry (number)"),
    required("page", Integer, comment="result page, from 1"),
    required("url", Text, comment="address to fetch"),
    required("url_key", Text, comment="host and path of it, to match saved pages"),
    required("position", Integer, comment="place in the permuted order of the week"),
    required("probability", Double, comment="inclusion probability, (0, 1]"),
    required(
        "collection",
        enum(CollectedBy),
        server_default="crawler",
        comment="who is asked for it: crawler, inspector or both",
    ),
    Column(
        "inspector_probability",
        Double,
        comment="probability with which inspectors are asked for it; null where they are not",
    ),
    required(
        "state",
        enum(UnitState),
        comment="planned, sampled, empty, blocked, disallowed, unreachable or unparseable",
    ),
    Column(
        "mode",
        enum(Mode),
        comment="who brought what became of it: crawler or inspector; null while planned",
    ),
    Column("reason", Text, comment="why it is in that state"),
    Column("observed_at", Utc, comment="when it was fetched (UTC)"),
    Column("total_results", BIGINT, comment="results the page claims to have"),
    Column(
        "foreign_results",
        BIGINT,
        comment="of these from abroad, by the platform's own count; null where it does not say",
    ),
    *robots_columns(),
    Column(
        "archived_positions",
        Integer,
        comment="positions of the current reading that lie in the archive of its week; null where"
        " the week is not archived",
    ),
    UniqueConstraint("week", "platform", "position"),
    UniqueConstraint("week", "entry_id", "page"),
    CheckConstraint("page >= 1", name="page_from_1"),
    CheckConstraint("probability > 0 AND probability <= 1", name="probability_range"),
    CheckConstraint(
        "inspector_probability > 0 AND inspector_probability <= probability",
        name="inspector_probability_range",
    ),
    CheckConstraint("total_results >= 0", name="total_results_range"),
    CheckConstraint("foreign_results >= 0", name="foreign_results_range"),
    Index(None, "week", "platform", "url_key"),
    # What weekly_units counts, without the rows.
    Index(None, "week", "platform", "entry_id", "state", "mode"),
    comment="One result page of one entry in one week, and what became of it",
)
