"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Makes all tables."""
    op.create_table(
        "annotator",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("invited_at", TIME, nullable=False),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_annotator_name_not_empty")),
        sa.CheckConstraint(
            "length(token_sha256) = 64", name=op.f("ck_annotator_token_sha256_length")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_annotator")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_annotator_token_sha256")),
    )
    op.create_table(
        "data_dictionary",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "field", name=op.f("pk_data_dictionary")),
    )
    op.create_table(
        "draw",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("seed", BIG, nullable=False),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("drawn_at", TIME, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_draw_week_form")),
        sa.CheckConstraint("budget >= 0", name=op.f("ck_draw_budget_range")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_draw_sha256_length")),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_draw")),
    )
    op.create_table(
        "edition",
        sa.Column("id", BIG, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "provisional",
                "final",
                "corrected",
                name="editionkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("as_of", TIME, nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "live",
                "saved",
                "simulated",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_edition_week_form")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_edition_sha256_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("week", "kind", "as_of", name=op.f("uq_edition_week_kind_as_of")),
    )
    op.create_table(
        "frame_version",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_frame_version")),
    )
    op.create_table(
        "permission",
        sa.Column("id", BIG, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("paths", JSON, nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permission")),
        sa.UniqueConstraint(
            "platform",
            "reference",
            "granted_on",
            name=op.f("uq_permission_platform_reference_granted_on"),
        ),
    )
    op.create_table(
        "platform",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("length(country) = 2", name=op.f("ck_platform_country_length")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_platform_currency_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform")),
    )
    op.create_table(
        "policy_version",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("title_id", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "promise",
                "regulation",
                "closure",
                "context",
                name="policykind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "scope",
            sa.Enum(
                "seller_cross_border",
                "price_floor",
                "information_duty",
                "platform",
                name="policyscope",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "verification",
            sa.Enum(
                "gazette",
                "press",
                "unverified",
                name="verification",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("in_force_from", TIME, nullable=True),
        sa.Column("in_force_until", TIME, nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_policy_version")),
    )
    op.create_index(op.f("ix_policy_version_policy"), "policy_version", ["policy"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "live",
                "saved",
                "simulated",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("week", sa.String(length=8), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "running",
                "done",
                "stopped",
                "failed",
                "missed",
                name="runoutcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("versions", JSON, nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.CheckConstraint(
            "(outcome = 'running') = (finished_at IS NULL)", name=op.f("ck_run_finished")
        ),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_run_week_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(
        op.f("ix_run_job_week_platform"), "run", ["job", "week", "platform"], unique=False
    )
    op.create_table(
        "store_origin",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_store_origin_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_origin")),
    )
    op.create_table(
        "cell",
        sa.Column("edition_id", BIG, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column(
            "cluster",
            sa.Enum(
                "textile_fashion",
                "food_beverage",
                "crafts",
                "other",
                "unknown",
                name="cluster",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.Column("suspected", sa.Integer(), nullable=False),
        sa.Column("audited", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("coverage", sa.Double(), nullable=True),
        sa.Column("estimate", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("tolerance", sa.Double(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "non_compliant",
                "breaches_found",
                "compliant",
                "none_found",
                "screened",
                "not_measurable",
                "unconfirmed_policy",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("coverage BETWEEN 0 AND 1", name=op.f("ck_cell_coverage_range")),
        sa.CheckConstraint("estimate BETWEEN 0 AND 1", name=op.f("ck_cell_estimate_range")),
        sa.CheckConstraint("high BETWEEN 0 AND 1", name=op.f("ck_cell_high_range")),
        sa.CheckConstraint("low <= high", name=op.f("ck_cell_interval_order")),
        sa.CheckConstraint("low BETWEEN 0 AND 1", name=op.f("ck_cell_low_range")),
        sa.CheckConstraint("sampled <= planned", name=op.f("ck_cell_sampled_of_planned")),
        sa.CheckConstraint("tolerance BETWEEN 0 AND 1", name=op.f("ck_cell_tolerance_range")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_cell_edition_id")),
        sa.PrimaryKeyConstraint(
            "edition_id", "platform", "cluster", "policy", name=op.f("pk_cell")
        ),
    )
    op.create_table(
        "entry",
        sa.Column("id", BIG, nullable=False),
        sa.Column("frame_version", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column(
            "cluster",
            sa.Enum(
                "textile_fashion",
                "food_beverage",
                "crafts",
                "other",
                "unknown",
                name="cluster",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "stratum",
            sa.Enum(
                "head",
                "tail",
                "synonym",
                name="stratum",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "keyword",
                "category",
                "feed",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("core", sa.Boolean(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.CheckConstraint("pages > 0", name=op.f("ck_entry_pages_positive")),
        sa.CheckConstraint("weight > 0", name=op.f("ck_entry_weight_positive")),
        sa.ForeignKeyConstraint(
            ["frame_version"], ["frame_version.version"], name=op.f("fk_entry_frame_version")
        ),
        sa.ForeignKeyConstraint(["platform"], ["platform.id"], name=op.f("fk_entry_platform")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint(
            "frame_version", "platform", "entry", name=op.f("uq_entry_frame_version_platform_entry")
        ),
    )
    op.create_table(
        "listing",
        sa.Column("id", BIG, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.CheckConstraint("length(item) > 0", name=op.f("ck_listing_item_not_empty")),
        sa.ForeignKeyConstraint(["platform"], ["platform.id"], name=op.f("fk_listing_platform")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing")),
        sa.UniqueConstraint("platform", "item", name=op.f("uq_listing_platform_item")),
    )
    op.create_table(
        "plan",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("frame_version", sa.Text(), nullable=False),
        sa.Column("seed", BIG, nullable=False),
        sa.Column("drawn_at", TIME, nullable=False),
        sa.Column("shortfalls", JSON, nullable=False),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_plan_week_form")),
        sa.ForeignKeyConstraint(
            ["frame_version"], ["frame_version.version"], name=op.f("fk_plan_frame_version")
        ),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_plan")),
    )
    op.create_table(
        "seller",
        sa.Column("id", BIG, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["platform"], ["platform.id"], name=op.f("fk_seller_platform")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seller")),
        sa.UniqueConstraint("platform", "seller", name=op.f("uq_seller_platform_seller")),
    )
    op.create_table(
        "listing_version",
        sa.Column("id", BIG, nullable=False),
        sa.Column("listing_id", BIG, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("price_minor", BIG, nullable=True),
        sa.Column("minor_per_unit", BIG, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("seller_id", BIG, nullable=True),
        sa.Column("seller_name", sa.Text(), nullable=True),
        sa.Column("official_store", sa.Boolean(), nullable=True),
        sa.Column("ship_from", sa.Text(), nullable=True),
        sa.Column("ship_from_country", sa.String(length=2), nullable=True),
        sa.Column("cross_border_flag", sa.Boolean(), nullable=True),
        sa.Column("imported_flag", sa.Boolean(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("category_path", sa.Text(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(price_minor IS NULL) = (minor_per_unit IS NULL)",
            name=op.f("ck_listing_version_price_whole"),
        ),
        sa.CheckConstraint(
            "currency = upper(currency)", name=op.f("ck_listing_version_currency_upper")
        ),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_listing_version_currency_length")),
        sa.CheckConstraint(
            "length(ship_from_country) = 2",
            name=op.f("ck_listing_version_ship_from_country_length"),
        ),
        sa.CheckConstraint("length(title) > 0", name=op.f("ck_listing_version_title_not_empty")),
        sa.CheckConstraint("length(version) = 64", name=op.f("ck_listing_version_version_length")),
        sa.CheckConstraint(
            "minor_per_unit >= 1", name=op.f("ck_listing_version_minor_per_unit_range")
        ),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_listing_version_price_range")),
        sa.CheckConstraint(
            "ship_from_country = upper(ship_from_country)",
            name=op.f("ck_listing_version_country_upper"),
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_listing_version_listing_id")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["seller.id"], name=op.f("fk_listing_version_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_version")),
        sa.UniqueConstraint(
            "listing_id", "version", name=op.f("uq_listing_version_listing_id_version")
        ),
    )
    op.create_index(
        op.f("ix_listing_version_seller_id"), "listing_version", ["seller_id"], unique=False
    )
    op.create_table(
        "sample_unit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "sampled",
                "empty",
                "blocked",
                "disallowed",
                "unreachable",
                "unparseable",
                name="unitstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("observed_at", TIME, nullable=True),
        sa.Column("total_results", BIG, nullable=True),
        sa.Column("robots_allowed", sa.Boolean(), nullable=True),
        sa.Column("robots_url", sa.Text(), nullable=True),
        sa.Column("robots_rule", sa.Text(), nullable=True),
        sa.Column("robots_fetched_at", TIME, nullable=True),
        sa.Column("robots_permission", sa.Text(), nullable=True),
        sa.CheckConstraint("page >= 1", name=op.f("ck_sample_unit_page_from_1")),
        sa.CheckConstraint(
            "probability > 0 AND probability <= 1", name=op.f("ck_sample_unit_probability_range")
        ),
        sa.CheckConstraint("total_results >= 0", name=op.f("ck_sample_unit_total_results_range")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_sample_unit_entry_id")),
        sa.ForeignKeyConstraint(
            ["platform"], ["platform.id"], name=op.f("fk_sample_unit_platform")
        ),
        sa.ForeignKeyConstraint(["week"], ["plan.week"], name=op.f("fk_sample_unit_week")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_unit")),
        sa.UniqueConstraint(
            "week", "entry_id", "page", name=op.f("uq_sample_unit_week_entry_id_page")
        ),
        sa.UniqueConstraint(
            "week", "platform", "position", name=op.f("uq_sample_unit_week_platform_position")
        ),
    )
    op.create_index(
        op.f("ix_sample_unit_week_platform_url_key"),
        "sample_unit",
        ["week", "platform", "url_key"],
        unique=False,
    )
    op.create_table(
        "classification",
        sa.Column("id", BIG, nullable=False),
        sa.Column("listing_version_id", BIG, nullable=False),
        sa.Column("classifier", sa.Text(), nullable=False),
        sa.Column(
            "cluster",
            sa.Enum(
                "textile_fashion",
                "food_beverage",
                "crafts",
                "other",
                "unknown",
                name="cluster",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("cluster_score", sa.Double(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column(
            "cross_border",
            sa.Enum(
                "cross_border",
                "suspected",
                "domestic",
                "unknown",
                name="crossborder",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("cross_border_score", sa.Double(), nullable=False),
        sa.Column("imported_goods", sa.Boolean(), nullable=True),
        sa.Column("signals", JSON, nullable=False),
        sa.CheckConstraint(
            "cluster_score BETWEEN 0 AND 1", name=op.f("ck_classification_cluster_score_range")
        ),
        sa.CheckConstraint(
            "cross_border_score BETWEEN 0 AND 1",
            name=op.f("ck_classification_cross_border_score_range"),
        ),
        sa.ForeignKeyConstraint(
            ["listing_version_id"],
            ["listing_version.id"],
            name=op.f("fk_classification_listing_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification")),
        sa.UniqueConstraint(
            "listing_version_id",
            "classifier",
            name=op.f("uq_classification_listing_version_id_classifier"),
        ),
    )
    op.create_index(
        op.f("ix_classification_classifier"), "classification", ["classifier"], unique=False
    )
    op.create_table(
        "label",
        sa.Column("id", BIG, nullable=False),
        sa.Column("listing_version_id", BIG, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "first",
                "second",
                "adjudication",
                name="labelkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("at", TIME, nullable=False),
        sa.Column(
            "cross_border",
            sa.Enum(
                "yes",
                "no",
                "cannot_tell",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "cluster",
            sa.Enum(
                "textile_fashion",
                "food_beverage",
                "crafts",
                "other",
                "unknown",
                name="cluster",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_label_week_form")),
        sa.ForeignKeyConstraint(["annotator"], ["annotator.name"], name=op.f("fk_label_annotator")),
        sa.ForeignKeyConstraint(
            ["listing_version_id"], ["listing_version.id"], name=op.f("fk_label_listing_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint(
            "listing_version_id",
            "annotator",
            "kind",
            "at",
            name=op.f("uq_label_listing_version_id_annotator_kind_at"),
        ),
    )
    op.create_index(op.f("ix_label_week"), "label", ["week"], unique=False)
    op.create_table(
        "response",
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=True),
        sa.Column("week", sa.String(length=8), nullable=True),
        sa.Column(
            "origin",
            sa.Enum(
                "live",
                "saved",
                "simulated",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "sampled",
                "empty",
                "blocked",
                "disallowed",
                "unreachable",
                "unparseable",
                name="unitstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("received_url", sa.Text(), nullable=True),
        sa.Column("observed_at", TIME, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("size", BIG, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("sha256_kept", sa.String(length=64), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("total_results", BIG, nullable=True),
        sa.Column("parser", sa.Text(), nullable=False),
        sa.Column("robots_allowed", sa.Boolean(), nullable=True),
        sa.Column("robots_url", sa.Text(), nullable=True),
        sa.Column("robots_rule", sa.Text(), nullable=True),
        sa.Column("robots_fetched_at", TIME, nullable=True),
        sa.Column("robots_permission", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('page', 'detail')", name=op.f("ck_response_kind_known")),
        sa.CheckConstraint("state <> 'planned'", name=op.f("ck_response_state_final")),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_response_week_form")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_response_sha256_length")),
        sa.CheckConstraint("length(sha256_kept) = 64", name=op.f("ck_response_sha256_kept_length")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_response_size_range")),
        sa.CheckConstraint("status BETWEEN 100 AND 999", name=op.f("ck_response_status_range")),
        sa.CheckConstraint("total_results >= 0", name=op.f("ck_response_total_results_range")),
        sa.ForeignKeyConstraint(["platform"], ["platform.id"], name=op.f("fk_response_platform")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_response_run_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["sample_unit.id"], name=op.f("fk_response_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
    )
    op.create_index(op.f("ix_response_sha256"), "response", ["sha256"], unique=False)
    op.create_index(op.f("ix_response_unit_id"), "response", ["unit_id"], unique=False)
    op.create_index(
        op.f("ix_response_week_kind_platform"),
        "response",
        ["week", "kind", "platform"],
        unique=False,
    )
    op.create_table(
        "detail_visit",
        sa.Column("response_id", BIG, nullable=False),
        sa.Column("listing_id", BIG, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("listing_version_id", BIG, nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("sponsored", sa.Boolean(), nullable=True),
        sa.Column("sold", BIG, nullable=True),
        sa.Column("rating", sa.Double(), nullable=True),
        sa.Column("screenshot", sa.Text(), nullable=True),
        sa.Column("screenshot_sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_detail_visit_week_form")),
        sa.CheckConstraint(
            "length(screenshot_sha256) = 64", name=op.f("ck_detail_visit_screenshot_sha256_length")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listing.id"], name=op.f("fk_detail_visit_listing_id")
        ),
        sa.ForeignKeyConstraint(
            ["listing_version_id"],
            ["listing_version.id"],
            name=op.f("fk_detail_visit_listing_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_detail_visit_response_id")
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_detail_visit")),
    )
    op.create_index(
        op.f("ix_detail_visit_listing_id"), "detail_visit", ["listing_id"], unique=False
    )
    op.create_index(op.f("ix_detail_visit_week"), "detail_visit", ["week"], unique=False)
    op.create_table(
        "observation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("response_id", BIG, nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=True),
        sa.Column("listing_version_id", BIG, nullable=False),
        sa.Column("parser", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("sponsored", sa.Boolean(), nullable=True),
        sa.Column("sold", BIG, nullable=True),
        sa.Column("rating", sa.Double(), nullable=True),
        sa.Column("week", sa.String(length=8), nullable=True),
        sa.Column("observed_at", TIME, nullable=True),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_observation_week_form")),
        sa.CheckConstraint("place >= 1", name=op.f("ck_observation_place_from_1")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_observation_sold_range")),
        sa.ForeignKeyConstraint(
            ["listing_version_id"],
            ["listing_version.id"],
            name=op.f("fk_observation_listing_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_observation_response_id")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["sample_unit.id"], name=op.f("fk_observation_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint(
            "response_id", "parser", "place", name=op.f("uq_observation_response_id_parser_place")
        ),
    )
    op.create_index(
        op.f("ix_observation_listing_version_id_week"),
        "observation",
        ["listing_version_id", "week"],
        unique=False,
    )
    op.create_index(op.f("ix_observation_unit_id"), "observation", ["unit_id"], unique=False)
    op.create_index(op.f("ix_observation_week"), "observation", ["week"], unique=False)
    op.create_table(
        "draw_item",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("observation_id", BIG, nullable=False),
        sa.Column("listing_version_id", BIG, nullable=False),
        sa.Column(
            "cluster",
            sa.Enum(
                "textile_fashion",
                "food_beverage",
                "crafts",
                "other",
                "unknown",
                name="cluster",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "stratum",
            sa.Enum(
                "flagged",
                "unknown",
                "domestic",
                name="screenstratum",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "probability > 0 AND probability <= 1", name=op.f("ck_draw_item_probability_range")
        ),
        sa.ForeignKeyConstraint(
            ["listing_version_id"],
            ["listing_version.id"],
            name=op.f("fk_draw_item_listing_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["observation_id"], ["observation.id"], name=op.f("fk_draw_item_observation_id")
        ),
        sa.ForeignKeyConstraint(["week"], ["draw.week"], name=op.f("fk_draw_item_week")),
        sa.PrimaryKeyConstraint("week", "position", name=op.f("pk_draw_item")),
    )
    op.create_index(
        op.f("ix_draw_item_observation_id"), "draw_item", ["observation_id"], unique=False
    )
    op.create_table(
        "screen",
        sa.Column("observation_id", BIG, autoincrement=False, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("classification_id", BIG, nullable=False),
        sa.Column(
            "stratum",
            sa.Enum(
                "flagged",
                "unknown",
                "domestic",
                name="screenstratum",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_screen_week_form")),
        sa.ForeignKeyConstraint(
            ["classification_id"], ["classification.id"], name=op.f("fk_screen_classification_id")
        ),
        sa.ForeignKeyConstraint(
            ["observation_id"], ["observation.id"], name=op.f("fk_screen_observation_id")
        ),
        sa.PrimaryKeyConstraint("observation_id", name=op.f("pk_screen")),
    )
    op.create_index(op.f("ix_screen_week"), "screen", ["week"], unique=False)
