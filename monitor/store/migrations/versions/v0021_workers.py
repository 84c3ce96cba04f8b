"""Workers: where a crawl ran and lived last, which homes work for this one, what they brought."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Json, Utc

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Adds three columns and two tables."""
    op.add_column("run", sa.Column("host", sa.Text()))
    op.add_column("run", sa.Column("heartbeat_at", Utc()))
    op.add_column("store_home", sa.Column("versions", Json))
    op.create_table(
        "worker_home",
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("platforms", Json, nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc()),
        sa.PrimaryKeyConstraint("home", name=op.f("pk_worker_home")),
    )
    op.create_table(
        "uploaded_file",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", BIGINT, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("uploaded_at", Utc(), nullable=False),
        sa.Column("arrived_at", Utc()),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_uploaded_file")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_uploaded_file_sha256_length")),
    )
