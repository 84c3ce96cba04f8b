"""What own pages show to consumers."""

import sqlalchemy as sa
from alembic import op

from monitor.store.schema.base import Json

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Adds the column; of visits made before nothing was read."""
    op.add_column("detail_visit", sa.Column("displayed", Json))
