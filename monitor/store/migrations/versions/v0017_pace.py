"""How a platform was last asked, for the run that asks it next."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import Utc

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "platform_pace",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("not_before", Utc()),
        sa.PrimaryKeyConstraint("platform", name=op.f("pk_platform_pace")),
        sa.CheckConstraint("week LIKE '____-W__'", name=op.f("ck_platform_pace_week_form")),
    )
