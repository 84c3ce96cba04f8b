"""The home a store belongs to, and the wording of its views."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import Utc

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds both tables; the first home that opens the store becomes its owner."""
    op.create_table(
        "store_home",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_store_home_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_home")),
    )
    op.create_table(
        "view_version",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_view_version_sha256_length")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_view_version")),
    )
