"""Saved pages of promises and of seller terms."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Json, Utc

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "promise_page",
        sa.Column("id", BIGINT, nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("observed_at", Utc()),
        sa.Column("kept_at", Utc(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_page")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_promise_page_sha256_length")),
    )
    op.create_index(op.f("ix_promise_page_policy"), "promise_page", ["policy"])
