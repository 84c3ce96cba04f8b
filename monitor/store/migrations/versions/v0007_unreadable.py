"""Positions of sampled pages whose listing could not be read, and the keys of listings."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the tables; before, a page with such a position was unparseable as a whole."""
    op.create_table(
        "unreadable_position",
        sa.Column("response_id", BIGINT, autoincrement=False, nullable=False),
        sa.Column("parser", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("place >= 1", name=op.f("ck_unreadable_position_place_from_1")),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_unreadable_position_response_id"),
        ),
        sa.PrimaryKeyConstraint(
            "response_id", "parser", "place", name=op.f("pk_unreadable_position")
        ),
    )
    op.create_table(
        "listing_key_share",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name=op.f("ck_listing_key_share_share_range")),
        sa.ForeignKeyConstraint(
            ["platform"], ["platform.id"], name=op.f("fk_listing_key_share_platform")
        ),
        sa.PrimaryKeyConstraint("platform", "key", name=op.f("pk_listing_key_share")),
    )
