"""Claims of inspectors on the own pages of drawn listings."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import BIGINT, Utc

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "own_page_claim",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("inspector", BIGINT, nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.Column("skipped_at", Utc()),
        sa.PrimaryKeyConstraint("platform", "item_id", name=op.f("pk_own_page_claim")),
        sa.ForeignKeyConstraint(
            ["inspector"], ["person_role.id"], name=op.f("fk_own_page_claim_inspector")
        ),
    )
