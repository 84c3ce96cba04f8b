"""The lists of entries that a week's plan was drawn from, by platform and cluster."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import Json

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Adds the column; of plans that are there only the frame's version is known."""
    with op.batch_alter_table("plan") as plan:
        plan.add_column(sa.Column("lists", Json))
