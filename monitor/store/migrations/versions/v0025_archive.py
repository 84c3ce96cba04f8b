"""Archived weeks: their files, what remains known of their positions, counts by unit."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Utc

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Adds two tables and a column."""
    op.create_table(
        "archived_file",
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("rows", BIGINT, nullable=False),
        sa.Column("retained", BIGINT, nullable=False),
        sa.Column("size", BIGINT, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("schema_version", sa.Text(), nullable=False),
        sa.Column("software", sa.Text(), nullable=False),
        sa.Column("archived_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("week", "name", name=op.f("pk_archived_file")),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_archived_file_week_form")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_archived_file_sha256_length")),
        sa.CheckConstraint(
            "retained BETWEEN 0 AND rows", name=op.f("ck_archived_file_retained_range")
        ),
    )
    op.create_table(
        "archived_sighting",
        sa.Column("listing_version_id", BIGINT, nullable=False),
        sa.Column("response_id", BIGINT, nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("positions", sa.Integer(), nullable=False),
        sa.Column("all_readings", sa.Integer(), nullable=False),
        sa.Column("second_way", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "listing_version_id", "response_id", name=op.f("pk_archived_sighting")
        ),
        sa.ForeignKeyConstraint(
            ["listing_version_id"],
            ["listing_version.id"],
            name=op.f("fk_archived_sighting_listing_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_archived_sighting_response_id")
        ),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_archived_sighting_week_form")),
        sa.CheckConstraint("positions >= 0", name=op.f("ck_archived_sighting_positions_range")),
        sa.CheckConstraint(
            "all_readings >= positions AND all_readings >= 1",
            name=op.f("ck_archived_sighting_all_readings_range"),
        ),
        sqlite_with_rowid=False,
    )
    op.add_column("sample_unit", sa.Column("archived_positions", sa.Integer()))
